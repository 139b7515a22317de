"""2,000 visits of real pages by plain HTTP with every extractor on, against bare Scrapy, in one run.

``python -m tests.benchmarks.plain FOLDER [VISITS]``; FOLDER holds pages as ``*.html`` or ``*.html.gz``.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.benchmarks.processes import Server
from tests.project import BASE_SETTINGS, Project

START = """
import time
class T(%s scrapy.Spider):
    name = "t"
    async def start(self):
        self.began = time.perf_counter()
        for n in range(int(self.visits)):
            yield scrapy.Request(f"{self.url}/{n}", dont_filter=True)
    def closed(self, reason):
        self.crawler.stats.set_value("seconds", time.perf_counter() - self.began)
    def parse(self, response):
"""
BARE = START % "" + "        response.css('title::text').get()\n"
#: As many items as the other spider gives, each with the fields of a link.
DICTS = (
    START % ""
    + """        for n in range(int(self.dicts)):
            yield {"page_url": response.url, "href": response.url, "text": "x" * 20, "title": None,
                   "base_domain": "127.0.0.1", "kind": "internal", "rel": None, "intrinsic_score": 4.5,
                   "contextual_score": None, "total_score": 0.45, "head_data": None,
                   "head_extraction_status": None, "head_extraction_error": None}
"""
)
C4 = START % "C4Mixin," + "        yield from self.extract_all(response)\n"
STRUCTURE = {"C4_SCORE_LINKS": True}


def crawl(spider: str, server: Server, visits: int, *args: str, **settings: Any) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        base = {
            "EXTENSIONS": {"probes.Stats": 0},
            "CONCURRENT_REQUESTS": 16,
            "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
            "FEEDS": {"items.jl": {"format": "jsonlines"}},
        }
        done = Project(Path(folder)).crawl(
            spider,
            "-a",
            f"url={server.url}",
            "-a",
            f"visits={visits}",
            *args,
            settings={**base, **settings},
            timeout=900,
        )
    assert done.stats.get("response_received_count") == visits, done.log
    return done.stats


def run(folder: str, visits: int = 2000) -> dict[str, Any]:
    with Server("pages", folder, str(visits)) as server:
        bare = crawl(BARE, server, visits, ADDONS={})
        nested = crawl(C4, server, visits, C4_NESTED=True, **STRUCTURE)
        apart = crawl(C4, server, visits, **STRUCTURE)
        per_page = round(apart["item_scraped_count"] / visits)
        dicts = crawl(DICTS, server, visits, "-a", f"dicts={per_page}", ADDONS={})
    return {
        "bare pages/s": round(visits / bare["seconds"], 1),
        "nested pages/s": round(visits / nested["seconds"], 1),
        "nested/bare": round(bare["seconds"] / nested["seconds"], 3),
        "items per page": per_page,
        "separate items/dicts": round(dicts["seconds"] / apart["seconds"], 3),
        "memory MB nested at 25, 50, 75, 100 %": nested.get("memory"),
    }


assert BASE_SETTINGS["C4_RENDER"] == "never"

if __name__ == "__main__":
    print(json.dumps(run(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 2000), indent=2))
