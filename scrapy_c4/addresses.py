"""Which addresses belong to the public Internet. Tables only: nothing here resolves or connects."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from scrapy_c4.extractors.urls import host_of

#: Networks that ``ipaddress`` calls global in one Python version or another, but that lead into private ones:
#: cloud metadata, carrier-grade NAT, translation and tunnel prefixes that embed another address, multicast.
_NOT_PUBLIC_V4 = [
    ip_network(n)
    for n in ("0.0.0.0/8", "100.64.0.0/10", "168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15",
              "224.0.0.0/4", "240.0.0.0/4")
]  # fmt: skip
_NOT_PUBLIC_V6 = [ip_network(n) for n in ("2001::/23", "2002::/16", "3fff::/20")]
#: All that is in use of IPv6 for the Internet; other prefixes carry addresses of other networks, or nothing yet.
_GLOBAL_V6 = ip_network("2000::/3")
#: Top-level names that resolvers answer locally, or that are reserved for private use.
_PRIVATE_NAMES = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "home.arpa", "localdomain")


@lru_cache(maxsize=8192)
def is_public_address(address: str | IPv4Address | IPv6Address) -> bool:
    """Whether an IP address is one of the public Internet. Raises ValueError for what is no address."""
    ip = ip_address(address) if isinstance(address, str) else address
    if isinstance(ip, IPv6Address):
        mapped = ip.ipv4_mapped
        if mapped is not None:
            return is_public_address(mapped)
        return ip in _GLOBAL_V6 and ip.is_global and not any(ip in network for network in _NOT_PUBLIC_V6)
    return ip.is_global and not any(ip in network for network in _NOT_PUBLIC_V4)


@lru_cache(maxsize=8192)
def is_public_host(host: str) -> bool | None:
    """Whether a URL's host (as ``extractors.urls.host_of`` gives it) is public: None when only its DNS can tell."""
    name = host.rstrip(".")
    try:
        return is_public_address(name.strip("[]").partition("%")[0])
    except ValueError:
        pass
    if "." not in name or any(name == n or name.endswith("." + n) for n in _PRIVATE_NAMES):
        return False
    return None


def is_public_page(url: str) -> bool:
    """Whether ``url`` is, as far as its host tells, one of the public Internet."""
    host = host_of(url)
    return host is not None and is_public_host(host) is not False
