"""LeaseDupeFilter: "seen" and "queued" in one step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy_redis.dupefilter import RFPDupeFilter

from scrapy_c4.frontier.queue import queue_of

if TYPE_CHECKING:
    from scrapy import Request, Spider

    # typing.Self requires Python 3.11
    from typing_extensions import Self

    from scrapy_c4.frontier.queue import LeaseQueue


class LeaseDupeFilter(RFPDupeFilter):  # type: ignore[misc]
    """``DUPEFILTER_CLASS`` for scrapy-redis with LeaseQueue.

    With a filter that marks a URL as seen before its request is queued, a worker killed between the two loses the
    request: whoever crawls its page again takes the link for a duplicate. This one queues what is new by itself.

    Fingerprints are those of ``REQUEST_FINGERPRINTER_CLASS``, as bytes.
    """

    _queue: LeaseQueue
    _fingerprint: Any

    @classmethod
    def from_spider(cls, spider: Spider) -> Self:
        queue = queue_of(spider)
        if queue is None:
            raise ValueError("LeaseDupeFilter needs SCHEDULER_QUEUE_CLASS = 'scrapy_c4.frontier.LeaseQueue'")
        dupefilter: Self = super().from_spider(spider)
        dupefilter._queue = queue
        dupefilter._fingerprint = spider.crawler.request_fingerprinter.fingerprint
        return dupefilter

    def request_seen(self, request: Request) -> bool:
        """False if ``request`` is new; then it is in the queue."""
        return not self._queue.push_new(request, self.key, self._fingerprint(request))

    def clear(self) -> None:
        if not self._queue.others():
            super().clear()
