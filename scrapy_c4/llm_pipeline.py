"""LLMPipeline: asks models about pages while the crawl goes on."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from scrapy import signals
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from scrapy.spidermiddlewares.base import BaseSpiderMiddleware
from scrapy.utils.asyncio import is_asyncio_available
from scrapy.utils.project import data_path

from scrapy_c4.items import ExtractedItem
from scrapy_c4.llm.litellm_loader import load_litellm
from scrapy_c4.llm.runner import Limits, LLMRunner
from scrapy_c4.llm_settings import LLMSettings
from scrapy_c4.startup import clear_option_errors, crawl_options

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Request

    # typing.Self requires Python 3.11
    from typing_extensions import Self

logger = logging.getLogger(__name__)

#: Seconds between two looks at whether the crawl is being stopped; Scrapy has no signal for it.
_WATCH_INTERVAL = 0.25


class LLMPipeline:
    """Fills the items that :meth:`LLMExtractionStrategy.prepare` made, and passes on all others."""

    def __init__(self, crawler: Crawler):
        with clear_option_errors():
            settings = LLMSettings.from_settings(crawler.settings)
        options = crawl_options(crawler.settings)
        if not options.enabled:
            raise NotConfigured
        self._crawler = crawler
        self._settings = settings
        self._extraction = options.extraction
        cache = data_path(settings.cache_dir, createdir=True) if settings.cache else None
        self._runner = LLMRunner(
            Limits(
                settings.concurrency,
                settings.requests_per_minute,
                settings.tokens_per_minute,
                settings.timeout,
                settings.deadline,
                settings.max_tokens_total,
                settings.max_cost_total,
                settings.max_tokens_page,
                settings.max_cost_page,
                cache,
            ),
            self._count,
        )
        #: Items on their own way through the pipelines.
        self._detached: set[asyncio.Task[None]] = set()
        self._pending = 0
        self._watch: asyncio.Task[None] | None = None
        crawler.signals.connect(self._spider_closed, signal=signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def open_spider(self) -> None:
        if self._extraction and self._extraction["strategy"] == "llm":
            await asyncio.to_thread(load_litellm)

    async def process_item(self, item: Any) -> Any:
        if not isinstance(item, ExtractedItem) or item.job is None:
            return item
        if not is_asyncio_available():
            raise RuntimeError("LLM extraction needs Scrapy's asyncio support: leave TWISTED_REACTOR at its default")
        self._pending += 1
        if self._watch is None:
            self._watch = asyncio.ensure_future(self._watch_for_stop())
        try:
            await self._runner.fill(item)
        finally:
            self._pending -= 1
        return item

    def detach(self, item: ExtractedItem, response: Response) -> bool:
        """Send an item with a job through the pipelines on its own, so that its response need not wait for the model.

        False when too many wait already: then the item shall go the usual way, which holds the crawl up.
        """
        if len(self._detached) >= self._settings.max_pending or not is_asyncio_available():
            return False
        # What handlers of item_scraped may want to know of the response, without its body.
        origin = Response(response.url, response.status, response.headers, request=response.request)
        task = asyncio.ensure_future(self._process(item, origin))
        self._detached.add(task)
        task.add_done_callback(self._detached.discard)
        return True

    async def _process(self, item: ExtractedItem, response: Response) -> None:
        engine = self._crawler.engine
        assert engine is not None
        # Scrapy 2.14 ends a crawl that has no response in work, whatever items there are.
        in_work: set[Any] = engine.scraper.slot.active if engine.scraper.slot is not None else set()
        in_work.add(item_in_work := object())
        try:
            await engine.scraper.start_itemproc_async(item, response=response)
        finally:
            in_work.discard(item_in_work)
            _wake(engine)

    async def _watch_for_stop(self) -> None:
        """Once the crawl is being stopped, wait for answers no longer than ``C4_LLM_DRAIN_TIMEOUT``."""
        while not _is_closing(self._crawler.engine):
            await asyncio.sleep(_WATCH_INTERVAL)
        if self._pending:
            logger.info(
                "Waiting up to %(seconds)g s for the answers about %(pages)d pages",
                {"seconds": self._settings.drain_timeout, "pages": self._pending},
            )
        await asyncio.sleep(self._settings.drain_timeout)
        if self._pending:
            logger.warning("Giving up the answers about %(pages)d pages", {"pages": self._pending})
        self._runner.stop()

    def close_spider(self) -> None:
        if self._watch is not None:
            self._watch.cancel()

    def _count(self, name: str, value: float = 1) -> None:
        self._crawler.stats.inc_value(f"c4/llm/{name}", value)  # type: ignore[arg-type]

    def _spider_closed(self) -> None:
        get = self._crawler.stats.get_value
        pages = get("c4/llm/page_count", 0)
        if not pages:
            return
        errors = {
            name.rpartition("/")[2]: value
            for name, value in sorted(self._crawler.stats.get_stats().items())
            if name.startswith("c4/llm/error_count/")
        }
        cost = get("c4/llm/cost")
        logger.info(
            "LLM: %(pages)d pages, %(calls)d calls, %(prompt)d prompt and %(completion)d completion tokens,"
            " cost %(cost)s, %(cached)d answers from the cache, errors: %(errors)s",
            {
                "pages": pages,
                "calls": get("c4/llm/call_count", 0),
                "prompt": get("c4/llm/prompt_tokens", 0),
                "completion": get("c4/llm/completion_tokens", 0),
                "cost": "unknown" if cost is None else f"{cost:.6f} USD",
                "cached": get("c4/llm/cache_hit_count", 0),
                "errors": ", ".join(f"{count} {name}" for name, count in errors.items()) or "none",
            },
        )


class LLMDetachMiddleware(BaseSpiderMiddleware):
    """Lets a response go while a model thinks about its page.

    Scrapy counts a response as in work until its last item has left the pipelines, and stops downloading at
    ``SCRAPER_SLOT_MAX_ACTIVE_SIZE`` bytes of such responses: some forty pages that wait would stall the crawl.
    """

    def get_processed_item(self, item: Any, response: Response | None) -> Any:
        if isinstance(item, ExtractedItem) and item.job is not None and response is not None:
            pipeline = self.crawler.get_item_pipeline(LLMPipeline)
            if pipeline is not None and pipeline.detach(item, response):
                return None
        return item

    def get_processed_request(self, request: Request, response: Response | None) -> Request | None:
        return request


def _is_closing(engine: Any) -> bool:
    slot = getattr(engine, "_slot", None)
    return engine is None or not engine.running or slot is None or slot.closing is not None


def _wake(engine: Any) -> None:
    """Tell the engine that an item outside of any response is done.

    Scrapy looks again whether it can close only when a response is done, or every five seconds.
    """
    slot = engine.scraper.slot
    if slot is not None and slot.closing and not slot.closing.called:
        engine.scraper._check_if_closing()
    if engine._slot is not None and engine._slot.closing is None:
        engine._slot.nextcall.schedule()
