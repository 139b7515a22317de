"""Words for matching: identifiers taken apart, scripts without spaces in pairs of characters, word stems."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from scrapy_c4._words import WORD_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Callable

_W = f"[{WORD_CHARACTERS}]"
#: A word, or several joined as in ``xml.sax.handler``, ``git-add`` and ``std::vector``; ``C++`` and ``C#`` too.
find_units = re.compile(rf"{_W}+(?:\+\+|\#(?!\w))?(?:(?:[.-]|::){_W}+)*").findall
_joints = re.compile(r"[.:-]+")
_parts = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+|[A-Z][a-z]*")
_UNSPACED = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_unspaced = re.compile(f"[{_UNSPACED}]").search
_runs = re.compile(f"[{_UNSPACED}]+|[^{_UNSPACED}]+")
MAX_UNIT = 200
_MAX_BEGINNINGS = 6
#: Longer ones (whole sentences of Chinese) come but once.
_CACHED_LENGTH = 40
_accents = re.compile(r"(?<=[a-z])[\u0300-\u036f]+")


class Unit(NamedTuple):
    """One word or identifier as it may be found in another text."""

    #: All of it, joints and case apart: ``xmlsaxhandler``.
    whole: str
    #: What stands between the joints, ``xml sax handler``, each with its own parts: ``ContentHandler`` has two.
    pieces: tuple[tuple[str, tuple[str, ...]], ...]
    #: The whole of the first two pieces, the first three, and so on, short of all.
    beginnings: tuple[str, ...] = ()


def read_unit(text: str) -> list[Unit]:
    """What ``find_units`` found, taken apart; several units where scripts mix."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        if _unspaced(text):
            units: list[Unit] = []
            for run in _runs.findall(text):
                units += [_unspaced_unit(run)] if _unspaced(run) else map(_unit, find_units(run))
            return units
    return [_unit(text)]


def _unit(text: str) -> Unit:
    pieces = []
    for piece in _joints.split(text[:MAX_UNIT]):
        name = fold(piece.replace("_", ""))
        if name:
            parts = tuple(fold(part) for part in _parts.findall(piece))
            pieces.append((name, parts if len(parts) > 1 else ()))
    names = [name for name, _ in pieces]
    beginnings = tuple("".join(names[:n]) for n in range(2, min(len(names), _MAX_BEGINNINGS)))
    return Unit("".join(names), tuple(pieces), beginnings)


def _unspaced_unit(run: str) -> Unit:
    pairs = dict.fromkeys(run[i : i + 2] for i in range(len(run) - 1))
    return Unit(run, tuple((pair, ()) for pair in pairs or [run]))


def fold(word: str) -> str:
    """``word`` without regard to case, and to accents on Latin letters."""
    word = word.casefold()
    if word.isascii():
        return word
    return unicodedata.normalize("NFC", _accents.sub("", unicodedata.normalize("NFD", word)))


def keys_of(unit: str) -> tuple[str, ...]:
    """Everything in something ``find_units`` found that a query may ask for."""
    return _keys_of(unit) if len(unit) <= _CACHED_LENGTH else _keys_of.__wrapped__(unit)


@lru_cache(maxsize=16384)
def _keys_of(text: str) -> tuple[str, ...]:
    if text.isascii() and text.isalpha() and (text.islower() or text.istitle()):
        return (text.lower(),)
    keys: dict[str, None] = {}
    for unit in read_unit(text):
        keys[unit.whole] = None
        keys.update(dict.fromkeys(unit.beginnings))
        for piece, parts in unit.pieces:
            keys[piece] = None
            keys.update(dict.fromkeys(parts))
        if _unspaced(unit.whole):
            keys.update(dict.fromkeys(unit.whole))
    return tuple(keys)


ENGLISH = "english"
_LANGUAGES = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": ENGLISH, "es": "spanish",
    "et": "estonian", "eu": "basque", "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian",
    "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian", "ne": "nepali", "nl": "dutch",
    "no": "norwegian", "nb": "norwegian", "nn": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian",
    "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip


_SCRIPTS = [
    ("russian", re.compile("[\u0400-\u052f]").match),
    ("greek", re.compile("[\u0370-\u03ff]").match),
    ("arabic", re.compile("[\u0600-\u06ff]").match),
    ("hindi", re.compile("[\u0900-\u097f]").match),
    ("tamil", re.compile("[\u0b80-\u0bff]").match),
    ("armenian", re.compile("[\u0530-\u058f]").match),
]
#: Languages written in one of these scripts that is not theirs alone.
_SHARING = frozenset(["serbian", "nepali"])


def language_of(lang: Any) -> str:
    """The stemmer for a language tag such as ``de-AT``; English where there is none."""
    code = lang.lower().replace("_", "-").partition("-")[0] if isinstance(lang, str) else ""
    return _LANGUAGES.get(code, ENGLISH)


#: A stemmer keeps the word it works on in itself, and pages are scored in several threads.
_stemming = Lock()


@lru_cache(maxsize=8)
def _stemmer(language: str) -> Callable[[str], str]:
    import snowballstemmer

    try:
        stem: Callable[[str], str] = snowballstemmer.stemmer(language).stemWord
    except KeyError:  # an older list of languages
        return str
    return stem


@lru_cache(maxsize=32768)
def stem(word: str, language: str) -> str:
    """The stem of a folded word; words with digits are names and stay."""
    if len(word) < 3 or len(word) > 40 or any(map(str.isdigit, word)):
        return word
    if not word.isascii():
        # A script may tell more of the language than the page does.
        language = next((own for own, like in _SCRIPTS if like(word) and language not in _SHARING), language)
    stemmer = _stemmer(language)
    with _stemming:
        return fold(stemmer(word))
