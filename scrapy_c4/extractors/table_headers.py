"""Which rows of a table are headers, and the label they give each column."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scrapy_c4.extractors.table_grid import Grid, Row

#: Between the parts of a label that comes from several header rows.
SEPARATOR = " / "
#: Rows looked at to tell what a column holds.
SAMPLE = 30

_BOLD = frozenset(["b", "strong", "h1", "h2", "h3", "h4", "h5", "h6"])
_header_class = re.compile(r"(?:^|[\s_-])(?:t?head(?:er|ing|line)?|th)(?:$|[\s_-])", re.IGNORECASE)
# Digits with signs, units and separators: 1.234,50 €, 12 kg, -3 %, 2:1, 12/03/2021.
_numeric = re.compile(r"[^\w]*(?:[^\W\d_]{1,3}[^\w]*)?\d[\d\W_]*[^\W\d_]{0,5}\W{0,3}")
_LONGEST_NUMBER = 40
_LONGEST_LABEL = 60


def is_numeric(text: str) -> bool:
    """Whether a cell holds a number, an amount, a date or the like."""
    return len(text) <= _LONGEST_NUMBER and _numeric.fullmatch(text) is not None


def count_header_rows(grid: Grid) -> int:
    """How many leading rows are headers."""
    sources = grid.sources
    total = len(sources)
    head = 0
    while head < total and sources[head].section == "thead":
        head += 1
    if 0 < head < total or (head == 1 and total == 1):
        return head
    marked = 0
    while marked < total and _is_marked(sources[marked]):
        marked += 1
    if marked == total:  # nothing but header cells
        marked = min(marked, 1)
    if marked:
        return max(marked, min(_reach(sources[:marked]), total - 1))
    if total > 1 and (head or _is_titled(grid) or _contrasts(grid)):
        return 1
    return 0


def labels(rows: list[list[str]], width: int) -> list[str]:
    """One label for each of ``width`` columns from the header rows, repeated words left out."""
    merged = []
    for column in range(width):
        texts = dict.fromkeys(row[column] for row in rows)
        texts.pop("", None)
        merged.append(SEPARATOR.join(texts))
    return merged


def names_rows(rows: list[list[str]], sources: list[Row]) -> bool:
    """Whether the first column of the body tells what each row is about."""
    if not rows or len(rows[0]) < 2:
        return False
    marked = sum(bool(row.cells) and _heads_its_row(row) for row in sources[:SAMPLE])
    if marked * 2 > min(len(sources), SAMPLE):
        return True
    names = [row[0] for row in rows[:SAMPLE]]
    return all(names) and len(set(names)) == len(names) and sum(map(is_numeric, names)) * 2 < len(names)


def _heads_its_row(row: Row) -> bool:
    element = row.cells[0].element
    return row.cells[0].is_header or element.get("scope") in ("row", "rowgroup") or element.get("role") == "rowheader"


def _is_marked(row: Row) -> bool:
    """Header cells only; the corner above the row headers is often an empty ``td``."""
    headers = 0
    for cell in row.cells:
        element = cell.element
        if cell.is_header or element.get("role") == "columnheader" or element.get("scope") in ("col", "colgroup"):
            if element.get("scope") in ("row", "rowgroup") and len(row.cells) == 1:
                return False
            headers += 1
        elif cell.text:
            return False
    return headers > 0


def _reach(header: list[Row]) -> int:
    """Rows a header of tall and wide cells takes: the ones below its wide cells are headers as well."""
    rows = len(header)
    for number, row in enumerate(header):
        tall = [cell.rowspan for cell in row.cells if cell.rowspan > 1]
        if tall and len(tall) < len(row.cells) and all(c.rowspan > 1 or c.colspan > 1 for c in row.cells):
            rows = max(rows, number + max(tall))
    return rows


def _is_titled(grid: Grid) -> bool:
    """Whether the first row alone is bold, or its class calls it a header."""
    first, rest = grid.sources[0], grid.sources[1:SAMPLE]
    filled = [cell for cell in first.cells if cell.text]
    if len(filled) < 2 or len(filled) < len(first.cells) - 1:
        return False
    if first.element is not None and _header_class.search(first.element.get("class") or ""):
        return not any(r.element is not None and _header_class.search(r.element.get("class") or "") for r in rest)
    return _is_bold(first) and sum(map(_is_bold, rest)) * 2 <= len(rest)


def _is_bold(row: Row) -> bool:
    bold = False
    for cell in row.cells:
        if cell.text:
            element = cell.element
            while len(element) == 1 and element.tag not in _BOLD and not (element.text or "").strip():
                element = element[0]
            if element.tag not in _BOLD or (element.tail or "").strip():
                return False
            bold = True
    return bold


def _contrasts(grid: Grid) -> bool:
    """Whether words stand over columns of figures."""
    first, body = grid.rows[0], grid.rows[1 : SAMPLE + 1]
    filled = [text for text in first if text]
    if len(body) < 2 or len(filled) < max(2, len(first) - 1) or len(set(filled)) < len(filled):
        return False
    if any(len(text) > _LONGEST_LABEL for text in filled):
        return False
    if len(body) < 3 and not all(map(all, body)):  # too little to go by
        return False
    over_figures = 0
    for column, label in enumerate(first):
        values = [row[column] for row in body if column < len(row) and row[column]]
        if len(values) > 1 and sum(map(_is_figure, values)) >= 0.7 * len(values):
            if _is_figure(label) and label:
                return False
            over_figures += bool(label)
    return over_figures > 0


def _is_figure(text: str) -> bool:
    """A number or a mark such as X, – or ✓."""
    return len(text) < 2 or is_numeric(text)
