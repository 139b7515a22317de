"""A spider that knows nothing of scrapy_c4: the add-on adds the items of every page it sees."""

import scrapy

from example.local_site import LocalSite


class DropInSpider(scrapy.Spider):
    name = "drop_in"

    async def start(self):
        yield scrapy.Request(self.crawler.get_extension(LocalSite).url)

    def parse(self, response):
        for teaser in response.css("article.teaser"):
            yield {"headline": teaser.css("h3 a::text").get(), "teaser": teaser.css("p::text").get()}
        yield from response.follow_all(css="article.teaser h3 a", callback=self.parse_article)

    def parse_article(self, response):
        yield {"headline": response.css("h1::text").get(), "date": response.css("time::attr(datetime)").get()}
