"""What a server answers to a page that asks for a document."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from email.message import Message
from typing import TYPE_CHECKING

from scrapy.utils.python import to_unicode

if TYPE_CHECKING:
    from scrapy.http import Headers

_PAGE_TYPES = frozenset(("", "text/html", "application/xhtml+xml"))
#: Digits of a Content-Length that count: what has more is too long anyway.
_MAX_DIGITS = 18


@dataclass
class Answer:
    """The answer to one document request. ``body`` is only waited for when the answer is not for the browser."""

    url: str
    status: int
    headers: Headers
    body: asyncio.Future[bytes] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def _header(self, name: str) -> str:
        return to_unicode(self.headers.get(name) or b"", errors="replace")

    @property
    def length(self) -> int | None:
        """Bytes to come; None when the server does not say, or means compressed bytes."""
        length = self._header("Content-Length")
        if not length.isdecimal() or "Content-Encoding" in self.headers:
            return None
        return int(length[:_MAX_DIGITS])

    @property
    def is_empty(self) -> bool:
        return self.status in (204, 205, 304) or self.length == 0

    @property
    def is_page(self) -> bool:
        kind = self._header("Content-Type").partition(";")[0].strip().lower()
        attached = self._header("Content-Disposition").strip().lower().startswith("attachment")
        return kind in _PAGE_TYPES and not attached and not (self.is_empty and (kind == "" or self.status >= 204))

    @property
    def filename(self) -> str | None:
        message = Message()
        message["Content-Disposition"] = self._header("Content-Disposition")
        return message.get_filename()
