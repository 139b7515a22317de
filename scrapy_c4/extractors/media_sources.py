"""Where a page holds its media: one walk over the tree that gathers pictures, videos and sounds with their URLs."""

from __future__ import annotations

from itertools import count, repeat
from typing import TYPE_CHECKING

import lxml.html
from lxml import etree

from scrapy_c4.extractors import media_meta
from scrapy_c4.extractors.media_elements import Elements
from scrapy_c4.extractors.media_format import format_of, kind_of
from scrapy_c4.extractors.media_lazy import urls_in_attribute
from scrapy_c4.extractors.media_model import Collection, Medium
from scrapy_c4.extractors.srcset import Candidate, background_urls
from scrapy_c4.extractors.text import squeeze

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.html import HtmlElement

    from scrapy_c4.extractors.document import Document

__all__ = ["collect"]

#: Longer texts in ``noscript`` are not parsed.
MAX_NOSCRIPT = 200_000

#: Texts of fewer characters are no running text.
MIN_TEXT = 60
# Elements whose own text nobody reads as running text.
_NO_TEXT = frozenset(
    ["script", "style", "textarea", "option", "title", "noscript", "template", "a", "button", "figcaption"]
)
# Attributes of most elements: none of them holds an address of a picture.
_is_plain = frozenset(
    ["class", "id", "href", "title", "target", "rel", "role", "name", "type", "value", "for", "lang", "dir", "width",
     "height", "alt", "tabindex", "onclick", "itemprop", "itemscope", "itemtype", "property", "aria-label", "content",
     "aria-hidden", "aria-expanded", "aria-controls", "aria-labelledby", "aria-haspopup", "colspan", "rowspan", "align",
     "valign", "border", "cellpadding", "cellspacing", "color", "action", "method", "datetime", "selected", "d", "fill",
     "fill-rule", "clip-rule", "viewbox", "xmlns", "xmlns:xlink", "xlink:href", "transform", "version", "focusable",
     "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin", "points", "cx", "cy", "r", "x", "y", "data-id",
     "data-type", "data-href", "data-link", "data-title", "data-alt"]
).issuperset  # fmt: skip


def collect(document: Document) -> Collection:
    """Gather the media of the page in one walk."""
    collector = _Collector(document)
    collector.walk(document.root)
    return collector.result()


class _Collector(Elements):
    def __init__(self, document: Document):
        super().__init__(document)
        self._h1: int | None = None
        self._titles: list[str] = []
        self._texts: dict[HtmlElement, tuple[int, int]] = {}
        # The media of other elements' attributes, by element and type.
        self._held: dict[tuple[HtmlElement, str], Medium] = {}

    def walk(self, root: HtmlElement) -> None:
        """Every element is looked at once, and few are held: many would wake the garbage collector on every page."""
        find_handler = _HANDLERS.get
        shortest = MIN_TEXT
        numbers = count(self._order + 1) if self._stand_in is None else repeat(self._order)
        for number, element in zip(numbers, root.iter(etree.Element), strict=False):
            tail = element.tail
            if tail is not None and len(tail) > shortest:
                self._order = number
                self._text(element.getparent(), len(tail))
            handler = find_handler(element.tag)
            if handler is not None:
                self._order = number
                handler(self, element)
                continue
            text = element.text
            if text is not None and len(text) > shortest:
                self._order = number
                self._text(element, len(text))
            keys = element.keys()
            if keys and not _is_plain(keys):
                self._order = number
                self._holder(element)

    def _text(self, element: HtmlElement | None, length: int) -> None:
        if element is not None and element.tag not in _NO_TEXT and self._stand_in is None:
            first, known = self._texts.get(element, (self._order, 0))
            self._texts[element] = first, known + length

    def result(self) -> Collection:
        return Collection(
            [medium for medium in self.media if medium.variants], " ".join(self._titles), self._h1, self._texts
        )

    # Handlers, one per element

    def _title(self, element: HtmlElement) -> None:
        text = element.text
        if text is not None and len(text) > MIN_TEXT:
            self._text(element, len(text))
        if len(self._titles) < 3:
            self._titles.append("".join(element.itertext())[:300])
            if element.tag == "h1" and self._h1 is None:
                self._h1 = self._order
        self._holder(element)

    def _noscript(self, element: HtmlElement) -> None:
        # Parsers that know of scripts, and servers that escape, leave its content as text.
        owner = self._owner(element, 1)
        if owner is not None:
            self._owners[element] = owner
        text = element.text
        if not text or "<" not in text or len(text) > MAX_NOSCRIPT or self._stand_in is not None:
            return
        try:
            fragment = lxml.html.document_fromstring(text)
        except (etree.ParserError, ValueError):
            return
        self._stand_in = element
        try:
            self.walk(fragment)
        finally:
            self._stand_in = None

    def _holder(self, element: HtmlElement) -> None:
        """Attributes of any other element: an inline style, a legacy background, something a script is to load."""
        for name, value in element.items():
            if not ("." in value or "/" in value):
                continue
            if name == "style":
                if "(" not in value:
                    continue
                candidates = [Candidate(url) for url in background_urls(value)]
            elif name == "background":
                candidates = [Candidate(value.strip())]
            elif name[:5] == "data-":
                candidates = urls_in_attribute(name, value, image=False)
            else:
                continue
            for candidate in candidates:
                type = (name != "style" and kind_of(format_of(candidate.url))) or "image"
                medium = self._held.get((element, type))
                if medium is None:
                    origin = "data" if name[:5] == "data-" else "css"
                    medium = self._held[element, type] = self._medium(type, origin, element)
                    medium.label = squeeze(element.get("aria-label") or element.get("title")) or None
                    medium.width, medium.height = media_meta.styled_size(element.get("style", ""), None, None)
                self._add_candidates(medium, [candidate], medium.width, medium.height)


_HANDLERS: dict[object, Callable[[_Collector, HtmlElement], None]] = {
    "img": _Collector._img,
    "amp-img": _Collector._img,
    "amp-anim": _Collector._img,
    "picture": _Collector._picture,
    "source": _Collector._source,
    "track": _Collector._track,
    "video": _Collector._player,
    "amp-video": _Collector._player,
    "audio": _Collector._player,
    "amp-audio": _Collector._player,
    "iframe": _Collector._frame,
    "amp-iframe": _Collector._frame,
    "embed": _Collector._frame,
    "object": _Collector._frame,
    "image": _Collector._svg_image,
    "input": _Collector._input,
    "noscript": _Collector._noscript,
    "meta": _Collector._meta,
    "link": _Collector._link,
    "script": _Collector._script,
    "title": _Collector._title,
    "h1": _Collector._title,
}
