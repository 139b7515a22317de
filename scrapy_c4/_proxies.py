"""One browser context per proxy: ``Request.meta["proxy"]`` for browser requests."""

from __future__ import annotations

import hashlib
from base64 import b64decode
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scrapy import Request

PREFIX = "c4-proxy-"
DEFAULT = "default"


class ProxyContexts:
    """Names for contexts, and the proxies that belong to them. The ``limit`` least recently used ones are surplus."""

    def __init__(self, *, enabled: bool = True, limit: int = 16) -> None:
        self._enabled = enabled
        self._limit = limit
        self._proxies: dict[str, dict[str, str]] = {}

    def context_name(self, request: Request) -> str:
        """The context that the request asks for by name, or the one of its proxy, or the default one."""
        name: str | None = request.meta.get("playwright_context")
        if name and name != DEFAULT and not self.owns(name):
            return name
        server = request.meta.get("proxy")
        if not server or not self._enabled:
            return DEFAULT
        # HttpProxyMiddleware has moved the credentials from the URL to the header.
        authorization = (request.headers.get("Proxy-Authorization") or b"").decode("latin-1")
        name = PREFIX + hashlib.sha256(f"{server} {authorization}".encode()).hexdigest()[:16]
        proxy = {"server": server}
        scheme, _, credentials = authorization.partition(" ")
        if scheme.lower() == "basic":
            with suppress(ValueError):
                proxy["username"], _, proxy["password"] = b64decode(credentials).decode().partition(":")
        self._proxies.pop(name, None)
        self._proxies[name] = proxy
        return name

    def owns(self, name: str) -> bool:
        return name.startswith(PREFIX)

    def kwargs(self, name: str) -> dict[str, Any]:
        """Arguments for the new context ``name``."""
        return {"proxy": self._proxies[name]} if name in self._proxies else {}

    def surplus(self) -> list[str]:
        """Contexts to end, named once."""
        names = list(self._proxies)[: max(0, len(self._proxies) - self._limit)]
        for name in names:
            del self._proxies[name]
        return names
