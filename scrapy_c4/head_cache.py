"""HeadCache: heads of linked pages in Scrapy's HTTP cache."""

from __future__ import annotations

import logging
from functools import cached_property
from typing import TYPE_CHECKING

from scrapy import Request
from scrapy.downloadermiddlewares.httpcache import HttpCacheMiddleware
from scrapy.http import Headers, Response

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from scrapy_c4.heads import HeadDownload

logger = logging.getLogger(__name__)

#: The method under which heads are stored: no answer to GET or HEAD may ever be taken for one, nor the other way round.
METHOD = "C4HEAD"
_REFUSED = "X-C4-Refused"


class NotCached(Exception):
    """``HTTPCACHE_IGNORE_MISSING`` is set, and the head is not in the cache."""


class HeadCache:
    """Heads in the storage of ``HttpCacheMiddleware``, by the rules of its policy, when ``HTTPCACHE_ENABLED`` is set.

    A head is the beginning of a page, so the middleware itself must not store it as the page.
    """

    def __init__(self, crawler: Crawler):
        self._crawler = crawler

    @cached_property
    def _storing(self) -> HttpCacheMiddleware | None:
        middleware: HttpCacheMiddleware | None = self._crawler.get_downloader_middleware(HttpCacheMiddleware)
        return middleware

    def _middleware(self, request: Request) -> HttpCacheMiddleware | None:
        middleware = self._storing
        return middleware if middleware and middleware.policy.should_cache_request(request) else None

    def retrieve(self, request: Request, download: HeadDownload) -> Response | None:
        """The stored answer to ``request``, with its head as body; what the head lacked goes to ``download``."""
        middleware = self._middleware(request)
        if middleware is None:
            return None
        key = _key(request)
        try:
            response: Response | None = middleware.storage.retrieve_response(self._crawler.spider, key)
        except Exception:
            logger.warning("Could not read the cached head of %s", request.url, exc_info=True)
            response = None
        if response is not None:
            response.flags.append("cached")
            if middleware.policy.is_cached_response_fresh(response, key):
                self._crawler.stats.inc_value("c4/preview/cache_count/hit")
                refused = response.headers.get(_REFUSED)
                download.refused = refused.decode("utf-8", "replace") if refused else None
                return response
        self._crawler.stats.inc_value("c4/preview/cache_count/miss")
        if middleware.ignore_missing:
            raise NotCached
        return None

    def store(self, request: Request, response: Response | None, download: HeadDownload) -> None:
        """Store the answer; ``response`` is None when there is no more to it than ``download.refused``."""
        middleware = self._middleware(request)
        if middleware is None:
            return
        if response is None:
            response = Response(request.url)
        headers = Headers(response.headers)
        # The head is stored as it was understood.
        headers.pop("Content-Encoding", None)
        headers.pop("Content-Length", None)
        if download.refused:
            headers[_REFUSED] = download.refused
        body = bytes(download.body) if download.received else response.body
        stored = Response(response.url, status=response.status, headers=headers, body=body)
        if middleware.policy.should_cache_response(stored, request):
            middleware.storage.store_response(self._crawler.spider, _key(request), stored)


def _key(request: Request) -> Request:
    return Request(request.url, method=METHOD, headers=request.headers)
