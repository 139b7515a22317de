"""An HTTP proxy on loopback that answers for every host by itself: pages of the public Internet, without it."""

from __future__ import annotations

import socket
import threading


def answer(body: str, status: str = "200 OK", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", "Content-Type: text/html", f"Content-Length: {len(body)}", "Connection: close"]
    return ("\r\n".join([*lines, *headers]) + "\r\n\r\n" + body).encode()


class Proxy:
    """``pages`` maps a whole URL to a whole answer; ``asked`` has the URLs, and ``CONNECT host:port``."""

    def __init__(self, pages: dict[str, bytes]):
        self.pages = pages
        self.asked: list[str] = []
        self.heads: list[str] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            request = b""
            while b"\r\n\r\n" not in request:
                piece = connection.recv(65536)
                if not piece:
                    return
                request += piece
            method, url = request.decode("latin-1").split(" ", 2)[:2]
            self.heads.append(request.decode("latin-1"))
            self.asked.append(f"CONNECT {url}" if method == "CONNECT" else url)
            connection.sendall(self.pages.get(url) or answer("", "404 Not Found"))

    def close(self) -> None:
        self._server.close()
