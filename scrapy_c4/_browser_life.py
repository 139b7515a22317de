"""The life of the browser of a crawl: started, asked whether it still answers, replaced, closed."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from scrapy import signals
from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler

from scrapy_c4 import _processes as processes
from scrapy_c4._egress_contexts import EGRESS_FLAGS, EgressContexts
from scrapy_c4._secrets import BROWSER_SETTINGS, SecretFilter
from scrapy_c4.browser.find import BrowserNotFound, launch_options
from scrapy_c4.browser_errors import BrowserError, BrowserLostError, DownloadFailedError, first_line
from scrapy_c4.egress import EgressProxy
from scrapy_c4.startup import crawl_options

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

#: Seconds for closing one thing that should close at once.
CLOSE_TIMEOUT = 5.0
#: Seconds that the end of the crawl waits for what is still being closed.
CHORES_TIMEOUT = 10.0
#: Seconds for starting Playwright and a browser.
START_TIMEOUT = 45.0
#: Browsers in a row that end before they have made a single page.
MAX_USELESS_BROWSERS = 3


class BrowserLife(ScrapyPlaywrightDownloadHandler):  # type: ignore[misc]
    """scrapy-playwright's handler with a browser that is replaced when it is lost."""

    def __init__(self, crawler: Crawler, *, answer_timeout: float) -> None:
        """``answer_timeout``: seconds that the browser may take for what takes no time."""
        super().__init__(crawler)
        self.settings = crawler.settings
        self._answer_timeout = answer_timeout
        self._secrets = SecretFilter(crawler.settings.get(name) for name in BROWSER_SETTINGS)
        self._secrets.start()
        self._remote = bool(self.config.cdp_url or self.config.connect_url)
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
        #: The driver and the browser, pid → start time.
        self._roots: dict[int, int] = {}
        self._chores: set[asyncio.Task[Any]] = set()
        #: Chores that the end of the crawl has waited for in vain.
        self._left_undone: set[asyncio.Task[Any]] = set()
        self._end: asyncio.Task[None] | None = None
        self._stopping = False
        # The stats are final when its handlers have ended.
        crawler.signals.connect(self._wait_for_chores, signals.spider_closed)

    def _forget_pages(self) -> None:
        """The browser has gone, and its contexts and pages with it."""
        self.context_wrappers.clear()

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
        _spare_unseen_lines()
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
        # The second name is that of older versions.
        client = getattr(manager, "_client", None) or getattr(manager, "_connection", None)
        driver = getattr(getattr(client, "_transport", None), "_proc", None)
        if driver is not None:
            self._roots.update(processes.family(processes.process(driver.pid)))

    def _drop_browser(self) -> None:
        """Forget browser and driver, and end them: whatever waits for them fails at once."""
        self._generation += 1
        self._forget_pages()
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


def _spare_unseen_lines() -> None:
    """Keep scrapy-playwright from asking the browser twice per request for what it writes in lines that nobody sees.

    It asks whenever its logger lets debug lines through. Under Scrapy every logger does, and the handlers drop them.
    """
    pages_log = logging.getLogger("scrapy-playwright")
    if pages_log.level == logging.NOTSET and all(handler.level > logging.DEBUG for handler in logging.root.handlers):
        pages_log.setLevel(logging.INFO)
