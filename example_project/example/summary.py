"""Prints what a crawl has found, in a few lines."""

from __future__ import annotations

from collections import Counter
from heapq import nlargest
from pathlib import Path
from typing import Any

from scrapy import signals

from scrapy_c4 import LinkItem


def feed_uri_params(params: dict[str, Any], spider: Any) -> dict[str, Any]:
    """``%(job)s`` in the names of feeds: a folder named after the job of Scrapyd, nothing for ``scrapy crawl``."""
    job = getattr(spider, "_job", "")
    return {**params, "job": f"{job}/" if job else ""}


class Summary:
    def __init__(self, crawler: Any):
        self.crawler = crawler
        self.counts: Counter[str] = Counter()
        self.best: dict[str, tuple[float, str]] = {}
        self.feeds: list[str] = []

    @classmethod
    def from_crawler(cls, crawler: Any) -> Summary:
        summary = cls(crawler)
        crawler.signals.connect(summary.item_scraped, signal=signals.item_scraped)
        crawler.signals.connect(summary.feed_slot_closed, signal=signals.feed_slot_closed)
        # After the feeds have been closed.
        crawler.signals.connect(summary.engine_stopped, signal=signals.engine_stopped)
        return summary

    def item_scraped(self, item: Any) -> None:
        self.counts[type(item).__name__] += 1
        if isinstance(item, LinkItem) and item.total_score is not None:
            title = (item.head_data or {}).get("title") or item.text
            self.best[item.href] = max(self.best.get(item.href, (0.0, "")), (item.total_score, title))
            if len(self.best) > 1000:
                self.best = dict(nlargest(100, self.best.items(), key=lambda entry: entry[1]))

    def feed_slot_closed(self, slot: Any) -> None:
        self.feeds.append(slot.uri)

    def engine_stopped(self) -> None:
        stats = self.crawler.stats.get_stats()
        print(f"\n{stats.get('response_received_count', 0)} responses, finished: {stats.get('finish_reason')}")
        for name, count in sorted(self.counts.items()):
            print(f"  {count:6d} {name}")
        dropped = {k.rpartition("/")[2]: v for k, v in stats.items() if k.startswith("c4/exclude/dropped_count/")}
        if dropped:
            print("  left out: " + ", ".join(f"{count} by {rule}" for rule, count in sorted(dropped.items())))
        if self.best:
            print("Best links:")
            for href, (score, title) in nlargest(5, self.best.items(), key=lambda entry: entry[1]):
                print(f"  {score:.3f}  {href}  {title}")
        print("Feeds:")
        for uri in sorted(self.feeds):
            path = Path(uri)
            print(f"  {path.resolve()}  ({path.stat().st_size:,} bytes)" if path.is_file() else f"  {uri}")
