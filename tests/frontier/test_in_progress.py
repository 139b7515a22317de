"""The private name of Scrapy that the leases rest on means what they need it to mean."""

from __future__ import annotations

import json

import pytest

from tests.project import Project
from tests.site import Answer, Site

SPIDER = """
import asyncio, json
from scrapy import signals
from scrapy_c4.frontier.keeper import requests_in_progress

NOTES, REQUESTS = [], []

def note(crawler, where, request):
    NOTES.append((where, request.url.rpartition("/")[2], request in requests_in_progress(crawler)))

class Pipeline:
    @classmethod
    def from_crawler(cls, crawler):
        pipeline = cls()
        pipeline.crawler = crawler
        return pipeline

    async def process_item(self, item):
        await asyncio.sleep(0.05)
        note(self.crawler, "pipeline", item["request"])
        return {}

class T(scrapy.Spider):
    name = "t"
    custom_settings = {"ITEM_PIPELINES": {Pipeline: 300}, "ADDONS": {}}

    @classmethod
    def from_crawler(cls, crawler, *args, **kwargs):
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.left, signal=signals.request_left_downloader)
        crawler.signals.connect(spider.idle, signal=signals.spider_idle)
        return spider

    async def start(self):
        yield scrapy.Request(self.url, errback=self.failed)

    async def parse(self, response):
        note(self.crawler, "callback", response.request)
        yield {"request": response.request}
        await asyncio.sleep(0.01)
        note(self.crawler, "end", response.request)

    def failed(self, failure):
        note(self.crawler, "errback", failure.request)

    def left(self, request):
        REQUESTS.append(request)
        note(self.crawler, "downloaded", request)

    def idle(self):
        for request in REQUESTS:
            note(self.crawler, "idle", request)

    def closed(self, reason):
        with open("notes.json", "w") as file:
            json.dump(NOTES, file)
"""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("page", [("downloaded", "page"), ("callback", "page"), ("end", "page"), ("pipeline", "page")]),
        (
            "moved",
            [
                ("downloaded", "moved"),
                ("downloaded", "page"),
                ("callback", "page"),
                ("end", "page"),
                ("pipeline", "page"),
            ],
        ),
        ("missing", [("downloaded", "missing"), ("errback", "missing")]),
    ],
)
def test_a_request_is_in_progress_until_its_items_are_out(
    site: Site, project: Project, path: str, expected: list[tuple[str, str]]
) -> None:
    site.pages = {"/page": "<p>", "/moved": Answer(status=302, headers={"Location": "/page"})}
    crawl = project.crawl(SPIDER, "-a", f"url={site.url}/{path}")
    assert crawl.returncode == 0, crawl.log
    assert "Traceback" not in crawl.log, crawl.log
    notes = [tuple(note) for note in json.loads((project.path / "notes.json").read_text())]
    downloaded = [name for where, name in expected if where == "downloaded"]
    assert notes == [(*entry, True) for entry in expected] + [("idle", name, False) for name in downloaded]
