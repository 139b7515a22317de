"""Lines of markdown: escaping, emphasis, code."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from scrapy_c4.extractors.citations import BREAK, IMAGE_END, LINK, LINK_END, MARKS

#: Kinds of emphasis and how they are written: as markdown, and as HTML where markdown would not be read as meant.
EMPHASIS = {"strong": ("**", "strong"), "em": ("*", "em"), "del": ("~~", "del")}

_is_special = re.compile(rf"[\\`*_\[\]<&~{MARKS}]").search
_SPECIAL = re.compile(
    r"\\(?=[!-/:-@\[-`{-~]|\Z)"
    r"|`"
    r"|(?<!\s)\*|\*(?!\s)"
    r"|(?<![^\W_])_|_(?![^\W_])"
    r"|\](?=[(\[:]|\Z)"
    r"|<(?=[A-Za-z/!?]|\Z)"
    r"|&(?=#?[A-Za-z0-9]{1,32};)"
    r"|(?<![/\d])~(?![/\d\s])"
)
_BRACKET = re.compile(r"[\[\]]")
_MARK = re.compile(f"[{MARKS}]")
# What a line must not begin with.
_BLOCK_START = re.compile(r"#{1,6}(?=\s|\Z)|[-+*](?=\s|\Z)|>|[|:\s=-]+\Z|~~~|([0-9]{1,9})(?=[.)](?:\s|\Z))")
_SPACES = re.compile(rf"(?:[^\S{BREAK}]*{BREAK}[^\S{BREAK}]*)+")
_BACKTICKS = re.compile(r"`+")
_ASCII_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~") | {LINK, LINK_END, IMAGE_END, BREAK}


@dataclass
class Emphasis:
    """Emphasised text whose surroundings decide how it is written."""

    kind: str
    text: str


def escape(text: str, *, in_link: bool = False) -> str:
    """``text`` so that markdown reads it as text, wherever it stands in a line but at its start."""
    if not _is_special(text):
        return text
    text = _MARK.sub("", text)
    text = _SPECIAL.sub(r"\\\g<0>", text)
    if in_link:
        text = _BRACKET.sub(_escape_bracket, text)
    return text


def clean_marks(text: str) -> str:
    """``text`` without the characters that mark links."""
    return _MARK.sub("", text)


def _escape_bracket(match: re.Match[str]) -> str:
    start = match.start()
    return match[0] if start and match.string[start - 1] == "\\" else f"\\{match[0]}"


def escape_line_start(line: str) -> str:
    """``line`` so that it begins no block: list, heading, quote, rule, table."""
    match = _BLOCK_START.match(line)
    if match is None:
        return line
    end = match.end(1) if match[1] else 0
    return f"{line[:end]}\\{line[end:]}"


def code_span(text: str) -> str:
    """``text``, one line, as inline code."""
    longest = max(map(len, _BACKTICKS.findall(text)), default=0)
    if not longest:
        return f"`{text}`"
    fence = "`" * (longest + 1)
    return f"{fence} {text} {fence}"


def code_block(text: str, language: str) -> list[str]:
    """The lines of a fenced code block."""
    longest = max(map(len, _BACKTICKS.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [fence + language, *text.split("\n"), fence]


def join(parts: list[str | Emphasis], before: str = " ", after: str = " ") -> str:
    """One text of ``parts``, which stand between the characters ``before`` and ``after``."""
    try:
        return "".join(parts)  # type: ignore[arg-type]
    except TypeError:  # faster than looking for emphasis first
        pass
    out: list[str] = []
    last = before
    emphasised = False  # a delimiter right before
    for index, part in enumerate(parts):
        if isinstance(part, Emphasis):
            following = next((p for p in parts[index + 1 : index + 4] if p), after)
            following = "*" if isinstance(following, Emphasis) else following[0]
            part = _written(part, "" if emphasised else last, following)
            emphasised = part[-1] in "*~"
        elif part:
            emphasised = False
        else:
            continue
        out.append(part)
        last = part[-1]
    return "".join(out)


def _written(part: Emphasis, before: str, following: str) -> str:
    delimiter, tag = EMPHASIS[part.kind]
    text = part.text
    # A delimiter opens only where a word could begin, and closes only where one could end.
    opens = before != "" and (not _is_punctuation(text[0]) or before.isspace() or _is_punctuation(before))
    closes = not _is_punctuation(text[-1]) or following.isspace() or _is_punctuation(following)
    if opens and closes:
        return f"{delimiter}{text}{delimiter}"
    return f"<{tag}>{text}</{tag}>"


def _is_punctuation(character: str) -> bool:
    if character < "\x80":
        return character in _ASCII_PUNCTUATION
    return character in _ASCII_PUNCTUATION or unicodedata.category(character)[0] in "PS"


def one_break(text: str) -> str:
    """``text`` with several line breaks in a row as one."""
    return _SPACES.sub(BREAK, text)
