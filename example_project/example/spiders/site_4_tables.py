"""Data tables, also those that JavaScript makes."""

import scrapy

from example.local_site import LocalSite
from scrapy_c4.spiders import TableMixin


class TablesSpider(TableMixin, scrapy.Spider):
    name = "tables"

    async def start(self):
        start = self.crawler.get_extension(LocalSite).url
        yield scrapy.Request(start.replace("index", "tides"), meta={"c4": {"render": "never"}})
        yield scrapy.Request(start.replace("index", "boats"), meta={"c4": {"wait_for": "css:table"}})

    def parse(self, response):
        yield from self.extract_tables(response)
