"""The content of a page as a light tree of its own: what the options leave of it, cleaned.

An lxml tree is slow to walk from Python, and in it the text that follows an element belongs to the element. Here an
element's children are texts and nodes side by side, so nothing that is taken out can take other words with it.
"""

from __future__ import annotations

import logging
from html import unescape
from typing import TYPE_CHECKING, final

from lxml import etree

from scrapy_c4.extractors.scope import in_tables, outermost, select

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lxml.html import HtmlElement

    from scrapy_c4.extractors.document import Document
    from scrapy_c4.extractors.exclude import ExcludeRules
    from scrapy_c4.options import Options

logger = logging.getLogger(__name__)

#: Elements that stand in a line of text. ``address``, ``details`` and unknown elements are blocks.
INLINE = frozenset(
    ["a", "abbr", "acronym", "audio", "b", "bdi", "bdo", "big", "br", "button", "canvas", "cite", "code", "data", "del",
     "dfn", "em", "embed", "font", "i", "iframe", "img", "input", "ins", "kbd", "label", "mark", "math", "meter",
     "nobr", "output", "picture", "progress", "q", "rb", "rp", "rt", "rtc", "ruby", "s", "samp", "select", "small",
     "source", "span", "strike", "strong", "sub", "sup", "textarea", "time", "track", "tt", "u", "var", "video",
     "wbr", "annotation", "semantics", "mrow", "mi", "mo", "mn", "ms", "mtext", "mspace", "msup", "msub", "msubsup",
     "mfrac", "msqrt", "mroot", "mover", "munder", "munderover", "mtable", "mtr", "mtd", "mstyle", "mpadded",
     "mphantom", "menclose", "merror", "mfenced", "mmultiscripts", "annotation-xml",
     "mjx-container", "mjx-math", "mjx-assistive-mml"]
)  # fmt: skip
#: Elements without content and end tag.
VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]
)
HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
#: What is content without holding a word.
MEDIA = frozenset(["img", "picture", "video", "audio", "iframe", "input", "hr"])


@final
class Node(list["str | Node"]):
    """An element: the list of its texts and elements."""

    __slots__ = ("attrs", "start", "tag")

    tag: str
    #: Shared between nodes, so never changed in place.
    attrs: dict[str, str]
    #: The start tag, as HTML.
    start: str

    def __repr__(self) -> str:
        return f"<{self.tag} {self.attrs} {list.__repr__(self)}>"


def new_node(tag: str, attrs: dict[str, str] | None = None, children: Iterable[str | Node] = ()) -> Node:
    node = Node(children)
    node.tag = tag
    node.attrs = {} if attrs is None else attrs
    node.start = start_tag(tag, node.attrs)
    return node


def start_tag(tag: str, attrs: dict[str, str]) -> str:
    """The start tag as HTML."""
    return f"<{tag}{attributes_html(attrs)}>"


def attributes_html(attrs: dict[str, str]) -> str:
    return "".join([f' {name}="{escaped(value)}"' for name, value in attrs.items()])


def escaped(value: str) -> str:
    """The value of an attribute as HTML."""
    if "&" in value:
        value = value.replace("&", "&amp;")
    if "<" in value or ">" in value:
        value = value.replace("<", "&lt;").replace(">", "&gt;")
    return value.replace('"', "&quot;") if '"' in value else value


def unescaped(text: str) -> str:
    """A text or the value of an attribute, as lxml writes it in XML, without its escapes."""
    if "&#" in text:
        return unescape(text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")


def walk(node: Node) -> Iterator[Node]:
    """``node`` and all nodes inside, in document order."""
    stack = [node]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(child for child in reversed(node) if isinstance(child, Node))


def text_parts(node: Node) -> list[str]:
    """The texts inside ``node``, in document order."""
    parts: list[str] = []
    stack: list[str | Node] = [node]
    while stack:
        child = stack.pop()
        if isinstance(child, str):
            parts.append(child)
        else:
            stack.extend(reversed(child))
    return parts


def content_of(document: Document, options: Options, rules: ExcludeRules) -> Node:
    """The cleaned content that the options select, as an ``html`` node, which is empty when nothing is selected."""
    from scrapy_c4.extractors.clean import clean, with_noscripts
    from scrapy_c4.extractors.clean_elements import Elements

    document = document.scoped(options)
    root = document.root
    if not document.selector_matched:
        return new_node("html")
    elements = Elements(document.resolve, options, rules)
    if not options.target_elements:
        markup = _page_markup(root)
        content = clean(with_noscripts(markup, root.iter("noscript")), elements)
    else:
        targets = in_tables(_targets(document, options.target_elements))
        if not targets:
            return new_node("html")
        attributes = "".join(f' {name}="{root.get(name)}"' for name in ("lang", "dir") if _plain(root.get(name)))
        markup = "\n".join(map(_markup, targets))
        markup = with_noscripts(markup, (inner for target in targets for inner in target.iter("noscript")))
        content = clean(f"<html{attributes}><body>{markup}</body></html>", elements)
    if elements.has_tex:
        from scrapy_c4.extractors.clean_math import drop_drawn_formulas

        drop_drawn_formulas(content)
    if options.word_count_threshold:
        from scrapy_c4.extractors.clean_blocks import drop_short_blocks

        drop_short_blocks(content, options.word_count_threshold)
    return content


def _plain(value: str | None) -> bool:
    return bool(value) and value.replace("-", "").isalnum()  # type: ignore[union-attr]


def _targets(document: Document, selectors: list[str]) -> list[HtmlElement]:
    found = outermost(select(document.root, ", ".join(selectors)))
    if not found:
        logger.warning("target_elements %s match nothing on %s", ", ".join(selectors), document.url)
    return found


def _page_markup(root: HtmlElement) -> str:
    """The markup of a page, without its head."""
    if root.tag == "html" and [part.tag for part in root] == ["head", "body"]:
        return f"{start_tag('html', dict(root.items()))}{_markup(root[1])}</html>"
    markup = _markup(root)
    start, end = markup.find("<head"), markup.find("</head>")
    if 0 < start < end and markup.find("<body", 0, start) == -1:
        markup = markup[:start] + markup[end + 7 :]
    return markup


def _markup(element: HtmlElement) -> str:
    # As XML: every special character is escaped, so that "<" starts a tag and ">" ends one.
    return etree.tostring(element, encoding="unicode", with_tail=False)
