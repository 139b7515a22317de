"""One Chromium for all tests of the browser room, driven from plain test functions."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest

from scrapy_c4.browser import Capture, Plan, run
from scrapy_c4.browser.capture import Reading
from scrapy_c4.browser.find import launch_options
from scrapy_c4.browser.watch import Watch
from scrapy_c4.options import Options
from tests.site import Site

T = TypeVar("T")

LOCAL_ONLY = [
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]  # fmt: skip


@dataclass
class Visited:
    capture: Capture
    reading: Reading

    @property
    def html(self) -> str:
        assert self.reading.html is not None, self.reading.failure
        return self.reading.html

    @property
    def errors(self) -> dict[str, str]:
        """Action → message."""
        return {error["action"]: error["message"] for error in self.capture.errors}


class Browser:
    """Chromium in an event loop of its own thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.do(self._start())

    def do(self, work: Coroutine[Any, Any, T], timeout: float = 60) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout)

    async def _start(self) -> None:
        from playwright.async_api import async_playwright

        self._manager = async_playwright()
        playwright = await self._manager.start()
        self._browser = await playwright.chromium.launch(**launch_options({"args": LOCAL_ONLY}))

    async def new_page(self, **context: Any) -> Any:
        return await (await self._browser.new_context(**context)).new_page()

    def visit(self, url: str, *, context: dict[str, Any] | None = None, max_size: int = 0, **options: Any) -> Visited:
        """Open ``url`` as the middleware does, with these options, and read it."""

        async def visit() -> Visited:
            page = await self.new_page(**(context or {}))
            try:
                plan = Plan.from_options(Options.of({"page_timeout": 20_000, **options}))
                watch = Watch()
                watch.attach(page)
                await page.goto(url, wait_until="commit")
                return Visited(*await run(page, plan, watch, max_size))
            finally:
                await asyncio.wait_for(page.context.close(), 10)

        return self.do(visit())

    def close(self) -> None:
        async def close() -> None:
            await self._browser.close()
            await self._manager.__aexit__()

        self.do(close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    browser = Browser()
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def web() -> Iterator[Site]:
    """A site for all tests; each adds pages of its own."""
    site = Site()
    yield site
    site.close()


@pytest.fixture(scope="session")
def other_web() -> Iterator[Site]:
    """Another origin."""
    site = Site()
    yield site
    site.close()
