"""C4Spider: crawls without code, ``scrapy crawl c4 -a url=https://example.com``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from scrapy import Request, Spider

from scrapy_c4._kinds import NON_NEGATIVE_INT
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
        options = Options().merged(self.page_options, "spider argument {name}")
        _refuse_secrets(options)
        self.start_urls = _urls(url)
        if follow not in _FOLLOW:
            raise OptionError(f"spider argument follow = {follow!r} is not possible: one of {', '.join(_FOLLOW)}")
        self.follow = follow
        try:
            self.depth: int = NON_NEGATIVE_INT.parse(depth)
        except ValueError:
            raise OptionError(
                f"spider argument depth = {str(depth)[:100]!r} is not possible: a whole number of 0 or more"
            ) from None

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


def _refuse_secrets(options: Options) -> None:
    # Arguments stand in lists of processes, and in the meta of every request, which queues write down.
    token = (options.extraction or {}).get("api_token")
    if isinstance(token, str) and token and not token.startswith("env:"):
        raise OptionError(
            'spider argument extraction: its api_token must be "env:NAME"; other tokens belong into the setting '
            "C4_EXTRACTION"
        )


def _urls(value: Any) -> list[str]:
    if isinstance(value, str):
        value = _listed(value) if value.lstrip().startswith("[") else value.split()
    urls = []
    for text in value if isinstance(value, (list, tuple)) else [value]:
        url = None
        if isinstance(text, str):
            url = resolve(text if "://" in text else f"https://{text}", "")
        if url is None or not url.startswith(("http://", "https://")):
            raise OptionError(f"spider argument url: {str(text)[:500]!r} is not an http(s) URL")
        urls.append(url)
    if not urls:
        raise OptionError("the spider c4 needs a URL: scrapy crawl c4 -a url=https://example.com")
    return urls


def _listed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        # "[::1]:8000" is an address.
        return text.split()
