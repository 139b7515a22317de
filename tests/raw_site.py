"""A server on 127.0.0.1 that answers with whatever bytes it is given, HTTP or not."""

from __future__ import annotations

import socket
import threading


class RawSite:
    """``pages`` maps a path to a whole answer, its status line included; other paths get a 404."""

    def __init__(self, pages: dict[str, bytes]):
        self.pages = pages
        self.asked: list[str] = []
        self._server = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self._server.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
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
                try:
                    piece = connection.recv(65536)
                except OSError:
                    return
                if not piece:
                    return
                request += piece
            path = request.decode("latin-1").split(" ", 2)[1]
            self.asked.append(path)
            try:
                connection.sendall(self.pages.get(path, b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"))
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65536):
                    pass
            except OSError:
                pass  # a client that has seen enough

    def close(self) -> None:
        self._server.close()
