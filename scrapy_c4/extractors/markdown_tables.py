"""Tables as GFM: which tables are data and not layout, and where their cells go."""

from __future__ import annotations

from dataclasses import dataclass, field

from scrapy_c4.extractors.content import HEADINGS, Node, new_node, text_parts

_SECTIONS = frozenset(["thead", "tbody", "tfoot"])
#: What no cell of a GFM table can hold.
_BLOCKS = frozenset(["table", "article", "section", "figure", "form", "main", "nav"])
#: What a cell can hold one of, as text, in a table that has headers.
_TEXT_BLOCKS = HEADINGS | frozenset(["hr", "blockquote"])
#: Characters in a cell that make a part of the page of it, if it has a heading.
_LONG = 1000
MAX_SPAN = 1000


@dataclass
class Rows:
    """The cells of a table in source order, and what is loose: its caption and text outside of cells."""

    rows: list[list[Node]] = field(default_factory=list)
    header: bool = False
    loose: list[Node] = field(default_factory=list)
    #: For each row, the section it stands in, or the table.
    sections: list[Node] = field(default_factory=list)


def read_rows(table: Node) -> Rows | None:
    """The rows of a data table; None for a layout table, whose content reads better as blocks."""
    if table.attrs.get("role") in ("presentation", "none"):
        return None
    found = Rows()
    loose: list[str | Node] = []
    in_head = pre = text_blocks = False
    stack: list[tuple[str | Node, Node]] = [(child, table) for child in reversed(table)]
    row: list[Node] | None = None
    while stack:
        child, section = stack.pop()
        if type(child) is not Node:
            if not child.isspace():
                loose.append(child)
        elif child.tag in ("td", "th"):
            if row is None:
                row = []
                found.rows.append(row)
                found.sections.append(section)
            row.append(child)
            if len(child) > 1 or (child and isinstance(child[0], Node)):
                inner = _look_inside(child)
                if inner is None:
                    return None
                pre, text_blocks = pre or inner[0], text_blocks or inner[1]
        elif child.tag == "tr":
            row = []
            found.rows.append(row)
            found.sections.append(section)
            in_head = in_head or (section.tag == "thead" and len(found.rows) == 1)
            stack.extend([(part, section) for part in reversed(child) if type(part) is Node or not part.isspace()])
        elif child.tag in _SECTIONS:
            stack.extend((part, child) for part in reversed(child))
        elif child.tag == "form":
            stack.extend((part, section) for part in reversed(child))
        elif child.tag == "caption":
            found.loose.append(child)
        elif child.tag not in ("colgroup", "col"):
            loose.append(child)
    found.sections = [section for section, row in zip(found.sections, found.rows, strict=True) if row]
    found.rows = [row for row in found.rows if row]
    if loose:
        found.loose.append(new_node("div", None, loose))
    if not found.rows:
        return None
    headers = any(cell.tag == "th" for row in found.rows for cell in row)
    if text_blocks and not (headers or in_head):
        return None
    if (len(found.rows) == 1 or max(map(len, found.rows)) == 1) and (pre or text_blocks or not headers):
        return None
    first = found.rows[0]
    found.header = len(found.rows) > 1 and (in_head or all(cell.tag == "th" for cell in first))
    return found


def _look_inside(cell: Node) -> tuple[bool, bool] | None:
    """Whether a cell holds preformatted text, and whether it holds a block that is to be written as text.

    None when it holds what makes the table one for layout.
    """
    pre = False
    text_blocks = 0
    stack: list[Node] = [cell]
    while stack:
        for child in stack.pop():
            if isinstance(child, Node):
                if child.tag in _BLOCKS:
                    return None
                pre = pre or child.tag == "pre"
                text_blocks += child.tag in _TEXT_BLOCKS
                stack.append(child)
    if text_blocks > 1 or (text_blocks and sum(map(len, text_parts(cell))) > _LONG):
        return None
    return pre, text_blocks == 1


def lay_out(rows: list[list[tuple[str, Node]]], found: Rows) -> list[str]:
    """The lines of a GFM table. A cell that spans others stands in the first of them; the others are empty."""
    cells = sum(map(len, rows))
    grid = _grid(rows, found.sections, budget=20 * cells + 1000)
    if grid is None:
        grid = [[text for text, _ in row] for row in rows]
    width = max(map(len, grid))
    lines = []
    if not found.header:
        grid.insert(0, [])
    for number, row in enumerate(grid):
        if number == 0:
            row = row + [""] * (width - len(row))
        lines.append("| " + " | ".join(text.replace("|", "\\|") for text in row) + " |")
        if number == 0:
            lines.append("|" + " --- |" * width)
    return lines


def _grid(rows: list[list[tuple[str, Node]]], sections: list[Node], budget: int) -> list[list[str]] | None:
    """The cells in their columns; None when spans would blow the table up beyond ``budget`` cells."""
    if not any("colspan" in cell.attrs or "rowspan" in cell.attrs for row in rows for _, cell in row):
        return [[text for text, _ in row] for row in rows]
    grid = []
    below: dict[int, int] = {}  # column: rows that a cell above still reaches into
    for row, left in zip(rows, _rows_left(sections), strict=True):
        line: list[str] = []
        next_below: dict[int, int] = {column: more - 1 for column, more in below.items() if more > 1}
        for text, cell in row:
            while len(line) in below:
                line.append("")
            column = len(line)
            columns = _span(cell.attrs.get("colspan"))
            down = min(_span(cell.attrs.get("rowspan"), lowest=0) or left, left)
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


def _rows_left(sections: list[Node]) -> list[int]:
    """For each row, how many there are from it to the end of its section: no cell reaches beyond."""
    left: list[int] = []
    for number in reversed(range(len(sections))):
        following = sections[number + 1] if left else None
        left.append(left[-1] + 1 if following is sections[number] else 1)
    return left[::-1]


def _span(text: str | None, lowest: int = 1) -> int:
    if not text:
        return 1
    digits = text.strip()
    digits = digits[: next((n for n, c in enumerate(digits) if not c.isdecimal()), len(digits))]
    try:
        return max(lowest, min(int(digits[:6] or "1"), MAX_SPAN))
    except ValueError:
        return 1
