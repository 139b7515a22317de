"""Cleaning: from the markup of a page to its content, and from content to HTML.

The markup is what lxml writes in one go in C; it is read tag by tag here. That is several times faster than walking
the lxml tree, whose elements become Python objects one by one, and needs no copy of the tree and no recursion.
"""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

from scrapy_c4.extractors.clean_attributes import hides
from scrapy_c4.extractors.clean_elements import GONE, HOLLOW, KEPT_VOID, UNWRAPPED
from scrapy_c4.extractors.clean_text import VERBATIM, append_text, append_verbatim, close_empty, is_blank, leave_gap
from scrapy_c4.extractors.content import VOID, Node, new_node
from scrapy_c4.extractors.scope import drop_elements, outermost

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from scrapy_c4.extractors.clean_elements import Elements

__all__ = ["clean", "strip_hidden", "to_html"]

_LONG_SPACE = re.compile(r"[ \t\n\r\f]{2,}|[\t\n\r\f]")
_NO_ELEMENTS = re.compile(r"<!--.*?-->|<\?.*?\?>", re.DOTALL)
_NOSCRIPT = re.compile(r"<noscript[^>]*>.*?</noscript>", re.DOTALL)
_TEXT = re.compile(r">([^<]+)")
#: Characters in a ``noscript`` that are content; fewer are a note that scripts are needed.
_NOSCRIPT_CONTENT = 400
_MAX_NOSCRIPTS = 10


def clean(markup: str, elements: Elements) -> Node:
    """The content of ``markup``, which is XML as lxml writes it: its root element."""
    if "<!" in markup or "<?" in markup:
        markup = _NO_ELEMENTS.sub("", markup)
    head_at, body_at = markup.find("<head"), markup.find("</head>")
    if 0 < head_at < body_at and markup.find("<body", 0, head_at) == -1:
        markup = markup[:head_at] + markup[body_at + 7 :]
    if "<noscript" in markup:
        markup = _NOSCRIPT.sub(lambda match: _opened(match[0], markup), markup, count=_MAX_NOSCRIPTS)
    page = current = new_node("")
    #: The open elements: the end tag each waits for, and the node it stands in.
    stack: list[tuple[str, Node]] = [("", page)]
    skipping = 0  # open elements of one name, the outermost of which goes with its content
    waiting = ""  # their end tag
    verbatim = 0  # open elements in which white space counts
    pieces = iter(markup.split("<"))
    next(pieces)
    for piece in pieces:
        head, _, text = piece.partition(">")
        if skipping:
            if head != waiting:
                name = waiting[1:]
                skipping += head == name or (head.startswith(name + " ") and head[-1] != "/")
                continue
            skipping -= 1
        elif not head:
            pass  # what is left of a tag with "<" in its name
        elif piece[0] == "/":
            end, parent = stack.pop()
            if end != head:
                # A start tag with "<" in its name or attributes was read as two.
                stack.append((end, parent))
                current = _close_unended(stack, head, current)
                end, parent = stack.pop() if stack[-1][0] == head else ("", current)
            if parent is not current:
                if verbatim and current.tag in VERBATIM:
                    verbatim -= 1
                if len(current) > 1 or (current and (isinstance(inner := current[0], Node) or not inner.isspace())):
                    parent.append(current)
                else:
                    close_empty(current, parent, verbatim)
                current = parent
        else:
            end, tag, attrs, start, action = elements[head]
            if action <= KEPT_VOID:
                node = Node()
                node.tag = tag
                node.attrs = attrs
                node.start = start
                if action >= HOLLOW:
                    current.append(node)
                    if end:
                        if action == HOLLOW:
                            skipping, waiting = 1, end
                        else:
                            stack.append((end, current))
                else:
                    verbatim += action
                    stack.append((end, current))
                    current = node
            else:
                if action != UNWRAPPED:
                    leave_gap(current, tag)
                if end:
                    if action == GONE:
                        skipping, waiting = 1, end
                    else:
                        stack.append((end, current))
        if not text or skipping:
            continue
        if verbatim:
            append_verbatim(current, unescape(text))
            continue
        if "&" in text:
            text = unescape(text)
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
