"""What gathering media needs whatever element they come from: resolving their URLs, knowing whose they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy_c4.extractors.media_lazy import is_template
from scrapy_c4.extractors.media_model import Medium, Variant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.html import HtmlElement

    from scrapy_c4.extractors.document import Document
    from scrapy_c4.extractors.srcset import Candidate

__all__ = ["Gatherer"]

_NOT_FETCHED = ("data:", "blob:", "about:", "javascript:", "#")


class Gatherer:
    """Holds the media found so far."""

    def __init__(self, document: Document):
        self.media: list[Medium] = []
        #: The number of the element at hand.
        self._order = 0
        self._resolve = document.resolve
        # picture, video and audio elements and what stands inside of them (libxml2 nests source elements).
        self._owners: dict[HtmlElement, Medium] = {}
        #: Stands for the elements of a parsed noscript text.
        self._stand_in: HtmlElement | None = None

    def _medium(self, type: str, origin: str, element: HtmlElement) -> Medium:
        medium = Medium(type, origin, self._stand_in if self._stand_in is not None else element, self._order)
        self.media.append(medium)
        return medium

    def _add(
        self,
        medium: Medium,
        url: str | None,
        width: int | None = None,
        height: int | None = None,
        mime: str | None = None,
    ) -> str | None:
        """The absolute URL that was added, or None where ``url`` is none that can be fetched."""
        if not url:
            return None
        if url[0] not in "h/" or "{" in url or "<%" in url or "[[" in url:
            head = url[:12].lstrip().lower()
            if head.startswith(_NOT_FETCHED) or is_template(url):
                return None
        absolute = self._resolve(url)
        if absolute is None or absolute[:4] != "http":
            return None
        known = medium.variants.get(absolute)
        if known is not None:
            width, height, mime = known[0] or width, known[1] or height, known[2] or mime
        medium.variants[absolute] = Variant(width, height, mime)
        return absolute

    def _add_candidates(
        self,
        medium: Medium,
        candidates: Iterable[Candidate],
        width: int | None = None,
        height: int | None = None,
        mime: str | None = None,
    ) -> None:
        """``width`` and ``height``: the laid out size, that of candidates which name no width of their own."""
        for url, own_width, _, own_height in candidates:
            if own_width is None:
                self._add(medium, url, width, height, mime)
            else:
                self._add(medium, url, own_width, own_height or (height if own_width == width else None), mime)

    def _owner(self, element: HtmlElement, levels: int) -> Medium | None:
        parent = element.getparent()
        for _ in range(levels):
            if parent is None:
                break
            owner = self._owners.get(parent)
            if owner is not None:
                return owner
            parent = parent.getparent()
        return None
