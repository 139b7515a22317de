"""Link previews and scores in real crawls."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from typing import Any

import pytest

from tests.project import Project
from tests.proxy import Proxy, answer
from tests.site import Answer, Site

SPIDER = """
class T(LinkMixin, scrapy.Spider):
    name = "t"
    async def start(self):
        yield scrapy.Request(self.url, meta=self.meta if hasattr(self, "meta") else {})
    def parse(self, response):
        yield from self.extract_links(response)
"""


def links_page(*hrefs: str) -> str:
    return "<title>Start</title><h1>Start</h1>" + "".join(
        f'<p><a href="{h}">Link {n}</a></p>' for n, h in enumerate(hrefs)
    )


def head(title: str, description: str = "") -> str:
    return f'<html><head><title>{title}</title><meta name="description" content="{description}"></head><body>x</body>'


def by_path(crawl: Any) -> dict[str, dict[str, Any]]:
    return {"/" + link["href"].split("/", 3)[3]: link for link in crawl.of("LinkItem")}


def test_heads_are_fetched_once_and_links_scored(site: Site, project: Project) -> None:
    site.pages = {
        "/": links_page(
            "/tides", "/boats", "/tides#evening", "/missing", "/pdf", "/logout", "/moved", "/loop", "/deep/x"
        ),
        "/tides": head("Tide tables", "High and low water"),
        "/boats": head("Boats for hire"),
        "/pdf": Answer(b"%PDF-1.7", headers={"Content-Type": "application/pdf"}),
        "/moved": Answer(status=301, headers={"Location": "/tides?from=moved"}),
        "/loop": Answer(status=302, headers={"Location": "/loop"}),
        "/deep/x": head("Something else"),
    }
    crawl = project.crawl(
        SPIDER,
        "-a", f"url={site.url}/",
        settings={
            "C4_SCORE_LINKS": True,
            "C4_LINK_PREVIEW": {"query": "tide tables", "exclude_patterns": ["*/deep/*"], "timeout": 10},
        },
    )  # fmt: skip
    assert crawl.returncode == 0, crawl.log
    assert "Traceback" not in crawl.log
    links = by_path(crawl)
    assert len(links) == 9
    assert links["/tides"]["head_extraction_status"] == "valid"
    assert links["/tides"]["head_data"]["title"] == "Tide tables"
    assert links["/tides"]["head_data"]["description"] == "High and low water"
    assert links["/tides#evening"]["head_data"]["title"] == "Tide tables"
    assert site.paths().count("/tides") == 1
    assert links["/moved"]["head_data"]["title"] == "Tide tables"
    assert (links["/missing"]["head_extraction_status"], links["/missing"]["head_extraction_error"]) == (
        "failed",
        "status 404",
    )
    assert links["/pdf"]["head_extraction_error"] == "not HTML: application/pdf"
    assert "redirects" in links["/loop"]["head_extraction_error"]
    assert (links["/logout"]["head_extraction_status"], links["/logout"]["head_extraction_error"]) == (
        "skipped",
        "action",
    )
    assert "/logout" not in site.paths()
    assert links["/deep/x"]["head_extraction_error"] == "exclude_patterns"
    for link in links.values():
        assert 0 <= link["contextual_score"] <= 1
        assert 0 <= link["intrinsic_score"] <= 10
        expected = 0.3 * link["intrinsic_score"] / 10 + 0.7 * link["contextual_score"]
        assert link["total_score"] == pytest.approx(expected, abs=0.002)
    best = max(links.values(), key=lambda link: link["total_score"])
    assert best["head_data"]["title"] == "Tide tables"
    assert links["/boats"]["contextual_score"] == 0
    assert crawl.stats["c4/preview/status_count/valid"] >= 3
    assert crawl.stats["c4/preview/failure_count/status_404"] == 1


def test_previews_are_bare_and_keep_to_robots_txt(site: Site, project: Project) -> None:
    other = Site("127.0.0.2")
    try:
        site.pages = {
            "/": Answer(
                links_page("/inside", f"{other.url}/outside"), headers={"Set-Cookie": "session=secret; Path=/"}
            ),
            "/inside": head("Inside"),
            "/robots.txt": Answer("User-agent: *\nDisallow: /inside\n", headers={"Content-Type": "text/plain"}),
        }
        other.pages = {"/outside": head("Outside")}
        crawl = project.crawl(
            SPIDER,
            "-a", f"url={site.url}/",
            settings={
                "ROBOTSTXT_OBEY": True,
                "DEFAULT_REQUEST_HEADERS": {
                    "Authorization": "Bearer secret",
                    "X-Key": "secret",
                    "Accept-Language": "en",
                },
                "C4_LINK_PREVIEW": {"include_external": True, "timeout": 10},
            },
        )  # fmt: skip
    finally:
        other.close()
    links = {link["text"]: link for link in crawl.of("LinkItem")}
    assert links["Link 0"]["head_extraction_status"] == "failed"
    assert "robots" in links["Link 0"]["head_extraction_error"].lower()
    assert links["Link 1"]["head_data"]["title"] == "Outside"
    asked = [asked for asked in other.asked if asked.path == "/outside"]
    assert len(asked) == 1
    assert not {"authorization", "x-key", "cookie", "referer"} & asked[0].headers.keys()
    assert asked[0].headers["accept-encoding"] == "identity"
    assert asked[0].headers["accept-language"] == "en"
    assert "/inside" not in site.paths()


def test_a_head_is_read_no_further_than_needed(site: Site, project: Project) -> None:
    sent: dict[str, int] = {}

    def endless(name: str, start: bytes, piece: bytes) -> Answer:
        def write(handler: Any) -> None:
            sent[name] = 0
            handler.wfile.write(start)
            try:
                while sent[name] < 30_000_000:
                    handler.wfile.write(piece)
                    sent[name] += len(piece)
            except OSError:
                pass

        return Answer(write=write)

    packed = gzip.compress(head("Packed").encode() + b"<p>" + b"x" * 1000)
    site.pages = {
        "/": links_page("/big", "/endless-head", "/packed", "/broken", "/cut", "/utf16"),
        "/big": endless("big", head("Big").encode(), b"<p>" + b"x" * 65536),
        "/endless-head": endless(
            "endless-head", b"<html><head><title>Endless</title>", b"<meta name=a content=b>" * 4096
        ),
        "/packed": Answer(packed, headers={"Content-Encoding": "gzip"}),
        "/broken": Answer(b"no gzip at all", headers={"Content-Encoding": "gzip"}),
        "/cut": Answer("<title>Cut off"),
        "/utf16": Answer(head("Ünï").encode("utf-16"), headers={"Content-Type": "text/html"}),
    }
    crawl = project.crawl(SPIDER, "-a", f"url={site.url}/", settings={"C4_LINK_PREVIEW": {"timeout": 20}})
    links = by_path(crawl)
    assert links["/big"]["head_data"]["title"] == "Big"
    assert links["/endless-head"]["head_data"]["title"] == "Endless"
    assert links["/packed"]["head_data"]["title"] == "Packed"
    assert links["/broken"]["head_extraction_error"] == "broken compression"
    assert links["/cut"]["head_extraction_status"] == "valid"
    assert links["/utf16"]["head_data"]["title"] == "Ünï"
    assert crawl.stats["c4/preview/received_bytes"] < 1_000_000
    assert crawl.log.count("ERROR") == 0, crawl.log


def test_a_server_that_never_answers_costs_its_own_links_only(site: Site, project: Project) -> None:
    dead = socket.create_server(("127.0.0.1", 0))  # accepts by its backlog, says nothing
    dead_url = f"http://127.0.0.1:{dead.getsockname()[1]}"
    refused = socket.create_server(("127.0.0.1", 0))
    refused_url = f"http://127.0.0.1:{refused.getsockname()[1]}/"
    refused.close()
    site.pages = {"/": links_page("/ok", f"{dead_url}/1", f"{dead_url}/2", refused_url), "/ok": head("Fine")}
    started = time.monotonic()
    crawl = project.crawl(SPIDER, "-a", f"url={site.url}/", settings={"C4_LINK_PREVIEW": {"timeout": 1}}, timeout=60)
    dead.close()
    links = {link["text"]: link for link in crawl.of("LinkItem")}
    assert links["Link 0"]["head_data"]["title"] == "Fine"
    assert links["Link 1"]["head_extraction_error"].startswith("timeout")
    assert links["Link 2"]["head_extraction_error"].startswith("timeout")
    assert "refused" in links["Link 3"]["head_extraction_error"].lower()
    assert crawl.stats["reason"] == "finished"
    assert time.monotonic() - started < 45  # a hang, not a speed


def test_robots_txt_holds_for_all_previews_of_a_site_that_come_together(site: Site, project: Project) -> None:
    other = Site("127.0.0.2")
    other.pages = {
        "/robots.txt": Answer("User-agent: *\nDisallow: /secret\n", headers={"Content-Type": "text/plain"}),
        "/ok": head("Fine"),
    }
    site.pages = {"/": links_page(*(f"{other.url}/secret/{n}" for n in range(8)), f"{other.url}/ok")}
    crawl = project.crawl(
        SPIDER,
        "-a",
        f"url={site.url}/",
        settings={"ROBOTSTXT_OBEY": True, "C4_LINK_PREVIEW": {"include_external": True, "timeout": 10}},
    )
    other.close()
    links = crawl.of("LinkItem")
    assert [link["head_extraction_error"] for link in links] == ["Forbidden by robots.txt"] * 8 + [None]
    assert sorted(other.paths()) == ["/ok", "/robots.txt"]


def test_a_preview_that_gives_up_waiting_for_robots_txt_leaves_it_to_the_spider(site: Site, project: Project) -> None:
    asked = threading.Event()

    def robots(path: str) -> Answer:
        asked.set()
        time.sleep(3)
        return Answer("User-agent: *\nDisallow: /secret\n", headers={"Content-Type": "text/plain"})

    def when_asked(path: str) -> str:
        asked.wait(20)
        return head("Later")

    other = Site("127.0.0.2")
    other.pages = {"/robots.txt": robots, "/x": head("X"), "/secret/1": head("Secret"), "/open": head("Open")}
    site.pages = {
        "/": links_page(f"{other.url}/x", f"{other.url}/y"),
        "/later": when_asked,
        "/robots.txt": Answer(status=404),
    }
    spider = f"""{SPIDER}
        yield response.follow("/later", self.later)
    def later(self, response):
        yield scrapy.Request("{other.url}/secret/1", self.got, errback=self.lost)
    def got(self, response):
        self.crawler.stats.inc_value("got")
    def lost(self, failure):
        self.crawler.stats.set_value("lost", str(failure.value))
        yield scrapy.Request("{other.url}/open", self.got)
