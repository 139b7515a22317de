"""Mixins that give any spider the items of its pages, and a spider that needs no code."""

from scrapy_c4.spiders.c4 import C4Spider
from scrapy_c4.spiders.mixins import C4Mixin, LinkMixin, MediaMixin, PageMixin, TableMixin

__all__ = ["C4Mixin", "C4Spider", "LinkMixin", "MediaMixin", "PageMixin", "TableMixin"]
