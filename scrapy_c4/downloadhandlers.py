"""The download handler for http and https: plain requests as ever, browser requests through a guarded browser."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import ReferenceType, WeakKeyDictionary, ref

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler

from scrapy_c4._kinds import POSITIVE_FLOAT, POSITIVE_INT
from scrapy_c4._small_reads import SmallReadsHandler
from scrapy_c4.options import crawl_setting
from scrapy_c4.security import PUBLIC_ONLY, PrivateNetworkError, note_refusal, refuse_private
from scrapy_c4.startup import crawl_options

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.settings import BaseSettings

    from scrapy_c4._kinds import Kind
    from scrapy_c4._playwright_guard import PlaywrightGuard

__all__ = ["GuardedDownloadHandler"]

#: Settings of the whole crawl, and their defaults: seconds that a browser may take to answer before it is replaced,
#: visits after which the default context is replaced by a new one with the same cookies, and visits of one page.
BROWSER_SETTINGS: dict[str, tuple[Kind, float]] = {
    "C4_BROWSER_TIMEOUT": (POSITIVE_FLOAT, 15.0),
    "C4_CONTEXT_MAX_PAGES": (POSITIVE_INT, 200),
    "C4_PAGE_MAX_VISITS": (POSITIVE_INT, 20),
}


class GuardedDownloadHandler(HTTP11DownloadHandler):
    """Scrapy's own HTTP handler, and scrapy-playwright with a guard for requests with ``meta["playwright"]``.

    A plain request with ``meta["c4_small_reads"]`` goes over a connection that reads little at a time, for answers of
    which only the beginning is wanted, and that is not used again. A request with ``meta["c4_public_only"]`` fails with
    :exc:`~scrapy_c4.security.PrivateNetworkError` if its host is, or resolves to, an address of a private network,
    unless C4_ALLOW_PRIVATE_NETWORKS is on.

    Nothing of Playwright is imported or started before the first browser request. Of such a request it reads, besides
    the keys of scrapy-playwright:

    - ``c4_deadline``: seconds for everything, from the wait for a free page to the response (default: the download
      timeout). Also turns on the quick way of loading: the DOM, then the scripts and data that the page asks for.
    - ``c4_max_requests``: requests the page may make (default 1000); further ones are aborted.
    - ``c4_shared_page``: the page may have had other visits before, and may have others after this one. For requests
      that leave nothing behind: GET, no methods, handlers or callbacks of the user's on the page.
    - ``c4_block``: resource types that are not loaded; ``tracker`` means well-known tracking hosts.
    - ``proxy``, ``download_timeout``, ``download_maxsize``: as for plain requests.

    ``response.flags`` gets ``playwright``, and ``c4-partial`` when the page had not finished loading, ``c4-raw`` when
    the answer was no HTML: then the body is as the server sent it and no page method has run.
    """

    _shared: WeakKeyDictionary[Crawler, ReferenceType[GuardedDownloadHandler]] = WeakKeyDictionary()

    def __init__(self, crawler: Crawler) -> None:
        self._limits = browser_limits(crawler.settings)
        super().__init__(crawler)
        self._guard: PlaywrightGuard | None = None
        self._keeps_in_public = not crawl_options(crawler.settings).allow_private_networks
        #: Handlers with connections of their own, by (small reads, public only).
        self._others: dict[tuple[bool, bool], HTTP11DownloadHandler] = {}
        self._closed = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> GuardedDownloadHandler:
        # Scrapy asks once for http and once for https: one browser serves both.
        known = cls._shared.get(crawler)
        handler = known() if known is not None else None
        if handler is None:
            handler = cls(crawler)
            cls._shared[crawler] = ref(handler)
        return handler

    async def download_request(self, request: Request) -> Response:
        try:
            return await self._download(request)
        except PrivateNetworkError as error:
            note_refusal(self._crawler, error)
            raise

    async def _download(self, request: Request) -> Response:
        public_only = self._keeps_in_public and bool(request.meta.get(PUBLIC_ONLY))
        if public_only:
            refuse_private(request)
        if not request.meta.get("playwright"):
            # A proxy resolves names by itself.
            return await self._plain(
                request, bool(request.meta.get("c4_small_reads")), public_only and not request.meta.get("proxy")
            )
        if self._guard is None:
            from scrapy_c4._playwright_guard import PlaywrightGuard

            self._guard = PlaywrightGuard(
                self._crawler,
                answer_timeout=self._limits["C4_BROWSER_TIMEOUT"],
                context_max_pages=int(self._limits["C4_CONTEXT_MAX_PAGES"]),
                page_max_visits=int(self._limits["C4_PAGE_MAX_VISITS"]),
            )
        response: Response = await self._guard.download_request(request)
        return response

    async def _plain(self, request: Request, small_reads: bool, public_only: bool) -> Response:
        if not (small_reads or public_only):
            return await super().download_request(request)
        handler = self._others.get((small_reads, public_only))
        if handler is None:
            cls: type[HTTP11DownloadHandler] = SmallReadsHandler
            if public_only:
                from scrapy_c4._public_only import PublicOnlyHandler, PublicOnlySmallReadsHandler

                cls = PublicOnlySmallReadsHandler if small_reads else PublicOnlyHandler
            handler = self._others[small_reads, public_only] = cls(self._crawler)
        return await handler.download_request(request)

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        await super().close()
        for handler in self._others.values():
            await handler.close()
        if self._guard is not None:
            await self._guard.close()


def browser_limits(settings: BaseSettings) -> dict[str, float]:
    """The values of :data:`BROWSER_SETTINGS`. Raises :exc:`scrapy_c4.options.OptionError`."""
    return {name: crawl_setting(settings, name, kind, default) for name, (kind, default) in BROWSER_SETTINGS.items()}
