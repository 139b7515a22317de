"""Actions that capture the page: screenshot, PDF, MHTML."""

from __future__ import annotations

from base64 import b64decode
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from scrapy_c4.browser.deadline import Deadline, OutOfTime, bounded
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
    page = visit.page
    window: Any = page.viewport_size
    hidden = 0
    if of == "full":
        # Back to the beginning, where sticky and fixed parts stand where a reader first sees them. What an application
        # scrolls inside its window is drawn in a window that is high enough.
        hidden = (await bounded(page.evaluate(script("scroll"), {"to": "top"}), deadline.left()))["hidden"]
    higher = hidden > 0 and window is not None
    try:
        if higher:
            size: Any = {"width": window["width"], "height": min(window["height"] + hidden, MAX_HEIGHT)}
            await bounded(page.set_viewport_size(size), deadline.left())
        clip, cut = (None, False) if of == "viewport" else await _clip(visit, of, deadline)
        taken = _checked(await _draw(visit, clip, deadline))
    finally:
        if higher:
            await bounded(page.set_viewport_size(window), 5)
    visit.capture.screenshot = taken
    if cut or (higher and window["height"] + hidden > MAX_HEIGHT):
        visit.capture.truncated.append("screenshot")


async def _clip(visit: Visit, of: str, deadline: Deadline) -> tuple[dict[str, float], bool]:
    """The part of the page to draw, and whether that is not all of what was asked for."""
    box = await bounded(visit.page.evaluate(script("measure"), None if of == "full" else of), deadline.left())
    if box is None:
        raise CaptureError(f"{of} matches no element" if of != "full" else "the page has no document")
    if box["width"] < 1 or box["height"] < 1:
        raise CaptureError(f"{of} has no size")
    width = min(box["width"], MAX_WIDTH / box["scale"])
    height = min(box["height"], MAX_HEIGHT / box["scale"])
    cut = width < box["width"] or height < box["height"]
    return {"x": box["x"], "y": box["y"], "width": width, "height": height}, cut


async def _draw(visit: Visit, clip: Any, deadline: Deadline) -> bytes:
    page, seconds = visit.page, deadline.left(0.6)
    try:
        return await bounded(
            page.screenshot(
                type="png", animations="disabled", timeout=seconds * 1000, full_page=clip is not None, clip=clip
            ),
            seconds,
        )
    except Exception as error:
        if not isinstance(error, OutOfTime) and type(error).__name__ != "TimeoutError":
            raise
    # Playwright waits for every font, and one that never arrives shall not cost the picture. Chromium does not wait.
    options: dict[str, Any] = {"format": "png", "captureBeyondViewport": clip is not None}
    if clip is not None:
        options["clip"] = {**clip, "scale": 1}
    return b64decode((await _ask_chromium(visit, "Page.captureScreenshot", options, deadline))["data"])


async def pdf(visit: Visit, deadline: Deadline) -> None:
    taken = await bounded(visit.page.pdf(print_background=True, prefer_css_page_size=True), deadline.left())
    visit.capture.pdf = _checked(taken)


async def mhtml(visit: Visit, deadline: Deadline) -> None:
    """The page as it is, with its resources."""
    snapshot = await _ask_chromium(visit, "Page.captureSnapshot", {"format": "mhtml"}, deadline)
    visit.capture.mhtml = _checked(snapshot["data"].encode("utf-8", "surrogatepass"))


async def _ask_chromium(visit: Visit, method: str, params: dict[str, Any], deadline: Deadline) -> dict[str, Any]:
    session = await bounded(visit.page.context.new_cdp_session(visit.page), deadline.left())
    try:
        answer: dict[str, Any] = await bounded(session.send(method, params), deadline.left())
    finally:
        with suppress(Exception):
            await bounded(session.detach(), 1)
    return answer
