"""GuardedDownloadHandler: what it adds to scrapy-playwright's handler, and that what it builds on is still there."""

from __future__ import annotations

import inspect
import time
from typing import Any

import pytest
from scrapy.utils.test import get_crawler

from scrapy_c4.browser_errors import (
    BrowserError,
    BrowserLostError,
    DownloadCancelledError,
    DownloadFailedError,
    DownloadTimeoutError,
    RendererCrashError,
    classify,
    retry_reason,
    to_raise,
)
from scrapy_c4.downloadhandlers import GuardedDownloadHandler
from scrapy_c4.options import OptionError
from tests.project import Crawl, Project
from tests.site import Answer, Site
from tests.test_faults import LAUNCH, SETTINGS

# Names that are not public


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("_download_request", ["request", "spider"]),
        ("_create_page", ["request", "spider"]),
        ("_create_browser_context", ["name", "context_kwargs", "spider"]),
        ("_make_close_page_callback", ["context_name"]),
        ("_make_close_browser_context_callback", ["name", "persistent", "remote", "spider"]),
        (
            "_make_request_handler",
            ["context_name", "method", "url", "headers", "body", "encoding", "spider", "initial_request_done"],
        ),
        ("_browser_disconnected_callback", []),
        ("_launch", []),
        ("_maybe_launch_browser", []),
        ("_close", []),
    ],
)
def test_private_methods(name: str, parameters: list[str]) -> None:
    """What PlaywrightGuard overrides or calls. One that is gone means: read the handler again."""
    from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler

    method = getattr(ScrapyPlaywrightDownloadHandler, name)
    assert [p for p in inspect.signature(method).parameters if p != "self"] == parameters


def test_private_attributes() -> None:
    from scrapy_playwright import _utils
    from scrapy_playwright.handler import DEFAULT_CONTEXT_NAME, BrowserContextWrapper, Config
    from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler as Handler

    assert DEFAULT_CONTEXT_NAME == "default"
    assert set(BrowserContextWrapper.__dataclass_fields__) == {"context", "semaphore", "persistent"}
    assert {
        "browser_type_name", "cdp_url", "connect_url", "launch_options", "max_pages_per_context",
        "navigation_timeout_ms", "startup_context_kwargs", "restart_disconnected_browser",
    } <= set(Config.__dataclass_fields__)  # fmt: skip
    for name in ("_attach_page_event_handlers", "_encode_body", "_maybe_await", "_maybe_execute_page_init_callback"):
        assert callable(getattr(_utils, name))
    source = inspect.getsource(Handler)
    for name in (
        "self.browser ", "self.browser_provider ", "self.context_wrappers", "self.context_launch_lock",
        "self.process_request_headers", "self.abort_request", "self.stats", "self._crawler",
    ):  # fmt: skip
        assert name in source
    # Closing and crashing pages give their slot back through the callback, made after the page.
    page = inspect.getsource(Handler._create_page)
    assert page.index("new_page()") < page.index("self._make_close_page_callback(context_name)")
    assert "await" not in page[page.index("self._make_close_page_callback") :]


@pytest.mark.browser
def test_process_of_the_driver(project: Project, site: Site) -> None:
    """The way to the driver's process, through names of Playwright that are not public."""
    site.pages["/"] = "<p>Hello"
    spider = """
from scrapy_c4 import _playwright_guard as module
class Spider(scrapy.Spider):
    name = "t"
    async def start(self):
        yield scrapy.Request(self.base + "/", meta={"playwright": True})
    def parse(self, response):
        handlers = self.crawler.engine.downloader.handlers
        handler = handlers._get_handler("http")
        commands = []
        for pid in handler._guard._roots:
            commands.append(open(f"/proc/{pid}/cmdline").read().replace("\\0", " "))
        yield {"commands": commands, "shared": handlers._get_handler("https") is handler}
"""
    result = project.crawl(spider, "-a", f"base={site.url}", settings=SETTINGS)
    item = result.items[0][1]
    assert any("run-driver" in command for command in item["commands"])
    assert any("chrom" in command for command in item["commands"])
    assert item["shared"]


