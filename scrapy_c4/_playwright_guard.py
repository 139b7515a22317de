"""scrapy-playwright's handler with what a crawl needs to outlive its browser: deadlines, recycling, replacement."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakKeyDictionary

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page
from scrapy import signals
from scrapy_playwright.handler import DEFAULT_CONTEXT_NAME, ScrapyPlaywrightDownloadHandler
from scrapy_playwright.headers import use_scrapy_headers

from scrapy_c4 import _processes as processes
from scrapy_c4._egress_contexts import EGRESS_FLAGS, EgressContexts
from scrapy_c4._proxies import ProxyContexts
from scrapy_c4._secrets import BROWSER_SETTINGS, SecretFilter
from scrapy_c4._visit import Visit
from scrapy_c4.addresses import is_public_page
from scrapy_c4.browser.deadline import Deadline
from scrapy_c4.browser.find import BrowserNotFound, launch_options
from scrapy_c4.browser_errors import (
    BrowserError,
    BrowserLostError,
    DownloadFailedError,
    DownloadTimeoutError,
    classify,
    first_line,
    to_raise,
)
from scrapy_c4.egress import EgressProxy
from scrapy_c4.security import PrivateNetworkError
from scrapy_c4.startup import crawl_options

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from scrapy import Request, Spider
    from scrapy.crawler import Crawler
    from scrapy.http import Response

logger = logging.getLogger(__name__)

#: Seconds for closing one thing that should close at once.
CLOSE_TIMEOUT = 5.0
#: Seconds for closing a page in a browser that is busy, but answers.
SLOW_CLOSE_TIMEOUT = 30.0
#: Seconds that the end of the crawl waits for what is still being closed.
CHORES_TIMEOUT = 10.0
#: Seconds for starting Playwright and a browser.
START_TIMEOUT = 45.0
#: Seconds that pages under way are given when the crawl is stopped.
STOP_GRACE = 3.0
#: Browsers in a row that end before they have made a single page.
MAX_USELESS_BROWSERS = 3


class PlaywrightGuard(ScrapyPlaywrightDownloadHandler):  # type: ignore[misc]
    """Made at the first browser request; see :class:`scrapy_c4.downloadhandlers.GuardedDownloadHandler`."""

    def __init__(self, crawler: Crawler, *, answer_timeout: float, context_max_pages: int) -> None:
        super().__init__(crawler)
        self.settings = crawler.settings
        self._answer_timeout = answer_timeout
        self._context_max_pages = context_max_pages
        #: Whose headers a page is asked for with: the "request"'s, the "browser"'s, or what a "function" says.
        self.headers = {use_scrapy_headers: "request", None: "browser"}.get(self.process_request_headers, "function")
        if self.config.browser_type_name != "chromium":
            self.headers = "function"
        self._secrets = SecretFilter(crawler.settings.get(name) for name in BROWSER_SETTINGS)
        self._secrets.start()
        self._remote = bool(self.config.cdp_url or self.config.connect_url)
        self._proxies = ProxyContexts(enabled="proxy" not in self.config.launch_options)
        #: What pages of public sites may reach; None: everything. It is of no use to a browser on another machine.
        self.egress: EgressContexts | None = None
        self._keeps_in_public = not crawl_options(crawler.settings).allow_private_networks
        if self._keeps_in_public and not self._remote:
            self.egress = EgressContexts(EgressProxy(), self.config.launch_options.get("proxy"))
        elif self._keeps_in_public:
            logger.info("The browser is a remote one: what pages load besides documents is up to the network it is in")

        #: Counts the browsers that were given up.
        self._generation = 0
        self._started: asyncio.Task[None] | None = None
        self._lost: BrowserLostError | None = None
        self._useless_browsers = 0
        self._roots: dict[int, int] = {}
        self._retired: list[Any] = []
        self._cookies: dict[str, list[Any]] = {}
        #: Pages made in the current context of a name.
        self._pages_made: Counter[str] = Counter()
        #: The slot that a task holds while it makes a page, and since when.
        self._holders: WeakKeyDictionary[asyncio.Task[Any], tuple[_Slots, float]] = WeakKeyDictionary()
        self._releases: WeakKeyDictionary[Page, Callable[[], None]] = WeakKeyDictionary()
        self._visits: set[asyncio.Task[Response]] = set()
        self._chores: set[asyncio.Task[Any]] = set()
        #: Chores that the end of the crawl has waited for in vain.
        self._left_undone: set[asyncio.Task[Any]] = set()
        self._watcher: asyncio.Task[None] | None = None
        self._end: asyncio.Task[None] | None = None
        self._stopping = False
        # The stats are final when its handlers have ended.
        crawler.signals.connect(self._wait_for_chores, signals.spider_closed)

    # One request

    async def _download_request(self, request: Request, spider: Spider | None = None) -> Response:
        seconds = request.meta.get("c4_deadline") or request.meta.get("download_timeout")
        seconds = float(seconds or self.settings.getfloat("DOWNLOAD_TIMEOUT"))
        if self._watcher is None:
            self._watcher = asyncio.ensure_future(self._watch())
        task = asyncio.ensure_future(self._download(request, Deadline(seconds)))
        self._visits.add(task)
        task.add_done_callback(self._visit_done)
        try:
            # Not wait_for(): it waits for the end of what it cancels.
            done, _ = await asyncio.wait({task}, timeout=seconds)
            if not done:
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

    async def _download(self, request: Request, deadline: Deadline) -> Response:
        if self.egress is None:
            name = self._proxies.context_name(request)
        else:
            if "playwright_context" in request.meta:
                request.meta["playwright_context"] = self.egress.base(request.meta["playwright_context"])
            name = await self.egress.name_for(self._proxies.context_name(request), request)
        request.meta["playwright_context"] = name
        for attempt in range(3):
            await self._ensure_browser()
            generation = self._generation
            visit = Visit(self, request, deadline)
            try:
                response = await visit.run()
            except PlaywrightError as error:
                if visit.documents.is_refused and "net::ERR_ABORTED" in str(error):
                    raise PrivateNetworkError(visit.documents.asked) from error
                if self.egress is not None:
                    explained = self.egress.explained(error, visit.documents.asked or request.url)
                    if explained is not error:
                        raise explained from error
                fault = classify(error)
                if attempt == 2 or fault is None or fault.name != "closed" or self._stopping:
                    raise
                # Pages go when their browser goes.
                await self._check_browser(generation)
            else:
                self._useless_browsers = 0
                return response
        raise AssertionError

    # Pages and contexts

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
        kwargs = {"service_workers": "block", **self._proxies.kwargs(base), **(context_kwargs or {})}
        if self.egress is not None:
            kwargs = await self.egress.kwargs(name, kwargs)
        if self.headers == "request" and self.settings.get("USER_AGENT"):
            kwargs.setdefault("user_agent", self.settings["USER_AGENT"])
        if cookies := self._cookies.pop(name, None):
            kwargs["storage_state"] = {"cookies": cookies}
        wrapper = await super()._create_browser_context(name=name, context_kwargs=kwargs, spider=spider)
        wrapper.semaphore = _Slots(self.config.max_pages_per_context, self._holders)
        wrapper.user_agent = kwargs.get("user_agent")
        # A context that the user has set up may hold more of a session than its cookies.
        wrapper.recyclable = not context_kwargs and (base == DEFAULT_CONTEXT_NAME or self._proxies.owns(base))
        return wrapper

    async def open_page(self, request: Request) -> tuple[Page, str | None]:
        """A new page and the user agent of its context. When cancelled, the page is closed once it is there."""
        name = request.meta["playwright_context"]
        # The lock under which contexts are made: the next one of this name waits for the cookies.
        async with self.context_launch_lock:
            wrapper = self.context_wrappers.get(name)
            if self._pages_made[name] >= self._context_max_pages and wrapper is not None and wrapper.recyclable:
                await self._retire(name)
            self._pages_made[name] += 1
            for surplus in self._proxies.surplus():
                await self._retire(surplus)
        task = asyncio.ensure_future(self._create_page(request=request, spider=self._crawler.spider))
        try:
            # It may wait for a slot as long as it likes. A page whose renderer is killed now never comes.
            while not (await asyncio.wait({task}, timeout=self._answer_timeout))[0]:
                _, since = self._holders.get(task, (None, None))
                if since is not None and monotonic() - since >= self._answer_timeout:
                    raise DownloadTimeoutError(f"{request.url}: the browser does not make a page")
            page = task.result()
        except (asyncio.CancelledError, DownloadTimeoutError):
            self.chore(self._abandon(task))
            raise
        return page, getattr(self.context_wrappers.get(name), "user_agent", None)

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
        self._pages_made.pop(name, None)
        if wrapper is None:
            return
        self._retired.append(wrapper)
        self.stats.inc_value("c4/render/context_recycled_count")
        with suppress(PlaywrightError, asyncio.TimeoutError):
            self._cookies[name] = await asyncio.wait_for(wrapper.context.cookies(), CLOSE_TIMEOUT)
        self._close_retired()

    def _close_retired(self) -> None:
        for wrapper in [wrapper for wrapper in self._retired if not wrapper.semaphore.taken]:
            self._retired.remove(wrapper)
            self.chore(asyncio.wait_for(wrapper.context.close(), CLOSE_TIMEOUT))

    # The browser

    async def _ensure_browser(self) -> None:
        if self._lost is not None:
            raise self._lost
        if self._stopping:
            raise DownloadFailedError("the crawl is being stopped")
        if self._started is None:
            self._started = asyncio.ensure_future(self._start())
        await asyncio.shield(self._started)

    async def _start(self) -> None:
        if self._useless_browsers >= MAX_USELESS_BROWSERS:
            self._lose("browsers end before they have made a page")
        self._useless_browsers += 1
        # A server of browsers may be busy, or on its way up.
        pauses = (0.5, 1, 2, 4) if self._remote else (0.5,)
        for pause in (*pauses, None):
            try:
                if self.config.browser_type_name == "chromium" and not self._remote:
                    options = launch_options(self.config.launch_options)
                    if self.egress is not None:
                        options["args"] = list(dict.fromkeys([*(options.get("args") or ()), *EGRESS_FLAGS]))
                    self.config.launch_options = options
                await asyncio.wait_for(self._launch(), START_TIMEOUT)
                await asyncio.wait_for(self._maybe_launch_browser(), START_TIMEOUT)
            except Exception as error:
                self._note_processes()
                self._drop_browser()
                if pause is None or self._stopping or isinstance(error, BrowserNotFound):
                    self._lose(first_line(error))
                else:
                    await asyncio.sleep(pause)
            else:
                self._note_processes()
                return

    def _lose(self, why: str) -> None:
        """No more browsers in this crawl, so it ends."""
        self._lost = BrowserLostError(f"no browser: {(why := self._secrets.hide(why))}")
        if not self._stopping and self._end is None:
            logger.error("There is no browser, and so the crawl ends: %s", why)
            self._end = asyncio.ensure_future(self._crawler.engine.close_spider_async(reason="c4_browser_lost"))
        raise self._lost

    def _note_processes(self) -> None:
        """Remember the driver and the browser, to be able to end them when they no longer listen."""
        manager = getattr(self.__dict__.get("browser_provider"), "playwright_context_manager", None)
        driver = getattr(getattr(getattr(manager, "_client", None), "_transport", None), "_proc", None)
        if driver is not None:
            self._roots.update(processes.family(processes.process(driver.pid)))

    def _drop_browser(self) -> None:
        """Forget browser and driver, and end them: whatever waits for them fails at once."""
        self._generation += 1
        self._retired.clear()
        self._pages_made.clear()
        self.context_wrappers.clear()
        self.__dict__.pop("browser", None)
        provider = self.__dict__.pop("browser_provider", None)
        processes.kill(processes.family(self._roots))
        self._roots.clear()
        if provider is not None:
            self.chore(asyncio.wait_for(provider.close(), CLOSE_TIMEOUT))

    async def _browser_disconnected_callback(self) -> None:
        await self._check_browser(self._generation)

    async def _check_browser(self, generation: int, *, thoroughly: bool = False) -> None:
        """Replace the browser of ``generation`` if it does not answer."""
        if generation != self._generation or self._started is None or not self._started.done():
            return
        try:
            await asyncio.wait_for(self._ping(thoroughly), self._answer_timeout)
        except Exception as error:
            if generation != self._generation or self._stopping:
                return
            logger.warning("The browser is gone or does not answer: %s", first_line(error))
            self.stats.inc_value("c4/render/browser_replaced_count")
            self._drop_browser()
            self._started = None
            if not self.config.restart_disconnected_browser:
                with suppress(BrowserLostError):
                    self._lose("PLAYWRIGHT_RESTART_DISCONNECTED_BROWSER is off")

    async def _ping(self, thoroughly: bool) -> None:
        browser = self.browser
        if not browser.is_connected():
            raise BrowserError("disconnected")
        if thoroughly:
            context = await browser.new_context()
            await context.new_page()
            await context.close()
        elif self.config.browser_type_name == "chromium":
            session = await browser.new_browser_cdp_session()
            await session.send("Browser.getVersion")
            await session.detach()

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

    # The end

    def chore(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Do something that nobody has to wait for, except the end of the crawl."""
        task = asyncio.ensure_future(work)
        self._chores.add(task)
        task.add_done_callback(self._chore_done)
        return task

    def _chore_done(self, task: asyncio.Task[Any]) -> None:
        self._chores.discard(task)
        if not task.cancelled() and task.exception() is not None:
            logger.debug("While tidying up the browser: %r", task.exception())

    async def _wait_for_chores(self) -> None:
        """For each of them once."""
        if chores := self._chores - self._left_undone:
            _, pending = await asyncio.wait(chores, timeout=CHORES_TIMEOUT)
            self._left_undone |= pending

    async def _close(self) -> None:
        self._stopping = True
        if self._watcher is not None:
            self._watcher.cancel()
        await self._wait_for_chores()
        # A process that is stopped outlives its parents.
        self._roots = processes.family(self._roots)
        try:
            await asyncio.wait_for(super()._close(), 2 * CLOSE_TIMEOUT)
        except Exception as error:
            logger.debug("While closing the browser: %r", error)
        processes.kill(processes.family(self._roots))
        if self.egress is not None:
            await self.egress.close()
        self._secrets.stop()
        if self._end is not None:
            # "scrapy crawl" ends with code 1 for a crawler without a spider; there is no other way to tell it.
            self._crawler.spider = None


class _Slots(asyncio.Semaphore):
    """Knows how many hold it or wait for it, and since when a task has held it."""

    def __init__(self, value: int, holders: WeakKeyDictionary[asyncio.Task[Any], tuple[_Slots, float]]):
        super().__init__(value)
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

    def release(self) -> None:
        self.taken -= 1
        if task := asyncio.current_task():
            self._holders.pop(task, None)
        super().release()
