from __future__ import annotations

import ada_url
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapy_c4.extractors import urls

BASE = "https://example.com/a/b?q#f"


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("c", "https://example.com/a/c"),
        ("/c/d.html", "https://example.com/c/d.html"),
        ("//cdn.example.net/x", "https://cdn.example.net/x"),
        ("", "https://example.com/a/b?q"),
        ("?p=1", "https://example.com/a/b?p=1"),
        ("#x", "https://example.com/a/b?q#x"),
        ("../up", "https://example.com/up"),
        ("./here", "https://example.com/a/here"),
        ("x/%2e%2e/y", "https://example.com/a/y"),
        ("/.well-known/x", "https://example.com/.well-known/x"),
        ("  /trim\n", "https://example.com/trim"),
        ("/a\tb\nc", "https://example.com/abc"),
        ("/with space", "https://example.com/with%20space"),
        ("/ümlaut?ü#ü", "https://example.com/%C3%BCmlaut?%C3%BC#%C3%BC"),
        ("/x?b=2&a=1&utm_source=n&ref=s", "https://example.com/x?b=2&a=1&utm_source=n&ref=s"),
        ("/x?'quoted'", "https://example.com/x?%27quoted%27"),
        ("/a|b/c?d|e#f|g", "https://example.com/a%7Cb/c?d|e#f|g"),
        ("HTTP://EXAMPLE.com:80/x", "http://example.com/x"),
        ("https://example.com:443/", "https://example.com/"),
        ("https://example.com", "https://example.com/"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("http://0x7f.1/", "http://127.0.0.1/"),
        ("http:\\\\example.net\\x", "http://example.net/x"),
        ("https://user:pw@example.net/", "https://user:pw@example.net/"),
        ("mailto:a@b.c", "mailto:a@b.c"),
        ("x:y", "x:y"),
        ("http://[bad", None),
        ("http://exa mple.com/", None),
    ],
)
def test_resolves_as_a_browser_does(href: str, url: str | None) -> None:
    assert urls.resolve(BASE, href) == url


_PIECES = """http:// https:// // / .. . %2e %2E ? # : @ a b.c example.com 1 xn-- é & = + ' % %20 [ ] | \\ ; www. :80
:443 0x1 - _"""
_pieces = st.sampled_from([*_PIECES.split(), " ", "\n"])


@given(st.lists(_pieces, max_size=8).map("".join), st.sampled_from([BASE, "http://localhost:81", "file:///x/y"]))
def test_the_quick_way_gives_what_the_parser_gives(href: str, base: str) -> None:
    # The library leaves bars in paths as they are, Chromium does not.
    join = urls._joined if "|" in href else ada_url.join_url
    try:
        parsed = join(base, href)
    except ValueError:
        parsed = None
    assert urls.resolve(base, href) == parsed


@pytest.mark.parametrize(
    ("href", "encoding", "url"),
    [
        ("/ü?q=ü#ü", "cp1252", "https://example.com/%C3%BC?q=%FC#%C3%BC"),
        ("?q=日本", "shift_jis", "https://example.com/a/b?q=%93%FA%96{"),
        ("?q=日本", "euc-jp", "https://example.com/a/b?q=%C6%FC%CB%DC"),
        ("?q=ü日", "cp1252", "https://example.com/a/b?q=%FC%26%2326085%3B"),
        ("?q=ü", "utf-8", "https://example.com/a/b?q=%C3%BC"),
        ("?q=ü", "utf-16-le", "https://example.com/a/b?q=%C3%BC"),
        ("?q=ü", "no-such-encoding", "https://example.com/a/b?q=%C3%BC"),
        ("mailto:a@b.c?subject=ü", "cp1252", "mailto:a@b.c?subject=%C3%BC"),
    ],
)
def test_encodes_the_query_as_the_page_is_encoded(href: str, encoding: str, url: str) -> None:
    assert urls.resolve(BASE, href, encoding) == url


@pytest.mark.parametrize(
    ("url", "domain"),
    [
        ("https://www.example.com/x", "example.com"),
        ("https://a.b.example.co.uk/", "example.co.uk"),
        ("https://foo.or.jp/", "foo.or.jp"),
        ("https://x.pvt.k12.ma.us/", "x.pvt.k12.ma.us"),
        ("https://a.github.io/", "a.github.io"),
        ("https://github.io/", "github.io"),
        ("http://localhost:8000/", "localhost"),
        ("http://192.168.1.10/", "192.168.1.10"),
        ("http://[::1]:80/", "[::1]"),
        ("http://user:pw@sub.example.com:8080/", "example.com"),
        ("https://BÜCHER.example.com/", "example.com"),
        ("https://example.com./", "example.com"),
        ("https://www.site.test/", "site.test"),
        ("http://www.bücher.example/", "xn--bcher-kva.example"),
        ("mailto:a@b.c", None),
        ("data:text/plain,x", None),
        ("nonsense", None),
    ],
)
def test_base_domain(url: str, domain: str | None) -> None:
    assert urls.base_domain(url) == domain


@pytest.mark.parametrize(
    ("host", "matches"),
    [
        ("example.com", True),
        ("www.example.com", True),
        ("a.b.example.com", True),
        ("example.com.", True),
        ("notexample.com", False),
        ("example.com.evil.net", False),
        ("com", False),
        ("x.cdn.example.org", True),
        ("example.org", False),
    ],
)
def test_host_matches_at_label_boundaries(host: str, matches: bool) -> None:
    assert urls.host_matches(host, {"example.com", "cdn.example.org"}) is matches


def test_no_domains_match_nothing() -> None:
    assert not urls.host_matches("example.com", ())
