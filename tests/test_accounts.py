"""A crawl of everything that can happen: every request the spider makes is a page, or one of the counted reasons."""

from __future__ import annotations

import gzip
import socket
from collections import Counter
from typing import Any

import pytest

from tests.project import Project
from tests.site import Answer, Site
from tests.test_render import LAUNCH

SPIDER = """
class T(scrapy.Spider):
    name = "t"
    allowed_domains = ["127.0.0.1"]
    async def start(self):
        for url, meta in self.requests:
            yield scrapy.Request(url, meta=meta)
    def parse(self, response):
        yield {"url": response.url, "page": isinstance(response, scrapy.http.HtmlResponse)}
"""
#: Nobody to ask for robots.txt there, either.
NO_SERVER: dict[str, Any] = {"dont_obey_robotstxt": True}
PUBLIC_ONLY: dict[str, Any] = {"c4_public_only": True}


@pytest.mark.parametrize("render", ["never", pytest.param("always", marks=pytest.mark.browser)])
def test_every_request_is_accounted_for(site: Site, project: Project, render: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        closed_url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    flaky = [503, 503, 200]
    site.pages = {
        **{f"/page{n}": f"<title>{n}</title><a href=/page{n + 1}>x</a>" for n in range(20)},
        "/robots.txt": Answer("User-agent: *\nDisallow: /secret\n", headers={"Content-Type": "text/plain"}),
        "/flaky": lambda _: Answer("<title>flaky</title>", flaky.pop(0)),
        "/broken": Answer("<title>broken</title>", 500),
        "/moved": Answer(status=301, headers={"Location": "/page0"}),
        "/moved-to-secret": Answer(status=302, headers={"Location": "/secret/1"}),
        "/round": Answer(status=302, headers={"Location": "/round"}),
        "/data": Answer('{"a": 1}', headers={"Content-Type": "application/json"}),
        "/big": Answer("<p>" + "x" * 3_000_000),
        "/bomb": Answer(gzip.compress(b"<p>" + bytes(30_000_000)), headers={"Content-Encoding": "gzip"}),
    }
    plain: dict[str, Any] = {}
    requests = [(f"{site.url}/{path}", meta) for path, meta in [
        *((f"page{n}", plain) for n in range(20)),
        *((f"page{n}", plain) for n in range(5)),  # twice
        ("missing", plain), ("missing/too", plain), ("flaky", plain), ("broken", plain), ("moved", plain),
        ("round", plain), ("secret", plain), ("secret/2", plain), ("moved-to-secret", plain), ("data", plain),
        ("big", plain), ("bomb", plain), ("page1?public", PUBLIC_ONLY), ("page2?public", PUBLIC_ONLY),
        ("page3?options", {"c4": {"no_such": 1}}), ("page4?options", {"c4": {"render": 5}}),
    ]]  # fmt: skip
    requests += [
        (f"{closed_url}/", NO_SERVER),
        ("http://elsewhere.invalid/", plain),
        ("gopher://127.0.0.1/", NO_SERVER),
    ]
    crawl = project.crawl(
        SPIDER.replace("self.requests", repr(requests)),
        settings={
            "C4_RENDER": render, "PLAYWRIGHT_LAUNCH_OPTIONS": LAUNCH, "C4_EMIT": ["page"], "ROBOTSTXT_OBEY": True,
            "RETRY_ENABLED": True, "RETRY_TIMES": 2, "DOWNLOAD_MAXSIZE": 2_000_000, "REDIRECT_MAX_TIMES": 5,
            "DOWNLOADER_MIDDLEWARES": {"scrapy_c4.security.EgressMiddleware": 40},
        },
    )  # fmt: skip
    stats = Counter(crawl.stats)

    def total(prefix: str) -> int:
        return sum(value for name, value in stats.items() if name.startswith(prefix))

    retries, filtered = stats["retry/count"], stats["dupefilter/filtered"] + stats["offsite/filtered"]
    redirects = total("downloader/response_status_count/30")
    assert stats["scheduler/enqueued"] == stats["scheduler/dequeued"]
    assert len(requests) == filtered + stats["scheduler/enqueued"] - retries - redirects

    called = [item for name, item in crawl.items if name == "dict"]
    pages = crawl.of("PageItem")
    assert sorted(item["url"] for item in called if item["page"]) == sorted(page["url"] for page in pages)
    assert len(pages) == stats["c4/extract/page_count"] == stats["c4/extract/item_count/PageItem"]
    assert len(called) - len(pages) == stats["c4/extract/no_page_count"] == 1
    # Reasons are exceptions by name, or "503 Service Unavailable".
    retried = sum(n for name, n in stats.items() if name.startswith("retry/reason_count/") and not name[19].isdigit())
    given_up = stats["downloader/exception_count"] - retried
    # What unpacks to too much is counted nowhere; newer versions of Scrapy warn.
    bombs = int(render == "never")
    outcomes = len(called) + stats["httperror/response_ignored_count"] + given_up + retries + redirects + bombs
    assert outcomes == stats["scheduler/dequeued"], crawl.stats
    assert given_up >= stats["robotstxt/forbidden"] + 2 + 2
    assert (stats["c4/egress/refused_count"], stats["c4/render/invalid_options_count"]) == (2, 2)
    if render == "always":
        assert stats["c4/render/not_html_count"] == sum(not item["page"] for item in called) == 1
        assert stats["playwright/page_count"] == stats["playwright/page_count/closed"]
