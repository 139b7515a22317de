"""Servers that speak no HTTP, or more of it than anybody expects: every request ends as an item or an error."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.project import Crawl, Project
from tests.raw_site import RawSite
from tests.test_render import LAUNCH

PAGE = b"<html><head><title>T</title></head><body><p>start <a href=/ok>ok</a></body></html>"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
CJK = "".join(chr(0x4E00 + n * 7919 % 20000) for n in range(30_000)).encode()


def http(body: bytes = PAGE, status: bytes = b"200 OK", *headers: bytes, kind: bytes = b"text/html") -> bytes:
    lines = [b"HTTP/1.1 " + status, b"Connection: close", b"Content-Type: " + kind, b"Content-Length: %d" % len(body)]
    return b"\r\n".join([*lines, *headers]) + b"\r\n\r\n" + body


def leads_to(location: bytes) -> bytes:
    return http(b"", b"302 Found", b"Location: " + location)


ANSWERS: dict[str, bytes] = {
    "no HTTP": b"hello",
    "nothing": b"",
    "HTTP/0.9": PAGE,
    "HTTP/9.9": b"HTTP/9.9 200 OK\r\n\r\n" + PAGE,
    "status line only": b"HTTP/1.1 200 OK\r\n\r\n",
    **{f"status {code}": http(PAGE, code.encode() + b" x") for code in ("0", "99", "600", "1000", "-1", "abc", "206")},
    "status 101": http(b"", b"101 Switching Protocols", b"Upgrade: websocket"),
    "a thousand times 100": b"HTTP/1.1 100 Continue\r\n\r\n" * 1000 + http(),
    "early hints": b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n" + http(),
    "login": http(PAGE, b"401 Unauthorized", b'WWW-Authenticate: Basic realm="x"'),
    "login of a proxy": http(PAGE, b"407 Proxy", b'Proxy-Authenticate: Basic realm="x"'),
    "NUL in a header": http(PAGE, b"200 OK", b"X: a\x00b"),
    "control in a name": http(PAGE, b"200 OK", b"X\x01: y"),
    "no colon": http(PAGE, b"200 OK", b"garbage"),
    "UTF-8 in a name": http(PAGE, b"200 OK", "X-Ü: ü".encode()),
    "bytes in a header": http(PAGE, b"200 OK", b"X: \xff\xfe"),
    "a header of 1 MB": http(PAGE, b"200 OK", b"X: " + b"a" * 1_000_000),
    "20,000 headers": http(PAGE, b"200 OK", *(b"X%d: y" % n for n in range(20_000))),
    "500 cookies": http(PAGE, b"200 OK", *(b"Set-Cookie: c%d=%s" % (n, b"v" * 200) for n in range(500))),
    "odd cookie": http(PAGE, b"200 OK", b"Set-Cookie: \xff=\x01; Expires=99999999999999; Max-Age=1e400; Path=\\"),
    "referrer policy of Python": http(PAGE, b"200 OK", b"Referrer-Policy: os.system"),
    "refresh by header": http(PAGE, b"200 OK", b"Refresh: 0; url=javascript:alert(1)"),
    **{
        f"length {length[:9]!r}": HEAD + b"Content-Length: " + length + b"\r\n\r\n" + PAGE
        for length in (b"-5", b"abc", b"+5", b"\xc2\xb2", b"9" * 23, b"9" * 5000, b"9999", b"5\r\nContent-Length: 6")
    },
    "chunk of no size": CHUNKED + b"zz\r\nabc",
    "chunk of any size": CHUNKED + b"f" * 18 + b"\r\nabc",
    "chunk cut": CHUNKED + b"50\r\nabc",
    "chunk with much to say": CHUNKED + b"5;" + b"a" * 70_000 + b"\r\nhello\r\n0\r\n\r\n",
    "unknown transfer": http(PAGE, b"200 OK", b"Transfer-Encoding: foo"),
    "unknown compression": http(PAGE, b"200 OK", b"Content-Encoding: foo"),
    "no gzip": http(b"nope", b"200 OK", b"Content-Encoding: gzip"),
    "cut gzip": http(gzip.compress(PAGE * 100)[:-20], b"200 OK", b"Content-Encoding: gzip"),
    "raw deflate": http(zlib.compress(PAGE)[2:-4], b"200 OK", b"Content-Encoding: deflate"),
    "fifty times gzip": http(PAGE, b"200 OK", b"Content-Encoding: " + b", ".join([b"gzip"] * 50)),
    "type of bytes": http(kind=b"text/html; charset=\xff"),
    "type of 10 kB": http(kind=b"text/html; charset=" + b"a" * 10_000),
    "many parts": http(kind=b"multipart/x-mixed-replace; boundary=x"),
    "NUL": http(b"\x00" * 100_000),
    "all bytes": http(bytes(range(256)) * 500),
    **{
        f"to {n}": leads_to(location)
        for n, location in enumerate([
            b"", b" ", b"?", b"#", b"//", b"http://", b"http://[", b"http://127.0.0.1:99999/", b"http://127.0.0.1:-1/",
            b"http://127.0.0.1:0/", b"http://127.0.0.1:abc/", b"http://127.0.0.1\x00.b/", b"http://u:pw@127.0.0.1:1/",
            "http://①②⑦.⓪.⓪.①:1/".encode(), b"http://2130706433:1/", b"http://0177.1:1/", b"http://[::ffff:127.0.0.1]:1/",
            b"http://%31%32%37.0.0.1:1/", b"http:ok", b"http:/ok", b"\\\\127.0.0.1:1\\x", b"/%00", b"/%zz", b"/\xff",
            b"/" + b"a" * 60_000, b"javascript:alert(1)", b"data:text/html,x", b"file:///etc/hostname",
            b"ftp://127.0.0.1:1/", b"ws://127.0.0.1:1/", b"about:blank", b"view-source:http://127.0.0.1:1/",
            b"blob:http://127.0.0.1/x", b"chrome://version", b"mailto:a@b",
        ])
    },
    "base without a host": http(b"<base href='http://['>" + PAGE),
    "base of a script": http(b"<base href='javascript:x'>" + PAGE),
    **{
        f"refresh to {n}": http(b'<meta http-equiv=refresh content="0;url=%s">' % url + PAGE)
        for n, url in enumerate([b"javascript:alert(1)", b"file:///etc/hostname", b"data:text/html,x", b"http://["])
    },
}  # fmt: skip
#: Pages that have to come out as what they are, whatever encoding they claim.
ENCODINGS: dict[str, bytes] = {
    **{
        f"header {name}": http(PAGE, kind=b"text/html; charset=" + name.encode())
        for name in ("base64", "zip", "rot13", "hex", "uu", "idna", "punycode", "undefined", "unicode_escape")
    },
    "element punycode": http(b"<meta charset=punycode>" + PAGE),
    "element base64": http(b"<meta charset=base64>" + PAGE),
    "much punycode": http(PAGE.replace(b"start", CJK), kind=b"text/html; charset=punycode"),
    "much punycode again": http(PAGE.replace(b"start", b"-zz9k" * 60_000), kind=b"text/html; charset=punycode"),
}
SPIDER = """
class T(C4Mixin, scrapy.Spider):
    name = "t"
    async def start(self):
        for n in range(%d):
            yield scrapy.Request(f"%s/{n}", errback=self.failed, dont_filter=True, meta={"n": n})
    def parse(self, response):
        yield {"n": response.meta["n"], "url": response.url, "text": response.body[:200].decode("latin-1")}
        if isinstance(response, scrapy.http.HtmlResponse):
            yield from self.extract_all(response)
    def failed(self, failure):
        yield {"n": failure.request.meta["n"], "failed": repr(failure.value)}