# Settings and errors


@pytest.mark.parametrize("name", ["C4_BROWSER_TIMEOUT", "C4_CONTEXT_MAX_PAGES"])
@pytest.mark.parametrize("value", [0, -1, "soon", True])
def test_wrong_settings(name: str, value: Any) -> None:
    with pytest.raises(OptionError, match=f"{name} = {value!r} is not possible: it must be a (whole )?number above 0"):
        GuardedDownloadHandler.from_crawler(get_crawler(settings_dict={name: value}))


def _playwright_error(message: str, kind: str = "Error") -> Exception:
    import playwright.async_api as playwright
    from playwright._impl import _errors

    found = getattr(playwright, kind, None) or getattr(_errors, kind)
    error: Exception = found(message)
    return error


@pytest.mark.parametrize(
    ("error", "name", "retries"),
    [
        (lambda: _playwright_error("Page.goto: Timeout 10ms exceeded", "TimeoutError"), "timeout", None),
        (lambda: _playwright_error("Page.goto: net::ERR_EMPTY_RESPONSE at x"), "ERR_EMPTY_RESPONSE", None),
        (lambda: _playwright_error("Page.goto: net::ERR_CONNECTION_RESET at x"), "ERR_CONNECTION_RESET", None),
        (lambda: _playwright_error("Page.goto: net::ERR_TOO_MANY_REDIRECTS at x"), "ERR_TOO_MANY_REDIRECTS", 0),
        (lambda: _playwright_error("Page.goto: net::ERR_NAME_NOT_RESOLVED at x"), "ERR_NAME_NOT_RESOLVED", 0),
        (lambda: _playwright_error("Page.goto: net::ERR_ABORTED at x"), "ERR_ABORTED", 1),
        (lambda: _playwright_error("Page.goto: net::ERR_CERT_DATE_INVALID at x"), "ERR_CERT_DATE_INVALID", 0),
        (lambda: _playwright_error("Page.goto: Target crashed"), "crash", 1),
        (lambda: _playwright_error("Page.goto: net::ERR_ABORTED; maybe frame was detached?"), "crash", 1),
        (lambda: _playwright_error("Page.goto: x has been closed", "TargetClosedError"), "closed", None),
        (lambda: Exception("Page.goto: Connection closed while reading from the driver"), "closed", None),
        (lambda: _playwright_error("Page.evaluate: ReferenceError: x is not defined"), "page", 0),
        (lambda: RendererCrashError("x"), "crash", 1),
        (lambda: BrowserLostError("x"), "browser_lost", 0),
        (lambda: DownloadCancelledError("x"), "too_large", 0),
        (lambda: DownloadTimeoutError("x"), "timeout", None),
    ],
)
def test_errors(error: Any, name: str, retries: int | None) -> None:
    fault = classify(error())
    assert fault is not None
    assert (fault.name, fault.retries) == (name, retries)
    # What RetryMiddleware retries, and what it does not.
    for retried in (0, 1):
        again = retries is None or retried < retries
        raised = to_raise(error(), "http://x", retried)
        assert isinstance(raised, (DownloadFailedError, DownloadTimeoutError)) is again
        assert again or isinstance(raised, (BrowserError, DownloadCancelledError))
        if type(error()).__module__.startswith("playwright"):
            assert (retry_reason(error(), retried) is not None) is again


def test_other_errors_stay() -> None:
    error = ValueError("a page method of the spider")
    assert classify(error) is None
    assert to_raise(error, "http://x", 0) is error


# Crawls


def crawl(project: Project, site: Site, code: str, **settings: Any) -> Crawl:
    spider = f"""
from scrapy_playwright.page import PageMethod
class Spider(scrapy.Spider):
    name = "t"
{code}
    def failed(self, failure):
        yield {{"error": failure.type.__name__, "message": failure.getErrorMessage()}}
"""
    # Nothing hangs in these tests, but the machine may be busy.
    settings = {**SETTINGS, "DOWNLOAD_TIMEOUT": 30, "C4_BROWSER_TIMEOUT": 15, **settings}
    return project.crawl(spider, "-a", f"base={site.url}", settings=settings)


