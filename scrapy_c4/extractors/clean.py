"""Cleaning: from the markup of a page to its content, and from content to HTML.

The markup is what lxml writes in one go in C; it is read tag by tag here. That is several times faster than walking
the lxml tree, whose elements become Python objects one by one, and needs no copy of the tree and no recursion.
"""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

from scrapy_c4.extractors.clean_attributes import AttributeReader, hides
from scrapy_c4.extractors.clean_text import (
    DROPPED,
    VERBATIM,
    append_text,
    append_verbatim,
    close_empty,
    is_blank,
    leave_gap,
    means_something,
)
from scrapy_c4.extractors.content import INLINE, VOID, Node, new_node, start_tag
from scrapy_c4.extractors.scope import drop_elements, outermost
from scrapy_c4.items import MediaItem

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.html import HtmlElement

    from scrapy_c4.extractors.exclude import ExcludeRules
    from scrapy_c4.options import Options

__all__ = ["Cleaner", "strip_hidden", "to_html"]

_LONG_SPACE = re.compile(r"[ \t\n\r\f]{2,}|[\t\n\r\f]")
_NO_ELEMENTS = re.compile(r"<!--.*?-->|<\?.*?\?>", re.DOTALL)
_NOSCRIPT = re.compile(r"<noscript[^>]*>.*?</noscript>", re.DOTALL)
_TEXT = re.compile(r">([^<]+)")
#: Characters in a ``noscript`` that are content; fewer are a note that scripts are needed.
_NOSCRIPT_CONTENT = 400
_NAME = re.compile(r"[a-z][a-z0-9-]*\Z")
_KNOWN = INLINE | VOID | frozenset(["div", "p", "ul", "li", "ol", "section", "article", "table", "tr", "td", "th"])

#: Gone; they hold nothing.
_DROPPED_VOID = frozenset(["base", "link", "meta", "param", "embed"])
#: Elements whose content is read as text only, or that no longer exist, and what holds the same text today.
_RENAMED = {
    "listing": "pre", "plaintext": "pre", "xmp": "pre", "noframes": "div", "noembed": "span", "frameset": "div",
    "frame": "iframe", "object": "span", "applet": "span", "canvas": "span", "title": "span",
}  # fmt: skip
_MEDIA = frozenset(["img", "picture", "source", "video", "audio", "iframe", "track"])


#: What becomes of an element: a node; one in which white space counts; a node without what is inside; a node, and what
#: is inside stands after it (lxml does not know all void elements); only its content stays, being put there by markup
#: or by the parser's error; both go.
_OPEN, _OPEN_VERBATIM, _HOLLOW, _VOID, _UNWRAP, _DROP_VOID, _DROP = range(7)
#: The end tag to wait for ("" where none comes); tag, attributes and start tag of the node; the above.
_Element = tuple[str, str, dict[str, str], str, int]


