"""The whole way of a page through a crawl: mixins, drop-in, ready-made spider, filters, feeds."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from typing import Any

import pytest

from tests.project import Project
from tests.site import Answer, Site

PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Boats &amp; tides</title>
<meta name="description" content="All about boats"></head><body>
<nav><a href="/">Home</a></nav><main><h1>Boats</h1><p>Some <b>words</b> about boats and the sea around them.</p>
<a href="/next" title="Go on">Next page</a> <a href="https://facebook.com/x">Us</a>
<a href="https://ads.example.net/z">Ad</a>
<a href="https://other.example.org/">Other</a> <a href="mailto:a@b.c">Mail</a>
<figure><img src="/big.jpg" width="800" height="600" alt="A boat at sea"><figcaption>A boat at sea</figcaption></figure>
<img src="/pixel.gif" width="1" height="1">
<img src="https://cdn.example.net/far.jpg" width="800" height="500" alt="Far away">
<table><caption>Boats</caption><thead><tr><th>Name</th><th>Length</th></tr></thead>
<tbody><tr><td>Curlew</td><td>7</td></tr><tr><td>Petrel</td><td>9</td></tr></tbody></table></main></body></html>"""

#: Its token may be in no log.
LLM = {"strategy": "llm", "provider": "openai/x", "api_token": "not-for-logs", "instruction": "x"}

MIXED = """
class T(C4Mixin, scrapy.Spider):
    name = "t"
    async def start(self):
        yield scrapy.Request(self.url)
    def parse(self, response):
        yield from self.extract_all(response)
"""

PLAIN = """
class T(scrapy.Spider):
    name = "t"
    async def start(self):
        yield scrapy.Request(self.url)
    def parse(self, response):
        yield {"title": response.css("title::text").get()}
        yield response.follow("/next", self.parse_next)
    def parse_next(self, response):
        yield {"next": True}
        raise RuntimeError("the spider's own mistake")
"""


@pytest.fixture
def page(site: Site) -> str:
    site.pages = {"/": PAGE, "/next": "<title>Next</title><p>The next page.</p>"}
    return f"{site.url}/"


def test_a_spider_of_mixins(page: str, project: Project) -> None:
    crawl = project.crawl(MIXED, "-a", f"url={page}")
    assert crawl.returncode == 0
    assert "Traceback" not in crawl.log, crawl.log
    links = crawl.of("LinkItem")
    assert [(link["text"], link["kind"]) for link in links] == [
        ("Home", "internal"), ("Next page", "internal"), ("Us", "external"), ("Ad", "external"), ("Other", "external"),
    ]  # fmt: skip
    assert links[1]["title"] == "Go on"
    assert links[2]["base_domain"] == "facebook.com"
    assert all(link["intrinsic_score"] is None and link["total_score"] is None for link in links)
    media = {medium["src"].rpartition("/")[2]: medium for medium in crawl.of("MediaItem")}
    assert set(media) == {"big.jpg", "far.jpg"}
    assert media["big.jpg"]["desc"] == "A boat at sea"
    (table,) = crawl.of("TableItem")
    assert (table["headers"], table["rows"], table["caption"]) == (
        ["Name", "Length"], [["Curlew", "7"], ["Petrel", "9"]], "Boats",
    )  # fmt: skip
    (item,) = crawl.of("PageItem")
    assert (item["url"], item["requested_url"], item["status"], item["title"]) == (page, page, 200, "Boats & tides")
    assert item["metadata"]["description"] == "All about boats"
    assert "# Boats" in item["markdown"]
    assert "**words**" in item["markdown"]
    assert "<h1>Boats</h1>" in item["cleaned_html"]
    assert item["errors"] == []
    assert item["rendered"] is False
    assert item["links"] is None
    assert crawl.stats["c4/exclude/dropped_count/image_score_threshold"] == 1


def test_a_spider_that_knows_nothing_gets_the_items_too(page: str, project: Project) -> None:
    crawl = project.crawl(PLAIN, "-a", f"url={page}")
    assert crawl.of("dict") == [{"title": "Boats & tides"}, {"next": True}]
    assert len(crawl.of("PageItem")) == 2
    assert len(crawl.of("LinkItem")) == 5
    assert len(crawl.of("TableItem")) == 1
    assert crawl.stats["c4/extract/page_count"] == 2
    assert crawl.stats["c4/extract/item_count/PageItem"] == 2


