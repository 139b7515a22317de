"""The text of an element as a person reads it: white space collapsed, words of different blocks kept apart."""

from __future__ import annotations

import re
import sys
from itertools import islice
from typing import TYPE_CHECKING

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lxml.html import HtmlElement

#: Elements whose content nobody reads as text.
UNREAD = frozenset(
    ["script", "style", "noscript", "template", "head", "title", "iframe", "object", "svg", "math", "select",
     "datalist", "textarea", "audio", "video", "canvas"]
)  # fmt: skip
#: Elements that stand in a line of text: no space where they begin and end.
INLINE = frozenset(
    ["a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins",
     "kbd", "label", "mark", "nobr", "q", "rb", "rp", "rt", "ruby", "s", "samp", "small", "span", "strike", "strong",
     "sub", "sup", "time", "tt", "u", "var", "wbr", "svg", "math", "script", "style", "noscript", "template"]
)  # fmt: skip

#: How many elements inside an empty one are asked whether they are hidden.
_MOST = 64
_NOT_SHOWN = re.compile(r"(?:^|[;\s])display\s{0,9}:\s{0,9}none", re.IGNORECASE)


def squeeze(text: str | None) -> str:
    """``text`` with white space collapsed and trimmed."""
    return " ".join(text.split()) if text else ""


def children_of(element: HtmlElement) -> Iterator[HtmlElement]:
    """The children of ``element`` for one pass. A list of few is the fastest, of many it would be too much at once."""
    return iter(element[:]) if len(element) < 64 else iter(element)


def is_hidden(element: HtmlElement) -> bool:
    """Whether the element itself says that it is not shown."""
    style = element.get("style")
    if style is not None and "none" in style.lower() and _NOT_SHOWN.search(style) is not None:
        return True
    return element.get("hidden") is not None


def shown_text(element: HtmlElement, limit: int | None = None) -> str:
    """As :func:`text_of`, without what is hidden; where nothing is shown, what is hidden: scripts may show it."""
    if not len(element):
        return text_of(element, limit)
    text = text_of(element, limit, is_hidden)
    if not text and any(map(is_hidden, islice(element.iterdescendants(etree.Element), _MOST))):
        return text_of(element, limit)
    return text


def text_of(element: HtmlElement, limit: int | None = None, skips: Callable[[HtmlElement], bool] | None = None) -> str:
    """The readable text inside ``element``: one line, at most about ``limit`` characters, cut at a word.

    Elements inside for which ``skips`` is true are left out with all that they hold.
    """
    count = len(element)
    if not count:
        text = element.text
        if not text:
            return ""
        text = " ".join(text.split())
        return text if limit is None or len(text) <= limit else _cut(text, limit)
    if count == 1:
        # The commonest shape by far: a link in a list item, a word in bold.
        only = element[0]
        if not len(only):
            own, after, tag = element.text or "", only.tail or "", only.tag
            if not isinstance(tag, str) or tag in UNREAD or (skips is not None and skips(only)):
                return _cut(squeeze(own + after), limit)
            gap = "" if tag in INLINE else " "
            return _cut(squeeze(f"{own}{gap}{only.text or ''}{gap}{after}"), limit)
    parts = [element.text or ""]
    # White space is still to be collapsed; every element costs one, so that empty ones end, too.
    room = limit * 2 + 200 if limit is not None else sys.maxsize
    children = children_of(element)
    outer: list[tuple[Iterator[HtmlElement], str]] = []  # the children still to come of what is open, and its tail
    while True:
        for child in children:
            room -= 1
            if room <= 0:
                return _cut(squeeze("".join(parts)), limit)
            tag, tail = child.tag, child.tail or ""
            # Comments and processing instructions have no text as their tag.
            if not isinstance(tag, str) or tag in UNREAD or (skips is not None and skips(child)):
                parts.append(tail)
                continue
            if tag not in INLINE:
                parts.append(" ")
                tail = " " + tail
            text = child.text
            if text:
                parts.append(text)
                room -= len(text)
            if len(child):
                outer.append((children, tail))
                children = children_of(child)
                break
            parts.append(tail)
            room -= len(tail)
        else:
            if not outer:
                return _cut(squeeze("".join(parts)), limit)
            children, tail = outer.pop()
            parts.append(tail)
            room -= len(tail)


def _cut(text: str, limit: int | None) -> str:
    if limit is None or len(text) <= limit:
        return text
    head = text[:limit]
    return head[: head.rfind(" ")] if " " in head else head
