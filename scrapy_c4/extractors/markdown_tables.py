"""Tables as GFM: which tables are data and not layout, and where their cells go."""

from __future__ import annotations

from dataclasses import dataclass, field

from scrapy_c4.extractors.content import HEADINGS, Node, new_node

_SECTIONS = frozenset(["thead", "tbody", "tfoot"])
#: What no cell of a GFM table can hold.
_BLOCKS = HEADINGS | frozenset(["table", "hr", "blockquote", "article", "section", "figure", "form", "main", "nav"])
MAX_SPAN = 1000


@dataclass
class Rows:
    """The cells of a table in source order, and what is loose: its caption and text outside of cells."""

    rows: list[list[Node]] = field(default_factory=list)
    header: bool = False
    loose: list[Node] = field(default_factory=list)


def read_rows(table: Node) -> Rows | None:
    """The rows of a data table; None for a layout table, whose content reads better as blocks."""
    if table.attrs.get("role") in ("presentation", "none"):
        return None
    found = Rows()
    loose: list[str | Node] = []
    in_head = False
    cells = 0
    pre = False
    stack: list[tuple[str | Node, bool]] = [(child, False) for child in reversed(table)]
    row: list[Node] | None = None
    while stack:
        child, head = stack.pop()
        if type(child) is not Node:
            if not child.isspace():
                loose.append(child)
        elif child.tag in ("td", "th"):
            if row is None:
                row = []
                found.rows.append(row)
            row.append(child)
            cells += 1
            if len(child) > 1 or (child and isinstance(child[0], Node)):
                inner = _look_inside(child)
                if inner is None:
                    return None
                pre = pre or inner
        elif child.tag == "tr":
            row = []
            found.rows.append(row)
            in_head = in_head or (head and len(found.rows) == 1)
            stack.extend([(part, False) for part in reversed(child) if type(part) is Node or not part.isspace()])
        elif child.tag in _SECTIONS or child.tag == "form":
            stack.extend((part, child.tag == "thead") for part in reversed(child))
        elif child.tag == "caption":
            found.loose.append(child)
        elif child.tag not in ("colgroup", "col"):
            loose.append(child)
    found.rows = [row for row in found.rows if row]
    if loose:
        found.loose.append(new_node("div", None, loose))
    if not found.rows:
        return None
    headers = any(cell.tag == "th" for row in found.rows for cell in row)
    if (len(found.rows) == 1 or max(map(len, found.rows)) == 1) and (pre or not headers):
        return None
    first = found.rows[0]
    found.header = len(found.rows) > 1 and (in_head or all(cell.tag == "th" for cell in first))
    return found


def _look_inside(cell: Node) -> bool | None:
    """Whether a cell holds preformatted text; None when it holds what makes the table one for layout."""
    pre = False
    stack: list[Node] = [cell]
    while stack:
        for child in stack.pop():
            if isinstance(child, Node):
                if child.tag in _BLOCKS:
                    return None
                pre = pre or child.tag == "pre"
                stack.append(child)
    return pre


def lay_out(rows: list[list[tuple[str, Node]]], header: bool) -> list[str]:
    """The lines of a GFM table. A cell that spans others stands in the first of them; the others are empty."""
    cells = sum(map(len, rows))
    grid = _grid(rows, budget=20 * cells + 1000)
    if grid is None:
        grid = [[text for text, _ in row] for row in rows]
    width = max(map(len, grid))
    lines = []
    if not header:
        grid.insert(0, [])
    for number, row in enumerate(grid):
        if number == 0:
            row = row + [""] * (width - len(row))
        lines.append("| " + " | ".join(text.replace("|", "\\|") for text in row) + " |")
        if number == 0:
            lines.append("|" + " --- |" * width)
    return lines


def _grid(rows: list[list[tuple[str, Node]]], budget: int) -> list[list[str]] | None:
    """The cells in their columns; None when spans would blow the table up beyond ``budget`` cells."""
    if not any("colspan" in cell.attrs or "rowspan" in cell.attrs for row in rows for _, cell in row):
        return [[text for text, _ in row] for row in rows]
    grid = []
    below: dict[int, int] = {}  # column: rows that a cell above still reaches into
    for row in rows:
        line: list[str] = []
        next_below: dict[int, int] = {column: left - 1 for column, left in below.items() if left > 1}
        for text, cell in row:
            while len(line) in below:
                line.append("")
            column = len(line)
            columns = _span(cell.attrs.get("colspan"))
            down = _span(cell.attrs.get("rowspan"))
            line.append(text)
            # Empty cells at the end of a row need not be written.
            if columns > 1 and cell is not row[-1][1]:
                line.extend([""] * (columns - 1))
            if down > 1:
                for covered in range(column, column + columns):
                    next_below[covered] = down - 1
            budget -= columns if down > 1 else 0
        budget -= len(line) + len(next_below)
        if budget < 0:
            return None
        below = next_below
        grid.append(line)
    return grid


def _span(text: str | None) -> int:
    if not text:
        return 1
    digits = text.strip()
    digits = digits[: next((n for n, c in enumerate(digits) if not c.isdecimal()), len(digits))]
    try:
        return max(1, min(int(digits[:6] or "1"), MAX_SPAN))
    except ValueError:
        return 1
