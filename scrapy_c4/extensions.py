"""LinkPreview: fetches the heads of linked pages through the crawl's own downloader."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from functools import partial
from itertools import count
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag

from scrapy import Request, signals
from scrapy.exceptions import IgnoreRequest, NotConfigured, StopDownload
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.python import global_object_name

from scrapy_c4.addresses import is_public_address, is_public_host, is_public_page
from scrapy_c4.extractors.head import parse_head
from scrapy_c4.extractors.urls import host_of, resolve
from scrapy_c4.head_cache import HeadCache, NotCached
from scrapy_c4.heads import HeadDownload
from scrapy_c4.preview_cache import PreviewCache
from scrapy_c4.preview_downloads import META_KEY, PreviewDownloads
from scrapy_c4.security import PUBLIC_ONLY, PrivateNetworkError
from scrapy_c4.startup import crawl_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scrapy.crawler import Crawler
    from scrapy.http import Headers, Response

    # typing.Self requires Python 3.11
    from typing_extensions import Self

    from scrapy_c4.items import LinkItem
    from scrapy_c4.options import LinkPreviewConfig

logger = logging.getLogger(__name__)

MAX_REDIRECTS = 5
#: Time-outs in a row after which a host counts as dead for a while.
DEAD_AFTER = 3
DEAD_SECONDS = 60.0
#: Failures that say nothing of the page.
_UNTRIED = frozenset(["dead_host", "stopping"])
_BARE_HEADERS = frozenset([b"Accept", b"Accept-Language", b"User-Agent", b"Accept-Encoding"])


@dataclass(frozen=True)
class Preview:
    """What became of one head: ``status`` is ``valid`` or ``failed`` (then ``error`` says why)."""

    status: str
    error: str | None = None
    head_data: dict[str, Any] | None = None


class _Failed(Exception):
    """``args``: the message for the item, the short name for stats."""


class LinkPreview:
    """Owns the previews of a crawl: one fetch per URL, a limit on how many run at once, deadlines, stats.

    Heads go through the downloader middlewares, so robots.txt, delays, AutoThrottle and proxies govern them. They
    carry no cookies and no credentials, and they never lead from a public page into a private network.
    """

    def __init__(self, crawler: Crawler):
        self._options = crawl_options(crawler.settings)
        if not self._options.enabled:
            raise NotConfigured
        self._crawler = crawler
        self._withheld_headers = {
            name: None
            for name in map(str.title, crawler.settings.getdict("DEFAULT_REQUEST_HEADERS"))
            if name.encode() not in _BARE_HEADERS
        } | {"Authorization": None}
        self._cache = PreviewCache()
        self._http_cache = HeadCache(crawler)
        self._running: dict[str, asyncio.Task[Preview]] = {}
        self._limits: dict[int, asyncio.Semaphore] = {}
        self._downloader = PreviewDownloads(crawler)
        self._downloads: dict[int, HeadDownload] = {}
        self._keys = count(1)
        self._timeouts: dict[str, tuple[int, float]] = {}
        self._public_names: dict[str, bool] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        extension = cls(crawler)
        crawler.signals.connect(extension.headers_received, signal=signals.headers_received)
        crawler.signals.connect(extension.bytes_received, signal=signals.bytes_received)
        crawler.signals.connect(extension.spider_closed, signal=signals.spider_closed)
        return extension

    def spider_closed(self) -> None:
        self._cache.close()

    async def preview(
        self, links: Sequence[LinkItem], config: LinkPreviewConfig, page_url: str, proxy: str | None = None
    ) -> None:
        """Fill the head fields of ``links``. Never raises for what the network does."""
        looks = [self._look(link.href, page_url, config.timeout, config.concurrency, proxy) for link in links]
        running = []
        for link, look in zip(links, looks, strict=True):
            if isinstance(look, Preview):
                self._fill(link, config, look)
            else:
                look.add_done_callback(partial(self._fill_later, link, config))
                running.append(look)
        if running:
            await asyncio.wait(running)  # other pages may want them even if this one does not any more
            for task in running:
                task.result()

    def _fill_later(self, link: LinkItem, config: LinkPreviewConfig, task: asyncio.Task[Preview]) -> None:
        if not task.cancelled() and task.exception() is None:
            self._fill(link, config, task.result())

    def _fill(self, link: LinkItem, config: LinkPreviewConfig, preview: Preview) -> None:
        link.head_extraction_status = preview.status
        link.head_extraction_error = preview.error
        link.head_data = preview.head_data
        logger.log(
            logging.INFO if config.verbose else logging.DEBUG,
            "Preview of %(url)s: %(status)s%(error)s",
            {"url": link.href, "status": preview.status, "error": f" ({preview.error})" if preview.error else ""},
            extra={"spider": self._crawler.spider},
        )

    async def fetch(
        self, url: str, page_url: str, timeout: float = 5.0, concurrency: int = 10, proxy: str | None = None
    ) -> Preview:
        """The preview of ``url``, seen from ``page_url``; asked for again, the same preview without a new fetch."""
        look = self._look(url, page_url, timeout, concurrency, proxy)
        return look if isinstance(look, Preview) else await asyncio.shield(look)

    def _look(
        self, url: str, page_url: str, timeout: float, concurrency: int, proxy: str | None
    ) -> Preview | asyncio.Task[Preview]:
        """The preview, if it is known; else the task that fetches it."""
        url = urldefrag(url).url
        # What a page on a private network may see is not for pages of the public Internet.
        scope = "public" if is_public_page(page_url) else "any"
        key = f"{scope} {url}"
        cached = self._cache.get(key)
        if cached is not None:
            return Preview(**cached)
        task = self._running.get(key)
        if task is None:
            limit = self._limits.setdefault(concurrency, asyncio.Semaphore(concurrency))
            task = asyncio.ensure_future(self._fetch(key, url, scope == "public", timeout, limit, proxy))
            self._running[key] = task
        return task

    async def _fetch(
        self, key: str, url: str, public_only: bool, timeout: float, limit: asyncio.Semaphore, proxy: str | None
    ) -> Preview:
        stats = self._crawler.stats
        name = None
        try:
            async with limit:
                head_data = await self._follow(url, public_only, timeout, proxy)
            preview = Preview("valid", head_data=head_data)
        except _Failed as failure:
            message, name = failure.args
            preview = Preview("failed", message)
            stats.inc_value(f"c4/preview/failure_count/{name}")
        finally:
            del self._running[key]
        stats.inc_value(f"c4/preview/status_count/{preview.status}")
        if name not in _UNTRIED:
            self._cache.set(key, vars(preview))
        return preview

    async def _follow(self, url: str, public_only: bool, timeout: float, proxy: str | None) -> dict[str, Any]:
        for _ in range(MAX_REDIRECTS + 1):
            if not self._crawler.crawling:
                raise _Failed("the crawl is stopping", "stopping")
            host = host_of(url) or ""
            failures, since = self._timeouts.get(host, (0, 0.0))
            if failures >= DEAD_AFTER and monotonic() - since < DEAD_SECONDS:
                raise _Failed(f"timeout: {host} did not answer {failures} times in a row", "dead_host")
            if public_only and not await self._is_public(host, bool(proxy)):
                raise _Failed("private network: a public page links there", "private_network")
            download = HeadDownload()
            response = await self._download(url, download, host, max(timeout, 0.05), proxy, public_only)
            if response.status in (301, 302, 303, 307, 308) and b"Location" in response.headers:
                target = resolve(url, (response.headers[b"Location"] or b"").decode("utf-8", "replace").strip())
                if target is None or not target.startswith(("http://", "https://")):
                    raise _Failed("redirect to no http(s) URL", "redirect")
                url = urldefrag(target).url
                timeout -= download.seconds
                continue
            if not 200 <= response.status < 300:
                raise _Failed(f"status {response.status}", f"status_{response.status}")
            if download.refused:
                raise _refused(download.refused)
            content_type = (response.headers.get(b"Content-Type") or b"").decode("latin-1") or None
            body, is_complete = response.body, None
            if download.received:
                body, is_complete = bytes(download.body), download.is_complete
            return parse_head(body, url=url, content_type=content_type, is_complete=is_complete)
        raise _Failed(f"more than {MAX_REDIRECTS} redirects", "redirect")

    async def _download(
        self, url: str, download: HeadDownload, host: str, timeout: float, proxy: str | None, public_only: bool
    ) -> Response:
        key = next(self._keys)
        request = Request(
            url,
            headers={
                **self._withheld_headers,
                "Accept": "text/html,application/xhtml+xml",
                "Accept-Encoding": "identity",
            },
            callback=NO_CALLBACK,
            dont_filter=True,
            meta={
                META_KEY: key,
                "c4_small_reads": True,
                "allow_offsite": True,
                "dont_merge_cookies": True,
                "dont_redirect": True,
                "dont_retry": True,
                "dont_cache": True,
                "download_timeout": timeout,
                **({"proxy": proxy} if proxy else {}),
                **({PUBLIC_ONLY: True} if public_only else {}),
            },
        )
        try:
            cached = self._http_cache.retrieve(request, download)
        except NotCached:
            raise _Failed("not in the HTTP cache", "not_cached") from None
        if cached is not None:
            return cached
        self._downloads[key] = download
        self._crawler.stats.inc_value("c4/preview/request_count")
        try:
            response = await self._downloader.download(request, host, timeout)
        except PrivateNetworkError:
            raise _Failed("private network: a public page links there", "private_network") from None
        except IgnoreRequest as error:
            reason = "robots" if "robots" in str(error).lower() else "ignored"
            raise _Failed(str(error) or "ignored by a downloader middleware", reason) from None
        except asyncio.TimeoutError:
            self._note_timeout(host)
            raise _Failed("timeout", "timeout") from None
        except Exception as error:
            if download.refused:  # what came after does not matter
                self._http_cache.store(request, None, download)
                raise _refused(download.refused) from None
            name = global_object_name(error.__class__)
            if "timeout" in name.lower():
                self._note_timeout(host)
                raise _Failed("timeout", "timeout") from None
            raise _Failed(f"{name.rpartition('.')[2]}: {error}"[:300], "download") from None
        finally:
            del self._downloads[key]
            self._crawler.stats.inc_value("c4/preview/received_bytes", download.received)
        download.seconds = request.meta.get("download_latency", 0.0)
        if download.answered is not None:
            download.seconds += monotonic() - download.answered
        self._timeouts.pop(host, None)
        self._http_cache.store(request, response, download)
        return response

    def _note_timeout(self, host: str) -> None:
        self._timeouts[host] = (self._timeouts.get(host, (0, 0.0))[0] + 1, monotonic())

    async def _is_public(self, host: str, by_proxy: bool) -> bool:
        if self._options.allow_private_networks:
            return True
        public = is_public_host(host)
        if public is not None:
            return public
        if by_proxy:  # the proxy resolves the name
            return True
        known = self._public_names.get(host)
        if known is None:
            try:
                found = await asyncio.wait_for(asyncio.get_running_loop().getaddrinfo(host, None), 5)
            except (OSError, UnicodeError, asyncio.TimeoutError):
                return True  # the download will say what is wrong
            known = all(is_public_address(str(entry[4][0]).partition("%")[0]) for entry in found)
            if len(self._public_names) > 10_000:
                self._public_names.clear()
            self._public_names[host] = known
        return known

    def headers_received(self, headers: Headers, request: Request) -> None:
        key = request.meta.get(META_KEY)
        if key is None:
            return
        download = self._downloads.get(key)
        if download is None:  # too late: nobody waits for it any more
            raise StopDownload
        download.answered = monotonic()
        if download.headers(headers):
            raise StopDownload(fail=False)

    def bytes_received(self, data: bytes, request: Request) -> None:
        download = self._downloads.get(request.meta.get(META_KEY, 0))
        if download is not None and download.feed(data):
            raise StopDownload(fail=False)


def _refused(why: str) -> _Failed:
    return _Failed(why, "not_html" if why.startswith("not HTML") else "encoding")
