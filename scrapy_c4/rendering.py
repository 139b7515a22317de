"""The live objects that join one request, its browser page and the plan for it, while the download handler has them."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from scrapy.utils.misc import load_object

from scrapy_c4.browser.capture import Reading
from scrapy_c4.browser.deadline import Deadline, bounded
from scrapy_c4.browser.plan import PageLost, Plan, run
from scrapy_c4.browser.watch import Watch

if TYPE_CHECKING:
    from playwright.async_api import Page
    from scrapy.http import Request

    from scrapy_c4.browser.capture import Capture
    from scrapy_c4.options import Options

_METHODS, _GOTO, _INIT = "playwright_page_methods", "playwright_page_goto_kwargs", "playwright_page_init_callback"
#: Keys of the meta that are other ones between ``attach`` and ``detach``.
_WIRED = (
    "playwright",
    _METHODS,
    _GOTO,
    _INIT,
    "c4_deadline",
    "c4_block",
    "c4_max_requests",
    "c4_shared_page",
    "c4_drawn",
)


class Wiring:
    """Puts a plan into the meta of a request, next to what the user has there, and takes it out again."""

    def __init__(self, plan: Plan, options: Options, *, max_size: int = 0, navigation_timeout: float = 0):
        """``navigation_timeout``: milliseconds, as in PLAYWRIGHT_DEFAULT_NAVIGATION_TIMEOUT; 0: what the plan has."""
        self._plan = plan
        self._navigation_timeout = min(plan.timeout * 1000, navigation_timeout or plan.timeout * 1000)
        # A screenshot without the images and fonts would not be one.
        self._block = [] if options.screenshot or options.pdf or options.capture_mhtml else options.block_resources
        self._max_requests = options.max_page_requests
        self._max_size = max_size
        self._saved: dict[str, Any] = {}
        self._watch = Watch()
        self._page: Page | None = None
        self._keeps_page = False
        self._was_page: bool | None = None
        #: What the plan gave; None when it did not run.
        self.capture: Capture | None = None
        #: Why the page could not be read.
        self.failure: dict[str, Any] | None = None
        #: The body of an answer that is no page and cannot be fetched again.
        self.body: bytes | None = None
        self.headers: dict[str, str] = {}

    def attach(self, request: Request) -> None:
        meta = request.meta
        self._saved = {key: meta[key] for key in _WIRED if key in meta}
        self._keeps_page = bool(meta.get("playwright_include_page"))
        self._watch = Watch(
            self._max_size, closely=bool(self._plan.steps), cancel_downloads=self.may_fetch_again(request)
        )
        meta["playwright"] = True
        # Tells a download; a spider may have copied it from another response.
        meta.pop("playwright_suggested_filename", None)

        from scrapy_playwright.page import PageMethod

        methods = meta.get(_METHODS) or ()
        methods = list(methods.values()) if isinstance(methods, dict) else list(methods)
        goto = dict(meta.get(_GOTO) or {})
        if not methods and not self._keeps_page:
            # The plan waits for the document itself, and keeps what is there of one that never gets complete. A user's
            # own page methods and callbacks find the page as they always did.
            goto.setdefault("wait_until", "commit")
        goto.setdefault("timeout", self._navigation_timeout)
        is_user_s = methods or self._keeps_page or _INIT in meta or meta.get("playwright_page_event_handlers")
        # Pictures change how a page is shown, and a URL with a fragment may lead nowhere from the same document.
        is_plain = request.method == "GET" and not request.body and "#" not in request.url
        meta["c4_shared_page"] = is_plain and not is_user_s and not self._plan.changes_view
        meta["c4_drawn"] = bool(self._plan.steps or self._plan.captures)
        meta[_METHODS] = [*methods, PageMethod(self._act)]
        meta[_GOTO] = goto
        meta[_INIT] = self._init
        # For GuardedDownloadHandler.
        meta["c4_deadline"] = self._plan.timeout
        meta["c4_block"] = self._block
        meta["c4_max_requests"] = self._max_requests

    def detach(self, request: Request) -> None:
        """Give the request back the meta it had."""
        self._was_page = self.was_page
        for key in _WIRED:
            if key in self._saved:
                request.meta[key] = self._saved[key]
            else:
                request.meta.pop(key, None)
        if self._page is not None:
            for name in ("wait_for_load_state", "content", "c4_unread"):
                vars(self._page).pop(name, None)
        self._page = None
        self._watch.forget()

    @property
    def was_page(self) -> bool:
        """False when the answer is something else than HTML."""
        return self._watch.is_page if self._was_page is None else self._was_page

    def may_fetch_again(self, request: Request) -> bool:
        """Whether the request can be made again without the browser."""
        return request.method == "GET" and not self._keeps_page

    async def _init(self, page: Page, request: Request) -> None:
        self._watch.attach(page)
        own = self._saved.get(_INIT)
        if own:
            await load_object(own)(page, request)

    async def _act(self, page: Page) -> Reading:
        """The page method. Its result has the HTML, so that a handler need not read the page again."""
        self._page = page
        self._end = Deadline(self._plan.timeout, self._watch.started)
        reading = Reading("")
        try:
            if self._watch.is_page:
                self.capture, reading = await run(page, self._plan, self._watch, self._max_size)
                self.failure = reading.failure
            else:
                self._was_page = False
                await self._take_body(page)
        except PageLost as lost:
            # The handler knows what to do about the real error.
            raise (lost.__cause__ or lost) from None
        finally:
            self._watch.detach()

        # After a page method the handler waits for the page's load event, which may never come, and then reads the
        # page, which was just done and may take for ever. Each of the two is answered once, from here.
        async def wait_for_load_state(*args: Any, **kwargs: Any) -> None:
            vars(page).pop("wait_for_load_state", None)

        async def content() -> str:
            vars(page).pop("content", None)
            if reading.html is None:
                return await bounded(page.content(), self._end.left())
            return reading.html

        # A page that did not let itself be read may do so for a handler that knows how to stop its scripts.
        vars(page).update(wait_for_load_state=wait_for_load_state, content=content, c4_unread=reading.html is None)
        return reading

    async def _take_body(self, page: Page) -> None:
        document = self._watch.document
        if document is None or document.status in (204, 205):
            return
        if self._watch.cancel_downloads:
            # It will be fetched again: stop loading it here.
            with suppress(Exception):
                await bounded(page.goto("about:blank", timeout=5000), 5)
            return
        length = document.headers.get("content-length", "")
        if self._max_size and length.isdecimal() and int(length[:18]) > self._max_size:
            return
        self.headers = document.headers
        with suppress(Exception):
            self.body = await bounded(document.body(), self._plan.timeout / 2)
