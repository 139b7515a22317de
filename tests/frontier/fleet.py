"""Several ``scrapy crawl`` processes with one Redis, and a site whose pages are found on other pages."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import redis

from tests.project import Project
from tests.site import Answer, Site

SETTINGS: dict[str, Any] = {
    "SCHEDULER": "scrapy_redis.scheduler.Scheduler",
    "SCHEDULER_QUEUE_CLASS": "scrapy_c4.frontier.LeaseQueue",
    "SCHEDULER_SERIALIZER": "scrapy_c4.frontier.serializer",
    "SCHEDULER_PERSIST": True,
    "DUPEFILTER_CLASS": "scrapy_c4.frontier.LeaseDupeFilter",
    "EXTENSIONS": {"probes.Probe": 0, "scrapy_c4.frontier.LeaseKeeper": 500},
    # Many times as long as a busy machine may keep a living worker waiting.
    "C4_LEASE_SECONDS": 8,
}
SPIDER = """
class T(LinkMixin, scrapy.Spider):
    name = "t"

    async def start(self):
        yield scrapy.Request(self.url, meta={"c4": json.loads(self.c4)})

    def parse(self, response):
        for link in response.css("a.next"):
            yield response.follow(link, meta={"c4": response.meta["c4"]}, priority=int(link.attrib["title"]))
        yield {"url": response.url, "c4": response.meta["c4"], "retries": response.meta.get("retry_times", 0)}
        yield from self.extract_links(response)
"""
SPIDER = "import json\n" + SPIDER


class Tree:
    """Pages 0 to ``size`` - 1; each leads to ``fan`` others and back to the first. Those in ``flaky`` fail once."""

    def __init__(self, site: Site, size: int, fan: int = 3, flaky: range = range(0)):
        self.site, self.size, self.fan = site, size, fan
        self.flaky = {f"/p?n={n}" for n in flaky}
        self.extra = ""
        #: All pages but the first 13 wait until it is set.
        self.open = threading.Event()
        self.open.set()
        site.pages = {"/p": self._page}

    @property
    def url(self) -> str:
        return f"{self.site.url}/p?n=0"

    @property
    def urls(self) -> list[str]:
        return [f"{self.site.url}/p?n={n}" for n in range(self.size)]

    def _page(self, path: str) -> Answer:
        if path in self.flaky:
            self.flaky.discard(path)
            return Answer("<title>busy</title>", 503)
        n = int(path.partition("=")[2])
        if n >= 13:
            self.open.wait(30)
        children = range(n * self.fan + 1, min(n * self.fan + 1 + self.fan, self.size))
        topic = ("tides", "boats", "harbours")[n % 3]
        links = "".join(f'<li><a class="next" title="{c % 5}" href="/p?n={c}">Page {c}</a>' for c in children)
        return Answer(
            f'<title>{topic} {n}</title><meta name="description" content="All about {topic}">'
            f'<h1>Page {n}</h1><ul>{links}<li><a href="/p?n=0">The first page</a></ul>{self.extra}'
        )


class Fleet:
    def __init__(self, path: Path, redis_url: str, spider: str = SPIDER, settings: dict[str, Any] | None = None):
        self._path, self._spider = path, spider
        self._settings = {**SETTINGS, "REDIS_URL": redis_url, **(settings or {})}
        self.feeds: list[Path] = []
        self.running: dict[int, tuple[Project, subprocess.Popen[str]]] = {}
        self.logs: list[str] = []

    def start(self, *args: str) -> int:
        """Start a worker; returns its process id."""
        folder = self._path / f"run{len(self.feeds)}"
        folder.mkdir()
        project = Project(folder)
        project.write(self._spider, self._settings)
        self.feeds.append(folder / "feed.jsonl")
        process = project.start("t", "-o", "feed.jsonl:jsonlines", *args)
        self.running[process.pid] = (project, process)
        return process.pid

    def kill(self, pid: int) -> int:
        """``kill -9``. Returns how many requests the worker had in progress."""
        _, process = self.running.pop(pid)
        process.send_signal(signal.SIGKILL)
        self.logs.append(process.communicate()[1])
        with redis.Redis.from_url(self._settings["REDIS_URL"]) as client:
            return sum(client.hlen(key) for key in client.keys(f"t:requests:leases:*-{pid}-*"))

    def finish(self, timeout: float = 60) -> list[dict[str, Any]]:
        """Wait for all workers; their stats."""
        stats = []
        for project, process in list(self.running.values()):
            crawl = project.finish(process, timeout)
            self.logs.append(crawl.log)
            assert crawl.returncode == 0, crawl.log
            stats.append(crawl.stats)
        self.running.clear()
        return stats

    def close(self) -> None:
        for _, process in self.running.values():
            process.kill()
            process.communicate()

    def items(self) -> list[dict[str, Any]]:
        """The whole lines of all feeds. A killed process may leave the last one of its feed unfinished."""
        lines = [line for feed in self.feeds if feed.exists() for line in feed.read_bytes().split(b"\n")]
        items = []
        for line in filter(None, lines):
            try:
                items.append(json.loads(line))
            except ValueError:
                assert line in [feed.read_bytes().split(b"\n")[-1] for feed in self.feeds if feed.exists()]
        return items

    def pages(self) -> Counter[str]:
        """How often each page is in the feeds."""
        return Counter(item["url"] for item in self.items() if "url" in item)


def wait_until(condition: Callable[[], bool], what: str, timeout: float = 60) -> None:
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, f"never came: {what}"
        time.sleep(0.01)
