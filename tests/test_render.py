# ruff: noqa: E501
"""RenderMiddleware in real crawls, over the guarded handler and over scrapy-playwright's own."""

from __future__ import annotations

import gzip
import io
import json
import time
import zipfile
from functools import cache
from typing import Any

import pytest
from scrapy import version_info

from scrapy_c4.blocking import is_tracker
from tests.browser.conftest import LOCAL_ONLY
from tests.browser.test_capturing import png
from tests.project import Project
from tests.site import Answer, Site

pytestmark = pytest.mark.browser

LAUNCH = {"executable_path": "/usr/bin/chromium", "args": [*LOCAL_ONLY, "--no-sandbox"]}
HANDLERS = {
    "guarded": {},
    "bare": {
        "DOWNLOAD_HANDLERS": dict.fromkeys(
            ("http", "https"), "scrapy_playwright.handler.ScrapyPlaywrightDownloadHandler"
        )
    },
}
SETTINGS: dict[str, Any] = {
    "C4_RENDER": "always",
    "C4_EMIT": [],
    "PLAYWRIGHT_LAUNCH_OPTIONS": LAUNCH,
    "PLAYWRIGHT_DOWNLOAD_TIMEOUT": 5000,
    "HTTPERROR_ALLOW_ALL": True,
    "LOG_LEVEL": "INFO",
    "DOWNLOADER_MIDDLEWARES": {"spiders.Pickler": 540},
}
#: Yields what became of each request of CASES, and whether anything that is not plain data was left in its meta.
SPIDER = '''
import json, pickle
from pathlib import Path
from scrapy_playwright.page import PageMethod

class Pickler:
    """Where schedulers and retries are: everything in the meta must be plain data, but a page the user asked for."""
    def process_response(self, request, response):
        pickle.dumps({k: v for k, v in request.meta.items() if k != "playwright_page"})
        return response
    def process_exception(self, request, exception):
        pickle.dumps(request.meta)

async def own_init(page, request):
    await page.add_init_script("window.own = 'init'")

class T(scrapy.Spider):
    name = "t"
    cases = json.loads(Path("cases.json").read_text())
    async def start(self):
        for name, case in self.cases.items():
            case = {"method": "GET", "meta": {}, **case}
            body = case.pop("body", "")
            yield scrapy.Request(**case, body=body, callback=self.parse, errback=self.failed, dont_filter=True, cb_kwargs={"name": name})
        if self.own:
            meta = {"playwright_page_methods": {"first": PageMethod("evaluate", "document.title")},
                    "playwright_page_init_callback": "spiders.own_init",
                    "playwright_page_goto_kwargs": {"referer": "http://127.0.0.1/own"},
                    "playwright_page_event_handlers": {"response": "on_response"}}
            self.meta = dict(meta)
            yield scrapy.Request(self.own + "/own", self.parse_own, meta=meta, errback=self.failed, cb_kwargs={"name": "own"})
            yield scrapy.Request(self.own + "/page", self.parse_kept, meta={"playwright_include_page": True, "c4": {"js_code": "document.title = 'mine'"}},
                                 errback=self.failed, cb_kwargs={"name": "kept"}, dont_filter=True)
    seen = 0
    def on_response(self, response):
        self.seen += 1
    def parse(self, response, name):
        capture = getattr(response, "capture", None)
        yield {"name": name, "class": type(response).__name__, "status": response.status, "url": response.url,
               "text": getattr(response, "text", None), "size": len(response.body), "sum": sum(response.body),
               "flags": response.flags, "type": (response.headers.get("Content-Type") or b"").decode(),
               "errors": [e["action"] for e in capture.errors] if capture else None,
               "meta": sorted(k for k in response.meta if k.startswith(("c4_", "playwright")))}
    def parse_own(self, response, name):
        methods = response.meta["playwright_page_methods"]
        # The job directory may have made a copy of the page method.
        assert list(methods) == ["first"] and isinstance(methods["first"], PageMethod)
        assert {k: response.meta[k] for k in self.meta} == {**self.meta, "playwright_page_methods": methods}
        yield {"name": name, "class": type(response).__name__, "result": response.meta["playwright_page_methods"]["first"].result,
               "text": response.text, "seen": self.seen}
    async def parse_kept(self, response, name):
        page = response.meta["playwright_page"]
        await page.wait_for_load_state()
        title = await page.title()
        content = await page.content()
        await page.close()
        yield {"name": name, "class": type(response).__name__, "title": title, "text": content}
    def failed(self, failure):
        yield {"name": failure.request.cb_kwargs["name"], "error": type(failure.value).__mro__[0].__name__,
               "kinds": [c.__name__ for c in type(failure.value).__mro__], "message": str(failure.value)}
'''


