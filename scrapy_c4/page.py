"""From a response to the items of its page: the glue that mixins, the spider middleware and the spider share."""

from __future__ import annotations

import asyncio
import logging
from base64 import b64decode
from dataclasses import fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote
from weakref import WeakKeyDictionary

from scrapy.http import HtmlResponse
from scrapy.utils.python import global_object_name

from scrapy_c4.analysis import analysis_of, forget, is_analysed
from scrapy_c4.artifacts import missing_captures
from scrapy_c4.extractors.exclude import ExcludeRules
from scrapy_c4.extractors.markdown import FORMS
from scrapy_c4.items import ExtractedItem, LinkItem, MediaItem, PageItem, TableItem
from scrapy_c4.scoring import contextual_scores, total_score

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from scrapy import Request
    from scrapy.http import Response
    from scrapy.statscollectors import StatsCollector

    from scrapy_c4.analysis import PageAnalysis
    from scrapy_c4.options import Options

logger = logging.getLogger(__name__)
_T = TypeVar("_T")

#: Bodies of this many bytes are analysed in a thread, so that other downloads go on meanwhile.
THREAD_BYTES = 100_000
SCORE_RULE = "image_score_threshold"
#: For each response the parts of its :class:`~scrapy_c4.analysis.PageAnalysis` that were asked for.
_asked: WeakKeyDictionary[Response, set[str]] = WeakKeyDictionary()
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()
_MEDIA_KEYS = {"image": "images", "video": "videos", "audio": "audio"}
_COLUMNS: dict[type, tuple[str, ...]] = {
    cls: tuple(f.name for f in fields(cls)) for cls in (LinkItem, MediaItem, TableItem)
}


class PageScope:
    """What the items of one page share on their way through the pipelines. Freed with the last of them."""

    def __init__(self, page_url: str, base_domain: str | None, options: Options, proxy: str | None):
        self.page_url = page_url
        self.options = options
        self.proxy = proxy
        self.rules = ExcludeRules(options, base_domain)
        #: The links to be scored together, and the intrinsic score of each; emptied when that is done.
        self.links: list[LinkItem] = []
        self.intrinsic: list[float] = []
        self.scoring: asyncio.Task[None] | None = None
        #: Names of the rules that dropped items before they became items of their own, with how many.
        self.dropped: dict[str, int] = {}


def page_options(response: Response, options: Options) -> Options:
    """``options`` with what the request of ``response`` says over them; raises OptionError."""
    if response.request is None:
        return options
    return options.merged(response.request.meta.get("c4"))


def _proxy_of(request: Request | None) -> str | None:
    """The proxy that was chosen for ``request``, with its credentials."""
    proxy: str | None = request.meta.get("proxy") if request is not None else None
    if request is None or not proxy:
        return None
    # HttpProxyMiddleware has moved the credentials from the URL to the header.
    scheme, _, encoded = (request.headers.get("Proxy-Authorization") or b"").partition(b" ")
    if scheme.lower() != b"basic" or "@" in proxy:
        return proxy
    try:
        user, _, password = b64decode(encoded).decode("latin-1").partition(":")
    except ValueError:
        return proxy
    return proxy.replace("//", f"//{quote(user, safe='')}:{quote(password, safe='')}@", 1)


