"""Downloader middleware: which requests a browser answers, and what it does for them."""

from __future__ import annotations

import logging
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import IgnoreRequest, NotConfigured
from scrapy.http import Headers, HtmlResponse, Response, TextResponse
from scrapy.http.request import NO_CALLBACK
from scrapy.linkextractors import IGNORED_EXTENSIONS
from scrapy.responsetypes import responsetypes
from scrapy.utils.misc import build_from_crawler
from scrapy.utils.url import url_has_any_extension

from scrapy_c4.browser.plan import Plan
from scrapy_c4.options import OptionError, Options
from scrapy_c4.rendering import Wiring
from scrapy_c4.responses import RenderedResponse

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Request

    # typing.Self requires Python 3.11
    from typing_extensions import Self

    from scrapy_c4.autorender import AutoRender

logger = logging.getLogger(__name__)

#: Why the next visit of a request is made as it is: PLAIN, or the reason why a browser makes it. Internal; gone from
#: the meta that spiders see.
DECISION = "c4_render"
PLAIN = "plain"
#: The flag of answers that GuardedDownloadHandler gives as they are, because they are no HTML.
RAW = "c4-raw"
#: The flag of pages that it has read before they were complete.
PARTIAL = "c4-partial"
#: URLs that look like files are fetched without the browser first. Those that turn out to be HTML get it then.
_FILES = frozenset("." + extension for extension in IGNORED_EXTENSIONS)


class InvalidOptions(IgnoreRequest, OptionError):
    """The options of a request are wrong."""


class RenderError(IgnoreRequest):
    """A browser could not make the page; the message says why."""


