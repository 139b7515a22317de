"""Where a request may lead: nothing that a page of the public Internet says leads into a private network."""

from __future__ import annotations

import logging
from collections import OrderedDict
from typing import TYPE_CHECKING

from scrapy import signals
from scrapy.exceptions import IgnoreRequest, NotConfigured
from scrapy.http.request import NO_CALLBACK

from scrapy_c4.addresses import is_public_address, is_public_host
from scrapy_c4.extractors.urls import host_of
from scrapy_c4.startup import crawl_options

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Request, Response

    # typing.Self requires Python 3.11
    from typing_extensions import Self

logger = logging.getLogger(__name__)

#: Key of the meta of requests that a page of the public Internet led to. Plain data, so that it survives queues.
PUBLIC_ONLY = "c4_public_only"
MAX_HOSTS = 10_000


class PrivateNetworkError(IgnoreRequest):
    """``args``: a URL in a private network that a page of the public Internet led to."""

    def __str__(self) -> str:
        return (
            f"{self.args[0]} is in a private network, where pages of the public Internet do not lead "
            "(C4_ALLOW_PRIVATE_NETWORKS)"
        )


def refuse_private(request: Request) -> None:
    """Raises PrivateNetworkError if the request is marked and its host is, by itself, one of a private network."""
    if request.meta.get(PUBLIC_ONLY) and is_public_host(host_of(request.url) or "") is False:
        raise PrivateNetworkError(request.url)


def note_refusal(crawler: Crawler, error: PrivateNetworkError) -> None:
    crawler.stats.inc_value("c4/egress/refused_count")
    logger.warning("%s", error, extra={"spider": crawler.spider})


def led_here(response: Response, request: Request) -> bool:
    """Whether requests for what ``response`` links to have to be marked: it is no page of a private network.

    ``request`` is the one that ``response`` answers; while it is being downloaded, a response does not know it.
    """
    if is_public_host(host_of(response.url) or "") is False:
        return False
    return "proxy" in request.meta or response.ip_address is None or is_public_address(response.ip_address)


class EgressMiddleware:
    """Marks redirects from public pages, and refuses marked requests that lead into a private network.

    Requests that a spider makes are its own choice, whatever their address. Belongs before everything that sends
    requests by itself (order 40; RobotsTxtMiddleware has 100). Names are checked where they are resolved, in
    :class:`scrapy_c4.downloadhandlers.GuardedDownloadHandler`.
    """

    def __init__(self, crawler: Crawler):
        if crawl_options(crawler.settings).allow_private_networks:
            raise NotConfigured
        self._crawler = crawler
        #: Hosts whose names have led into a private network, hosts whose names have not, and hosts that marked requests
        #: were made to.
        self._private: OrderedDict[str, None] = OrderedDict()
        self._public: OrderedDict[str, None] = OrderedDict()
        self._marked: OrderedDict[str, None] = OrderedDict()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        middleware = cls(crawler)
        crawler.signals.connect(middleware.response_downloaded, signal=signals.response_downloaded)
        return middleware

    def response_downloaded(self, response: Response, request: Request) -> None:
        host = host_of(request.url)
        if not host or response.ip_address is None or request.meta.get(PUBLIC_ONLY):
            return
        # Marked requests never get as far as this in a private network, so it is the spider's choice.
        _remember(self._public if led_here(response, request) else self._private, host)

    def process_request(self, request: Request) -> None:
        host = host_of(request.url) or ""
        if not request.meta.get(PUBLIC_ONLY) and (
            self._is_led_away(request, host)
            # robots.txt is asked for on behalf of another request.
            or (host in self._marked and request.callback is NO_CALLBACK and request.url.endswith("/robots.txt"))
        ):
            request.meta[PUBLIC_ONLY] = True
        if not request.meta.get(PUBLIC_ONLY):
            return
        if host not in self._private:
            _remember(self._marked, host)
        try:
            refuse_private(request)
        except PrivateNetworkError as error:
            note_refusal(self._crawler, error)
            raise

    def _is_led_away(self, request: Request, host: str) -> bool:
        led_by = request.meta.get("redirect_urls")
        before = host_of(led_by[-1]) if led_by else None
        if before is None or is_public_host(before) is False:
            return False
        if before == host:
            # What its name stands for may have changed since.
            return host in self._public
        return before not in self._private


def _remember(hosts: OrderedDict[str, None], host: str) -> None:
    hosts[host] = None
    hosts.move_to_end(host)
    if len(hosts) > MAX_HOSTS:
        hosts.popitem(last=False)