class PageReader:
    """Makes the items of one HTML response."""

    def __init__(self, response: HtmlResponse, options: Options, stats: StatsCollector | None = None):
        self._response = response
        self._stats = stats
        self._options = page_options(response, options)
        self._failures: list[dict[str, Any]] = []

    @cached_property
    def _analysis(self) -> PageAnalysis:
        analysis = analysis_of(self._response, self._options)
        if analysis.cut:
            logger.warning("%s was read only in part: %s", self._response, analysis.cut)
            if self._stats is not None:
                self._stats.inc_value("c4/extract/truncated_count")
        return analysis

    @cached_property
    def _scope(self) -> PageScope:
        proxy = _proxy_of(self._response.request)
        return PageScope(self._response.url, self._analysis.base_domain, self._options, proxy)

    def links(self) -> list[LinkItem]:
        """All links; the pipelines drop the excluded ones and score the others."""
        links: list[LinkItem] = self._part("links", "all_links", [])
        self._scope_links(links)
        return links

    def media(self) -> list[MediaItem]:
        """The media above ``image_score_threshold``; the pipelines drop what other options exclude.

        Pages have more trackers, spacers and icons than images, and every item that a pipeline drops costs as much as
        one that it keeps: these are left out, and counted, right here.
        """
        rule_of = self._scope.rules.media_rule
        kept: list[MediaItem] = []
        below = 0
        for item in self._part("media", "all_media", []):
            if rule_of(item) == SCORE_RULE:
                below += 1
            else:
                item.scope = self._scope
                kept.append(item)
        if below and self._stats is not None:
            self._stats.inc_value(f"c4/exclude/dropped_count/{SCORE_RULE}", below)
        return kept

    def tables(self) -> list[TableItem]:
        tables: list[TableItem] = self._part("tables", "tables", [])
        return tables

    def page(self) -> PageItem:
        response, analysis, options = self._response, self._analysis, self._options
        request = response.request
        item = PageItem(url=response.url, status=response.status)
        if request is not None:
            item.requested_url = request.meta.get("redirect_urls", [request.url])[0]
        item.metadata = self._part("metadata", "metadata", {})
        item.title = item.metadata.get("title")
        item.cleaned_html = self._part("cleaned_html", "cleaned_html", None)
        for form in FORMS:
            name = "markdown" if form == "raw_markdown" else form
            setattr(item, name, self._part(name, "markdown", None, form))
        item.rendered = "playwright" in response.flags
        capture = getattr(response, "capture", None)
        if capture is not None:
            item.errors += capture.errors
            item.capture = capture
        item.errors += missing_captures(response, options)
        if analysis.cut:
            item.errors.append({"action": "parse", "type": "truncated", "message": analysis.cut})
        if options.nested:
            self._nest(item)
        item.errors += self._failures
        return item

    def extracted(self) -> list[ExtractedItem]:
        """What the option ``extraction`` makes of the page: one item, or none without the option."""
        config = self._options.extraction
        if config is None:
            return []
        # What is to be asked of a model, and with which key, stays in this process.
        item = self._part("extraction", "extracted", None, ahead=config["strategy"] != "llm")
        return [] if item is None else [item]

    def all(self) -> Iterator[Any]:
        """The items that the option ``emit`` names: the page comes last, so that it can tell of every failure."""
        emit, nested = self._options.emit, self._options.nested
        if not self._options.enabled:
            return
        if "link" in emit and not nested:
            yield from self.links()
        if "media" in emit and not nested:
            yield from self.media()
        if "table" in emit and not nested:
            yield from self.tables()
        if "extracted" in emit:
            yield from self.extracted()
        if "page" in emit or nested:
            yield self.page()
        # Its response may stay for long: it and its selector hold each other until the garbage collector comes by.
        forget(self._response)
        self.__dict__.pop("_analysis", None)

    def links_to_follow(self) -> list[LinkItem]:
        """The links without the excluded ones, for a spider that crawls on."""
        links: list[LinkItem] = self._part("links", "links", [])
        return links

    def _nest(self, item: PageItem) -> None:
        analysis = self._analysis
        links = self._part("links", "links", [])
        media = self._part("media", "media", [])
        tables = self._part("tables", "tables", [])
        self._scope_links(links)
        self._scope.dropped = dict(analysis.dropped)
        item.scope = self._scope
        item.links = nested_links(links)
        item.media = {key: [] for key in _MEDIA_KEYS.values()}
        for medium in media:
            item.media[_MEDIA_KEYS[medium.type]].append(as_dict(medium))
        item.tables = [as_dict(table) for table in tables]

    def _scope_links(self, links: list[LinkItem]) -> None:
        scope, options = self._scope, self._options
        if options.link_preview:
            scope.intrinsic = [link.intrinsic_score or 0.0 for link in links]
            if not options.score_links:
                for link in links:
                    link.intrinsic_score = link.total_score = None
            scope.links = links
        for link in links:
            link.scope = scope

    def _part(self, name: str, part: str, default: Any, form: str | None = None, *, ahead: bool = True) -> Any:
        """An attribute of the analysis, or of its markdown; a failure is recorded and costs nothing but that part.

        ``ahead``: on later pages it may be read ahead.
        """
        if ahead:
            _asked.setdefault(self._response, set()).add(part)
        try:
            value = getattr(self._analysis, part)
            return value if form is None else getattr(value, form)
        except Exception as error:
            logger.exception("The %(part)s of %(url)s failed", {"part": name, "url": self._response.url})
            self._failures.append(
                {"action": name, "type": global_object_name(error.__class__), "message": str(error)[:500]}
            )
            return default


def asked_of(response: Response) -> tuple[str, ...]:
    """The parts of the page's analysis that were asked for so far."""
    return tuple(sorted(_asked.get(response, ())))


def as_dict(item: LinkItem | MediaItem | TableItem) -> dict[str, Any]:
    """The fields of an item, without what only scoring needs."""
    values = vars(item)
    return {name: values[name] for name in _COLUMNS[type(item)]}


def nested_links(links: list[LinkItem]) -> dict[str, list[dict[str, Any]]]:
    """Links in the shape of ``PageItem.links``."""
    nested: dict[str, list[dict[str, Any]]] = {"internal": [], "external": []}
    for link in links:
        nested["internal" if link.kind == "internal" else "external"].append(as_dict(link))
    return nested


def score_links(links: list[LinkItem], query: str | None) -> None:
    """Fill ``contextual_score`` (with a query) and ``total_score`` of the links of one page."""
    if query:
        for link, score in zip(links, contextual_scores(query, links), strict=True):
            link.contextual_score = score
    for link in links:
        link.total_score = total_score(link.intrinsic_score, link.contextual_score)


async def off_loop_unless_analysed(response: Response, function: Callable[[], _T]) -> _T:
    """``function()``, which takes the parts of a page; they cost nothing more when the page has been read ahead."""
    return function() if is_analysed(response) else await off_loop(function, len(response.body))


async def off_loop(function: Callable[[], _T], size: int) -> _T:
    """``function()``, in a thread when ``size`` bytes of work would hold up the event loop.

    One at a time: pages that arrive together would hold it up together, however small each of them is.
    """
    loop = asyncio.get_running_loop()
    turn = _turns.get(loop)
    if turn is None:
        turn = _turns[loop] = asyncio.Lock()
    async with turn:
        if size >= THREAD_BYTES:
            return await asyncio.to_thread(function)
        result = function()
        await asyncio.sleep(0)  # others first
        return result


def is_page(response: Response) -> bool:
    return isinstance(response, HtmlResponse)
