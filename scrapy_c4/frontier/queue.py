"""LeaseQueue: a queue of scrapy-redis from which nothing is lost when a worker is."""

from __future__ import annotations

import logging
import os
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid4
from weakref import WeakKeyDictionary

from redis.exceptions import RedisError
from scrapy.utils.request import request_from_dict
from scrapy_redis.queue import PriorityQueue

from scrapy_c4.frontier import scripts
from scrapy_c4.frontier import serializer as json_serializer
from scrapy_c4.frontier.keeper import LeaseKeeper, requests_in_progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Set

    from scrapy import Request, Spider

logger = logging.getLogger(__name__)

#: Unreadable requests that one call of pop() puts aside before it lets the crawl go on.
_MAX_UNREADABLE = 100
#: Workers that are gone and looked after in one go.
_MAX_GONE = 10

_queues: WeakKeyDictionary[Spider, LeaseQueue] = WeakKeyDictionary()


def queue_of(spider: Spider) -> LeaseQueue | None:
    """The queue that the scheduler has opened for ``spider``."""
    return _queues.get(spider)


class LeaseQueue(PriorityQueue):  # type: ignore[misc]
    """``SCHEDULER_QUEUE_CLASS`` of scrapy-redis, with its priorities.

    A popped request stays in Redis, leased to this worker, until Scrapy has finished with it: what came of it is
    queued, and its items have left the pipelines. Leases of a worker that was not heard of for ``C4_LEASE_SECONDS``
    are given back by any other worker, so each request is crawled at least once. Needs the extension LeaseKeeper.

    Without ``SCHEDULER_SERIALIZER``, requests are stored as JSON, not pickled.
    """

    def __init__(self, server: Any, spider: Spider, key: str, serializer: Any = None):
        super().__init__(server, spider, key, serializer or json_serializer)
        self._crawler = spider.crawler
        keeper = self._crawler.get_extension(LeaseKeeper)
        if keeper is None:
            raise ValueError("LeaseQueue needs the extension scrapy_c4.frontier.LeaseKeeper: add it to EXTENSIONS")
        #: The requests that Scrapy has not finished with.
        self.in_progress: Callable[[], Set[Request]] = lambda: requests_in_progress(self._crawler)
        #: Called before requests count as finished; makes sure that their items are out of this process.
        self.before_finished: Callable[[], None] = keeper.flush_feeds
        #: Seconds without a sign of life after which a worker's leases are given back.
        self.seconds = keeper.seconds
        #: How many workers may be lost with one and the same request in progress.
        self.max_returns = keeper.max_returns
        #: The list of requests that nobody will crawl.
        self.aside_key = f"{self.key}:aside"
        self._workers_key = f"{self.key}:workers"
        self._leases_prefix = f"{self.key}:leases:"
        self._returns_key = f"{self.key}:returns"
        self._keep = server.register_script(scripts.KEEP)
        self._pop = server.register_script(scripts.POP)
        self._push_new = server.register_script(scripts.PUSH_NEW)
        self._count = server.register_script(scripts.COUNT)
        self._give_back = server.register_script(scripts.GIVE_BACK)
        self._others = server.register_script(scripts.OTHERS)
        self._gone = server.register_script(scripts.GONE)
        self._last_id = 0
        self._pushed: Request | None = None
        self._start_over()
        _queues[spider] = self

    def _start_over(self) -> None:
        self.worker = f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}"
        self._leases_key = self._leases_prefix + self.worker
        self._leased: dict[int, Request] = {}

    def __len__(self) -> int:
        """Requests that wait or that any worker has leased: 0 when the crawl is finished."""
        return int(self._count(keys=[self.key, self._workers_key], args=[self._leases_prefix]))

    def push(self, request: Request) -> None:
        if request is self._pushed:  # by push_new()
            self._pushed = None
            return
        data = self._encode_request(request)
        with self._nothing_finished_unless_pushed():
            self.server.zadd(self.key, {data: -request.priority})

    def push_new(self, request: Request, seen_key: str, fingerprint: bytes) -> bool:
        """Push ``request`` unless ``fingerprint`` is in the set ``seen_key``; then add it there. All in one step."""
        data = self._encode_request(request)
        with self._nothing_finished_unless_pushed():
            new = self._push_new(keys=[self.key, seen_key], args=[fingerprint, -request.priority, data])
        # The scheduler is about to push what is new.
        self._pushed = request if new else None
        return bool(new)

    def pop(self, timeout: int = 0) -> Request | None:
        """The best request, leased to this worker. ``timeout`` has no meaning here, as in PriorityQueue."""
        for _ in range(_MAX_UNREADABLE):
            lease = self._last_id + 1
            data = self._call_with_finished(self._pop, lease)
            if data is None:
                return None
            try:
                request: Request = request_from_dict(self.serializer.loads(data), spider=self.spider)
            except Exception as error:
                self._set_aside(lease, data, error)
                self._last_id = lease
                continue
            self._last_id = lease
            self._leased[lease] = request
            return request
        return None

    def keep(self) -> None:
        """Tell the others that this worker lives and what it has finished."""
        self._call_with_finished(self._keep, "")

    def give_back_lost(self) -> Iterator[tuple[str, int, int]]:
        """Give back what workers that are gone had leased. Yields (worker, requests given back, put aside)."""
        for worker in self._gone(keys=[self._workers_key], args=[_MAX_GONE]):
            name = worker.decode("utf-8", "backslashreplace") if isinstance(worker, bytes) else worker
            yield name, *self._return_leases(worker, self.max_returns)

    def leave(self) -> int:
        """End this worker: its finished leases go, the others are given back. Returns how many were given back."""
        self.keep()
        given, _ = self._return_leases(self.worker, 0)
        self._leased.clear()
        if not len(self):
            # The next crawl counts from the beginning.
            self.server.delete(self._returns_key)
        return given

    def others(self) -> int:
        """How many other workers are alive."""
        return int(self._others(keys=[self._workers_key], args=[self.worker]))

    def clear(self) -> None:
        """Empty the queue, unless other workers crawl from it. Requests put aside stay."""
        others = self.others()
        if others:
            logger.warning(
                "The queue %(key)s was not emptied: %(others)d other workers use it",
                {"key": self.key, "others": others},
                extra={"spider": self.spider},
            )
            return
        workers = self.server.zrange(self._workers_key, 0, -1)
        leases = [self._leases_of(worker) for worker in workers]
        self.server.unlink(self.key, self._workers_key, self._returns_key, *leases)

    def _call_with_finished(self, script: Any, lease: int | str) -> Any:
        in_progress = self.in_progress()
        finished = [id_ for id_, request in self._leased.items() if request not in in_progress]
        if finished:
            self.before_finished()
        keys = [self.key, self._leases_key, self._workers_key]
        result = script(keys=keys, args=[self.worker, self.seconds, lease, *finished])
        for id_ in finished:
            del self._leased[id_]
        return result

    def _leases_of(self, worker: str | bytes) -> str | bytes:
        return self._leases_prefix.encode() + worker if isinstance(worker, bytes) else self._leases_prefix + worker

    def _return_leases(self, worker: str | bytes, max_returns: int) -> tuple[int, int]:
        keys = [self.key, self._leases_of(worker), self._workers_key, self._returns_key, self.aside_key]
        given, aside = self._give_back(keys=keys, args=[worker, max_returns])
        return int(given), int(aside)

    def _set_aside(self, lease: int, data: bytes | str, error: Exception) -> None:
        with self.server.pipeline() as pipe:
            pipe.rpush(self.aside_key, data)
            pipe.hdel(self._leases_key, str(lease))
            pipe.execute()
        self._crawler.stats.inc_value("c4/frontier/unreadable_count")
        logger.error(
            "A queued request cannot be read, it was put aside in %(key)s: %(error)s",
            {"key": self.aside_key, "error": error},
            extra={"spider": self.spider},
        )

    @contextmanager
    def _nothing_finished_unless_pushed(self) -> Iterator[None]:
        try:
            yield
        except RedisError:
            # The lost request came of one in progress. None of those may count as finished now: leave all leases to
            # a name that will not be heard of again, and go on under a new one.
            self._start_over()
            raise
