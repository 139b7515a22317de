"""What governs pages governs their previews: delays, AutoThrottle, robots.txt, proxies."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from tests.project import Crawl, Project
from tests.site import Answer, Asked, Site

SPIDER = """
from scrapy import signals

class T(LinkMixin, scrapy.Spider):
    name = "t"
    proxy = None

    @classmethod
    def from_crawler(cls, crawler, *args, **kwargs):
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.left, signal=signals.request_left_downloader)
        return spider

    async def start(self):
        yield scrapy.Request(self.url, meta={"proxy": self.proxy} if self.proxy else {})

    def parse(self, response):
        yield from self.extract_links(response)

    def left(self, request):
        slot = request.meta["download_slot"]
        self.crawler.stats.inc_value(f"slots/{slot}/{'preview' if 'c4_preview' in request.meta else 'page'}")
        self.crawler.stats.set_value(f"delay/{slot}", self.crawler.engine.downloader.slots[slot].delay)
"""
PREVIEW = {"C4_LINK_PREVIEW": {"query": "tides", "timeout": 20}}


def crawl(site: Site, project: Project, *args: str, **settings: Any) -> Crawl:
    site.pages = {
        "/": "<title>Start</title><p><a href=/tides>Tides</a><p><a href=/secret>Secret</a><p><a href=/boats>Boats</a>",
        "/tides": "<title>Tides</title>", "/boats": "<title>Boats</title>", "/secret": "<title>Secret</title>",
        "/robots.txt": Answer("User-agent: *\nDisallow: /secret\n", headers={"Content-Type": "text/plain"}),
    }  # fmt: skip
    # A proxy is asked for whole URLs.
    site.pages |= {f"http://pages.invalid{path}": answer for path, answer in site.pages.items()}
    result = project.crawl(SPIDER, *args, settings={**PREVIEW, **settings})
    assert result.returncode == 0, result.log
    assert "Traceback" not in result.log, result.log
    return result


def test_the_delay_of_a_site_holds_for_previews(site: Site, project: Project) -> None:
    done = crawl(site, project, "-a", f"url={site.url}/", DOWNLOAD_DELAY=0.05)
    slots = {name: value for name, value in done.stats.items() if name.startswith(("slots/", "delay/"))}
    assert slots == {"slots/127.0.0.1/page": 1, "slots/127.0.0.1/preview": 3, "delay/127.0.0.1": 0.05}


def test_autothrottle_learns_from_previews_and_slows_them(site: Site, project: Project) -> None:
    done = crawl(
        site, project, "-a", f"url={site.url}/",
        AUTOTHROTTLE_ENABLED=True, AUTOTHROTTLE_DEBUG=True, AUTOTHROTTLE_START_DELAY=0.2,
    )  # fmt: skip
    assert done.log.count("slot: 127.0.0.1 | conc:") == 4
    assert 0 < done.stats["delay/127.0.0.1"] < 0.2


def test_robots_txt_holds_for_pages_and_previews(site: Site, project: Project) -> None:
    done = crawl(site, project, "-a", f"url={site.url}/", ROBOTSTXT_OBEY=True)
    assert {link["href"].rpartition("/")[2]: link["head_extraction_error"] for link in done.of("LinkItem")} == {
        "tides": None, "boats": None, "secret": "Forbidden by robots.txt",
    }  # fmt: skip
    done = crawl(site, project, "-a", f"url={site.url}/secret", ROBOTSTXT_OBEY=True)
    assert done.stats["downloader/exception_type_count/scrapy.exceptions.IgnoreRequest"] == 1
    assert "/secret" not in site.paths()


@pytest.mark.parametrize("way", ["meta", "environment"])
def test_previews_take_the_proxy_of_their_page(
    site: Site, project: Project, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    proxy = site.url.replace("//", "//user:se%20cret%40@")
    args = ["-a", "url=http://pages.invalid/"]
    if way == "meta":
        args += ["-a", f"proxy={proxy}"]
    else:
        monkeypatch.setenv("http_proxy", proxy)
    done = crawl(site, project, *args)
    assert {link["head_extraction_status"] for link in done.of("LinkItem")} == {"valid"}, done.of("LinkItem")
    assert sorted(site.paths()) == [f"http://pages.invalid/{path}" for path in ("", "boats", "secret", "tides")]
    assert {_credentials(asked) for asked in site.asked} == {"Basic " + b64encode(b"user:se cret@").decode()}


def _credentials(asked: Asked) -> str | None:
    return asked.headers.get("proxy-authorization")