"""
    crawl = project.crawl(
        spider,
        "-a", f"url={site.url}/",
        settings={"ROBOTSTXT_OBEY": True, "C4_LINK_PREVIEW": {"include_external": True, "timeout": 0.1}},
        timeout=60,
    )  # fmt: skip
    other.close()
    assert {link["head_extraction_error"] for link in crawl.of("LinkItem")} == {"timeout"}
    assert crawl.stats["lost"] == "Forbidden by robots.txt"
    assert crawl.stats["got"] == 1
    assert crawl.stats["reason"] == "finished"
    assert "Traceback" not in crawl.log, crawl.log
    assert set(other.paths()) <= {"/robots.txt", "/open", "/x"}


def test_the_time_of_a_preview_with_redirects_does_not_run_while_its_site_is_not_due(
    site: Site, project: Project
) -> None:
    site.pages = {"/": links_page(*(f"/moved/{n}" for n in range(8)))}
    for n in range(8):
        site.pages[f"/moved/{n}"] = Answer(status=301, headers={"Location": f"/new/{n}"})
        site.pages[f"/new/{n}"] = slow_head
    crawl = project.crawl(
        SPIDER,
        "-a", f"url={site.url}/",
        settings={"DOWNLOAD_DELAY": 0.25, "C4_LINK_PREVIEW": {"timeout": 1.5}},
    )  # fmt: skip
    assert [link["head_extraction_error"] for link in crawl.of("LinkItem")] == [None] * 8
    assert crawl.stats["c4/preview/request_count"] == 16


def slow_head(path: str) -> str:
    time.sleep(0.15)  # more than what is left of 1.5 s when the site's turn has come again
    return head("New")


def test_more_links_than_concurrent_items_do_not_dead_lock(site: Site, project: Project) -> None:
    site.pages = {"/": links_page(*(f"/p{n}" for n in range(600)))}
    site.pages |= {f"/p{n}": head(f"Page {n} of many", "rare" if n == 317 else "") for n in range(600)}
    crawl = project.crawl(
        SPIDER,
        "-a", f"url={site.url}/",
        settings={"CONCURRENT_ITEMS": 3, "C4_LINK_PREVIEW": {"max_links": 50, "query": "link 317", "concurrency": 8}},
    )  # fmt: skip
    links = crawl.of("LinkItem")
    assert len(links) == len({link["href"] for link in links}) == 600
    assert crawl.stats["c4/preview/request_count"] == 50
    assert sum(link["head_extraction_status"] == "skipped" for link in links) == 550
    chosen = {link["text"] for link in links if link["head_extraction_status"] == "valid"}
    assert "Link 317" in chosen


def test_score_threshold_drops_and_counts(site: Site, project: Project) -> None:
    site.pages = {"/": links_page("/tides", "/boats"), "/tides": head("Tide tables"), "/boats": head("Boats")}
    crawl = project.crawl(
        SPIDER,
        "-a", f"url={site.url}/",
        settings={"C4_LINK_PREVIEW": {"query": "tide tables", "score_threshold": 0.3}},
    )  # fmt: skip
    assert [link["head_data"]["title"] for link in crawl.of("LinkItem")] == ["Tide tables"]
    assert crawl.stats["c4/score/dropped_count/score_threshold"] == 1


def test_previews_do_not_lead_from_public_pages_into_private_networks(site: Site, project: Project) -> None:
    site.pages = {"/secret": head("Secret")}
    public = "http://public.example/"
    inside = [
        f"{site.url}/secret",
        f"http://localhost:{site.port}/secret",
        f"http://2130706433:{site.port}/secret?2",
        f"http://[::ffff:127.0.0.1]:{site.port}/secret",
        "http://0x7f.1/",
        "http://169.254.169.254/latest/meta-data/",
    ]
    proxy = Proxy({
        public: answer(links_page(*inside, f"{public}good", f"{public}to-inside")),
        f"{public}good": answer(head("Good")),
        f"{public}to-inside": answer("", "302 Found", f"Location: {site.url}/secret"),
    })  # fmt: skip
    spider = SPIDER.replace('meta=self.meta if hasattr(self, "meta") else {}', f"meta={{'proxy': {proxy.url!r}}}")
    try:
        crawl = project.crawl(
            spider, "-a", f"url={public}", settings={"C4_LINK_PREVIEW": {"include_external": True, "timeout": 10}}
        )
    finally:
        proxy.close()
    links = {link["text"]: link for link in crawl.of("LinkItem")}
    assert len(links) == len(inside) + 2, crawl.log
    for n in range(len(inside)):
        assert links[f"Link {n}"]["head_extraction_error"].startswith("private network"), links[f"Link {n}"]
    assert links[f"Link {len(inside)}"]["head_data"]["title"] == "Good"
    assert links[f"Link {len(inside) + 1}"]["head_extraction_error"].startswith("private network")
    assert site.asked == []
    assert sorted(set(proxy.asked)) == sorted([public, f"{public}good", f"{public}to-inside"])
