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
from twisted.web.http import _ChunkedTransferDecoder, _DataLoss, _MalformedChunkedDataError
from twisted.web.iweb import UNKNOWN_LENGTH

if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import Iterator

    from scrapy import Request
    from scrapy.crawler import Crawler

#: Bytes read from a socket at once. Twisted reads 64 KiB, several times the size of most heads.
READ_BYTES = 8 * 1024
#: The receive buffer of the kernel: what a server can send before anybody has read it.
BUFFER_BYTES = 32 * 1024
#: Bytes that the status line and the headers of an answer may have.
MAX_HEADER_BYTES = 64 * 1024
_status_line = re.compile(rb"HTTP/(\d)\.(\d) +(\d{3})(?: |\Z)")
_end_of_headers = re.compile(rb"\r?\n\r?\n")
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


class BadAnswer(Exception):
    """``args``: what is wrong with it."""


class Exchange(Protocol):
    """Sends ``request``, and sets ``response``: as Scrapy's own handler makes it, signals included."""

    transport: Any = None

    def __init__(self, request: Request, crawler: Crawler, response: Future[Response]) -> None:
        self._request = request
        self._crawler = crawler
        self._response = response
        self._began = monotonic()
        self._buffer = bytearray()
        self._closed = False
        self._in_body = False
        self._status = 0
        self._version = "HTTP/1.1"
        self._headers = Headers()
        #: Bytes of the body still to come; None when the answer does not say.
        self._left: int | None = None
        self._chunks: Any = None
        self._body = bytearray()
        self._max_size = int(request.meta.get("download_maxsize", crawler.settings.getint("DOWNLOAD_MAXSIZE")))

    def makeConnection(self, transport: Any) -> None:
        narrow(transport)
        super().makeConnection(transport)  # type: ignore[no-untyped-call]

    def connectionMade(self) -> None:
        if self._response.done():
            self.close()
        else:
            self.transport.write(_as_sent(self._request))

    def close(self) -> None:
        if self.transport is not None and not self._closed:
            self._closed = True
            self.transport.abortConnection()

    def fail(self, error: Exception) -> None:
        if not self._response.done():
            self._response.set_exception(error)
        self.close()

    def dataReceived(self, data: bytes) -> None:
        if self._response.done():  # TLS had some in its buffer
            return
        try:
            if self._in_body:
                self._take(data)
            else:
                searched = max(0, len(self._buffer) - 3)
                self._buffer += data
                self._read_headers(searched)
        except BadAnswer as error:
            self.fail(_failed(error))
        except _MalformedChunkedDataError as error:
            self._lose(error)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._closed = True
        if self._response.done():
            return
        if not self._in_body:
            self._response.set_exception(ResponseFailed([reason]))  # type: ignore[no-untyped-call]
        elif self._left is None and self._chunks is None:
            self._finish(flags=["partial"])
        else:
            self._lose(_DataLoss())

    def _lose(self, error: Exception) -> None:
        """The rest of the body is lost."""
        setting = self._crawler.settings.getbool("DOWNLOAD_FAIL_ON_DATALOSS")
        if self._request.meta.get("download_fail_on_dataloss", setting):
            self.fail(_failed(error))
        else:
            self._finish(flags=["dataloss"])

    def _read_headers(self, searched: int) -> None:
        while True:
            end = _end_of_headers.search(self._buffer, searched)
            if (end.start() if end else len(self._buffer)) > MAX_HEADER_BYTES:
                raise BadAnswer(f"more than {MAX_HEADER_BYTES} bytes of headers")
            if end is None:
                return
            first, *lines = bytes(self._buffer[: end.start()]).replace(b"\r\n", b"\n").split(b"\n")
            del self._buffer[: end.end()]
            found = _status_line.match(first)
            if found is None:
                raise BadAnswer(f"no HTTP/1: {first[:50]!r}")
            self._status = int(found[3])
            if self._status >= 200 or self._status == 101:
                break
            searched = 0
        self._version = f"HTTP/{int(found[1])}.{int(found[2])}"
        self._understand(lines)
        self._in_body = True
        self._request.meta["download_latency"] = monotonic() - self._began
        length = UNKNOWN_LENGTH if self._left is None else self._left
        stop = self._ask(signals.headers_received, headers=self._headers, body_length=length)
        if stop is not None or self._left == 0:
            self._finish(stop=stop)
            return
        if self._max_size and (self._left or 0) > self._max_size:
            self._fail_for_size(self._left)
            return
        data, self._buffer = bytes(self._buffer), bytearray()
        if data:
            self._take(data)

    def _understand(self, lines: list[bytes]) -> None:
        """Take the headers, and what they say about the length of the body."""
        lengths, coding = set(), b""
        for name, value in _fields(lines):
            lower = name.lower()
            if lower == b"content-length":
                lengths.add(value)
            elif lower == b"transfer-encoding":
                coding = value.lower()
            if lower not in _OF_CONNECTION:
                self._headers.appendlist(name, value)
        if self._status in (204, 304):
            self._headers[b"Content-Length"] = b"0"
            self._left = 0
        elif coding.rpartition(b",")[2].strip() == b"chunked":
            self._headers.pop(b"Content-Length", None)
            self._chunks = _ChunkedTransferDecoder(self._took, lambda rest: self._finish())
        elif lengths:
            length = lengths.pop()
            if lengths or not length.isdigit():
                raise BadAnswer("no telling how long it is: Content-Length")
            self._headers[b"Content-Length"] = length
            self._left = int(length)

    def _take(self, data: bytes) -> None:
        if self._chunks is not None:
            self._chunks.dataReceived(data)
        elif self._left is None:
            self._took(data)
        else:
            data = data[: self._left]
            self._left -= len(data)
            self._took(data)
            if not self._left:
                self._finish()

    def _took(self, data: bytes) -> None:
        if self._response.done():
            return
        self._body += data
        stop = self._ask(signals.bytes_received, data=data)
        if stop is not None:
            self._finish(stop=stop)
        elif self._max_size and len(self._body) > self._max_size:
            self._fail_for_size(len(self._body))

    def _fail_for_size(self, size: int | None) -> None:
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


def _as_sent(request: Request) -> bytes:
    parts = urlparse_cached(request)
    target = (parts.path or "/") + (f";{parts.params}" if parts.params else "")
    target += f"?{parts.query}" if parts.query else ""
    lines = [f"GET {target} HTTP/1.1".encode("ascii")]
    if b"Host" not in request.headers:
        default = f":{443 if parts.scheme == 'https' else 80}"
        lines.append(b"Host: " + parts.netloc.removesuffix(default).encode("ascii"))
    for name, values in request.headers.items():
        if name != b"Connection":
            lines += [name + b": " + _breaks.sub(b" ", value) for value in values]
    lines += [b"Connection: close", b"", b""]
    return b"\r\n".join(lines)


def _fields(lines: list[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Names and values. Lines without a colon are left out, as browsers do."""
    whole: list[bytes] = []
    for line in lines:
        if line[:1] in (b" ", b"\t") and whole:
            whole[-1] += b" " + line.strip()
        else:
            whole.append(line)
    for line in whole:
        name, colon, value = line.partition(b":")
        if colon:
            yield name.strip(), value.strip()


def _failed(error: Exception) -> ResponseFailed:
    return ResponseFailed([Failure(error)])  # type: ignore[no-untyped-call]
