"""Reading the HTML of a page, with open shadow roots and, if asked for, frames put in place."""

from __future__ import annotations

import re
import secrets
from contextlib import suppress
from html import escape
from typing import TYPE_CHECKING, Any

from scrapy_c4.browser.capture import Reading
from scrapy_c4.browser.deadline import Deadline, OutOfTime, bounded, pause
from scrapy_c4.browser.scripts import script

if TYPE_CHECKING:
    from playwright.async_api import Frame

    from scrapy_c4.browser.plan import Plan, Visit

_MAX_FRAMES = 100
#: Frames that have something to load. Others, as many of advertisements, stay blank for ever.
_LAZY_FRAMES = "iframe[loading=lazy]:is([srcdoc], [src]:not([src=''], [src^='about:' i], [src^='javascript:' i]))"


async def read(visit: Visit, plan: Plan, deadline: Deadline) -> Reading:
    """The HTML of the page. Raises OutOfTime, and what the browser raises."""
    token = f"c4-frame-{secrets.token_hex(8)}-"
    frames = await _read_frames(visit, token, deadline.within(0.6)) if plan.frames else {}
    result = await _read_main(visit, plan, token, deadline)
    if result["empty"] and any(error["action"] == "load" for error in visit.capture.errors):
        message = "nothing of the page had arrived in time"
        return Reading(failure={"action": "load", "type": "Timeout", "message": message})
    if result["html"] is not None:
        html = _fill(result["html"], frames, token)
        if not visit.max_size or len(html) <= visit.max_size:
            return Reading(html)
        result["size"] = len(html)
    return Reading(
        failure={
            "action": "read",
            "type": "TooLarge",
            "message": f"{result['size']} characters of HTML are more than the {visit.max_size} allowed",
        }
    )


async def _read_main(visit: Visit, plan: Plan, token: str, deadline: Deadline) -> dict[str, Any]:
    from scrapy_c4.browser.actions import wait_for_document

    args = {
        "frames": plan.frames, "inner": False, "sizes": plan.image_sizes, "limit": visit.max_size, "token": token,
    }  # fmt: skip
    page = visit.page
    for attempt in range(4):
        try:
            result: dict[str, Any] = await bounded(page.evaluate(script("read"), args), deadline.left(0.5))
            return result
        except OutOfTime:
            raise
        except Exception as error:
            if page.is_closed() or attempt == 3:
                raise
            if "navigati" in str(error) or "context" in str(error):
                # The page was just leaving for another document: read that one.
                with suppress(Exception):
                    await wait_for_document(visit, deadline.within(0.3))
            else:
                # Scripts of the page can break the functions that the reading uses. Playwright reads from a world of
                # its own, where they are whole, but knows nothing of shadow roots and frames.
                visit.capture.add_error("read", error)
                html = await bounded(page.content(), deadline.left(0.5))
                return {"html": html, "size": len(html), "empty": False}
    raise AssertionError


async def _read_frames(visit: Visit, token: str, deadline: Deadline) -> dict[str, str]:
    """The content of every frame that has some, by key, each wrapped in an element that names its URL."""
    with suppress(Exception):
        await _load_lazy_frames(visit, deadline.within(0.3, 3))
    frames: list[Frame] = [visit.page.main_frame]
    for frame in frames:
        frames += frame.child_frames
    if len(frames) - 1 > _MAX_FRAMES:
        message = f"only the first {_MAX_FRAMES} of {len(frames) - 1} frames were read"
        visit.capture.add_error("process_iframes", message, "Truncated")
        del frames[_MAX_FRAMES + 1 :]
    contents: dict[str, str] = {}
    size = 0
    # Children first: a frame is read with markers in place of the frames inside it.
    for number in range(len(frames) - 1, 0, -1):
        frame, key = frames[number], str(number)
        try:
            if frame.is_detached():
                continue
            limit = deadline.left(0.5, 10)
            await bounded(frame.wait_for_load_state("domcontentloaded", timeout=limit * 1000), limit)
            args = {"frames": True, "inner": True, "sizes": False, "limit": visit.max_size, "token": token}
            result = await bounded(frame.evaluate(script("read"), args), deadline.left(0.5))
            html: str | None = result["html"]
            size += result["size"]
            if html is None or (visit.max_size and size > visit.max_size):
                raise ValueError(f"{size} characters of HTML are more than the {visit.max_size} allowed")
            if html.strip():
                element = await bounded(frame.frame_element(), deadline.left(limit=5))
                await bounded(element.evaluate(script("mark_frame"), key), deadline.left(limit=5))
                html = _fill(html, contents, token)
                contents[key] = f'<div data-c4-frame="{escape(frame.url)}">{html}</div>'
        except Exception as error:
            if visit.page.is_closed():
                raise
            if not frame.is_detached():
                late = isinstance(error, OutOfTime) or type(error).__name__ == "TimeoutError"
                message = f"{frame.url[:200]}: {str(error).splitlines()[0] if str(error) else error!r}"
                visit.capture.add_error("process_iframes", message, "Timeout" if late else type(error).__name__)
    return contents


def _fill(html: str, frames: dict[str, str], token: str) -> str:
    """``html`` with frames in place of their markers."""
    if not frames:
        return html
    return re.sub(f"<div>{token}([0-9]+);</div>", lambda marker: frames.pop(marker[1], ""), html)


async def _load_lazy_frames(visit: Visit, deadline: Deadline) -> None:
    """Let frames load that wait for being scrolled into view, and wait until they have begun to."""
    elements = await bounded(visit.page.query_selector_all(_LAZY_FRAMES), deadline.left())
    frames = [await bounded(element.content_frame(), deadline.left()) for element in elements[:_MAX_FRAMES]]
    await bounded(visit.page.evaluate(script("load_lazy")), deadline.left())
    while not deadline.passed and any(frame and frame.url in ("", ":", "about:blank") for frame in frames):
        await pause(0.05, deadline)
