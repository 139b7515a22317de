"""Pages read by further processes: the same items, nothing lost when one dies, nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from scrapy_c4._processes import family, process
from scrapy_c4.readers import _processors
from tests.project import Crawl, Project
from tests.site import Site

COUNT = 40
LINKS = "".join(f'<li><a href="/p{n}" title="Page {n}">About harbour number {n}</a> and its lights' for n in range(30))
BODY = f"""<nav>{LINKS}</nav><main><h1>Harbour of %s</h1><p>The lights of the harbour of %s burn all night long.</p>
<img src="/big%s.jpg" width="800" height="600" alt="A boat">
<table><caption>Boats</caption><tr><th>Name</th><th>m</th></tr>
<tr><td>Curlew</td><td>7</td></tr><tr><td>Petrel</td><td>9</td></tr></table></main>"""

START = f"""
    name = "t"
    async def start(self):
        for n in range({COUNT}):
            yield scrapy.Request(f"{{self.url}}/p{{n}}")
"""
DROP_IN = f"""
class T(scrapy.Spider):{START}
    def parse(self, response):
        yield {{"title": response.css("title::text").get()}}
"""
MIXED = f"""
class T(C4Mixin, scrapy.Spider):{START}
    def parse(self, response):
        yield from self.extract_all(response)
"""
LINKS_ONLY = f"""
class T(LinkMixin, scrapy.Spider):{START}
    async def parse(self, response):
        for link in self.extract_links(response):
            yield link
"""
LIST = f"""
class T(C4Mixin, scrapy.Spider):{START}
    def parse(self, response):
        return self.extract_links(response)
"""
EVERYTHING = {
    "C4_SCORE_LINKS": True,
    "C4_CONTENT_FILTER": "pruning",
    "C4_EXTRACTION": {"strategy": "css", "schema": {"baseSelector": "tr", "fields": [
        {"name": "name", "selector": "td", "type": "text"}]}},
}  # fmt: skip


@pytest.fixture
def pages(site: Site) -> Site:
    for n in range(COUNT):
        name = f"Tîdes {n}"
        page = f"<title>{name}</title><meta name=description content='About {name}'>{BODY % (name, name, n)}"
        site.pages[f"/p{n}"] = page
    return site


def crawl(project: Project, site: Site, spider: str, processes: int | None, **settings: Any) -> Crawl:
    if processes is not None:
        settings["C4_PROCESSES"] = processes
    done = project.crawl(spider, "-a", f"url={site.url}", settings={"CONCURRENT_REQUESTS_PER_DOMAIN": 8, **settings})
    assert done.returncode == 0, done.log
    assert "Traceback" not in done.log, done.log
    return done


def unordered(items: list[tuple[str, dict[str, Any]]]) -> list[str]:
    return sorted(map(repr, items))


@pytest.mark.parametrize("spider", [DROP_IN, MIXED, LINKS_ONLY, LIST], ids=["drop-in", "mixin", "async", "list"])
def test_the_items_are_those_of_one_process(spider: str, pages: Site, project: Project) -> None:
    alone = crawl(project, pages, spider, 0, **EVERYTHING)
    helped = crawl(project, pages, spider, 2, **EVERYTHING)
    assert unordered(helped.items) == unordered(alone.items)
    assert len(alone.items) >= COUNT
    assert "c4/extract/helped_count" not in alone.stats
    # A callback that gives a list has read its page before anyone else could.
    assert ("c4/extract/helped_count" in helped.stats) is (spider is not LIST)


def test_nested_pages_with_previews_are_the_same(pages: Site, project: Project) -> None:
    settings = {
        **EVERYTHING,
        "C4_NESTED": True,
        "C4_LINK_PREVIEW": {"query": "harbour lights", "max_links": 3},
        "C4_EXCLUDE_ALL_IMAGES": True,
    }
    alone, helped = (crawl(project, pages, DROP_IN, processes, **settings) for processes in (0, 1))
    assert unordered(helped.items) == unordered(alone.items)
    assert helped.stats["c4/extract/helped_count"] > 0
    dropped = [{k: v for k, v in crawl.stats.items() if "dropped_count" in k} for crawl in (alone, helped)]
    assert dropped[0] == dropped[1] != {}
    # Every head is fetched once, whatever the order of the pages.
    assert helped.stats["c4/preview/status_count/valid"] == alone.stats["c4/preview/status_count/valid"] > 0


def test_a_short_crawl_stays_alone(pages: Site, project: Project) -> None:
    done = crawl(project, pages, LINKS_ONLY, None)
    assert "c4/extract/helped_count" not in done.stats


@pytest.mark.skipif(_processors() < 2, reason="one processor")
def test_a_crawl_with_enough_to_do_gets_help_until_no_page_waits(pages: Site, project: Project) -> None:
    spider = """
