"""The text a reader connects with a picture: its caption, its label, or the words next to it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from scrapy_c4.extractors.media_model import HEAD_ORIGINS
from scrapy_c4.extractors.text import INLINE, UNREAD, children_of, squeeze

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

    from scrapy_c4.extractors.media_model import Medium

__all__ = ["Describer"]

#: Longest description, in characters.
MAX_LENGTH = 300
# A block with more text than this speaks of more than the picture in it.
_BLOCK = 350
_LEVELS = 5
_CAPTION = re.compile(
    r"(?:^|[^a-z])(?:caption|legend|legende|credit|bildunterschrift|cutline)s?(?:[^a-z]|$)", re.IGNORECASE
)
_PROSE = frozenset(
    ["p", "li", "td", "th", "dd", "dt", "blockquote", "figure", "a", "label", "button", "h1", "h2", "h3"]
)


@lru_cache(maxsize=4096)
def _names_caption(names: str) -> bool:
    return _CAPTION.search(names) is not None


class Describer:
    """Describes the media of one page. Every block's text is read once, and only its beginning."""

    def __init__(self, root: HtmlElement, min_words: int):
        self._root = root
        self._min_words = max(min_words, 1)
        self._texts: dict[HtmlElement, str] = {}
        self._figures: dict[HtmlElement, HtmlElement | None] = {}
        self._ids: dict[str, HtmlElement] | None = None

    def describe(self, medium: Medium, *, around: bool = True) -> str | None:
        """At most 300 characters, or None where there is no text of enough words.

        ``around``: where nothing is said of the medium itself, take the text next to it.
        """
        if medium.origin in HEAD_ORIGINS:
            return self._enough(medium.label)
        element = medium.element
        return (
            self._enough(self._referenced(element.get("aria-describedby")))
            or (self._caption(element) if medium.origin != "css" else None)
            or self._enough(self._referenced(element.get("aria-labelledby")))
            or self._enough(medium.label)
            or (self._enough(self._text(element)) if medium.origin in ("css", "data") else None)
            or (self._nearby(element) if around else None)
        )

    def _enough(self, text: str | None) -> str | None:
        if not text or len(text.split(None, self._min_words)) < self._min_words:
            return None
        return (
            text
            if len(text) <= MAX_LENGTH
            else text[: text.rfind(" ", 0, MAX_LENGTH) if " " in text[:MAX_LENGTH] else MAX_LENGTH]
        )

    def _text(self, element: HtmlElement) -> str:
        """The beginning of the readable text inside ``element``; parts read before are not walked again."""
        texts = self._texts
        known = texts.get(element)
        if known is not None:
            return known
        if element.tag in UNREAD:
            texts[element] = ""
            return ""
        if not len(element):
            texts[element] = known = squeeze(element.text)[:_BLOCK]
            return known
        parts = [element.text or ""]
        room = _BLOCK + 50 - len(parts[0].strip())
        children = children_of(element)
        outer: list[tuple[Iterator[HtmlElement], str]] = []  # the children still to come of what is open, and its tail
        while room > 0:
            for child in children:
                tag, tail = child.tag, child.tail
                if tag not in INLINE:
                    parts.append(" ")
                    tail = f" {tail}" if tail else " "
                if not isinstance(tag, str) or tag in UNREAD:
                    known = ""
                else:
                    known = texts.get(child)
                    if known is None:
                        known = child.text or ""
                        if len(child):
                            if known and not known.isspace():
                                parts.append(known)
                                room -= len(known)
                            outer.append((children, tail or ""))
                            children = children_of(child)
                            break
                if known:
                    parts.append(known)
                    room -= len(known)
                if tail:
                    parts.append(tail)
                    if not tail.isspace():
                        room -= len(tail)
                if room <= 0:
                    break
            else:
                if not outer:
                    break
                children, tail = outer.pop()
                parts.append(tail)
        text = texts[element] = squeeze("".join(parts))[:_BLOCK]
        return text

    def _referenced(self, ids: str | None) -> str | None:
        if not ids:
            return None
        if self._ids is None:
            self._ids = {}
            for element in self._root.iter():
                ident = element.get("id") if isinstance(element.tag, str) else None
                if ident:
                    self._ids.setdefault(ident, element)
        found = [self._ids[i] for i in ids.split()[:5] if i in self._ids]
        return " ".join(filter(None, map(self._text, found)))

    def _caption(self, element: HtmlElement) -> str | None:
        step = element
        for level in range(_LEVELS):
            parent = step.getparent()
            if parent is None:
                return None
            if parent.tag == "figure":
                caption = self._figcaption(parent)
                if caption is not None:
                    return self._enough(self._text(caption))
            if level < 3:
                sibling = step.getnext()
                for _ in range(2):
                    if sibling is None:
                        break
                    names = sibling.get("class") if isinstance(sibling.tag, str) else None
                    if names and _names_caption(names):
                        text = self._enough(self._text(sibling))
                        if text:
                            return text
                    sibling = sibling.getnext()
            step = parent
        return None

    def _figcaption(self, figure: HtmlElement) -> HtmlElement | None:
        if figure not in self._figures:
            self._figures[figure] = next(figure.iter("figcaption"), None)
        return self._figures[figure]

    def _nearby(self, element: HtmlElement) -> str | None:
        step = element
        for _ in range(_LEVELS):
            parent = step.getparent()
            if parent is None or parent.tag in ("body", "html"):
                break
            text = self._text(parent)
            if self._enough(text):
                if len(text) < _BLOCK * 0.9 or parent.tag in _PROSE:
                    return self._enough(text)
                break
            step = parent
        return self._beside(step)

    def _beside(self, element: HtmlElement) -> str | None:
        """The text next to ``element`` in a block with much text: behind it, else before it."""
        tail = self._enough(squeeze((element.tail or "")[: 2 * MAX_LENGTH]))
        if tail:
            return tail
        for follow in (True, False):
            sibling: HtmlElement | None = element
            for _ in range(3):
                if sibling is not None:
                    sibling = sibling.getnext() if follow else sibling.getprevious()
                if sibling is None:
                    break
                if isinstance(sibling.tag, str):
                    text = self._enough(self._text(sibling))
                    if text:
                        return text
                text = self._enough(squeeze((sibling.tail or "")[: 2 * MAX_LENGTH]))
                if text:
                    return text
        return None
