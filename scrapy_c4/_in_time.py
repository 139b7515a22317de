"""A deadline for a download that begins when the turn of its host has come."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

#: Seconds that the download handler has to keep the deadline by itself.
_GRACE = 0.5


async def download_in_time(crawler: Crawler, request: Request, host: str, timeout: float) -> Response:
    """The response. Raises asyncio.TimeoutError ``timeout`` seconds after requests to ``host`` have stopped queueing.

    Has to be awaited in a task of its own, which is cancelled for a moment when time is up.
    """
    loop, engine, task = asyncio.get_running_loop(), crawler.engine, asyncio.current_task()
    assert task is not None
    expired = False
    timer = loop.call_later(timeout + _GRACE, lambda: look())

    def look() -> None:
        nonlocal timer, expired
        slot = engine.downloader.slots.get(host)
        if slot is not None and (slot.queue or slot.latercall) and crawler.crawling:
            timer = loop.call_later(timeout + _GRACE, look)
        else:
            expired = True
            task.cancel()

    try:
        response: Response = await engine.download_async(request)
        return response
    except asyncio.CancelledError:
        if expired:
            raise asyncio.TimeoutError from None
        raise
    finally:
        timer.cancel()
