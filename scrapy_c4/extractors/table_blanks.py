"""Cells of data tables that say what they say by an image, an icon or a formula."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy_c4.extractors.substitutes import images_text, label_inside

if TYPE_CHECKING:
    from scrapy_c4.extractors.table_grid import TableSource

_APART = ("table", "tr", "td", "th")


def fill_blanks(source: TableSource) -> None:
    """Give the cells of ``source`` that have no text what stands for it, such as the ``alt`` of their images.

    Only where the markup leaves no doubt that the table holds data, by a header cell, a ``thead`` or a caption: the
    images of other tables are often there for the looks, and would make data of layout.
    """
    if not source.blank or not _is_marked(source):
        return
    for cell in source.blank:
        element = cell.element
        if next(element.iterdescendants(*_APART), None) is None:
            cell.text = images_text(element) or label_inside(element)


def _is_marked(source: TableSource) -> bool:
    return source.caption is not None or any(
        row.section == "thead" or any(cell.is_header for cell in row.cells) for row in source.rows
    )