@cache
def archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as content:
        content.writestr("a.txt", "a" * 5000)
    return file.getvalue()


@cache
def pdf() -> bytes:
    from PIL import Image

    file = io.BytesIO()
    Image.new("RGB", (30, 50)).save(file, "PDF")
    return file.getvalue()


def put_pages(site: Site) -> None:
    site.pages.update(
        {
            "/page": "<title>t</title><p id=p>static</p><script>p.textContent = 'by ' + 'script'</script>",
            "/own": "<title>Own title</title><p id=p></p><script>p.textContent = window.own + ' ' + document.referrer</script>",
            "/moved": Answer(status=302, headers={"Location": "/page"}),
            "/missing": Answer("<p>no such page</p>", 404),
            "/jump": "<script>location.href = '/missing'</script>",
            "/json": Answer('{"a": "\u00fc<b>"}', headers={"Content-Type": "application/json"}),
            "/xml": Answer("<?xml version='1.0'?><r><a>1</a></r>", headers={"Content-Type": "application/xml"}),
            "/text": Answer("Gr\u00f6\u00dfe".encode("latin-1"), headers={"Content-Type": "text/plain; charset=iso-8859-1"}),
            "/pdf": Answer(pdf(), headers={"Content-Type": "application/pdf"}),
            "/zip": Answer(archive(), headers={"Content-Type": "application/zip"}),
            "/attached": Answer(
                "a,b\n1,2\n", headers={"Content-Type": "text/csv", "Content-Disposition": "attachment; filename=../x.csv"}
            ),
            "/endless": Answer(
                headers={"Content-Type": "application/octet-stream"},
                write=lambda handler: [handler.wfile.write(b"x" * 65536) for _ in range(100)],
            ),
            "/nothing": Answer(status=204, headers={"Content-Length": "0"}),
            "/file.pdf": Answer(pdf(), headers={"Content-Type": "application/pdf"}),
            "/page.pdf": "<p id=p></p><script>p.textContent = 'a page after all'</script>",
            "/answer": Answer(
                '{"posted": true}', headers={"Content-Type": "application/json", "Connection": "close"}
            ),
            "/hanging": "<p>text</p><img src=/never.png>",
            "/silent": Answer(write=lambda handler: time.sleep(10)),
            "/never.png": Answer(write=lambda handler: time.sleep(3)),
            "/busy": "<p>content</p><script>addEventListener('load', () => setTimeout(() => { for (;;); }))</script>",
            "/huge": "<script>document.write('x'.repeat(3e6))</script>",
            "/robots.txt": Answer("User-agent: *\nDisallow: /secret\n", headers={"Content-Type": "text/plain"}),
        }
    )  # fmt: skip


def cases(site: Site) -> dict[str, dict[str, Any]]:
    plain = ("page", "moved", "missing", "jump", "json", "xml", "text", "pdf", "zip", "attached", "endless", "nothing",
             "hanging", "huge")  # fmt: skip
    found: dict[str, dict[str, Any]] = {name: {"url": f"{site.url}/{name}"} for name in plain}
    found |= {
        "jump": {
            "url": site.url + "/jump",
            "meta": {"c4": {"wait_for": "js:document.title === '' && document.querySelector('p')"}},
        },
        "file.pdf": {"url": site.url + "/file.pdf"},
        "page.pdf": {"url": site.url + "/page.pdf"},
        "posted": {"url": site.url + "/answer", "method": "POST", "body": "x=1"},
        "off": {"url": site.url + "/page", "meta": {"playwright": False}},
        "never": {"url": site.url + "/page", "meta": {"c4": {"render": "never"}}},
        "misspelt": {"url": site.url + "/page", "meta": {"c4": {"wait_foor": "css:p"}}},
        "wrong": {"url": site.url + "/page", "meta": {"c4": {"page_timeout": -1}}},
        "unmet": {"url": site.url + "/page", "meta": {"c4": {"wait_for": "css:.x", "wait_for_timeout": 300}}},
        "required": {
            "url": site.url + "/page",
            "meta": {"c4": {"wait_for": "css:.x", "wait_for_timeout": 300, "wait_for_required": True}},
        },
        "forbidden": {"url": site.url + "/secret"},
        "silent": {"url": site.url + "/silent", "meta": {"c4": {"page_timeout": 6000}}},
    }
    return found


