"""Page understanding for Scrapy: links, media, tables, clean HTML, markdown, structured data, captures."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scrapy_c4.addon import Addon
    from scrapy_c4.analysis import PageAnalysis, analyze
    from scrapy_c4.extractors.regex import RegexExtractionStrategy
    from scrapy_c4.extractors.schema import JsonCssExtractionStrategy, JsonXPathExtractionStrategy
    from scrapy_c4.items import ExtractedItem, LinkItem, MediaItem, PageItem, TableItem
    from scrapy_c4.llm import LLMConfig, LLMExtractionStrategy
    from scrapy_c4.options import LinkPreviewConfig

# Imported on first use, so that `import scrapy_c4` stays cheap.
_HOMES = {
    "Addon": "scrapy_c4.addon",
    "ExtractedItem": "scrapy_c4.items",
    "JsonCssExtractionStrategy": "scrapy_c4.extractors.schema",
    "JsonXPathExtractionStrategy": "scrapy_c4.extractors.schema",
    "LLMConfig": "scrapy_c4.llm",
    "LLMExtractionStrategy": "scrapy_c4.llm",
    "LinkItem": "scrapy_c4.items",
    "LinkPreviewConfig": "scrapy_c4.options",
    "MediaItem": "scrapy_c4.items",
    "PageAnalysis": "scrapy_c4.analysis",
    "PageItem": "scrapy_c4.items",
    "RegexExtractionStrategy": "scrapy_c4.extractors.regex",
    "TableItem": "scrapy_c4.items",
    "analyze": "scrapy_c4.analysis",
}

__all__ = [
    "Addon",
    "ExtractedItem",
    "JsonCssExtractionStrategy",
    "JsonXPathExtractionStrategy",
    "LLMConfig",
    "LLMExtractionStrategy",
    "LinkItem",
    "LinkPreviewConfig",
    "MediaItem",
    "PageAnalysis",
    "PageItem",
    "RegexExtractionStrategy",
    "TableItem",
    "analyze",
]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = globals()[name] = getattr(import_module(_HOMES[name]), name)
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
