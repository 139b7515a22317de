"""Where on its page a link stands: the landmark around it and the text beside it.

Texts of links are left out of it: those of other links say nothing about this one, however near they stand.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from scrapy_c4.extractors.text import INLINE, squeeze, text_of

if TYPE_CHECKING:
    from lxml.html import HtmlElement

CONTEXT_LIMIT = 300
_ROLES = {
    "navigation": "nav", "menu": "nav", "menubar": "nav", "banner": "header", "contentinfo": "footer",
    "complementary": "aside", "main": "main",
}  # fmt: skip
_TAGS = {"nav": "nav", "header": "header", "footer": "footer", "aside": "aside", "main": "main"}
#: Landmarks where links stand side by side: what is around one says nothing about it.
LISTS = frozenset(["nav", "header", "footer"])
#: Elements too small to be one, whatever they are called.
_NEVER = INLINE | {"li", "p", "h1", "h2", "h3", "h4", "h5", "h6", "dt", "dd", "td", "th", "tr", "tbody", "center"}
_OUTSIDE = ("", False)
_PAGE = frozenset(["html", "body"])
_SECTIONS = frozenset(["article", "section"])
_HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
_CARDS = frozenset(["div", "section", "article", "figure", "header", "hgroup"])
#: Words of class names and ids. Whole words only: "navigate", "badge" or "headline" are none of them.
_WORDS = {
    "nav": "nav", "navbar": "nav", "navigation": "nav", "menu": "nav", "topnav": "nav", "breadcrumb": "nav",
    "breadcrumbs": "nav", "header": "header", "masthead": "header", "footer": "footer", "colophon": "footer",
    "sidebar": "aside",
}  # fmt: skip
_PREFIXES = frozenset(["nav", "navbar", "menu", "breadcrumb", "breadcrumbs", "footer"])
_STATES = frozenset(["has", "with", "no", "is", "without", "show", "hide", "js"])
_separators = re.compile(r"[-_]+")


@lru_cache(maxsize=4096)
def _named_landmark(name: str) -> str:
    """The landmark that a class or id speaks of, or ""."""
    for token in name.lower().split():
        parts = _separators.split(token.strip("-_"))
        if parts[0] in _STATES:
            continue
        if parts[-1] in _WORDS:
            return _WORDS[parts[-1]]
        if parts[0] in _PREFIXES:
            return _WORDS[parts[0]]
    return ""


class Surroundings:
    """Answers for the links of one page, remembering what links have in common."""

    def __init__(self) -> None:
        # element -> (its landmark, whether it is inside a section of the content)
        self._states: dict[HtmlElement, tuple[str, bool]] = {}
        self._blocks: dict[HtmlElement, str] = {}

    def of(self, element: HtmlElement) -> tuple[str, str]:
        """The landmark that the link ``element`` stands in, and the text around it."""
        parent = element.getparent()
        if parent is None:
            return "", ""
        block: HtmlElement = parent
        while block.tag in INLINE:
            above = block.getparent()
            if above is None:
                break
            block = above
        landmark = self._state(block)[0]
        if landmark in LISTS:
            return landmark, ""
        context = self._blocks.get(block)
        if context is None:
            alone = block is parent and len(parent) == 1 and not _is_said(parent.text) and not _is_said(element.tail)
            context = self._blocks[block] = _text_around(
                block, "" if alone else text_of(block, CONTEXT_LIMIT, _is_link)
            )
        # A long block says less about the link than the sentence around it.
        return landmark, _beside(element, parent) if len(context) > CONTEXT_LIMIT - 30 else context

    def _state(self, element: HtmlElement) -> tuple[str, bool]:
        states = self._states
        path: list[HtmlElement] = []
        state = _OUTSIDE
        current: HtmlElement | None = element
        steps = 0
        while current is not None:
            steps += 1
            # Of small elements few are worth remembering: enough that deep nests of them are climbed once.
            if current.tag not in _NEVER or not steps % 16:
                known = states.get(current)
                if known is not None:
                    state = known
                    break
                path.append(current)
            current = current.getparent()
        while path:
            current = path.pop()
            state = states[current] = _state_inside(current, state)
        return state


def _state_inside(element: HtmlElement, state: tuple[str, bool]) -> tuple[str, bool]:
    tag: Any = element.tag
    own = _TAGS.get(tag, "")
    if not own:
        if tag in _NEVER:
            return state
        if tag in _PAGE:
            return _OUTSIDE
        if tag in _SECTIONS:
            return state[0], True
        role = element.get("role")
        if role is not None:
            own = _ROLES.get(role.strip().lower(), "")
        if not own:
            name = element.get("id")
            own = _named_landmark(name) if name else ""
            if not own:
                name = element.get("class")
                own = _named_landmark(name) if name else ""
        if not own:
            return state
    if own == "main":
        return "main", True
    landmark, sectioned = state
    # The header of an article belongs to its content; navigation within a footer stays the footer's.
    if (own in ("header", "footer") and sectioned) or landmark == "footer":
        return state
    return own, sectioned


def _is_link(element: HtmlElement) -> bool:
    return element.tag == "a" and (element.get("href") is not None or element.get("xlink:href") is not None)


def _is_said(text: str | None) -> bool:
    return text is not None and not text.isspace()


def _text_around(block: HtmlElement, own: str) -> str:
    tag = block.tag
    if tag in ("td", "th"):
        row = block.getparent()
        return text_of(row if row is not None else block, CONTEXT_LIMIT, _is_link)
    if tag == "dt":
        follower = next(block.itersiblings("dd"), None)
    elif tag in _HEADINGS:
        follower = next(block.itersiblings(), None)
        if follower is not None and (not isinstance(follower.tag, str) or follower.tag in _HEADINGS):
            follower = None
    else:
        follower = None
    if follower is not None:
        beside = text_of(follower, CONTEXT_LIMIT - min(len(own), CONTEXT_LIMIT - 50), _is_link)
        return f"{own} {beside}"[:CONTEXT_LIMIT].strip()
    # A box with nothing but the link: the card around it, as long as it is about that link alone.
    for _ in range(2):
        above = block.getparent()
        if own or above is None or above.tag not in _CARDS:
            break
        if len(above) > 8 or sum(1 for _ in islice(above.iter("a"), 3)) > 2:
            break
        block = above
        own = text_of(block, CONTEXT_LIMIT, _is_link)
    return own


def _beside(element: HtmlElement, parent: HtmlElement) -> str:
    previous = element.getprevious()
    before = (parent.text if previous is None else previous.tail) or ""
    after = element.tail or ""
    half = CONTEXT_LIMIT // 2
    return squeeze(f"{before[-half:]} {after[:half]}")
