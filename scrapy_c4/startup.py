"""Wrong options at start-up: the crawl stops with one clear line instead of a traceback."""

from __future__ import annotations

import gc
import logging
import sys
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from scrapy.exceptions import UsageError
from scrapy.utils.python import global_object_name

from scrapy_c4 import _kinds as kinds
from scrapy_c4.options import OptionError, Options, crawl_setting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from scrapy import Spider
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings


#: What every page needs, imported when a crawl begins and not at its first page.
_USED_BY_EVERY_PAGE = ("links", "media", "tables", "metadata", "content", "clean", "markdown", "filters")

#: The one that Scrapy takes by itself.
ASYNCIO_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
#: Seconds that a thread with a page to analyse keeps the event loop waiting for its turn.
SWITCH_INTERVAL = 0.001


class _OneLine(logging.Filter):
    """Takes the traceback off the record with which the event loop reports an OptionError."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
        if isinstance(error, OptionError):
            record.msg, record.args, record.exc_info, record.exc_text = str(error), (), None, None
        return True


_one_line = _OneLine()


def _shorten_prints_of_twisted() -> None:
    """Take the traceback of an OptionError off what Twisted itself prints on stderr.

    It prints what is critical, such as a crawl that failed in a script, until somebody begins its logging, and Scrapy
    never does.
    """
    from twisted.logger import globalLogBeginner, globalLogPublisher

    printer = getattr(globalLogBeginner, "_temporaryObserver", None)
    if printer is None or isinstance(printer, _OneLinePrinter):
        return
    globalLogPublisher.removeObserver(printer)
    one_line: Any = _OneLinePrinter(printer)
    globalLogPublisher.addObserver(one_line)
    globalLogBeginner._temporaryObserver = one_line


class _OneLinePrinter:
    def __init__(self, printer: Callable[[dict[str, Any]], None]):
        self._printer = printer

    def __call__(self, event: dict[str, Any]) -> None:
        error = getattr(event.get("log_failure"), "value", None)
        if isinstance(error, OptionError):
            event = {**event, "log_format": "{error}", "error": str(error)}
            del event["log_failure"]
        self._printer(event)


class WrongSetting(OptionError, UsageError):
    """An OptionError that stops the start. Commands that make a crawler by themselves (``shell``) print its message."""


@contextmanager
def clear_option_errors(crawler: Crawler | None = None) -> Iterator[None]:
    """An OptionError goes through, and will be logged as one line by whoever ends up with it. It ends ``crawler``."""
    try:
        yield
    except OptionError as error:
        if crawler is not None:
            # "scrapy crawl" of Scrapy 2.14 ends with code 1 for a crawler without a spider only.
            crawler.spider = None
        for name in ("asyncio", "twisted"):
            logging.getLogger(name).addFilter(_one_line)
        _shorten_prints_of_twisted()
        raise WrongSetting(str(error)) from None


def crawl_options(settings: BaseSettings) -> Options:
    """The options of a crawl. Raises OptionError, which stops the start-up, also for what is not installed."""
    from scrapy_c4.downloadhandlers import browser_limits
    from scrapy_c4.extractors.encodings import forget_codecs_that_are_none_of_pages

    forget_codecs_that_are_none_of_pages()
    with clear_option_errors():
        options = Options.from_settings(settings)
        browser_limits(settings)
        processes_wanted(settings)
        if options.enabled:
            _check_reactor(settings)
        if options.enabled and (options.extraction or {}).get("strategy") == "llm" and not find_spec("litellm"):
            from scrapy_c4.llm.errors import MissingDependency

            raise OptionError(str(MissingDependency("litellm")))
        return options


def _check_reactor(settings: BaseSettings) -> None:
    reactor = settings.get("TWISTED_REACTOR")
    path = reactor if isinstance(reactor, str) or not reactor else global_object_name(reactor)
    if path and path != ASYNCIO_REACTOR and settings.getbool("TWISTED_REACTOR_ENABLED", True):
        raise OptionError(f"TWISTED_REACTOR = {path!r} is not possible with scrapy_c4: it must be {ASYNCIO_REACTOR}")


def processes_wanted(settings: BaseSettings) -> int | None:
    """``C4_PROCESSES``: further processes that read pages; None: as the crawl turns out to need."""
    wanted: int | None = crawl_setting(settings, "C4_PROCESSES", kinds.optional(kinds.NON_NEGATIVE_INT), None)
    return wanted


def settle(spider: Spider) -> None:
    """Load what the pages of the crawl will need, before there are any."""
    if Options.from_settings(spider.crawler.settings).render == "always":
        # Playwright is a third of all code there is.
        import_module("scrapy_c4._playwright_guard")
    settle_for_reading()
    # Threads let others have their turn more often.
    sys.setswitchinterval(min(sys.getswitchinterval(), SWITCH_INTERVAL))


def settle_for_reading() -> None:
    """Load what every page needs, and take all that is loaded out of the garbage collector's rounds.

    A full round stops the event loop for as long as it takes to look at every object there is. Most of them, code and
    the list of public suffixes, stay until the process ends.
    """
    from scrapy_c4.extractors.urls import registrable_domain

    for name in _USED_BY_EVERY_PAGE:
        import_module(f"scrapy_c4.extractors.{name}")
    registrable_domain("example.com")
    gc.collect()
    gc.freeze()
