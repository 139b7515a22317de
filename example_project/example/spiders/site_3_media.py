"""Media of a page that loads its images only when somebody looks at them."""

import scrapy

from example.local_site import LocalSite
from scrapy_c4.spiders import MediaMixin


class MediaSpider(MediaMixin, scrapy.Spider):
    name = "media"

    async def start(self):
        start = self.crawler.get_extension(LocalSite).url
        yield scrapy.Request(start.replace("index", "gallery"), meta={"c4": {"wait_for_images": True}})

    def parse(self, response):
        yield from self.extract_media(response)
