"""``scrapy c4 URL``: one page, understood, on standard output."""

from __future__ import annotations

import json
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
        from scrapy_c4.options import OptionError
        from scrapy_c4.spiders import C4Spider

        try:
            C4Spider(url=args[0])
        except OptionError as error:
            raise UsageError(str(error), print_help=False) from None
        assert self.settings is not None
        assert self.crawler_process is not None
        addons: dict[Any, Any] = self.settings.getdict("ADDONS")
        self.settings.set("ADDONS", {"scrapy_c4.Addon": 500, **addons}, "command")
        if opts.no_browser:
            self.settings.set("C4_RENDER", "never", "cmdline")
        printed: list[Any] = []

        def print_item(item: Any) -> None:
            printed.append(True)
            if opts.markdown:
                print(item.markdown or "")
            else:
                print(json.dumps(ItemAdapter(item).asdict(), ensure_ascii=False, indent=2))

        crawler = self.crawler_process.create_crawler(C4Spider)
        crawler.signals.connect(print_item, signal=signals.item_scraped, weak=False)
        self.crawler_process.crawl(crawler, url=args[0], nested=True)
        self.crawler_process.start()
        if not printed:
            self.exitcode = 1