def test_emit_and_enabled(page: str, project: Project) -> None:
    crawl = project.crawl(PLAIN, "-a", f"url={page}", settings={"C4_EMIT": ["table"]})
    assert {name for name, _ in crawl.items} == {"dict", "TableItem"}
    crawl = project.crawl(PLAIN, "-a", f"url={page}", settings={"C4_ENABLED": False})
    assert {name for name, _ in crawl.items} == {"dict"}


@pytest.mark.parametrize(("meta", "pages"), [({}, []), ({"handle_httpstatus_list": [404]}, [404])])
def test_error_pages_are_items_only_when_a_callback_gets_them(
    site: Site, project: Project, meta: dict[str, Any], pages: list[int]
) -> None:
    spider = """
class T(scrapy.Spider):
    name = "t"

    async def start(self):
        yield scrapy.Request(self.url, meta=META, errback=self.failed)

    def parse(self, response):
        yield {"by": "callback"}

    def failed(self, failure):
        yield {"by": "errback"}
"""
    site.pages["/gone"] = Answer("<title>not here</title><a href=/>home</a>", status=404)
    crawl = project.crawl(spider.replace("META", repr(meta)), "-a", f"url={site.url}/gone")
    assert [item["status"] for item in crawl.of("PageItem")] == pages
    assert len(crawl.of("LinkItem")) == len(pages)
    assert crawl.of("dict") == [{"by": "callback" if pages else "errback"}]


def test_filters_count_what_they_drop(page: str, project: Project) -> None:
    crawl = project.crawl(
        MIXED,
        "-a", f"url={page}",
        settings={
            "C4_EXCLUDE_SOCIAL_MEDIA_LINKS": True,
            "C4_EXCLUDE_DOMAINS": ["example.net"],
            "C4_EXCLUDE_EXTERNAL_IMAGES": True,
        },
    )  # fmt: skip
    assert [link["text"] for link in crawl.of("LinkItem")] == ["Home", "Next page", "Other"]
    assert [medium["src"].rpartition("/")[2] for medium in crawl.of("MediaItem")] == ["big.jpg"]
    assert crawl.stats["c4/exclude/dropped_count/exclude_social_media_links"] == 1
    assert crawl.stats["c4/exclude/dropped_count/exclude_domains"] >= 1
    (item,) = crawl.of("PageItem")
    assert "facebook" not in item["cleaned_html"]
    assert "Us" in item["cleaned_html"]


def test_nested_pages_hold_the_same_as_separate_items(page: str, project: Project) -> None:
    settings = {"C4_SCORE_LINKS": True, "C4_EXCLUDE_DOMAINS": ["example.net"], "C4_LINK_PREVIEW": {"query": "next"}}
    apart = project.crawl(MIXED, "-a", f"url={page}", settings=settings)
    crawl = project.crawl(MIXED, "-a", f"url={page}", settings={**settings, "C4_NESTED": True})
    assert [name for name, _ in crawl.items] == ["PageItem"]
    (item,) = crawl.of("PageItem")
    links = item["links"]["internal"] + item["links"]["external"]
    assert sorted(links, key=lambda link: link["href"]) == sorted(apart.of("LinkItem"), key=lambda link: link["href"])
    assert item["media"] == {"images": apart.of("MediaItem"), "videos": [], "audio": []}
    assert item["tables"] == apart.of("TableItem")
    for name in ("exclude_domains", "image_score_threshold"):
        key = f"c4/exclude/dropped_count/{name}"
        assert crawl.stats[key] == apart.stats[key]


def test_options_of_a_request(page: str, project: Project) -> None:
    spider = MIXED.replace("scrapy.Request(self.url)", "scrapy.Request(self.url, meta={'c4': {'css_selector': 'nav'}})")
    crawl = project.crawl(spider, "-a", f"url={page}")
    assert [link["text"] for link in crawl.of("LinkItem")] == ["Home"]
    assert crawl.of("TableItem") == []
    assert crawl.of("PageItem")[0]["title"] == "Boats & tides"


def test_a_wrong_option_of_a_request_fails_that_request_alone(page: str, project: Project) -> None:
    spider = MIXED.replace(
        "yield scrapy.Request(self.url)",
        "yield scrapy.Request(self.url, meta={'c4': {'rendr': 'x'}}, errback=self.failed)\n"
        "        yield scrapy.Request(self.url + 'next')\n"
        "    def failed(self, failure):\n"
        "        yield {'failed': str(failure.value)}",
    )
    crawl = project.crawl(spider, "-a", f"url={page}")
    (failed,) = crawl.of("dict")
    assert "rendr is not an option" in failed["failed"]
    assert len(crawl.of("PageItem")) == 1
    assert "Traceback" not in crawl.log, crawl.log
    assert "did you mean" in crawl.log


