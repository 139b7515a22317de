"""One visit of one page in the browser, from the empty page to the response."""

from __future__ import annotations

import asyncio
import logging
from time import monotonic
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page
from scrapy_playwright._utils import (
    _attach_page_event_handlers,
    _maybe_execute_page_init_callback,
)

from scrapy_c4._document_size import DocumentSize
from scrapy_c4._documents import Documents
from scrapy_c4._page_html import DEAD_END, html_of
from scrapy_c4._page_loading import apply_page_methods, navigate, settle
from scrapy_c4._page_requests import PageRequests
from scrapy_c4._page_response import response_of
from scrapy_c4._used_pages import StalePageError, UsedPage
from scrapy_c4.browser_errors import RendererCrashError
from scrapy_c4.security import PrivateNetworkError

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from playwright.async_api import Request as PlaywrightRequest
    from scrapy import Request
    from scrapy.http import Response

    from scrapy_c4._playwright_guard import PlaywrightGuard
    from scrapy_c4._visit_deadline import VisitDeadline

logger = logging.getLogger(__name__)

# New windows are pages that nobody counts, reads or closes; a page that closes itself cannot be read.
_STAY = "window.open = () => null; window.close = () => {};"
#: What Chromium shows instead of a page.
_NO_PAGES = ("chrome-error:", "about:blank#blocked")
#: Beginnings of URLs that a page can go to without asking anybody for a document.
_NO_DOCUMENTS = ("about:", "blob:")
#: Seconds that a finished response waits for its page to close.
CLOSE_PATIENCE = 1.0


