"""Plain HTTP to the public Internet only: names are looked at before they are dialled, and again when they were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionRefusedError
from twisted.internet.interfaces import IResolutionReceiver
from zope.interface import implementer

from scrapy_c4._small_reads import SmallReadsHandler
from scrapy_c4.addresses import is_public_address
from scrapy_c4.extractors.urls import host_of
from scrapy_c4.security import PrivateNetworkError

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Response


class PublicOnlyHandler(HTTP11DownloadHandler):
    """Scrapy's HTTP handler on connections of its own. Raises PrivateNetworkError."""

    def __init__(self, crawler: Any) -> None:
        super().__init__(crawler)
        self._pool._factory = _checked(self._pool._factory)

    async def download_request(self, request: Request) -> Response:
        host = (host_of(request.url) or "").strip("[]")
        if not all(map(is_public, await addresses_of(host))):
            raise PrivateNetworkError(request.url)
        return await super().download_request(request)


class PublicOnlySmallReadsHandler(PublicOnlyHandler, SmallReadsHandler):
    """The same for answers of which only the beginning is wanted."""

    def __init__(self, crawler: Any) -> None:
        super().__init__(crawler)
        self._exchanges = _checked(self._exchanges)


async def addresses_of(host: str) -> list[str]:
    """What the resolver of the crawl (DNS_RESOLVER), which also remembers it, says about ``host``."""
    from twisted.internet import reactor

    found: list[str] = []
    done: Deferred[list[str]] = Deferred()

    @implementer(IResolutionReceiver)
    class Receiver:
        def resolutionBegan(self, resolution: Any) -> None:
            pass

        def addressResolved(self, address: Any) -> None:
            found.append(address.host)

        def resolutionComplete(self) -> None:
            done.callback(found)

    resolver: Any = reactor
    resolver.nameResolver.resolveHostName(Receiver(), host)
    return await maybe_deferred_to_future(done)


def is_public(address: str) -> bool:
    return is_public_address(address.partition("%")[0])


def _checked(factory: Any) -> Any:
    class Factory(factory):  # type: ignore[misc]
        def buildProtocol(self, addr: Any) -> Any:
            # An answer of the DNS may have changed since it was looked at.
            if not is_public(addr.host):
                raise ConnectionRefusedError(f"{addr.host} is in a private network")  # type: ignore[no-untyped-call]
            return super().buildProtocol(addr)

    return Factory