@pytest.mark.browser
def test_headers_stay_with_their_origin(project: Project, site: Site) -> None:
    other = Site("localhost")
    try:
        site.pages.update(
            {
                "/page": f"<img src='{other.url}/image'><iframe src='{other.url}/frame'></iframe>"
                f"<iframe src='/own-frame'></iframe><script>fetch('{other.url}/fetch', {{mode: 'no-cors'}});"
                "fetch('/own-fetch')</script>",
                "/redirect": Answer(status=302, headers={"Location": f"{other.url}/landed"}),
                "/own-redirect": Answer(status=302, headers={"Location": "/own-landed"}),
                "/own-landed": "<p>landed",
                "/script": f"<script>location.href = '{other.url}/by-script'</script>",
                "/back": Answer(status=307, headers={"Location": f"{other.url}/back"}),
                "/own-frame": "<p>frame",
                "/end": "<p>end",
            }
        )
        other.pages.update(
            dict.fromkeys(("/landed", "/frame", "/by-script"), "<p>other")
            | {"/back": Answer(status=302, headers={"Location": f"{site.url}/end"})}
        )
        code = """
    async def start(self):
        for path in ("/page", "/redirect", "/own-redirect", "/script", "/back"):
            wait = PageMethod("wait_for_url", "**/by-script") if path == "/script" else PageMethod(self.all_asked)
            yield scrapy.Request(self.base + path, headers={"Authorization": "Bearer 1", "X-Key": "2"},
                                 cookies={"a": "3"}, errback=self.failed,
                                 meta={"playwright": True, "playwright_page_methods": [wait]})
        yield scrapy.Request(self.base + "/page?post", method="POST", body="q=1", headers={
            "Authorization": "Bearer 1", "Content-Type": "text/x-test"}, meta={"playwright": True})
    async def all_asked(self, page):
        await page.wait_for_load_state("networkidle")
    def parse(self, response):
        yield {"url": response.url, "hops": response.meta.get("redirect_urls")}
"""
        result = crawl(project, site, code)
        assert [item for _, item in result.items if "error" in item] == []
        assert len(result.items) == 6
        assert {"/landed", "/frame", "/by-script", "/image", "/fetch", "/back"} <= set(other.paths())
        for asked in other.asked:
            assert not {"authorization", "x-key", "cookie"} & set(asked.headers), asked
        own = {asked.path: asked.headers for asked in site.asked if asked.path != "/favicon.ico"}
        for path in ("/page", "/own-redirect", "/own-landed", "/own-frame", "/end", "/redirect"):
            assert own[path]["authorization"] == "Bearer 1", path
        assert "authorization" not in own["/own-fetch"]
        assert own["/page"]["cookie"] == "a=3"
        assert own["/page?post"]["content-type"] == "text/x-test"
        assert next(asked.method for asked in site.asked if asked.path == "/page?post") == "POST"
        # The same browser says the same of itself everywhere.
        assert len({asked.headers["user-agent"] for asked in (*site.asked, *other.asked)}) == 1
        hops = {item["url"]: item["hops"] for _, item in result.items}
        assert hops[f"{site.url}/own-landed"] == [f"{site.url}/own-redirect"]
    finally:
        other.close()


@pytest.mark.browser
def test_what_is_tried_again(project: Project, site: Site) -> None:
    """By Scrapy's RetryMiddleware, with its own settings and stats."""

    gone = Site()
    gone.close()
    site.pages.update(
        {
            "/around": Answer(status=302, headers={"Location": "/around"}),
            "/busy": Answer("<p>later", status=503),
        }
    )
    code = f"""
    async def start(self):
        for url in (self.base + "/around", self.base + "/busy", "{gone.url}", "http://no.such.host/"):
            yield scrapy.Request(url, meta={{"playwright": True}}, errback=self.failed)
    async def parse(self, response):
        yield {{"url": response.url}}
"""
    result = crawl(project, site, code, RETRY_ENABLED=True, RETRY_TIMES=1, HTTPERROR_ALLOW_ALL=False)
    assert {key: n for key, n in result.stats.items() if key.startswith("retry/reason_count/")} == {
        "retry/reason_count/503 Service Unavailable": 1,
        # Scrapy's own since 2.15.
        f"retry/reason_count/{DownloadFailedError.__module__}.DownloadFailedError": 1,
    }
    assert {key: n for key, n in result.stats.items() if key.startswith("c4/render/error_count/")} == {
        "c4/render/error_count/ERR_CONNECTION_REFUSED": 2,
        "c4/render/error_count/ERR_NAME_NOT_RESOLVED": 1,
        "c4/render/error_count/ERR_TOO_MANY_REDIRECTS": 1,
    }


