"""Which browser contexts are behind the egress proxy: those that visit pages of the public Internet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError

from scrapy_c4.addresses import is_public_page
from scrapy_c4.browser_errors import BrowserError
from scrapy_c4.egress import MAX_NAMES, PRIVATE, EgressProxy
from scrapy_c4.extractors.urls import host_of
from scrapy_c4.security import PUBLIC_ONLY, PrivateNetworkError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scrapy import Request

#: WebRTC would send packets past any proxy.
EGRESS_FLAGS = ("--webrtc-ip-handling-policy=disable_non_proxied_udp",)
#: Keys of the meta of requests that are not the operator's choice, or whose names somebody else resolves.
_NOT_OWN = (PUBLIC_ONLY, "redirect_urls", "proxy")
_SUFFIXES = {True: "-public", False: "-private"}


class EgressContexts:
    """Pages of private and of public hosts never share a context.

    The first page of a context decides what kind of context it is. Pages of the other kind get one of the same
    settings, with a longer name.
    """

    def __init__(self, proxy: EgressProxy, launch_proxy: Mapping[str, Any] | None) -> None:
        """``launch_proxy``: the one in PLAYWRIGHT_LAUNCH_OPTIONS."""
        self._proxy = proxy
        self._launch_proxy = launch_proxy
        self._public: dict[str, bool] = {}
        self._own: dict[str, bool] = {}
        self._last_kind = True

    def base(self, name: str) -> str:
        """The name that the user knows the context by."""
        for suffix in _SUFFIXES.values():
            if name.endswith(suffix) and name in self._public:
                return name.removesuffix(suffix)
        return name

    async def name_for(self, name: str, request: Request) -> str:
        """The context for the page of ``request`` that would be in the context ``name``."""
        public = self._last_kind = is_public_page(request.url) and not await self._is_own(request)
        name = self.base(name)
        if self._public.setdefault(name, public) != public:
            name += _SUFFIXES[public]
            self._public[name] = public
        return name

    async def _is_own(self, request: Request) -> bool:
        """Whether the crawl was started with a name that stands for a private network: the operator's own choice."""
        host, meta = host_of(request.url) or "", request.meta
        if host not in self._own:
            if meta.get("depth") or any(key in meta for key in _NOT_OWN) or self._launch_proxy:
                return False
            if len(self._own) > MAX_NAMES:
                self._own.clear()
            # Once, for the DNS of a public site may say something else later.
            self._own[host] = await self._proxy.is_private(host)
        return self._own[host] and PUBLIC_ONLY not in meta

    async def kwargs(self, name: str, kwargs: dict[str, Any]) -> dict[str, Any]:
        """Arguments for the new context ``name``, which would have been ``kwargs``."""
        if name != self.base(name):
            # A profile on disk cannot be used twice.
            kwargs = {key: value for key, value in kwargs.items() if key != "user_data_dir"}
        # Contexts of PLAYWRIGHT_CONTEXTS are made before anybody asks for them, at the first page.
        if not self._public.setdefault(name, self._last_kind):
            return kwargs
        try:
            return {**kwargs, "proxy": await self._proxy.proxy(kwargs.get("proxy") or self._launch_proxy)}
        except ValueError as error:
            raise BrowserError(f"{error}; C4_ALLOW_PRIVATE_NETWORKS takes the guard off") from None

    def is_guarded(self, name: str) -> bool:
        return self._public.get(name, False)

    def address_of(self, url: str) -> str | None:
        """The address that was dialled for the host of ``url``; None for what a proxy of the user's has fetched."""
        return self._proxy.address_of(host_of(url))

    def explained(self, error: PlaywrightError, url: str) -> Exception:
        """``error``, met on the way to ``url``, with the reason that only the proxy knows."""
        reason = self._proxy.failure(host_of(url))
        if reason is None or "net::ERR_" not in str(error):
            return error
        if reason == PRIVATE:
            return PrivateNetworkError(url)
        return PlaywrightError(f"net::{reason} at {url}")

    async def close(self) -> None:
        await self._proxy.close()
