"""Trees as browsers would have made them, where libxml2 makes others of what pages get wrong."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

from lxml.etree import PI, Comment, SubElement

from scrapy_c4.extractors.mending_shadow import add_text, shadow_roots, show

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_HEAD_ELEMENTS = frozenset(
    ["base", "basefont", "bgsound", "link", "meta", "noscript", "object", "script", "style", "template", "title"]
)
#: Elements that hold the others; text directly in them is read.
_FRAME = frozenset(["html", "head", "body"])
#: Elements behind the end of a page that show nothing.
_SILENT = _FRAME | {"link", "meta", "script", "style"}


def mended(root: HtmlElement, *, may_have_shadow: bool = True) -> HtmlElement:
    """``root``, or a copy of it with all the content of the page in its body, and that of its shadow roots shown.

    Nothing is lost in the copy, and ``root`` stays as it is. ``may_have_shadow`` False spares the search for them.
    """
    further = [other for other in root.itersiblings("html") if _shows_something(other)]
    if further:
        root = _with_further_roots(root, further)
    mended = _with_content_in_body(root, is_own=bool(further))
    templates = shadow_roots(mended) if may_have_shadow else []
    if templates and mended is root and not further:
        mended = deepcopy(root)
        templates = shadow_roots(mended)
    show(templates)
    return mended


def _shows_something(root: HtmlElement) -> bool:
    for element in root.iter():
        tag = element.tag
        if isinstance(tag, str) and tag not in _SILENT:
            return True
        texts = (element.text if tag in _FRAME else None, element.tail)
        if any(text and not text.isspace() for text in texts):
            return True
    return False


def _with_further_roots(root: HtmlElement, further: list[HtmlElement]) -> HtmlElement:
    """A copy with what comes behind ``</html>``, of which the parser makes further documents, in its body."""
    root = deepcopy(root)
    body = (root.findall("body") or [_body_of(root)])[-1]
    for other in map(deepcopy, further):
        add_text(body, other.text)
        for part in list(other):
            if part.tag in _FRAME:
                add_text(body, part.text)
                body.extend(list(part))
                add_text(body, part.tail)
            else:
                body.append(part)
    return root


def _body_of(root: HtmlElement) -> HtmlElement:
    body = root.find("body")
    return SubElement(root, "body") if body is None else body


def _with_content_in_body(root: HtmlElement, *, is_own: bool) -> HtmlElement:
    """``root``, or a copy of it where the parser, which takes ``main`` and the like for unknown, left them in the head.

    It does so on pages that do not say where their head ends.
    """
    head = next(root.iterchildren("head"), None) if root.tag == "html" else None
    # Heads have a hundred elements and more: they are told apart in C.
    if head is None or len(list(head.iterchildren(*_HEAD_ELEMENTS, Comment, PI))) == len(head):
        return root
    start = next((i for i, e in enumerate(head) if isinstance(e.tag, str) and e.tag not in _HEAD_ELEMENTS), None)
    if start is None:
        return root
    if not is_own:
        root = deepcopy(root)
    head = next(root.iterchildren("head"))
    body = _body_of(root)
    content = head[start:]
    if body.text and content:
        content[-1].tail = (content[-1].tail or "") + body.text
        body.text = None
    body[:0] = content
    return root