@pytest.mark.browser
def test_resources(project: Project, site: Site) -> None:
    image = Answer(b"x", headers={"Content-Type": "image/png"})
    site.pages.update(
        {
            "/page": "<img src=/image.png><link rel=stylesheet href=/style.css><script src=/script.js></script>"
            "<img src=/mine.gif><iframe src=/frame></iframe>",
            "/frame": "<img src=/image-in-frame.png>",
            "/many": "".join(f"<img src=/n/{n}.png>" for n in range(60)),
            "/image.png": image,
        }
    )
    code = """
    async def start(self):
        yield scrapy.Request(self.base + "/page", meta={"playwright": True, "c4_block": ["image", "tracker"]})
        yield scrapy.Request(self.base + "/many", meta={"playwright": True, "c4_max_requests": 20})
    def parse(self, response):
        yield {"url": response.url, "flags": response.flags}
"""
    abort = "tests.test_handler.no_gif"
    result = crawl(project, site, code, PLAYWRIGHT_ABORT_REQUEST=abort)
    assert [item["flags"] for _, item in result.items] == [["playwright"]] * 2
    paths = [path for path in site.paths() if not path.startswith("/favicon")]
    assert {"/page", "/style.css", "/script.js", "/frame"} <= set(paths)
    assert not {"/image.png", "/image-in-frame.png", "/mine.gif"} & set(paths)
    assert sum(path.startswith("/n/") for path in paths) <= 20
    assert result.stats["c4/render/too_many_requests_count"] == 1


def no_gif(request: Any) -> bool:
    return bool(request.url.endswith(".gif"))


@pytest.mark.browser
def test_contexts_are_recycled(project: Project, site: Site) -> None:
    site.pages["/"] = Answer("<p>Hello", headers={"Set-Cookie": "session=1"})
    code = """
    async def start(self):
        for n in range(23):
            yield scrapy.Request(f"{self.base}/?{n}", meta={"playwright": True})
    def parse(self, response):
        handler = self.crawler.engine.downloader.handlers._get_handler("http")
        yield {"open": len(handler._guard.browser.contexts)}
"""
    result = crawl(project, site, code, C4_CONTEXT_MAX_PAGES=5, CONCURRENT_REQUESTS=2)
    assert len(result.items) == 23
    assert result.stats["c4/render/context_recycled_count"] == 4
    assert result.stats["playwright/context_count"] == 5
    assert max(item["open"] for _, item in result.items) <= 3
    # The cookies of the old context live on in the new one.
    with_cookie = [asked for asked in site.asked if asked.headers.get("cookie") == "session=1"]
    assert len([asked for asked in with_cookie if asked.path.startswith("/?")]) >= 20


@pytest.mark.browser
def test_contexts_are_recycled_while_pages_wait_for_them(project: Project, site: Site) -> None:
    site.pages["/"] = "<p>Hello"
    code = """
    left = 14
    async def start(self):
        for n in range(self.left):
            yield scrapy.Request(f"{self.base}/?{n}", meta={"playwright": True})
    async def parse(self, response):
        import asyncio
        self.left -= 1
        guard = self.crawler.engine.downloader.handlers._get_handler("http")._guard
        if self.left:
            return
        slots = guard.context_wrappers["default"].semaphore
        for _ in range(100):
            if not slots.taken and len(guard.browser.contexts) == 1:
                break
            await asyncio.sleep(0.1)
        yield {"open": len(guard.browser.contexts), "free": slots._value}
"""
    limits = {"C4_CONTEXT_MAX_PAGES": 5, "PLAYWRIGHT_MAX_PAGES_PER_CONTEXT": 1}
    result = crawl(project, site, code, **limits)
    assert [item for _, item in result.items] == [{"open": 1, "free": 1}]
    assert result.stats["playwright/context_count"] == 3


