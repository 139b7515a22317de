"""What happens inside a browser page: a :class:`Plan` made of plain data, run by :func:`run`, gives a :class:`Capture`.

Knows Playwright's pages, and nothing of Scrapy.
"""

from __future__ import annotations

from scrapy_c4.browser.capture import Capture
from scrapy_c4.browser.plan import Plan, run

__all__ = ["Capture", "Plan", "run"]