@pytest.mark.parametrize("handler", HANDLERS)
def test_every_kind_of_answer_reaches_the_spider_as_what_it_is(project: Project, site: Site, handler: str) -> None:
    put_pages(site)
    asked = cases(site)
    if handler == "guarded":
        asked["busy"] = {"url": site.url + "/busy", "meta": {"c4": {"page_timeout": 8000}}}
    (project.path / "cases.json").write_text(json.dumps(asked))
    settings = {
        **SETTINGS, **HANDLERS[handler], "DOWNLOAD_MAXSIZE": 2_000_000, "ROBOTSTXT_OBEY": True, "JOBDIR": "job",
    }  # fmt: skip
    crawl = project.crawl(SPIDER, "-a", f"own={site.url}", settings=settings)
    assert crawl.returncode == 0
    assert crawl.stats["reason"] == "finished"
    results = {item["name"]: item for item in crawl.of("dict")}
    assert set(results) == {*asked, "own", "kept"}

    def kind(name: str) -> tuple[str, int, bool]:
        result = results[name]
        return result["class"], result["status"], "playwright" in result["flags"]

    for name, status in (
        ("page", 200),
        ("moved", 200),
        ("missing", 404),
        ("jump", 404),
        ("hanging", 200),
        ("unmet", 200),
    ):
        assert kind(name) == ("RenderedResponse", status, True), name
    assert "by script" in results["page"]["text"]
    assert results["moved"]["url"] == site.url + "/page"
    assert results["jump"]["url"] == site.url + "/missing"
    assert results["hanging"]["errors"] == []
    assert results["unmet"]["errors"] == ["wait_for"]
    assert kind("page.pdf") == ("RenderedResponse", 200, True)
    assert "a page after all" in results["page.pdf"]["text"]

    assert results["json"]["class"] == "JsonResponse"
    assert results["json"]["text"] == '{"a": "\u00fc<b>"}'
    assert results["xml"]["class"] == "XmlResponse"
    assert results["xml"]["text"] == "<?xml version='1.0'?><r><a>1</a></r>"
    assert results["text"]["class"] == "TextResponse"
    assert results["text"]["text"] == "Gr\u00f6\u00dfe"
    for name, body in (("pdf", pdf()), ("file.pdf", pdf()), ("zip", archive())):
        assert (results[name]["class"], results[name]["sum"]) == ("Response", sum(body)), name
    assert results["attached"]["text"] == "a,b\n1,2\n"
    assert results["nothing"]["status"] == 204
    assert results["posted"]["class"] == "JsonResponse"
    assert results["posted"]["text"] == '{"posted": true}'
    assert [asked.method for asked in site.asked if asked.path == "/answer"] == ["POST"]

    for name in ("off", "never"):
        assert kind(name) == ("HtmlResponse", 200, False)
        assert "static" in results[name]["text"]
    for name in ("endless", "huge"):
        assert "error" in results[name], name
    assert "did you mean" in results["misspelt"]["message"]
    for name in ("misspelt", "wrong"):
        assert {"OptionError", "IgnoreRequest"} <= set(results[name]["kinds"])
    assert results["required"]["error"] == "RenderError"
    assert "wait_for" in results["required"]["message"]
    assert results["forbidden"]["error"] == "IgnoreRequest"
    # Headers without a page are no page.
    assert results["silent"]["error"] == ("DownloadTimeoutError" if handler == "guarded" else "RenderError")
    if handler == "guarded":
        assert "<p>content</p>" in results["busy"]["text"]
        assert results["busy"]["errors"] != []

    own = results["own"]
    assert own["class"] == "RenderedResponse"
    assert own["result"] == "Own title"
    assert own["seen"] > 0
    assert "init http://127.0.0.1/own" in own["text"]
    kept = results["kept"]
    assert kept.get("title") == "mine", kept
    assert "by script" in kept["text"]

    leaked = {key for result in results.values() for key in result.get("meta", ()) if key.startswith("c4_")}
    assert leaked == set()
    assert "playwright" not in results["page"]["meta"]
    robots = [asked.headers for asked in site.asked if asked.path == "/robots.txt"]
    assert robots
    assert not any("sec-fetch-mode" in headers for headers in robots)
    assert crawl.stats["c4/render/invalid_options_count"] == 2
    assert crawl.stats["c4/render/action_error_count/wait_for"] == 1
    if handler == "guarded":
        assert "Traceback" not in crawl.log


