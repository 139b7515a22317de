"""``scrapy c4 URL``: one page, understood, on standard output."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from itemadapter import ItemAdapter
from scrapy import signals
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

if TYPE_CHECKING:
    import argparse


class Command(ScrapyCommand):
    requires_project = False
    default_settings = {"LOG_LEVEL": "WARNING", "TELNETCONSOLE_ENABLED": False, "REMOTE_CONTROL_ENABLED": False}

    def syntax(self) -> str:
        return "[options] <url>"

    def short_desc(self) -> str:
        return "Print a page as scrapy_c4 understands it: JSON, or its markdown"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--markdown", action="store_true", help="print the markdown of the page only")
        parser.add_argument("--no-browser", action="store_true", help="plain HTTP (the setting C4_RENDER=never)")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if len(args) != 1:
            raise UsageError("give one URL; options of scrapy_c4 go in as settings: -s C4_SCREENSHOT=1")
        from scrapy_c4.commands._one_page import OnePageSpider
        from scrapy_c4.options import OptionError

        try:
            OnePageSpider(url=args[0])
        except OptionError as error:
            raise UsageError(str(error), print_help=False) from None
        assert self.settings is not None
        assert self.crawler_process is not None
        addons: dict[Any, Any] = self.settings.getdict("ADDONS")
        self.settings.set("ADDONS", {"scrapy_c4.Addon": 500, **addons}, "command")
        if opts.no_browser:
            self.settings.set("C4_RENDER", "never", "cmdline")
        items: list[Any] = []

        def keep(item: Any) -> None:
            items.append(item)

        crawler = self.crawler_process.create_crawler(OnePageSpider)
        crawler.signals.connect(keep, signal=signals.item_scraped)
        self.crawler_process.crawl(crawler, url=args[0], nested=True)
        self.crawler_process.start()
        page = _page(items)
        if page is not None:
            print(page.get("markdown") or "" if opts.markdown else json.dumps(page, ensure_ascii=False, indent=2))
            return
        self.exitcode = 1
        # What stopped the start-up has been said.
        if isinstance(crawler.spider, OnePageSpider) and not self.crawler_process.bootstrap_failed:
            print(f"scrapy c4: no page: {crawler.spider.why or 'no item came out of the crawl'}", file=sys.stderr)


def _page(items: list[Any]) -> dict[str, Any] | None:
    """The page, and beside its own fields what the option ``extraction`` made of it."""
    from scrapy_c4.items import ExtractedItem

    extracted = [ItemAdapter(item).asdict() for item in items if isinstance(item, ExtractedItem)]
    page = next((ItemAdapter(item).asdict() for item in items if not isinstance(item, ExtractedItem)), None)
    if page is not None and extracted:
        page["extracted"] = extracted
    return page
