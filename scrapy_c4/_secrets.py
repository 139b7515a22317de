"""Keeps what settings hold of credentials out of the log."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HIDDEN = "[hidden]"
#: Settings of browsers that may hold credentials.
BROWSER_SETTINGS = (
    "PLAYWRIGHT_CDP_URL", "PLAYWRIGHT_CDP_KWARGS", "PLAYWRIGHT_CONNECT_URL", "PLAYWRIGHT_CONNECT_KWARGS",
    "PLAYWRIGHT_LAUNCH_OPTIONS", "PLAYWRIGHT_CONTEXTS",
)  # fmt: skip
_NAMES = ("password", "authorization", "token", "secret", "key", "cookie", "username")


class SecretFilter(logging.Filter):
    """For handlers and loggers: replaces secrets in messages and tracebacks."""

    def __init__(self, values: Iterable[Any]) -> None:
        super().__init__()
        found = {secret for value in values for secret in _secrets_of(value) if len(secret) > 3}
        self._secrets = sorted(found, key=len, reverse=True)
        self._filtered: list[logging.Filterer] = []

    def start(self) -> None:
        if self._secrets:
            self._filtered = [*logging.root.handlers, logging.getLogger("scrapy-playwright")]
            for filtered in self._filtered:
                filtered.addFilter(self)

    def stop(self) -> None:
        for filtered in self._filtered:
            filtered.removeFilter(self)
        self._filtered = []

    def hide(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return text

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        hidden = self.hide(message)
        if hidden != message:
            record.msg, record.args = hidden, ()
        if record.exc_info and not record.exc_text:
            text = logging.Formatter().formatException(record.exc_info)
            hidden = self.hide(text)
            if hidden != text:
                record.exc_text = hidden
        return True


def _secrets_of(value: Any, name: str = "") -> Iterator[str]:
    """Credentials in URLs and in dicts, as they are written and as they are meant."""
    if isinstance(value, dict):
        for key, entry in value.items():
            yield from _secrets_of(entry, str(key).lower())
    elif isinstance(value, (list, tuple)):
        for entry in value:
            yield from _secrets_of(entry, name)
    elif isinstance(value, str) and "://" in value:
        parts = urlsplit(value)
        for text in (parts.username, parts.password, *(text for _, text in parse_qsl(parts.query))):
            if text:
                yield from (text, unquote(text))
        yield from (part.partition("=")[2] for part in parts.query.split("&"))
        # Some services take the token as the path.
        yield from (part for part in parts.path.split("/") if len(part) >= 16)
    elif isinstance(value, str) and any(word in name for word in _NAMES):
        yield value
        yield value.rpartition(" ")[2]
