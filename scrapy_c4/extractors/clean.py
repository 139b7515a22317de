"""Cleaning: from the markup of a page to its content, and from content to HTML.

The markup is what lxml writes in one go in C; it is read tag by tag here. That is several times faster than walking
the lxml tree, whose elements become Python objects one by one, and needs no copy of the tree and no recursion.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from scrapy_c4.extractors.clean_attributes import hides
from scrapy_c4.extractors.clean_elements import COMMENT, GONE, HOLLOW, KEPT_VOID, UNWRAPPED
from scrapy_c4.extractors.clean_text import (
    VERBATIM,
    append_text,
    append_verbatim,
    close_empty,
    close_without_picture,
    is_blank,
    leave_gap,
    squeezed,
)
from scrapy_c4.extractors.content import VOID, Node, new_node, unescaped
from scrapy_c4.extractors.scope import drop_elements, outermost

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lxml.html import HtmlElement

    from scrapy_c4.extractors.clean_elements import Elements

__all__ = ["clean", "strip_hidden", "to_html", "with_noscripts"]

_NO_ELEMENTS = re.compile(r"<!--.*?-->|<\?.*?\?>", re.DOTALL)
# A tag with "<" in its name, or in that of an attribute.
_WITH_BRACKETS = re.compile(r"<[^<>]*<[^>]*")
_NOSCRIPT = re.compile(r"<noscript[^>]*>.*?</noscript>", re.DOTALL)
_TEXT = re.compile(r">([^<]+)")
#: Characters in a ``noscript`` that are content; fewer are a note that scripts are needed.
_NOSCRIPT_CONTENT = 400
_MAX_NOSCRIPTS = 10


def clean(markup: str, elements: Elements) -> Node:
    """The content of ``markup``, which is XML as lxml writes it: its root element."""
    page = current = new_node("")
    parents = [page]  # the nodes that the open elements stand in
    skipping = 0  # open elements of one name, the outermost of which goes with its content
    waiting = ""  # their end tag
    verbatim = 0  # open elements in which white space counts
    pictures: dict[int, str] = {}  # by link, the text for a picture in it that is excluded
    shared = elements.shared.get
    pieces = iter(markup.split("<"))
    next(pieces)
    for piece in pieces:
        head, bracket, text = piece.partition(">")
        if skipping:
            if head != waiting:
                name = waiting[1:]
                if piece[0] in "!?":
                    _behind_comment(piece, pieces)
                elif head == name or (head.startswith(name + " ") and head[-1] != "/"):
                    skipping += 1
                continue
            skipping -= 1
        elif not bracket and piece[0] not in "!?":
            return clean(_WITH_BRACKETS.sub(lambda match: "<" + match[0][1:].replace("<", "-"), markup), elements)
        elif piece[0] == "/":
            parent = parents.pop()
            if parent is not current:
                if verbatim and current.tag in VERBATIM:
                    verbatim -= 1
                if len(current) > 1 or (current and (type(inner := current[0]) is Node or not inner.isspace())):
                    parent.append(current)
                elif pictures and id(current) in pictures:
                    close_without_picture(current, parent, pictures[id(current)])
                else:
                    close_empty(current, parent, verbatim)
                current = parent
        else:
            end, tag, attrs, start, action = shared(head) or elements[head]
            if action <= KEPT_VOID:
                node = Node()
                node.tag = tag
                node.attrs = attrs
                node.start = start
                if action < HOLLOW:
                    verbatim += action
                    parents.append(current)
                    current = node
                else:
                    current.append(node)
                    if end:
                        if action == HOLLOW:
                            skipping, waiting = 1, end
                        else:
                            parents.append(current)
            else:
                if action == COMMENT:
                    text = _behind_comment(piece, pieces)
                elif action != UNWRAPPED:
                    leave_gap(current, tag)
                    if tag == "img" and ("src" in attrs or "srcset" in attrs):
                        link = next((node for node in (current, *reversed(parents)) if node.tag == "a"), None)
                        pictures[id(link)] = pictures.get(id(link)) or attrs.get("alt", "")
                if end:
                    if action == GONE:
                        skipping, waiting = 1, end
                    else:
                        parents.append(current)
        if not text or skipping:
            continue
        if verbatim:
            append_verbatim(current, unescaped(text))
            continue
        if "&" in text:
            text = unescaped(text)
        if text.isspace():
            text = "\n" if "\n" in text else " "
        elif "\n" in text or "  " in text or "\t" in text or "\r" in text or "\f" in text:
            text = squeezed(text)
        if current and current[-1].__class__ is str:
            append_text(current, text)
        else:
            current.append(text)
    for part in page:
        if isinstance(part, Node):
            return _trimmed(part)
    return new_node("html")


def _behind_comment(piece: str, pieces: Iterator[str]) -> str:
    """The text behind the comment, or processing instruction, that begins with ``piece``."""
    end, inside = ("-->", 3) if piece[0] == "!" else ("?>", 1)
    at = piece.find(end, inside)
    while at == -1:
        piece = next(pieces)
        at = piece.find(end)
    return piece[at + len(end) :]


def with_noscripts(markup: str, noscripts: Iterable[HtmlElement]) -> str:
    """``markup`` with each of its ``noscripts`` as a block where it holds content that the page holds nowhere else."""
    texts = ("".join(element.itertext()) for element in islice(noscripts, _MAX_NOSCRIPTS))
    if not any(len(" ".join(text.split())) >= _NOSCRIPT_CONTENT for text in texts):
        return markup
    markup = _NO_ELEMENTS.sub("", markup)
    return _NOSCRIPT.sub(lambda match: _opened(match[0], markup), markup, count=_MAX_NOSCRIPTS)


def _opened(noscript: str, markup: str) -> str:
    texts = _TEXT.findall(noscript)
    if len(" ".join("".join(texts).split())) < _NOSCRIPT_CONTENT or markup.count(max(texts, key=len)) > 1:
        return noscript
    return f"<div>{noscript[noscript.index('>') + 1 : -len('</noscript>')]}</div>"


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
            if type(child) is not Node:
                if "&" in child or "<" in child or ">" in child:
                    child = _escaped(child)
                out.append(child)
                continue
            out.append(child.start)
            tag = child.tag
            if child:
                text = child[0]
                if type(text) is not Node:
                    if tag in VERBATIM and text[:1] == "\n":
                        out.append("\n")  # the first one is dropped by parsers
                    if len(child) == 1:
                        out.append(_escaped(text) if "&" in text or "<" in text or ">" in text else text)
                        out.append(f"</{tag}>")
                        continue
                stack.append((iter(child), tag))
                break
            if tag not in VOID:
                out.append(f"</{tag}>")
        else:
            stack.pop()
            out.append(f"</{open_tag}>")
    return "".join(out)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


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
