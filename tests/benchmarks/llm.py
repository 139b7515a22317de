"""A crawl that asks a model about every page, against the ideal: ``python -m tests.benchmarks.llm [pages [calls]]``.

Every page has three chunks, the model answers in 500 ms, fifty calls may be under way: 1,000 pages take at least
1000 · 3 · 0.5 / 50 = 30 seconds. A real ``scrapy crawl`` with the strategy in ``C4_EXTRACTION`` (with ``code`` as third
argument: made by the spider at its first response), real LiteLLM, real HTTP; pages and model come from a process of
their own, on 127.0.0.1. "crawl" is what Scrapy calls the elapsed time, from the opening of the spider, just before its
first request, until it is closed. "process" is everything from the start of Python on. The import of LiteLLM is in both
for a strategy made in code; one in a setting has it imported before the spider opens.
A busy machine makes it look slower than it is: the system tells how long the crawl's main thread had to wait for a
processor.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.llm.openai_server import ChatServer
from tests.project import Project
from tests.site import Site

CHUNKS, SECONDS, AT_ONCE = 3, 0.5, 50
SPIDER = '''
import resource
from scrapy_c4 import LLMExtractionStrategy, analyze

def rss():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() // 1_000_000

class Memory:
    """The memory of the process, every hundred items."""
    done = 0
    samples = []

    def process_item(self, item):
        Memory.done += 1
        if Memory.done % 100 == 0:
            Memory.samples.append(rss())
        return item

    def close_spider(self):
        with open("memory.txt", "w") as file:
            file.write(" ".join(map(str, self.samples)))
        with open("/proc/self/schedstat") as source, open("waited.txt", "w") as file:
            file.write(source.read().split()[1])

class T(scrapy.Spider):
    name = "t"

    async def start(self):
        for number in range(self.settings.getint("PAGES")):
            yield scrapy.Request(f"{self.settings['SITE']}/{number}")

    def parse(self, response):
        if not self.settings.getbool("IN_CODE"):
            return
        if not hasattr(self, "strategy"):
            self.strategy = LLMExtractionStrategy.from_config(self.settings.getdict("STRATEGY"))
        yield self.strategy.prepare(analyze(response))
'''


def strategy(server: str) -> dict[str, object]:
    properties = {"name": {"type": "string"}, "price": {"type": "integer"}}
    return {
        "strategy": "llm", "provider": "openai/test", "api_token": "none", "base_url": server,
        "schema": {"type": "object", "properties": properties, "required": ["name", "price"]},
        "chunk_token_threshold": 400,
    }  # fmt: skip


def page(path: str) -> str:
    """About a thousand tokens in three sections, with a thing in each."""
    number = int(path.strip("/"))
    words = " ".join(f"word{n}" for n in range(110))
    sections = "".join(f"<h2>Part {n}</h2><p>ITEM t{number}x{n} COSTS {n}</p><p>{words}</p>" for n in range(CHUNKS))
    return f"<html><head><title>{number}</title></head><body><h1>Page {number}</h1>{sections}</body></html>"


class Pages(dict[str, object]):
    def get(self, path: str, default: object = None) -> object:  # type: ignore[override]
        return page


def serve() -> None:
    site, server = Site(), ChatServer(delay=SECONDS)
    site.pages = Pages()
    print(site.url, server.url("ok"), flush=True)
    sys.stdin.readline()
    print(len(server.calls), server.at_once, flush=True)


def main(pages: int = 1000, limit: int = AT_ONCE, *, in_code: bool = False) -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.llm", "serve"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    site, server = child.stdout.readline().split()
    with tempfile.TemporaryDirectory() as folder:
        project = Project(Path(folder))
        begun = time.monotonic()
        crawl = project.crawl(
            SPIDER,
            settings={
                "SITE": site, "PAGES": pages, "C4_LLM_CONCURRENCY": limit, "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
                "IN_CODE": in_code, "STRATEGY": strategy(server),
                **({"C4_EMIT": []} if in_code else {"C4_EMIT": ["extracted"], "C4_EXTRACTION": strategy(server)}),
                "ITEM_PIPELINES": {"spiders.Memory": 900}, "LOG_LEVEL": "WARNING",
            },
            timeout=900,
        )  # fmt: skip
        seconds = time.monotonic() - begun
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        memory = (Path(folder) / "memory.txt").read_text()
        waited = int((Path(folder) / "waited.txt").read_text()) / 1e9
    child.stdin.write("\n")
    child.stdin.flush()
    calls, at_once = child.stdout.readline().split()
    child.wait(10)
    items = crawl.of("ExtractedItem")
    complete = sum(len(item["data"]) == CHUNKS and not item["errors"] for item in items)
    chunks = sum(len(item["chunks"]) for item in items)
    ideal = pages * CHUNKS * SECONDS / limit
    crawl_seconds = float(crawl.stats["elapsed_time_seconds"])
    print(f"{len(items)} items, {complete} complete, {chunks} chunks, {calls} calls, at most {at_once} at once")
    print(
        f"ideal {ideal:.1f} s; crawl {crawl_seconds:.1f} s, ratio {crawl_seconds / ideal:.2f};"
        f" process {seconds:.1f} s, ratio {seconds / ideal:.2f}, of it {used.ru_utime + used.ru_stime:.1f} s of CPU"
        f" and {waited:.1f} s of waiting for a processor"
    )
    print(f"memory in MB, every 100 items: {memory}")
    if not (pages == len(items) == complete and chunks == pages * CHUNKS == int(calls)):
        raise SystemExit("something is missing, or was asked for twice")


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        serve()
    else:
        main(*map(int, sys.argv[1:3]), in_code="code" in sys.argv[3:])