"""


@pytest.fixture
def hostile() -> Iterator[RawSite]:
    answers = [*ANSWERS.values(), *ENCODINGS.values()]
    site = RawSite({f"/{n}": answer for n, answer in enumerate(answers)} | {"/ok": http()})
    yield site
    site.close()


def check(crawl: Crawl) -> None:
    names = [*ANSWERS, *ENCODINGS]
    outcomes: dict[int, list[Any]] = {}
    for name, item in crawl.items:
        if name == "dict":
            outcomes.setdefault(item["n"], []).append(item)
    missing = [name for n, name in enumerate(names) if len(outcomes.get(n, ())) != 1]
    assert missing == []
    for n, name in enumerate(names):
        if name in ENCODINGS:
            assert "<title>T</title>" in outcomes[n][0].get("text", ""), (name, outcomes[n])
    assert (crawl.returncode, crawl.stats["reason"]) == (0, "finished")
    assert "Traceback" not in crawl.log, crawl.log


def test_plain_requests(hostile: RawSite, project: Project) -> None:
    crawl = project.crawl(
        SPIDER % (len(ANSWERS) + len(ENCODINGS), hostile.url),
        settings={"DOWNLOAD_TIMEOUT": 10, "HTTPERROR_ALLOW_ALL": True},
    )  # fmt: skip
    check(crawl)


@pytest.mark.browser
def test_browser_requests(hostile: RawSite, project: Project) -> None:
    crawl = project.crawl(
        SPIDER % (len(ANSWERS) + len(ENCODINGS), hostile.url),
        settings={
            "C4_RENDER": "always", "PLAYWRIGHT_LAUNCH_OPTIONS": LAUNCH, "C4_PAGE_TIMEOUT": 8000,
            "HTTPERROR_ALLOW_ALL": True, "DOWNLOAD_TIMEOUT": 14,
        },
        timeout=200,
    )  # fmt: skip
    check(crawl)


@pytest.mark.browser
def test_a_page_that_leads_nowhere_is_kept_as_it_was(hostile: RawSite, project: Project) -> None:
    nowhere = b"http://127.0.0.1:1/"
    ways = [b"<script>location = '%s'</script>" % nowhere, b"<meta http-equiv=refresh content='0;url=%s'>" % nowhere]
    hostile.pages = {
        **{f"/{n}": http(b"<title>T</title>" + way) for n, way in enumerate(ways)},
        "/2": http(b"<title>T</title><meta http-equiv=refresh content='0;url=//'>"),
        "/3": http(b"<title>T</title><h1>Here</h1><script>onload = () => location = '%s'</script>" % nowhere),
        "/4": http(b"<title>T</title><h1>Here</h1>" + ways[1]),
    }
    crawl = project.crawl(
        SPIDER % (5, hostile.url),
        settings={"C4_RENDER": "always", "PLAYWRIGHT_LAUNCH_OPTIONS": LAUNCH, "C4_DELAY_BEFORE_RETURN_HTML": 1},
    )
    failed = {item["n"]: item.get("failed", "") for name, item in crawl.items if name == "dict"}
    # Chromium's own error page is none of theirs.
    assert "127.0.0.1:1/, which cannot be loaded" in failed[0]
    assert "cannot be loaded" in failed[2]
    assert failed[3] == ""
    # Scrapy follows a refresh of a page that is kept.
    assert all("127.0.0.1:1/" in failed[n] for n in (1, 4)), failed
    assert crawl.stats["c4/render/error_count/ERR_FAILED"] == 4


def test_previews(hostile: RawSite, project: Project) -> None:
    names = [*ANSWERS, *ENCODINGS]
    links = "".join(f"<a href=/{n}>link {n}</a> " for n in range(len(names)))
    hostile.pages["/0?start"] = http(f"<title>Start</title>{links}".encode())
    crawl = project.crawl(
        SPIDER.replace('{n}"', '{n}?start"') % (1, hostile.url),
        settings={"C4_LINK_PREVIEW": {"max_links": 1000, "timeout": 10, "query": "x"}},
    )
    found = {link["text"]: link for link in crawl.of("LinkItem")}
    assert len(found) == len(names)
    for n, name in enumerate(names):
        link = found[f"link {n}"]
        assert link["head_extraction_status"] in ("valid", "failed")
        assert (link["head_extraction_error"] is None) == (link["head_extraction_status"] == "valid")
        if name in ENCODINGS:
            assert link["head_data"]["title"] == "T", name
    assert (crawl.returncode, crawl.stats["reason"]) == (0, "finished")
    assert "Traceback" not in crawl.log, crawl.log
    stats = crawl.stats
    assert stats["c4/preview/status_count/valid"] + stats["c4/preview/status_count/failed"] == len(names)


def test_a_page_that_also_names_a_place_is_read(hostile: RawSite, project: Project) -> None:
    hostile.pages = {
        "/0": http(b"<title>Start</title><a href=/here>here</a>"),
        "/here": http(PAGE, b"200 OK", b"Location: /elsewhere"),
    }
    crawl = project.crawl(SPIDER % (1, hostile.url), settings={"C4_LINK_PREVIEW": True})
    (link,) = crawl.of("LinkItem")
    assert link["head_data"]["title"] == "T"
    assert hostile.asked == ["/0", "/here"]