def test_a_wrong_setting_stops_the_crawl_with_one_clear_line(page: str, project: Project) -> None:
    crawl = project.crawl(PLAIN, "-a", f"url={page}", settings={"C4_RENDER": "nevr"})
    assert crawl.returncode == 1
    assert "C4_RENDER = 'nevr' is not possible: it must be one of always, never, auto" in crawl.log
    assert "Traceback" not in crawl.log, crawl.log
    assert crawl.items == []


SELECT = "twisted.internet.selectreactor.SelectReactor"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"C4_CAPTURE_STORE": "s4://x"}, "C4_CAPTURE_STORE = 's4://x' is not possible: it must be a folder"),
        ({"TWISTED_REACTOR": SELECT}, f"TWISTED_REACTOR = '{SELECT}' is not possible with scrapy_c4"),
        ({"ADDONS": {}, "C4_RENDR": "never"}, "C4_RENDR is not an option; did you mean C4_RENDER?"),
    ],
)
def test_wrong_settings_stop_a_spider_of_mixins(settings: dict[str, Any], message: str, project: Project) -> None:
    crawl = project.crawl(MIXED, "-a", "url=http://127.0.0.1:9/", settings=settings)
    assert crawl.returncode == 1
    assert message in crawl.log
    assert "Traceback" not in crawl.log, crawl.log


SCRIPT = """
from scrapy import Spider
from scrapy.crawler import {process}

process = {process}({{"ADDONS": {{"scrapy_c4.Addon": 500}}, "C4_RENDR": "never", "LOG_LEVEL": "WARNING"}})
process.crawl(Spider, name="t")
process.start()
"""


@pytest.mark.parametrize("process", ["CrawlerProcess", "AsyncCrawlerProcess"])
def test_a_wrong_setting_in_a_script_gives_no_traceback(process: str, project: Project) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(process=process)],
        cwd=project.path, env=project.env, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert "C4_RENDR is not an option; did you mean C4_RENDER?" in done.stderr
    assert "Traceback" not in done.stderr, done.stderr


def test_a_wrong_setting_in_the_shell_gives_one_line(project: Project) -> None:
    project.write("", {"C4_RENDER": "nevr"})
    done = subprocess.run(
        project.command("shell", "-c", "1", "http://127.0.0.1:9/"),
        cwd=project.path, env=project.env, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].endswith(
        "error: C4_RENDER = 'nevr' is not possible: it must be one of always, never, auto"
    )
    assert "Traceback" not in done.stderr, done.stderr


def test_the_readymade_spider_follows_links_best_first(site: Site, project: Project) -> None:
    site.pages = {
        "/": '<title>T</title><a href="/a">A page about boats</a><a href="https://far.example/">Far</a>',
        "/a": '<title>A</title><a href="/b">B</a>',
        "/b": "<title>B</title>",
    }
    crawl = project.crawl("", "-a", f"url={site.url}/", "-a", "follow=internal", "-a", "score_links=1", name="c4")
    assert "Traceback" not in crawl.log, crawl.log
    assert sorted(page["title"] for page in crawl.of("PageItem")) == ["A", "T"]
    assert all(link["intrinsic_score"] is not None for link in crawl.of("LinkItem"))
    crawl = project.crawl("", "-a", f"url={site.url}/", "-a", "follow=internal", "-a", "depth=5", name="c4")
    assert sorted(page["title"] for page in crawl.of("PageItem")) == ["A", "B", "T"]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ([], "needs a URL"),
        (["-a", "url=ftp://x/"], "is not an http(s) URL"),
        (["-a", "url=http://127.0.0.1/", "-a", "scor_links=1"], "did you mean spider argument score_links?"),
        (["-a", "url=http://127.0.0.1/", "-a", "js_code=x"], "js_code is code"),
        (["-a", "url=[bad"], "spider argument url: '[bad' is not an http(s) URL"),
        (["-a", "url=[5]"], "spider argument url: '5' is not an http(s) URL"),
        (["-a", "url=" + "[" * 50_000], "is not an http(s) URL"),
        (["-a", "url=http://127.0.0.1/", "-a", "depth=²"], "depth = '²' is not possible"),
        (["-a", "url=http://127.0.0.1/", "-a", "depth=" + "9" * 5000], "is not possible: a whole number"),
        (["-a", "url=http://127.0.0.1/", "-a", "link_preview=" + "[" * 50_000], "is nested too deep"),
        (["-a", "url=http://127.0.0.1/", "-a", f"extraction={json.dumps(LLM)}"], 'must be "env:NAME"'),
    ],
)
def test_the_readymade_spider_refuses_what_it_does_not_know(args: list[str], message: str, project: Project) -> None:
    crawl = project.crawl("", *args, name="c4")
    assert crawl.returncode == 1
    assert message in crawl.log
    assert "Traceback" not in crawl.log, crawl.log
    assert "not-for-logs" not in crawl.log


