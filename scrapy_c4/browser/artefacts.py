"""Actions that capture the page: screenshot, PDF, MHTML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy_c4.browser.deadline import Deadline, bounded
from scrapy_c4.browser.scripts import script

if TYPE_CHECKING:
    from scrapy_c4.browser.plan import Visit

#: Pixels of a screenshot at most. Browsers draw no higher than 16,384 pixels, and repeat or leave blank what is below.
MAX_HEIGHT, MAX_WIDTH = 16_000, 4_096
MAX_BYTES = 64_000_000


class CaptureError(Exception):
    """A page could not be captured."""


def _checked(data: bytes) -> bytes:
    if not data:
        raise CaptureError("the browser gave nothing")
    if len(data) > MAX_BYTES:
        raise CaptureError(f"{len(data)} bytes are more than the {MAX_BYTES} allowed")
    return data


async def screenshot(visit: Visit, deadline: Deadline, *, of: str) -> None:
    """``of``: ``full``, ``viewport`` or the CSS selector of an element."""
    kwargs: dict[str, Any] = {"type": "png", "animations": "disabled", "timeout": deadline.left() * 1000}
    page = visit.page
    if of == "viewport":
        taken = await bounded(page.screenshot(**kwargs), deadline.left())
    else:
        box = await bounded(page.evaluate(script("measure"), None if of == "full" else of), deadline.left())
        if box is None:
            raise CaptureError(f"{of} matches no element" if of != "full" else "the page has no document")
        if box["width"] < 1 or box["height"] < 1:
            raise CaptureError(f"{of} has no size")
        width = min(box["width"], MAX_WIDTH / box["scale"])
        height = min(box["height"], MAX_HEIGHT / box["scale"])
        clip: Any = {"x": box["x"], "y": box["y"], "width": width, "height": height}
        taken = await bounded(page.screenshot(full_page=True, clip=clip, **kwargs), deadline.left())
        if width < box["width"] or height < box["height"]:
            visit.capture.truncated.append("screenshot")
    visit.capture.screenshot = _checked(taken)


async def pdf(visit: Visit, deadline: Deadline) -> None:
    taken = await bounded(visit.page.pdf(print_background=True, prefer_css_page_size=True), deadline.left())
    visit.capture.pdf = _checked(taken)


async def mhtml(visit: Visit, deadline: Deadline) -> None:
    """The page as it is, with its resources. Chromium only."""
    session = await bounded(visit.page.context.new_cdp_session(visit.page), deadline.left())
    try:
        snapshot = await bounded(session.send("Page.captureSnapshot", {"format": "mhtml"}), deadline.left())
    finally:
        await bounded(session.detach(), 1)
    visit.capture.mhtml = _checked(snapshot["data"].encode("utf-8", "surrogatepass"))
