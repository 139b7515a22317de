"""Copying the parts of a page that stay, and what has to be tidied after others were left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy_c4.extractors.content import HEADINGS, INLINE, MEDIA, Node, new_node
from scrapy_c4.extractors.fit_outlook import CODE, STAYS, Outlooks, holds
from scrapy_c4.extractors.fit_signs import is_credit, is_label
from scrapy_c4.extractors.markdown_tables import read_rows

if TYPE_CHECKING:
    from scrapy_c4.extractors.fit_measure import Measures

_WHOLE = HEADINGS | frozenset(["pre", "figure", "figcaption", "caption", "math", "code"])
_PICTURES = frozenset(["img", "picture", "video"])
#: Marks where something was left out.
_GAP = new_node("wbr")
#: Texts from this many characters on are long.
_LONG = 80


class Copier:
    """Copies parts of a measured tree without the elements that are ``cut`` or score below ``threshold``.

    The score of a block is the share of its text that is no link, less for short blocks; blocks that hold main text
    stay, and so do headings, code, data tables and figures.
    """

    def __init__(
        self,
        measures: Measures,
        cut: list[bool],
        values: list[float],
        threshold: float,
        *,
        dynamic: bool = False,
        share: bool = True,
    ):
        self._measures = measures
        self._cut = cut
        self._values = values
        self._threshold = threshold
        self._dynamic = dynamic
        #: Elements of which nothing is left out need no copy, if nobody will change it.
        self._share = share
        #: All copies, each before those inside.
        self.copies: list[Node] = []

    def copy(self, index: int) -> Node:
        measures, cut, share = self._measures, self._cut, self._share
        nodes, sizes = measures.nodes, measures.sizes
        outlooks = Outlooks(measures, cut)
        top = self._new(index)
        stack = [(index, top, False)]
        while stack:
            index, copy, whole = stack.pop()
            following = index + 1  # the next measured element inside
            inner: list[tuple[int, Node, bool]] = []
            end = index + sizes[index]
            leaving = STAYS  # what goes behind the blocks so far
            for child in nodes[index]:
                if type(child) is not Node or following >= len(nodes) or nodes[following] is not child:
                    copy.append(child)
                    continue
                current = following
                following += sizes[current]
                tag = child.tag
                if cut[current]:
                    copy.append(_GAP if tag not in INLINE else "")
                    continue
                inside = whole or tag in _WHOLE or (tag == "table" and read_rows(child) is not None)
                if not whole and tag not in INLINE:
                    line = outlooks.line(current)
                    # A picture whose caption is nothing but a credit.
                    inside = inside or (bool(line) and is_credit(line) and holds(child, _PICTURES))
                    goes, leaving = outlooks.judge(current, line, end, leaving)
                    if goes or not (inside or self._stays(current, line)):
                        copy.append(_GAP)
                        continue
                if share and (sizes[current] == 1 or (inside and True not in cut[current : current + sizes[current]])):
                    copy.append(child)
                    continue
                twin = self._new(current)
                copy.append(twin)
                inner.append((current, twin, inside))
            inner.reverse()
            stack.extend(inner)
        return top

    def _new(self, index: int) -> Node:
        node = self._measures.nodes[index]
        copy = Node()
        copy.tag, copy.attrs, copy.start = node.tag, node.attrs, node.start
        self.copies.append(copy)
        return copy

    def _stays(self, index: int, line: str) -> bool:
        text = self._measures.texts[index]
        if not text:
            return True  # pictures, or nothing
        if line and (is_label(line) or is_credit(line)) and not holds(self._measures.nodes[index], CODE):
            return False
        if self._values[index] >= 0.2 * text:
            return True
        unlinked = 1 - self._measures.links[index] / text
        score = unlinked * (0.5 + 0.5 * min(1.0, text / _LONG))
        threshold = self._threshold
        if self._dynamic:
            if self._measures.nodes[index].tag in ("p", "article", "main", "section"):
                threshold *= 0.8
            if unlinked < 0.4:
                threshold *= 1.2
        return score >= threshold


def tidy(root: Node, copies: list[Node]) -> None:
    """Remove headings whose text was left out, and elements that are empty now."""
    bare = _bare_headings(root)
    # From the end: what is inside an element is tidied before the element.
    for node in reversed(copies):
        if any(isinstance(child, Node) for child in node):
            node[:] = _tidied(node, bare)
    root[:] = _tidied(root, bare)


def _tidied(node: Node, bare: set[int]) -> list[str | Node]:
    children: list[str | Node] = []
    for child in node:
        if isinstance(child, Node):
            if child is _GAP:
                child = " "
            elif id(child) in bare or (not child and not child.attrs and child.tag not in _EMPTY):
                continue
        children.append(child)
    return children


_EMPTY = frozenset(["br", "hr", "td", "th", "wbr", "img", "col", "input"])


def _bare_headings(root: Node) -> set[int]:
    """Headings that nothing follows any more before the next one of their rank, or the end."""
    bare: set[int] = set()
    #: Headings that wait for a text, whether something was left out since, and whether they stand in a row of them.
    waiting: list[tuple[int, Node, bool, bool]] = []
    stack: list[str | Node] = [root]
    while stack:
        child = stack.pop()
        if isinstance(child, str):
            if waiting and not child.isspace() and child:
                waiting = []
        elif child is _GAP:
            waiting = [(rank, heading, True, in_row) for rank, heading, _, in_row in waiting]
        elif child.tag in HEADINGS:
            rank = int(child.tag[1])
            bare.update(id(heading) for other, heading, gap, _ in waiting if gap and other >= rank > 1)
            in_row = any(other == rank and not gap for other, _, gap, _ in waiting)
            waiting = [entry for entry in waiting if entry[0] < rank]
            waiting.append((rank, child, False, in_row))
        elif child.tag in MEDIA:
            waiting = []
        else:
            stack.extend(reversed(child))
    bare.update(id(heading) for rank, heading, gap, in_row in waiting if rank > 1 and (gap or not in_row))
    return bare
