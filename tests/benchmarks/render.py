"""Pages per second in the browser: this package, bare scrapy-playwright, and Crawl4AI if there is one to ask.

    python -m tests.benchmarks.render [--pages N] [--rounds N] [--concurrency N]

The pages are those of the folder PAGES (``*.html.gz``), or of the example, served on 127.0.0.1; every other host is
unknown to the browsers. Each way runs in a process of its own, one after the other, and the rounds alternate.
CRAWL4AI_PYTHON names the interpreter of an environment with Crawl4AI in it, CHROMIUM the browser (default
/usr/bin/chromium).
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from typing import Any

from tests.benchmarks.pages import EXAMPLE, pages_of
from tests.site import Site

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
BROWSER = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--no-sandbox",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
CRAWL = """
import json, sys, time
import scrapy
from scrapy.crawler import CrawlerProcess

urls, settings = json.loads(sys.argv[1]), json.loads(sys.argv[2])
meta = {"playwright": True} if sys.argv[3] == "bare" else {}
kept, sizes = [], []

class Bench(scrapy.Spider):
    name = "bench"
    async def start(self):
        self.began = time.time()
        for url in urls:
            yield scrapy.Request(url, meta=dict(meta), errback=self.failed)
    def parse(self, response):
        if response.url.startswith("chrome-error:"):  # what Chromium shows instead of a page
            return
        kept.append(response.request.url)
        sizes.append(len(response.body))
    def failed(self, failure):
        print(failure.request.url, repr(failure.value)[:200], file=sys.stderr)

process = CrawlerProcess(settings)
crawler = process.create_crawler(Bench)
process.crawl(crawler)
process.start()
seconds = crawler.stats.get_value("elapsed_time_seconds")
print(json.dumps({"kept": kept, "bytes": sum(sizes), "seconds": seconds}))
"""
CRAWL4AI = """
import asyncio, functools, json, sys, time
from playwright.async_api import BrowserType
from crawl4ai import AsyncWebCrawler, BrowserConfig, CacheMode, CrawlerRunConfig
from crawl4ai.async_dispatcher import SemaphoreDispatcher

urls, settings = json.loads(sys.argv[1]), json.loads(sys.argv[2])
# It has no option for a browser that is installed on the system.
BrowserType.launch = functools.partialmethod(BrowserType.launch, executable_path=sys.argv[4])

async def main():
    browser = BrowserConfig(headless=True, verbose=False, extra_args=settings["PLAYWRIGHT_LAUNCH_OPTIONS"]["args"])
    config = CrawlerRunConfig(cache_mode=CacheMode.BYPASS, verbose=False)
    began = time.time()
    async with AsyncWebCrawler(config=browser) as crawler:
        dispatcher = SemaphoreDispatcher(semaphore_count=settings["CONCURRENT_REQUESTS"])
        results = await crawler.arun_many(urls, config=config, dispatcher=dispatcher)
        seconds = time.time() - began
    for result in results:
        if not result.success:
            print(result.url, (result.error_message or "")[:200], file=sys.stderr)
    kept = [r.url for r in results if r.success and not (r.redirected_url or "").startswith("chrome-error:")]
    print(json.dumps({"kept": kept, "bytes": sum(len(r.html or "") for r in results), "seconds": seconds}))

asyncio.run(main())
"""


def serve(limit: int) -> tuple[Site, list[str]]:
    site = Site()
    for name, body in list(pages_of(os.environ.get("PAGES", EXAMPLE)).items())[:limit]:
        site.pages[f"/{name}"] = body.decode("utf-8", "replace")
    return site, [site.url + path for path in site.pages]


def settings_of(way: str, concurrency: int) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "CONCURRENT_REQUESTS": concurrency,
        "CONCURRENT_REQUESTS_PER_DOMAIN": concurrency,
        "PLAYWRIGHT_LAUNCH_OPTIONS": {"args": BROWSER},
        "PLAYWRIGHT_DEFAULT_NAVIGATION_TIMEOUT": 30_000,
        "RETRY_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "LOG_LEVEL": "ERROR",
    }
    if way == "bare":
        handler = "scrapy_playwright.handler.ScrapyPlaywrightDownloadHandler"
        settings["DOWNLOAD_HANDLERS"] = {"http": handler, "https": None}
        settings["PLAYWRIGHT_LAUNCH_OPTIONS"]["executable_path"] = CHROMIUM
    else:
        settings["ADDONS"] = {"scrapy_c4.Addon": 500}
        settings["C4_EMIT"] = []
        settings["C4_RENDER"] = "always"
    return settings


def run(way: str, urls: list[str], concurrency: int) -> dict[str, Any]:
    python, code = sys.executable, CRAWL
    if way == "crawl4ai":
        python, code = os.environ["CRAWL4AI_PYTHON"], CRAWL4AI
    arguments = [json.dumps(urls), json.dumps(settings_of(way, concurrency)), way, CHROMIUM]
    usage = os.times()
    done = subprocess.run([python, "-c", code, *arguments], stdout=subprocess.PIPE, text=True, check=True)
    after = os.times()
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    result["cpu"] = after.children_user + after.children_system - usage.children_user - usage.children_system
    result["rate"] = len(result["kept"]) / result["seconds"]
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--concurrency", type=int, default=8)
    arguments = parser.parse_args()
    ways = ["scrapy_c4", "bare"] + (["crawl4ai"] if os.environ.get("CRAWL4AI_PYTHON") else [])
    site, urls = serve(arguments.pages)
    rates: dict[str, list[float]] = {way: [] for way in ways}
    kept: dict[str, set[str]] = {way: set() for way in ways}
    for number in range(arguments.rounds):
        for way in ways if number % 2 == 0 else reversed(ways):
            result = run(way, urls, arguments.concurrency)
            rates[way].append(result["rate"])
            kept[way] = set(result["kept"])
            print(
                f"round {number + 1}  {way:10} {result['rate']:6.2f} pages/s  {len(result['kept'])}/{len(urls)} kept  "
                f"{result['seconds']:6.1f} s  {result['cpu']:6.1f} s CPU  {result['bytes']} bytes",
                flush=True,
            )
            time.sleep(1)
    site.close()
    ours = statistics.median(rates["scrapy_c4"])
    for way in ways[1:]:
        lost = sorted(kept[way] - kept["scrapy_c4"])
        print(f"scrapy_c4 / {way}: {ours / statistics.median(rates[way]):.2f}; kept there and lost here: {lost}")


if __name__ == "__main__":
    main()
