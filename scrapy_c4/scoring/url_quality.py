"""What the URL of a link tells without being fetched: its words, and whether people or machines made it."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote

_word_of = re.compile(r"[^\W\d_]+|\d+").findall
_parts_of = re.compile(r"[^\W_]+").findall
_extension = re.compile(r"\.(?:html?|xhtml|php\d?|aspx?|jspx?|cgi|cfm|shtml|do)\Z", re.IGNORECASE)
_binary = re.compile(r"\.(?:zip|gz|bz2|xz|7z|rar|tar|exe|msi|dmg|iso|deb|rpm|bin|apk)\Z", re.IGNORECASE)
_vowel = re.compile(r"[aeiouyàáâãäåæèéêëìíîïòóôõöøùúûüýœ]", re.IGNORECASE)
#: A checksum, a UUID, the key of a record.
_hash = re.compile(r"(?=[a-f-]*\d)(?=[\d-]*[a-f])(?:[\da-f]-?){20,}\Z", re.IGNORECASE).match
#: A change of kind within a part: between letters and digits, or from a small letter to a capital.
_changes = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])|(?<=[a-z])(?=[A-Z])")

# Most links of a page stand on the next page of the site, too: what was read is kept, unless it is long. Words are kept
# as tuples: unlike sets, the garbage collector need not look at them over and over.
_CACHED_LENGTH, _MAX_LENGTH = 200, 2000

#: Paths that lead to a function of the site, not to content.
_FUNCTIONS = frozenset(
    "login signin sign-in log-in signup sign-up register registration logout signout cart basket warenkorb checkout "
    "account myaccount my-account admin wp-admin wp-login cgi-bin redirect redir goto out click clicks track tracking "
    "share sharer sharearticle intent print mailto subscribe unsubscribe feed rss auth oauth sso session search "
    "panier anmelden anmeldung registrieren carrito konto".split()
)
#: Pages every site has, whatever it is about.
_FORMALITIES = frozenset(
    "privacy privacy-policy privacypolicy terms terms-of-service terms-of-use tos legal imprint impressum datenschutz "
    "cookies cookie-policy disclaimer agb accessibility mentions-legales aviso-legal privacidad contact contact-us "
    "advertise careers jobs sitemap kontakt".split()
)
_TOLD = _FUNCTIONS | _FORMALITIES
# The commonest shape of clean segments, told at once: short words with vowels.
_is_slug = re.compile(r"(?:[b-df-hj-np-tv-z]{0,4}[aeiouy][a-z]{0,20}(?:-|\Z))+(?<!-)\Z", re.ASCII).match
_MAX_SEGMENTS = 12


def read_url(url: str) -> tuple[float, tuple[str, ...]]:
    """How clean the path and query of an absolute http(s) URL are (0–1), and the words in them, lower case."""
    return _read_url(url) if len(url) <= _CACHED_LENGTH else _read_url.__wrapped__(url[:_MAX_LENGTH])


@lru_cache(maxsize=8192)
def _read_url(url: str) -> tuple[float, tuple[str, ...]]:
    rest = url[url.find("/", 8) + 1 :]
    rest = rest.partition("#")[0]
    path, _, query = rest.partition("?")
    segments = [s for s in path.split("/") if s]
    words: list[str] = []
    quality = own = fault = 0.0
    for segment in segments[:_MAX_SEGMENTS]:
        own, own_fault, own_words = _read_segment(segment)
        quality += own
        fault = max(fault, own_fault)
        words += own_words
    if segments:
        # What comes last names the page.
        quality = 0.5 * quality / min(len(segments), _MAX_SEGMENTS) + 0.5 * own
    else:
        quality = 0.6 if not query else 0.4  # a site's front page
    if len(segments) > 4:
        fault += min(0.08 * (len(segments) - 4), 0.3)
    if query:
        parameters = query.split("&")
        fault += min(0.08 * len(parameters), 0.3)
        for parameter in parameters[:_MAX_SEGMENTS]:
            name, _, value = parameter.partition("=")
            own, _, own_words = _read_segment(value.replace("+", " "))
            if own < 0.3:
                fault += 0.1
            if name.lower() in _FUNCTIONS:
                fault += 0.2
            words += own_words
    return max(0.0, min(1.0, quality - fault)), tuple(dict.fromkeys(words))


@lru_cache(maxsize=8192)
def _read_segment(segment: str) -> tuple[float, float, tuple[str, ...]]:
    """How clean a part of a path is, what speaks against it by what it means, and its words."""
    if _is_slug(segment) and segment not in _TOLD:
        words = segment.split("-")
        return (1.0 if min(map(len, words)) > 1 else 0.9), 0.0, tuple(words)
    name = unquote(segment) if "%" in segment else segment
    fault = 0.0
    if _binary.search(name):
        fault = 0.3
    elif name.lower() in _FUNCTIONS:
        fault = 0.5
    name = _extension.sub("", name)
    lowered = name.lower()
    if lowered in _FORMALITIES:
        fault = max(fault, 0.4)
    return _quality(name), fault, tuple(_word_of(lowered))


def _quality(name: str) -> float:
    """0 for random characters, 1 for words."""
    parts = _parts_of(name)
    if not parts or len(name) > 300:
        return 0.2
    if _hash(name):
        return 0.0
    length = sum(map(len, parts))
    return sum(len(part) * _part_quality(part) for part in parts) / length


def _part_quality(part: str) -> float:
    length = len(part)
    if part.isdigit():
        # A year, a month, a version; or the number of a record.
        return 0.75 if length <= 4 else 0.55 if length <= 8 else 0.3
    if length < 5:
        return 0.9 if part.isalpha() else 0.6
    changes = sum(1 for _ in _changes.finditer(part))
    if changes:
        if any(c.isdigit() for c in part):
            return 0.0 if changes >= 3 or length / changes < 2.5 or length > 20 else 0.6
        if length / changes < 3:  # CamelCase has longer words
            return 0.1
    if not part.isascii():
        return 1.0
    if length > 30:
        return 0.2
    return 1.0 if _vowel.search(part) else 0.5 if length == 5 else 0.1