def test_feeds_per_item_class(page: str, project: Project) -> None:
    feeds = {
        f"{name}.{ending}": {"format": form, "item_classes": [f"scrapy_c4.{name}"]}
        for name in ("PageItem", "LinkItem", "MediaItem", "TableItem")
        for form, ending in (("jsonlines", "jsonl"), ("csv", "csv"), ("xml", "xml"))
    }
    crawl = project.crawl(MIXED, "-a", f"url={page}", settings={"FEEDS": feeds})
    assert "Traceback" not in crawl.log, crawl.log
    for name, count in (("PageItem", 1), ("LinkItem", 5), ("MediaItem", 2), ("TableItem", 1)):
        lines = (project.path / f"{name}.jsonl").read_text("utf-8").splitlines()
        assert [json.loads(line) for line in lines] == crawl.of(name)
        with (project.path / f"{name}.csv").open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        assert len(rows) == count
        assert list(rows[0]) == list(crawl.of(name)[0])
        assert len(ET.parse(project.path / f"{name}.xml").getroot()) == count


def test_other_answers_than_html_are_left_alone(site: Site, project: Project) -> None:
    site.pages = {"/": Answer('{"a": 1}', headers={"Content-Type": "application/json"})}
    spider = PLAIN.replace('response.css("title::text").get()', "response.json()").replace(
        "yield response.follow", "0 and response.follow"
    )
    crawl = project.crawl(spider, "-a", f"url={site.url}/")
    assert crawl.items == [("dict", {"title": {"a": 1}})]


def scrapy_c4(project: Project, *args: str) -> subprocess.CompletedProcess[str]:
    """``scrapy c4`` outside of a project."""
    return subprocess.run(
        project.command("c4", *args),
        cwd=project.path, env=project.env, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_the_scrapy_c4_command(page: str, project: Project) -> None:
    done = scrapy_c4(project, "--no-browser", page)
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert shown["links"]["internal"][0]["text"] == "Home"
    assert "extracted" not in shown


def test_the_scrapy_c4_command_shows_one_document_also_with_extraction(page: str, project: Project) -> None:
    extraction = 'C4_EXTRACTION={"strategy": "regex", "custom": {"boat": "Curlew|Petrel"}}'
    done = scrapy_c4(project, "--no-browser", "-s", extraction, page)
    shown = json.loads(done.stdout)
    assert shown["title"] == "Boats & tides"
    ((extracted),) = shown["extracted"]
    assert [found["value"] for found in extracted["data"]] == ["Curlew", "Petrel"]
    done = scrapy_c4(project, "--no-browser", "--markdown", "-s", extraction, page)
    assert done.returncode == 0, done.stderr
    assert "# Boats" in done.stdout
    assert 'boat"' not in done.stdout


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("missing", "{url}missing was answered with status 404"),
        ("data", "{url}data is no HTML page (Content-Type: application/json)"),
        ("picture.png", "{url}picture.png is no HTML page (Content-Type: image/png)"),
        ("loop", "{url}loop: max redirections reached"),
        ("private/x", "{url}private/x: Forbidden by robots.txt"),
    ],
)
def test_the_scrapy_c4_command_says_why_there_is_no_page(site: Site, project: Project, path: str, why: str) -> None:
    site.pages = {
        "/data": Answer("{}", headers={"Content-Type": "application/json"}),
        "/picture.png": Answer(b"\x89PNG\r\n\x1a\n", headers={"Content-Type": "image/png"}),
        "/loop": Answer(status=302, headers={"Location": "/loop"}),
        "/robots.txt": Answer("User-agent: *\nDisallow: /private", headers={"Content-Type": "text/plain"}),
    }
    settings = ("ROBOTSTXT_OBEY=1", "RETRY_ENABLED=0", "C4_RENDER=never")
    done = scrapy_c4(project, *(arg for setting in settings for arg in ("-s", setting)), f"{site.url}/{path}")
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("scrapy c4: no page: " + why.format(url=f"{site.url}/"))


def test_the_scrapy_c4_command_says_once_what_stops_it(project: Project) -> None:
    done = scrapy_c4(project, "-s", "C4_RENDR=never", "http://127.0.0.1:9/")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.endswith("C4_RENDR is not an option; did you mean C4_RENDER?")
