"""One browser context per session: for each ``proxy`` and each ``cookiejar`` in ``Request.meta``."""

from __future__ import annotations

import hashlib
from base64 import b64decode
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scrapy import Request

PREFIX = "c4-session-"
DEFAULT = "default"


class SessionContexts:
    """Names for contexts, and the proxies that belong to them. The ``limit`` least recently used ones are surplus."""

    def __init__(self, *, proxies: bool = True, limit: int = 16) -> None:
        """``proxies``: whether those of requests count; not where the whole browser has one."""
        self._with_proxies = proxies
        self._limit = limit
        self._kwargs: dict[str, dict[str, Any]] = {}

    def context_name(self, request: Request) -> str:
        """The context that the request asks for by name, or the one of its session, or the default one."""
        meta = request.meta
        name: str | None = meta.get("playwright_context")
        if name and name != DEFAULT and not self.owns(name):
            return name
        server = meta.get("proxy") if self._with_proxies else None
        # Requests that want no cookies have those of each other only.
        jar = meta.get("cookiejar")
        if meta.get("dont_merge_cookies"):
            jar = "dont_merge_cookies"
        if not server and jar is None:
            return DEFAULT
        # HttpProxyMiddleware has moved the credentials from the URL to the header.
        authorization = (request.headers.get("Proxy-Authorization") or b"").decode("latin-1") if server else ""
        name = PREFIX + hashlib.sha256(f"{server} {authorization} {jar}".encode()).hexdigest()[:16]
        self._kwargs.pop(name, None)
        self._kwargs[name] = {"proxy": _proxy(server, authorization)} if server else {}
        return name

    def owns(self, name: str) -> bool:
        return name.startswith(PREFIX)

    def kwargs(self, name: str) -> dict[str, Any]:
        """Arguments for the new context ``name``."""
        return self._kwargs.get(name, {})

    def surplus(self) -> list[str]:
        """Contexts to end, named once."""
        names = list(self._kwargs)[: max(0, len(self._kwargs) - self._limit)]
        for name in names:
            del self._kwargs[name]
        return names


def _proxy(server: str, authorization: str) -> dict[str, str]:
    proxy = {"server": server}
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() == "basic":
        with suppress(ValueError):
            proxy["username"], _, proxy["password"] = b64decode(credentials).decode().partition(":")
    return proxy