@pytest.mark.skipif(version_info < (2, 19), reason="Scrapy's HTTP cache keeps subclasses of responses since 2.19")
def test_a_rendered_page_comes_whole_out_of_the_http_cache(project: Project, site: Site) -> None:
    put_pages(site)
    spider = """
class T(scrapy.Spider):
    name = "t"
    async def start(self):
        yield scrapy.Request(self.url + "/page", meta={"c4": {"screenshot": "viewport", "wait_for": "css:.x", "wait_for_timeout": 200}})
    def parse(self, response):
        yield {"class": type(response).__name__, "flags": response.flags, "size": len(response.capture.screenshot),
               "errors": response.capture.errors, "text": response.text}
class Pickler:
    pass
"""
    settings = {**SETTINGS, "HTTPCACHE_ENABLED": True, "HTTPCACHE_DIR": str(project.path / "cache")}
    first = project.crawl(spider, "-a", f"url={site.url}", settings=settings)
    again = project.crawl(spider, "-a", f"url={site.url}", settings=settings)
    assert first.stats["c4/render/browser_count"] == 1
    assert "c4/render/browser_count" not in again.stats
    assert "playwright/page_count" not in again.stats
    (made,), (cached,) = first.of("dict"), again.of("dict")
    assert made["class"] == "RenderedResponse"
    assert made["size"] > 100
    assert made["errors"][0]["action"] == "wait_for"
    assert cached == {**made, "flags": ["playwright", "cached"]}
    assert site.paths() == ["/page", "/favicon.ico"][: len(site.paths())]


def test_a_rendered_answer_is_retried_like_any_other(project: Project, site: Site) -> None:
    answers = iter([Answer("<p>later</p>", 503), Answer("<p>now</p>")])
    site.pages["/flaky"] = lambda path: next(answers)
    spider = """
class T(scrapy.Spider):
    name = "t"
    async def start(self):
        yield scrapy.Request(self.url + "/flaky")
    def parse(self, response):
        yield {"class": type(response).__name__, "text": response.text}
class Pickler:
    pass
"""
    crawl = project.crawl(
        spider, "-a", f"url={site.url}", settings={**SETTINGS, "RETRY_ENABLED": True, "JOBDIR": "job"}
    )
    (item,) = crawl.of("dict")
    assert item["class"] == "RenderedResponse"
    assert "now" in item["text"]
    assert crawl.stats["retry/count"] == 1


def test_a_handler_without_a_browser_is_told_once_and_gives_plain_pages(project: Project, site: Site) -> None:
    put_pages(site)
    spider = """
class T(scrapy.Spider):
    name = "t"
    async def start(self):
        for n in range(3):
            yield scrapy.Request(f"{self.url}/page?{n}")
    def parse(self, response):
        yield {"class": type(response).__name__}
class Pickler:
    pass
"""
    plain = dict.fromkeys(("http", "https"), "scrapy.core.downloader.handlers.http11.HTTP11DownloadHandler")
    crawl = project.crawl(spider, "-a", f"url={site.url}", settings={**SETTINGS, "DOWNLOAD_HANDLERS": plain})
    assert [item["class"] for item in crawl.of("dict")] == ["HtmlResponse"] * 3
    assert crawl.log.count("was not rendered") == 1
    assert crawl.stats["c4/render/no_browser_count"] == 3


def test_what_a_page_can_do_without_is_not_loaded_unless_a_picture_is_taken(project: Project, site: Site) -> None:
    site.pages["/blocked"] = "<p>t</p><img src=/blocked.png><link rel=stylesheet href=/kept.css>"
    site.pages["/pictured"] = "<p>t</p><img src=/pictured.png>"
    spider = """
class T(scrapy.Spider):
    name = "t"
    async def start(self):
        yield scrapy.Request(self.url + "/blocked")
        for what in ("screenshot", "pdf", "capture_mhtml"):
            yield scrapy.Request(f"{self.url}/pictured?{what}", meta={"c4": {what: True}})
    def parse(self, response):
        yield {"errors": response.capture.errors}
class Pickler:
    pass
"""
    image = Answer(png(), headers={"Content-Type": "image/png", "Cache-Control": "no-store"})
    site.pages |= {"/blocked.png": image, "/pictured.png": image}
    crawl = project.crawl(spider, "-a", f"url={site.url}", settings={**SETTINGS, "C4_BLOCK_RESOURCES": True})
    assert [item for item in crawl.of("dict") if item["errors"]] == []
    assert "/blocked.png" not in site.paths()
    assert "/kept.css" in site.paths()
    assert site.paths().count("/pictured.png") == 3


