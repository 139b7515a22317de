"""The spider of ``scrapy c4``: it knows why there is no page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy.spidermiddlewares.httperror import HttpError

from scrapy_c4.page import is_page
from scrapy_c4.spiders import C4Spider

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scrapy.http import Response
    from twisted.python.failure import Failure


class OnePageSpider(C4Spider):
    #: Why there is no page, in one line.
    why = ""

    async def start(self) -> AsyncIterator[Any]:
        async for request in super().start():
            # A page that leads to itself is no duplicate: it may set a cookie, or be a loop that is to be named.
            yield request.replace(errback=self.failed, dont_filter=True)

    async def parse(self, response: Response, **kwargs: Any) -> AsyncIterator[Any]:
        if not is_page(response):
            kind = (response.headers.get("Content-Type") or b"unknown").decode("latin-1")
            self.why = f"{response.url} is no HTML page (Content-Type: {kind})"
        async for item in super().parse(response, **kwargs):
            yield item

    def failed(self, failure: Failure) -> None:
        error = failure.value
        if isinstance(error, HttpError):
            self.why = f"{error.response.url} was answered with status {error.response.status}"
            return
        text = " ".join(str(error).split()) or type(error).__name__
        url = self.start_urls[0]
        self.why = text if text.startswith(url) else f"{url}: {text}"
