"""Links with a look at the pages behind them, scored by a query."""

import scrapy

from example.local_site import LocalSite
from scrapy_c4.spiders import LinkMixin


class LinksSpider(LinkMixin, scrapy.Spider):
    name = "links"
    custom_settings = {
        "C4_RENDER": "never",
        "C4_SCORE_LINKS": True,
        "C4_EXCLUDE_SOCIAL_MEDIA_LINKS": True,
        "C4_LINK_PREVIEW": {"query": "tides and safety in the harbour", "max_links": 20},
    }

    async def start(self):
        yield scrapy.Request(self.crawler.get_extension(LocalSite).url)

    def parse(self, response):
        yield from self.extract_links(response)