@pytest.mark.browser
def test_slots_are_given_back_once(project: Project, site: Site) -> None:
    """Crashes, pages that fail, pages given up while they wait for a slot: the limit of pages stays what it is."""
    site.pages["/"] = "<p>Hello"
    code = """
    async def crash(self, page):
        await (await page.context.new_cdp_session(page)).send("Page.crash")
    async def fail(self, page):
        raise ValueError("mine")
    async def start(self):
        for method in (self.crash, self.fail) * 4:
            yield scrapy.Request(self.base + "/", dont_filter=True, errback=self.failed, priority=1, meta={
                "playwright": True, "playwright_page_methods": [PageMethod(method)]})
        for method in ("wait_for_timeout",) * 6:
            yield scrapy.Request(self.base + "/", dont_filter=True, errback=self.failed, meta={
                "playwright": True, "playwright_page_methods": [PageMethod(method, 60000)], "c4_deadline": 4})
        yield scrapy.Request(self.base + "/?last", priority=-1, meta={"playwright": True}, errback=self.failed)
    async def parse(self, response):
        import asyncio
        handler = self.crawler.engine.downloader.handlers._get_handler("http")
        slots = handler._guard.context_wrappers["default"].semaphore
        for _ in range(600):  # a page that is slow to close gives its slot back when it has closed
            if not slots.taken:
                break
            await asyncio.sleep(0.1)
        yield {"taken": slots.taken, "free": slots._value}
"""
    result = crawl(project, site, code, PLAYWRIGHT_MAX_PAGES_PER_CONTEXT=2)
    assert [item for _, item in result.items if "taken" in item] == [{"taken": 0, "free": 2}]
    assert len(result.items) == 15


@pytest.mark.browser
def test_a_spider_of_its_own(project: Project, site: Site) -> None:
    """What scrapy-playwright documents keeps working."""
    site.pages["/"] = "<title>One</title><p>Hello</p><script>window.open('/popup')</script>"
    site.pages["/popup"] = "<p>popup"
    code = """
    async def start(self):
        yield scrapy.Request(self.base + "/", meta={
            "playwright": True, "playwright_include_page": True, "playwright_context": "mine",
            "playwright_context_kwargs": {"locale": "de-DE"}, "playwright_page_init_callback": self.init,
            "playwright_page_event_handlers": {"popup": "on_popup"},
            "playwright_page_methods": {"title": PageMethod("title"), "no": PageMethod("no_such_method"),
                                        "own": PageMethod(self.own, 41, add=1)},
            "playwright_page_goto_kwargs": {"wait_until": "load"}}, errback=self.failed)
    popups = 0
    async def init(self, page, request):
        await page.add_init_script("window.mark = navigator.language")
    def on_popup(self, popup):
        self.popups += 1
    async def own(self, page, number, add):
        return number + add
    async def parse(self, response):
        page = response.meta["playwright_page"]
        methods = response.meta["playwright_page_methods"]
        await page.wait_for_timeout(200)
        yield {"title": methods["title"].result, "own": methods["own"].result, "mark": await page.evaluate("mark"),
               "popups": self.popups, "security": "playwright_security_details" in response.meta,
               "address": str(response.ip_address), "context": response.meta["playwright_context"]}
        await page.goto(self.base + "/?again")
        await page.close()
"""
    result = crawl(project, site, code)
    assert [item for _, item in result.items] == [
        {
            "title": "One", "own": 42, "mark": "de-DE", "popups": 1, "security": True, "address": "127.0.0.1",
            "context": "mine",
        }
    ]  # fmt: skip
    assert "/?again" in site.paths()


