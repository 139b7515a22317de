"""Scrapy's memory limits for the crawl and everything it has started: the browser is the greater part by far."""

from __future__ import annotations

import os

from scrapy.extensions.memusage import MemoryUsage

from scrapy_c4._processes import tree_memory

__all__ = ["TreeMemoryUsage"]


class TreeMemoryUsage(MemoryUsage):
    """Put it in place of Scrapy's own: the settings ``MEMUSAGE_*`` and the stats ``memusage/*`` then mean the memory of
    the process and all processes below it, pages that several of them share counted once.

    ``EXTENSIONS = {"scrapy.extensions.memusage.MemoryUsage": None, "scrapy_c4.memusage.TreeMemoryUsage": 0}``
    """

    def get_virtual_size(self) -> int:
        return tree_memory(os.getpid()) or super().get_virtual_size()
