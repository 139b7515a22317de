"""``make soak``: a long crawl in one process, everything on: memory, files, event loop, and whether stats add up.

``python -m tests.benchmarks.soak [--pages FOLDER] [--visits N] [--rendered]``; FOLDER holds
pages as ``*.html`` or ``*.html.gz``; without it, those of the example.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from tests.benchmarks.pages import EXAMPLE
from tests.benchmarks.processes import Server
from tests.project import Project

SPIDER = """
import asyncio, gc, os, threading, time

class Watch:
    # How long callbacks of the event loop work, in seconds, without the rounds of the garbage collector in them.

    def __init__(self):
        self.thread, self.collecting, self.longest, self.number = threading.get_ident(), 0, 0, 0
        gc.callbacks.append(self.collector)
        run = asyncio.Handle._run

        def timed(handle):
            collecting, started = self.collecting, time.thread_time()
            run(handle)
            work = time.thread_time() - started - (self.collecting - collecting)
            self.longest = max(self.longest, work)
            self.number += work > 0.05

        asyncio.Handle._run = timed

    def collector(self, phase, info):
        if threading.get_ident() == self.thread:
            self.collecting += time.thread_time() * (1 if phase == "stop" else -1)

class T(C4Mixin, scrapy.Spider):
    name = "t"

    async def start(self):
        self.files = len(os.listdir("/proc/self/fd"))
        self.delays, self.callbacks = [], Watch()
        self.watch = asyncio.ensure_future(self.watch_loop())
        for n in range(int(self.visits)):
            yield scrapy.Request(f"{self.url}/{n}", dont_filter=True, callback=self.parse_page)
            if n % 100 == 0:
                await asyncio.sleep(0)

    async def watch_loop(self):
        while True:
            started = time.perf_counter()
            await asyncio.sleep(0.02)
            self.delays.append(time.perf_counter() - started - 0.02)

    def parse_page(self, response):
        yield from self.extract_all(response)

    def closed(self, reason):
        self.watch.cancel()
        stats = self.crawler.stats
        stats.set_value("files_left", len(os.listdir("/proc/self/fd")) - self.files)
        delays = sorted(self.delays)
        stats.set_value("delay_ms", [round(1000 * delays[int(len(delays) * q) - 1], 1) for q in (0.5, 0.99, 0.999, 1)])
        stats.set_value("work_ms", [round(1000 * self.callbacks.longest, 1), self.callbacks.number])
"""


def run(folder: str, visits: int, rendered: bool) -> dict[str, Any]:
    with Server("pages", folder, str(visits)) as server, tempfile.TemporaryDirectory() as path:
        done = Project(Path(path)).crawl(
            SPIDER,
            "-a", f"url={server.url}", "-a", f"visits={visits}",
            settings={
                "EXTENSIONS": {"probes.Stats": 0},
                "FEEDS": {"items.jl": {"format": "jsonlines"}},
                "C4_NESTED": True,
                "C4_SCORE_LINKS": True,
                "C4_CONTENT_FILTER": "pruning",
                "C4_LINK_PREVIEW": {"query": "news of the day", "max_links": 2},
                "C4_RENDER": "always" if rendered else "never",
                "PLAYWRIGHT_LAUNCH_OPTIONS": {
                    "args": ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"]
                },
            },
            timeout=7200,
        )  # fmt: skip
    stats = done.stats
    return {
        "visits": visits,
        "pages out": stats.get("item_scraped_count"),
        "memory MB at 25, 50, 75, 100 %": stats.get("memory"),
        "files left": stats.get("files_left"),
        "delays of the event loop, ms (median, 99 %, 99.9 %, longest)": stats.get("delay_ms"),
        "work of one callback of it (longest, ms; how many above 50 ms)": stats.get("work_ms"),
        "pages read by another process": stats.get("c4/extract/helped_count", 0),
        "seconds": stats.get("elapsed_time_seconds"),
        "errors in the log": stats.get("log_count/ERROR", 0),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=Path, default=EXAMPLE)
    parser.add_argument("--visits", type=int, default=20_000)
    parser.add_argument("--rendered", action="store_true")
    args = parser.parse_args()
    print(json.dumps(run(str(args.pages), args.visits, args.rendered), indent=2))
