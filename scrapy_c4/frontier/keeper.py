"""LeaseKeeper: a worker's sign of life, and an eye on the others."""

from __future__ import annotations

import logging
from time import monotonic
from typing import TYPE_CHECKING

from scrapy import signals
from scrapy.exceptions import NotConfigured
from scrapy.extensions.feedexport import FeedExporter
from scrapy.utils.asyncio import create_looping_call
from scrapy.utils.misc import load_object

from scrapy_c4 import _kinds as kinds
from scrapy_c4.options import OptionError, crawl_setting
from scrapy_c4.startup import clear_option_errors

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from scrapy import Request, Spider
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings
    from scrapy.utils.asyncio import AsyncioLoopingCall
    from twisted.internet.task import LoopingCall

    # typing.Self requires Python 3.11
    from typing_extensions import Self

    from scrapy_c4.frontier.queue import LeaseQueue

logger = logging.getLogger(__name__)

#: Seconds between two signs of life.
INTERVAL = 1.0


def requests_in_progress(crawler: Crawler) -> AbstractSet[Request]:
    """The requests that ``crawler`` has taken from its scheduler and not finished with.

    Scrapy has no signal for "finished" (scrapy/scrapy#7978): this set of the engine is all there is. A request is in
    it from being popped until everything that came of it is scheduled and its items have left the pipelines.
    """
    slot = crawler.engine._slot
    return slot.inprogress if slot else frozenset()


class LeaseKeeper:
    """Looks after the leases of :class:`~scrapy_c4.frontier.LeaseQueue`: once a second it renews this worker's sign
    of life and takes note of finished requests; every quarter of ``C4_LEASE_SECONDS`` it gives back what workers that
    are gone had leased. On closing, it leaves the frontier as if the worker had never been there.

    Before a request counts as finished, the feeds are flushed, so that its items are in their files.
    """

    def __init__(self, crawler: Crawler):
        if not _has_lease_queue(crawler.settings):
            raise NotConfigured
        self._crawler = crawler
        self.seconds = _positive(crawler.settings, "C4_LEASE_SECONDS", 60)
        self.max_returns = _positive(crawler.settings, "C4_LEASE_RETURNS", 5)
        _check_redis(crawler)
        self._queue: LeaseQueue | None = None
        self._task: AsyncioLoopingCall | LoopingCall | None = None
        self._next_look = 0.0
        self._out_of_reach = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        extension = cls(crawler)
        crawler.signals.connect(extension.spider_opened, signal=signals.spider_opened)
        crawler.signals.connect(extension.spider_closed, signal=signals.spider_closed)
        return extension

    def spider_opened(self, spider: Spider) -> None:
        from scrapy_c4.frontier.queue import queue_of

        self._queue = queue_of(spider)
        if self._queue is None:  # the scheduler is not that of scrapy-redis
            logger.warning(
                "SCHEDULER_QUEUE_CLASS has no effect: SCHEDULER is not scrapy_redis.scheduler.Scheduler",
                extra={"spider": spider},
            )
            return
        self._task = create_looping_call(self._tick)
        self._task.start(min(INTERVAL, self.seconds / 4))

    def spider_closed(self, spider: Spider) -> None:
        if self._task is not None and self._task.running:
            self._task.stop()
        if self._queue is None:
            return
        from redis.exceptions import RedisError

        try:
            given = self._queue.leave()
        except RedisError as error:
            logger.error(
                "Could not leave the frontier; it will be noticed in %(seconds)d s: %(error)s",
                {"seconds": self.seconds, "error": error},
                extra={"spider": spider},
            )
            return
        if given:
            self._crawler.stats.inc_value("c4/frontier/given_back_count", given)

    def _tick(self) -> None:
        from redis.exceptions import RedisError

        assert self._queue is not None
        try:
            self._queue.keep()
            if monotonic() >= self._next_look:
                self._next_look = monotonic() + self.seconds / 4
                self._give_back_lost(self._queue)
            self._out_of_reach = False
        except RedisError as error:
            self._crawler.stats.inc_value("c4/frontier/redis_error_count")
            if not self._out_of_reach:
                self._out_of_reach = True
                logger.warning("Redis is out of reach: %s", error, extra={"spider": self._crawler.spider})
        except Exception:  # the looping call would end
            logger.exception("Error while renewing the leases", extra={"spider": self._crawler.spider})
        slot = self._crawler.engine._slot
        if slot and not slot.closing:
            # By itself, an idle engine looks for requests of other workers every five seconds only.
            slot.nextcall.schedule()

    def _give_back_lost(self, queue: LeaseQueue) -> None:
        stats = self._crawler.stats
        for worker, given, aside in queue.give_back_lost():
            stats.inc_value("c4/frontier/lost_worker_count")
            stats.inc_value("c4/frontier/given_back_count", given)
            logger.warning(
                "The worker %(worker)s is gone: %(given)d requests that it had not finished go back into the queue",
                {"worker": worker, "given": given},
                extra={"spider": self._crawler.spider},
            )
            if aside:
                stats.inc_value("c4/frontier/set_aside_count", aside)
                logger.error(
                    "%(aside)d requests were in progress in %(returns)d lost workers, or cannot be read, and will not "
                    "be tried again: they are in the Redis list %(key)s",
                    {"aside": aside, "returns": self.max_returns + 1, "key": queue.aside_key},
                    extra={"spider": self._crawler.spider},
                )

    def flush_feeds(self) -> None:
        """Put what the feeds have got into their files, where it survives this process."""
        feeds = self._crawler.get_extension(FeedExporter)
        for slot in feeds.slots if feeds else ():
            if slot.file is not None and not slot.file.closed:
                slot.file.flush()


def _positive(settings: BaseSettings, name: str, default: int) -> int:
    with clear_option_errors():
        value: int = crawl_setting(settings, name, kinds.POSITIVE_INT, default)
    return value


def _has_lease_queue(settings: BaseSettings) -> bool:
    path = settings.get("SCHEDULER_QUEUE_CLASS")
    if not path:
        return False
    try:
        cls = load_object(path)
    except ImportError as error:
        raise NotConfigured(f"SCHEDULER_QUEUE_CLASS = {path!r}: {error}") from None
    from scrapy_c4.frontier.queue import LeaseQueue

    return isinstance(cls, type) and issubclass(cls, LeaseQueue)


def _check_redis(crawler: Crawler) -> None:
    """Raises OptionError if there is no frontier to share: one line now, instead of a start that breaks half-way."""
    from redis.exceptions import RedisError
    from scrapy_redis import defaults
    from scrapy_redis.connection import get_redis_from_settings

    settings = crawler.settings
    key = str(settings.get("SCHEDULER_QUEUE_KEY") or defaults.SCHEDULER_QUEUE_KEY)
    with clear_option_errors(crawler):
        try:
            with get_redis_from_settings(settings) as server:
                key %= {"spider": (crawler.spider or crawler.spidercls).name}
                kinds_of = {name: server.type(name) for name in (key, f"{key}:workers")}
        except (RedisError, OSError, ValueError) as error:
            raise OptionError(f"REDIS_URL: the shared frontier is out of reach: {error}") from None
        for name, kind in kinds_of.items():
            kind = kind.decode() if isinstance(kind, bytes) else kind
            if kind not in ("zset", "none"):
                raise OptionError(f"SCHEDULER_QUEUE_KEY: {name} in Redis is a {kind}, which is no queue of requests")
