"""The HTML table model: which cells a table has, what they say, and where they lie."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scrapy_c4.extractors.text import INLINE, UNREAD, is_hidden, squeeze, text_of

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MAX_COLSPAN = 1000
MAX_ROWSPAN = 65534
#: Slots of one grid; what lies beyond them is cut.
MAX_SLOTS = 1_000_000

_SECTIONS = frozenset(["thead", "tbody", "tfoot"])
_CELLS = frozenset(["td", "th", "tr"])
_APART = _CELLS | {"table"}
_span_digits = re.compile(r"[ \t\n\f\r]*\+?([0-9]+)")


@dataclass(eq=False, slots=True)
class Cell:
    element: HtmlElement
    is_header: bool
    text: str = ""
    colspan: int = 1
    rowspan: int = 1  # 0: down to the end of the row group
    hides: bool = False  # some of what is inside is not shown and left out
    broken: bool = False  # something hidden inside holds other cells: all of it is read


@dataclass(eq=False, slots=True)
class Row:
    #: ``thead``, ``tbody`` or ``tfoot``.
    section: str
    #: Number of the row group; no cell spans beyond its group.
    group: int
    #: None where cells stand in a table without a row around them.
    element: HtmlElement | None = None
    cells: list[Cell] = field(default_factory=list)


@dataclass(eq=False)
class TableSource:
    """The rows of one table in the order a browser shows them, not yet laid out."""

    element: HtmlElement
    rows: list[Row]
    caption: HtmlElement | None
    #: How often each element occurs inside the cells; nested tables count as ``table`` and are not looked into.
    tags: dict[str, int]
    #: Characters of link texts in the cells.
    link_chars: int
    has_spans: bool
    #: Cells that hold elements, but no text.
    blank: list[Cell]


@dataclass(eq=False)
class Grid:
    #: One text per slot; a cell that spans several repeats its text. A row is as long as the others unless a colspan
    #: reaches beyond all columns: a browser makes room for that, so does this.
    rows: list[list[str]]
    #: For each of ``rows``, where it comes from.
    sources: list[Row]
    #: Columns in which some cell begins.
    width: int
    truncated: bool = False


def parse_span(value: str, highest: int) -> int:
    """A colspan or rowspan as browsers read it: leading digits count, a value without any is 1."""
    found = _span_digits.match(value)
    if found is None:
        return 1
    digits = found[1].lstrip("0")
    return highest if len(digits) > 6 else min(int(digits or 0), highest)


def read_table(table: HtmlElement) -> TableSource:
    """The rows and cells of ``table`` from one walk that does not enter the tables inside it.

    The parser leaves broken markup as it finds it (a row inside a ``div`` of a cell, cells without a row), so what an
    element is decides and not where it stands: any row or cell on the way belongs to this table. What is hidden inside
    a cell (keys to sort by) is left out where the cell shows anything else, unless it holds cells itself.
    """
    rows: list[Row] = []
    blank: list[Cell] = []
    tags: dict[str, int] = {}
    caption: HtmlElement | None = None
    link_chars = links = group = 0
    section = "tbody"
    has_spans = False
    row: Row | None = None
    cell: Cell | None = None
    parts: list[str] | None = None  # texts of the open cell

    # Open elements, each with its children and the cell that was open around it.
    stack: list[tuple[HtmlElement, str, list[HtmlElement], Cell | None, list[str] | None]]
    stack = [(table, "table", _backwards(table), None, None)]
    while stack:
        element, open_tag, children, outer_cell, outer_parts = stack[-1]
        if children:
            child = children.pop()
            tag: Any = child.tag  # not a text for comments
            if tag == "td" or tag == "th":
                if row is None:
                    row = Row(section, group)
                    rows.append(row)
                new = Cell(child, tag == "th")
                span = child.get("colspan")
                if span is not None:
                    new.colspan = parse_span(span, MAX_COLSPAN) or 1
                    has_spans = has_spans or new.colspan != 1
                span = child.get("rowspan")
                if span is not None:
                    new.rowspan = parse_span(span, MAX_ROWSPAN)
                    has_spans = has_spans or new.rowspan != 1
                row.cells.append(new)
                if not len(child):
                    new.text = squeeze(child.text)
                    if parts is not None and child.tail:
                        parts.append(child.tail)
                    continue
                stack.append((child, tag, _backwards(child), cell, parts))
                cell, parts = new, [child.text or ""]
            elif tag == "tr" or tag in _SECTIONS:
                stack.append((child, tag, _backwards(child), cell, parts))
                cell = parts = None
                if tag == "tr":
                    row = Row(section, group, child)
                    rows.append(row)
                else:
                    row = None
                    section = tag
                    group += 1
            elif parts is None:
                if tag == "caption":
                    if caption is None:
                        caption = child
                elif tag != "table" and isinstance(tag, str) and len(child):
                    stack.append((child, tag, _backwards(child), None, None))
            else:
                text = child.text
                if not isinstance(tag, str) or tag in UNREAD or tag == "table":
                    if isinstance(tag, str):
                        tags[tag] = tags.get(tag, 0) + 1
                    text = " " if tag == "table" else None
                else:
                    if cell is not None and not cell.broken and is_hidden(child):
                        cell.broken = _holds_cells(child)
                        if not cell.broken:
                            cell.hides = True
                            if child.tail:
                                parts.append(child.tail)
                            continue
                    tags[tag] = tags.get(tag, 0) + 1
                    if tag not in INLINE:
                        parts.append(" ")
                    if tag == "a":
                        links += 1
                    if text and links:
                        link_chars += len(text.strip())
                    if len(child):
                        if text:
                            parts.append(text)
                        stack.append((child, tag, _backwards(child), cell, parts))
                        continue
                    if tag == "a":
                        links -= 1
                    if tag not in INLINE:
                        text = f"{text} " if text else " "
                if text:
                    parts.append(text)
                if child.tail:
                    parts.append(child.tail)
            continue
        stack.pop()
        if not stack:
            break
        if open_tag == "td" or open_tag == "th":
            if cell is not None and parts is not None:
                cell.text = squeeze("".join(parts))
                if not cell.text and cell.hides:
                    cell.text = text_of(cell.element, skips=_is_apart)
                if not cell.text:
                    blank.append(cell)
        elif open_tag == "tr":
            row = None
        elif open_tag in _SECTIONS:
            row = None
            section = "tbody"
            group += 1
        elif parts is not None:
            if open_tag == "a":
                links -= 1
            if open_tag not in INLINE:
                parts.append(" ")
        cell, parts = outer_cell, outer_parts
        if parts is not None and element.tail:
            parts.append(element.tail)
    return TableSource(table, _as_shown(rows), caption, tags, link_chars, has_spans, blank)


def _holds_cells(element: HtmlElement) -> bool:
    return next(element.iterdescendants(*_CELLS), None) is not None


def _is_apart(element: HtmlElement) -> bool:
    """Whether an element inside a cell has texts of its own."""
    return element.tag in _APART


def _backwards(element: HtmlElement) -> list[HtmlElement]:
    """The children of ``element``, the first one last."""
    children = element[:]
    children.reverse()
    return children


def _as_shown(rows: list[Row]) -> list[Row]:
    """The head on top, feet at the bottom. A further ``thead`` stays: it titles the rows it stands before."""
    head = next((row.group for row in rows if row.section == "thead"), None)
    ranks = [0 if row.group == head else 2 if row.section == "tfoot" else 1 for row in rows]
    if ranks != sorted(ranks):
        rows = [rows[n] for n in sorted(range(len(rows)), key=ranks.__getitem__)]
    return rows


def lay_out(source: TableSource, max_slots: int = MAX_SLOTS) -> Grid:
    """The grid of ``source``. Rows without any slot are left out."""
    if not source.has_spans:
        sources = [row for row in source.rows if row.cells]
        lines = [[cell.text for cell in row.cells] for row in sources]
        width = max(map(len, lines), default=0)
        truncated = len(lines) * width > max_slots
        if truncated:
            del lines[max_slots // width :], sources[max_slots // width :]
    else:
        lines, sources, width, truncated = _fill(source.rows, max_slots)
    for line in lines:
        if len(line) < width:
            line.extend([""] * (width - len(line)))
    return Grid(lines, sources, width, truncated)


#: A cell in a row of the grid: first column, column after the last one, text.
_Placed = tuple[int, int, str]


def _fill(rows: list[Row], max_slots: int) -> tuple[list[list[str]], list[Row], int, bool]:
    placed_rows: list[list[_Placed]] = []
    sources: list[Row] = []
    hanging: list[tuple[_Placed, int]] = []  # cells reaching down into the next row, by column; rows they still cover
    width = total = 0
    truncated = False
    group = -1
    for row in rows:
        if row.group != group:
            group, hanging = row.group, []
        placed, hanging, last_start = _place(row, hanging)
        if not placed:
            continue
        width = max(width, last_start + 1)
        if (len(placed_rows) + 1) * width > max_slots:
            truncated = True
            break
        placed_rows.append(placed)
        sources.append(row)
        total += max(width, max(end for _, end, _ in placed))
    lines = []
    for placed in placed_rows:
        ends = max(end for _, end, _ in placed)
        # Only columns that no cell begins in are given up where there is too much of them.
        line = [""] * (ends if total <= max_slots else min(ends, width))
        for start, end, text in placed:
            end = min(end, len(line))
            line[start:end] = [text] * (end - start)
        lines.append(line)
    return lines, sources, width, truncated


def _place(row: Row, hanging: list[tuple[_Placed, int]]) -> tuple[list[_Placed], list[tuple[_Placed, int]], int]:
    """The cells in ``row``, those that reach down from it, and the last column one of its own begins in (-1: none)."""
    placed = [cell for cell, _ in hanging]
    reach = [(cell, left - 1) for cell, left in hanging if left != 1]
    known = len(reach)
    column = 0
    last_start = -1
    taken = iter(hanging)
    blocked = next(taken, None)
    for cell in row.cells:
        while blocked is not None and blocked[0][0] <= column:
            column = max(column, blocked[0][1])
            blocked = next(taken, None)
        mine = (column, column + cell.colspan, cell.text)
        placed.append(mine)
        if cell.rowspan != 1:
            reach.append((mine, cell.rowspan - 1))
        last_start = column
        column += cell.colspan
    if len(reach) > known:
        reach.sort(key=lambda one: one[0][0])
    return placed, reach, last_start
