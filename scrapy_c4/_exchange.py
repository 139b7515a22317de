"""HTTP/1.1 for answers of which only the beginning is wanted: one GET on one connection that reads little at a time.

Scrapy's client is made for whole answers and for connections that are used again. What that takes costs more than all
the rest of a download that is left after its first kilobytes.
"""

from __future__ import annotations

import re
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address
from time import monotonic
from typing import TYPE_CHECKING, Any

import h11
from scrapy import signals
from scrapy.exceptions import StopDownload
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes
from scrapy.utils.httpobj import urlparse_cached
from twisted.internet.defer import CancelledError
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.internet.ssl import Certificate
from twisted.python.failure import Failure
from twisted.web.client import ResponseFailed
from twisted.web.http import _DataLoss
from twisted.web.iweb import UNKNOWN_LENGTH

if TYPE_CHECKING:
    from asyncio import Future

    from scrapy import Request
    from scrapy.crawler import Crawler

#: Bytes read from a socket at once. Twisted reads 64 KiB, several times the size of most heads.
READ_BYTES = 8 * 1024
#: The receive buffer of the kernel: what a server can send before anybody has read it.
BUFFER_BYTES = 32 * 1024
#: Bytes that the status line and the headers of an answer may have.
MAX_HEADER_BYTES = 64 * 1024
_breaks = re.compile(rb"[\r\n]+")
#: Headers about the connection, which Scrapy's client keeps to itself as well.
_OF_CONNECTION = frozenset(
    [b"connection", b"keep-alive", b"te", b"trailers", b"transfer-encoding", b"upgrade", b"proxy-connection"]
)


def narrow(transport: Any) -> None:
    """Have a connection read little at a time."""
    tcp = getattr(transport, "transport", transport)  # TLS wraps the connection
    tcp.bufferSize = READ_BYTES
    tcp.getHandle().setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)


