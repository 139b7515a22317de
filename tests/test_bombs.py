"""Pages made to use up time or memory. What fails here is a hang, a crash, or something cut without a word."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest

from tests.bomb import BOMBS
from tests.project import Project
from tests.site import Answer, Site
from tests.test_render import LAUNCH

#: Seconds and megabytes that mean: it does not end, it grows with the square. A quiet machine needs a tenth.
SECONDS = 60
MEGABYTES = 1500
BROWSER = {"C4_RENDER": "always", "C4_EMIT": [], "PLAYWRIGHT_LAUNCH_OPTIONS": LAUNCH}
DEEP = {
    "nested tags", "nested inline tags", "nested lists", "nested tables", "nested tags with attributes", "just too deep"
}  # fmt: skip
CUT = {"nested tags and end tags of others"}


def explode(name: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bomb", name],
        cwd=Path(__file__).parents[1], capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    outcome: dict[str, Any] = json.loads(done.stdout)
    return outcome


@pytest.mark.parametrize("name", BOMBS)
def test_one_page(name: str) -> None:
    outcome = explode(name)
    assert outcome["start"], outcome
    assert outcome["memory"] < MEGABYTES
    assert outcome["output"] < 100_000_000
    errors = outcome["errors"]
    if name in CUT:
        assert [(error["action"], error["type"]) for error in errors] == [("parse", "truncated")]
        assert "2048" in errors[0]["message"]
    else:
        assert errors == []
    if name == "just not too deep":
        assert outcome["end"]
    if name in DEEP:
        assert outcome["end"]
        assert outcome["links"] == 1
    if name == "many links":
        assert outcome["links"] == 100_000
    if name == "many images":
        assert outcome["media"] == 30_000
    if name in ("colspan", "many rows"):
        assert outcome["tables"] == 1


SPIDER = """
class T(PageMixin, scrapy.Spider):
    name = "t"
    async def start(self):
        for url in self.url.split():
            yield scrapy.Request(url, errback=self.failed)
    def parse(self, response):
        yield self.extract_page(response)
    def failed(self, failure):
        yield {"failed": failure.request.url, "why": repr(failure.value), "memory": self.memory()}
    def memory(self):
        # The peak of this process; ru_maxrss begins with that of the process that started it.
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM"))
"""


def packed(size: int) -> dict[str, bytes]:
    bodies = {"gzip": gzip.compress(bytes(size), 9), "deflate": zlib.compress(bytes(size), 9)}
    try:
        import brotli

        bodies["br"] = brotli.compress(bytes(size), quality=1)
    except ImportError:
        pass
    return bodies


def test_bombs_that_unpack(site: Site, project: Project) -> None:
    """The limit of the add-on, 32 MB, holds for what comes out as well."""
    bodies = packed(400_000_000)
    site.pages = {
        f"/{name}": Answer(body, headers={"Content-Encoding": name, "Content-Type": "text/html"})
        for name, body in bodies.items()
    }
    site.pages["/twice"] = Answer(
        gzip.compress(gzip.compress(bytes(100_000_000))),
        headers={"Content-Encoding": "gzip, gzip", "Content-Type": "text/html"},
    )
    site.pages["/"] = "<title>Fine</title>"
    urls = [f"{site.url}{path}" for path in site.pages]
    crawl = project.crawl(SPIDER, "-a", f"url={' '.join(urls)}", settings={"C4_EMIT": [], "CONCURRENT_REQUESTS": 1})
    failed = {item["failed"]: item for name, item in crawl.items if name == "dict"}
    assert set(failed) == {url for url in urls if url != f"{site.url}/"}, crawl.log
    assert all("IgnoreRequest" in item["why"] for item in failed.values())
    assert max(item["memory"] for item in failed.values()) < 500
    assert [item["title"] for item in crawl.of("PageItem")] == ["Fine"]


@pytest.mark.parametrize("length", [True, False])
def test_pages_above_the_limit(site: Site, project: Project, length: bool) -> None:
    sent = []

    def endless(handler: Any) -> None:
        try:
            for _ in range(3000):
                handler.wfile.write(b"<p>x" * 16384)
                sent.append(65536)
        except OSError:
            pass

    headers = {"Content-Length": str(3000 * 65536)} if length else {}
    site.pages = {"/big": Answer(headers=headers, write=endless), "/": "<title>Fine</title>"}
    crawl = project.crawl(
        SPIDER, "-a", f"url={site.url}/big {site.url}/",
        settings={"C4_EMIT": [], "DOWNLOAD_MAXSIZE": 2_000_000},
    )  # fmt: skip
    (failed,) = [item for name, item in crawl.items if name == "dict"]
    assert "Cancelled" in failed["why"]
    assert [item["title"] for item in crawl.of("PageItem")] == ["Fine"]
    assert sum(sent) < 50_000_000


@pytest.mark.browser
def test_a_page_above_the_limit_in_the_browser(site: Site, project: Project) -> None:
    site.pages = {
        "/big": "<script>document.body.append('x'.repeat(5000000))</script>".join(["<body>", ""]),
        "/sent": "<p>" + "x" * 5_000_000,
        "/": "<title>Fine</title>",
    }
    crawl = project.crawl(
        SPIDER, "-a", f"url={site.url}/big {site.url}/sent {site.url}/",
        settings={**BROWSER, "DOWNLOAD_MAXSIZE": 2_000_000},
    )  # fmt: skip
    failed = {item["failed"]: item["why"] for name, item in crawl.items if name == "dict"}
    assert set(failed) == {f"{site.url}/big", f"{site.url}/sent"}, (failed, crawl.log)
    assert [item["title"] for item in crawl.of("PageItem")] == ["Fine"]


def test_truncated_pages_are_counted(site: Site, project: Project) -> None:
    site.pages = {"/": "<title>Deep</title>" + "<b>" * 200_000 + "</i>" * 200_000 + "x"}
    crawl = project.crawl(
        SPIDER.replace("PageMixin, ", "").replace("yield self.extract_page(response)", "yield {}"),
        "-a", f"url={site.url}/",
        settings={"C4_EMIT": ["page"]},
    )  # fmt: skip
    (page,) = crawl.of("PageItem")
    assert page["errors"] == [{"action": "parse", "type": "truncated", "message": "Excessive depth in document: 2048"}]
    assert crawl.stats["c4/extract/truncated_count"] == 1
    assert "was read only in part" in crawl.log


@pytest.mark.parametrize("pattern", [r"^(a+)+$", r"(a|aa)+$", r"(.*a){20}b", r"(?:a?){30}a{30}b"])
def test_catastrophic_patterns_end(site: Site, project: Project, pattern: str) -> None:
    site.pages = {"/": "<title>Fine</title><p>" + "a" * 5000 + "!"}
    crawl = project.crawl(
        SPIDER.replace("PageMixin", "C4Mixin").replace("self.extract_page", "from self.extract_data"),
        "-a", f"url={site.url}/",
        settings={"C4_EMIT": [], "C4_EXTRACTION": {"strategy": "regex", "custom": {"bad": pattern}}},
    )  # fmt: skip
    assert crawl.stats["reason"] == "finished"
    (item,) = crawl.of("ExtractedItem")
    assert item["data"] == []
    assert all("bad" in json.dumps(error) for error in item["errors"])
