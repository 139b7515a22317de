"""The deadline of a visit."""

from __future__ import annotations

from time import monotonic

from scrapy_c4.browser.deadline import Deadline


class VisitDeadline(Deadline):
    """Stands still while the visit waits for a page: that is no fault of the page."""

    is_held = False

    def hold(self) -> None:
        self._kept = self.left()
        self.is_held = True

    def resume(self) -> None:
        self._end = monotonic() + self._kept
        self.is_held = False

    @property
    def passed(self) -> bool:
        return not self.is_held and super().passed
