"""The loading of a page: the way to its document, the wait for its scripts and their data, the user's page methods."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeoutError
from scrapy_playwright._utils import _maybe_await
from scrapy_playwright.page import PageMethod

from scrapy_c4._page_html import is_leaving, is_own_fault
from scrapy_c4._used_pages import StalePageError
from scrapy_c4.browser.deadline import Deadline

if TYPE_CHECKING:
    from playwright.async_api import Response as PlaywrightResponse

    from scrapy_c4._visit import Visit

logger = logging.getLogger(__name__)

# Scripts have had their turn, and nothing that they put off for a moment is left.
_IDLE = """() => new Promise(resolve => {
  const idle = done => requestIdleCallback(done, {timeout: 250});
  idle(() => setTimeout(() => idle(resolve), 50));
})"""
# What Playwright says of a page that is told to go somewhere while it goes somewhere else.
_LED_AWAY = ("net::ERR_ABORTED", "interrupted by another navigation")
#: Seconds for scripts and their data to arrive.
SETTLE_PATIENCE = 3.0
#: Seconds that a used page may take for what is up to itself until it shows another document.
STALE_PATIENCE = 4.0


async def navigate(visit: Visit) -> PlaywrightResponse | None:
    meta = visit.request.meta
    kwargs = dict(meta.get("playwright_page_goto_kwargs") or {})
    kwargs.pop("url", None)
    # What comes after it needs some of the time.
    limits = [
        visit.deadline.left(0.6 if meta.get("playwright_page_methods") else 0.75) * 1000,
        kwargs.get("timeout"),
        visit.guard.config.navigation_timeout_ms,
    ]
    if visit.quick:
        kwargs.setdefault("wait_until", "domcontentloaded")
    kwargs["timeout"] = max(1, min(limit for limit in limits if limit))
    try:
        return await _go(visit, **kwargs)
    except PlaywrightError as error:
        if visit.documents.raw is not None:
            return None
        if (
            visit.used is not None
            and not visit.documents.is_refused
            and any(words in str(error) for words in _LED_AWAY)
        ):
            raise StalePageError("the document before has gone somewhere else") from None
        if isinstance(error, PlaywrightTimeoutError) and visit.arrivals:
            visit.keep_partial("it was still loading")
            return None
        if visit.documents.dead_end and visit.arrivals:
            return None
        if visit.documents.restless and visit.arrivals:
            visit.keep_partial("it went on to other pages for ever")
            return None
        raise


async def _go(visit: Visit, **kwargs: Any) -> PlaywrightResponse | None:
    documents = visit.documents
    documents.is_open = True
    going: asyncio.Future[PlaywrightResponse | None] = asyncio.ensure_future(
        visit.page.goto(visit.request.url, **kwargs)
    )
    documents.waiting_for_page = monotonic()
    try:
        while visit.used is not None and not (going.done() or visit.arrivals):
            await asyncio.wait({going}, timeout=0.2)
            since = documents.waiting_for_page
            if since and not visit.arrivals and monotonic() - since > STALE_PATIENCE:
                raise StalePageError("it still shows the document of the last visit")
        return await going
    finally:
        going.add_done_callback(lambda going: going.cancelled() or going.exception())
        going.cancel()


async def settle(visit: Visit) -> None:
    """Wait for the document, and for the scripts and the data that make a page of it, if they do not take long."""
    try:
        await visit.page.wait_for_load_state("domcontentloaded", timeout=max(1, visit.deadline.left(0.4) * 1000))
    except PlaywrightTimeoutError:
        visit.keep_partial("it was still loading")
        return
    patience = Deadline(visit.deadline.left(0.1, SETTLE_PATIENCE))
    while not patience.passed:
        if visit.requests.loading:
            await asyncio.sleep(0.02)
            continue
        loads = visit.requests.loads
        try:
            await asyncio.wait_for(visit.page.evaluate(_IDLE), patience.left() + 0.01)
        except asyncio.TimeoutError:
            return
        except PlaywrightError as error:
            if not is_leaving(error):
                if is_own_fault(error):
                    return
                raise
            await asyncio.sleep(0.02)
            continue
        if loads == visit.requests.loads:
            return


async def apply_page_methods(visit: Visit) -> None:
    methods = visit.request.meta.get("playwright_page_methods") or ()
    for method in methods.values() if isinstance(methods, dict) else methods:
        if not isinstance(method, PageMethod):
            logger.warning("Ignoring %r: expected PageMethod, got %r", method, type(method))
            continue
        named = None if callable(method.method) else getattr(visit.page, method.method, None)
        call: Any = partial(method.method, visit.page) if callable(method.method) else named
        if call is None:
            logger.warning("Ignoring %r: could not find method", method)
            continue
        method.result = await _maybe_await(call(*method.args, **method.kwargs))
        await _wait_until_loaded(visit)


async def _wait_until_loaded(visit: Visit) -> None:
    """A method may have led to another page."""
    if visit.partial:
        return
    limits = (visit.deadline.left(0.5) * 1000, visit.guard.config.navigation_timeout_ms)
    try:
        await visit.page.wait_for_load_state(
            "domcontentloaded" if visit.quick else "load", timeout=max(1, min(limit for limit in limits if limit))
        )
    except PlaywrightTimeoutError:
        visit.keep_partial("it was still loading")
