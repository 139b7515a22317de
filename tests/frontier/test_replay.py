"""HTTPCACHE: a second crawl, without the site, gives the same items."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
import scrapy

from tests.project import Crawl, Project
from tests.site import Answer, Site

SPIDER = """
class T(C4Mixin, scrapy.Spider):
    name = "t"

    async def start(self):
        for path in ("/", "/tides", "/long"):
            yield scrapy.Request(self.url + path, errback=self.failed)

    def parse(self, response):
        yield from self.extract_all(response)

    def failed(self, failure):
        yield {"failed": failure.request.url}
"""
LONG = "<title>A long page</title>" + "<p>Much to read here. </p>" * 20_000
HEADS: dict[str, tuple[Any, str | None]] = {
    "/tides": ("<title>Tides</title><p>High and low water", None),
    "/long": (LONG, None),
    "/packed": (Answer(gzip.compress(LONG.encode()), headers={"Content-Encoding": "gzip"}), None),
    "/broken": (Answer(b"no gzip", headers={"Content-Encoding": "gzip"}), "broken compression"),
    "/brotli": (Answer(b"br", headers={"Content-Encoding": "br"}), "compressed as br, though not asked for"),
    "/latin": (Answer(b"<title>\xdcber</title>", headers={"Content-Type": "text/html; charset=latin-1"}), None),
    "/moved": (Answer(status=301, headers={"Location": "/tides"}), None),
    "/pdf": (Answer(b"%PDF-1.7", headers={"Content-Type": "application/pdf"}), "not HTML: application/pdf"),
    "/gone": (Answer("<title>gone</title>", 410), "status 410"),
    "/empty": (Answer(b""), None),
    "/secret": ("<title>Secret</title>", "Forbidden by robots.txt"),
}  # fmt: skip


def start_page() -> str:
    return "<title>Start</title>" + "".join(f'<p><a href="{path}">About {path}</a>' for path in HEADS)


def fill(site: Site, headers: dict[str, str] | None = None) -> None:
    pages = {path: answer if isinstance(answer, Answer) else Answer(answer) for path, (answer, _) in HEADS.items()}
    pages["/"] = Answer(start_page())
    pages["/robots.txt"] = Answer("User-agent: *\nDisallow: /secret", headers={"Content-Type": "text/plain"})
    site.pages = {
        path: Answer(page.body, page.status, {**page.headers, **(headers or {})}) for path, page in pages.items()
    }


def ordered(crawl: Crawl) -> list[str]:
    return sorted(str(entry) for entry in crawl.items)


def without(crawl: Crawl, path: str) -> list[tuple[str, dict[str, Any]]]:
    return [(name, item) for name, item in crawl.items if not item.get("href", "").endswith(path)]


CACHES: dict[str, dict[str, Any]] = {
    "files": {},
    "dbm": {"HTTPCACHE_STORAGE": "scrapy.extensions.httpcache.DbmCacheStorage"},
    "RFC 2616": {"HTTPCACHE_POLICY": "scrapy.extensions.httpcache.RFC2616Policy"},
}


@pytest.mark.parametrize("cache", CACHES.values(), ids=CACHES)
def test_a_crawl_is_replayed_with_its_previews(site: Site, project: Project, cache: dict[str, Any]) -> None:
    fill(site, {"Cache-Control": "max-age=3600"})
    settings = {
        "HTTPCACHE_ENABLED": True, "ROBOTSTXT_OBEY": True, **cache,
        "C4_SCORE_LINKS": True, "C4_LINK_PREVIEW": {"query": "tides", "timeout": 20},
    }  # fmt: skip
    first = project.crawl(SPIDER, "-a", f"url={site.url}", settings=settings)
    assert first.returncode == 0, first.log
    heads = {link["href"].removeprefix(site.url): link for link in first.of("LinkItem")}
    assert {path: head["head_extraction_error"] for path, head in heads.items()} == {
        path: error for path, (_, error) in HEADS.items()
    }
    # The beginning of a page that previews read has not become the page.
    assert {page["url"].removeprefix(site.url): len(page["markdown"]) > 300_000 for page in first.of("PageItem")} == {
        "/": False, "/tides": False, "/long": True,
    }  # fmt: skip
    asked = len(site.asked)
    site.close()
    second = project.crawl(SPIDER, "-a", f"url={site.url}", settings=settings)
    assert second.returncode == 0, second.log
    if "HTTPCACHE_POLICY" in cache:
        # Scrapy fails on it, which leaves nothing that says how long it may be stored.
        first.items, second.items = without(first, "/broken"), without(second, "/broken")
    assert ordered(second) == ordered(first)
    assert len(site.asked) == asked
    assert second.stats["c4/preview/cache_count/hit"] >= len(HEADS) - 1
    assert "Traceback" not in second.log, second.log


def test_what_is_not_in_the_cache_is_not_fetched_when_told_so(site: Site, project: Project) -> None:
    fill(site)
    cache = {"HTTPCACHE_ENABLED": True, "LOG_LEVEL": "WARNING"}
    project.crawl(SPIDER, "-a", f"url={site.url}", settings=cache)
    asked = len(site.asked)
    crawl = project.crawl(
        SPIDER,
        "-a", f"url={site.url}",
        settings={**cache, "HTTPCACHE_IGNORE_MISSING": True, "C4_LINK_PREVIEW": True},
    )  # fmt: skip
    assert len(site.asked) == asked
    assert {link["head_extraction_error"] for link in crawl.of("LinkItem")} == {"not in the HTTP cache"}
    assert crawl.stats["c4/preview/failure_count/not_cached"] == len(HEADS)


def test_without_a_cache_previews_ask_again(site: Site, project: Project) -> None:
    fill(site)
    for _ in range(2):
        crawl = project.crawl(SPIDER, "-a", f"url={site.url}", settings={"C4_LINK_PREVIEW": True})
        assert "c4/preview/cache_count/miss" not in crawl.stats
    assert site.paths().count("/latin") == 2


@pytest.mark.browser
@pytest.mark.skipif(scrapy.version_info < (2, 18), reason="this Scrapy caches responses without their class")
def test_rendered_pages_are_replayed_with_their_captures(site: Site, project: Project) -> None:
    site.pages = {
        "/": "<title>Start</title><p id=p>Server text</p><a href=/tides>Tides</a>"
        "<script>p.textContent = 'Browser text ' + navigator.webdriver</script>",
        "/tides": "<title>Tides</title>",
        "/long": "<p>Long",
    }
    settings = {
        "HTTPCACHE_ENABLED": True,
        "C4_RENDER": "always",
        "C4_SCREENSHOT": True,
        "C4_CAPTURE_MHTML": True,
        "C4_LINK_PREVIEW": {"query": "tides", "timeout": 20},
        "PLAYWRIGHT_LAUNCH_OPTIONS": {
            "args": [
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
            ]
        },
    }  # fmt: skip
    first = project.crawl(SPIDER, "-a", f"url={site.url}", settings=settings)
    captures = {path: path.read_bytes() for path in (project.path / "captures").rglob("*") if path.is_file()}
    assert len(captures) == 6, first.log
    assert {page["rendered"] for page in first.of("PageItem")} == {True}
    assert "Browser text" in str(first.of("PageItem"))
    for path in captures:
        path.unlink()
    site.close()
    second = project.crawl(SPIDER, "-a", f"url={site.url}", settings=settings)
    assert ordered(second) == ordered(first), second.log
    assert {path: path.read_bytes() for path in captures} == captures
    assert "playwright/page_count" not in second.stats
