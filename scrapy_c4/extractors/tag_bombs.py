"""Start tags with tens of thousands of attributes: the parser compares each with all before it, which takes hours."""

from __future__ import annotations

import re

__all__ = ["MAX_ATTRIBUTES", "defused"]

#: Attributes of one tag; no page has as many.
MAX_ATTRIBUTES = 5000
#: Characters of texts too short to hold attributes for more than a few seconds.
_HARMLESS = 400_000
#: Characters of tags that cannot hold MAX_ATTRIBUTES different ones.
_SHORT_TAG = 3 * MAX_ATTRIBUTES
# Quotes hide the end of a tag, but only where a value begins. Repeats are bounded: every one of them takes memory.
_start = re.compile(r"<(?:([a-zA-Z][^\s/>]*)|!--)")
_rest = re.compile(r"""(?:[^>=]+|=\s*(?:"[^"]*(?:"|\Z)|'[^']*(?:'|\Z))?){0,10000}""")
_comment_end = re.compile(r"--!?>")
_raw_end = {name: re.compile(f"</{name}", re.IGNORECASE) for name in ("script", "style")}
_attribute = re.compile(r"""[^\s>=/]+(?:\s*=\s*(?:"[^"]*(?:"|\Z)|'[^']*(?:'|\Z)|[^\s>]+))?|=""")


def defused(html: str) -> tuple[str, int]:
    """``html`` without the attributes beyond the first ``MAX_ATTRIBUTES`` of a tag, and how many tags that is true of.

    The very same text where no tag has more.
    """
    if len(html) < _HARMLESS:
        return html, 0
    kept: list[str] = []
    position = done = bombs = 0
    while (tag := _start.search(html, position)) is not None:
        name, position = tag[1], tag.end()
        if name is None:
            closing = _comment_end.search(html, tag.start() + 2)
            position = closing.end() if closing is not None else len(html)
            continue
        while (rest := _rest.match(html, position)) is not None and rest.end() > position:
            position = rest.end()
        if position - tag.start() > _SHORT_TAG:
            cut = _end_of_attributes(html, tag.end(), position)
            if cut < position:
                bombs += 1
                kept.append(html[done:cut])
                done = position
        raw_end = _raw_end.get(name.lower())
        if raw_end is not None and html[position - 1] != "/":  # the parser takes "<script/>" for a whole element
            closing = raw_end.search(html, position)
            position = closing.start() if closing is not None else len(html)
    if not bombs:
        return html, 0
    return "".join([*kept, html[done:]]), bombs


def _end_of_attributes(html: str, start: int, end: int) -> int:
    """Where the last attribute that is kept ends; ``end`` where all are."""
    for count, attribute in enumerate(_attribute.finditer(html, start, end)):
        if count >= MAX_ATTRIBUTES:
            return attribute.start()
    return end
