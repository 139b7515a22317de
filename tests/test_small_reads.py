"""The short way to the beginning of an answer gives what Scrapy's own way gives."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import scrapy
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.project import Project

ANSWERS = {
    "length": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\nX-A: 1\r\nX-A: 2\r\n\r\nhello, more",
    "none": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "no-content": b"HTTP/1.1 204 No Content\r\n\r\n",
    "until-close": b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<title>until the end",
    "chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n",
    "bad-chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n",
    "cut-chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n wo",
    "cut": b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello",
    "two-lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    "bad-length": b"HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nhello",
    "interim": b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "lines": b"HTTP/1.1 200 OK\nno colon here\nX-Folded: a\n b\nContent-Length: 5\n\nhello",
    "folded": b"HTTP/1.1 200 OK\nX-Folded: a\n b\nContent-Length: 5\n\nhello",
    "no-reason": b"HTTP/1.1 404\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nhello",
    "redirect": b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 5\r\n\r\nhello",
    "garbage": b"<title>no HTTP at all</title>\r\n\r\n",
    "nothing": b"",
    "half-headers": b"HTTP/1.1 200 OK\r\nX-A: 1\r\n",
    "too-large": b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + b"x" * 2000,
    "grows-large": b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 2000,
    "pdf": b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\nContent-Length: 4\r\n\r\n%PDF",
    "long": b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n" + b"y" * 900,
}
SPIDER = """
from scrapy import signals
from scrapy.exceptions import StopDownload
class T(scrapy.Spider):
    name = "t"
    custom_settings = {"DOWNLOAD_MAXSIZE": 1000}
    async def start(self):
        self.crawler.signals.connect(self.heard, signal=signals.headers_received)
        self.crawler.signals.connect(self.got, signal=signals.bytes_received)
        self.said = {}
        for n, path in enumerate(self.paths.split()):
            for small in (False, True):
                yield scrapy.Request(
                    f"{self.url}/{path};p?q=1#part", dont_filter=True, callback=self.parse, errback=self.failed,
                    headers={"X-Two": ["1", "2"], "X-Break": "a\\r\\nX-B: b", "User-Agent": None},
                    cb_kwargs={"path": path, "small": small},
                    meta={"c4_small_reads": small, "dont_redirect": True, "handle_httpstatus_all": True,
                          "download_timeout": 1 if path == "silent" else 20},
                )
    def heard(self, headers, body_length, request):
        said = self.said.setdefault(request, {"headers": dict(headers.to_unicode_dict()), "length": body_length})
        if "/stop-headers" in request.url:
            raise StopDownload(fail=False)
    def got(self, data, request):
        self.said[request]["body"] = self.said[request].get("body", "") + data.decode()
        if "/stop-" in request.url:
            raise StopDownload(fail="/stop-fail" in request.url)
    def parse(self, response, path, small):
        yield {"path": path, "small": small, "said": self.said.get(response.request), **self.about(response)}
    def failed(self, failure):
        stopped = getattr(failure.value, "response", None)
        yield {**failure.request.cb_kwargs, "error": type(failure.value).__name__,
               "said": self.said.get(failure.request), "response": stopped and self.about(stopped)}
    def about(self, response):
        return {
            "class": type(response).__name__, "url": response.url, "status": response.status, "flags": response.flags,
            "headers": {k.decode(): [v.decode() for v in vs] for k, vs in response.headers.items()},
            "body": response.text if hasattr(response, "text") else response.body.decode(),
            "ip": str(response.ip_address), "protocol": response.protocol,
            "certificate": response.certificate and str(response.certificate.getSubject()),
            "latency": response.meta["download_latency"] > 0 if response.request else None,
        }