def test_items_say_what_the_browser_found_and_what_it_did_not(project: Project, site: Site) -> None:
    site.pages["/images"] = (
        "<title>t</title><p>Text of the page</p><div style='height:5000px'></div>"
        "<img alt='A picture of the harbour' loading=lazy src=/lazy.png>"
    )
    site.pages["/lazy.png"] = Answer(png(), headers={"Content-Type": "image/png"})
    spider = """
class T(scrapy.Spider):
    name = "t"
    async def start(self):
        options = {"wait_for_images": True, "wait_for": "css:.late", "wait_for_timeout": 300, "image_score_threshold": -9}
        yield scrapy.Request(self.url + "/images", meta={"c4": options})
    def parse(self, response):
        pass
class Pickler:
    pass
"""
    crawl = project.crawl(spider, "-a", f"url={site.url}", settings={**SETTINGS, "C4_EMIT": ["page", "media"]})
    (image,) = crawl.of("MediaItem")
    assert (image["src"], image["width"], image["height"]) == (site.url + "/lazy.png", 3, 5)
    (page,) = crawl.of("PageItem")
    assert "Text of the page" in page["markdown"]
    assert [(error["action"], error["type"]) for error in page["errors"]] == [("wait_for", "Timeout")]
    assert "css:.late matched nothing" in page["errors"][0]["message"]


@pytest.mark.parametrize(
    ("url", "known"),
    [
        ("https://www.google-analytics.com/collect?x=1", True),
        ("https://stats.g.doubleclick.net/dc.js", True),
        ("https://notdoubleclick.net/dc.js", False),
        ("https://example.com/google-analytics.com/", False),
        ("data:text/javascript,1", False),
        ("https://[::1", False),
    ],
)
def test_trackers(url: str, known: bool) -> None:
    assert is_tracker(url) is known


def test_a_wrong_setting_stops_the_crawl(project: Project) -> None:
    spider = 'class T(scrapy.Spider):\n    name = "t"\n    start_urls = []\nclass Pickler:\n    pass\n'
    crawl = project.crawl(spider, settings={**SETTINGS, "C4_PAGE_TIMEOUT": "soon"})
    assert "C4_PAGE_TIMEOUT = 'soon' is not possible" in crawl.log
    assert crawl.stats == {}


def test_auto_takes_the_browser_for_pages_that_need_it(project: Project, site: Site) -> None:
    words = "<p>Stone bridges carry loads by compression, and last for centuries.</p>" * 20
    shell = "<title>app</title><div id=root></div><script src=/app.js></script>"
    site.pages["/static"] = f"<title>static</title><h1>Bridges</h1>{words}<a href=/app>more</a>"
    site.pages["/app.js"] = Answer(
        f"document.getElementById('root').innerHTML = '<h1>App</h1>' + {words!r}",
        headers={"Content-Type": "text/javascript"},
    )
    # Compressed, as it comes in where the middleware stands.
    site.pages["/app"] = Answer(gzip.compress(shell.encode()), headers={"Content-Encoding": "gzip"})
    spider = """
class T(scrapy.Spider):
    name = "t"
    async def start(self):
        yield scrapy.Request(self.url + "/static")
        yield scrapy.Request(self.url + "/app")
    def parse(self, response):
        yield {"class": type(response).__name__, "h1": response.css("h1::text").get(), "meta": sorted(response.meta)}
class Pickler:
    pass
"""
    crawl = project.crawl(spider, "-a", f"url={site.url}", settings={**SETTINGS, "C4_RENDER": "auto"})
    assert {item["h1"]: item["class"] for item in crawl.of("dict")} == {
        "Bridges": "HtmlResponse", "App": "RenderedResponse",
    }  # fmt: skip
    assert not any(key.startswith("c4_") for item in crawl.of("dict") for key in item["meta"])
    assert crawl.stats["c4/render/browser_count"] == 1
    assert site.paths().count("/app") == 2
    assert site.paths().count("/static") == 1
