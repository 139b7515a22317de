"""The headers of a request, on their way into what the browser sends for it: to the request's own server only."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

if TYPE_CHECKING:
    from scrapy import Request

# Made by the browser, or meant for somebody else than the server.
_NOT_SENT = frozenset(
    "accept-encoding connection content-length host proxy-authorization proxy-connection transfer-encoding".split()
)
_ABOUT_BODY = frozenset(("content-type", "content-encoding", "content-language"))
_PORTS = {"http": 80, "https": 443}


class OwnHeaders:
    def __init__(self, request: Request | None) -> None:
        """None: the browser sends what it sends by itself."""
        headers = request.headers.to_unicode_dict() if request is not None else {}
        self._origin = urlsplit(request.url if request is not None else "")
        self._headers = {
            str(name).lower(): str(value) for name, value in headers.items() if str(name).lower() not in _NOT_SENT
        }

    @property
    def user_agent(self) -> str | None:
        return self._headers.get("user-agent")

    def are_for(self, url: str) -> bool:
        return bool(self._headers) and _same_origin(self._origin, urlsplit(url))

    def merged(self, headers: dict[str, str], *, with_body: bool) -> list[dict[str, str]]:
        """With those that the browser would send, as the Fetch domain of the DevTools protocol wants them.

        ``with_body``: also those that say what the body is.
        """
        merged = {name.lower(): (name, value) for name, value in headers.items()}
        for name, value in self._headers.items():
            if name == "cookie" and name in merged:
                value = _merged_cookies(merged[name][1], value)
            if with_body or name not in _ABOUT_BODY:
                merged[name] = (merged[name][0] if name in merged else name.title(), value)
        return [{"name": name, "value": value} for name, value in merged.values()]


def _same_origin(own: SplitResult, other: SplitResult) -> bool:
    """Whether ``other`` is the same server as ``own``, or the secure side of it."""
    try:
        ports = [part.port or _PORTS.get(part.scheme) for part in (own, other)]
    except ValueError:
        return False
    if own.hostname != other.hostname:
        return False
    upgraded = (own.scheme, other.scheme) == ("http", "https") and ports == [80, 443]
    return upgraded or (own.scheme == other.scheme and ports[0] == ports[1])


def _merged_cookies(first: str, second: str) -> str:
    cookies: dict[str, str] = {}
    for pair in f"{first}; {second}".split(";"):
        name = pair.partition("=")[0].strip()
        if pair.strip():
            cookies[name] = pair.strip()
    return "; ".join(cookies.values())
