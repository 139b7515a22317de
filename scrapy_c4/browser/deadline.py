"""Time limits: one for a whole page, and smaller ones inside it."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable

T = TypeVar("T")


class OutOfTime(Exception):
    """Something did not finish within its time."""


class Deadline:
    """A moment on the monotonic clock."""

    def __init__(self, seconds: float, started: float | None = None):
        self._end = (monotonic() if started is None else started) + seconds

    def left(self, share: float = 1.0, limit: float | None = None) -> float:
        """Seconds until then, or a ``share`` of them, but no more than ``limit``; never below 0."""
        seconds = max(0.0, self._end - monotonic()) * share
        return seconds if limit is None else min(seconds, limit)

    def within(self, share: float = 1.0, limit: float | None = None) -> Deadline:
        """An earlier deadline, so that what comes afterwards keeps some time."""
        return Deadline(self.left(share, limit))

    @property
    def passed(self) -> bool:
        return monotonic() >= self._end


async def bounded(awaitable: Awaitable[T], seconds: float) -> T:
    """Await, but not longer than ``seconds``; raises :exc:`OutOfTime`."""
    task = asyncio.ensure_future(awaitable)
    task.add_done_callback(_noted)
    try:
        return await asyncio.wait_for(task, seconds)
    except asyncio.TimeoutError:
        raise OutOfTime(f"not finished after {seconds:.1f} s") from None


def _noted(task: asyncio.Future[T]) -> None:
    """A crash of the page may end both the task and whoever waits for it: then nobody asks for the error."""
    if not task.cancelled():
        task.exception()


async def pause(seconds: float, deadline: Deadline) -> None:
    """Sleep, but not past ``deadline``."""
    await asyncio.sleep(deadline.left(limit=seconds))
