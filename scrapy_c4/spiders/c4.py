"""C4Spider: crawls without code, ``scrapy crawl c4 -a url=https://example.com``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from scrapy import Request, Spider

from scrapy_c4.extractors.urls import resolve
from scrapy_c4.options import OptionError, Options
from scrapy_c4.page import is_page, off_loop_unless_analysed
from scrapy_c4.preview_rules import is_action
from scrapy_c4.security import PUBLIC_ONLY, led_here
from scrapy_c4.spiders.mixins import C4Mixin
from scrapy_c4.startup import clear_option_errors

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scrapy.crawler import Crawler
    from scrapy.http import Response

    # typing.Self requires Python 3.11
    from typing_extensions import Self

_FOLLOW = ("none", "internal", "all")
#: Code comes from code and settings, not from whoever may name a spider's arguments.
_NOT_AS_ARGUMENT = frozenset(["js_code", "js_code_before_wait"])


class C4Spider(C4Mixin, Spider):
    """Arguments: ``url`` (one, several with white space between, or a JSON list), ``follow`` (``none``, ``internal``
    or ``all``: which links to crawl on), ``depth`` (how many links away from the start, default 1), and every option
    of a page by its name. Links are followed best first. Raises OptionError for what it does not know.
    """

    name = "c4"

    def __init__(
        self, url: str | list[str] = "", follow: str = "none", depth: int | str = 1, *args: Any, **kwargs: Any
    ):
        # Scrapyd and schedulers pass arguments of their own, which begin with an underscore.
        own = {key: value for key, value in kwargs.items() if key.startswith("_") or key == "name"}
        super().__init__(*args, **own)
        self.page_options = {key: value for key, value in kwargs.items() if key not in own}
        for key in _NOT_AS_ARGUMENT & self.page_options.keys():
            raise OptionError(f"{key} is code: give it as the setting C4_{key.upper()}, not as an argument")
        Options().merged(self.page_options, "spider argument {name}")
        self.start_urls = _urls(url)
        if follow not in _FOLLOW:
            raise OptionError(f"spider argument follow = {follow!r} is not possible: one of {', '.join(_FOLLOW)}")
        self.follow = follow
        if not str(depth).isdigit():
            raise OptionError(f"spider argument depth = {depth!r} is not possible: a whole number of 0 or more")
        self.depth = int(depth)

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        with clear_option_errors():
            return super().from_crawler(crawler, *args, **kwargs)

    async def start(self) -> AsyncIterator[Any]:
        for url in self.start_urls:
            yield Request(url, meta={"c4": self.page_options})

    async def parse(self, response: Response, **kwargs: Any) -> AsyncIterator[Any]:
        if not is_page(response):
            self.logger.info("%s is no HTML page", response)
            return
        reader = self._c4_reader(response)
        follow = self.follow != "none" and response.meta.get("depth", 0) < self.depth
        links, items = await off_loop_unless_analysed(
            response, lambda: (reader.links_to_follow() if follow else [], list(reader.all()))
        )
        if follow:
            assert response.request is not None
            meta = {"c4": self.page_options, **({PUBLIC_ONLY: True} if led_here(response, response.request) else {})}
            for link in links:
                if (self.follow == "all" or link.kind == "internal") and not is_action(link.href):
                    priority = round(10 * (link.total_score or (link.intrinsic_score or 0) / 10))
                    yield Request(link.href, meta=dict(meta), priority=priority)
        for item in items:
            yield item


def _urls(value: str | list[str]) -> list[str]:
    if isinstance(value, str):
        value = json.loads(value) if value.lstrip().startswith("[") else value.split()
    urls = []
    for text in value:
        url = resolve(text, "") if "://" in text else resolve(f"https://{text}", "")
        if url is None or not url.startswith(("http://", "https://")):
            raise OptionError(f"spider argument url: {text!r} is not an http(s) URL")
        urls.append(url)
    if not urls:
        raise OptionError("the spider c4 needs a URL: scrapy crawl c4 -a url=https://example.com")
    return urls