@pytest.mark.browser
def test_pages_are_used_again(project: Project, site: Site) -> None:
    site.pages["/"] = "<p>Hello"
    code = """
    async def start(self):
        yield scrapy.Request(self.base + "/", meta={"playwright": True, "playwright_include_page": True})
    def parse(self, response):
        page = response.meta["playwright_page"]
        meta = {"playwright": True, "playwright_page": page}
        yield scrapy.Request(self.base + "/?2", meta=meta, callback=self.second)
    def second(self, response):
        yield {"url": response.url}
"""
    result = crawl(project, site, code)
    assert [item["url"] for _, item in result.items] == [f"{site.url}/?2"]
    assert result.stats["playwright/page_count"] == 1
    assert result.stats["playwright/page_count/closed"] == 1


@pytest.mark.browser
def test_a_page_that_failed_is_not_used_again(project: Project, site: Site) -> None:
    """What is tried again has the page of the first time in its meta, and that one is on its way out."""
    answers = iter([Answer(write=lambda handler: time.sleep(5)), "<p>second time"])
    site.pages["/"] = lambda path: next(answers)
    code = """
    async def start(self):
        meta = {"playwright": True, "playwright_include_page": True, "c4_deadline": 3}
        yield scrapy.Request(self.base + "/", meta=meta, errback=self.failed)
    async def parse(self, response):
        page = response.meta["playwright_page"]
        yield {"text": await page.text_content("p")}
        await page.close()
"""
    result = crawl(project, site, code, RETRY_ENABLED=True)
    assert [item for _, item in result.items] == [{"text": "second time"}]
    assert result.stats["playwright/page_count"] == 2


@pytest.mark.browser
def test_the_page_of_a_failed_request_can_be_closed_by_its_errback(project: Project, site: Site) -> None:
    site.pages["/"] = Answer(write=lambda handler: time.sleep(5))
    code = """
    async def start(self):
        meta = {"playwright": True, "playwright_include_page": True, "c4_deadline": 3}
        yield scrapy.Request(self.base + "/", meta=meta, errback=self.close)
    async def close(self, failure):
        await failure.request.meta["playwright_page"].close()
        yield {"error": failure.type.__name__}
"""
    result = crawl(project, site, code)
    assert [item for _, item in result.items] == [{"error": "DownloadTimeoutError"}]


@pytest.mark.browser
@pytest.mark.parametrize("headers", [None, "tests.test_handler.my_headers"])
def test_headers_of_the_users_own(project: Project, site: Site, headers: Any) -> None:
    site.pages["/"] = "<p>Hello"
    code = """
    async def start(self):
        yield scrapy.Request(self.base + "/", headers={"X-Key": "1"}, meta={"playwright": True})
    def parse(self, response):
        yield {"url": response.url}
"""
    crawl(project, site, code, PLAYWRIGHT_PROCESS_REQUEST_HEADERS=headers)
    asked = next(asked for asked in site.asked if asked.path == "/")
    assert "x-key" not in asked.headers
    assert asked.headers.get("x-mine") == (None if headers is None else "yes")
    assert "Scrapy" not in asked.headers["user-agent"]


def my_headers(browser_type_name: str, playwright_request: Any, scrapy_request_data: Any) -> dict[str, str]:
    return {**playwright_request.headers, "x-mine": "yes"}


@pytest.mark.browser
def test_proxy(project: Project, site: Site) -> None:
    """Two proxies and none: three contexts. The site stands in for the proxies."""
    first, second = Site(), Site()
    try:
        for number, proxy in enumerate((first, second)):
            proxy.pages["http://site.test/"] = f"<p>through {number}"
        code = """
    async def start(self):
        for proxy in self.proxies.split():
            yield scrapy.Request("http://site.test/", dont_filter=True, meta={"playwright": True, "proxy": proxy},
                                 errback=self.failed)
    def parse(self, response):
        yield {"text": response.css("p::text").get(), "context": response.meta["playwright_context"]}
"""
        code = code.replace("self.proxies.split()", repr([first.url.replace("//", "//me:secret@"), second.url] * 2))
        arguments = [a for a in LAUNCH["args"] if "resolver" not in a]
        result = crawl(project, site, code, PLAYWRIGHT_LAUNCH_OPTIONS={"args": arguments})
        texts = sorted(item["text"] for _, item in result.items)
        assert texts == ["through 0", "through 0", "through 1", "through 1"]
        assert result.stats["playwright/context_count"] == 2
        assert "secret" not in json_text(result)
        assert not any("proxy-authorization" in asked.headers for asked in second.asked)
    finally:
        first.close()
        second.close()


