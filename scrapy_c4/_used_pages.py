"""Pages whose visit has ended well, for the next visit: a page that is there already costs half of a new one."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playwright.async_api import Error as PlaywrightError

from scrapy_c4.extractors.urls import host_of

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page

    from scrapy_c4._browser_pages import BrowserPages
    from scrapy_c4._documents import Documents

#: Seconds that a page waits for its next visit. It is still the old page, and its scripts run.
IDLE_SECONDS = 2.0
#: In hundredths of a visit: trouble with a host from which on it has new pages, and what each of its visits makes good.
MAX_TROUBLE = 150
FORGIVEN = 5
#: Seconds that a page may take to give up what it has.
LEAVE_PATIENCE = 1.0
# What would outlive the document, and is not shared by all pages of a context anyway.
_LEAVE = """() => {
  for (const leave of [() => window.stop(), () => sessionStorage.clear(), () => { window.name = ""; }])
    try { leave(); } catch {}
}"""


class StalePageError(Exception):
    """A page that was used before does not let go of what it shows."""


@dataclass(eq=False)
class UsedPage:
    page: Page
    #: Those of the visit that it comes from.
    documents: Documents
    is_routed: bool
    #: How many visits it has had.
    visits: int


class UsedPages:
    """Each of them keeps its slot, and can go nowhere while it waits."""

    def __init__(self, pages: BrowserPages, max_visits: int):
        """``max_visits``: visits of one page."""
        self._pages = pages
        self._max_visits = max_visits
        self._waiting: dict[UsedPage, asyncio.Task[None]] = {}
        #: Tasks that make a page, and would rather have one of these, by the context they are for.
        self._wanted: dict[asyncio.Task[Page], tuple[str, asyncio.Future[UsedPage]]] = {}
        #: By host: visits that had to be repeated in a new page, less a little for each that had not.
        self._trouble: Counter[str] = Counter()

    def suits(self, url: str) -> bool:
        """Whether a used page is likely to do: hardly for sites whose pages often go on to other pages."""
        host = host_of(url) or ""
        if host not in self._trouble:
            return True
        suits = self._trouble[host] < MAX_TROUBLE
        self._trouble[host] -= FORGIVEN
        if self._trouble[host] <= 0:
            del self._trouble[host]
        return suits

    def was_repeated(self, url: str) -> None:
        if len(self._trouble) > 10_000:
            self._trouble.clear()
        self._trouble[host_of(url) or ""] += 100

    def take(self, name: str) -> UsedPage | None:
        """One of the context of that name."""
        for used in reversed(self._waiting):
            if self._pages.name_of(used.page.context) == name and not used.page.is_closed():
                self._waiting.pop(used).cancel()
                return used
        return None

    def want(self, name: str, maker: asyncio.Task[Page]) -> asyncio.Future[UsedPage]:
        """The next one that can be had, as long as ``maker`` still waits for a slot."""
        future: asyncio.Future[UsedPage] = asyncio.get_running_loop().create_future()
        self._wanted[maker] = (name, future)
        maker.add_done_callback(lambda maker: self._wanted.pop(maker, None))
        return future

    async def keep(self, used: UsedPage) -> None:
        """For the next visit, if there is one soon; else it is closed."""
        page = used.page
        name = self._pages.name_of(page.context)
        may_stay = used.visits < self._max_visits and name is not None and not self._pages.is_behind(page, name)
        if may_stay and await _leave(page) and (name := self._pages.name_of(page.context)):
            for maker, (wanted, future) in self._wanted.items():
                if wanted == name and not future.done() and not self._pages.has_slot(maker):
                    future.set_result(used)
                    return
            if not self._pages.is_crowded(name):
                if used.visits == 1:
                    page.on("crash", self.close)
                self._waiting[used] = self._pages.chore(self._expire(used))
                return
        await self._pages.close_page(page)

    async def _expire(self, used: UsedPage) -> None:
        await asyncio.sleep(IDLE_SECONDS)
        if self._waiting.pop(used, None):
            await self._pages.close_page(used.page)

    def close(self, gone: Page | BrowserContext | None = None) -> None:
        """A page that has crashed, those of a context that ends, or all."""
        for used in [used for used in self._waiting if gone in (None, used.page, used.page.context)]:
            self._waiting.pop(used).cancel()
            self._pages.chore(self._pages.close_page(used.page))

    def forget(self) -> None:
        """They have gone with their browser."""
        for task in self._waiting.values():
            task.cancel()
        self._waiting.clear()


async def _leave(page: Page) -> bool:
    try:
        await asyncio.wait_for(page.evaluate(_LEAVE), LEAVE_PATIENCE)
    except (PlaywrightError, asyncio.TimeoutError):
        return False
    return True
