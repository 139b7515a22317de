"""Where a page holds its media: one walk over the tree that gathers pictures, videos and sounds with their URLs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import lxml.html
from lxml import etree

from scrapy_c4.extractors import media_meta
from scrapy_c4.extractors.media_embeds import embed_kind
from scrapy_c4.extractors.media_format import dimension, format_of, kind_of
from scrapy_c4.extractors.media_gather import Gatherer
from scrapy_c4.extractors.media_lazy import urls_in_attribute
from scrapy_c4.extractors.media_model import Collection, Medium
from scrapy_c4.extractors.srcset import Candidate, background_urls, parse_srcset
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
     "aria-hidden", "aria-expanded", "aria-controls", "aria-labelledby", "colspan", "rowspan", "align", "valign",
     "data-id", "data-type", "data-href", "data-link", "data-title", "data-alt", "data-site", "data-ref"]
).issuperset  # fmt: skip


def collect(document: Document) -> Collection:
    """Gather the media of the page in one walk."""
    collector = _Collector(document)
    collector.walk(document.root)
    return collector.result()


class _Collector(Gatherer):
    def __init__(self, document: Document):
        super().__init__(document)
        self._h1: int | None = None
        self._titles: list[str] = []
        self._texts: dict[HtmlElement, tuple[int, int]] = {}
        # The media of other elements' attributes, by element and type.
        self._held: dict[tuple[HtmlElement, str], Medium] = {}
        self._meta_state = media_meta.MetaState()

    def walk(self, root: HtmlElement) -> None:
        """Every element is looked at once, and few are held: many would wake the garbage collector on every page."""
        find_handler = _HANDLERS.get
        number = self._order
        step = 1 if self._stand_in is None else 0
        for element in root.iter(etree.Element):
            number += step
            tail = element.tail
            if tail is not None and len(tail) > MIN_TEXT:
                self._order = number
                self._text(element.getparent(), len(tail))
            handler = find_handler(element.tag)
            if handler is not None:
                self._order = number
                handler(self, element)
                continue
            text = element.text
            if text is not None and len(text) > MIN_TEXT:
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

    def _img(self, element: HtmlElement) -> None:
        attributes = dict(element.items())
        owner = self._owner(element, 2) if self._owners else None
        if owner is not None and owner.origin == "img":
            medium = owner
            if self._stand_in is None:
                medium.element = element
        else:
            medium = self._medium("image", "img", element)
        get = attributes.get
        width, height = dimension(get("width")), dimension(get("height"))
        style = get("style")
        if style and (width is None or height is None) and "px" in style:
            width, height = media_meta.styled_size(style, width, height)
        medium.width, medium.height = width, height
        for url, variant in medium.variants.items():  # the sources of its picture are laid out as the img is
            if variant.height is None and variant.width in (None, width):
                medium.variants[url] = variant._replace(width=width, height=height)
        alt = get("alt")
        if alt is not None:
            medium.alt = squeeze(alt)
        medium.label = squeeze(get("aria-label") or get("title")) or medium.label
        medium.src = self._add(medium, get("src"), width, height)
        srcset = get("srcset")
        if srcset:
            self._add_candidates(medium, parse_srcset(srcset), width, height)
        before = len(medium.variants)
        for name, value in attributes.items():
            if name not in _PLAIN_IMG and ("." in value or "/" in value):
                self._add_candidates(medium, urls_in_attribute(name, value), width, height)
        if len(medium.variants) > before:
            medium.lazy = True
        if style and "(" in style:
            self._add_candidates(medium, map(Candidate, background_urls(style)), width, height)

    def _picture(self, element: HtmlElement) -> None:
        self._owners[element] = self._medium("image", "img", element)

    def _source(self, element: HtmlElement) -> None:
        owner = self._owner(element, 1)
        if owner is None:
            return
        self._owners[element] = owner
        mime = element.get("type")
        width = dimension(element.get("width")) or owner.width
        height = dimension(element.get("height")) or owner.height
        for name, value in element.items():
            if name == "src":
                self._add(owner, value, width, height, mime)
            elif name == "srcset":
                self._add_candidates(owner, parse_srcset(value), width, height, mime)
            elif name not in _PLAIN_IMG:
                self._add_candidates(owner, urls_in_attribute(name, value), width, height, mime)

    def _track(self, element: HtmlElement) -> None:
        owner = self._owner(element, 1)
        if owner is None:
            return
        self._owners[element] = owner
        track = self._medium(owner.type, "track", element)
        track.owner = owner
        track.alt = squeeze(element.get("label")) or element.get("srclang")
        track.label = " ".join(filter(None, (element.get("kind", "subtitles"), element.get("srclang"))))
        self._add(track, element.get("src"), mime="text/vtt")

    def _player(self, element: HtmlElement) -> None:
        type = "video" if element.tag in ("video", "amp-video") else "audio"
        medium = self._medium(type, type, element)
        self._owners[element] = medium
        width, height = dimension(element.get("width")), dimension(element.get("height"))
        medium.width, medium.height = width, height
        medium.label = squeeze(element.get("aria-label") or element.get("title")) or None
        self._add(medium, element.get("src"), width, height, element.get("type"))
        poster: Medium | None = None
        for name, value in element.items():
            if name in ("src", "type"):
                continue
            candidates = [Candidate(value)] if name == "poster" else urls_in_attribute(name, value)
            for candidate in candidates:
                if name == "poster" or kind_of(format_of(candidate.url)) == "image" or "poster" in name:
                    if poster is None:
                        poster = self._medium("image", "poster", element)
                        poster.width, poster.height, poster.label = width, height, medium.label
                    self._add(poster, candidate.url, width, height)
                else:
                    self._add(medium, candidate.url, width, height)

    def _frame(self, element: HtmlElement) -> None:
        """iframe, embed and object: players, and media files shown directly."""
        mime = element.get("type")
        candidates = [element.get("data" if element.tag == "object" else "src")]
        candidates += [c.url for n, v in element.items() if n.startswith("data-") for c in urls_in_attribute(n, v)]
        medium: Medium | None = None
        for url in candidates:
            absolute = self._resolve(url) if url and url[:5].lower() != "data:" else None
            if absolute is None:
                continue
            kind = kind_of(format_of(absolute, mime)) if element.tag != "iframe" else None
            player = embed_kind(absolute, element)
            if player is None and (kind is None or format_of(absolute, mime) == "swf"):
                continue
            if medium is None:
                medium = self._medium(player or kind or "video", "embed" if player else kind or "video", element)
                medium.width, medium.height = dimension(element.get("width")), dimension(element.get("height"))
                medium.label = squeeze(element.get("title") or element.get("aria-label")) or None
            self._add(medium, absolute, medium.width, medium.height, "embed" if player else mime)

    def _svg_image(self, element: HtmlElement) -> None:
        medium = self._medium("image", "svg", element)
        medium.width, medium.height = dimension(element.get("width")), dimension(element.get("height"))
        medium.alt = squeeze(element.get("alt") or element.get("aria-label")) or None
        # Outside of an svg, browsers read "image" as "img".
        for name in ("href", "xlink:href", "{http://www.w3.org/1999/xlink}href", "src"):
            self._add(medium, element.get(name), medium.width, medium.height)

    def _input(self, element: HtmlElement) -> None:
        if element.get("type", "").strip().lower() == "image":
            medium = self._medium("image", "input", element)
            medium.width, medium.height = dimension(element.get("width")), dimension(element.get("height"))
            medium.alt = squeeze(element.get("alt")) if element.get("alt") is not None else None
            self._add(medium, element.get("src"), medium.width, medium.height)

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

    def _meta(self, element: HtmlElement) -> None:
        self._meta_state.meta(element, self._medium, self._add)

    def _link(self, element: HtmlElement) -> None:
        kind = media_meta.link_kind(element)
        if kind is not None:
            medium = self._medium(kind, "link", element)
            mime = element.get("type")
            self._add(medium, element.get("href"), mime=mime)
            self._add_candidates(medium, parse_srcset(element.get("imagesrcset", "")), mime=mime)

    def _script(self, element: HtmlElement) -> None:
        type = element.get("type")
        if not type or "json" not in type.lower() or "ld+json" not in type.lower() or not element.text:
            return
        for named in media_meta.jsonld_media(element.text):
            medium = self._medium(named.type, "jsonld" if named.main else "jsonld-other", element)
            medium.width, medium.height, medium.label = named.width, named.height, named.caption
            self._add(medium, named.url, named.width, named.height, named.mime)


_PLAIN_IMG: frozenset[str] = frozenset(
    ["src", "srcset", "alt", "title", "class", "id", "style", "width", "height", "sizes", "loading", "decoding",
     "border", "align", "type", "media", "aria-label", "fetchpriority", "referrerpolicy", "crossorigin", "itemprop"]
)  # fmt: skip

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
