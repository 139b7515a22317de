"""Item pipelines: drop what the exclude_* options name, score the links of a page together."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from scrapy.exceptions import DropItem, NotConfigured

from scrapy_c4.artifact_pipeline import ArtifactPipeline
from scrapy_c4.extensions import LinkPreview
from scrapy_c4.extractors.exclude import ExcludeRules
from scrapy_c4.extractors.urls import base_domain
from scrapy_c4.items import LinkItem, MediaItem, PageItem
from scrapy_c4.llm_pipeline import LLMPipeline
from scrapy_c4.page import nested_links, off_loop, score_links
from scrapy_c4.preview_rules import select_links
from scrapy_c4.startup import crawl_options

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    # typing.Self requires Python 3.11
    from typing_extensions import Self

    from scrapy_c4.options import LinkPreviewConfig
    from scrapy_c4.page import PageScope

__all__ = ["ArtifactPipeline", "ExcludePipeline", "LLMPipeline", "LinkScorePipeline"]

logger = logging.getLogger(__name__)

#: What a link costs to score, in bytes of a page that cost as much to analyse.
_BYTES_PER_LINK = 2000


class ExcludePipeline:
    """Drops links and media by the ``exclude_*`` options and ``image_score_threshold``, counted per rule.

    What :class:`~scrapy_c4.page.PageReader` has left out already is only counted here.
    """

    def __init__(self, crawler: Crawler):
        self._options = crawl_options(crawler.settings)
        if not self._options.enabled:
            raise NotConfigured
        self._stats = crawler.stats

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_item(self, item: Any) -> Any:
        if isinstance(item, LinkItem):
            self._drop(self._rules(item).link_rule(item), item.href)
        elif isinstance(item, MediaItem):
            self._drop(self._rules(item).media_rule(item), item.src)
        elif isinstance(item, PageItem) and item.scope is not None:
            for rule, count in item.scope.dropped.items():
                self._stats.inc_value(f"c4/exclude/dropped_count/{rule}", count)
        return item

    def _rules(self, item: LinkItem | MediaItem) -> ExcludeRules:
        if item.scope is not None:
            rules: ExcludeRules = item.scope.rules
            return rules
        return ExcludeRules(self._options, base_domain(item.page_url))

    def _drop(self, rule: str | None, url: str) -> None:
        if rule is not None:
            self._stats.inc_value(f"c4/exclude/dropped_count/{rule}")
            raise DropItem(f"{rule}: {url}", log_level="DEBUG")


class LinkScorePipeline:
    """Asks :class:`~scrapy_c4.extensions.LinkPreview` for heads and scores the links of each page together.

    All links of a page are known before its first item gets here, so no item waits for one that Scrapy has not
    started yet.
    """

    def __init__(self, crawler: Crawler):
        if not crawl_options(crawler.settings).enabled:
            raise NotConfigured
        self._crawler = crawler
        self._missing_reported = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_item(self, item: Any) -> Any:
        scope = getattr(item, "scope", None) if isinstance(item, (LinkItem, PageItem)) else None
        config = scope.options.link_preview if scope is not None else None
        if scope is None or config is None:
            return item
        links = scope.links
        if scope.scoring is None:
            scope.scoring = asyncio.ensure_future(self._score(scope, config))
        await asyncio.shield(scope.scoring)
        if isinstance(item, LinkItem):
            if _below(item, config):
                self._crawler.stats.inc_value("c4/score/dropped_count/score_threshold")
                raise DropItem(f"score_threshold: {item.href}", log_level="DEBUG")
        elif item.links is not None:
            kept = [link for link in links if not _below(link, config)]
            self._crawler.stats.inc_value("c4/score/dropped_count/score_threshold", len(links) - len(kept))
            item.links = nested_links(kept)
        return item

    async def _score(self, scope: PageScope, config: LinkPreviewConfig) -> None:
        try:
            await self._preview_and_score(scope, config)
        except Exception:
            # The links are worth more than their scores.
            logger.exception("Scoring the links of %(url)s failed", {"url": scope.page_url})
            self._crawler.stats.inc_value("c4/score/failed_count")
        finally:
            scope.links, scope.intrinsic = [], []

    async def _preview_and_score(self, scope: PageScope, config: LinkPreviewConfig) -> None:
        kept = [n for n, link in enumerate(scope.links) if scope.rules.link_rule(link) is None]
        links = [scope.links[n] for n in kept]
        rank = [scope.intrinsic[n] / 10 for n in kept]
        if config.query and len(links) > config.max_links:
            # What the page says of its links tells which of them are worth a look.
            await self._off_loop(links, config.query)
            rank = [0.3 * a + 0.7 * (link.contextual_score or 0.0) for a, link in zip(rank, links, strict=True)]
        chosen, skipped = select_links(links, config, rank)
        preview = self._crawler.get_extension(LinkPreview)
        if preview is None:
            self._report_missing()
            skipped += [(link, "the extension LinkPreview is not enabled") for link in chosen]
            chosen = []
        for link, reason in skipped:
            link.head_extraction_status, link.head_extraction_error = "skipped", reason
        self._crawler.stats.inc_value("c4/preview/status_count/skipped", len(skipped))
        if preview is not None:
            await preview.preview(chosen, config, scope.page_url, scope.proxy)
        await self._off_loop(links, config.query)

    async def _off_loop(self, links: list[LinkItem], query: str | None) -> None:
        if query:
            await off_loop(lambda: score_links(links, query), len(links) * _BYTES_PER_LINK)
        else:
            score_links(links, query)

    def _report_missing(self) -> None:
        if not self._missing_reported:
            self._missing_reported = True
            logger.warning(
                "link_preview needs scrapy_c4.extensions.LinkPreview in EXTENSIONS: links get no heads",
                extra={"spider": self._crawler.spider},
            )


def _below(link: LinkItem, config: LinkPreviewConfig) -> bool:
    return (
        config.score_threshold is not None
        and link.total_score is not None
        and link.total_score < config.score_threshold
    )
