"""Where a page leads away from its content to other things, and where it only looks so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy_c4.extractors.content import HEADINGS, INLINE, text_parts, walk
from scrapy_c4.extractors.fit_signs import is_outlook
from scrapy_c4.extractors.markdown_tables import read_rows

if TYPE_CHECKING:
    from collections.abc import Container

    from scrapy_c4.extractors.content import Node
    from scrapy_c4.extractors.fit_measure import Measures

#: A line has fewer characters, and fewer elements inside that are no mere parts of it.
MAX_LINE, _FEW = 200, 4
#: Texts whose share of links is greater lead elsewhere.
_LINKED = 0.3
#: How many elements inside a block are looked at.
_MOST = 64
#: What goes behind a line that leads to other things: nothing, links, all short blocks.
STAYS, LINKS_GO, SHORT_GO = range(3)
#: Entries of something: one of them says nothing about the next.
_ENTRIES = frozenset(["li", "dt", "dd", "summary"])
#: A line of these says nothing about what follows.
CODE = frozenset(["pre", "code", "math"])


class Outlooks:
    """Tells, block by block, which ones lead away from the content."""

    def __init__(self, measures: Measures, cut: list[bool]):
        self._measures = measures
        self._cut = cut

    def line(self, index: int) -> str:
        """The text of a block that is but one line, or ""."""
        measures = self._measures
        if measures.sizes[index] >= _FEW or not 0 < measures.texts[index] < MAX_LINE:
            return ""
        return " ".join("".join(text_parts(measures.nodes[index])).split())

    def judge(self, index: int, line: str, end: int, before: int) -> tuple[bool, int]:
        """Whether a block goes, and what goes behind it.

        ``end``: of the element that the block stands in. ``before``: what goes behind the blocks before.
        """
        node = self._measures.nodes[index]
        if line and is_outlook(line) and not holds(node, CODE):
            if node.tag in _ENTRIES:
                return self._is_linked(index), before
            heading = self._heading(index)
            if not heading:
                return True, before or LINKS_GO
            if self._is_section(index, heading, end):
                return False, STAYS
            return True, SHORT_GO
        if before == STAYS or self._heading(index):
            return False, STAYS
        if self._holds_whole(index):
            return False, STAYS
        text = self._measures.texts[index]
        goes = (before == SHORT_GO and text < MAX_LINE) or self._is_linked(index)
        return goes, before if goes or not text else STAYS

    def _is_linked(self, index: int) -> bool:
        text = self._measures.texts[index]
        return self._measures.links[index] > _LINKED * text if text else self._holds_link(index)

    def _heading(self, index: int) -> str:
        """The tag of the heading that a block is; "" if it is none."""
        nodes, size = self._measures.nodes, self._measures.sizes[index]
        if size >= _FEW:
            return ""
        return next((node.tag for node in nodes[index : index + size] if node.tag in HEADINGS), "")

    def _is_section(self, index: int, heading: str, end: int) -> bool:
        """Whether content follows a heading such as "Comments", and not what the words announce."""
        measures, cut = self._measures, self._cut
        told = False
        index += measures.sizes[index]
        while index < end:
            tag = measures.nodes[index].tag
            following = self._heading(index)
            if following:
                return told and following == heading and not is_outlook(self.line(index))
            if cut[index]:
                if tag not in INLINE:
                    return False
            elif self._holds_whole(index):
                return True
            elif self._is_linked(index):
                return False
            else:
                told = told or measures.values[index] > 0
            index += measures.sizes[index]
        return False

    def _holds_whole(self, index: int) -> bool:
        """Whether a block is, or holds, one of those that are always kept: code, a data table, a formula, a figure."""
        nodes, cut = self._measures.nodes, self._cut
        for inner in range(index, min(index + self._measures.sizes[index], index + _MOST)):
            tag = nodes[inner].tag
            if cut[inner]:
                continue
            if tag in ("pre", "math") or (tag == "table" and read_rows(nodes[inner]) is not None):
                return True
            if tag == "figure" and not self._holds_link(index):
                return True  # with links, it is the picture of something else
        return False

    def _holds_link(self, index: int) -> bool:
        nodes, last = self._measures.nodes, index + min(self._measures.sizes[index], _MOST)
        return self._measures.links[index] > 0 or any(node.tag == "a" for node in nodes[index:last])


def holds(node: Node, tags: Container[str]) -> bool:
    """Whether ``node`` is or holds an element with one of ``tags``."""
    return any(inner.tag in tags for inner in walk(node))
