"""Buttons and labels that are no clutter, but the text of something: the questions of an accordion, cells."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scrapy_c4.extractors.content import HEADINGS, INLINE, Node, text_parts
from scrapy_c4.extractors.fit_outlook import MAX_LINE
from scrapy_c4.extractors.fit_signs import CLUTTER_TAGS
from scrapy_c4.extractors.markdown_tables import read_rows

if TYPE_CHECKING:
    from scrapy_c4.extractors.fit_measure import Measures

_CELLS = frozenset(["td", "th"])
_TITLES = HEADINGS | frozenset(["summary", "dt"])
#: How far above, and among how many elements, one is looked for.
_MAX_DEPTH, _MOST = 4, 64
_NO_PANEL = INLINE | HEADINGS | CLUTTER_TAGS
_of_accordions = re.compile(r"accordion|faq|question|collapsible", re.IGNORECASE).search
#: Between a cell and its table.
_ROWS = frozenset(["tr", "tbody", "thead", "tfoot"])


class Titles:
    """Tells which buttons and labels of a page are the text of a title or of a data table's cell."""

    def __init__(self, measures: Measures):
        self._measures = measures
        #: Of each table, whether it holds data.
        self._tables: dict[int, bool] = {}
        #: What stands behind these titles, and is shown when one clicks on them.
        self.panels: set[int] = set()

    def has(self, index: int) -> bool:
        nodes, sizes = self._measures.nodes, self._measures.sizes
        if sizes[index] > _MOST:
            return False
        holder = self._holder(index)
        if any(node.tag in HEADINGS for node in nodes[index + 1 : index + sizes[index]]):
            title = index
        elif holder >= 0 and sizes[holder] <= _MOST and not _has_other_text(nodes[holder]):
            title = holder
        elif self._asks(index):
            title = index
        else:
            return False
        if nodes[title].tag not in _CELLS:
            self.panels.add(self._next(title))
        return True

    def _asks(self, index: int) -> bool:
        """Whether a button alone is a question, with its answer behind it."""
        measures, node, panel = self._measures, self._measures.nodes[index], self._next(index)
        if node.tag != "button" or panel < 0 or measures.nodes[panel].tag in _NO_PANEL:
            return False
        if not 0 < measures.texts[index] < MAX_LINE or measures.links[panel] > 0.3 * measures.texts[panel]:
            return False
        if _of_accordions(f"{node.attrs.get('class')} {node.attrs.get('id')}"):
            return measures.texts[panel] > 0
        return measures.values[panel] > 0 and "".join(text_parts(node)).rstrip().endswith(("?", "？", "؟"))

    def _next(self, index: int) -> int:
        """The element behind an element, or behind the one that it is the last in; -1 if there is none."""
        parents, sizes = self._measures.parents, self._measures.sizes
        for _ in range(2):
            following, parent = index + sizes[index], parents[index]
            if parent >= 0 and following < parent + sizes[parent]:
                return following
            index = max(parent, 0)
        return -1

    def _holder(self, index: int) -> int:
        """The title or cell that an element stands in; -1 if in none."""
        nodes, parents = self._measures.nodes, self._measures.parents
        for _ in range(_MAX_DEPTH):
            index = parents[index]
            if index < 0:
                break
            node = nodes[index]
            if node.tag in _TITLES or node.attrs.get("role") == "heading":
                return index
            if node.tag in _CELLS:
                return index if self._is_data(index) else -1
            if node.tag not in INLINE and node.tag not in ("div", "p"):
                break
        return -1

    def _is_data(self, cell: int) -> bool:
        nodes, parents = self._measures.nodes, self._measures.parents
        table = parents[cell]
        while table >= 0 and nodes[table].tag in _ROWS:
            table = parents[table]
        if table < 0 or nodes[table].tag != "table":
            return False
        if table not in self._tables:
            self._tables[table] = read_rows(nodes[table]) is not None
        return self._tables[table]


def _has_other_text(holder: Node) -> bool:
    """Whether ``holder`` has words outside of what one clicks on."""
    stack: list[str | Node] = [holder]
    while stack:
        child = stack.pop()
        if isinstance(child, Node):
            if child.tag not in CLUTTER_TAGS:
                stack.extend(child)
        elif any(map(str.isalnum, child)):
            return True
    return False
