"""ExtractMiddleware: the items of every page next to those of spiders that know nothing of scrapy_c4."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from scrapy import signals
from scrapy.exceptions import NotConfigured
from scrapy.http import HtmlResponse

from scrapy_c4.options import OptionError
from scrapy_c4.page import PageReader, asked_of, off_loop_unless_analysed, page_options
from scrapy_c4.readers import Readers
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

    Not for spiders built with the mixins of :mod:`scrapy_c4.spiders`: they say themselves what they want. What that is,
    the pages before have shown; it is read ahead, by another process if there is one.
    """

    def __init__(self, crawler: Crawler):
        self._options = crawl_options(crawler.settings)
        if not self._options.enabled:
            raise NotConfigured
        self._crawler = crawler
        self._adds_items = not isinstance(crawler.spider, PageOptionsMixin)
        self._readers = Readers(crawler)
        #: By callback: the parts of its last page that were asked for.
        self._habits: dict[str, tuple[str, ...]] = {}
        #: Error pages on their way to a callback. What an errback makes of the others passes here, too.
        self._wanted_errors: WeakSet[Response] = WeakSet()
        crawler.signals.connect(settle, signal=signals.spider_opened)
        crawler.signals.connect(self._readers.open, signal=signals.spider_opened)
        crawler.signals.connect(self._readers.close, signal=signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_spider_input(self, response: Response) -> None:
        if not _is_success(response):
            self._wanted_errors.add(response)

    async def process_spider_output(self, response: Response, result: AsyncIterator[Any]) -> AsyncIterator[Any]:
        if not (_is_success(response) or response in self._wanted_errors):
            async for item_or_request in result:
                yield item_or_request
            return
        if isinstance(response, HtmlResponse):
            callback = _callback_of(response)
            await self._read_ahead(response, self._habits.get(callback, ()))
            # First, so that a callback that fails half-way, or changes the tree, takes nothing away from the page.
            if self._adds_items:
                for item in await self._items(response):
                    yield item
        elif self._adds_items:
            self._crawler.stats.inc_value("c4/extract/no_page_count")
        async for item_or_request in result:
            yield item_or_request
        if isinstance(response, HtmlResponse):
            self._habits[callback] = asked_of(response)

    async def _read_ahead(self, response: HtmlResponse, parts: tuple[str, ...]) -> None:
        # A callback that gives a list has asked for everything by now.
        if parts and not asked_of(response):
            with suppress(OptionError):  # who asks for the page will be told
                await self._readers.read(response, page_options(response, self._options), parts)

    async def _items(self, response: HtmlResponse) -> list[Any]:
        stats = self._crawler.stats
        try:
            reader = PageReader(response, self._options, stats)
        except OptionError as error:
            logger.error("%(error)s (%(url)s)", {"error": error, "url": response.url})
            stats.inc_value("c4/extract/invalid_options_count")
            return []
        items = await off_loop_unless_analysed(response, lambda: list(reader.all()))
        stats.inc_value("c4/extract/page_count")
        for item in items:
            stats.inc_value(f"c4/extract/item_count/{type(item).__name__}")
        return items


def _is_success(response: Response) -> bool:
    return 200 <= response.status < 300


def _callback_of(response: Response) -> str:
    callback = response.request.callback if response.request is not None else None
    return getattr(callback, "__name__", "parse")
