"""The downloads of previews: each with a deadline that begins when the turn of its host has come."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

from scrapy import signals
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.httpobj import urlparse_cached

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

#: Marks the requests of previews; its value is the key of the running download.
META_KEY = "c4_preview"
#: Seconds that a robots.txt gets which is asked for because of a preview only.
ROBOTS_SECONDS = 15.0
#: Seconds that the download handler has to keep the deadline by itself.
_GRACE = 0.5


class PreviewDownloads:
    """Downloads for the previews of one crawl.

    A download that is late is left alone, not cancelled: it may be waiting for what others wait for as well, as for a
    robots.txt, and would take that from them. Of several requests that wait for one robots.txt Scrapy tells it to the
    first one alone, and the others go out as if nothing were forbidden: so one preview of a server goes ahead.
    """

    def __init__(self, crawler: Crawler):
        self._crawler = crawler
        self._obeys_robots = crawler.settings.getbool("ROBOTSTXT_OBEY")
        #: Done when the robots.txt is known, by the name and port of each server that previews have asked.
        self._robots: dict[str, asyncio.Future[None]] = {}
        crawler.signals.connect(self._reached_downloader, signal=signals.request_reached_downloader)

    async def download(self, request: Request, host: str, timeout: float) -> Response:
        """The response. Raises asyncio.TimeoutError ``timeout`` seconds after requests to ``host`` stopped queueing."""
        robots = None
        if self._obeys_robots:
            server = urlparse_cached(request).netloc
            robots = self._robots.get(server)
            if robots is None:
                robots = self._robots[server] = asyncio.get_running_loop().create_future()
            elif not robots.done():
                await self._in_time(robots, host, timeout)
        download = asyncio.ensure_future(self._crawler.engine.download_async(request))
        download.add_done_callback(partial(_ended, robots))
        await self._in_time(download, host, timeout)
        response: Response = download.result()
        return response

    async def _in_time(self, future: asyncio.Future[Any], host: str, timeout: float) -> None:
        while not (await asyncio.wait([future], timeout=timeout + _GRACE))[0]:
            slot = self._crawler.engine.downloader.slots.get(host)
            if slot is None or not (slot.queue or slot.latercall) or not self._crawler.crawling:
                raise asyncio.TimeoutError

    def _reached_downloader(self, request: Request) -> None:
        url = urlparse_cached(request)
        robots = self._robots.get(url.netloc)
        if robots is None or robots.done():
            return
        if META_KEY in request.meta:
            _settle(robots)
        elif url.path == "/robots.txt" and request.callback is NO_CALLBACK:
            # Those of dead servers would hold up the crawl for as long as pages may take.
            limit = min(request.meta.get("download_timeout", ROBOTS_SECONDS), ROBOTS_SECONDS)
            request.meta.update({"download_timeout": limit, "dont_retry": True})


def _ended(robots: asyncio.Future[None] | None, download: asyncio.Future[Response]) -> None:
    _settle(robots)
    if not download.cancelled():
        download.exception()  # nobody asks any more what became of a late one


def _settle(robots: asyncio.Future[None] | None) -> None:
    if robots is not None and not robots.done():
        robots.set_result(None)
