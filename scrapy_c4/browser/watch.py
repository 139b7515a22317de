"""What a page navigates to, seen from outside: it works even when the page itself no longer answers."""

from __future__ import annotations

from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.async_api import Download, Frame, Page, Request, Response

_PAGE_TYPES = frozenset({"", "text/html", "application/xhtml+xml", "application/vnd.wap.xhtml+xml"})


class Watch:
    """Follows the main frame of one page."""

    def __init__(self, max_size: int = 0, *, closely: bool = True, cancel_downloads: bool = True) -> None:
        #: When the page was opened, on the monotonic clock.
        self.started = monotonic()
        #: The answer that the main frame's document came from, or is coming from.
        self.document: Response | None = None
        # The next two are followed ``closely`` only: every event of a page costs something.
        #: A navigation that was asked for and has not arrived yet.
        self.pending: Request | None = None
        #: Requests of scripts for data that are under way.
        self.loading: set[Request] = set()
        #: Cancel downloads that may be larger than ``max_size``.
        self.cancel_downloads = cancel_downloads
        self._max_size = max_size
        self._page: Page | None = None
        handlers: dict[str, Any] = {"response": self._on_response}
        if closely:
            handlers |= {
                "request": self._on_request,
                "requestfinished": self._on_end,
                "requestfailed": self._on_end,
                "framenavigated": self._on_navigated,
            }
        # A handler that raises would fail the page's next call, so each one is wrapped.
        self._handlers: dict[str, Any] = {event: self._guarded(handler) for event, handler in handlers.items()}
        self._handlers["download"] = self._on_download

    def attach(self, page: Page) -> None:
        self._page = page
        self.started = monotonic()
        for event, handler in self._handlers.items():
            page.on(event, handler)  # type: ignore[call-overload]

    def detach(self) -> None:
        """Stop following the page. To be called in the event loop of the page."""
        page = self._page
        if page is not None:
            for event, handler in self._handlers.items():
                with suppress(Exception):
                    page.remove_listener(event, handler)

    def forget(self) -> None:
        """Let go of the page's objects."""
        self._page = self.document = self.pending = None
        self.loading.clear()

    @property
    def status(self) -> int | None:
        return None if self.document is None else self.document.status

    @property
    def headers(self) -> dict[str, str]:
        return {} if self.document is None else self.document.headers

    @property
    def is_page(self) -> bool:
        """False when the document is something else than HTML: JSON, PDF, a download, no content."""
        if self.document is None:
            return True
        headers = self.headers
        kind = headers.get("content-type", "").split(";")[0].strip().lower()
        attachment = headers.get("content-disposition", "").strip().lower().startswith("attachment")
        return kind in _PAGE_TYPES and not attachment and self.status not in (204, 205)

    def _is_main_navigation(self, request: Request) -> bool:
        return self._page is not None and request.is_navigation_request() and request.frame == self._page.main_frame

    def _on_request(self, request: Request) -> None:
        if self._is_main_navigation(request):
            self.pending = request
        elif request.resource_type in ("xhr", "fetch", "script"):
            self.loading.add(request)

    def _on_response(self, response: Response) -> None:
        if not 300 <= response.status < 400 and self._is_main_navigation(response.request):
            self.document = response

    def _on_end(self, request: Request) -> None:
        self.loading.discard(request)
        if request == self.pending:
            self.pending = None

    def _on_navigated(self, frame: Frame) -> None:
        if self._page is not None and frame == self._page.main_frame:
            self.pending = None
            # What the old document was loading belongs to nobody now.
            self.loading.clear()

    async def _on_download(self, download: Download) -> None:
        # The handler reads a download into memory whole, whatever its size: only a known, small one may go on.
        # What is cancelled here is fetched again without the browser, where DOWNLOAD_MAXSIZE holds.
        headers = self.headers
        length = headers.get("content-length", "")
        known = length.isdecimal() and len(length) < 20 and "content-encoding" not in headers
        if self.cancel_downloads and (not known or 0 < self._max_size < int(length)):
            with suppress(Exception):
                await download.cancel()

    @staticmethod
    def _guarded(handler: Any) -> Any:
        def call(event: Any) -> None:
            with suppress(Exception):
                handler(event)

        return call