"""


class Raw:
    """Sends the bytes that belong to a path, then closes. ``asked``: the requests as they came."""

    def __init__(self, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.create_server((host, 0), family=family)
        scheme = "https" if tls else "http"
        self.url = f"{scheme}://{f'[{host}]' if ':' in host else host}:{self._socket.getsockname()[1]}"
        self.asked: list[bytes] = []
        self._tls = tls
        self._held: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                connection = self._socket.accept()[0]
                threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
            request = b""
            while not request.endswith(b"\r\n\r\n"):
                request += connection.recv(4096)
            self.asked.append(request)
            name = request.split(b" ")[1].split(b";")[0].strip(b"/").decode()
            if name == "silent":
                self._held.append(connection)
                return
            connection.sendall(ANSWERS["folded" if name.startswith("stop-") else name])
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
                connection.recv(1)
            connection.close()

    def close(self) -> None:
        self._socket.close()
        for connection in self._held:
            connection.close()


@pytest.fixture
def raw() -> Iterator[Raw]:
    server = Raw()
    yield server
    server.close()


def pairs(project: Project, url: str, *paths: str, **settings: Any) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """By path: what Scrapy's way and what the short way gave."""
    crawl = project.crawl(SPIDER, "-a", f"url={url}", "-a", f"paths={' '.join(paths)}", settings=settings)
    found: dict[str, dict[bool, dict[str, Any]]] = {}
    for item in crawl.of("dict"):
        found.setdefault(item.pop("path"), {})[item.pop("small")] = item
    assert found.keys() == set(paths), crawl.log
    return {path: (by[False], by[True]) for path, by in found.items()}


#: Errors that Scrapy has more words for.
SAME = {"ResponseDataLossError": "DownloadFailedError", "ParseError": "DownloadFailedError"}


def same_names(item: dict[str, Any]) -> None:
    if "error" in item:
        item["error"] = SAME.get(item["error"], item["error"])


#: Older versions name errors otherwise, and are told less of answers without a body.
compared = pytest.mark.skipif(scrapy.version_info < (2, 19), reason="the comparison is with a newer Scrapy")


@compared
@pytest.mark.parametrize("lossy", [False, True])
def test_the_short_way_gives_the_same(project: Project, raw: Raw, lossy: bool) -> None:
    names = [*ANSWERS, "silent", "stop-headers", "stop-body", "stop-fail"]
    found = pairs(project, raw.url, *names, DOWNLOAD_FAIL_ON_DATALOSS=not lossy)
    for scrapys, _ in found.values():
        same_names(scrapys)
    assert found["stop-headers"][0].pop("ip") == "None"  # the short way knows
    assert found["stop-headers"][1].pop("ip") == "127.0.0.1"
    assert {name: short for name, (_, short) in found.items()} == {name: own for name, (own, _) in found.items()}
    assert found["chunks"][1]["body"] == "hello world"
    assert found["folded"][1]["headers"]["X-Folded"] == ["a b"]
    assert found["stop-body"][1]["flags"] == ["download_stopped"]
    assert found["stop-fail"][1]["error"] == "StopDownload"
    assert found["silent"][1]["error"] == "DownloadTimeoutError"
    assert found["too-large"][1]["error"] == found["grows-large"][1]["error"] == "DownloadCancelledError"


def test_requests_are_the_same_but_for_the_connection(project: Project, raw: Raw) -> None:
    pairs(project, raw.url, "length")
    one, other = [sorted(request.split(b"\r\n")) for request in raw.asked]
    if b"Connection: close" not in other:
        one, other = other, one
    other.remove(b"Connection: close")
    assert one == other
    assert b"GET /length;p?q=1 HTTP/1.1" in one


def test_names(project: Project, raw: Raw) -> None:
    scrapys, short = pairs(project, raw.url.replace("127.0.0.1", "localhost"), "length")["length"]
    assert short == scrapys
    assert short["body"] == "hello"


@pytest.mark.skipif("[" not in scrapy.Request("http://[::1]/").url, reason="this w3lib drops the brackets")
def test_ipv6(project: Project) -> None:
    server = Raw("::1")
    _, short = pairs(project, server.url, "length")["length"]  # Scrapy's way needs another resolver for that
    server.close()
    assert (short["body"], short["ip"]) == ("hello", "::1")
    assert f"Host: {server.url.partition('//')[2]}".encode() in server.asked[0]


@compared
def test_tls(project: Project, tmp_path: Path) -> None:
    server = Raw(tls=tls_of("127.0.0.1", tmp_path))
    found = pairs(project, server.url, "length", "until-close", "stop-body", "silent", "cut")
    server.close()
    for scrapys, short in found.values():
        same_names(scrapys)
        assert short == scrapys
    assert "127.0.0.1" in found["length"][1]["certificate"]


def tls_of(name: str, folder: Path) -> ssl.SSLContext:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(timezone.utc)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), 1, now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(name))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    pem = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "tls.pem").write_bytes(pem + certificate.public_bytes(encoding))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "tls.pem")
    return context


def test_refused_and_unknown_names(project: Project) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    for url in (f"http://127.0.0.1:{port}", "http://no.such.name.invalid"):
        scrapys, short = pairs(project, url, "length")["length"]
        assert short == scrapys
        assert "error" in short
