"""URLs as browsers read them (WHATWG URL rules) and the sites they belong to (Public Suffix List, offline)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import ada_url
from tldextract import TLDExtract

if TYPE_CHECKING:
    from collections.abc import Collection

#: The snapshot that comes with tldextract: no network, no disk cache.
_suffixes = TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)

# Most links are written as they come out. Telling so by a pattern is several times faster than parsing them.
_HOST = r"(?:(?!xn--)[a-z0-9-]+\.)+(?!xn--)[a-z][a-z0-9-]*"
_SEGMENT = r"(?!\.|%2[eE])[A-Za-z0-9._~!$&()*+,;=:@%-]*"
_REST = r"(?:\?[A-Za-z0-9._~!$&()*+,;=:@%|/?-]*)?(?:#[A-Za-z0-9._~!$&()*+,;=:@%|/?-]*)?\Z"
_plain_absolute = re.compile(rf"https?://{_HOST}(?:/{_SEGMENT})+{_REST}").match
_plain_rooted = re.compile(rf"(?:/(?!/){_SEGMENT})(?:/{_SEGMENT})*{_REST}").match
_plain_relative = re.compile(rf"(?=[^/?#:]+(?:[/?#]|\Z)){_SEGMENT}(?:/{_SEGMENT})*{_REST}").match
_plain_host = re.compile(rf"https?://({_HOST})(?::[0-9]{{1,4}})?(?=[/?#]|\Z)").match

_scheme = re.compile(r"[\x00-\x20]*([A-Za-z][A-Za-z0-9+.-]*):").match
_non_ascii = re.compile(r"[^\x00-\x7f]+")
_QUERY_SAFE = frozenset(range(0x21, 0x7F)) - frozenset(b"\"#<>'")


def resolve(base: str, href: str, encoding: str = "utf-8") -> str | None:
    """``href`` against ``base`` as an absolute URL of any scheme, or None where a browser finds no URL.

    ``encoding``: that of the page, which the query is encoded in.
    """
    if _plain_absolute(href):
        return href
    if _plain_rooted(href):
        origin, _ = _base_parts(base)
        if origin:
            return origin + href
    elif _plain_relative(href):
        _, folder = _base_parts(base)
        if folder:
            return folder + href
    if "?" in href and not href.isascii() and not encoding.lower().startswith("utf"):
        href = _encode_query(href, encoding)
    try:
        return _joined(base, href)
    except ValueError:
        return None


def _joined(base: str, href: str) -> str:
    url: str = ada_url.join_url(base, href)
    if "|" in url and url.startswith(("http://", "https://")):
        # Chromium encodes bars in paths, too; the standard, and with it the library, only before the host.
        end = min((n for n in (url.find("?"), url.find("#")) if n != -1), default=len(url))
        url = url[:end].replace("|", "%7C") + url[end:]
    return url


@lru_cache(maxsize=256)
def _base_parts(base: str) -> tuple[str | None, str | None]:
    """What a rooted and a relative path follow: ``https://host`` and ``https://host/folder/``."""
    try:
        if not base.startswith(("http://", "https://")):
            return None, None
        return _joined(base, "/")[:-1], _joined(base, ".")
    except ValueError:
        return None, None


def _encode_query(href: str, encoding: str) -> str:
    found = _scheme(href)
    if found and found[1].lower() not in ("http", "https", "ftp", "file"):
        return href
    before, hash_mark, fragment = href.partition("#")
    path, mark, query = before.partition("?")

    def encode(text: str) -> str:
        try:
            data = text.encode(encoding)
        except UnicodeEncodeError:
            if len(text) > 1:
                return "".join(map(encode, text))
            return f"%26%23{ord(text)}%3B"
        return "".join(chr(byte) if byte in _QUERY_SAFE else f"%{byte:02X}" for byte in data)

    try:
        query = _non_ascii.sub(lambda run: encode(run[0]), query)
    except LookupError:  # an encoding that Python does not know
        return href
    return f"{path}{mark}{query}{hash_mark}{fragment}"


def host_of(url: str) -> str | None:
    """The host of an absolute URL: lower case, IDN as ASCII, brackets kept around IPv6; None without one."""
    plain = _plain_host(url)
    return plain[1] if plain else _parsed_host(url)


@lru_cache(maxsize=1024)
def _parsed_host(url: str) -> str | None:
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
    if found.suffix:
        return f"{found.domain}.{found.suffix}" if found.domain else host
    # The list's own rule for suffixes it does not know, such as .test or .internal: the last label.
    labels = host.rstrip(".").split(".")
    return host if labels[-1].isdigit() else ".".join(labels[-2:])


def base_domain(url: str) -> str | None:
    """The registrable domain of an absolute URL's host."""
    host = host_of(url)
    return registrable_domain(host) if host else None


def host_matches(host: str, domains: Collection[str]) -> bool:
    """Whether ``host`` is one of ``domains`` or below one, label by label."""
    if not domains:
        return False
    host = host.rstrip(".")
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
