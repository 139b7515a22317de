"""Pages with more levels of elements than libxml2 puts into a tree.

libxml2 leaves out what stands below 2048 levels. The events that it sends while it reads know no such limit: here
they are written down as markup in which no element stands that deep.
"""

from __future__ import annotations

from html import escape
from time import thread_time
from typing import TYPE_CHECKING, Any

from lxml.etree import ErrorTypes, HTMLParser, LxmlError

from scrapy_c4.extractors.content import INLINE

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["flattened"]

#: Where so many elements are open, one that begins is placed higher up: all but the outermost are closed before it.
MAX_LEVELS, LEVELS_LEFT = 256, 32
#: An end tag without a start tag takes libxml2 time for each open element. So this is what a page may take, in seconds
#: of processor time (at least, and for each byte), and what is read between two looks at the clock, in bytes times
#: open elements.
SECONDS, SECONDS_PER_BYTE, _STEP = 2.0, 5e-7, 100_000_000
#: Elements that hold certain others only, and those.
_HOLDERS = frozenset(["table", "thead", "tbody", "tfoot", "tr", "colgroup", "ul", "ol", "dl", "select", "optgroup"])
_PARTS = frozenset(
    ["thead", "tbody", "tfoot", "tr", "td", "th", "caption", "colgroup", "col", "li", "dt", "dd", "optgroup", "option"]
)
#: Elements that only give a shape to what is inside. Without attributes they are no reason to close others.
_SHAPES = frozenset(["b", "big", "center", "div", "em", "font", "i", "small", "span", "strong", "u"])
_VOID = frozenset(["area", "base", "br", "col", "frame", "hr", "img", "input", "link", "meta", "param"])
#: Elements in which nothing is markup.
_RAW = frozenset(["script", "style", "xmp", "iframe", "noembed", "noframes", "plaintext"])


def flattened(text: str) -> str | None:
    """The page ``text`` as markup of about 512 levels at most; None when that would take too long.

    All words and elements are kept, in their order, except for elements that only give a shape to words, such as ``b``
    without attributes. What stood below 256 levels stands beside an element that was around it.
    """
    target: Any = _Flattener()
    parser: Any = HTMLParser(target=target, encoding="utf-8", huge_tree=True)
    data = text.replace("\x00", "").encode("utf-8", "replace")
    deadline = thread_time() + SECONDS + SECONDS_PER_BYTE * len(data)
    position = 0
    try:
        while position < len(data):
            size = min(1 << 16, max(256, _STEP // (len(target.opened) + 1)))
            parser.feed(data[position : position + size])
            position += size
            if thread_time() > deadline:
                return None
        markup: str = parser.close()
    except LxmlError:
        return None
    if any(error.type == ErrorTypes.ERR_RESOURCE_LIMIT for error in parser.feed_error_log):
        return None
    return markup


class _Flattener:
    """What lxml tells of start tags, end tags and texts."""

    def __init__(self) -> None:
        self.markup: list[str] = []
        #: The elements that are open on the page.
        self.opened: list[str] = []
        #: Which of them are open in the markup: how many were open on the page with each.
        self._levels: list[int] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self.opened.append(tag)
        levels = len(self._levels)
        if levels >= MAX_LEVELS:
            if not attributes and tag in _SHAPES:
                if tag not in INLINE:
                    self.markup.append(" ")
                return
            if levels >= 2 * MAX_LEVELS or (tag not in INLINE and tag not in _PARTS):
                self._close_levels()
        self._levels.append(len(self.opened))
        written = "".join([f' {name}="{escape(value)}"' for name, value in attributes.items()])
        self.markup += ("<", tag, written, ">")

    def end(self, tag: str) -> None:
        if self._levels and self._levels[-1] == len(self.opened):
            self._levels.pop()
            if tag not in _VOID:
                self.markup += ("</", tag, ">")
        elif tag not in INLINE:
            self.markup.append(" ")
        self.opened.pop()

    def data(self, text: str) -> None:
        raw = self.opened and self.opened[-1] in _RAW
        self.markup.append(text if raw else escape(text, quote=False))

    def close(self) -> str:
        return "".join(self.markup)

    def _close_levels(self) -> None:
        levels, opened = self._levels, self.opened
        while len(levels) > LEVELS_LEFT or (len(levels) > 2 and opened[levels[-1] - 1] in _HOLDERS):
            self.markup += ("</", opened[levels.pop() - 1], ">")
