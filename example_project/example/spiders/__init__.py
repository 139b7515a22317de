"""Numbered spiders: each shows one idea. ``scrapy crawl c4`` is the ready-made one."""

from scrapy_c4.spiders import C4Spider

__all__ = ["C4Spider"]
