"""How large the document of a page becomes while it is still coming."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError

from scrapy_c4.browser_errors import DownloadCancelledError

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.async_api import CDPSession

    from scrapy_c4._documents import Documents

#: Seconds after which the bytes of a document are counted. Most are there by then, and every piece costs a little.
COUNT_AFTER = 3.0


class DocumentSize:
    """A document that takes long may be one that never ends, or a small one that unpacks to a huge one."""

    def __init__(self, limit: int) -> None:
        """``limit``: bytes, unpacked; 0: none."""
        self._limit = limit
        self._received = asyncio.Event()
        #: Whether bytes had to be counted.
        self.has_counted = False

    def asked(self) -> None:
        """A document has been asked for."""
        self._received.clear()

    def ended(self) -> None:
        """All of it is there, or it has failed."""
        self._received.set()

    async def watch(self, documents: Documents, fail: Callable[[Exception], None]) -> None:
        """Call ``fail`` if the document of the page gets too large."""
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._received.wait(), COUNT_AFTER)
        session = documents.session
        if session is None or not self._limit or self._received.is_set():
            return
        with suppress(PlaywrightError):
            self.has_counted = True
            await self._count(session, documents.main_frame, fail)
            await self._received.wait()
            await session.send("Network.disable")

    async def _count(self, session: CDPSession, main_frame: str, fail: Callable[[Exception], None]) -> None:
        received: Counter[str] = Counter()
        documents: set[str] = set()

        def count(event: dict[str, Any]) -> None:
            received[event["requestId"]] += event["dataLength"]
            size = received[event["requestId"]]
            if size > self._limit and event["requestId"] in documents:
                fail(DownloadCancelledError(f"the page has more than {size} bytes, and the limit is {self._limit}"))

        def note(event: dict[str, Any]) -> None:
            if event["type"] == "Document" and event.get("frameId") == main_frame:
                documents.add(event["requestId"])

        session.on("Network.dataReceived", count)
        session.on("Network.responseReceived", note)
        await session.send("Network.enable")
        tree = await session.send("Page.getFrameTree")
        # The request of a document has the name of what loads it.
        documents.add(tree["frameTree"]["frame"]["loaderId"])
