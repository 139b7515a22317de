"""Data tables of a page as :class:`~scrapy_c4.items.TableItem`."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from scrapy_c4.extractors.table_blanks import fill_blanks
from scrapy_c4.extractors.table_grid import MAX_SLOTS, Grid, TableSource, lay_out, read_table
from scrapy_c4.extractors.table_headers import count_header_rows, labels, names_rows
from scrapy_c4.extractors.table_score import score_table
from scrapy_c4.extractors.text import squeeze, text_of
from scrapy_c4.items import TableItem

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from scrapy_c4.extractors.document import Document

logger = logging.getLogger(__name__)


def extract_tables(document: Document, *, threshold: float = 7) -> list[TableItem]:
    """The tables of ``document`` that score at least ``threshold``, in document order.

    A nested table is a table of its own; the cell around it keeps only its own text. ``headers`` is empty where the
    table has no header row; a header row is never among ``rows``. A row is longer than ``headers`` only where its
    colspan reaches beyond all columns.
    """
    items = []
    room = MAX_SLOTS  # for the whole page: a few bytes of spans can stand for millions of slots
    for table in document.root.iter("table"):
        source = read_table(table)
        fill_blanks(source)
        grid = lay_out(source, room)
        if grid.rows:
            room -= sum(map(len, grid.rows))
            header_rows = count_header_rows(grid)
            score = score_table(source, grid, header_rows)
            if score >= threshold:
                items.append(_item(document.url, source, grid, header_rows, score))
        if grid.truncated:
            logger.warning("Tables of %s hold more than %d cells: the rest is left out", document.url, MAX_SLOTS)
            break
    return items


def _item(page_url: str, source: TableSource, grid: Grid, header_rows: int, score: float) -> TableItem:
    element = source.element
    rows = grid.rows[header_rows:]
    metadata: dict[str, Any] = {
        "row_count": len(rows),
        "column_count": grid.width,
        "id": element.get("id") or None,
        "class": squeeze(element.get("class")) or None,
        "score": round(score, 2),
        "has_headers": header_rows > 0,
        "header_rows": header_rows,
        "row_headers": names_rows(rows, grid.sources[header_rows:]),
        "has_merged_cells": source.has_spans,
        "nested_tables": source.tags.get("table", 0),
        "truncated": grid.truncated,
    }
    return TableItem(
        page_url=page_url,
        headers=labels(grid.rows[:header_rows], grid.width) if header_rows else [],
        rows=rows,
        caption=_caption(source),
        summary=squeeze(element.get("summary")) or None,
        metadata=metadata,
    )


def _caption(source: TableSource) -> str | None:
    """The ``caption``, or the ``figcaption`` of a figure that shows nothing else."""
    element: HtmlElement | None = source.caption
    if element is None:
        figure = source.element.getparent()
        if figure is not None and figure.tag == "figure":
            element = figure.find("figcaption")
    return (text_of(element) or None) if element is not None else None
