"""Memory over many rendered visits of small pages, of Python, driver and Chromium together (PSS).

python -m tests.benchmarks.render_memory [--visits N] [--concurrency N] [--every N]
"""

from __future__ import annotations

import argparse
import os
import threading
import time
from contextlib import suppress
from pathlib import Path

import scrapy
from scrapy.crawler import CrawlerProcess

from scrapy_c4._processes import family, memory, process
from tests.benchmarks.render import settings_of
from tests.site import Site

PAGE = "<title>{n}</title><h1>Page {n}</h1>" + "<p>Some text with <a href='/{n}'>a link</a>.</p>" * 20


def by_program() -> dict[str, float]:
    """MB of the process tree, by the name of the program."""
    parts: dict[str, float] = {}
    for pid in family(process(os.getpid())):
        with suppress(OSError):
            name = Path(f"/proc/{pid}/comm").read_text().strip()
            parts[name] = parts.get(name, 0) + memory(pid) / 2**20
    return parts


def main() -> None:
    parser = argparse.ArgumentParser(description="Memory over many rendered visits (PSS of the process tree).")
    parser.add_argument("--visits", type=int, default=2000)
    parser.add_argument("--concurrency", type=int, default=8)
    parser.add_argument("--every", type=int, default=100)
    arguments = parser.parse_args()
    site = Site()
    for n in range(arguments.visits):
        site.pages[f"/{n}"] = PAGE.format(n=n)
    samples: list[tuple[int, float]] = []

    class Bench(scrapy.Spider):
        name = "bench"
        seen = 0

        async def start(self):  # type: ignore[no-untyped-def]
            for n in range(arguments.visits):
                yield scrapy.Request(f"{site.url}/{n}")

        def parse(self, response: scrapy.http.Response) -> None:
            Bench.seen += 1

    def sample() -> None:
        done = 0
        while done < arguments.visits:
            time.sleep(0.2)
            if Bench.seen >= done + arguments.every:
                done = Bench.seen // arguments.every * arguments.every
                parts = by_program()
                samples.append((Bench.seen, sum(parts.values())))
                shown = ", ".join(f"{name} {size:.0f}" for name, size in sorted(parts.items()))
                print(f"{Bench.seen:6d} visits  {samples[-1][1]:7.0f} MB  ({shown})", flush=True)

    threading.Thread(target=sample, daemon=True).start()
    settings = settings_of("scrapy_c4", arguments.concurrency)
    settings["CLOSESPIDER_TIMEOUT"] = 3600
    runner = CrawlerProcess(settings)
    runner.crawl(Bench)
    began = time.time()
    runner.start()
    site.close()
    print(f"{Bench.seen} visits in {time.time() - began:.0f} s")
    # At the last one the browser may have gone.
    late = [memory for visits, memory in samples if 500 < visits < arguments.visits]
    if len(late) > 3:
        half = len(late) // 2
        before = sum(late[:half]) / half
        after = sum(late[half:]) / (len(late) - half)
        print(f"after the first 500: {before:.0f} MB, then {after:.0f} MB ({after / before:.2f})")


if __name__ == "__main__":
    main()