class Visit:
    def __init__(self, guard: PlaywrightGuard, request: Request, deadline: VisitDeadline, *, in_new_page: bool):
        meta = request.meta
        self.guard = guard
        self.request = request
        self.deadline = deadline
        self.keeps_page = bool(meta.get("playwright_include_page"))
        self.max_size: int = meta.get("download_maxsize", guard.settings.getint("DOWNLOAD_MAXSIZE"))
        self.documents = Documents(
            request,
            headers=guard.headers == "request",
            body=guard.headers != "function",
            max_size=self.max_size,
            max_navigations=guard.settings.getint("REDIRECT_MAX_TIMES"),
            public_only=guard.is_public_only(request),
        )
        self.requests = PageRequests(guard, request, self.documents)
        self.partial = False
        #: Whether the page may be one of those that visits share, and what it was before, if it is a used one.
        self.shares_page = bool(meta.get("c4_shared_page")) and guard.shares_pages and guard.used.suits(request.url)
        self.in_new_page = in_new_page
        self.used: UsedPage | None = None
        #: Whether the page is read as soon as it has settled, not when the last image is there.
        self.quick = "c4_deadline" in meta
        #: Documents that the page has shown.
        self.arrivals = 0
        self._size = DocumentSize(self.max_size)

    async def run(self) -> Response:
        request = self.request
        page: Any = request.meta.get("playwright_page")
        user_agent = None
        # The page of a request that is tried again may be on its way out.
        if not isinstance(page, Page) or page.is_closed() or page in self.guard.closing:
            self.deadline.hold()
            try:
                page, user_agent = await self.guard.open_page(request, shared=self.shares_page and not self.in_new_page)
            finally:
                self.deadline.resume()
            if isinstance(page, UsedPage):
                self.used = page
                page = page.page
                self.guard.stats.inc_value("c4/render/page_reused_count")
        if self.keeps_page:
            request.meta["playwright_page"] = page  # for errbacks too
        self.page = self.requests.page = page
        crash = asyncio.get_running_loop().create_future()

        def fail(error: Exception) -> None:
            if not crash.done():
                crash.set_result(error)

        def refused() -> None:
            # A page that wants to leave before it is complete does not get complete. Any other stays as it is.
            if not self.documents.is_complete:
                fail(PrivateNetworkError(self.documents.asked))

        self.documents.on_refused = refused
        self.documents.on_mixed = lambda: fail(StalePageError("it goes somewhere else than was asked"))
        handlers: dict[str, Any] = {
            "crash": lambda page: fail(RendererCrashError("the page has crashed its renderer")),
            "domcontentloaded": self._on_complete,
            "request": self._on_request,
            "requestfinished": self._on_request_end,
            "requestfailed": self._on_request_end,
            "framenavigated": self._on_navigated,
        }
        for event, handler in handlers.items():
            page.on(event, handler)
        work = asyncio.ensure_future(self._load_and_read(user_agent))
        counting = asyncio.ensure_future(self._size.watch(self.documents, fail))
        response = None
        try:
            await asyncio.wait({work, crash}, return_when=asyncio.FIRST_COMPLETED)
            if crash.done() and (not work.done() or isinstance(crash.result(), StalePageError)):
                error = crash.result()
                if self.used is not None and not self.arrivals and isinstance(error, RendererCrashError):
                    raise StalePageError(str(error))
                raise error
            response = work.result()
        finally:
            work.cancel()
            counting.cancel()
            for event, handler in handlers.items():
                page.remove_listener(event, handler)
            leaving = self.guard.chore(self._way_out(response))
        await asyncio.wait({leaving}, timeout=self.deadline.left(limit=CLOSE_PATIENCE))
        return response

    def _way_out(self, response: Response | None) -> Coroutine[Any, Any, None]:
        """What is left to do with the page. From now on nobody else has it."""
        if self.keeps_page and response is not None:
            return self.documents.detach()
        is_clean = response is not None and response.flags == ["playwright"] and self.documents.is_at_rest
        if self.shares_page and is_clean and not (self.requests.are_too_many or self._size.has_counted):
            self.documents.is_open = False
            visits = 1 if self.used is None else self.used.visits + 1
            return self.guard.used.keep(UsedPage(self.page, self.documents, self.requests.is_routed, visits))
        self.guard.closing.add(self.page)
        return self._close(has_failed=response is None)

    async def _close(self, *, has_failed: bool) -> None:
        if self.used is not None and has_failed:
            await self.documents.stop_scripts()  # a page that is about to leave all the time does not close either
        await self.guard.close_page(self.page)

    async def _load_and_read(self, user_agent: str | None) -> Response:
        started = monotonic()
        await self._prepare(user_agent)
        answer = await navigate(self)
        html = None
        if self.documents.raw is None:
            if self.quick and not self.partial:
                await settle(self)
            await apply_page_methods(self)
            if self.documents.dead_end:
                self.keep_partial(f"it led to {self.documents.dead_end}, which cannot be loaded")
            html = await html_of(self)
            if self.page.url.startswith(_NO_PAGES):
                # A script or a refresh has left the page for one that cannot be loaded.
                raise PlaywrightError(DEAD_END % self.documents.asked)
        self.request.meta["download_latency"] = monotonic() - started
        return await response_of(self, answer, html)

    # Before the page

    async def _prepare(self, user_agent: str | None) -> None:
        page, request, guard = self.page, self.request, self.guard
        spider = guard._crawler.spider
        context_name = request.meta["playwright_context"]
        _attach_page_event_handlers(page=page, request=request, spider=spider, context_name=context_name)
        if self.used is None and not self.keeps_page:
            own_handlers = request.meta.get("playwright_page_event_handlers") or ()
            if "popup" not in own_handlers:
                await page.add_init_script(_STAY)
                page.on("popup", lambda popup: guard.chore(popup.close()))
            if "download" not in own_handlers:
                page.on("download", lambda download: guard.chore(download.cancel()))
        if self.used is not None:
            await self.documents.take_over(self.used.documents, user_agent)
        elif guard.config.browser_type_name == "chromium":
            await self.documents.attach(page, user_agent)
        await self.requests.start(was_routed=self.used is not None and self.used.is_routed)
        await _maybe_execute_page_init_callback(page=page, request=request, context_name=context_name, spider=spider)

    def _on_request(self, request: PlaywrightRequest) -> None:
        self.requests.on_request(request)
        if self._is_document(request):
            self._size.asked()

    def _on_request_end(self, request: PlaywrightRequest) -> None:
        self.requests.on_request_end(request)
        if self._is_document(request):
            self._size.ended()

    def _is_document(self, request: PlaywrightRequest) -> bool:
        return request.is_navigation_request() and request.frame == self.page.main_frame

    def _on_complete(self, page: Page) -> None:
        if self.used is None or self.arrivals:
            self.documents.is_complete = True

    def _on_navigated(self, frame: Any) -> None:
        if frame != self.page.main_frame:
            return
        # In a used page the document before may change its URL as long as it is there.
        if self.used is None or self.arrivals or self.documents.has_answered(frame.url):
            self.arrivals += 1
        if self.used is not None and self.arrivals and frame.url.startswith(_NO_DOCUMENTS):
            self.documents.on_mixed()

    def keep_partial(self, why: str) -> None:
        if not self.partial:
            self.partial = True
            self.guard.stats.inc_value("c4/render/partial_count")
            logger.info("%s is kept as far as it came: %s", self.request, why)
