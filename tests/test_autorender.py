"""render=auto: which pages the static HTML sends to the browser, and what a crawl of a mixed site then finds."""

from __future__ import annotations

import json
from typing import Any

import pytest
from scrapy import Request
from scrapy.http import HtmlResponse

from scrapy_c4.autorender import RECHECK, SURE, AutoRender, pattern
from scrapy_c4.options import Options
from tests import autosite
from tests.project import Crawl, Project
from tests.site import Site

PAGES, NEEDED = autosite.build()
AUTO = Options.of({"render": "auto"})
TEXT = "<p>" + "A sentence with six words here. " * 40 + "</p>"
APP = "<script src='/app.js'></script>"


def response(html: str, url: str = "https://example.com/") -> HtmlResponse:
    return HtmlResponse(url, body=html.encode(), encoding="utf-8")


@pytest.mark.parametrize("path", NEEDED)
def test_pages_of_frameworks(path: str) -> None:
    reason = AutoRender().needs_browser(response(PAGES[path]), AUTO)
    assert (reason is not None) is NEEDED[path], reason


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ("", None),
        ("<p>Hello", None),
        (f"<p>Hello{APP}", None),
        (APP, "empty_body"),
        (f"<body><canvas></canvas>{APP}", "empty_body"),
        (f"<div id=root></div>{APP}", "empty_root"),
        ("<div id=root></div>", None),
        (f"<div id=root></div>{TEXT}{APP}", None),
        (f"<div id=modal-root></div><h1>Hi</h1>{APP}", None),
        (f"<div id=app><img src=logo.svg></div>{APP}", "empty_root"),
        (f"<my-app></my-app>{APP}", "empty_root"),
        ("<div id=root></div><script src='https://www.google-analytics.com/ga.js'></script>", None),
        (f"<h1>Shop</h1><div data-react-class=Products data-react-props='{{}}'></div>{APP}", "empty_root"),
        (f"<div class=header>Us</div><h1>Our fine products</h1><div id=product-list></div>{APP}", "empty_root"),
        (f"<h1>Products</h1><p>{'They are fine. ' * 9}</p><div id=product-list></div>{APP}", "empty_content"),
        (f"<h1>Rows</h1><p>{'They are fine. ' * 6}</p><table><tbody></tbody></table>{APP}", "empty_content"),
        (f"<p>{'Fine. ' * 20}<ul class='menu'></ul>{APP}", None),
        ("<p>Wait…</p><script>location.href = '/next'</script>", "script_redirect"),
        (f"{TEXT}<script>function go() {{ location.href = '/next' }}</script>", None),
        (f"<p>Loading, please wait</p>{APP}", "loading"),
        (f"<p>Laden Sie die Broschüre</p>{APP}", "loading"),
        (f"<noscript>Please enable JavaScript.</noscript><p>Welcome</p>{APP}", "noscript"),
        (f"<noscript>Written in JavaScript.</noscript><p>Welcome</p>{APP}", None),
        (f"<noscript><img src=x></noscript><p>Welcome</p>{APP}", None),
        (f"<p>{{{{ title }}}}</p>{APP}", "template"),
        (f"<p><code>{{{{ title }}}}</code></p>{APP}", None),
        (f"<ul><li v-for='x in xs'></li></ul>{APP}", "template"),
        (f"<template x-for='x in xs'><p x-text=x></p></template><p>Hi</p>{APP}", "template"),
        (f"<script type='text/template'>{TEXT}</script><div class=post></div>{APP}", "template"),
        (f"<div hx-get=/list hx-trigger='load delay:1s'></div><h1>List</h1>{APP}", "fragment"),
        (f"<button hx-get=/list>More</button><h1>List</h1>{APP}", None),
        (f"<turbo-frame src=/list></turbo-frame><p>{'Hi there. ' * 9}{APP}", "fragment"),
        (f"<div class=skeleton></div><div class=skeleton></div><i class=skeleton></i><p>Hello there{APP}", "skeleton"),
        ("<p>© <script>document.write(new Date().getFullYear())</script>", None),
        ("<p>Hi<script>document.write('<script src=x></scr' + 'ipt>')</script>", None),
        ("<p>Hi<script>document.write('<a href=/x>' + name + '</a>')</script>", "document_write"),
        (f"<h1>Über uns</h1><p>{'東京都は日本の首都であり、' * 30}</p><div id=app></div>{APP}", None),
    ],
)
def test_rules(html: str, reason: str | None) -> None:
    assert AutoRender().needs_browser(response(html), AUTO) == reason


@pytest.mark.parametrize("count", [20_000])
def test_hostile_pages_take_linear_time(count: int) -> None:
    for html in (
        "<div id=root>" * count + APP,
        "<div id=list></div>" * count + "<script>list.innerHTML = '#list'</script>",
        "<p>{{" * count + APP,
        "<script type=application/json>" + '"a b c d e f g h i j k ' * count + "</script><p>x" + APP,
        "<script>" + "document.write(  " * count + "</script>",
        "<i class=skeleton aria-busy=true>" * count,
    ):
        AutoRender().needs_browser(response(html), AUTO)


