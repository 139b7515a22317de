"""Image candidates as HTML and CSS write them: ``srcset`` lists and the image values of inline styles."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["Candidate", "background_urls", "parse_srcset"]

#: Candidates read of one list. Real pages stay below 50; lists of many thousands are attacks.
MAX_CANDIDATES = 1000


class Candidate(NamedTuple):
    """One entry of a srcset: ``url`` as written, ``width`` and ``height`` in pixels, ``density`` (2x gives 2.0)."""

    url: str
    width: int | None = None
    density: float | None = None
    height: int | None = None


# A URL, with the usual case of one plain width behind it.
_URL = re.compile(r"[\s,]*([^\s,]\S*)(?:\s+([1-9][0-9]{0,8})w\s*(?=,|\Z))?")
# Up to the comma that ends the candidate; commas inside parentheses belong to a descriptor.
_DESCRIPTORS = re.compile(r"(?:[^,(]+|\([^)]*(?:\)|\Z))*")
_DESCRIPTOR = re.compile(r"(?:[^\s(]+|\([^)]*(?:\)|\Z))+")
_INTEGER = re.compile(r"[0-9]{1,9}\Z")
_FLOAT = re.compile(r"[0-9]{0,9}(?:\.[0-9]{1,9})?(?:[eE][+-]?[0-9]{1,2})?\Z")


def parse_srcset(text: str) -> list[Candidate]:
    """The candidates of a ``srcset`` attribute, by the rules of the HTML standard.

    A comma ends a candidate only after white space or a descriptor, so URLs may contain commas. A candidate with a
    descriptor that browsers refuse is left out, as browsers do.
    """
    candidates: list[Candidate] = []
    position = 0
    while len(candidates) < MAX_CANDIDATES:
        match = _URL.match(text, position)
        if match is None:
            break
        url, width = match.groups()
        position = match.end()
        if width is not None and url[-1] != ",":
            candidates.append(Candidate(url, int(width)))
            continue
        bare = url.rstrip(",")
        if len(bare) != len(url):
            candidates.append(Candidate(bare))
            position = match.end(1)
            continue
        rest = _DESCRIPTORS.match(text, position)
        assert rest is not None  # it matches the empty text too
        position = rest.end()
        candidate = _candidate(url, _DESCRIPTOR.findall(rest[0]))
        if candidate is not None:
            candidates.append(candidate)
    return candidates


def _candidate(url: str, descriptors: list[str]) -> Candidate | None:
    width: int | None = None
    height: int | None = None
    density: float | None = None
    for descriptor in descriptors:
        number, unit = descriptor[:-1], descriptor[-1]
        if unit == "w" and width is None and density is None and _INTEGER.match(number) and int(number):
            width = int(number)
        elif unit == "h" and height is None and density is None and _INTEGER.match(number) and int(number):
            height = int(number)
        elif unit == "x" and width is None and density is None and height is None and number and _FLOAT.match(number):
            density = float(number)
        else:
            return None
    if height is not None and width is None:
        return None
    return Candidate(url, width, density, height)


# One token of a style attribute. No alternative fails after a long match, so scanning is linear.
_CSS_TOKEN = re.compile(
    r"""url\(\s*(?P<url>"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|(?:[^"'()\\\s]|\\(?:[0-9a-f]{1,6}\s?|.))*)"""
    r"""|(?P<string>"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?)"""
    r"""|(?P<set>(?:-webkit-)?image-set\()"""
    r"""|(?P<name>[-_a-z][-\w]*)"""
    r"""|(?P<mark>[:;()])""",
    re.IGNORECASE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:([0-9a-f]{1,6})[ \t\r\n\f]?|\r\n|\n|(.))", re.IGNORECASE | re.DOTALL)


def background_urls(style: str) -> list[str]:
    """The URLs, as written, of the background images that a ``style`` attribute sets.

    Read are ``background``, ``background-image`` and custom properties (``--hero: url(…)``); an ``image-set`` gives
    all its images.
    """
    lowered = style.lower()
    if "url(" not in lowered and "image-set(" not in lowered:
        return []
    found: list[str] = []
    name = ""  # the last word of the declaration's left side
    wanted = False
    depth = 0  # of open parentheses
    set_depth = 0  # where an image-set is open
    for token in _CSS_TOKEN.finditer(style):
        kind = token.lastgroup
        text = token[0]
        if kind == "mark":
            if text == "(":
                depth += 1
            elif text == ")":
                depth = max(depth - 1, 0)
                if depth < set_depth:
                    set_depth = 0
            elif depth == 0 and text == ";":
                name, wanted = "", False
            elif name:  # the first colon of a declaration
                wanted = name in ("background", "background-image") or name.startswith("--")
                name = ""
        elif kind == "name":
            if depth == 0 and not wanted:
                name = text.lower()
        elif kind == "set":
            depth += 1
            set_depth = set_depth or depth
        elif kind == "string":
            if wanted and set_depth and depth == set_depth:  # deeper strings are arguments such as type("image/png")
                found.append(_unescape(text.strip(text[0])))
        else:
            depth += 1  # the parenthesis of url( closes as a mark
            if wanted:
                url = token["url"]
                found.append(_unescape(url.strip(url[0]) if url[:1] in ("'", '"') else url))
    return [url for url in dict.fromkeys(found) if url]


def _unescape(text: str) -> str:
    return _ESCAPE.sub(_unescaped, text) if "\\" in text else text


def _unescaped(match: re.Match[str]) -> str:
    if match[1]:
        code = int(match[1], 16)
        return chr(code) if 0 < code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else "\ufffd"
    return match[2] or ""
