"""Serves the bundled web site on 127.0.0.1 while a crawl needs it."""

from __future__ import annotations

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from mimetypes import guess_type
from typing import Any

from scrapy import signals

REDIRECTS = {
    "/old-harbour": (301, "/articles/harbour.html"),
    "/away": (302, "http://localhost:{port}/articles/market.html"),
    "/": (302, "/index.html"),
}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path in REDIRECTS:
            status, location = REDIRECTS[path]
            return self._answer(status, b"", Location=location.format(port=self.server.server_address[1]))
        file = files("example") / "site"
        for part in path.split("/"):
            if part in ("", ".", ".."):
                continue
            file = file / part
        if not file.is_file():
            return self._answer(404, b"<title>Not found</title><h1>Not found</h1>", Content_Type="text/html")
        kind = guess_type(path)[0] or "application/octet-stream"
        if kind.startswith("text/"):
            kind += "; charset=utf-8"
        return self._answer(200, file.read_bytes(), Content_Type=kind)

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        # Who has read enough of an answer leaves: previews do.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class LocalSite:
    """``LocalSite.url`` starts the site when it is first asked for; it ends with the crawl."""

    def __init__(self) -> None:
        self._server: _Server | None = None

    @classmethod
    def from_crawler(cls, crawler: Any) -> LocalSite:
        site = cls()
        crawler.signals.connect(site.close, signal=signals.spider_closed)
        return site

    @property
    def url(self) -> str:
        if self._server is None:
            self._server = _Server(("127.0.0.1", 0), _Handler)
            threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_address[1]}/index.html"

    def close(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
