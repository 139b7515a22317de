"""Data or layout: how much a table looks like one that states facts in rows and columns.

A table has measured properties, mostly between 0 and 1; each gives or takes its weight in points. The weights are a
ridge regression on annotated tables of the web, pulled towards plausible values, then rounded: one point makes data
2.7 times more likely, and at 7 points both are equally likely.
"""

from __future__ import annotations

import itertools
import math
import re
from typing import TYPE_CHECKING

from scrapy_c4.extractors.table_headers import SAMPLE, is_numeric, names_rows

if TYPE_CHECKING:
    from scrapy_c4.extractors.table_grid import Grid, TableSource

BASE = 2.1
WEIGHTS = {
    # marked as data
    "column_headers": 1.3,  # header rows that label columns
    "title_row": 0.6,  # a header row that spans the table
    "thead": 0.7,
    "th": 0.5,
    "row_th": 1.0,
    "caption": 0.4,
    "data_role": 1.0,
    "data_class": 1.6,
    # regular content
    "row_names": 1.2,  # the first column names the rows
    "key_value": 1.4,  # two columns: short names, values
    "colons": 1.0,
    "three_rows": 0.4,
    "three_columns": 0.7,
    "even_rows": 1.0,
    "filled": 1.2,
    "numeric_column": 1.0,
    "short_texts": 0.6,
    "size": 0.8,  # natural logarithm of the number of cells
    # used to arrange things
    "layout_role": -5.0,
    "layout_class": -1.0,
    "layout_attributes": -0.4,
    "one_row": -2.0,
    "one_column": -3.0,
    "empty": -2.0,
    "wide_cells": -0.5,
    "nested_table": -2.5,
    "long_texts": -2.0,
    "blocks": -0.5,
    "lists": -1.0,
    "headings": -1.0,
    "scripts": -1.0,
    "images": -0.8,
    "inputs": -2.2,
    "form": -1.0,
    "code": -3.0,
    "links": -0.7,
    "link_list": -1.3,
    "only_links": -1.5,
    "calendar": -7.0,
}
#: A size beyond which a table does not look any more like data.
_MOST_CELLS = 500
_SHORT = 40
_LONG = 150
#: Mean length of link texts that are headlines, not names.
_HEADLINE = 20

_day = re.compile(r"(?:0?[1-9]|[12][0-9]|3[01])(?![0-9]|[.,:][0-9])")
_rank = re.compile(r"\W{0,3}[0-9]{1,4}\W{0,3}")
_data_class = re.compile(
    r"(?:^|[\s_-])(?:data|wikitable|infobox|sortable|dataframe|striped|comparison|specs?|specifications?|stats?"
    r"|statistics?|prices?|pricing|results?|standings?|ranking)(?:$|[\s_-]|table)",
    re.IGNORECASE,
)
_layout_class = re.compile(
    r"navbox|calendar|layout"
    r"|(?:^|[\s_-])(?:nav|menu|toc|form|search|login|footer|caption|comments?|a?mbox|metadata|wrapper|container|code"
    r"|highlight)",
    re.IGNORECASE,
)
_BLOCKS = ("div", "p", "ul", "ol", "dl", "h1", "h2", "h3", "h4", "h5", "section", "article", "center", "hr")
_CELL_LAYOUT = frozenset(["valign", "bgcolor", "background", "nowrap", "height"])


def score_table(source: TableSource, grid: Grid, header_rows: int) -> float:
    """Points for being data; 7 is where data begins."""
    return BASE + sum(WEIGHTS[name] * value for name, value in measure(source, grid, header_rows).items())


