"""The pages and contexts of the browser of a crawl: made, counted, recycled, closed."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakKeyDictionary, WeakSet

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page
from scrapy_playwright.handler import DEFAULT_CONTEXT_NAME
from scrapy_playwright.headers import use_scrapy_headers

from scrapy_c4._browser_life import CLOSE_TIMEOUT, BrowserLife
from scrapy_c4._sessions import SessionContexts
from scrapy_c4._used_pages import UsedPage, UsedPages
from scrapy_c4._windows import Windows
from scrapy_c4.addresses import is_public_page
from scrapy_c4.browser_errors import DownloadTimeoutError

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrapy import Request, Spider
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

#: Seconds for closing a page in a browser that is busy, but answers.
SLOW_CLOSE_TIMEOUT = 30.0
#: Sessions without a context whose cookies are kept.
MAX_SESSIONS = 1000


class BrowserPages(BrowserLife):
    def __init__(
        self, crawler: Crawler, *, answer_timeout: float, context_max_pages: int, page_max_visits: int
    ) -> None:
        """``context_max_pages``: visits after which a context is replaced by a new one with the same cookies."""
        super().__init__(crawler, answer_timeout=answer_timeout)
        #: Whose headers a page is asked for with: the "request"'s, the "browser"'s, or what a "function" says.
        self.headers = {use_scrapy_headers: "request", None: "browser"}.get(self.process_request_headers, "function")
        if self.config.browser_type_name != "chromium":
            self.headers = "function"
        self._context_max_pages = context_max_pages
        self._sessions = SessionContexts(proxies="proxy" not in self.config.launch_options)
        #: Contexts that end with their last page.
        self._retired: list[Any] = []
        self._cookies: dict[str, list[Any]] = {}
        #: Visits in the current context of a name.
        self._visits_made: Counter[str] = Counter()
        #: A remote browser may keep the old documents of a page for its way back.
        self.shares_pages = page_max_visits > 1 and self.config.browser_type_name == "chromium" and not self._remote
        self.used = UsedPages(self, page_max_visits)
        #: The slot that a task holds while it makes a page, and since when.
        self._holders: WeakKeyDictionary[asyncio.Task[Any], tuple[_Slots, float]] = WeakKeyDictionary()
        #: Pages that no visit may use again: they are being closed, however long that takes.
        self.closing: WeakSet[Page] = WeakSet()
        self._releases: WeakKeyDictionary[Page, Callable[[], None]] = WeakKeyDictionary()
        #: Contexts with visits that have to be drawn, and pages without a window of their own.
        self._drawn: set[str] = set()
        self.tabs: WeakSet[Page] = WeakSet()

    def _forget_pages(self) -> None:
        super()._forget_pages()
        self._retired.clear()
        self._visits_made.clear()
        self.used.forget()

    async def _wait_for_chores(self) -> None:
        self.used.close()
        await super()._wait_for_chores()

    def is_public_only(self, request: Request) -> bool:
        """Whether the page must not lead into a private network. Known as soon as the request has a context."""
        if self.egress is not None:
            return self.egress.is_guarded(request.meta["playwright_context"])
        return self._keeps_in_public and is_public_page(request.url)

    async def _create_browser_context(
        self, name: str, context_kwargs: dict[str, Any] | None, spider: Spider | None = None
    ) -> Any:
        base = name if self.egress is None else self.egress.base(name)
        if name != base:
            context_kwargs = context_kwargs or self.config.startup_context_kwargs.get(base)
        kwargs = {"service_workers": "block", **self._sessions.kwargs(base), **(context_kwargs or {})}
        if self.egress is not None:
            kwargs = await self.egress.kwargs(name, kwargs)
        if self.headers == "request" and self.settings.get("USER_AGENT"):
            kwargs.setdefault("user_agent", self.settings["USER_AGENT"])
        if cookies := self._cookies.pop(name, None):
            kwargs["storage_state"] = {"cookies": cookies}
        wrapper = await super()._create_browser_context(name=name, context_kwargs=kwargs, spider=spider)
        browser = wrapper.context.browser
        if browser is not None and self.config.browser_type_name == "chromium":  # persistent contexts know none
            windows = Windows(wrapper.context, browser, are_wanted=lambda: name in self._drawn, tabs=self.tabs)
            wrapper.context.new_page = windows.new_page
        wrapper.semaphore = _Slots(self.config.max_pages_per_context, self._holders)
        wrapper.user_agent = kwargs.get("user_agent")
        # A context that the user has set up may hold more of a session than its cookies.
        wrapper.recyclable = not context_kwargs and (base == DEFAULT_CONTEXT_NAME or self._sessions.owns(base))
        return wrapper

    async def open_page(self, request: Request, *, shared: bool) -> tuple[Page | UsedPage, str | None]:
        """A page and the user agent of its context. When cancelled, a new page is closed once it is there.

        ``shared``: it may have had visits before.
        """
        name = request.meta["playwright_context"]
        # The lock under which contexts are made: the next one of this name waits for the cookies.
        async with self.context_launch_lock:
            wrapper = self.context_wrappers.get(name)
            if self._visits_made[name] >= self._context_max_pages and wrapper is not None and wrapper.recyclable:
                await self._retire(name)
            self._visits_made[name] += 1
            for surplus in self._sessions.surplus():
                await self._retire(surplus)
            if request.meta.get("c4_drawn"):
                self._draw(name)
        if (shared or self._is_full(name)) and (used := self.used.take(name)):
            if shared:
                return used, self._user_agent(name)
            self.chore(self.close_page(used.page))  # for its slot
        making = asyncio.ensure_future(self._create_page(request=request, spider=self._crawler.spider))
        wanted = self.used.want(name if shared else "", making)
        page: Page | UsedPage | None = None
        try:
            page = await self._first_of(wanted, making, request)
        finally:
            if isinstance(page, UsedPage) and not self.has_slot(making):
                making.cancel()
            elif page is None or isinstance(page, UsedPage):
                self.chore(self._abandon(making))
            if wanted.done() and wanted.result() is not page:
                self.chore(self.used.keep(wanted.result()))
        return page, self._user_agent(name)

    def _draw(self, name: str) -> None:
        """From now on pages of this context stand behind no others."""
        if name not in self._drawn:
            self._drawn.add(name)
            if wrapper := self.context_wrappers.get(name):
                self.used.close(wrapper.context)

    def is_behind(self, page: Page, name: str) -> bool:
        """Whether a page is no good for visits that have to be drawn, in a context that has some."""
        return name in self._drawn and page in self.tabs

    def _user_agent(self, name: str) -> str | None:
        return getattr(self.context_wrappers.get(name), "user_agent", None)

    async def _first_of(
        self, wanted: asyncio.Future[UsedPage], making: asyncio.Task[Page], request: Request
    ) -> Page | UsedPage:
        while True:
            # It may wait for a slot as long as it likes. A page whose renderer is killed now never comes.
            either: set[asyncio.Future[Any]] = {wanted, making}
            await asyncio.wait(either, timeout=self._answer_timeout, return_when=asyncio.FIRST_COMPLETED)
            if wanted.done():
                return wanted.result()
            if making.done():
                return making.result()
            _, since = self._holders.get(making, (None, None))
            if since is not None and monotonic() - since >= self._answer_timeout:
                raise DownloadTimeoutError(f"{request.url}: the browser does not make a page")

    def has_slot(self, making: asyncio.Task[Page]) -> bool:
        return making in self._holders

    def name_of(self, context: Any) -> str | None:
        """None for a context that no new visits go to."""
        names = (name for name, wrapper in self.context_wrappers.items() if wrapper.context is context)
        return next(names, None)

    def _is_full(self, name: str) -> bool:
        wrapper = self.context_wrappers.get(name)
        return wrapper is not None and bool(wrapper.semaphore.locked())

    def is_crowded(self, name: str) -> bool:
        """Whether more want a page of this context than there may be."""
        return bool(self.context_wrappers[name].semaphore.is_crowded)

    async def _create_page(self, request: Request, spider: Spider) -> Page:
        task = asyncio.current_task()
        assert task is not None
        try:
            page: Page = await super()._create_page(request=request, spider=spider)
        except BaseException:
            # The handler gives a slot back after errors, but not when it is cancelled.
            if task in self._holders:
                self._holders[task][0].release()
            self._close_retired()
            raise
        self._releases[page] = self._release
        return page

    async def _abandon(self, task: asyncio.Task[Page]) -> None:
        """Nobody waits for the page any more."""
        generation = self._generation
        await asyncio.wait({task}, timeout=self._answer_timeout)
        if not task.done():
            task.cancel()
            await self._check_browser(generation, thoroughly=True)
        elif not task.cancelled() and task.exception() is None:
            await self.close_page(task.result())

    async def close_page(self, page: Page) -> None:
        """Close a page; a browser that does not do that at once is looked at."""
        generation = self._generation
        closing = asyncio.ensure_future(page.close())
        try:
            await asyncio.wait({closing}, timeout=CLOSE_TIMEOUT)
            if not closing.done():
                await self._check_browser(generation, thoroughly=True)
                # On a busy machine a page that computes or downloads takes its time.
                await asyncio.wait({closing}, timeout=SLOW_CLOSE_TIMEOUT)
            if closing.done():
                if error := closing.exception():  # it has gone by itself
                    logger.debug("Closing a page: %s", error)
                self.stats.inc_value("playwright/page_count/closed")
        finally:
            closing.cancel()
            if release := self._releases.pop(page, None):
                release()

    def _make_close_page_callback(self, context_name: str) -> Callable[[], None]:
        # A page that crashes sends "crash" and "close". Its context may have been replaced since the page got its slot.
        task = asyncio.current_task()
        assert task is not None
        slots: _Slots | None = self._holders.pop(task)[0]

        def release() -> None:
            nonlocal slots
            if slots is not None:
                slots.release()
                slots = None
                self._close_retired()

        self._release = release
        return release

    def _make_close_browser_context_callback(
        self, name: str, persistent: bool, remote: bool, spider: Spider | None = None
    ) -> Callable[[Any], None]:
        forget = super()._make_close_browser_context_callback(name, persistent, remote, spider)

        def closed(context: Any) -> None:
            current = self.context_wrappers.get(name)
            forget()
            if current is not None and current.context is not context:
                self.context_wrappers[name] = current

        return closed

    async def _retire(self, name: str) -> None:
        """Let the context end with its last page; the next page gets a new one, with the same cookies."""
        wrapper = self.context_wrappers.pop(name, None)
        self._visits_made.pop(name, None)
        self._drawn.discard(name)
        if wrapper is None:
            return
        self._retired.append(wrapper)
        self.stats.inc_value("c4/render/context_recycled_count")
        with suppress(PlaywrightError, asyncio.TimeoutError):
            self._cookies[name] = await asyncio.wait_for(wrapper.context.cookies(), CLOSE_TIMEOUT)
        for forgotten in list(self._cookies)[:-MAX_SESSIONS]:
            del self._cookies[forgotten]
        self.used.close(wrapper.context)
        self._close_retired()

    def _close_retired(self) -> None:
        for wrapper in [wrapper for wrapper in self._retired if not wrapper.semaphore.taken]:
            self._retired.remove(wrapper)
            self.chore(asyncio.wait_for(wrapper.context.close(), CLOSE_TIMEOUT))


class _Slots(asyncio.Semaphore):
    """Knows how many hold it or wait for it, and since when a task has held it."""

    def __init__(self, value: int, holders: WeakKeyDictionary[asyncio.Task[Any], tuple[_Slots, float]]):
        super().__init__(value)
        self._limit = value
        self.taken = 0
        self._holders = holders

    async def acquire(self) -> Literal[True]:
        self.taken += 1
        try:
            await super().acquire()
        except BaseException:
            self.taken -= 1
            raise
        if task := asyncio.current_task():
            self._holders[task] = (self, monotonic())
        return True

    @property
    def is_crowded(self) -> bool:
        return self.taken > self._limit

    def release(self) -> None:
        self.taken -= 1
        if task := asyncio.current_task():
            self._holders.pop(task, None)
        super().release()
