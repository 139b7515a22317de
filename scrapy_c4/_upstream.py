"""Proxies of the user's, behind the one of :mod:`scrapy_c4.egress`."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from collections.abc import Mapping

_DEFAULT_PORTS = {"http": 80, "https": 443, "socks5": 1080}


@dataclass(frozen=True)
class Upstream:
    """A proxy of the user's. ``authorization``: the value of Proxy-Authorization."""

    scheme: str
    host: str
    port: int
    authorization: str = field(default="", repr=False)

    @classmethod
    def of(cls, proxy: Mapping[str, Any]) -> Upstream:
        """From what Playwright calls a proxy. Raises ValueError."""
        server = str(proxy.get("server") or "")
        parts = urlsplit(server if "://" in server else f"http://{server}")
        if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
            raise ValueError("the proxy is none of http, https and socks5: pages behind it cannot be guarded")
        authorization = ""
        if proxy.get("username"):
            authorization = basic(proxy["username"], proxy.get("password") or "")
        return cls(parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS[parts.scheme], authorization)


async def ask_socks(reader: StreamReader, writer: StreamWriter, host: str, port: int) -> None:
    """Ask for a connection to a name or an address. Raises OSError."""
    writer.write(b"\x05\x01\x00")
    if await reader.readexactly(2) != b"\x05\x00":
        raise OSError("the SOCKS proxy wants a login")
    name = host.encode("ascii")
    writer.write(b"\x05\x01\x00\x03" + bytes([len(name)]) + name + port.to_bytes(2, "big"))
    _, error, _, kind = await reader.readexactly(4)
    if error:
        raise OSError(f"the SOCKS proxy answers {error}")
    await reader.readexactly({1: 4, 4: 16}.get(kind) or (await reader.readexactly(1))[0])
    await reader.readexactly(2)


def basic(username: str, password: str) -> str:
    return "Basic " + b64encode(f"{username}:{password}".encode()).decode()