@pytest.mark.browser
def test_sessions_do_not_mix(project: Project, site: Site) -> None:
    def cookies(path: str) -> Answer:
        asked = next(asked for asked in reversed(site.asked) if asked.path == path)
        return Answer(f"<p>{asked.headers.get('cookie')}", headers={"Set-Cookie": f"id={path[-1]}; Path=/"})

    site.pages |= {f"/?{n}": cookies for n in range(6)}
    code = """
    metas = {"1": {"cookiejar": 0}, "2": {"cookiejar": "b"}, "3": {"cookiejar": 0}, "4": {"dont_merge_cookies": True}}
    async def start(self):
        yield self.request("0")
    def request(self, n):
        return scrapy.Request(f"{self.base}/?{n}", meta={"playwright": True, **self.metas.get(n, {})})
    def parse(self, response):
        yield {"text": response.css("p::text").get()}
        n = str(int(response.url[-1]) + 1)
        if n < "6":
            yield self.request(n)
"""
    result = crawl(project, site, code)
    assert [item["text"] for _, item in result.items] == ["None", "None", "None", "id=1", "None", "id=0"]
    assert result.stats["playwright/context_count"] == 4


@pytest.mark.browser
def test_waiting_for_a_page_does_not_count(project: Project, site: Site) -> None:
    site.pages["/"] = (
        "<p>0</p><script>setTimeout(() => document.querySelector('p').textContent = 'done', 1000)</script>"
    )
    code = """
    async def start(self):
        for n in range(8):
            meta = {"playwright": True, "playwright_page_methods": [PageMethod("wait_for_selector", "text=done")]}
            yield scrapy.Request(f"{self.base}/?{n}", meta=meta, errback=self.failed)
    def parse(self, response):
        yield {"text": response.css("p::text").get()}
"""
    result = crawl(project, site, code, DOWNLOAD_TIMEOUT=7, PLAYWRIGHT_MAX_PAGES_PER_CONTEXT=1)
    assert [item.get("text") for _, item in result.items] == ["done"] * 8, result.items


@pytest.mark.browser
@pytest.mark.parametrize("with_plan", [True, False])
def test_pages_that_break_what_others_count_on(project: Project, site: Site, with_plan: bool) -> None:
    broken = [
        "requestIdleCallback = null", "requestIdleCallback = () => { throw 1 }", "eval = () => { throw 1 }",
        "Map = null", "setTimeout = null", "Promise = null", "JSON.stringify = null",
    ]  # fmt: skip
    site.pages |= {f"/{n}": f"<script>window.{code}</script><p>Words" for n, code in enumerate(broken) if n != 6}
    site.pages["/6"] = f"<script>{broken[6]}</script><p>Words"
    code = """
    async def start(self):
        for n in range(7):
            yield scrapy.Request(f"{self.base}/{n}", meta=self.meta, errback=self.failed)
    def parse(self, response):
        yield {"text": response.css("p::text").get()}
"""
    code = code.replace("self.meta", str({"c4": {"render": "always"}} if with_plan else {"playwright": True}))
    result = crawl(project, site, code, ADDONS={"scrapy_c4.Addon": 500}, C4_EMIT=[])
    assert [item.get("text") for _, item in result.items] == ["Words"] * 7, result.items
    assert result.stats["c4/render/browser_count" if with_plan else "playwright/page_count"] == 7


