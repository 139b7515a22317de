"""How relevant a medium is on its page: signals that a person would go by, weighed and squashed to 0–10."""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

from scrapy_c4.extractors import media_place as where
from scrapy_c4.extractors.media_model import HEAD_ORIGINS
from scrapy_c4.extractors.media_place import Place, Places
from scrapy_c4.extractors.media_url_signals import picture_key, url_signals

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from scrapy_c4.extractors.document import Document
    from scrapy_c4.extractors.media_model import Collection, Medium

__all__ = ["WEIGHTS", "score_media", "signals_of"]

#: What each signal adds to the log-odds that a picture belongs to the content of its page. Chosen by reason, in
#: coarse steps, and checked on annotated pages: what a picture is made for (tracker, icon, spacer) may sink it below
#: the default threshold by itself, a poor place alone may not, unless it is the navigation or the footer.
WEIGHTS: dict[str, float] = {
    "base": 0.8,
    # The place, seen from the running text of the page
    "text:inside": 2.0, "text:between": 1.0, "text:near": 0.3, "text:lead": 0.6, "text:before": -0.3,
    "text:after": -0.5, "before-h1": -0.4,
    # What its ancestors are or are called
    "in:nav": -2.0, "in:menu": -1.0, "in:header": -1.0, "in:footer": -2.0, "in:end": -1.0,
    "in:aside": -0.5, "in:related": -0.4, "in:comment": -1.0, "in:person": -1.0, "in:social": -0.6,
    "in:advert": -0.6, "in:icon": -1.0, "in:hidden": -0.3, "in:main": 0.2, "in:article": 0.2, "in:figure": 0.4,
    "in:body": 0.2, "in:gallery": 0.3, "in:hero": 0.3,
    # Size
    "size:large": 0.8, "size:medium": 0.2, "size:small": -0.4, "size:icon": -1.8, "size:dot": -5.0, "size:strip": -0.6,
    # What the link around it leads to; grids of linked pictures are teasers of other pages
    "link:home": -1.5, "link:image": 0.8, "link:out": -0.1, "grid:linked": -0.4,
    # What the URL says
    "url:tracker": -6.0, "url:counter": -3.0, "beacon": -2.0, "url:empty": -3.0, "url:icon": -2.4, "url:symbol": -1.2,
    "url:person": -1.5, "url:advert": -0.6, "url:holder": -0.5, "url:theme": -0.3, "url:thumb": -0.3,
    "url:no-format": -0.4, "url:svg": -0.3, "url:gif": -0.3, "url:ico": -2.0, "url:png": -0.1,
    "url:title": 0.4, "preview": 0.6,
    # Text alternatives
    "alt:none": -0.1, "alt:long": 0.1, "alt:title": 0.3, "alt:icon": -0.8,
    # Named by the page without being shown
    "origin:meta": 1.5, "origin:link": 0.5, "origin:jsonld": 1.0, "origin:jsonld-other": -1.0,
    # Shown otherwise than by img
    "origin:video": 1.0, "origin:audio": 1.0, "origin:embed": 1.0, "origin:track": 0.5, "origin:poster": 0.3,
    "origin:css": -0.3, "origin:data": -0.2, "origin:input": -1.5, "origin:svg": -0.3, "lazy": 0.2,
}  # fmt: skip

