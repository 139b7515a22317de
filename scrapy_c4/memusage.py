"""Scrapy's memory limits for the crawl and everything it has started: the browser is the greater part by far."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from scrapy.extensions.memusage import MemoryUsage

from scrapy_c4._processes import tree_memory

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

__all__ = ["TreeMemoryUsage"]


class TreeMemoryUsage(MemoryUsage):
    """Put it in place of Scrapy's own: the settings ``MEMUSAGE_*`` and the stats ``memusage/*`` then mean the memory of
    the process and all processes below it, pages that several of them share counted once. They are measured twice in
    MEMUSAGE_CHECK_INTERVAL_SECONDS, in a thread: the kernel counts the pages of a browser for some tenths of a second.

    ``EXTENSIONS = {"scrapy.extensions.memusage.MemoryUsage": None, "scrapy_c4.memusage.TreeMemoryUsage": 0}``
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._measured = 0
        self._stopped = threading.Event()

    def engine_started(self) -> None:
        self._measured = tree_memory(os.getpid())
        threading.Thread(target=self._measure, name="memusage", daemon=True).start()
        super().engine_started()

    def engine_stopped(self) -> None:
        self._stopped.set()
        super().engine_stopped()

    def _measure(self) -> None:
        while not self._stopped.wait(self.check_interval / 2):
            self._measured = tree_memory(os.getpid())

    def get_virtual_size(self) -> int:
        return self._measured or super().get_virtual_size()
