"""What browser pages of the public Internet may reach: a forward proxy on loopback that checks before it dials.

Chromium has many ways to a network (frames, fetch, WebSockets, preloads, beacons, pop-ups, the redirects of all these)
and resolves names whenever it likes. Behind a proxy it has one, and the proxy dials the very address it has checked.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scrapy_c4._upstream import Upstream, ask_socks, basic
from scrapy_c4.addresses import is_public_address, is_public_host
from scrapy_c4.extractors.urls import host_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: Why a host was not reached, as Chromium would name it.
PRIVATE = "ERR_BLOCKED_BY_CLIENT"
NO_NAME = "ERR_NAME_NOT_RESOLVED"
NO_CONNECTION = "ERR_CONNECTION_REFUSED"
TOO_LATE = "ERR_CONNECTION_TIMED_OUT"
#: Seconds for one attempt to connect; seconds that a checked name keeps its addresses.
CONNECT_TIMEOUT = 10.0
NAME_SECONDS = 60.0
MAX_NAMES = 2000
#: Proxies of the user's that are kept: some change with every request.
MAX_SERVERS = 200
_CHUNK = 1 << 16
_HOP_BY_HOP = ("connection", "keep-alive", "proxy-authorization", "proxy-connection")


class _Failed(Exception):
    """``args``: one of the reasons above."""


class EgressProxy:
    """Listens on 127.0.0.1, one port for every proxy of the user's and one for direct connections.

    ``allowed``: whether an address may be dialled. With a proxy of the user's behind it, which resolves the names, only
    addresses and names of private networks as such are refused.
    """

    def __init__(self, allowed: Callable[[str], bool] = is_public_address) -> None:
        self._allowed = allowed
        self._servers: dict[Upstream | None, tuple[asyncio.Server, dict[str, str]]] = {}
        self._names: dict[str, tuple[float, list[str]]] = {}
        self._failures: dict[str, str] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    async def proxy(self, behind: Mapping[str, Any] | None = None) -> dict[str, str]:
        """The proxy to give to a browser context, as Playwright wants it. Raises ValueError."""
        upstream = Upstream.of(behind) if behind else None
        if upstream not in self._servers:
            login: dict[str, str] = {}
            if upstream is not None and upstream.authorization:
                # The user's credentials are not lent to whoever finds the port.
                login = {"username": "c4", "password": secrets.token_urlsafe(24)}
            secret = basic(**login) if login else ""
            server = await asyncio.start_server(lambda r, w: self._serve(r, w, upstream, secret), "127.0.0.1", 0)
            self._servers[upstream] = server, login
            if len(self._servers) > MAX_SERVERS:
                oldest, _ = self._servers.pop(next(iter(self._servers)))
                oldest.close()
        # The one in use goes to the end.
        server, login = self._servers[upstream] = self._servers.pop(upstream)
        bypass = ",".join(["<-loopback>", *filter(None, [(behind or {}).get("bypass")])])
        port = server.sockets[0].getsockname()[1]
        return {"server": f"http://127.0.0.1:{port}", "bypass": bypass, **login}

    def failure(self, host: str | None) -> str | None:
        """Why ``host`` could not be reached the last time; None when it could, or was not asked for."""
        return self._failures.get(host or "")

    async def is_private(self, host: str) -> bool:
        """Whether the name ``host`` has an address that may not be dialled."""
        try:
            await self._addresses(host)
        except _Failed as failure:
            return bool(failure.args[0] == PRIVATE)
        return False

    def address_of(self, host: str | None) -> str | None:
        """The address that was dialled for ``host``, if it was."""
        known = self._names.get(host or "")
        return known[1][0] if known and known[1] else None

    async def close(self) -> None:
        for server, _ in self._servers.values():
            server.close()
        self._servers.clear()
        for task in self._tasks:
            task.cancel()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, upstream: Upstream | None, secret: str
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._answer(reader, writer, upstream, secret)
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError, asyncio.CancelledError):
            pass  # a connection that goes away, or that speaks no HTTP
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, upstream: Upstream | None, secret: str
    ) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.rstrip("\r\n").split("\r\n")
        method, target, version = first.split(" ")
        headers = [(line.partition(":")[0].lower(), line) for line in lines]
        if secret and ("proxy-authorization", secret) not in [(n, h.partition(":")[2].strip()) for n, h in headers]:
            _reply(writer, "407 Proxy Authentication Required", 'Proxy-Authenticate: Basic realm="c4"')
            return
        tunnel = method == "CONNECT"
        parts = urlsplit(f"//{target}" if tunnel else target)
        host = host_of(f"http://{parts.netloc.rpartition('@')[2]}/")
        if host is None or (not tunnel and parts.scheme != "http"):
            _reply(writer, "400 Bad Request")
            return
        try:
            remote_reader, remote = await self._dial(host, parts.port or (443 if tunnel else 80), upstream)
        except _Failed as failure:
            if len(self._failures) > MAX_NAMES:
                self._failures.clear()
            self._failures[host] = failure.args[0]
            if tunnel:
                _reply(writer, "502 Bad Gateway")
            return
        self._failures.pop(host, None)
        passes_on = upstream is not None and upstream.scheme != "socks5"
        try:
            if tunnel and not passes_on:
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                if not passes_on:
                    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
                lines = [line for name, line in headers if name not in _HOP_BY_HOP]
                if not tunnel:
                    lines.append("Connection: close")
                if upstream is not None and passes_on and upstream.authorization:
                    lines.append(f"Proxy-Authorization: {upstream.authorization}")
                remote.write("\r\n".join([f"{method} {target} {version}", *lines, "", ""]).encode("latin-1"))
            # After the body of a plain request comes another one, to an address that nobody has checked.
            length = None
            if not tunnel:
                length = int(next((line.partition(":")[2] for name, line in headers if name == "content-length"), 0))
            ways = {
                asyncio.ensure_future(_copy(reader, remote, length)),
                asyncio.ensure_future(_copy(remote_reader, writer)),
            }
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
        finally:
            remote.close()

    async def _dial(
        self, host: str, port: int, upstream: Upstream | None
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if upstream is None:
            return await _connect(await self._addresses(host), port)
        try:
            allowed = self._allowed(host.strip("[]"))
        except ValueError:  # a name
            allowed = is_public_host(host) is not False
        if not allowed:
            raise _Failed(PRIVATE)
        reader, writer = await _connect([upstream.host], upstream.port, tls=upstream.scheme == "https")
        if upstream.scheme == "socks5":
            try:
                await asyncio.wait_for(ask_socks(reader, writer, host.strip("[]"), port), CONNECT_TIMEOUT)
            except (OSError, EOFError, ValueError, asyncio.TimeoutError):
                writer.close()
                raise _Failed(NO_CONNECTION) from None
        return reader, writer

    async def _addresses(self, host: str) -> list[str]:
        """Addresses to dial. One private address among them, and none is."""
        expires, addresses = self._names.get(host, (0.0, []))
        if expires < monotonic():
            try:
                loop = asyncio.get_running_loop()
                found = await loop.getaddrinfo(host.strip("[]").rstrip("."), None, type=socket.SOCK_STREAM)
            except (OSError, UnicodeError):
                raise _Failed(NO_NAME) from None
            addresses = list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))
            if not all(map(self._allowed, addresses)):
                raise _Failed(PRIVATE)
            if len(self._names) > MAX_NAMES:
                self._names.clear()
            self._names[host] = monotonic() + NAME_SECONDS, addresses
        return addresses


async def _connect(hosts: list[str], port: int, tls: bool = False) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reason = NO_CONNECTION
    for host in hosts:
        try:
            return await asyncio.wait_for(asyncio.open_connection(host, port, ssl=tls or None), CONNECT_TIMEOUT)
        except asyncio.TimeoutError:
            reason = TOO_LATE
        except OSError:
            reason = NO_CONNECTION
    raise _Failed(reason)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, length: int | None = None) -> None:
    """Copy until the end; of ``length`` bytes, that many, and wait for the end or for more."""
    with suppress(OSError):
        while length is None or length > 0:
            data = await reader.read(_CHUNK if length is None else min(length, _CHUNK))
            if not data:
                return
            writer.write(data)
            await writer.drain()
            if length is not None:
                length -= len(data)
        await reader.read(1)


def _reply(writer: asyncio.StreamWriter, status: str, *headers: str) -> None:
    lines = [f"HTTP/1.1 {status}", "Content-Length: 0", "Connection: close", *headers, "", ""]
    writer.write("\r\n".join(lines).encode("latin-1"))
