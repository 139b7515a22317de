"""The state of one head being downloaded: stop as soon as the head is there."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from scrapy_c4.extractors.head import HeadScanner

if TYPE_CHECKING:
    from scrapy.http import Headers

#: Bytes of a page, decompressed, in which its head must end. Nine heads of ten end within 114 kB.
MAX_HEAD_BYTES = 128 * 1024
_HTML_TYPES = frozenset(["text/html", "application/xhtml+xml"])


class HeadDownload:
    """Collects the beginning of a response until ``</head>``."""

    def __init__(self) -> None:
        self.body = bytearray()
        #: Bytes as they came from the network.
        self.received = 0
        #: When its headers came, on the monotonic clock, and how long it took in all, without the wait for its turn.
        self.answered: float | None = None
        self.seconds = 0.0
        #: Why the head is of no use, or None.
        self.refused: str | None = None
        self._scanner = HeadScanner()
        self._inflate: zlib._Decompress | None = None

    @property
    def is_complete(self) -> bool:
        """Whether the end of the head was there."""
        return self._scanner.complete

    def headers(self, headers: Headers) -> bool:
        """Look at the response's headers; True when there is no need to go on."""
        content_type = (headers.get(b"Content-Type") or b"").decode("latin-1").partition(";")[0].strip().lower()
        if content_type and content_type not in _HTML_TYPES:
            self.refused = f"not HTML: {content_type[:100]}"
            return True
        encoding = (headers.get(b"Content-Encoding") or b"identity").strip().lower()
        if encoding in (b"gzip", b"x-gzip", b"deflate"):
            self._inflate = zlib.decompressobj(zlib.MAX_WBITS | 32 if encoding != b"deflate" else zlib.MAX_WBITS)
        elif encoding not in (b"identity", b""):
            self.refused = f"compressed as {encoding[:20].decode('latin-1')}, though not asked for"
            return True
        return False

    def feed(self, data: bytes) -> bool:
        """Take the next bytes of the body; True when the head is complete or the cap is reached."""
        self.received += len(data)
        room = MAX_HEAD_BYTES - len(self.body)
        if self._inflate is not None:
            try:
                data = self._inflate.decompress(data, room)
            except zlib.error:
                self.refused = "broken compression"
                return True
        self.body += data[:room]
        return self._scanner.feed(data[:room]) or len(self.body) >= MAX_HEAD_BYTES
