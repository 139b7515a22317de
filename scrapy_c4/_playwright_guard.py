"""scrapy-playwright's handler with what a crawl needs to outlive its browser: deadlines, recycling, replacement."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from playwright.async_api import Error as PlaywrightError

from scrapy_c4._browser_pages import BrowserPages
from scrapy_c4._used_pages import StalePageError
from scrapy_c4._visit import Visit
from scrapy_c4._visit_deadline import VisitDeadline
from scrapy_c4.browser_errors import DownloadFailedError, DownloadTimeoutError, classify, to_raise
from scrapy_c4.security import PrivateNetworkError

if TYPE_CHECKING:
    from scrapy import Request, Spider
    from scrapy.crawler import Crawler
    from scrapy.http import Response

logger = logging.getLogger(__name__)

#: Seconds that pages under way are given when the crawl is stopped.
STOP_GRACE = 3.0


class PlaywrightGuard(BrowserPages):
    """Made at the first browser request; see :class:`scrapy_c4.downloadhandlers.GuardedDownloadHandler`."""

    def __init__(
        self, crawler: Crawler, *, answer_timeout: float, context_max_pages: int, page_max_visits: int
    ) -> None:
        super().__init__(
            crawler,
            answer_timeout=answer_timeout,
            context_max_pages=context_max_pages,
            page_max_visits=page_max_visits,
        )
        self._visits: set[asyncio.Task[Response]] = set()
        self._watcher: asyncio.Task[None] | None = None

    async def _download_request(self, request: Request, spider: Spider | None = None) -> Response:
        seconds = request.meta.get("c4_deadline") or request.meta.get("download_timeout")
        seconds = float(seconds or self.settings.getfloat("DOWNLOAD_TIMEOUT"))
        if self._watcher is None:
            self._watcher = asyncio.ensure_future(self._watch())
        deadline = VisitDeadline(seconds)
        task = asyncio.ensure_future(self._download(request, deadline))
        self._visits.add(task)
        task.add_done_callback(self._visit_done)
        try:
            # Not wait_for(): it waits for the end of what it cancels.
            while not task.done() and not deadline.passed:
                await asyncio.wait({task}, timeout=max(0.5 if deadline.is_held else 0, deadline.left()))
            if not task.done():
                raise DownloadTimeoutError(f"{request.url} took longer than {seconds:g} seconds in the browser")
            return task.result()
        except asyncio.CancelledError:
            if not self._stopping:
                raise
            self.stats.inc_value("c4/render/error_count/stopped")
            raise DownloadFailedError(f"{request.url} was under way when the crawl was stopped") from None
        except Exception as error:
            if fault := classify(error):
                self.stats.inc_value(f"c4/render/error_count/{fault.name}")
            raise to_raise(error, request.url, request.meta.get("retry_times", 0)) from error
        finally:
            task.cancel()

    def _visit_done(self, task: asyncio.Task[Response]) -> None:
        self._visits.discard(task)
        if not task.cancelled():
            task.exception()  # nobody may be waiting for it any more

    async def _download(self, request: Request, deadline: VisitDeadline) -> Response:
        if self.egress is None:
            name = self._sessions.context_name(request)
        else:
            if "playwright_context" in request.meta:
                request.meta["playwright_context"] = self.egress.base(request.meta["playwright_context"])
            name = await self.egress.name_for(self._sessions.context_name(request), request)
        request.meta["playwright_context"] = name
        for attempt in range(3):
            await self._ensure_browser()
            generation = self._generation
            visit = Visit(self, request, deadline, in_new_page=attempt > 0)
            try:
                response = await visit.run()
            except StalePageError as error:
                logger.debug("%s is visited again, in a new page: %s", request, error)
                self.used.was_repeated(request.url)
                self.stats.inc_value("c4/render/page_repeated_count")
            except Exception as error:
                fault = classify(error)
                if fault is None or not (isinstance(error, PlaywrightError) or fault.name == "closed"):
                    raise
                if visit.documents.is_refused and "net::ERR_ABORTED" in str(error):
                    raise PrivateNetworkError(visit.documents.asked) from error
                if self.egress is not None and isinstance(error, PlaywrightError):
                    explained = self.egress.explained(error, visit.documents.asked or request.url)
                    if explained is not error:
                        raise explained from error
                if attempt == 2 or fault.name != "closed" or self._stopping:
                    raise
                # Pages go when their browser goes.
                await self._check_browser(generation)
            else:
                self._useless_browsers = 0
                return response
        raise AssertionError

    async def _watch(self) -> None:
        """While requests are under way: does the browser answer, and is the crawl still wanted?"""
        beat = 0
        while self._crawler.engine is None or self._crawler.engine.running:
            await asyncio.sleep(0.5)
            beat += 1
            if beat % 8 == 0 and self._visits:
                await self._check_browser(self._generation)
        self._stopping = True
        if self._visits:
            await asyncio.wait(set(self._visits), timeout=STOP_GRACE)
        for task in self._visits:
            task.cancel()

    async def _close(self) -> None:
        if self._watcher is not None:
            self._watcher.cancel()
        await super()._close()
