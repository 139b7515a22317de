"""The requests that a page makes while it is visited: which are let through, and which the page still waits for."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page, Route
from playwright.async_api import Request as PlaywrightRequest
from scrapy_playwright._utils import _maybe_await

from scrapy_c4.blocking import is_tracker

if TYPE_CHECKING:
    from scrapy import Request

    from scrapy_c4._documents import Documents
    from scrapy_c4._playwright_guard import PlaywrightGuard

logger = logging.getLogger(__name__)

DEFAULT_MAX_REQUESTS = 1000


class PageRequests:
    page: Page

    def __init__(self, guard: PlaywrightGuard, request: Request, documents: Documents):
        self.guard = guard
        self.request = request
        self.documents = documents
        self._limit: int = request.meta.get("c4_max_requests") or DEFAULT_MAX_REQUESTS
        self._block = frozenset(request.meta.get("c4_block") or ())
        self.is_routed = False
        self._made = 0
        #: Scripts, and data for them: what is under way, and how often something was asked for.
        self.loading: set[PlaywrightRequest] = set()
        self.loads = 0

    async def start(self, *, was_routed: bool) -> None:
        """``was_routed``: whether the page has the route of an earlier visit."""
        route = self._route()
        if route or was_routed:
            await self.page.unroute("**")
        if route:
            self.is_routed = True
            await self.page.route("**", route)

    @property
    def are_too_many(self) -> bool:
        return self._made > self._limit

    def _route(self) -> Any:
        """What decides on every request of the page; None where nothing has to, which is a good deal quicker."""
        guard, request = self.guard, self.request
        if guard.headers == "function":
            pass_on = guard._make_request_handler(
                context_name=request.meta["playwright_context"],
                method=request.method,
                url=request.url,
                headers=request.headers,
                body=request.body,
                encoding=request.encoding,
                spider=guard._crawler.spider,
                initial_request_done=asyncio.Event(),
            )
        elif self._block or guard.abort_request:
            pass_on = self._pass_on
        else:
            return None

        async def route(route: Route, request: PlaywrightRequest) -> None:
            with suppress(PlaywrightError):  # the page may have gone
                if self._is_blocked(request):
                    guard.stats.inc_value("playwright/request_count/aborted")
                    await route.abort("blockedbyclient")
                else:
                    await pass_on(route, request)

        return route

    def _is_blocked(self, request: PlaywrightRequest) -> bool:
        if request.is_navigation_request() and request.frame == self.page.main_frame:
            return False
        if self.are_too_many or request.resource_type in self._block:
            return True
        return "tracker" in self._block and is_tracker(request.url)

    async def _pass_on(self, route: Route, request: PlaywrightRequest) -> None:
        if self.guard.abort_request and await _maybe_await(self.guard.abort_request(request)):
            self.guard.stats.inc_value("playwright/request_count/aborted")
            await route.abort()
        else:
            await route.continue_()

    def on_request(self, request: PlaywrightRequest) -> None:
        if request.resource_type in ("script", "xhr", "fetch"):
            self.loading.add(request)
            self.loads += 1
        self._made += 1
        if self._made == self._limit + 1:
            logger.warning("%s makes more than %d requests, the rest is aborted", self.request, self._limit)
            self.guard.stats.inc_value("c4/render/too_many_requests_count")
            if not self.is_routed:
                self.guard.chore(self.page.route("**", lambda route: route.abort("blockedbyclient")))
        elif self._made == 2 * self._limit + 1:
            # A script that asks again whenever it is refused would go on for ever.
            self.guard.chore(self.documents.stop_scripts(stop_loading=False))

    def on_request_end(self, request: PlaywrightRequest) -> None:
        self.loading.discard(request)
