"""The response that a browser made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy.http import HtmlResponse

if TYPE_CHECKING:
    from scrapy_c4.browser.capture import Capture


class RenderedResponse(HtmlResponse):
    """An HTML page as a browser showed it. ``flags`` has ``"playwright"``.

    ``capture`` is a :class:`~scrapy_c4.browser.Capture`: screenshots and the like, what went wrong, what was removed.
    """

    __slots__ = ("capture",)
    attributes: tuple[str, ...] = (*HtmlResponse.attributes, "capture")

    def __init__(self, *args: Any, capture: Capture | None = None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.capture = capture
