"""A small web site on 127.0.0.1, one thread per connection, that remembers what it was asked."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Answer:
    body: bytes | str = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    #: Called instead of writing the body, with the handler.
    write: Callable[[BaseHTTPRequestHandler], None] | None = None


@dataclass
class Asked:
    path: str
    headers: dict[str, str]
    method: str


class Site:
    """``pages`` maps a path (query included, or without it) to an Answer, a text (HTML) or a function of the path."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.pages: dict[str, Any] = {}
        self.asked: list[Asked] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                site.asked.append(Asked(self.path, {k.lower(): v for k, v in self.headers.items()}, self.command))
                page = site.pages.get(self.path, site.pages.get(self.path.partition("?")[0]))
                if callable(page):
                    page = page(self.path)
                if page is None:
                    page = Answer("<title>not found</title>", 404)
                elif not isinstance(page, Answer):
                    page = Answer(page)
                body = page.body.encode() if isinstance(page.body, str) else page.body
                try:
                    self.send_response(page.status)
                    headers = {"Content-Type": "text/html; charset=utf-8", **page.headers}
                    if page.write is None:
                        headers.setdefault("Content-Length", str(len(body)))
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.end_headers()
                    if page.write is None:
                        if self.command != "HEAD":
                            self.wfile.write(body)
                    else:
                        page.write(self)
                        self.close_connection = True
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            do_POST = do_HEAD = do_GET

            def log_message(self, *args: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 256

            def handle_error(self, request: Any, client_address: Any) -> None:
                pass  # clients that go away in mid-answer are part of the tests

        self._server = Server((host, 0), Handler)
        self.port = self._server.server_address[1]
        self.url = f"http://{host}:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)
