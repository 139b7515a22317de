"""Content filters: what of a page ``fit_markdown`` and ``fit_html`` keep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrapy_c4.extractors.content import Node


def make_filter(option: dict[str, Any] | None) -> Callable[[Node], Node] | None:
    """The filter that the option ``content_filter`` names, or None."""
    return None
