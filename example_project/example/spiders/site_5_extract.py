"""Structured data by a schema, a screenshot and markdown: options of single requests."""

import scrapy

from example.local_site import LocalSite
from scrapy_c4.spiders import C4Mixin

BOATS = {
    "name": "Boats",
    "baseSelector": "tbody tr",
    "fields": [
        {"name": "boat", "selector": "th", "type": "text"},
        {"name": "persons", "selector": "td:nth-of-type(2)", "type": "text"},
        {"name": "price", "selector": "td:nth-of-type(3)", "type": "text"},
    ],
}


class ExtractSpider(C4Mixin, scrapy.Spider):
    name = "extract"

    async def start(self):
        start = self.crawler.get_extension(LocalSite).url
        options = {
            "wait_for": "css:table",
            "screenshot": True,
            "extraction": {"strategy": "css", "schema": BOATS},
        }
        yield scrapy.Request(start.replace("index", "boats"), meta={"c4": options})

    def parse(self, response):
        yield from self.extract_data(response)
        yield self.extract_page(response)
