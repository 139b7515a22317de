"""What can go wrong with a browser, made to go wrong in real Chromium.

Every request ends, every crawl ends, and nothing is left behind.
"""

from __future__ import annotations

import os
import signal
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.project import Crawl, Project
from tests.site import Answer, Site

pytestmark = pytest.mark.browser

HANDLER = "scrapy_c4.downloadhandlers.GuardedDownloadHandler"
LAUNCH = {
    "args": [
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    ]
}
SETTINGS = {
    "ADDONS": {},
    "DOWNLOAD_HANDLERS": {"http": HANDLER, "https": HANDLER},
    "DOWNLOAD_TIMEOUT": 20,
    "DOWNLOAD_MAXSIZE": 2_000_000,
    "CONCURRENT_REQUESTS": 6,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 6,
    "HTTPERROR_ALLOW_ALL": True,
    "C4_BROWSER_TIMEOUT": 4,
    "PLAYWRIGHT_LAUNCH_OPTIONS": LAUNCH,
}
SPIDER = """
import os, signal
from contextlib import suppress
from scrapy_c4._processes import family, process
from scrapy_playwright.page import PageMethod

async def crash(page):
    await (await page.context.new_cdp_session(page)).send("Page.crash")

class Spider(scrapy.Spider):
    name = "t"

    async def start(self):
        for path in self.paths.split():
            meta = {"playwright": True}
            if path == "/crash":
                meta["playwright_page_methods"] = [PageMethod(crash)]
            if path == "/busy-method":
                meta["playwright_page_methods"] = [PageMethod("evaluate", "new Promise(() => {})")]
            if path.startswith("/download-later"):
                meta["playwright_page_methods"] = [PageMethod("wait_for_timeout", 500)]
            meta["c4_max_requests"] = 50
            yield scrapy.Request(self.base + path, meta=meta, errback=self.failed, dont_filter=True)

    seen = 0
    def parse(self, response):
        self.seen += 1
        if self.seen == 5 and getattr(self, "hit", None):
            self.strike(*self.hit.split())
        yield {"path": response.request.url.removeprefix(self.base), "type": type(response).__name__,
               "status": response.status, "flags": response.flags, "text": response.body[:300].decode("latin-1"),
               "size": len(response.body)}

    def failed(self, failure):
        yield {"path": failure.request.url.removeprefix(self.base), "error": failure.type.__name__,
               "message": failure.getErrorMessage()}

    def strike(self, whom, how):
        for pid in family(process(os.getpid())):
            try:
                command = open(f"/proc/{pid}/cmdline").read().replace("\\0", " ")
            except OSError:
                continue
            if not command:
                continue  # it has just ended
            kind = "renderer" if "--type=renderer" in command else "browser" if "chrom" in command.split()[0] else None
            if "--type=" in command and kind == "browser":
                kind = None
            if "run-driver" in command:
                kind = "driver"
            if kind == whom:
                with suppress(ProcessLookupError):
                    os.kill(pid, getattr(signal, how))
"""


