"""Cutting a page down to what ``css_selector``, ``excluded_tags``, ``excluded_selector`` and ``remove_forms`` leave."""

from __future__ import annotations

from copy import deepcopy
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from lxml.etree import SubElement
from lxml.html import Element
from parsel.csstranslator import HTMLTranslator

from scrapy_c4.extractors.text import INLINE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lxml.html import HtmlElement

#: A form around one of these is the wrapper of the whole page, as some frameworks make it: only its controls go.
_PAGE_PARTS = ("main", "nav", "article")
_TABLE_PARTS = frozenset(["caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "td", "th"])
_CONTROLS = ("input", "button", "select", "textarea", "datalist")


@lru_cache(maxsize=256)
def _to_xpath(selector: str) -> str:
    return HTMLTranslator().css_to_xpath(selector)


def select(root: HtmlElement, selector: str) -> list[HtmlElement]:
    """The elements a CSS selector matches, ``root`` included, in document order, each once."""
    return cast("list[HtmlElement]", root.xpath(_to_xpath(selector)))


def outermost(elements: Sequence[HtmlElement]) -> list[HtmlElement]:
    """``elements`` (in document order) without those inside another of them."""
    if len(elements) < 2:
        return list(elements)
    kept = []
    covered: set[HtmlElement] = set()
    for element in elements:
        if element not in covered:
            kept.append(element)
            covered.update(element.iter())
    return kept


def drop_elements(elements: Iterable[HtmlElement]) -> None:
    """Remove ``elements`` (in document order) from their tree; the text that follows each of them stays.

    A removed block leaves a space, so that the words around it do not become one. An element without a parent is
    emptied.
    """
    # Texts are collected and joined once: appending each to its neighbour is quadratic on long runs.
    texts: dict[tuple[HtmlElement, bool], list[str]] = {}
    for element in elements:
        parent = element.getparent()
        if parent is None:
            element.text = None
            del element[:]
            continue
        tail = element.tail
        if tail or element.tag not in INLINE:
            before = element.getprevious()
            place = (parent, True) if before is None else (before, False)
            pieces = texts.setdefault(place, [])
            if element.tag not in INLINE:
                pieces.append(" ")
            if tail:
                pieces.append(tail)
        parent.remove(element)
    for (element, inside), pieces in texts.items():
        if inside:
            element.text = (element.text or "") + "".join(pieces)
        else:
            element.tail = (element.tail or "") + "".join(pieces)


class _Inside:
    """The elements that are one of ``roots`` or below one; each is looked at once."""

    def __init__(self, roots: set[Any]):
        self._known: dict[Any, bool] = {None: False, **dict.fromkeys(roots, True)}

    def __contains__(self, element: HtmlElement) -> bool:
        path = []
        current: HtmlElement | None = element
        while current not in self._known:
            path.append(current)
            current = current.getparent() if current is not None else None
        answer = self._known[current]
        self._known.update(dict.fromkeys(path, answer))
        return answer


def scoped_copy(
    root: HtmlElement,
    *,
    css_selector: str | None = None,
    excluded_tags: Iterable[str] = (),
    excluded_selector: str | None = None,
    remove_forms: bool = False,
) -> tuple[HtmlElement, bool]:
    """A pruned copy of the tree ``root``, and whether ``css_selector`` (if any) matched.

    The copy holds, in a body, the outermost elements that ``css_selector`` matches, without what the other arguments
    exclude. Selectors see the whole page. The head is kept as it is.
    """
    head = root.find("head") if root.tag == "html" else None
    in_head = set(head.iter()) if head is not None else set()
    excluded: set[Any] = set()
    if excluded_selector is not None:
        excluded = set(select(root, excluded_selector)) - in_head
    tags = tuple(excluded_tags)
    if tags:
        excluded.update(e for e in root.iter(*tags) if e not in in_head)
    wrappers: set[Any] = set()
    if remove_forms:
        for form in root.iter("form"):
            wraps = next(form.iter(*_PAGE_PARTS), None) is not None
            excluded.update(form.iter(*_CONTROLS) if wraps else [form])
            if wraps:
                wrappers.add(form)
    matched = [root] if css_selector is None else [e for e in select(root, css_selector) if e not in in_head]
    inside = _Inside(excluded)
    doomed: list[HtmlElement] = []
    copies: list[tuple[HtmlElement, HtmlElement]] = []
    for element in outermost(matched):
        if element in inside:
            continue
        copy = _copy(element)
        copies.append((element, copy))
        if excluded or wrappers:
            for original, twin in zip(element.iter(), copy.iter(), strict=True):
                if original in excluded:
                    doomed.append(twin)
                elif original in wrappers:
                    twin.tag = "div"
    # The copies need a parent that they can be removed from.
    page = _page(root, head, _with_tables(copies))
    drop_elements(doomed)
    if page.tag == "html" and page.find("body") is None:
        page.append(Element("body"))
    return page, bool(matched)


def in_tables(elements: Iterable[HtmlElement]) -> list[HtmlElement]:
    """``elements`` (in document order), but copies of parts of tables, each in a table."""
    return _with_tables((e, _copy(e) if e.tag in _TABLE_PARTS else e) for e in elements)


def _copy(element: HtmlElement) -> HtmlElement:
    copy = deepcopy(element)
    copy.tail = None
    return copy


def _with_tables(copies: Iterable[tuple[HtmlElement, HtmlElement]]) -> list[HtmlElement]:
    """The copies of elements, given in pairs (element, copy); those of parts of a table in one with the same sections
    and rows.
    """
    parts = []
    table = None
    shells: dict[HtmlElement, HtmlElement] = {}
    for element, copy in copies:
        if element.tag not in _TABLE_PARTS:
            table = None
            parts.append(copy)
            continue
        outside, *inside = _up_to_table(element)
        if outside is not table:
            table = outside
            shells = {outside: Element("table", dict(outside.attrib) if outside.tag == "table" else {})}
            parts.append(shells[outside])
        shell = shells[outside]
        for part in inside:
            if part not in shells:
                shells[part] = SubElement(shell, part.tag, dict(part.attrib))
            shell = shells[part]
        shell.append(copy)
    return parts


def _up_to_table(element: HtmlElement) -> list[HtmlElement]:
    """The section and the row that ``element`` stands in, the outermost first, behind what they stand in."""
    path = []
    for ancestor in element.iterancestors():
        path.append(ancestor)
        if ancestor.tag not in _TABLE_PARTS:
            break
    return path[::-1]


def _page(root: HtmlElement, head: HtmlElement | None, parts: list[HtmlElement]) -> HtmlElement:
    if len(parts) == 1 and parts[0].tag == root.tag and parts[0].tag == "html":
        return parts[0]
    page = Element("html", dict(root.attrib) if root.tag == "html" else {})
    if head is not None:
        page.append(deepcopy(head))
        page[-1].tail = None
    if len(parts) == 1 and parts[0].tag == "body":
        page.append(parts[0])
        return page
    body = Element("body")
    page.append(body)
    for part in parts:
        part.tail = "\n"
        body.append(part)
    return page
