"""What to do with a page, as plain data, and doing it within one deadline."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

from scrapy_c4.browser.capture import Capture, Reading
from scrapy_c4.browser.deadline import Deadline, OutOfTime, bounded

if TYPE_CHECKING:
    from playwright.async_api import Page

    # typing.Self requires Python 3.11
    from typing_extensions import Self

    from scrapy_c4.browser.watch import Watch
    from scrapy_c4.options import Options

#: Of the time for a page, this share (and at most so many seconds) is kept for reading its HTML, and this for closing.
_READING, _CLOSING = (0.15, 10.0), (0.03, 1.0)


class Step(NamedTuple):
    """One action: its name in ``actions.ACTIONS``, its arguments, the share of the time left that it may take."""

    name: str
    args: dict[str, Any]
    share: float = 0.5
    #: Seconds at most.
    limit: float | None = None


@dataclass(frozen=True)
class Plan:
    """The actions for a page, in order. Plain data: ``dataclasses.asdict`` gives JSON."""

    steps: tuple[Step, ...] = ()
    #: Actions after the HTML was read: none of them can lose it.
    captures: tuple[Step, ...] = ()
    #: Seconds for the page, from opening to closing it.
    timeout: float = 60.0
    #: Put the content of frames in place of the frames.
    frames: bool = False
    #: Write the natural sizes of images into the HTML.
    image_sizes: bool = False
    #: Give artefacts as base64 text.
    inline: bool = False
    #: Errors of these actions lose the page.
    required: tuple[str, ...] = field(default=())

    @property
    def changes_view(self) -> bool:
        """Whether actions change how the page is shown: its size, its media."""
        return any(step.name in ("screenshot", "pdf", "mhtml") for step in (*self.steps, *self.captures))

    @classmethod
    def from_options(cls, options: Options) -> Self:
        scrolls = bool(options.virtual_scroll or options.scan_full_page)
        wait_limit = options.wait_for_timeout and options.wait_for_timeout / 1000
        clean = Step("remove_overlay_elements", {}, 0.5, 10)
        # A step without a limit of its own leaves enough for those after it.
        wanted: list[tuple[Any, Step]] = [
            (options.js_code_before_wait, Step("js_code_before_wait", {"scripts": options.js_code_before_wait})),
            (options.wait_for, Step("wait_for", {"condition": options.wait_for}, 1 if wait_limit else 0.8, wait_limit)),
            # Some overlays stop the page from scrolling, others only come up with time: both ends are cleaned.
            (options.remove_overlay_elements and scrolls, clean),
            (options.virtual_scroll, Step("virtual_scroll", options.virtual_scroll or {})),
            (options.scan_full_page, Step("scan_full_page", {"delay": options.scroll_delay})),
            (options.wait_for_images, Step("wait_for_images", {}, 0.5, 15)),
            (options.js_code, Step("js_code", {"scripts": options.js_code})),
            (
                options.delay_before_return_html,
                Step("delay_before_return_html", {"seconds": options.delay_before_return_html}, 1),
            ),
            (options.screenshot or options.pdf or options.capture_mhtml, Step("load_everything", {}, 0.3, 8)),
            (options.capture_mhtml, Step("mhtml", {}, 0.5, 30)),
            (options.remove_overlay_elements, clean),
        ]
        captures: list[tuple[Any, Step]] = [
            (options.screenshot, Step("screenshot", {"of": options.screenshot}, 0.6, 30)),
            (options.pdf, Step("pdf", {}, 0.9, 30)),
        ]
        return cls(
            steps=tuple(step for on, step in wanted if on),
            captures=tuple(step for on, step in captures if on),
            timeout=options.page_timeout / 1000,
            frames=options.process_iframes,
            image_sizes=options.wait_for_images,
            inline=options.capture_inline,
            required=("wait_for",) if options.wait_for and options.wait_for_required else (),
        )


@dataclass
class Visit:
    """A page while a plan runs on it."""

    page: Page
    watch: Watch
    capture: Capture
    #: Characters of HTML at most; 0: no limit.
    max_size: int = 0


class PageLost(Exception):
    """The page crashed or was closed, or its browser has gone. The cause says more."""


async def run(page: Page, plan: Plan, watch: Watch, max_size: int = 0) -> tuple[Capture, Reading]:
    """Run ``plan`` on a page that is being loaded, and read the page.

    What fails is recorded by name in ``Capture.errors`` and the rest goes on. A required action that fails, a page that
    is too large or one that no longer answers is the ``failure`` of the Reading. Raises nothing but :exc:`PageLost`,
    and that only before the page was read.
    """
    capture = Capture(url=page.url, inline=plan.inline)
    visit = Visit(page, watch, capture, max_size)
    end = Deadline(plan.timeout - min(plan.timeout * _CLOSING[0], _CLOSING[1]), watch.started)
    reading = await _act(visit, plan, end) or await _read(visit, plan, end)
    if reading.html is not None:
        await _take(visit, plan, end)
    capture.url = page.url
    capture.status = watch.status
    return capture, reading


async def _act(visit: Visit, plan: Plan, end: Deadline) -> Reading | None:
    """The actions that come before reading; a Reading when there is nothing left to read."""
    capture = visit.capture
    kept = end.left(*_READING) + sum(end.left(_READING[0], step.limit) for step in plan.captures)
    before_reading = Deadline(end.left() - kept)
    for step in (Step("load", {}, 0.6), *plan.steps):
        failed = await _attempt(visit, step, before_reading)
        if failed and step.name in plan.required:
            return Reading(failure=capture.errors[-1])
        if failed == "late" and not await _answers(visit.page, end):
            capture.errors.append(_busy(step.name))
            return Reading(failure=capture.errors[-1])
    return None


async def _read(visit: Visit, plan: Plan, end: Deadline) -> Reading:
    from scrapy_c4.browser.reading import read

    capture = visit.capture
    started = monotonic()
    try:
        return await read(visit, plan, end.within(0.6) if plan.captures else end)
    except OutOfTime:
        capture.errors.append(_busy("read"))
    except Exception as error:
        _raise_if_lost(visit.page, error)
        capture.add_error("read", error)
    finally:
        capture.timings["read"] = round(monotonic() - started, 3)
    return Reading(failure=capture.errors[-1])


async def _take(visit: Visit, plan: Plan, end: Deadline) -> None:
    """The captures. A page that is lost with them has been read already."""
    for step in plan.captures:
        try:
            failed = await _attempt(visit, step, end)
            if failed == "late" and not await _answers(visit.page, end):
                return
        except PageLost as error:
            visit.capture.add_error(step.name, error)
            return


async def _attempt(visit: Visit, step: Step, until: Deadline) -> str | None:
    """None when the action worked, else "late" or "failed", with the error recorded."""
    from scrapy_c4.browser.actions import ACTIONS

    name, args, share, limit = step
    deadline = until.within(share, limit)
    started = monotonic()
    outcome = None
    try:
        if deadline.left() <= 0:
            raise OutOfTime("no time was left for it")
        # Actions keep to their deadline by themselves, and keep what they have by then; this is for those that hang.
        grace = min(1.0, max(0.3, deadline.left() * 0.1))
        await bounded(ACTIONS[name](visit, deadline, **args), deadline.left() + grace)
    except OutOfTime as error:
        visit.capture.add_error(name, error, "Timeout")
        outcome = "late"
    except Exception as error:
        _raise_if_lost(visit.page, error)
        late = type(error).__name__ == "TimeoutError"
        visit.capture.add_error(name, error, "Timeout" if late else None)
        outcome = "late" if late else "failed"
    spent = round(monotonic() - started, 3)
    visit.capture.timings[name] = round(visit.capture.timings.get(name, 0) + spent, 3)
    return outcome


async def _answers(page: Page, end: Deadline) -> bool:
    """Whether scripts of the page leave it any time. A timeout alone does not say that."""
    try:
        await bounded(page.evaluate("1"), end.left(0.8, 5))
    except OutOfTime:
        return False
    except Exception as error:
        _raise_if_lost(page, error)
    return True


def _busy(action: str) -> dict[str, str]:
    message = "the page no longer answers: a script keeps it busy"
    return {"action": action, "type": "PageUnresponsive", "message": message}


def _raise_if_lost(page: Page, error: Exception) -> None:
    message = str(error)
    gone = type(error).__name__ == "TargetClosedError" or "Target crashed" in message or "Page crashed" in message
    if gone or page.is_closed():
        raise PageLost(message.split("\n", 1)[0]) from error
