"""Where on the page a medium stands: landmarks, running text, links and what class names call the place."""

from __future__ import annotations

import re
from functools import lru_cache
from heapq import nlargest
from typing import TYPE_CHECKING, Any

from scrapy_c4.extractors.text import INLINE

if TYPE_CHECKING:
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
    for word in _WORD.findall(names):
        flags |= _WORDS.get(word.lower(), 0)
    return flags


class Place:
    """What the ancestors of a medium, its element included, say."""

    __slots__ = ("above", "depth", "flags", "inside", "link", "name")

    def __init__(
        self,
        above: Place | None,
        name: tuple[str, str | None],
        flags: int = 0,
        link: HtmlElement | None = None,
        inside: bool = False,
        depth: int = 0,
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

    @property
    def shape(self) -> tuple[tuple[str, str | None], ...]:
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

    def __init__(self, long_texts: dict[HtmlElement, tuple[int, int]]):
        """``long_texts``: elements with long texts directly inside of them: number of the first, length of all."""
        self._cache: dict[HtmlElement, Place] = {}
        texts: dict[HtmlElement, tuple[int, int]] = {}
        outside: dict[HtmlElement, bool] = {}
        for element, (number, length) in long_texts.items():
            block = _block_of(element, outside)
            if block is not None:
                first, known = texts.get(block, (number, 0))
                texts[block] = first, known + length
        #: The element that holds most of the running text, None where there is next to none.
        self.body = _text_body({block: length for block, (_, length) in texts.items()})
        #: It and its ancestors: names on them speak of the whole page.
        self._spine: set[HtmlElement] = set()
        step = self.body
        while step is not None:
            self._spine.add(step)
            step = step.getparent()
        #: The numbers of the first and the last text in it.
        self.first, self.last = 0, -1
        numbers = [number for block, (number, _) in texts.items() if self._near_body(block)]
        if numbers:
            self.first, self.last = min(numbers), max(numbers)

    def _near_body(self, block: HtmlElement) -> bool:
        step: HtmlElement | None = block
        for _ in range(4):
            if step is None:
                break
            if step is self.body:
                return True
            step = step.getparent()
        return False

    def of(self, element: HtmlElement) -> Place:
        cache = self._cache
        place = cache.get(element)
        if place is not None:
            return place
        path = [element]
        step = element.getparent()
        while step is not None:
            place = cache.get(step)
            if place is not None:
                break
            path.append(step)
            step = step.getparent()
        while path:
            step = path.pop()
            place = cache[step] = self._below(place, step)
        assert place is not None
        return place

    def _below(self, above: Place | None, element: HtmlElement) -> Place:
        tag: Any = element.tag
        if above is None:
            return Place(None, (tag, None), inside=element is self.body)
        flags, names = _flags(tag, element)
        name = (tag, names)
        link = element if tag == "a" and element.get("href") else above.link
        if element in self._spine:
            # Its names speak of the page, not of a part of it.
            return Place(above, name, above.flags | flags & (MAIN | ARTICLE | BODY), link, element is self.body)
        return Place(above, name, above.flags | flags, link, above.inside, above.depth + 1)


def _flags(tag: str, element: HtmlElement) -> tuple[int, str | None]:
    """The bits of one element, by its tag, role, class names and id; and its class names."""
    flags = _TAGS.get(tag, 0)
    names = None
    for key, value in element.items():
        if key == "class":
            names = value
            flags |= name_words(value if len(value) < 400 else value[:400])
        elif key == "id":
            flags |= name_words(value if len(value) < 400 else value[:400])
        elif key == "role":
            flags |= _ROLES.get(value, 0)
        elif key == "hidden" or (key == "style" and "none" in value and "display:none" in value.replace(" ", "")):
            flags |= HIDDEN
        elif key == "itemprop" and value == "articleBody":
            flags |= BODY
    return flags, names


def _block_of(element: HtmlElement, outside: dict[HtmlElement, bool]) -> HtmlElement | None:
    """The block that a text stands in; None in links, which speak of other pages.

    ``outside`` keeps what is known of blocks: whether they are outside of links.
    """
    block: HtmlElement | None = element
    for _ in range(8):
        if block is None or block.tag not in INLINE:
            break
        if block.tag == "a":
            return None
        block = block.getparent()
    if block is None:
        return None
    path = []
    step: HtmlElement | None = block
    found = True
    for _ in range(6):
        if step is None:
            break
        if step in outside:
            found = outside[step]
            break
        path.append(step)
        if step.tag == "a":
            found = False
            break
        step = step.getparent()
    for step in path[:3]:
        outside[step] = found
    return block if found else None


def _text_body(texts: dict[HtmlElement, int]) -> HtmlElement | None:
    weights: dict[HtmlElement, float] = {}
    level = texts
    for share in _SHARES:
        above: dict[HtmlElement, int] = {}
        for element, length in level.items():
            if element.tag == "body":
                continue
            weights[element] = weights.get(element, 0.0) + length * share
            parent = element.getparent()
            if parent is not None:
                above[parent] = above.get(parent, 0) + length
        level = above
    best: HtmlElement | None = None
    most = 200.0
    for element in nlargest(8, weights, key=weights.__getitem__):
        weight = weights[element]
        if weight <= most:
            break
        step: HtmlElement | None = element
        for _ in range(6):
            if step is None or step.tag == "body":
                break
            if _flags(str(step.tag), step)[0] & _ASIDE:
                weight *= 0.5
                break
            step = step.getparent()
        if weight > most:
            best, most = element, weight
    return best
