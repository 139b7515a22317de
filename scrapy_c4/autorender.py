"""``render=auto``: plain HTTP first, and the browser for the pages that need it."""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from cssselect import SelectorError

from scrapy_c4.shells import needs_script

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import TextResponse
    from scrapy.statscollectors import StatsCollector

    # typing.Self requires Python 3.11
    from typing_extensions import Self

    from scrapy_c4.options import Options

#: Pages in a row that needed the browser, before the next one of their kind is not fetched without it.
SURE = 2
#: Every so many pages of a kind that needs the browser, one is fetched without it again.
RECHECK = 25
MAX_PATTERNS = 10_000

_VARIABLE = re.compile(r"[0-9]|%[0-9a-f]{2}|^.{24,}$|-.*-.*-", re.IGNORECASE)


@dataclass
class _Kind:
    """What is known of pages with the same pattern."""

    #: Pages in a row that needed the browser.
    needed: int = 0
    #: Pages that went to the browser unseen since then.
    unseen: int = 0


class AutoRender:
    """Decides, and remembers what it found by site and path pattern. Asks nobody."""

    def __init__(self, stats: StatsCollector | None = None):
        self._stats = stats
        self._kinds: OrderedDict[str, _Kind] = OrderedDict()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler.stats)

    def wants_browser(self, request: Request, options: Options) -> bool | None:
        """True: a browser is needed; None: fetch the page without it, and ask :meth:`needs_browser`."""
        if reason := _asked_for(options):
            self._count(reason)
            return True
        kind = self._kinds.get(pattern(request.url))
        if kind is None or kind.needed < SURE:
            return None
        kind.unseen += 1
        if kind.unseen % RECHECK == 0:
            return None
        self._count("known")
        return True

    def needs_browser(self, response: TextResponse, options: Options) -> str | None:
        """Why the browser is needed for a page that was fetched without it; None if the page is fine as it is."""
        reason = _missing(response, options) or needs_script(response.selector.root, response.url)
        self.learn(response.url, reason)
        self._count(reason or "plain")
        return reason

    def learn(self, url: str, reason: str | None) -> None:
        """Remember for pages like ``url`` that they need the browser, or, with None, that they do not."""
        key = pattern(url)
        kind = self._kinds.setdefault(key, _Kind())
        self._kinds.move_to_end(key)
        kind.needed = kind.needed + 1 if reason else 0
        kind.unseen = 0
        if len(self._kinds) > MAX_PATTERNS:
            self._kinds.popitem(last=False)

    def _count(self, reason: str) -> None:
        if self._stats is not None:
            self._stats.inc_value(f"c4/render/auto_count/{reason}")


def pattern(url: str) -> str:
    """The site and the shape of the path: parts that vary between pages of one kind become ``*``."""
    try:
        parts = urlsplit(url)
        path = "/".join("*" if _VARIABLE.search(part) else part for part in parts.path.split("/"))
        names = sorted({name for name, _ in parse_qsl(parts.query, keep_blank_values=True, max_num_fields=100)})
    except ValueError:
        return url[:200]
    # A route in the fragment never reaches the server: every such page is the same application.
    return f"{parts.scheme}://{parts.netloc.lower()}{path}?{'&'.join(names)}"[:500]


def _asked_for(options: Options) -> str | None:
    """An option that only a browser can carry out."""
    asked: dict[str, Any] = {
        "js_code": options.js_code or options.js_code_before_wait,
        "capture": options.screenshot or options.pdf or options.capture_mhtml,
        "scroll": options.scan_full_page or options.virtual_scroll,
        "wait_for": options.wait_for and options.wait_for.startswith("js:"),
    }
    return next((name for name, value in asked.items() if value), None)


def _missing(response: TextResponse, options: Options) -> str | None:
    """What the options ask for and the static page does not have."""
    scheme, _, condition = (options.wait_for or "").partition(":")
    if scheme == "css" and not _matches(response, condition.strip()):
        return "wait_for"
    root = response.selector.root
    if options.process_iframes and next(root.iter("iframe", "frame"), None) is not None:
        return "iframes"
    if options.wait_for_images and next(root.iter("img"), None) is not None:
        return "images"
    return None


def _matches(response: TextResponse, selector: str) -> bool:
    try:
        return bool(response.css(selector))
    except SelectorError:
        return False  # one that only browsers know
