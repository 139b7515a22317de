"""The main job of the example: ``make crawl``. Crawls the bundled site, or ``-a url=…``, with everything on."""

from example.local_site import LocalSite
from scrapy_c4.spiders import C4Spider


class TourSpider(C4Spider):
    name = "tour"
    custom_settings = {
        "C4_WAIT_FOR_IMAGES": True,
        "C4_SCREENSHOT": True,
        "C4_SCORE_LINKS": True,
        "C4_EXCLUDE_SOCIAL_MEDIA_LINKS": True,
        "C4_CONTENT_FILTER": "pruning",
        "C4_LINK_PREVIEW": {"query": "tides, boats and safety in the harbour", "max_links": 30},
    }

    def __init__(self, url="", follow="", *args, **kwargs):
        # The bundled site has no URL before the crawl has begun; it is small enough to be crawled whole.
        self.bundled = not url
        super().__init__(
            url or "http://127.0.0.1/", follow or ("internal" if self.bundled else "none"), *args, **kwargs
        )

    async def start(self):
        if self.bundled:
            self.start_urls = [self.crawler.get_extension(LocalSite).url]
        async for request in super().start():
            yield request