@pytest.mark.browser
def test_redirects_of_the_browser_follow_those_of_scrapy(project: Project, site: Site) -> None:
    site.pages |= {
        "/b": Answer(status=302, headers={"Location": "/c"}),
        "/c": "<p>c",
    }
    code = """
    async def start(self):
        meta = {"playwright": True, "redirect_urls": [self.base + "/first"], "redirect_reasons": [301],
                "redirect_times": 1}
        yield scrapy.Request(self.base + "/b", meta=meta)
    def parse(self, response):
        yield {key: response.meta[key] for key in ("redirect_urls", "redirect_reasons", "redirect_times")}
        if response.meta["redirect_times"] == 2 and not response.meta.get("again"):
            meta = {**response.meta, "again": True}
            yield response.request.replace(url=self.base + "/b", dont_filter=True, meta=meta)
"""
    result = crawl(project, site, code)
    urls = [f"{site.url}/first", f"{site.url}/b"]
    expected = {"redirect_urls": urls, "redirect_reasons": [301, 302], "redirect_times": 2}
    assert [item for _, item in result.items] == [expected, expected]


def json_text(result: Crawl) -> str:
    return f"{result.log} {result.stats} {result.items}"


@pytest.mark.browser
def test_memory_of_all_processes(project: Project, site: Site) -> None:
    site.pages["/"] = "<p>Hello"
    code = """
    async def start(self):
        yield scrapy.Request(self.base + "/", meta={"playwright": True})
    async def parse(self, response):
        import asyncio, os
        from scrapy_c4._processes import memory
        own = memory(os.getpid())
        for _ in range(100):
            if self.crawler.stats.get_value("memusage/max") > own + 50 * 2**20:
                break
            await asyncio.sleep(0.1)
        yield {"own": own}
"""
    extensions = {
        "probes.Probe": 0,
        "scrapy.extensions.memusage.MemoryUsage": None,
        "scrapy_c4.memusage.TreeMemoryUsage": 0,
    }
    result = crawl(project, site, code, EXTENSIONS=extensions, MEMUSAGE_CHECK_INTERVAL_SECONDS=0.5)
    # A driver and a browser are more than a hundred megabytes.
    assert result.stats["memusage/max"] > result.items[0][1]["own"] + 50 * 2**20
    assert result.stats["memusage/max"] > result.stats["memusage/startup"]


@pytest.mark.browser
def test_a_limit_of_memory_ends_the_crawl(project: Project, site: Site) -> None:
    site.pages["/"] = "<p>Hello"
    code = """
    async def start(self):
        for n in range(100_000):
            yield scrapy.Request(f"{self.base}/?{n}", meta={"playwright": n == 0})
    def parse(self, response):
        pass
"""
    extensions = {
        "probes.Probe": 0,
        "scrapy.extensions.memusage.MemoryUsage": None,
        "scrapy_c4.memusage.TreeMemoryUsage": 0,
    }
    limits = {"MEMUSAGE_CHECK_INTERVAL_SECONDS": 0.5, "MEMUSAGE_LIMIT_MB": 150}
    result = crawl(project, site, code, EXTENSIONS=extensions, **limits)
    assert result.stats["reason"] == "memusage_exceeded"


@pytest.mark.browser
@pytest.mark.parametrize("level", ["DEBUG", "INFO"])
def test_the_browser_is_not_asked_for_lines_that_nobody_sees(project: Project, site: Site, level: str) -> None:
    site.pages["/"] = "<h1>page</h1><img src=/a><img src=/b>"
    spider = """
from playwright.async_api import Request
header_value, asked = Request.header_value, []

def counted(self, name):
    asked.append(name)
    return header_value(self, name)

Request.header_value = counted

class Spider(scrapy.Spider):
    name = "t"
    async def start(self):
        yield scrapy.Request(self.url, meta={"playwright": True})
    def parse(self, response):
        yield {"asked": len(asked)}
"""
    result = project.crawl(spider, "-a", f"url={site.url}/", settings={**SETTINGS, "LOG_LEVEL": level})
    shown = [line for line in result.log.splitlines() if "[Context=default] Request: " in line]
    asked = result.items[0][1]["asked"]
    assert (len(shown) >= 3, asked >= 3) == (level == "DEBUG", level == "DEBUG"), (shown, asked)
