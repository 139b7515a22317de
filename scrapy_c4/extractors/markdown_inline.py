"""Lines of markdown: escaping, emphasis, code."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from scrapy_c4.extractors.citations import BREAK, IMAGE, LINK, MARKS, TARGET_END

#: Kinds of emphasis and how they are written: as markdown, and as HTML where markdown would not be read as meant.
EMPHASIS = {"strong": ("**", "strong"), "em": ("*", "em"), "del": ("~~", "del")}
_DELIMITERS = "*~"

is_special = re.compile(rf"[\\`*_\[\]<&~{MARKS}]").search
# One pattern per place, so that nothing is escaped twice. ``{bracket}``: which brackets.
_PATTERN = (
    r"\\(?![A-Za-z0-9])"
    r"|`"
    r"|(?<!\S\s)\*|\*(?!\s\S)"
    r"|(?<![^\W_])_|_(?![^\W_])"
    r"|{bracket}"
    r"|<(?=[A-Za-z/!?]|\Z)"
    r"|&(?=#?[A-Za-z0-9]{{0,32}}(?:;|\Z))"
    r"|~(?=~)|(?<=~)~|(?<![/\d])~(?![/\d\s])"
)
_SPECIAL = re.compile(_PATTERN.format(bracket=r"\](?=[(\[:]|\Z)"))
_SPECIAL_IN_LINK = re.compile(_PATTERN.format(bracket=r"[\[\]]"))
_MARK = re.compile(f"[{MARKS}]")
# What a line must not begin with.
_BLOCK_START = re.compile(r"#{1,6}(?=\s|\Z)|[-+*](?=\s|\Z)|>|[|:\s=-]+\Z|~~~|([0-9]{1,9})(?=[.)](?:\s|\Z))")
#: The characters that such a beginning begins with.
LINE_STARTS = frozenset("#-+*>|:=~0123456789")
_SPACES = re.compile(rf"(?:[^\S{BREAK}]*{BREAK}[^\S{BREAK}]*)+")
_BACKTICKS = re.compile(r"`+")
_ASCII_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~") | {LINK, IMAGE, TARGET_END, BREAK}


@dataclass
class Emphasis:
    """Emphasised text whose surroundings decide how it is written."""

    kind: str
    text: str


def escape(text: str, *, in_link: bool = False) -> str:
    """``text`` so that markdown reads it as text, wherever it stands in a line but at its start."""
    if not is_special(text):
        return text
    return (_SPECIAL_IN_LINK if in_link else _SPECIAL).sub(r"\\\g<0>", _MARK.sub("", text))


def clean_marks(text: str) -> str:
    """``text`` without the characters that mark links."""
    return _MARK.sub("", text)


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


def join(parts: list[str | Emphasis], *, nested: bool = False) -> str:
    """One text of ``parts``, which stand between spaces. ``nested``: inside other emphasis."""
    try:
        return "".join(parts)  # type: ignore[arg-type]
    except TypeError:  # faster than looking for emphasis first
        pass
    out: list[str] = []
    last = " "
    for index, part in enumerate(parts):
        if isinstance(part, Emphasis):
            following = next((p for p in parts[index + 1 : index + 4] if p), " ")
            # Delimiters that meet are read as one: the second emphasis is then written as HTML.
            part = _written(part, last, "<" if isinstance(following, Emphasis) else following[0], nested=nested)
        elif not part:
            continue
        out.append(part)
        last = part[-1]
    return "".join(out)


def _written(part: Emphasis, before: str, after: str, *, nested: bool) -> str:
    delimiter, tag = EMPHASIS[part.kind]
    text = part.text
    # A delimiter is safe where it can only open, or only close. Between two letters it is too, outside of others.
    opens = before not in _DELIMITERS and _is_safe(before, text[0], nested=nested)
    closes = _is_safe(after, text[-1], nested=nested)
    if opens and closes and text[0] != "\\" and text[-2:-1] != "\\":
        return f"{delimiter}{text}{delimiter}"
    return f"<{tag}>{text}</{tag}>"


def _is_safe(outside: str, inside: str, *, nested: bool) -> bool:
    if outside.isspace():
        return True
    return not _is_punctuation(inside) and (not nested or _is_punctuation(outside))


def _is_punctuation(character: str) -> bool:
    if character < "\x80":
        return character in _ASCII_PUNCTUATION
    return character in _ASCII_PUNCTUATION or unicodedata.category(character)[0] in "PS"


def one_break(text: str) -> str:
    """``text`` with several line breaks in a row as one."""
    return _SPACES.sub(BREAK, text)