_ALT_ICON = frozenset(["logo", "icon", "button", "arrow", "loading", "avatar", "spinner", "flag", "badge", "emoji"])
_WORDS = re.compile(r"\w{3,}")
_IMAGE_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif)(?=$|[?#])", re.IGNORECASE)


class _Page:
    """What scoring needs to know of the whole page, computed once."""

    def __init__(self, document: Document, collection: Collection):
        self.document = document
        media = collection.media
        self.text = Places(collection.texts)
        #: None for media that stand nowhere on the page itself.
        self.places = [None if m.origin in HEAD_ORIGINS else self.text.of(m.element) for m in media]
        self.h1 = collection.h1
        self.title = set(_WORDS.findall(collection.title.lower()))
        self.preview = {
            picture_key(next(iter(m.variants))) for m in media if m.origin in ("meta", "link", "jsonld")
        } - {""}
        #: For each medium: how many stand in the same way.
        shapes = [None if place is None else place.shape for place in self.places]
        counts = Counter(shapes)
        self.alike = [counts[shape] for shape in shapes]
        self.origin = "/".join(document.url.split("/", 3)[:3]) + "/"


def score_media(document: Document, collection: Collection) -> list[float]:
    """A score from 0 to 10 for each medium of the collection, in its order."""
    page = _Page(document, collection)
    scores = []
    for position, medium in enumerate(collection.media):
        z = sum([WEIGHTS[signal] for signal in signals_of(page, position, medium) if signal in WEIGHTS])
        scores.append(round(10 / (1 + math.exp(-max(-30.0, min(30.0, z)))), 3))
    return scores


def signals_of(page: _Page, position: int, medium: Medium) -> list[str]:
    """The names of the signals that hold for a medium, keys of ``WEIGHTS``."""
    origin = medium.origin
    found = ["base"] if origin == "img" else ["base", f"origin:{origin}"]
    urls = list(medium.variants)
    url = urls[1] if medium.lazy and len(urls) > 1 and urls[0] == medium.src else urls[0]
    url_signals(medium, url, page.title, page.preview, found)
    place = page.places[position]
    if place is None:
        return found
    found += _named_flags(place.flags)
    if place.flags & where.NOSCRIPT and "url:no-format" in found and not medium.alt:
        found.append("beacon")
    _text_signals(page, medium.order, place, found)
    if place.link is not None:
        _link_signals(page, place.link, found)
    if page.alike[position] >= 3 and "link:page" in found:
        found.append("grid:linked")
    if medium.lazy:
        found.append("lazy")
    alt = medium.alt
    if alt is None:
        found.append("alt:none")
    elif alt:
        words = set(_WORDS.findall(alt[:500].lower()))
        if len(words) >= 4:
            found.append("alt:long")
        if len(words & page.title) >= 2:
            found.append("alt:title")
        if not words.isdisjoint(_ALT_ICON):
            found.append("alt:icon")
    return found


@lru_cache(maxsize=4096)
def _named_flags(flags: int) -> tuple[str, ...]:
    return tuple(name for name, flag in _FLAGS if flags & flag)


_FLAGS = (
    ("in:nav", where.NAV), ("in:header", where.HEADER), ("in:footer", where.FOOTER), ("in:aside", where.ASIDE),
    ("in:main", where.MAIN), ("in:article", where.ARTICLE), ("in:figure", where.FIGURE), ("in:body", where.BODY),
    ("in:related", where.RELATED), ("in:comment", where.COMMENT), ("in:person", where.PERSON),
    ("in:social", where.SOCIAL), ("in:advert", where.ADVERT), ("in:icon", where.ICON), ("in:hidden", where.HIDDEN),
    ("in:gallery", where.GALLERY), ("in:hero", where.HERO), ("in:menu", where.MENU), ("in:end", where.END),
)  # fmt: skip


def _text_signals(page: _Page, order: int, place: Place, found: list[str]) -> None:
    text = page.text
    if page.h1 is not None and order < page.h1:
        found.append("before-h1")
    if text.body is None:
        return
    if place.inside:
        found.append("text:inside")
        if place.depth <= 3:
            found.append("text:near")
        if text.first <= order <= text.last:
            found.append("text:between")
    elif order > text.first:
        found.append("text:after")
    else:
        found.append("text:before")
        if place.depth <= 4:
            found.append("text:lead")


def _link_signals(page: _Page, link: HtmlElement, found: list[str]) -> None:
    href = link.get("href", "")
    if href.startswith("#") or href[:11].lower() == "javascript:":
        found.append("link:here")
        return
    url = page.document.resolve(href) if len(href) < 2000 else None
    if url is None:
        return
    if _IMAGE_FILE.search(url):
        found.append("link:image")
        return
    if not url.startswith(page.origin):
        found.append("link:out")
    found.append("link:page" if url.partition("://")[2].partition("/")[2].strip("/") else "link:home")
