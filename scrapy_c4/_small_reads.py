"""Plain HTTP for answers of which only the beginning is wanted: connections that read little at a time."""

from __future__ import annotations

import socket
from typing import Any

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler

#: Bytes read from a socket at once. Twisted reads 64 KiB, several times the size of most heads.
READ_BYTES = 8 * 1024
#: The receive buffer of the kernel: what a server can send before anybody has read it.
BUFFER_BYTES = 32 * 1024


class SmallReadsHandler(HTTP11DownloadHandler):
    """Scrapy's HTTP handler on connections of its own."""

    def __init__(self, crawler: Any) -> None:
        super().__init__(crawler)
        self._pool._factory = _small_reads(self._pool._factory)


def _small_reads(factory: Any) -> Any:
    class Factory(factory):  # type: ignore[misc]
        def buildProtocol(self, addr: Any) -> Any:
            protocol = super().buildProtocol(addr)
            make_connection = protocol.makeConnection

            def narrow_connection(transport: Any) -> None:
                tcp = getattr(transport, "transport", transport)  # TLS wraps the connection
                tcp.bufferSize = READ_BYTES
                tcp.getHandle().setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
                make_connection(transport)

            protocol.makeConnection = narrow_connection
            return protocol

    return Factory
