"""Crawls that outlive their processes: a shared frontier with leases on top of scrapy-redis, and JOBDIR watched over.

- :class:`LeaseQueue`, ``SCHEDULER_QUEUE_CLASS``: what a worker has popped stays in Redis until it is finished.
- :class:`LeaseDupeFilter`, ``DUPEFILTER_CLASS``: a URL is marked as seen in the same step that queues its request.
- :class:`LeaseKeeper`, extension: keeps this worker's leases and gives back those of workers that are gone.
- :mod:`scrapy_c4.frontier.serializer`, ``SCHEDULER_SERIALIZER``: requests as JSON instead of pickle.
- :class:`JobDirGuard`, extension: says so when a JOBDIR was left by a process that was killed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy_c4.frontier.jobdir import JobDirGuard
from scrapy_c4.frontier.keeper import LeaseKeeper

if TYPE_CHECKING:
    from scrapy_c4.frontier.dupefilter import LeaseDupeFilter
    from scrapy_c4.frontier.queue import LeaseQueue

__all__ = ["JobDirGuard", "LeaseDupeFilter", "LeaseKeeper", "LeaseQueue"]


def __getattr__(name: str) -> Any:
    # These two need scrapy-redis, which is optional.
    if name == "LeaseQueue":
        from scrapy_c4.frontier.queue import LeaseQueue

        return LeaseQueue
    if name == "LeaseDupeFilter":
        from scrapy_c4.frontier.dupefilter import LeaseDupeFilter

        return LeaseDupeFilter
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
