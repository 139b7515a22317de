"""ExtractMiddleware: the items of every page next to those of spiders that know nothing of scrapy_c4."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from scrapy import signals
from scrapy.exceptions import NotConfigured

from scrapy_c4.options import OptionError
from scrapy_c4.page import PageReader, is_page, off_loop
from scrapy_c4.spiders.mixins import PageOptionsMixin
from scrapy_c4.startup import crawl_options, settle

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scrapy.crawler import Crawler
    from scrapy.http import Response

    # typing.Self requires Python 3.11
    from typing_extensions import Self

logger = logging.getLogger(__name__)


class ExtractMiddleware:
    """Adds the items that the option ``emit`` names for every HTML response a spider gets.

    Not for spiders built with the mixins of :mod:`scrapy_c4.spiders`: they say themselves what they want.
    """

    def __init__(self, crawler: Crawler):
        self._options = crawl_options(crawler.settings)
        if not self._options.enabled:
            raise NotConfigured
        crawler.signals.connect(settle, signal=signals.spider_opened)
        if isinstance(crawler.spider, PageOptionsMixin):
            raise NotConfigured
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_spider_output(self, response: Response, result: AsyncIterator[Any]) -> AsyncIterator[Any]:
        # First, so that a callback that fails half-way, or changes the tree, takes nothing away from the page.
        if is_page(response):
            for item in await self._items(response):
                yield item
        async for item_or_request in result:
            yield item_or_request

    async def _items(self, response: Any) -> list[Any]:
        stats = self._crawler.stats
        try:
            reader = PageReader(response, self._options, stats)
        except OptionError as error:
            logger.error("%(error)s (%(url)s)", {"error": error, "url": response.url})
            stats.inc_value("c4/extract/invalid_options_count")
            return []
        items = await off_loop(lambda: list(reader.all()), len(response.body))
        stats.inc_value("c4/extract/page_count")
        for item in items:
            stats.inc_value(f"c4/extract/item_count/{type(item).__name__}")
        return items