def measure(source: TableSource, grid: Grid, header_rows: int) -> dict[str, float]:
    """The properties that ``WEIGHTS`` weighs. Of a long table the first rows speak for all."""
    width = grid.width
    heads = grid.rows[:header_rows]
    body = grid.rows[header_rows : header_rows + SAMPLE]
    body_sources = grid.sources[header_rows : header_rows + SAMPLE]
    cells = [cell for row in grid.sources[: header_rows + SAMPLE] for cell in row.cells]
    all_cells = sum([len(row.cells) for row in grid.sources]) or 1
    texts = [cell.text for row in body_sources for cell in row.cells]
    filled = [text for text in texts if text]
    some = len(filled) or 1
    chars = sum([len(cell.text) for row in grid.sources for cell in row.cells]) or 1
    labelled = header_rows > 0 and (width < 2 or any(len(set(row)) > 1 for row in heads))
    row_names = names_rows(body, body_sources)
    attributes = source.element.attrib
    role = attributes.get("role", "")
    named = f"{attributes.get('class', '')} {attributes.get('id', '')}"
    counts = [len(row.cells) for row in body_sources]
    columns = [[row[n] for row in body if n < len(row) and row[n]] for n in range(width)]

    def per_cell(*names: str) -> float:
        return sum(source.tags.get(name, 0) for name in names) / all_cells

    numeric = any(len(column) > 1 and sum(map(is_numeric, column)) >= 0.7 * len(column) for column in columns)
    links = min(1.0, source.link_chars / chars)
    layout_cells = sum([not _CELL_LAYOUT.isdisjoint(cell.element.keys()) for cell in cells])
    lengths = list(map(len, filled))
    return {
        "column_headers": labelled,
        "title_row": header_rows > 0 and not labelled,
        "thead": any(row.section == "thead" for row in grid.sources[:SAMPLE]),
        "th": any(cell.is_header for cell in cells),
        "row_th": sum(bool(row.cells) and row.cells[0].is_header for row in body_sources) * 2 > len(body_sources),
        "caption": source.caption is not None,
        "data_role": role in ("table", "grid", "treegrid"),
        "data_class": _data_class.search(named) is not None,
        "row_names": row_names,
        "key_value": width == 2
        and row_names
        and len(grid.rows) > 1
        and sum(len(row[0]) for row in body) <= 30 * len(body),
        "colons": width == 2 and sum(row[0].endswith(":") for row in body) * 2 > len(body),
        "three_rows": len(grid.rows) - header_rows >= 3,
        "three_columns": width >= 3,
        "even_rows": max(map(counts.count, set(counts))) / len(counts) if len(counts) > 1 else 0.0,
        "filled": len(filled) / (len(texts) or 1),
        "numeric_column": numeric,
        "short_texts": sum([length <= _SHORT for length in lengths]) / some,
        "size": math.log(min(all_cells, _MOST_CELLS)),
        "layout_role": role in ("presentation", "none"),
        "layout_class": _layout_class.search(named) is not None,
        "layout_attributes": (attributes.get("border") == "0")
        + ("cellpadding" in attributes or "cellspacing" in attributes)
        + (attributes.get("width") == "100%")
        + layout_cells / (len(cells) or 1),
        "one_row": len(grid.rows) < 2,
        "one_column": width < 2,
        "empty": not filled,
        "wide_cells": sum([cell.colspan > 1 for cell in cells]) / (len(cells) or 1),
        "nested_table": "table" in source.tags,
        "long_texts": sum([length > _LONG for length in lengths]) / some,
        "blocks": min(3.0, per_cell(*_BLOCKS)),
        "lists": min(1.0, per_cell("li", "dd")),
        "headings": min(1.0, per_cell("h1", "h2", "h3", "h4")),
        "scripts": min(1.0, per_cell("script", "noscript", "style")),
        "images": min(1.0, per_cell("img", "iframe", "svg", "object")),
        "inputs": min(1.0, 2 * per_cell("input", "select", "textarea", "button")),
        "form": "form" in source.tags,
        "code": "pre" in source.tags and all_cells <= 4,
        "links": links,
        "link_list": links >= 0.6 and _lists_links(source, body, columns),
        "only_links": links >= 0.9 and not labelled and not numeric,
        "calendar": 7 <= width <= 8 and len(body) >= 4 and _counts_days(filled),
    }


def _lists_links(source: TableSource, body: list[list[str]], columns: list[list[str]]) -> bool:
    """Whether the links are headlines, or all there is beside a rank."""
    if source.link_chars >= _HEADLINE * source.tags.get("a", 0):
        return True
    ranked = sum(_rank.fullmatch(row[0]) is not None for row in body) * 2 > len(body)
    return sum(map(bool, columns)) - ranked <= 1


def _counts_days(texts: list[str]) -> bool:
    found = [_day.match(text) for text in texts]
    days = [int(day[0]) if day else 0 for day in found]
    steps = sum(after - before == 1 for before, after in itertools.pairwise(days))
    return steps >= max(15, 0.6 * len(days))
