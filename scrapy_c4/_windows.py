"""A window of its own for each page that has to be drawn: a browser draws only the page in front of each window.

Pages behind others soon get no animation frames and no reports of what has come into view, so lists do not answer to
scrolling and lazy images do not load. They take less of the processor, too: pages that are only read share a window.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError

if TYPE_CHECKING:
    from collections.abc import Callable
    from weakref import WeakSet

    from playwright.async_api import Browser, BrowserContext, CDPSession, Page


class Windows:
    """Makes the pages of one context of a Chromium."""

    def __init__(
        self, context: BrowserContext, browser: Browser, *, are_wanted: Callable[[], bool], tabs: WeakSet[Page]
    ):
        """``are_wanted``: whether the next page shall have one; pages that do not are put into ``tabs``."""
        self._are_wanted = are_wanted
        self._tabs = tabs
        self._context = context
        self._browser = browser
        self._open = context.new_page
        self._starting = asyncio.Lock()
        self._session: CDPSession | None = None
        self._context_id = ""
        self._making = 0
        #: The pages that have come while some are being made, by the names the browser has for them.
        self._arrivals: dict[str, asyncio.Future[Page]] = {}
        self._closing: set[asyncio.Future[None]] = set()
        context.on("page", self._arrived)

    async def new_page(self) -> Page:
        """What the context's own method of this name gives."""
        if not self._are_wanted():
            page = await self._open()
            self._tabs.add(page)
            return page
        if self._session is None:
            async with self._starting:
                if self._session is None:
                    page = await self._open()
                    with suppress(PlaywrightError):  # it may have gone at once: then the next one is the first
                        self._context_id = (await self._target(page))["browserContextId"]
                        self._session = await self._browser.new_browser_cdp_session()
                    return page
        return await self._in_new_window(self._session)

    async def _in_new_window(self, session: CDPSession) -> Page:
        target: dict[str, Any] = {}
        page: Page | None = None
        self._making += 1
        try:
            where = {"url": "about:blank", "browserContextId": self._context_id, "newWindow": True}
            try:
                target = await session.send("Target.createTarget", where)
            except PlaywrightError:
                return await self._open()
            page = await self._arrival(target["targetId"])
            return page
        finally:
            self._making -= 1
            if not self._making:
                self._arrivals.clear()
            if target and page is None:
                closing = asyncio.ensure_future(_close(session, target))
                self._closing.add(closing)
                closing.add_done_callback(self._closing.discard)

    def _arrival(self, target_id: str) -> asyncio.Future[Page]:
        return self._arrivals.setdefault(target_id, asyncio.get_running_loop().create_future())

    async def _arrived(self, page: Page) -> None:
        if self._making:
            with suppress(PlaywrightError):  # a pop-up that has gone already
                arrival = self._arrival((await self._target(page))["targetId"])
                if not arrival.done():
                    arrival.set_result(page)

    async def _target(self, page: Page) -> dict[str, Any]:
        session = await self._context.new_cdp_session(page)
        info: dict[str, Any] = (await session.send("Target.getTargetInfo"))["targetInfo"]
        await session.detach()
        return info


async def _close(session: CDPSession, target: dict[str, Any]) -> None:
    with suppress(PlaywrightError):
        await session.send("Target.closeTarget", target)
