"""Shadow roots that are written in the page, put where a browser shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from lxml.etree import strip_tags

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.html import HtmlElement

#: Elements that can have a shadow root, besides those with a name of the page's own.
_HOSTS = frozenset(
    ["article", "aside", "blockquote", "body", "div", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "main",
     "nav", "p", "section", "span"]
)  # fmt: skip
_SHOWN = "c4-shown-slot"


def shadow_roots(root: HtmlElement) -> list[HtmlElement]:
    """The templates in ``root`` that a browser makes shadow roots of: one for each host."""
    found: dict[HtmlElement, HtmlElement] = {}
    for template in root.iter("template"):
        if (template.get("shadowrootmode") or "").lower() in ("open", "closed"):
            host = template.getparent()
            if host is not None and (host.tag in _HOSTS or "-" in str(host.tag)):
                found.setdefault(host, template)
    return list(found.values())


def show(templates: Iterable[HtmlElement]) -> None:
    """Put the content of each of ``templates`` (in document order) in its place, and in it what its slots take in.

    Other content of the host is not shown by browsers; it stays all the same, behind.
    """
    for template in reversed(list(templates)):  # so that all slots still inside are its own
        host = cast("HtmlElement", template.getparent())
        light = [part for part in _taken(host) if part is not template]
        given: dict[str | None, list[str | HtmlElement]] = {}
        for part in light:
            given.setdefault(_slot_of(part), []).append(part)
        filled: set[str | None] = set()
        for slot in list(template.iter("slot")):
            if next(slot.iterancestors("template"), None) is not template:
                continue  # its place is taken, or it is inert
            name = slot.get("name") or ""
            if name in given and name not in filled:
                filled.add(name)
                _taken(slot)
                _put(slot, given[name])
            slot.tag = _SHOWN  # one by one, dropping their tags would be quadratic
        strip_tags(template, _SHOWN)
        _put(host, [*_taken(template), *(part for part in light if _slot_of(part) not in filled)])


def _slot_of(part: str | HtmlElement) -> str | None:
    """The name of the slot that takes ``part``; None for what is not shown anyway."""
    if isinstance(part, str):
        return ""
    return part.get("slot") or "" if isinstance(part.tag, str) else None


def _taken(element: HtmlElement) -> list[str | HtmlElement]:
    """The texts and elements in ``element``, which has none after that."""
    parts: list[str | HtmlElement] = [element.text] if element.text else []
    for child in list(element):
        parts.append(child)
        if child.tail:
            parts.append(child.tail)
            child.tail = None
    element.text = None
    del element[:]
    return parts


def _put(element: HtmlElement, parts: Iterable[str | HtmlElement]) -> None:
    texts: list[str] = []
    for part in parts:
        if isinstance(part, str):
            texts.append(part)
            continue
        if texts:
            add_text(element, "".join(texts))
            texts = []
        element.append(part)
    add_text(element, "".join(texts))


def add_text(element: HtmlElement, text: str | None) -> None:
    """Put ``text`` behind all that ``element`` holds."""
    if not text:
        return
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text
