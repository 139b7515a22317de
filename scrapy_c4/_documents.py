"""The documents a page asks for, seen at the network: what is sent for them, and what comes back.

Playwright's routes do not see redirects and send the same headers to every hop, and by the time Playwright has an
answer, Chromium has made a viewer or a download of what is not HTML. The Fetch domain of the DevTools protocol, for
documents only, shows every hop before it leaves and every answer before it is used.
"""

from __future__ import annotations

import asyncio
import logging
from base64 import b64decode, b64encode
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError
from scrapy.http import Headers

from scrapy_c4._document_answer import Answer
from scrapy_c4._own_headers import OwnHeaders
from scrapy_c4.addresses import is_public_page
from scrapy_c4.browser_errors import DownloadCancelledError, DownloadFailedError
from scrapy_c4.extractors.urls import resolve

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from playwright.async_api import CDPSession, Page
    from scrapy import Request

logger = logging.getLogger(__name__)

_PATTERNS = [
    {"urlPattern": "*", "resourceType": "Document", "requestStage": stage} for stage in ("Request", "Response")
]
_REDIRECTS = frozenset((301, 302, 303, 307, 308))


class Documents:
    def __init__(
        self, request: Request, *, headers: bool, body: bool, max_size: int, max_navigations: int, public_only: bool
    ):
        """``headers``: send the request's own ones; ``body``: send its method and body. Sizes are in bytes.

        ``public_only``: refuse documents whose host is in a private network, as far as the host tells.
        """
        self._own = OwnHeaders(request if headers else None)
        self._body = (request.method, request.body) if body and (request.method != "GET" or request.body) else None
        self._max_size = max_size
        self._max_navigations = max_navigations
        self._public_only = public_only
        self.session: CDPSession | None = None
        #: The user agent that the page sends; empty: the browser's.
        self.agent = ""
        self.main_frame = ""
        #: While it is off, the page gets no document at all.
        self.is_open = True
        self._is_taken_over = False
        self._expected = resolve(request.url, request.url)
        #: Called when a page that was taken over asks for anything else than it was told to.
        self.on_mixed: Callable[[], None] = lambda: None
        #: Since when the page itself is what is waited for; None: a server is.
        self.waiting_for_page: float | None = None
        self._navigations = 0
        self._busy: set[asyncio.Task[None]] = set()
        #: (URL, status) of the redirects that led to the first page.
        self.hops: list[tuple[str, int]] = []
        #: The answer, if it is no page.
        self.raw: Answer | None = None
        #: What the page itself was last asked for, and whether that was refused.
        self.asked = ""
        self.is_refused = False
        self.on_refused: Callable[[], None] = lambda: None
        #: Whether the page went on to other pages until it was stopped.
        self.restless = False
        #: Whether a page is there; one that wants to leave before stays a fragment.
        self.is_complete = False
        #: What the page wanted to go on to, if that could not be loaded.
        self.dead_end = ""
        self._pages: dict[str, Answer] = {}

    async def attach(self, page: Page, user_agent: str | None) -> None:
        """``user_agent``: the one the page sends by itself."""
        session = self.session = await page.context.new_cdp_session(page)
        session.on("Fetch.requestPaused", self._on_paused)
        calls = [
            session.send("Page.getFrameTree"),
            session.send("Fetch.enable", {"patterns": _PATTERNS}),
        ]
        self.agent = self._own.user_agent or user_agent or ""
        if self.agent != (user_agent or ""):
            calls.append(session.send("Emulation.setUserAgentOverride", {"userAgent": self.agent}))
        tree, *_ = await asyncio.gather(*calls)
        self.main_frame = tree["frameTree"]["frame"]["id"]

    async def take_over(self, last: Documents, user_agent: str | None) -> None:
        """As ``attach``, on a page that shows the last of other documents, which can ask for nothing any more."""
        assert last.session is not None
        session, self.main_frame, self.is_open = last.session, last.main_frame, False
        self._is_taken_over = True
        session.remove_listener("Fetch.requestPaused", last._on_paused)
        session.on("Fetch.requestPaused", self._on_paused)
        self.session = session
        self.agent = self._own.user_agent or user_agent or ""
        if self.agent != last.agent:
            await session.send("Emulation.setUserAgentOverride", {"userAgent": self.agent})

    async def detach(self) -> None:
        if self.session is not None:
            with suppress(PlaywrightError):
                await self.session.detach()

    async def stand_still(self) -> None:
        """Stay with the document that is there, or with the next one if it has begun to come."""
        self.stay()
        # What has begun to come and is stopped leaves a page with nothing in it.
        stop_loading = self.waits_for_server
        if stop_loading:
            self.is_open = False
        await self.stop_scripts(stop_loading=stop_loading)

    async def stop_scripts(self, *, stop_loading: bool = True) -> None:
        """End the script that runs, even one that runs for ever, and let no other one start."""
        if self.session is not None:
            calls = [
                self.session.send("Emulation.setScriptExecutionDisabled", {"value": True}),
                self.session.send("Runtime.terminateExecution"),
            ]
            if stop_loading:
                calls.append(self.session.send("Page.stopLoading"))
            # A page that hangs for other reasons answers none of them.
            await asyncio.wait([asyncio.ensure_future(_quietly(call)) for call in calls], timeout=1)

    async def html(self) -> str:
        """The document as it stands, as the browser has it: Playwright does not read one that it takes to be leaving.

        Empty when there is nothing in it yet, when another one takes its place just now, or nobody is there to ask.
        """
        if self.session is None:
            return ""
        with suppress(PlaywrightError):
            root = (await self.session.send("DOM.getDocument", {"depth": 2}))["root"]
            parts = [part for element in root.get("children", ()) for part in element.get("children", ())]
            if any(part["nodeName"].upper() in ("BODY", "FRAMESET") and part.get("childNodeCount") for part in parts):
                html: str = (await self.session.send("DOM.getOuterHTML", {"nodeId": root["nodeId"]}))["outerHTML"]
                return html
        return ""

    def stay(self) -> None:
        """Let the page go to no other document than the one that it may be on its way to."""
        self._max_navigations = self._navigations

    @property
    def waits_for_server(self) -> bool:
        """Whether the page waits for the answer of a server. Meanwhile its scripts may not run, nor may ours."""
        return self.waiting_for_page is None

    @property
    def is_at_rest(self) -> bool:
        """Whether the page is complete, and has neither been kept from leaving nor been given something else."""
        return self.is_complete and self.raw is None and not (self.restless or self.dead_end or self.is_refused)

    def has_answered(self, url: str) -> bool:
        return url.partition("#")[0] in self._pages

    def answer_for(self, url: str) -> Answer | None:
        """The answer that the page at ``url`` was made from; the last one if that is not known."""
        answers = self._pages
        return answers.get(url.partition("#")[0]) or (list(answers.values())[-1] if answers else None)

    def _on_paused(self, event: dict[str, Any]) -> None:
        task = asyncio.ensure_future(self._decide(event))
        self._busy.add(task)
        task.add_done_callback(self._busy.discard)

    async def _decide(self, event: dict[str, Any]) -> None:
        assert self.session is not None
        request_id = {"requestId": event["requestId"]}
        # A page that has gone away does not need an answer.
        with suppress(PlaywrightError):
            try:
                if "responseStatusCode" in event:
                    command, parameters = await self._answered(event)
                elif "responseErrorReason" in event:
                    command, parameters = "Fetch.failRequest", {"errorReason": self._failed(event)}
                else:
                    command, parameters = self._asked(event)
            except Exception:
                logger.exception("While looking at %s", event["request"]["url"])
                command, parameters = "Fetch.failRequest", {"errorReason": "Failed"}
            await self.session.send(command, {**request_id, **parameters})
            if self.restless:
                await self.stop_scripts()

    def _asked(self, event: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        request = event["request"]
        if not self.is_open:
            return "Fetch.failRequest", {"errorReason": "Aborted"}
        first = False
        is_main = event["frameId"] == self.main_frame
        is_refused = self._public_only and request["url"].startswith("http") and not is_public_page(request["url"])
        if is_main:
            self.asked, self.is_refused = request["url"], is_refused
            if is_refused:
                self.on_refused()
        if is_refused:
            return "Fetch.failRequest", {"errorReason": "Aborted"}
        if is_main and "redirectedRequestId" not in event:
            self._navigations += 1
            if self._is_taken_over and (self._navigations > 1 or request["url"] != self._expected):
                # It may be the document before that goes there, even just after it has gone itself.
                self.on_mixed()
                return "Fetch.failRequest", {"errorReason": "Aborted"}
            first = self._navigations == 1
            if self._navigations > self._max_navigations:
                self.restless = True
                # "Aborted" leaves the page where it is; other reasons lead to an error page.
                return "Fetch.failRequest", {"errorReason": "Aborted"}
        if is_main:
            self.waiting_for_page = None
        changes: dict[str, Any] = {}
        if self._own.are_for(request["url"]):
            changes["headers"] = self._own.merged(request["headers"], with_body=first)
        if first and self._body is not None:
            method, body = self._body
            changes["method"] = method
            if body:
                changes["postData"] = b64encode(body).decode()
        return "Fetch.continueRequest", changes

    def _failed(self, event: dict[str, Any]) -> str:
        if event["frameId"] == self.main_frame:
            self.waiting_for_page = monotonic()
            if self.is_complete:
                # The page that is there is worth more than the error page that would take its place.
                self.dead_end = event["request"]["url"]
                return "Aborted"
        reason: str = event["responseErrorReason"]
        return reason

    async def _answered(self, event: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        go_on: tuple[str, dict[str, Any]] = ("Fetch.continueResponse", {})
        if not self.is_open or (self._is_taken_over and not self.asked):  # the document before has asked for it
            return "Fetch.failRequest", {"errorReason": "Aborted"}
        if event["frameId"] != self.main_frame:
            return go_on
        headers = Headers()
        for header in event.get("responseHeaders", ()):
            headers.appendlist(header["name"], header["value"])
        answer = Answer(event["request"]["url"], event["responseStatusCode"], headers)
        if answer.status in _REDIRECTS and "Location" in headers:
            if not self._pages:
                self.hops.append((answer.url, answer.status))
            return go_on
        if answer.is_page and not (self._max_size and (answer.length or 0) > self._max_size):
            self._pages.pop(answer.url, None)
            self._pages[answer.url] = answer
            self.waiting_for_page = monotonic()
            return go_on
        # What a page that is there already wants to download is not waited for.
        if not self._pages and self.raw is None:
            self.raw = answer
            try:
                answer.body.set_result(await self._take(event["requestId"], answer))
            except Exception as error:
                answer.body.set_exception(error)
                answer.body.exception()  # it is not lost if nobody asks for it
        return "Fetch.failRequest", {"errorReason": "Aborted"}

    async def _take(self, request_id: str, answer: Answer) -> bytes:
        assert self.session is not None
        if answer.is_empty:
            return b""
        chunks: list[bytes] = []
        size = answer.length or 0
        try:
            if not self._max_size or size <= self._max_size:
                size = 0
                taken = await self.session.send("Fetch.takeResponseBodyAsStream", {"requestId": request_id})
                while not self._max_size or size <= self._max_size:
                    chunk = await self.session.send("IO.read", {"handle": taken["stream"], "size": 1 << 20})
                    data = chunk["data"]
                    chunks.append(b64decode(data) if chunk.get("base64Encoded") else data.encode())
                    size += len(chunks[-1])
                    if chunk["eof"]:
                        return b"".join(chunks)
        except PlaywrightError as error:
            raise DownloadFailedError(f"{answer.url}: the answer broke off") from error
        raise DownloadCancelledError(f"{answer.url} has {size} bytes or more, and the limit is {self._max_size}")


async def _quietly(call: Awaitable[Any]) -> None:
    with suppress(PlaywrightError):
        await call
