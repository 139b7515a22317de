"""Everything of a page (links, media, tables, metadata, cleaned HTML, markdown, fit markdown), per page, one process.

``python -m tests.benchmarks.extract FOLDER``. With ``CRAWL4AI_PYTHON`` set to the Python of an environment that has
Crawl4AI, the same pages go through its scraper and markdown generator in the same run.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from typing import Any

from tests.benchmarks.pages import pages_of

ROUNDS = 3

CRAWL4AI = """
import gzip, json, sys, time
from pathlib import Path
from crawl4ai import CrawlerRunConfig, content_filter_strategy
from crawl4ai.content_scraping_strategy import LXMLWebScrapingStrategy
from crawl4ai.markdown_generation_strategy import DefaultMarkdownGenerator

files = sorted(file for file in Path(sys.argv[1]).rglob("*.html*") if file.suffix in (".html", ".gz"))
raw = [gzip.decompress(f.read_bytes()) if f.suffix == ".gz" else f.read_bytes() for f in files]
bodies = [body.decode("utf-8", "replace") for body in raw]
# The quicker one, where there is one.
name = "PruningContentFilter"
pruning = getattr(content_filter_strategy, name + "LXML", None) or getattr(content_filter_strategy, name)
scraper, generator = LXMLWebScrapingStrategy(), DefaultMarkdownGenerator(content_filter=pruning())
config = vars(CrawlerRunConfig(score_links=True))
config.pop("url", None)

def run():
    started = time.process_time()
    for body in bodies:
        result = scraper.scrap("https://example.com/a/b", body, **config)
        generator.generate_markdown(result.cleaned_html, base_url="https://example.com/a/b")
    return time.process_time() - started

run()
print(json.dumps(min(run() for _ in range(int(sys.argv[2]))) / len(bodies) * 1000))
"""


def run(folder: str) -> dict[str, Any]:
    import lxml.html
    from scrapy.http import HtmlResponse

    from scrapy_c4 import analyze

    bodies = list(pages_of(folder).values())

    def parse() -> None:
        for body in bodies:
            lxml.html.document_fromstring(body, parser=lxml.html.HTMLParser(encoding="utf-8"))

    def structure() -> None:
        for body in bodies:
            page = analyze(HtmlResponse("https://example.com/a/b", body=body, encoding="utf-8"), score_links=True)
            _ = page.links, page.media, page.tables, page.metadata

    def everything() -> None:
        for body in bodies:
            response = HtmlResponse("https://example.com/a/b", body=body, encoding="utf-8")
            page = analyze(response, score_links=True, content_filter="pruning")
            _ = page.links, page.media, page.tables, page.metadata, page.cleaned_html
            _ = page.markdown.raw_markdown, page.markdown.fit_markdown

    def cpu(function: Any) -> float:
        started = time.process_time()
        function()
        return time.process_time() - started

    everything()
    times = {f.__name__: statistics.median(cpu(f) for _ in range(ROUNDS)) for f in (parse, structure, everything)}
    result = {f"{name} ms a page": round(seconds / len(bodies) * 1000, 2) for name, seconds in times.items()}
    result["structure/parse"] = round(times["structure"] / times["parse"], 2)
    result["everything/parse"] = round(times["everything"] / times["parse"], 2)
    python = os.environ.get("CRAWL4AI_PYTHON")
    if python:
        done = subprocess.run(
            [python, "-c", CRAWL4AI, folder, str(ROUNDS)], capture_output=True, text=True, timeout=600
        )
        if done.returncode != 0:
            result["Crawl4AI"] = done.stderr.strip().splitlines()[-1][:200]
            return result
        milliseconds = json.loads(done.stdout.splitlines()[-1])
        result["Crawl4AI ms a page"] = round(milliseconds, 2)
        result["Crawl4AI/everything"] = round(milliseconds / (times["everything"] / len(bodies) * 1000), 2)
    return result


if __name__ == "__main__":
    print(json.dumps(run(sys.argv[1]), indent=2))
