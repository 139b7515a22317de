"""Where on the page a medium stands: landmarks, running text, links and what class names call the place."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from scrapy_c4.extractors.media_sources import Collection

__all__ = ["Place", "Places", "name_words"]

# What an element on the way to the root may say of the media in it, as bits.
NAV, HEADER, FOOTER, ASIDE, MAIN, ARTICLE, FIGURE, BODY, RELATED, COMMENT, PERSON, SOCIAL, ADVERT, ICON, HIDDEN, GALLERY, HERO = (
    1 << n for n in range(17)
)

_TAGS = {
    "nav": NAV, "menu": NAV, "header": HEADER, "footer": FOOTER, "aside": ASIDE, "main": MAIN, "article": ARTICLE,
    "figure": FIGURE, "picture": 0, "button": ICON, "template": HIDDEN, "address": PERSON, "dialog": HIDDEN,
}  # fmt: skip
_ROLES = {
    "navigation": NAV, "menu": NAV, "menubar": NAV, "banner": HEADER, "contentinfo": FOOTER, "complementary": ASIDE,
    "main": MAIN, "article": ARTICLE, "figure": FIGURE, "button": ICON, "search": NAV,
}  # fmt: skip
_WORDS: dict[str, int] = {}
for _flag, _words in (
    (NAV, "nav navbar navigation menu submenu megamenu breadcrumb breadcrumbs topbar toolbar tabs dropdown subnav ticker"),
    (HEADER, "header masthead topper sitehead"),
    (FOOTER, "footer foot colophon bottom"),
    (ASIDE, "sidebar aside rail widget widgets sidecar secondary complementary"),
    (
        RELATED,
        "related recommended recommendation recommendations more trending popular mostread latest recirc recirculation "
        "outbrain taboola teaser teasers readmore similar promo promos carousel upnext next prev previous also "
        "suggested suggestions headlines newsfeed feed river stream playlist thumbs posts stories list items archive "
        "morenews other others tiles tile grid card cards newsletter subscribe signup",
    ),
    (COMMENT, "comment comments disqus commentlist respond reply livefyre discussion"),
    (PERSON, "author authors byline bio avatar avatars gravatar vcard profile user contributor writer mug headshot"),
    (SOCIAL, "share sharing social socials sharedaddy follow facebook twitter pinterest addthis addtoany"),
    (ADVERT, "ad ads advert advertisement adslot sponsor sponsored sponsors banner banners dfp affiliate commercial"),
    (ICON, "icon icons logo logos brand branding sprite spinner loader badge badges btn button buttons emoji flag flags"),
    (HIDDEN, "hidden hide modal popup overlay lightbox tooltip offscreen invisible"),
    (GALLERY, "gallery galleries slideshow slider slides photos lightgallery"),
    (
        BODY,
        "articlebody entry storybody postbody story body wysiwyg richtext rte prose copy paragraph caption captioned "
        "aligncenter alignleft alignright alignnone inline attachment wp",
    ),
    (HERO, "hero lead featured feature leadimage lede topimage cover opener"),
):
    for _word in _words.split():
        _WORDS[_word] = _flag
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


@lru_cache(maxsize=8192)
def name_words(names: str) -> int:
    """The bits that the words of class names and ids stand for: whole words, also of camelCase names."""
    flags = 0
    for word in _WORD.findall(names[:400]):
        flags |= _WORDS.get(word.lower(), 0)
    return flags


class Place:
    """What the ancestors of a medium, its element included, say."""

    __slots__ = ("body", "flags", "link", "off")

    def __init__(self, flags: int, link: HtmlElement | None, body: int, off: int):
        #: Bits of landmarks and names.
        self.flags = flags
        #: The nearest link around.
        self.link = link
        #: Levels from the element that holds the running text down to here; -1 outside of it.
        self.body = body
        #: Levels from the nearest element that contains the running text down to here.
        self.off = off


class Places:
    """The places of a page, each element looked at once."""

    def __init__(self, collection: Collection):
        self._cache: dict[HtmlElement, Place] = {}
        weights: dict[HtmlElement, float] = {}
        #: Position (in media) and length of every paragraph with some text.
        self.texts: list[tuple[int, int, HtmlElement]] = []
        for position, element in collection.paragraphs:
            length = _text_length(element)
            if length < 40:
                continue
            parent = element.getparent()
            if parent is None:
                continue
            self.texts.append((position, length, parent))
            weights[parent] = weights.get(parent, 0) + length
            grandparent = parent.getparent()
            if grandparent is not None:
                weights[grandparent] = weights.get(grandparent, 0) + length * 0.5
        #: The element that holds most of the running text, None where there is next to none.
        self.body: HtmlElement | None = None
        best = 200.0
        for element, weight in weights.items():
            if weight > best:
                self.body, best = element, weight
        #: It and its ancestors: names on them speak of the whole page.
        self._spine: dict[HtmlElement, int] = {}
        step: HtmlElement | None = self.body
        while step is not None:
            self._spine[step] = len(self._spine)
            step = step.getparent()
        inside = [n for n, (_, _, parent) in enumerate(self.texts) if self._near_body(parent)]
        #: Positions (in media) of the first and last paragraph of the running text.
        self.first = self.texts[inside[0]][0] if inside else 0
        self.last = self.texts[inside[-1]][0] if inside else 0

    def _near_body(self, parent: HtmlElement) -> bool:
        return parent is self.body or parent.getparent() is self.body

    def of(self, element: HtmlElement) -> Place:
        cache = self._cache
        path = []
        step: HtmlElement | None = element
        place: Place | None = None
        while step is not None:
            place = cache.get(step)
            if place is not None:
                break
            path.append(step)
            step = step.getparent()
        for step in reversed(path):
            place = cache[step] = self._below(place, step)
        assert place is not None
        return place

    def _below(self, above: Place | None, element: HtmlElement) -> Place:
        get = element.get
        tag = element.tag
        if above is None:
            return Place(0, None, -1, 0)
        flags = above.flags
        role = get("role")
        own = _TAGS.get(tag, 0)
        if role:
            own |= _ROLES.get(role, 0)
        names = get("class")
        ident = get("id")
        if ident:
            names = f"{names} {ident}" if names else ident
        spine = element in self._spine
        if names and tag != "body":
            own |= name_words(names)
        if get("itemprop") == "articleBody":
            own |= BODY
        if spine:
            own &= MAIN | ARTICLE | BODY
        elif get("hidden") is not None or get("aria-hidden") == "true" or "display:none" in get("style", "").replace(" ", ""):
            own |= HIDDEN
        if element is self.body:
            body = 0
        else:
            body = above.body + 1 if above.body >= 0 else -1
        off = 0 if spine else above.off + 1
        return Place(flags | own, element if tag == "a" and get("href") else above.link, body, off)


def _text_length(element: HtmlElement) -> int:
    length = len(element.text or "")
    for child in element:
        length += len(child.tail or "")
        if isinstance(child.tag, str):
            length += len(child.text or "")
    return length
