"""The HTML of a page, also of one whose scripts never end or lead on to other pages for ever."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeoutError

from scrapy_c4.browser_errors import DownloadCancelledError, DownloadTimeoutError, classify

if TYPE_CHECKING:
    from scrapy_c4._visit import Visit

# The type tells pages from documents without a content-type that Chromium has built a viewer for.
_MEASURE = """() => [
  document.contentType,
  document.documentElement ? document.documentElement.outerHTML.length : 0,
  document.body !== null && document.body.hasChildNodes(),
  document.readyState === "loading",
]"""
# What Playwright says of a page that leaves while it is read.
_NAVIGATING = ("navigating and changing the content", "Execution context was destroyed")
#: Of a page that has nothing to show but the way to one that is not there.
DEAD_END = "net::ERR_FAILED: it led to %s, which cannot be loaded"
_PAGE_TYPES = ("text/html", "application/xhtml+xml")


def is_leaving(error: PlaywrightError) -> bool:
    """Whether a page could not be asked because it is on its way to another one."""
    return any(words in str(error) for words in _NAVIGATING)


def is_own_fault(error: PlaywrightError) -> bool:
    """Whether a page could not be asked because its scripts have taken away or broken what that needs."""
    fault = classify(error)
    return fault is not None and fault.name == "page"


async def html_of(visit: Visit) -> str | None:
    """The HTML; None when the document is none."""
    goes_on = visit.partial and (visit.arrivals > 1 or visit.documents.waits_for_server)
    if goes_on and not visit.keeps_page:
        await visit.documents.stand_still()
    # A page that never finished loading, and went nowhere else, may do so because of a script that never ends.
    share = 0.3 if visit.partial and not goes_on else 0.6
    try:
        return await asyncio.wait_for(_content(visit), visit.deadline.left(share))
    except asyncio.TimeoutError:
        visit.keep_partial("its scripts do not let go of it")
    await visit.documents.stand_still()
    try:
        return await asyncio.wait_for(_content(visit), visit.deadline.left())
    except asyncio.TimeoutError:
        raise DownloadTimeoutError(f"{visit.request.url} cannot be read: the page does not answer") from None


async def _content(visit: Visit) -> str | None:
    """Takes until the page rests; one that has taken too long already is read as it is."""
    found = vars(visit.page).pop("content", None)
    if found is not None and not vars(visit.page).pop("c4_unread", False):
        # A page method has read the page, and has left what it found.
        html: str = await found()
        return html
    attempts = 0
    while True:
        attempts += 1
        try:
            kind, size, has_body, is_loading = await visit.page.evaluate(_MEASURE)
            is_nothing = not has_body and (visit.partial or (visit.quick and not visit.documents.is_complete))
            if not is_nothing:
                _check_size(visit, size)
                return await visit.page.content() if kind in _PAGE_TYPES else None
            if not (is_loading and visit.arrivals > 1):  # else the next document has only begun
                if visit.documents.dead_end:
                    raise PlaywrightError(DEAD_END % visit.documents.dead_end)
                raise DownloadTimeoutError(f"{visit.request.url} did not get as far as a page")
        except PlaywrightError as error:
            if not is_leaving(error):
                if not is_own_fault(error):
                    raise
                # Playwright reads from a world of its own, where everything is whole.
                html = await visit.page.content()
                _check_size(visit, len(html))
                return html
        if attempts == 4:
            visit.keep_partial("it went on to other pages for ever")
            visit.documents.stay()
        if visit.partial and (html := await visit.documents.html()):
            _check_size(visit, len(html))
            return html
        await asyncio.sleep(0.02)
        with suppress(PlaywrightTimeoutError):
            await visit.page.wait_for_load_state("domcontentloaded", timeout=visit.deadline.left(0.2) * 1000 + 1)


def _check_size(visit: Visit, size: int) -> None:
    if visit.max_size and size > visit.max_size:
        raise DownloadCancelledError(f"{visit.page.url} has {size} characters, and the limit is {visit.max_size}")