class T(C4Mixin, scrapy.Spider):
    name = "t"
    async def start(self):
        for n in range(16):
            yield scrapy.Request(f"{self.url}/p0", dont_filter=True)
    def parse(self, response):
        get = self.crawler.stats.get_value
        if get("c4/extract/process_count", 0) < 2 and get("response_received_count") < 5000:
            yield response.request.replace(dont_filter=True)
        yield from self.extract_all(response)
"""
    pages.pages["/p0"] += BODY * 20
    done = crawl(project, pages, spider, None, C4_NESTED=True)
    assert done.stats["c4/extract/process_count"] >= 2
    assert done.stats["c4/extract/helped_count"] > 0
    assert done.stats["item_scraped_count"] == done.stats["response_received_count"]


def test_what_is_logged_elsewhere_is_in_the_log(pages: Site, project: Project) -> None:
    done = crawl(project, pages, DROP_IN, 1, C4_CSS_SELECTOR="#nowhere")
    assert done.stats["c4/extract/helped_count"] > 0
    assert done.log.count("css_selector '#nowhere' matches nothing") == COUNT


def test_options_that_cannot_be_sent(pages: Site, project: Project) -> None:
    spider = DROP_IN.replace(
        'f"{self.url}/p{n}")',
        'f"{self.url}/p{n}", meta={"c4": {"extraction": {"strategy": "css", "schema": {"baseSelector": "h1", "fields": '
        '[{"name": "n", "type": "computed", "function": lambda item: 7}]}}}})',
    )
    done = crawl(project, pages, spider, 1)
    assert [item["data"] for item in done.of("ExtractedItem")] == [[{"n": 7}]] * COUNT
    assert "c4/extract/helped_count" not in done.stats


def test_a_wrong_setting(pages: Site, project: Project) -> None:
    done = project.crawl(DROP_IN, "-a", f"url={pages.url}", settings={"C4_PROCESSES": "many"})
    assert done.returncode == 1
    assert "C4_PROCESSES = 'many' is not possible" in done.log
    assert "Traceback" not in done.log


# The page that lasts is answered when the test allows it.
WAITING = DROP_IN.replace(
    "for n in range", 'yield scrapy.Request(f"{self.url}/last", priority=-9)\n        for n in range'
)


class Held:
    """A running crawl that has had help, and waits for its last page."""

    def __init__(self, project: Project, site: Site) -> None:
        self.asked, self.go_on = threading.Event(), threading.Event()

        def last(path: str) -> str:
            self.asked.set()
            assert self.go_on.wait(60)
            return "<title>Last</title>"

        site.pages["/last"] = last
        self.project = project
        project.write(WAITING, {"C4_PROCESSES": 1, "CONCURRENT_REQUESTS": 2})
        self.process = project.start("t", "-a", f"url={site.url}")
        assert self.asked.wait(60)
        self.children = family(process(self.process.pid))
        del self.children[self.process.pid]
        assert len(self.children) == 1


def test_a_process_that_is_killed_costs_nothing(pages: Site, project: Project) -> None:
    held = Held(project, pages)
    (pid,) = held.children
    os.kill(pid, signal.SIGKILL)
    held.go_on.set()
    done = project.finish(held.process)
    assert done.returncode == 0
    assert "Traceback" not in done.log, done.log
    assert len(done.of("PageItem")) == COUNT + 1


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, None], ids=["kill -9", "Ctrl-C", "end"])
def test_no_process_outlives_the_crawl(how: signal.Signals | None, pages: Site, project: Project) -> None:
    held = Held(project, pages)
    if how is not None:
        held.process.send_signal(how)
    if how is not signal.SIGKILL:
        held.go_on.set()
    done = project.finish(held.process)
    held.go_on.set()
    for pid in held.children:
        subprocess.run(["tail", f"--pid={pid}", "-f", "/dev/null"], timeout=10, check=True)
    if how is None:
        assert len(done.of("PageItem")) == COUNT + 1


def test_modules_are_looked_for_where_the_crawl_finds_them(tmp_path: Path) -> None:
    # As in a notebook or an application of its own: the package is nowhere but on the sys.path of this process.
    code = f"import sys; sys.path[:0] = [{str(Path(__file__).parents[1])!r}]; import asyncio\n" + (
        "from scrapy_c4.readers import _Process\n"
        "async def main():\n"
        "    process = await _Process.start()\n"
        "    await process.close()\n"
        "asyncio.run(main())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
