"""Plain HTTP for answers of which only the beginning is wanted: connections that read little at a time."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import h11
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.utils.httpobj import urlparse_cached
from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.endpoints import HostnameEndpoint, TCP4ClientEndpoint, TCP6ClientEndpoint, wrapClientTLS
from twisted.internet.error import TimeoutError as TxTimeoutError

from scrapy_c4._exchange import Exchange, ExchangeFactory, narrow

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from scrapy import Request
    from scrapy.http import Response

_scrapy_errors: Callable[[], AbstractContextManager[None]]
try:
    from scrapy.utils._download_handlers import wrap_twisted_exceptions as _scrapy_errors
except ImportError:  # Scrapy 2.14 has no errors of its own for those of Twisted
    _scrapy_errors = nullcontext


class SmallReadsHandler(HTTP11DownloadHandler):
    """Scrapy's HTTP handler on connections of its own; a short way for what most requests are."""

    def __init__(self, crawler: Any) -> None:
        super().__init__(crawler)
        self._crawler = crawler
        self._bound = bool(crawler.settings.get("DOWNLOAD_BIND_ADDRESS"))
        self._exchanges: type[ExchangeFactory] = ExchangeFactory
        self._pool._factory = _small_reads(self._pool._factory)

    async def download_request(self, request: Request) -> Response:
        meta = request.meta
        parts = urlparse_cached(request)
        if (
            request.method != "GET"
            or request.body
            or meta.get("proxy")
            or meta.get("bindaddress")
            or self._bound
            or "@" in parts.netloc
            or not parts.hostname
        ):
            return await super().download_request(request)
        response: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        try:
            exchange = Exchange(request, self._crawler, response)
            with _scrapy_errors():
                return await self._exchange(exchange, response, request)
        except h11.ProtocolError:
            # Scrapy's client is more lenient.
            return await super().download_request(request)

    async def _exchange(self, exchange: Exchange, response: asyncio.Future[Response], request: Request) -> Response:
        timeout: float = request.meta.get("download_timeout") or 10.0
        too_late = TxTimeoutError(f"Getting {request.url} took longer than {timeout} seconds.")  # type: ignore[no-untyped-call]
        timer = asyncio.get_running_loop().call_later(timeout, exchange.fail, too_late)
        connecting = self._endpoint(request, timeout).connect(self._exchanges(exchange))
        connecting.addErrback(lambda failure: exchange.fail(failure.value))
        try:
            return await response
        finally:
            timer.cancel()
            connecting.cancel()
            exchange.close()

    def _endpoint(self, request: Request, timeout: float) -> Any:
        from twisted.internet import reactor

        parts = urlparse_cached(request)
        host, tls = str(parts.hostname), parts.scheme == "https"
        port = parts.port or (443 if tls else 80)
        kind: Any = HostnameEndpoint  # looks names up, and tries one address after the other
        if isIPAddress(host):
            kind = TCP4ClientEndpoint
        elif isIPv6Address(host):
            kind = TCP6ClientEndpoint
        endpoint = kind(reactor, host, port, timeout)
        if not tls:
            return endpoint
        policy: Any = self._contextFactory
        return wrapClientTLS(policy.creatorForNetloc(host.encode("ascii"), port), endpoint)


def _small_reads(factory: Any) -> Any:
    class Factory(factory):  # type: ignore[misc]
        def buildProtocol(self, addr: Any) -> Any:
            protocol = super().buildProtocol(addr)
            make_connection = protocol.makeConnection

            def narrow_connection(transport: Any) -> None:
                narrow(transport)
                make_connection(transport)

            protocol.makeConnection = narrow_connection
            return protocol

    return Factory
