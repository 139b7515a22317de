"""Actions that scroll."""

from __future__ import annotations

from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Any

from scrapy_c4.browser.deadline import Deadline, OutOfTime, bounded, pause
from scrapy_c4.browser.scripts import script

if TYPE_CHECKING:
    from scrapy_c4.browser.plan import Visit

#: Seconds that a page at its end gets to load more while it is loading something, and while it is not.
_GROW_LOADING, _GROW_QUIET = 5.0, 1.0
_MAX_VIRTUAL_SIZE = 32_000_000


async def scan_full_page(visit: Visit, deadline: Deadline, *, delay: float) -> None:
    """Down to the end, as long as the page grows, and back to the top."""
    steps, height = 0, 0
    scrolling = deadline.within(0.9)
    try:
        while not scrolling.passed:
            state = await _scroll(visit, scrolling)
            steps, height = steps + 1, state["height"]
            await pause(delay, scrolling)
            if state["end"] and not await _grows(visit, height, scrolling):
                return
        raise OutOfTime("no time was left for it")
    except OutOfTime:
        if not steps:
            raise
        raise OutOfTime(f"the end of the page was not reached: {steps} steps, {height} pixels") from None
    finally:
        with suppress(Exception):
            await bounded(visit.page.evaluate(script("scroll"), {"to": "top"}), deadline.left())


async def _scroll(visit: Visit, deadline: Deadline, to: str = "down") -> dict[str, Any]:
    state: dict[str, Any] = await bounded(visit.page.evaluate(script("scroll"), {"to": to}), deadline.left())
    return state


async def _grows(visit: Visit, height: float, deadline: Deadline) -> bool:
    """Whether a page at its end gets longer, given a moment, or longer while it is loading something."""
    started = monotonic()
    loading_before = set(visit.watch.loading)
    while not deadline.passed:
        state = await _scroll(visit, deadline)
        if state["height"] > height or not state["end"]:
            return True
        waited = monotonic() - started
        # A request that was under way from the start may be one that never ends.
        loading = visit.watch.loading - loading_before if waited > _GROW_LOADING / 2 else visit.watch.loading
        if waited > (_GROW_LOADING if loading else _GROW_QUIET):
            return False
        await pause(0.05, deadline)
    return True


async def wait_for_images(visit: Visit, deadline: Deadline) -> None:
    """Bring every part of the page into view once, then wait until no image is loading any more."""
    page = visit.page
    await bounded(page.evaluate(script("load_lazy")), deadline.left())
    scrolling = deadline.within(0.5)
    with suppress(OutOfTime):
        for _ in range(200):
            state = await _scroll(visit, scrolling)
            # Observers of lazy images report with the next drawn frame.
            await bounded(page.evaluate(script("next_frame")), scrolling.left())
            if state["end"]:
                break
    quiet = 0
    images = {"total": 0, "pending": 0}
    while quiet < 2 and not deadline.passed:
        images = await bounded(page.evaluate(script("images_state")), deadline.left())
        quiet = quiet + 1 if not images["pending"] else 0
        await pause(0.1, deadline)
    await _scroll(visit, Deadline(1), "top")
    if images["pending"]:
        raise OutOfTime(f"{images['pending']} of {images['total']} images had not finished loading")


async def virtual_scroll(
    visit: Visit,
    deadline: Deadline,
    *,
    container_selector: str,
    scroll_count: int | None,
    scroll_by: str | int,
    wait_after_scroll: float,
) -> None:
    """Collect a list that only keeps its visible items, and put all of them into the page."""
    opened = await bounded(
        visit.page.evaluate_handle(script("virtual_open"), container_selector), deadline.left(limit=10)
    )
    collecting = deadline.within(0.8)
    steps = 0
    complete = False
    try:
        taken = await _take(visit, opened, 0, collecting)
        while not collecting.passed and (scroll_count is None or steps < scroll_count):
            moved = await bounded(opened.evaluate(script("virtual_scroll"), scroll_by), collecting.left())
            steps += 1
            taken = await _take(visit, opened, wait_after_scroll, collecting)
            if taken["size"] > _MAX_VIRTUAL_SIZE:
                break
            if not moved and not taken["fresh"] and not await _loads_more(visit, opened, scroll_by, collecting):
                complete = True
                break
        else:
            complete = not collecting.passed
    except OutOfTime:
        pass
    if not complete:
        # What the last scrolling leads to belongs to the list, and must not come when the items are in the page.
        with suppress(OutOfTime):
            await _take(visit, opened, wait_after_scroll, deadline)
    closed: dict[str, Any] = await bounded(opened.evaluate(script("virtual_close")), deadline.left() + 1)
    if not complete:
        raise OutOfTime(f"the end of the list was not reached: {steps} scrolls, {closed['items']} items")


async def _take(visit: Visit, opened: Any, wait: float, deadline: Deadline) -> dict[str, Any]:
    """Take the window when it has stopped changing, or after a second of changes."""
    await pause(wait, deadline)
    patience = Deadline(1.0)
    while True:
        # The list answers to scrolling when a frame is drawn.
        await bounded(visit.page.evaluate(script("next_frame")), deadline.left())
        taken: dict[str, Any] = await bounded(
            opened.evaluate(script("virtual_take"), {"force": patience.passed}), deadline.left()
        )
        if taken["gap"]:
            await bounded(opened.evaluate(script("virtual_scroll"), -taken["gap"] - 1), deadline.left())
        elif taken["settled"]:
            return taken


async def _loads_more(visit: Visit, opened: Any, scroll_by: str | int, deadline: Deadline) -> bool:
    started = monotonic()
    while not deadline.passed:
        moved = await bounded(opened.evaluate(script("virtual_scroll"), scroll_by), deadline.left())
        if moved or (await _take(visit, opened, 0.05, deadline))["fresh"]:
            return True
        if monotonic() - started > (_GROW_LOADING if visit.watch.loading else _GROW_QUIET):
            return False
    return True
