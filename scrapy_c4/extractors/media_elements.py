"""How the elements that HTML has for media name them: img, picture, video, iframe, meta and so on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy_c4.extractors import media_meta
from scrapy_c4.extractors.media_embeds import embed_kind
from scrapy_c4.extractors.media_format import dimension, format_of, kind_of
from scrapy_c4.extractors.media_gather import Gatherer
from scrapy_c4.extractors.media_lazy import urls_in_attribute
from scrapy_c4.extractors.media_model import Variant
from scrapy_c4.extractors.srcset import Candidate, background_urls, parse_srcset
from scrapy_c4.extractors.text import squeeze

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from scrapy_c4.extractors.document import Document
    from scrapy_c4.extractors.media_model import Medium

__all__ = ["Elements"]

_PLAIN_IMG: frozenset[str] = frozenset(
    ["src", "srcset", "alt", "title", "class", "id", "style", "width", "height", "sizes", "loading", "decoding",
     "border", "align", "type", "media", "aria-label", "fetchpriority", "referrerpolicy", "crossorigin", "itemprop"]
)  # fmt: skip


class Elements(Gatherer):
    """Reads one element at a time."""

    def __init__(self, document: Document):
        super().__init__(document)
        self._meta_state = media_meta.MetaState()
        self._jsonld = document.jsonld

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
                medium.variants[url] = Variant(width, height, variant.mime)
        alt = get("alt")
        if alt is not None:
            medium.alt = squeeze(alt)
        medium.label = squeeze(get("aria-label") or get("title")) or medium.label
        medium.src = self._add(medium, get("src"), width, height)
        srcset = get("srcset")
        if srcset:
            self._add_candidates(medium, parse_srcset(srcset), width, height)
        if not _PLAIN_IMG.issuperset(attributes):
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
        if not type or "ld+json" not in type.lower() or not element.text:
            return
        for named in media_meta.jsonld_media(element.text, self._jsonld):
            medium = self._medium(named.type, "jsonld" if named.main else "jsonld-other", element)
            medium.width, medium.height, medium.label = named.width, named.height, named.caption
            self._add(medium, named.url, named.width, named.height, named.mime)
