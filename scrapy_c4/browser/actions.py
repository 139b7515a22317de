"""The actions of a plan. Each takes the visit, a deadline and its arguments, and raises what went wrong.

An action that can give a part of its result by its deadline does so and records that it is a part.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from scrapy_c4.browser.artefacts import mhtml, pdf, screenshot
from scrapy_c4.browser.deadline import Deadline, OutOfTime, bounded, pause
from scrapy_c4.browser.scripts import script
from scrapy_c4.browser.scrolling import scan_full_page, virtual_scroll, wait_for_images

if TYPE_CHECKING:
    from scrapy_c4.browser.plan import Visit

_POLL = 0.1
_PARSED = "scrapy_c4: this parses"


async def wait_for_document(visit: Visit, deadline: Deadline) -> None:
    """Until the document is parsed. Not until all of it has loaded: one image can keep that from ever happening."""
    left = deadline.left()
    try:
        await bounded(visit.page.wait_for_load_state("domcontentloaded", timeout=left * 1000), left + 0.5)
    except Exception as error:
        if isinstance(error, OutOfTime) or type(error).__name__ == "TimeoutError":
            raise OutOfTime(f"the document was not complete after {left:.1f} s") from None
        raise


async def load_everything(visit: Visit, deadline: Deadline) -> None:
    """Give what the page shows (images, styles) some time to load. A page is captured without what takes longer."""
    left = deadline.left()
    with suppress(Exception):
        await bounded(visit.page.wait_for_load_state("load", timeout=left * 1000), left)


async def run_scripts(visit: Visit, deadline: Deadline, *, scripts: list[str]) -> None:
    """One after the other; the first that fails ends it. A navigation that they start is waited for."""
    for number, code in enumerate(scripts, 1):
        where = f"script {number} of {len(scripts)}: " if len(scripts) > 1 else ""
        try:
            await bounded(_run_script(visit, code), deadline.left())
        except OutOfTime as error:
            raise OutOfTime(f"{where}{error}") from None
        except Exception as error:
            if not _navigated(error):
                raise ScriptError(where + _first_line(error)) from error
        await settle(visit, deadline)


class ScriptError(Exception):
    """A script of the user's raised, or is no JavaScript."""


async def _run_script(visit: Visit, code: str) -> None:
    # A handle, because what a script happens to evaluate to may be too large or too odd to be sent.
    try:
        handle = await visit.page.evaluate_handle(code)
    except Exception as error:
        if not await _is_no_script(visit, code, error):
            raise
        # Statements with await or return are the body of a function.
        handle = await visit.page.evaluate_handle("async () => {\n" + code + "\n}")
    with suppress(Exception):
        await handle.dispose()


async def _is_no_script(visit: Visit, code: str, error: Exception) -> bool:
    """Whether ``code`` failed with ``error`` before any of it ran. What runs may raise SyntaxErrors, too."""
    if "SyntaxError" not in str(error):
        return False
    code = code.strip()
    if re.match(r"(async\s+)?function\b", code):
        code = f"({code})"  # as Playwright does
    try:
        await visit.page.evaluate(f"throw '{_PARSED}';\n{code}")
    except Exception as outcome:
        return _PARSED not in str(outcome) and "SyntaxError" in str(outcome)
    return False


async def settle(visit: Visit, deadline: Deadline) -> None:
    """Let the page react; when it leaves for another document, wait for that one."""
    with suppress(Exception):
        await bounded(visit.page.evaluate(script("next_frame")), deadline.left(limit=1))
    if visit.watch.pending is not None:
        while visit.watch.pending is not None and not deadline.passed:
            await pause(0.02, deadline)
        await wait_for_document(visit, deadline)


async def wait_for(visit: Visit, deadline: Deadline, *, condition: str) -> None:
    kind, _, rest = condition.partition(":")
    left = deadline.left()
    if kind == "css":
        found = visit.page.locator("css=" + rest.strip()).first.wait_for(state="attached", timeout=left * 1000)
        try:
            await bounded(found, left)
        except Exception as error:
            if isinstance(error, OutOfTime) or type(error).__name__ == "TimeoutError":
                raise OutOfTime(f"{condition} matched nothing within {left:.1f} s") from None
            raise
        return
    # Asked again and again from here: a waiting function inside the page would need eval, which pages may forbid.
    reason = ""
    while not deadline.passed:
        try:
            if await bounded(visit.page.evaluate(rest), deadline.left()):
                return
            reason = ""
        except OutOfTime:
            break
        except Exception as error:
            if await bounded(_is_no_script(visit, rest, error), deadline.left()):
                raise ScriptError(f"{condition}: {_first_line(error)}") from None
            if visit.page.is_closed():
                raise
            # Not yet: what it looks for may be missing, or the page is on its way to another document.
            reason = f" ({_first_line(error)})"
        await pause(_POLL, deadline)
    raise OutOfTime(f"{condition} was not true within {left:.1f} s{reason}")


async def delay(visit: Visit, deadline: Deadline, *, seconds: float) -> None:
    late = seconds > deadline.left()
    await pause(seconds, deadline)
    if late:
        raise OutOfTime(f"page_timeout leaves less than {seconds:g} s")


async def remove_overlay_elements(visit: Visit, deadline: Deadline) -> None:
    # A page may put back at once what is taken from it, and one overlay may have kept another waiting.
    for _ in range(2):
        args = {"limit": 50, "before": visit.capture.removed}
        removed: list[dict[str, str]] = await bounded(visit.page.evaluate(script("overlays"), args), deadline.left())
        visit.capture.removed += removed
        if not removed:
            return
        await settle(visit, deadline)


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0]


def _navigated(error: Exception) -> bool:
    return "Execution context was destroyed" in str(error) or "because of a navigation" in str(error)


ACTIONS: dict[str, Any] = {
    "load": wait_for_document,
    "js_code_before_wait": run_scripts,
    "wait_for": wait_for,
    "virtual_scroll": virtual_scroll,
    "scan_full_page": scan_full_page,
    "wait_for_images": wait_for_images,
    "js_code": run_scripts,
    "delay_before_return_html": delay,
    "load_everything": load_everything,
    "mhtml": mhtml,
    "remove_overlay_elements": remove_overlay_elements,
    "screenshot": screenshot,
    "pdf": pdf,
}
