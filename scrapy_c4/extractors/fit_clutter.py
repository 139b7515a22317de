"""Which elements of a page are clutter: by their tags and names, and by how much of the page they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy_c4.extractors.content import HEADINGS, Node
from scrapy_c4.extractors.fit_signs import CLUTTER_ROLES, CLUTTER_TAGS, MAYBE, SURE, clutter_words, sign_of
from scrapy_c4.extractors.fit_titles import Titles

if TYPE_CHECKING:
    from scrapy_c4.extractors.fit_measure import Measures

#: The most an element that looks like clutter may hold of the page's main text, and still be clutter.
_SHARE_OF_TAG, _SHARE_IF_SURE, _SHARE_IF_MAYBE, _SHARE_IF_HIDDEN = 0.5, 0.65, 0.25, 0.25
#: All that is cut out for one name is the content if what is left of the page is less than this share of it, ...
_LEFT_IF_SURE, _LEFT_IF_MAYBE = 0.25, 0.4
#: ... and, where the name is sure to be clutter's beside content, too little to be an article.
_MIN_LEFT = 300
#: Tags that content has too.
_TAGS_OF_CONTENT = frozenset(["form", "fieldset", "aside", "menu", "label"])
#: What one clicks on, and what may be the text of a title or a cell.
_CONTROLS = frozenset(["button", "label"])
#: On one page, this many names at most turn out to be the content's.
_MAX_NAMES = 6


def find_clutter(measures: Measures) -> list[bool]:
    """Which elements are cut out, each with all that is inside.

    A name that nearly everything on the page has, such as ``teaser`` in a list of teasers, is the content's.
    """
    content: frozenset[str] = frozenset()
    while True:
        cut, left, held = _cut_out(measures, content)
        name = _content_name(left, held) if len(content) < _MAX_NAMES else None
        if name is None:
            return cut
        content |= {name}


def _cut_out(measures: Measures, content: frozenset[str]) -> tuple[list[bool], float, dict[tuple[str, int], float]]:
    """Which elements are cut out, the main text left, and what was cut out for each name and sign."""
    nodes, values, sizes = measures.nodes, measures.values, measures.sizes
    left = whole = values[0]
    cut = [False] * len(nodes)
    held: dict[tuple[str, int], float] = {}
    titles = Titles(measures)
    index = 1
    while index < len(nodes):
        node, value = nodes[index], values[index]
        share = _clutter_share(node, content, shown=index in titles.panels)
        if share and node.tag in _CONTROLS and titles.has(index):
            share = 0
        if share and value <= share * whole and not (node.tag == "article" and value > 0.2 * whole):
            cut[index] = True
            if value:
                left -= value
                for name in _names_of(node, content):
                    held[name] = held.get(name, 0) + value
            index += sizes[index]
        else:
            index += 1
    return cut, left, held


def _content_name(left: float, held: dict[tuple[str, int], float]) -> str | None:
    """The name of most of what was cut out, if hardly anything else is left."""
    if not held:
        return None
    (name, sign), value = max(held.items(), key=lambda entry: entry[1])
    if sign == SURE:
        return name if left < _LEFT_IF_SURE * value and left < _MIN_LEFT else None
    return name if left < _LEFT_IF_MAYBE * value else None


def _clutter_share(node: Node, content: frozenset[str], *, shown: bool) -> float:
    """The share of the main text that ``node`` may hold and still be clutter; 0 if it does not look like clutter."""
    tag, attrs = node.tag, node.attrs
    if tag in CLUTTER_TAGS and not (content and f"<{tag}>" in content):
        return _SHARE_OF_TAG
    if not attrs or tag in ("html", "body", "main"):
        return 0
    if attrs.get("role") in CLUTTER_ROLES:
        return _SHARE_OF_TAG
    if tag not in HEADINGS and ("class" in attrs or "id" in attrs):
        sign = sign_of(_class_and_id(attrs), content)
        if sign == SURE:
            return _SHARE_IF_SURE
        if sign == MAYBE:
            return _SHARE_IF_MAYBE
    if "hidden" in attrs and not shown and attrs.get("role") != "tabpanel":
        return _SHARE_IF_HIDDEN
    return 0


def _class_and_id(attrs: dict[str, str]) -> str:
    return f"{attrs.get('class', '')} {attrs.get('id', '')}"


def _names_of(node: Node, content: frozenset[str]) -> list[tuple[str, int]]:
    """Why ``node`` looks like clutter, as far as content may look so too: names and what they are a sign of."""
    if node.tag in CLUTTER_TAGS and f"<{node.tag}>" not in content:
        return [(f"<{node.tag}>", SURE)] if node.tag in _TAGS_OF_CONTENT else []
    if node.attrs.get("role") in CLUTTER_ROLES:
        return []
    names = _class_and_id(node.attrs)
    sign = sign_of(names, content)
    return [(word, sign) for word in clutter_words(names, sign) if word not in content]