class RenderMiddleware:
    """Decides which requests a browser answers, and hands it one page action.

    Belongs next to the downloader (order 950): behind the HTTP cache, and before everything that may store or retry a
    request, so that what is not plain data is only in ``Request.meta`` while the download handler has it.
    """

    def __init__(self, crawler: Crawler):
        self._options = Options.from_settings(crawler.settings)
        if not self._options.enabled:
            raise NotConfigured
        self._crawler = crawler
        self._stats = crawler.stats
        self._max_size = crawler.settings.getint("DOWNLOAD_MAXSIZE")
        self._navigation_timeout = crawler.settings.getfloat("PLAYWRIGHT_DEFAULT_NAVIGATION_TIMEOUT")
        self._plan = Plan.from_options(self._options)
        self._wirings: WeakKeyDictionary[Request, Wiring] = WeakKeyDictionary()
        self._warned_of_handler = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    @cached_property
    def _auto(self) -> AutoRender:
        from scrapy_c4.autorender import AutoRender

        return build_from_crawler(AutoRender, self._crawler)

    @cached_property
    def _decompressor(self) -> HttpCompressionMiddleware | None:
        try:
            return build_from_crawler(HttpCompressionMiddleware, self._crawler)
        except NotConfigured:
            return None

    def process_request(self, request: Request) -> None:
        try:
            options = self._options.merged(request.meta.get("c4"))
        except OptionError as error:
            self._stats.inc_value("c4/render/invalid_options_count")
            logger.error("%s: %s", request, error, extra={"spider": self._crawler.spider})
            raise InvalidOptions(str(error)) from None
        if not self._wants_browser(request, options):
            return
        plan = self._plan if options is self._options else Plan.from_options(options)
        wiring = Wiring(
            plan,
            options,
            max_size=self._max_size_of(request),
            navigation_timeout=self._navigation_timeout,
        )
        wiring.attach(request)
        self._wirings[request] = wiring
        self._stats.inc_value("c4/render/browser_count")

    def process_response(self, request: Request, response: Response) -> Request | Response:
        wiring = self._wirings.pop(request, None)
        decision = request.meta.pop(DECISION, None)
        if wiring is None:
            return response if decision else self._checked_plain(request, response)
        wiring.detach(request)
        if RAW in response.flags:
            # The handler has seen by itself that it is no page.
            self._stats.inc_value("c4/render/not_html_count")
            return response
        if "playwright" not in response.flags:
            self._warn_of_handler(request)
            return response
        if not wiring.was_page:
            return self._not_a_page(request, response, wiring)
        capture, failure = wiring.capture, wiring.failure
        if failure is not None and (failure["type"] != "PageUnresponsive" or not response.body):
            raise self._failed(request, failure["type"], f"{failure['action']}: {failure['message']}")
        if capture is None:
            return response
        if PARTIAL in response.flags and not any(error["action"] == "load" for error in capture.errors):
            capture.add_error("load", "the page had not finished loading", "Partial")
        for error in capture.errors:
            self._stats.inc_value(f"c4/render/action_error_count/{error['action']}")
        if capture.removed:
            self._stats.inc_value("c4/render/removed_overlay_count", len(capture.removed))
        changes: dict[str, Any] = {"capture": capture}
        if capture.status is not None and capture.status != response.status:
            # A script led to another document than the one the handler saw.
            changes["status"] = capture.status
        if not isinstance(response, TextResponse):
            changes["encoding"] = "utf-8"
        return response.replace(cls=RenderedResponse, **changes)

    def process_exception(self, request: Request, exception: Exception) -> Request | None:
        wiring = self._wirings.pop(request, None)
        request.meta.pop(DECISION, None)
        if wiring is None:
            return None
        wiring.detach(request)
        if not wiring.was_page and wiring.may_fetch_again(request):
            return self._again(request, PLAIN)
        return None

    def _may_render(self, request: Request, options: Options) -> bool:
        meta = request.meta
        return (
            options.enabled
            and options.render != "never"
            and meta.get(DECISION) != PLAIN
            and not meta.get("c4_preview")
            and meta.get("playwright") is not False
            and request.method != "HEAD"
            and urlsplit(request.url).scheme in ("http", "https")
            # What components fetch for themselves: robots.txt, files of media pipelines.
            and (request.callback is not NO_CALLBACK or bool(meta.get("c4")))
        )

    def _wants_browser(self, request: Request, options: Options) -> bool:
        if not self._may_render(request, options):
            return False
        if request.meta.get(DECISION) or request.meta.get("playwright"):
            return True
        if url_has_any_extension(request.url, _FILES):
            return False
        return options.render == "always" or self._auto.wants_browser(request, options) is True

    def _checked_plain(self, request: Request, response: Response) -> Request | Response:
        """A response that was fetched without the browser, or the request again when a browser has to make it."""
        try:
            options = self._options.merged(request.meta.get("c4"))
        except OptionError:
            return response
        if not self._may_render(request, options) or "cached" in response.flags or not 200 <= response.status < 300:
            return response
        if options.render == "always" and not url_has_any_extension(request.url, _FILES):
            return response  # another middleware has made it
        if self._decompressor is not None:
            # Here the body still is as it was sent; later components find it decoded.
            decoded = self._decompressor.process_response(request=request, response=response)
            if isinstance(decoded, Response):
                response = decoded
        if not isinstance(response, HtmlResponse):
            return response
        reason: str | None = "html"
        if options.render == "auto":
            reason = self._auto.needs_browser(response, options)
        if reason is None:
            return response
        self._stats.inc_value(f"c4/render/again_count/{reason}")
        return self._again(request, reason)

    def _not_a_page(self, request: Request, response: Response, wiring: Wiring) -> Request | Response:
        """What the browser got instead of HTML, as what it is, not as the browser shows it."""
        self._stats.inc_value("c4/render/not_html_count")
        body = response.body if "playwright_suggested_filename" in request.meta else wiring.body
        if body is None:
            if wiring.may_fetch_again(request):
                return self._again(request, PLAIN)
            raise self._failed(request, "NoBody", "the answer is not HTML, and the browser did not give its body")
        max_size = self._max_size_of(request)
        if max_size and len(body) > max_size:
            raise self._failed(request, "TooLarge", f"{len(body)} bytes are more than DOWNLOAD_MAXSIZE ({max_size})")
        headers = Headers(wiring.headers) if wiring.headers else response.headers
        cls = responsetypes.from_args(headers=headers, url=response.url, body=body)
        kwargs: dict[str, Any] = {}
        if issubclass(cls, TextResponse) and wiring.body is not None and _is_utf8(body):
            # The browser decodes text, whatever its headers say of the encoding.
            kwargs["encoding"] = "utf-8"
        return cls(
            response.url, response.status, headers, body, flags=response.flags, request=request,
            ip_address=response.ip_address, **kwargs,
        )  # fmt: skip

    def _failed(self, request: Request, kind: str, message: str) -> RenderError:
        self._stats.inc_value(f"c4/render/failed_count/{kind}")
        logger.error("%s: no page: %s", request, message, extra={"spider": self._crawler.spider})
        return RenderError(message)

    def _max_size_of(self, request: Request) -> int:
        return int(request.meta.get("download_maxsize", self._max_size))

    def _again(self, request: Request, decision: str) -> Request:
        return request.replace(dont_filter=True, meta={**request.meta, DECISION: decision})

    def _warn_of_handler(self, request: Request) -> None:
        self._stats.inc_value("c4/render/no_browser_count")
        if not self._warned_of_handler:
            self._warned_of_handler = True
            logger.warning(
                "%s was not rendered: the download handler of %s:// knows no browser (DOWNLOAD_HANDLERS). "
                "No more such warnings.",
                request,
                urlsplit(request.url).scheme,
                extra={"spider": self._crawler.spider},
            )


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
