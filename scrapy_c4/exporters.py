"""Feed exporters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from scrapy.exporters import CsvItemExporter

if TYPE_CHECKING:
    from collections.abc import Iterable

#: What spreadsheets take for the beginning of a formula, full-width forms included.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
_NUMBER = re.compile(r"[+-]?\d{1,40}(?:[.,]\d{1,40}){0,20}(?:[eE][+-]?\d{1,4})?\s?%?", re.ASCII)


class SafeCsvItemExporter(CsvItemExporter):
    """CSV whose cells no spreadsheet takes for formulas: text that begins like one gets a ``'`` in front.

    Names of columns too; numbers stay as they are. For ``FEED_EXPORTERS = {"csv":
    "scrapy_c4.exporters.SafeCsvItemExporter"}``.
    """

    def _build_row(self, values: Iterable[Any]) -> Iterable[Any]:
        return [_safe(value) for value in super()._build_row(values)]


def _safe(value: Any) -> Any:
    if value is None or isinstance(value, (int, float)):
        return value
    text = str(value)
    if text.lstrip(" ").startswith(_FORMULA) and not _NUMBER.fullmatch(text):
        return "'" + text
    return value