class Exchange(Protocol):
    """Sends ``request``, and sets ``response``: as Scrapy's own handler makes it, signals included.

    Raises :exc:`h11.LocalProtocolError` for a request that HTTP does not allow; the response fails with
    :exc:`h11.RemoteProtocolError` for headers that it does not.
    """

    transport: Any = None

    def __init__(self, request: Request, crawler: Crawler, response: Future[Response]) -> None:
        self._request = request
        self._crawler = crawler
        self._response = response
        self._began = monotonic()
        self._closed = False
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEADER_BYTES)
        self._sent = b"".join(self._http.send(event) or b"" for event in (_as_sent(request), h11.EndOfMessage()))
        self._status = 0
        self._version = ""
        self._headers = Headers()
        self._ends_with_connection = False
        self._body = bytearray()
        self._max_size = int(request.meta.get("download_maxsize", crawler.settings.getint("DOWNLOAD_MAXSIZE")))

    def makeConnection(self, transport: Any) -> None:
        narrow(transport)
        super().makeConnection(transport)  # type: ignore[no-untyped-call]

    def connectionMade(self) -> None:
        if self._response.done():
            self.close()
        else:
            self.transport.write(self._sent)

    def close(self) -> None:
        if self.transport is not None and not self._closed:
            self._closed = True
            self.transport.abortConnection()

    def fail(self, error: Exception) -> None:
        if not self._response.done():
            self._response.set_exception(error)
        self.close()

    def dataReceived(self, data: bytes) -> None:
        if not self._response.done():  # TLS had some in its buffer
            self._receive(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._closed = True
        if self._status and not self._response.done():
            self._receive(b"")
        if not self._response.done():
            self._response.set_exception(ResponseFailed([reason]))  # type: ignore[no-untyped-call]

    def _receive(self, data: bytes) -> None:
        try:
            self._http.receive_data(data)
            while not self._response.done():
                event = self._http.next_event()
                if isinstance(event, h11.Response):
                    self._answered(event)
                elif isinstance(event, h11.Data):
                    self._took(bytes(event.data))
                elif isinstance(event, h11.EndOfMessage):
                    self._finish(flags=["partial"] if self._ends_with_connection else None)
                elif not isinstance(event, h11.InformationalResponse):
                    return  # there is nothing more for now
        except h11.RemoteProtocolError as error:
            self._lose(error)

    def _lose(self, error: Exception) -> None:
        """The rest of the answer is lost."""
        setting = self._crawler.settings.getbool("DOWNLOAD_FAIL_ON_DATALOSS")
        if not self._status:
            self.fail(error)  # others may understand it
        elif self._request.meta.get("download_fail_on_dataloss", setting):
            self.fail(_failed(_DataLoss()))
        else:
            self._finish(flags=["dataloss"])

    def _answered(self, answer: h11.Response) -> None:
        self._status, self._version = answer.status_code, f"HTTP/{answer.http_version.decode()}"
        framing = {}
        for name, value in answer.headers:
            if name in (b"content-length", b"transfer-encoding"):
                framing[name] = value
            if name not in _OF_CONNECTION:
                self._headers.appendlist(name, value)
        length: int | str = UNKNOWN_LENGTH
        if answer.status_code in (204, 304):
            length = 0
            self._headers[b"Content-Length"] = b"0"
        elif b"transfer-encoding" in framing:
            self._headers.pop(b"Content-Length", None)
        elif b"content-length" in framing:
            length = int(framing[b"content-length"])
        else:
            self._ends_with_connection = True
        self._request.meta["download_latency"] = monotonic() - self._began
        stop = self._ask(signals.headers_received, headers=self._headers, body_length=length)
        if stop is not None:
            self._finish(stop=stop)
        elif self._max_size and isinstance(length, int) and length > self._max_size:
            self._fail_for_size(length)

    def _took(self, data: bytes) -> None:
        self._body += data
        stop = self._ask(signals.bytes_received, data=data)
        if stop is not None:
            self._finish(stop=stop)
        elif self._max_size and len(self._body) > self._max_size:
            self._fail_for_size(len(self._body))

    def _fail_for_size(self, size: int) -> None:
        self.fail(CancelledError(f"{size} bytes are more than DOWNLOAD_MAXSIZE ({self._max_size})"))

    def _ask(self, signal: object, **news: Any) -> StopDownload | None:
        """Tell the news, and whether anybody has heard enough."""
        told = self._crawler.signals.send_catch_log(
            signal=signal, request=self._request, spider=self._crawler.spider, **news
        )
        for _, result in told:
            if isinstance(result, Failure) and isinstance(result.value, StopDownload):
                return result.value
        return None

    def _finish(self, *, stop: StopDownload | None = None, flags: list[str] | None = None) -> None:
        if self._response.done():
            return
        url, body = self._request.url.partition("#")[0], bytes(self._body)
        cls = responsetypes.from_args(headers=self._headers, url=url, body=body)
        response = cls(
            url,
            self._status,
            self._headers,
            body,
            flags=[*(flags or []), *(["download_stopped"] if stop else [])],
            certificate=self._certificate(),
            ip_address=self._ip_address(),
            protocol=self._version,
        )
        if stop is not None and stop.fail:
            stop.response = response
            self._response.set_exception(stop)
        else:
            self._response.set_result(response)
        self.close()

    def _certificate(self) -> Certificate | None:
        peer = getattr(self.transport, "getPeerCertificate", None)
        return Certificate(peer()) if peer is not None else None  # type: ignore[no-untyped-call]

    def _ip_address(self) -> IPv4Address | IPv6Address:
        return ip_address(self.transport.getPeer().host)


class ExchangeFactory(Factory):
    noisy = False

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def buildProtocol(self, addr: Any) -> Exchange:
        return self._exchange


def _as_sent(request: Request) -> h11.Request:
    parts = urlparse_cached(request)
    target = (parts.path or "/") + (f";{parts.params}" if parts.params else "")
    target += f"?{parts.query}" if parts.query else ""
    headers = [
        (name, _breaks.sub(b" ", value))
        for name, values in request.headers.items()
        if name != b"Connection"
        for value in values
    ]
    if b"Host" not in request.headers:
        default = f":{443 if parts.scheme == 'https' else 80}"
        headers.insert(0, (b"Host", parts.netloc.removesuffix(default).encode("ascii")))
    return h11.Request(method="GET", target=target, headers=[*headers, (b"Connection", b"close")])


def _failed(error: Exception) -> ResponseFailed:
    return ResponseFailed([Failure(error)])  # type: ignore[no-untyped-call]