@pytest.fixture(autouse=True)
def nothing_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No process that the crawl has started may outlive it."""
    token = uuid.uuid4().hex
    monkeypatch.setenv("C4_TEST_RUN", token)
    yield
    left = []
    for _ in range(50):
        left = [pid for pid in os.listdir("/proc") if pid.isdigit() and int(pid) != os.getpid() and _has(pid, token)]
        if not left:
            break
        time.sleep(0.1)
    for pid in left:
        os.kill(int(pid), signal.SIGKILL)
    assert left == []


def _has(pid: str, token: str) -> bool:
    try:
        return token.encode() in Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False


def crawl(project: Project, site: Site, paths: list[str], *args: str, **settings: Any) -> Crawl:
    base = ["-a", f"base={site.url}", "-a", f"paths={' '.join(paths)}"]
    return project.crawl(SPIDER, *base, *args, settings={**SETTINGS, **settings}, timeout=120)


def hang(handler: Any) -> None:
    handler.wfile.flush()
    threading.Event().wait(60)


def silent(path: str) -> str:
    threading.Event().wait(60)
    return ""


def half(handler: Any) -> None:
    handler.wfile.write(b"<h1>the first half</h1>")
    hang(handler)


def slow_loop(handler: Any) -> None:
    handler.wfile.write(b"<!doctype html>")
    time.sleep(0.5)  # for the most part, the page is a document that has only begun
    handler.wfile.write(
        b"<h1>slow loop</h1><img src='/hang'><script>"
        b"setTimeout(() => location.href = '/slow-loop?' + Math.random(), 150)</script>"
    )


def endless(handler: Any) -> None:
    while True:
        handler.wfile.write(b"<p>" + b"x" * 65536)
        time.sleep(0.01)


NEWS = "<h1>fine</h1>"
PAGES: dict[str, Any] = {
    "/fine": NEWS,
    "/hang": Answer(write=hang),
    "/half": Answer(write=half),
    "/image": "<h1>image</h1><img src='/hang'>",
    "/script": "<h1>script</h1><script src='/hang'></script><p>after",
    "/spins": "<h1>spins</h1><script>for (;;);</script>",
    "/spins-later": "<h1>spins later</h1><script>onload = () => setTimeout(() => { for (;;); }, 20)</script>",
    "/busy-method": "<h1>method</h1>",
    "/dialogs": "<script>alert(1); confirm(2); prompt(3); onbeforeunload = () => 'stay'</script><h1>dialogs</h1>",
    "/loop": "<h1>loop</h1><script>location.href = '/loop?' + Math.random()</script>",
    "/loop-later": "<h1>loop later</h1><script>onload = () => location.href = '/loop-later?' + Math.random()</script>",
    "/slow-loop": Answer(write=slow_loop),
    "/silent": silent,
    "/leads-to-silent": "<h1>leads to silent</h1><img src='/hang'><script>"
    "setTimeout(() => location.href = '/silent', 150)</script>",
    "/redirects": Answer(status=302, headers={"Location": "/redirects"}),
    "/popups": "<h1>popups</h1><a target=_blank href=/fine></a><script>"
    "for (let i = 0; i < 20; i++) { window.open('/fine'); document.querySelector('a').click() }</script>",
    "/closes": "<h1>closes</h1><script>window.close()</script>",
    "/big": "<h1>big</h1>" + "x" * 3_000_000,
    "/endless": Answer(write=endless),
    "/grows": "<h1>grows</h1><script>document.body.append('x'.repeat(3000000))</script>",
    "/asks": "<h1>asks</h1><script>const ask = () => { const i = new Image(); i.onerror = ask; i.src = '/x?' +"
    " Math.random() }; for (let i = 0; i < 20; i++) ask()</script>",
    "/crash": "<h1>crash</h1>",
    "/json": Answer('{"a": 1}', headers={"Content-Type": "application/json"}),
    "/pdf": Answer(b"%PDF-1.4\n" + bytes(range(256)), headers={"Content-Type": "application/pdf"}),
    "/xml": Answer("<a>1</a>", headers={"Content-Type": "application/xml"}),
    "/text": Answer("caf\xe9".encode("cp1252"), headers={"Content-Type": "text/plain; charset=cp1252"}),
    "/untyped": Answer(b"no type", headers={"Content-Type": ""}),
    "/file": Answer(b"\x00" * 1000, headers={"Content-Disposition": 'attachment; filename="a.bin"'}),
    "/big-file": Answer(b"\x00" * 3_000_000, headers={"Content-Type": "application/octet-stream"}),
    "/endless-file": Answer(
        write=lambda handler: [handler.wfile.write(b"\x00" * 65536) for _ in range(10_000)],
        headers={"Content-Type": "application/octet-stream"},
    ),
    "/download-later": "<h1>download later</h1><script>location.href = '/file'</script>",
    "/no-content": Answer(status=204),
    "/missing": Answer("<h1>missing</h1>", status=404),
    "/empty-error": Answer(b"", status=500, headers={"Content-Type": ""}),
}
PARTIAL = ["playwright", "c4-partial"]
RAW = ["playwright", "c4-raw"]
WHOLE = ["playwright"]
OUTCOMES: list[tuple[str, dict[str, Any]]] = [
    ("/fine", {"flags": WHOLE, "text": "fine"}),
    ("/hang", {"error": "DownloadTimeoutError"}),
    ("/half", {"flags": PARTIAL, "text": "the first half"}),
    ("/image", {"flags": PARTIAL, "text": "image"}),
    ("/script", {"flags": PARTIAL, "text": "script"}),
    ("/spins", {"flags": PARTIAL, "text": "spins"}),
    ("/spins-later", {"flags": PARTIAL, "text": "spins later"}),
    ("/busy-method", {"error": "DownloadTimeoutError"}),
    ("/dialogs", {"flags": WHOLE, "text": "dialogs"}),
    ("/loop", {"flags": PARTIAL, "text": "loop"}),
    ("/loop-later", {"flags": PARTIAL, "text": "loop later"}),
    ("/slow-loop", {"flags": PARTIAL, "text": "slow loop"}),
    ("/leads-to-silent", {"flags": PARTIAL, "text": "leads to silent"}),
    ("/redirects", {"error": "BrowserError", "message": "ERR_TOO_MANY_REDIRECTS"}),
    ("/popups", {"flags": WHOLE, "text": "popups"}),
    ("/closes", {"flags": WHOLE, "text": "closes"}),
    ("/big", {"error": "DownloadCancelledError"}),
    ("/endless", {"error": "DownloadCancelledError", "message": "has more than"}),
    ("/grows", {"error": "DownloadCancelledError"}),
    ("/asks", {"text": "asks"}),
    ("/crash", {"error": "DownloadFailedError", "message": "crashed"}),
    ("/json", {"flags": RAW, "type": "JsonResponse", "text": '{"a": 1}'}),
    ("/pdf", {"flags": RAW, "size": 265, "type": "Response"}),
    ("/xml", {"flags": RAW, "type": "XmlResponse", "size": 8}),
    ("/text", {"flags": RAW, "type": "TextResponse", "text": "caf\xe9", "size": 4}),
    ("/untyped", {"flags": RAW, "text": "no type", "size": 7}),
    ("/file", {"flags": RAW, "size": 1000}),
    ("/big-file", {"error": "DownloadCancelledError"}),
    ("/endless-file", {"error": "DownloadCancelledError"}),
    ("/download-later", {"text": "download later"}),
    ("/no-content", {"status": 204, "flags": RAW, "size": 0}),
    ("/missing", {"status": 404, "flags": WHOLE, "text": "missing"}),
    ("/empty-error", {"status": 500, "size": 0}),
]


def test_bad_pages(project: Project, site: Site) -> None:
    site.pages.update(PAGES)
    result = crawl(project, site, [path for path, _ in OUTCOMES] + ["/fine"] * 5)
    assert result.returncode == 0
    assert result.stats["reason"] == "finished"
    found = {item["path"]: item for _, item in result.items}
    for path, expected in OUTCOMES:
        for key, value in expected.items():
            if key in ("text", "message"):
                assert value in found[path].get(key, ""), found[path]
            else:
                assert found[path].get(key) == value, found[path]
    assert sum(item["path"] == "/fine" for _, item in result.items) == 6
    # An image that loads for ever is not asked for for ever.
    assert sum(path.startswith("/x?") for path in site.paths()) < 300
    errors = {key.rsplit("/", 1)[1]: n for key, n in result.stats.items() if key.startswith("c4/render/error_count/")}
    assert errors == {"timeout": 2, "too_large": 5, "crash": 1, "ERR_TOO_MANY_REDIRECTS": 1}
    assert result.stats["playwright/page_count"] == result.stats["playwright/page_count/closed"]
    assert "Traceback" not in result.log, result.log


@pytest.mark.parametrize(
    "hit",
    [f"{whom} {how}" for whom in ("browser", "driver", "renderer") for how in ("SIGKILL", "SIGSTOP")],
)
def test_killed_in_mid_crawl(project: Project, site: Site, hit: str) -> None:
    site.pages["/fine"] = NEWS
    # Nothing tells that a renderer is stopped, except that its pages take too long.
    seconds = 6 if hit == "renderer SIGSTOP" else 14
    result = crawl(project, site, ["/fine"] * 24, "-a", f"hit={hit}", RETRY_ENABLED=True, DOWNLOAD_TIMEOUT=seconds)
    assert [item.get("text", item) for _, item in result.items if "fine" not in item.get("text", "")] == []
    assert len(result.items) == 24
    assert (result.returncode, result.stats["reason"]) == (0, "finished")
    if "renderer" not in hit:
        assert result.stats["c4/render/browser_replaced_count"] == 1
        assert result.stats["playwright/browser_count"] == 2


@pytest.mark.parametrize("program", ["missing", "fails", "hangs"])
def test_browser_does_not_start(project: Project, site: Site, tmp_path: Path, program: str) -> None:
    site.pages["/fine"] = NEWS
    script = tmp_path / "browser"
    if program != "missing":
        script.write_text("#!/bin/sh\n" + ("exit 3\n" if program == "fails" else "exec sleep 600\n"))
        script.chmod(0o755)
    options = {"executable_path": str(script), "timeout": 2000}
    result = crawl(project, site, ["/fine"] * 30, PLAYWRIGHT_LAUNCH_OPTIONS=options)
    assert (result.returncode, result.stats["reason"]) == (1, "c4_browser_lost")
    assert {item["error"] for _, item in result.items} <= {"BrowserLostError", "DownloadTimeoutError"}
    assert sum("[scrapy_c4" in line and " ERROR: " in line for line in result.log.splitlines()) == 1


def test_browsers_that_keep_dying(project: Project, site: Site) -> None:
    """Every page kills its browser: that ends, and not by itself."""
    site.pages["/fine"] = NEWS
    spider = SPIDER.replace(
        'meta = {"playwright": True}',
        'meta = {"playwright": True, "playwright_page_methods": [PageMethod(lambda page: self.strike("browser",'
        ' "SIGKILL") or page.wait_for_timeout(60000))]}',
    )
    base = ["-a", f"base={site.url}", "-a", "paths=" + " ".join(["/fine"] * 10)]
    result = project.crawl(spider, *base, settings={**SETTINGS, "DOWNLOAD_TIMEOUT": 60})
    assert (result.returncode, result.stats["reason"]) == (1, "c4_browser_lost")
    assert result.stats["playwright/browser_count"] <= 4


@pytest.mark.parametrize("stop", ["SIGINT", "SIGTERM"])
def test_stopped_by_a_signal(project: Project, site: Site, stop: str) -> None:
    site.pages.update(PAGES)
    project.write(SPIDER, {**SETTINGS, "DOWNLOAD_TIMEOUT": 300, "PLAYWRIGHT_DEFAULT_NAVIGATION_TIMEOUT": 300_000})
    paths = "/hang /image /script /spins-later /busy-method " + "/fine " * 50
    process = project.start("t", "-a", f"base={site.url}", "-a", f"paths={paths}")
    while not {"/hang", "/image", "/script", "/spins-later", "/busy-method"} <= set(site.paths()):
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(getattr(signal, stop))
    result = project.finish(process, timeout=60)
    assert (result.returncode, result.stats["reason"]) == (0, "shutdown")


def test_without_browser_pages_there_is_no_playwright(project: Project, site: Site) -> None:
    site.pages["/fine"] = NEWS
    spider = """
import sys
class Spider(scrapy.Spider):
    name = "t"
    async def start(self):
        yield scrapy.Request(self.base + "/fine")
    def parse(self, response):
        yield {"loaded": [name for name in sys.modules if name.startswith(("playwright", "scrapy_playwright"))]}
"""
    result = project.crawl(spider, "-a", f"base={site.url}", settings=SETTINGS)
    assert [item for _, item in result.items] == [{"loaded": []}]
    assert not [key for key in result.stats if key.startswith("playwright/")]
