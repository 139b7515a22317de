"""URLs as browsers read them (WHATWG URL rules) and the sites they belong to (Public Suffix List, offline)."""

from __future__ import annotations

from functools import lru_cache

import ada_url
from tldextract import TLDExtract

#: The snapshot that comes with tldextract: no network, no disk cache.
_suffixes = TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


def resolve(base: str, href: str) -> str | None:
    """``href`` against ``base`` as an absolute URL of any scheme, or None where a browser finds no URL."""
    try:
        url: str = ada_url.join_url(base, href)
    except ValueError:
        return None
    return url


@lru_cache(maxsize=8192)
def host_of(url: str) -> str | None:
    """The host of an absolute URL: lower case, IDN as ASCII, brackets kept around IPv6; None without one."""
    try:
        host: str = ada_url.URL(url).hostname
    except ValueError:
        return None
    return host or None


@lru_cache(maxsize=8192)
def registrable_domain(host: str) -> str:
    """The registrable domain of ``host``, or ``host`` itself where there is none (IP addresses, localhost)."""
    if host.startswith("["):
        return host
    found = _suffixes(host)
    return f"{found.domain}.{found.suffix}" if found.domain and found.suffix else host


def base_domain(url: str) -> str | None:
    """The registrable domain of an absolute URL's host."""
    host = host_of(url)
    return registrable_domain(host) if host else None


def host_matches(host: str, domains: frozenset[str] | tuple[str, ...] | list[str]) -> bool:
    """Whether ``host`` is one of ``domains`` or below one, label by label."""
    if not domains:
        return False
    if host in domains:
        return True
    dot = host.find(".")
    while dot != -1:
        if host[dot + 1 :] in domains:
            return True
        dot = host.find(".", dot + 1)
    return False


def to_ascii_host(text: str) -> str | None:
    """``text`` as a host name in its ASCII form (a URL's host is taken out of it), or None where it is none."""
    if "://" not in text:
        text = f"http://{text}"
    return host_of(text)