@pytest.mark.parametrize(
    ("options", "at_once", "reason"),
    [
        ({}, None, None),
        ({"js_code": "1"}, True, None),
        ({"js_code_before_wait": "1"}, True, None),
        ({"screenshot": True}, True, None),
        ({"pdf": True}, True, None),
        ({"capture_mhtml": True}, True, None),
        ({"scan_full_page": True}, True, None),
        ({"virtual_scroll": {"container_selector": "ul"}}, True, None),
        ({"wait_for": "js:() => true"}, True, None),
        ({"wait_for": "css:p"}, None, None),
        ({"wait_for": "css:.late"}, None, "wait_for"),
        ({"wait_for": "css:dialog:modal"}, None, "wait_for"),
        ({"wait_for": "css:.list >> text=Next"}, None, "wait_for"),
        ({"process_iframes": True}, None, "iframes"),
        ({"wait_for_images": True}, None, "images"),
    ],
)
def test_options(options: dict[str, Any], at_once: bool | None, reason: str | None) -> None:
    chosen = AUTO.merged(options)
    assert AutoRender().wants_browser(Request("https://example.com/"), chosen) is at_once
    page = response(f"<p>Hello</p><iframe src=x></iframe><img src=x>{TEXT}")
    assert AutoRender().needs_browser(page, chosen) == reason


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.com/", "https://example.com/?"),
        ("https://EXAMPLE.com/a/17", "https://example.com/a/*?"),
        ("https://example.com/news/a-very-long-title-of-an-article", "https://example.com/news/*?"),
        ("https://example.com/about-us", "https://example.com/about-us?"),
        ("https://example.com/p?b=1&a=2#x", "https://example.com/p?a&b"),
        ("https://example.com/item/3f2a9c1e", "https://example.com/item/*?"),
        ("http://[::1", "http://[::1"),
    ],
)
def test_pattern(url: str, expected: str) -> None:
    assert pattern(url) == expected


def test_remembers_and_looks_again() -> None:
    auto = AutoRender()
    request = Request("https://example.com/p/1")
    for _ in range(SURE):
        assert auto.wants_browser(request, AUTO) is None
        auto.learn(request.url, "empty_root")
    answers = [auto.wants_browser(request.replace(url=f"https://example.com/p/{n}"), AUTO) for n in range(RECHECK)]
    assert answers == [True] * (RECHECK - 1) + [None]
    assert auto.wants_browser(request.replace(url="https://example.com/q/1"), AUTO) is None
    auto.learn(request.url, None)
    assert auto.wants_browser(request, AUTO) is None


SPIDER = """
class Spider(scrapy.Spider):
    name = "t"

    async def start(self):
        for path in self.paths.split():
            yield scrapy.Request(self.base + path)

    def parse(self, response):
        text = " ".join(t for t in response.xpath("//body//text()[not(ancestor::script or ancestor::style or "
                        "ancestor::noscript or ancestor::template)]").getall())
        yield {"path": response.request.url.removeprefix(self.base), "words": text.split(),
               "links": response.css("a::attr(href)").getall(), "browser": "playwright" in response.flags}
"""


@pytest.mark.browser
@pytest.mark.slow
def test_finds_what_always_finds(project: Project, site: Site) -> None:
    site.pages.update(PAGES)
    always, auto = (
        {item["path"]: item for _, item in _crawl(project, site, render).items} for render in ("always", "auto")
    )
    assert set(auto) == set(always) == set(NEEDED)
    visits = sum(item["browser"] for item in auto.values())
    perfect = sum(NEEDED.values())
    kept = {"words": 0, "links": 0}
    total = dict(kept)
    for path, item in always.items():
        for what in kept:
            wanted = set(item[what])
            total[what] += len(wanted)
            kept[what] += len(wanted & set(auto[path][what]))
    shares = {what: kept[what] / total[what] for what in kept}
    print(json.dumps({"visits": visits, "perfect": perfect, "shares": shares}))
    assert visits <= 1.2 * perfect
    assert min(shares.values()) >= 0.98, [
        (path, sorted(set(item["words"]) - set(auto[path]["words"]))[:5])
        for path, item in always.items()
        if set(item["words"]) - set(auto[path]["words"])
    ]


def _crawl(project: Project, site: Site, render: str) -> Crawl:
    settings = {
        "C4_RENDER": render,
        "C4_EMIT": [],
        "CONCURRENT_REQUESTS": 8,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
        "PLAYWRIGHT_LAUNCH_OPTIONS": {
            "args": [
                "--disable-gpu",
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
            ]
        },
    }
    arguments = ("-a", f"base={site.url}", "-a", f"paths={' '.join(NEEDED)}")
    return project.crawl(SPIDER, *arguments, settings=settings, timeout=120)
