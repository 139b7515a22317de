"""Where on the page a medium stands: landmarks, running text, links and what class names call the place."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from scrapy_c4.extractors.text import INLINE

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.html import HtmlElement

__all__ = ["Place", "Places", "name_words"]

# What an element on the way to the root may say of the media in it, as bits.
(
    NAV, HEADER, FOOTER, ASIDE, MAIN, ARTICLE, FIGURE, BODY, RELATED, COMMENT, PERSON, SOCIAL, ADVERT, ICON, HIDDEN,
    GALLERY, HERO, MENU, END, NOSCRIPT,
) = (1 << n for n in range(20))  # fmt: skip

_TAGS = {
    "nav": NAV, "menu": NAV, "header": HEADER, "footer": FOOTER, "aside": ASIDE, "main": MAIN, "article": ARTICLE,
    "figure": FIGURE, "button": ICON, "template": HIDDEN, "address": PERSON, "dialog": HIDDEN, "noscript": NOSCRIPT,
}  # fmt: skip
_ROLES = {
    "navigation": NAV, "menu": NAV, "menubar": NAV, "banner": HEADER, "contentinfo": FOOTER, "complementary": ASIDE,
    "main": MAIN, "article": ARTICLE, "figure": FIGURE, "button": ICON, "search": NAV,
}  # fmt: skip
_WORDS: dict[str, int] = {}
for _flag, _words in (
    (MENU, "nav navbar navigation menu submenu megamenu breadcrumb breadcrumbs topbar toolbar dropdown subnav ticker"),
    (HEADER, "header masthead sitehead"),
    (END, "footer colophon"),
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
    (
        ICON,
        "icon icons logo logos brand branding sprite spinner loader badge badges btn button buttons emoji flag flags",
    ),
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

    __slots__ = ("above", "child", "depth", "flags", "inside", "link", "name", "side")

    def __init__(
        self,
        above: Place | None,
        name: str,
        flags: int = 0,
        link: HtmlElement | None = None,
        inside: bool = False,
        depth: int = 0,
        child: int = -1,
        side: int = 0,
    ):
        self.above = above
        #: Tag and class of the element.
        self.name = name
        #: Bits of landmarks and names.
        self.flags = flags
        #: The nearest link around.
        self.link = link
        #: Whether it stands in the element that holds the running text.
        self.inside = inside
        #: Levels below that element, or, outside, below the nearest element that contains it.
        self.depth = depth
        #: Inside: the number of that element's child it stands in.
        self.child = child
        #: Outside: -1 before the running text, 1 behind it.
        self.side = side

    @property
    def shape(self) -> tuple[str, ...]:
        """Equal for elements of one kind that stand in containers of one kind."""
        shape = [self.name]
        place = self.above
        while place is not None and len(shape) < 4:
            shape.append(place.name)
            place = place.above
        return tuple(shape)


# How much of a text counts for the block it stands in and for the three around that.
_SHARES = (1.0, 0.9, 0.5, 0.25)
_ASIDE = NAV | MENU | HEADER | FOOTER | END | ASIDE | RELATED | COMMENT | PERSON | HIDDEN | ADVERT


class Places:
    """The places of a page, each element looked at once."""

    def __init__(self, long_texts: dict[HtmlElement, int]):
        """``long_texts``: elements with a long text directly inside of them, and its length."""
        self._cache: dict[HtmlElement, Place] = {}
        texts: dict[HtmlElement, int] = {}
        for element, length in long_texts.items():
            block = _block_of(element)
            if block is not None:
                texts[block] = texts.get(block, 0) + length
        #: The element that holds most of the running text, None where there is next to none.
        self.body = _text_body(texts)
        #: It and its ancestors: names on them speak of the whole page.
        self._spine: set[HtmlElement] = set()
        # Elements that come before the running text, among the children of those ancestors.
        self._before: set[HtmlElement] = set()
        #: The children of the text's element that stand between its first and its last text.
        self.first, self.last = 0, -1
        if self.body is None:
            return
        step: HtmlElement = self.body
        self._spine.add(step)
        while (parent := step.getparent()) is not None:
            for child in parent:
                if child is step:
                    break
                self._before.add(child)
            step = parent
            self._spine.add(step)
        self._children = {child: n for n, child in enumerate(self.body)}
        numbers = [n for block in texts if (n := self._child_of(block)) is not None]
        if numbers:
            self.first, self.last = min(numbers), max(numbers)

    def _child_of(self, block: HtmlElement) -> int | None:
        step: HtmlElement | None = block
        for _ in range(4):
            if step is None:
                return None
            number = self._children.get(step)
            if number is not None:
                return number
            step = step.getparent()
        return None

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
        tag: Any = element.tag
        get = element.get
        names = get("class")
        name = f"{tag}.{names}" if names else tag
        if above is None:
            return Place(None, name, inside=element is self.body)
        flags = _flags(tag, names, get)
        link = element if tag == "a" and get("href") else above.link
        if element in self._spine:
            # Its names speak of the page, not of a part of it.
            return Place(above, name, above.flags | flags & (MAIN | ARTICLE | BODY), link, element is self.body)
        inside, child, side = above.inside, above.child, above.side
        if above.depth == 0:  # directly below the spine
            if inside:
                child = self._children[element]
            elif self.body is not None:
                side = -1 if element in self._before else 1
        return Place(above, name, above.flags | flags, link, inside, above.depth + 1, child, side)


def _flags(tag: str, names: str | None, get: Callable[[str], str | None]) -> int:
    """The bits of one element: its tag, role, class names and id."""
    flags = _TAGS.get(tag, 0)
    ident = get("id")
    if ident:
        names = f"{names} {ident}" if names else ident
    if names:
        flags |= name_words(names)
    role = get("role")
    if role:
        flags |= _ROLES.get(role, 0)
    style = get("style")
    if style and "none" in style and "display:none" in style.replace(" ", ""):
        flags |= HIDDEN
    if get("hidden") is not None:
        flags |= HIDDEN
    return flags


def _block_of(element: HtmlElement) -> HtmlElement | None:
    """The block that a text stands in; None in links, which speak of other pages."""
    block: HtmlElement | None = None
    step: HtmlElement | None = element
    for _ in range(8):
        if step is None:
            break
        if step.tag == "a":
            return None
        if block is None and step.tag not in INLINE:
            block = step
        step = step.getparent()
    return block


def _text_body(texts: dict[HtmlElement, int]) -> HtmlElement | None:
    weights: dict[HtmlElement, float] = {}
    for block, length in texts.items():
        step: HtmlElement | None = block
        for share in _SHARES:
            if step is None or step.tag == "body":
                break
            weights[step] = weights.get(step, 0.0) + length * share
            step = step.getparent()
    best: HtmlElement | None = None
    most = 200.0
    for element in sorted(weights, key=lambda e: -weights[e])[:8]:
        weight = weights[element]
        if weight <= most:
            break
        step = element
        for _ in range(6):
            if step is None or step.tag == "body":
                break
            if _flags(str(step.tag), step.get("class"), step.get) & _ASIDE:
                weight *= 0.5
                break
            step = step.getparent()
        if weight > most:
            best, most = element, weight
    return best
