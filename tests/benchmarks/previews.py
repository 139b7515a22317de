"""500 heads of 2 MB pages: the crawl's previews against a bare aiohttp loop that does the same, in one run."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.benchmarks.processes import Server
from tests.project import Project

SPIDER = """
import time
class T(LinkMixin, scrapy.Spider):
    name = "t"
    async def start(self):
        yield scrapy.Request(self.url)
    def parse(self, response):
        self.began = time.perf_counter()
        yield from self.extract_links(response)
    def closed(self, reason):
        self.crawler.stats.set_value("seconds", time.perf_counter() - self.began)
"""


async def bare(url: str, count: int, concurrency: int) -> tuple[float, int]:
    import aiohttp

    from scrapy_c4.extractors.head import parse_head

    limit, received, found = asyncio.Semaphore(concurrency), 0, 0

    async def one(session: Any, n: int) -> None:
        nonlocal received, found
        async with limit, session.get(f"{url}/p{n}", headers={"Accept-Encoding": "identity"}) as response:
            body = b""
            async for chunk in response.content.iter_chunked(4096):
                body += chunk
                if b"</head>" in body:
                    break
            received += len(body)
            found += parse_head(body, url=f"{url}/p{n}", content_type=response.content_type)["title"] is not None
            response.close()

    started = time.perf_counter()
    async with aiohttp.ClientSession() as session:
        await asyncio.gather(*(one(session, n) for n in range(count)))
    assert found == count
    return time.perf_counter() - started, received


def run(concurrency: int = 10) -> dict[str, Any]:
    from tests.benchmarks.server import HEADS

    with Server("heads") as server:
        loop_seconds, _ = asyncio.run(bare(server.url, HEADS, concurrency))
    with Server("heads") as server, tempfile.TemporaryDirectory() as folder:
        crawl = Project(Path(folder)).crawl(
            SPIDER,
            "-a", f"url={server.url}/",
            settings={
                # The loop does not look at its memory 500 times either.
                "EXTENSIONS": {"probes.StatsWriter": 0},
                "C4_LINK_PREVIEW": {"max_links": HEADS, "concurrency": concurrency, "timeout": 30},
                "CONCURRENT_REQUESTS_PER_DOMAIN": concurrency,
            },
        )  # fmt: skip
    valid = crawl.stats.get("c4/preview/status_count/valid")
    assert valid == HEADS, crawl.log
    seconds = crawl.stats["seconds"]
    return {
        "previews/s": round(HEADS / seconds, 1),
        "bare aiohttp/s": round(HEADS / loop_seconds, 1),
        "ratio": round(loop_seconds / seconds, 3),
        "MB received": round(crawl.stats["c4/preview/received_bytes"] / 1e6, 2),
    }


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))