class Cleaner:
    """Makes the content tree of one page. ``resolve`` gives absolute URLs."""

    def __init__(self, resolve: Callable[[str], str | None], options: Options, rules: ExcludeRules):
        self._rules = rules
        self._only_text = options.only_text
        self._attributes = AttributeReader(resolve, rules.url_rule_for_image, keep_data=options.keep_data_attributes)

    def clean(self, markup: str) -> Node:
        """The content of ``markup``, which is XML as lxml writes it: its root element."""
        if "<!" in markup or "<?" in markup:
            markup = _NO_ELEMENTS.sub("", markup)
        if "<noscript" in markup:
            markup = _NOSCRIPT.sub(lambda match: _opened(match[0], markup), markup)
        elements: dict[str, _Element] = {}
        page = current = new_node("")
        #: The open elements: the end tag each waits for, and the node it stands in.
        stack: list[tuple[str, Node]] = []
        skipping = 0  # open elements inside, and with, one whose content goes
        verbatim = 0  # open elements in which white space counts
        pieces = iter(markup.split("<"))
        next(pieces)
        for piece in pieces:
            head, _, text = piece.partition(">")
            if not head:
                pass  # what is left of a tag with "<" in its name
            elif piece[0] == "/":
                if skipping:
                    skipping -= 1
                elif stack:
                    end, parent = stack[-1]
                    if end != head:
                        # A start tag with "<" in its name or attributes was read as two.
                        current = _close_unended(stack, head, current)
                        end, parent = stack[-1]
                    if end == head:
                        stack.pop()
                        if parent is not current:
                            if verbatim and current.tag in VERBATIM:
                                verbatim -= 1
                            if len(current) > 1 or (current and not is_blank(current[0])):
                                parent.append(current)
                            else:
                                close_empty(current, parent, verbatim)
                            current = parent
            elif skipping:
                skipping += head[-1:] != "/"
                continue
            else:
                element = elements.get(head)
                if element is None:
                    element = elements[head] = self._element(head)
                end, tag, attrs, start, action = element
                if action <= _VOID:
                    node = Node()
                    node.tag = tag
                    node.attrs = attrs
                    node.start = start
                    if action >= _HOLLOW:
                        current.append(node)
                        if end:
                            if action == _HOLLOW:
                                skipping = 1
                            else:
                                stack.append((end, current))
                    else:
                        verbatim += action
                        stack.append((end, current))
                        current = node
                else:
                    if action != _UNWRAP:
                        leave_gap(current, tag)
                    if end:
                        if action == _DROP:
                            skipping = 1
                        else:
                            stack.append((end, current))
            if not text or skipping:
                continue
            if "&" in text:
                text = unescape(text)
            if verbatim:
                append_verbatim(current, text)
                continue
            if text.isspace():
                text = "\n" if "\n" in text else " "
            elif "\n" in text or "  " in text or "\t" in text or "\r" in text:
                text = _LONG_SPACE.sub(" ", text)
            if current and current[-1].__class__ is str:
                append_text(current, text)
            else:
                current.append(text)
        while stack:
            parent = stack.pop()[1]
            if parent is not current:
                parent.append(current)
            current = parent
        for part in page:
            if isinstance(part, Node):
                return _trimmed(part)
        return new_node("html")

    def _element(self, head: str) -> _Element:
        """What becomes of the start tag ``<head>``."""
        closed = head[-1] == "/"
        name, _, written = (head[:-1] if closed else head).partition(" ")
        end = "" if closed else f"/{name}"
        attrs: dict[str, str] = {}
        action = _OPEN
        if name in DROPPED:
            if name == "script" and "math/tex" in written:
                tag = "code"
                attrs["class"] = "math-tex display" if "mode=display" in written else "math-tex"
            else:
                return end, name, attrs, "", _DROP
        else:
            tag = _RENAMED.get(name, name)
            if tag not in _KNOWN and not _NAME.match(tag):
                tag = "span"
            if self._only_text and tag != "br" and (tag in INLINE or tag in _MEDIA):
                if tag not in VOID:
                    return end, tag, attrs, "", _DROP if tag in _MEDIA or closed else _UNWRAP
                return end, tag, attrs, "", _DROP_VOID
            if written:
                attrs = self._attributes.read(tag, f" {written}")
            if tag in VOID or tag in _MEDIA:
                if self._is_dropped(tag, attrs):
                    return end, tag, attrs, "", _DROP_VOID if tag in VOID else _DROP
                if tag in VOID:
                    action = _VOID
                elif closed or tag == "iframe":
                    action = _HOLLOW
            elif closed and not means_something(tag, attrs):
                return end, tag, attrs, "", _DROP
            elif tag == "a" and "href" in attrs and self._rules.url_rule_for_link(attrs["href"]):
                return end, tag, attrs, "", _UNWRAP
            elif closed:
                action = _HOLLOW
            elif tag in VERBATIM:
                action = _OPEN_VERBATIM
        return end, tag, attrs, start_tag(tag, attrs, plain="&" not in written), action

    def _is_dropped(self, tag: str, attrs: dict[str, str]) -> bool:
        url = attrs.get("src")
        if tag in ("img", "iframe", "source", "track"):
            if url is None and not attrs.get("alt") and "srcset" not in attrs:
                return True
        elif tag == "input":
            return attrs.get("type", "").lower() == "hidden"
        elif tag in _DROPPED_VOID or (tag == "area" and "href" not in attrs):
            return True
        if not self._rules.drops_images:
            return False
        if tag in ("img", "picture") or (tag == "source" and url is None):
            return bool(self._rules.url_rule_for_image(url or ""))
        return url is not None and bool(self._rules.media_rule(MediaItem(page_url="", type="video", src=url)))


def _opened(noscript: str, markup: str) -> str:
    """A ``noscript`` as a block where it holds content that the page holds nowhere else."""
    texts = _TEXT.findall(noscript)
    if len(" ".join("".join(texts).split())) < _NOSCRIPT_CONTENT or markup.count(max(texts, key=len)) > 1:
        return noscript
    return f"<div>{noscript[noscript.index('>') + 1 : -len('</noscript>')]}</div>"


def _close_unended(stack: list[tuple[str, Node]], end: str, current: Node) -> Node:
    """Close what is open inside the element that ``end`` ends; nothing when there is none. Returns the open node."""
    inner = next((n for n in range(1, min(len(stack), 20)) if stack[-1 - n][0] == end), 0)
    for _ in range(inner):
        parent = stack.pop()[1]
        if parent is not current:
            parent.append(current)
        current = parent
    return current


def _trimmed(root: Node) -> Node:
    """``root`` without white space at the ends of its parts and between them."""
    root[:] = [child for child in root if not is_blank(child)]
    for part in root:
        if isinstance(part, Node) and part.tag == "body":
            first, last = 0, len(part)
            while first < last and is_blank(part[first]):
                first += 1
            while first < last and is_blank(part[last - 1]):
                last -= 1
            part[:] = part[first:last]
    return root


def to_html(root: Node) -> str:
    """``root`` as HTML; "" when it is empty."""
    if not root:
        return ""
    out = [root.start]
    stack = [(iter(root), root.tag)]
    while stack:
        children, open_tag = stack[-1]
        for child in children:
            if isinstance(child, str):
                if "&" in child or "<" in child or ">" in child:
                    child = child.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
                out.append(child)
                continue
            out.append(child.start)
            tag = child.tag
            if child:
                if tag in VERBATIM and isinstance(child[0], str) and child[0].startswith("\n"):
                    out.append("\n")  # the first one is dropped by parsers
                stack.append((iter(child), tag))
                break
            if tag not in VOID:
                out.append(f"</{tag}>")
        else:
            stack.pop()
            out.append(f"</{open_tag}>")
    return "".join(out)


def strip_hidden(root: HtmlElement) -> None:
    """Remove from the tree ``root``, which must be a private copy, the elements that a browser does not show.

    These are elements with ``hidden``, ``dialog`` without ``open``, and those an inline style makes invisible. What
    style sheets hide is not known.
    """
    hidden = [
        element
        for element in root.xpath("//*[@hidden or @style or (self::dialog and not(@open))]")
        if element.get("hidden") is not None or element.tag == "dialog" or hides(element.get("style") or "")
    ]
    drop_elements(outermost(hidden))
