"""The walk over cleaned content that writes markdown, and how it writes inline elements and tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scrapy_c4.extractors import markdown_blocks as blocks
from scrapy_c4.extractors.citations import BREAK, IMAGE, LINK
from scrapy_c4.extractors.content import HEADINGS, INLINE, Node, text_parts, walk
from scrapy_c4.extractors.markdown_code import inline_code, preformatted
from scrapy_c4.extractors.markdown_inline import clean_marks, escape
from scrapy_c4.extractors.markdown_math import linear, tex_of
from scrapy_c4.extractors.markdown_tables import lay_out, read_rows
from scrapy_c4.extractors.markdown_writer import DONE, Leave, Link, Stack, Writer

_Handler = Callable[[Writer, Node, Stack], Any]

_PLAIN = frozenset(
    ["abbr", "acronym", "bdi", "bdo", "big", "data", "font", "ins", "label", "mark", "meter", "nobr", "output",
     "picture", "progress", "rb", "rtc", "ruby", "small", "source", "span", "time", "track", "u", "wbr",
     "mjx-container", "mjx-math", "mjx-assistive-mml"]
)  # fmt: skip
#: What a hidden part of a line is not left out with: it may be what is seen, once a script has run.
_MATTERS = frozenset(["img", "picture", "video", "audio", "iframe", "math", "code"])
_MAX_HIDDEN = 200
_TINY = frozenset(["0", "1", "0px", "1px"])


def write(root: Node, writer: Writer) -> None:
    """Write everything inside ``root``."""
    stack: Stack = [(iter(root), writer.flush, root)]
    handlers, plain, add_text = _HANDLERS, _PLAIN, writer.text
    while stack:
        children, leave, _ = stack[-1]
        for child in children:
            if type(child) is not Node:
                if child != " " and child != "\n":
                    add_text(child)
                elif writer.parts:
                    writer.add_space()
                continue
            tag, attrs = child.tag, child.attrs
            if attrs and ("hidden" in attrs or "style" in attrs) and tag in INLINE:
                if _open_unusual(writer, child, stack):
                    break
                continue
            if tag in plain:
                if len(child) == 1 and isinstance(child[0], str):
                    add_text(child[0])
                    continue
                if writer.has_math and "katex-html" in attrs.get("class", ""):
                    continue  # the picture of a formula that is written already
                stack.append((iter(child), None, child))
                break
            handler = handlers.get(tag)
            if handler is None:
                if writer.parts:
                    writer.flush()
                if len(child) == 1 and isinstance(child[0], str):
                    add_text(child[0])
                    writer.flush()
                    continue
                stack.append((iter(child), _end_block, child))
                break
            result = handler(writer, child, stack)
            if result is not DONE:
                stack.append((iter(child), result, child))
                break
        else:
            stack.pop()
            if leave is _end_block:
                if writer.parts:
                    writer.flush()
            elif leave is not None:
                leave()


def _end_block() -> None:
    """Stands for the end of a plain block."""


# Inline elements


def _open_unusual(writer: Writer, node: Node, stack: Stack) -> bool:
    """Begin an inline element that is hidden or a line of its own: whether there is more to write inside.

    What is hidden in a line of text is left out. Larger parts, such as closed tabs, are not.
    """
    was_hidden = writer.in_hidden
    if "hidden" in node.attrs and not was_hidden:
        if _is_left_out(node):
            return False
        writer.in_hidden = True
    _apart(writer)
    handler = _HANDLERS.get(node.tag)
    leave = None if handler is None else handler(writer, node, stack)

    def end() -> None:
        if leave is not None and leave is not DONE:
            leave()
        writer.in_hidden = was_hidden
        _apart(writer)

    if leave is DONE:
        end()
        return False

    stack.append((iter(node), end, node))
    return True


def _is_left_out(node: Node) -> bool:
    if any(inner.tag not in INLINE or inner.tag in _MATTERS for inner in walk(node)):
        return False
    return sum(map(len, text_parts(node))) < _MAX_HIDDEN


def _apart(writer: Writer) -> None:
    if writer.parts or writer.code:
        writer.add_space()


def _emphasis(kind: str) -> _Handler:
    return lambda writer, node, stack: writer.open_span(kind) if writer.code is None else None


def _between(before: str, after: str) -> _Handler:
    def handle(writer: Writer, node: Node, stack: Stack) -> Leave:
        writer.parts.append(before)
        return lambda: writer.parts.append(after)

    return handle


def _nothing(writer: Writer, node: Node, stack: Stack) -> Any:
    return DONE


def _gap(writer: Writer, node: Node, stack: Stack) -> Any:
    _apart(writer)
    return DONE


def _break(writer: Writer, node: Node, stack: Stack) -> Any:
    if writer.code is not None:
        writer.code.append(" ")
    elif writer.parts:
        writer.parts.append(BREAK)
    return DONE


def _anchor(writer: Writer, node: Node, stack: Stack) -> Any:
    attrs = node.attrs
    url = attrs.get("href")
    if url is None:
        return None
    title = " ".join(attrs["title"].split()) if "title" in attrs else ""
    if len(node) == 1 and writer.code is None and not writer.in_link:  # most links are
        text = node[0]
        if type(text) is Node and len(text) == 1 and text.tag in _PLAIN and not writer.has_math:
            text = text[0] if "hidden" not in text.attrs else text
        if type(text) is not Node and text and not text.isspace():
            writer.add_link(url, title, text)
            return DONE
    label = title or " ".join(attrs.get("aria-label", "").split())
    if not label and any(type(child) is Node and "hidden" in child.attrs for child in node):
        label = " ".join("".join(text_parts(node)).split())  # better than nothing, if no text is seen
    link = Link(url, title, label)
    if writer.code is None:
        return writer.open_span("link", link)
    writer.flush_code()
    close = writer.open_span("link", link)

    def leave() -> None:
        writer.flush_code()
        if close is not None:
            close()

    return leave


def _image(writer: Writer, node: Node, stack: Stack) -> Any:
    attrs = node.attrs
    if attrs.get("class", "").startswith("mwe-math-fallback"):
        return DONE
    alt = " ".join(attrs.get("alt", "").split())
    if not alt and ("hidden" in attrs or (attrs.get("width") in _TINY and attrs.get("height") in _TINY)):
        return DONE  # it only counts readers
    if "src" in attrs:
        title = " ".join(attrs.get("title", "").split())
        end = writer.targets.end(attrs["src"], title if title != alt else None, alt, image=True)
        writer.parts.append(IMAGE + escape(alt, in_link=True) + end)
    elif alt:
        writer.parts.append(f"![{escape(alt, in_link=True)}]()")
    return DONE


def _medium(writer: Writer, node: Node, stack: Stack) -> Any:
    url = node.attrs.get("src") or next((n.attrs["src"] for n in walk(node) if "src" in n.attrs), None)
    label = " ".join((node.attrs.get("title") or node.attrs.get("aria-label") or "").split())
    if not label and url and node.tag != "iframe":
        label = url.rstrip("/").rpartition("/")[2].partition("?")[0]
    if url and label:
        writer.parts.extend([" ", LINK + escape(label, in_link=True) + writer.targets.end(url, None, label), " "])
    else:
        _apart(writer)
    return DONE  # what is inside is for browsers that cannot play it


def _input(writer: Writer, node: Node, stack: Stack) -> Any:
    if node.attrs.get("type") == "checkbox" and not writer.parts and any(entry[2].tag == "li" for entry in stack[-3:]):
        writer.parts.append("[x] " if "checked" in node.attrs else "[ ] ")
    return DONE


def _select(writer: Writer, node: Node, stack: Stack) -> Any:
    options = (" ".join("".join(text_parts(n)).split()) for n in walk(node) if n.tag == "option")
    writer.text(f" {', '.join(option for option in options if option)} ")
    return DONE


def _code(writer: Writer, node: Node, stack: Stack) -> Any:
    if "math-tex" in node.attrs.get("class", ""):
        return _formula(writer, "".join(text_parts(node)), display="display" in node.attrs["class"])
    return inline_code(writer, node, stack)


def _math(writer: Writer, node: Node, stack: Stack) -> Any:
    tex = tex_of(node)
    if tex is None:
        writer.text(linear(node))
        return DONE
    writer.has_math = True
    return _formula(writer, tex, display=node.attrs.get("display") == "block")


def _formula(writer: Writer, tex: str, *, display: bool) -> Any:
    tex = clean_marks(" ".join(tex.split()))
    if display and not writer.flat and tex:
        writer.flush()
        writer.emit(["$$", tex, "$$"])
    elif tex:
        writer.parts.append(f"${tex}$")
    return DONE


# Blocks


def _table(writer: Writer, node: Node, stack: Stack) -> Any:
    rows = None if writer.flat else read_rows(node)
    writer.flush()
    if rows is None:
        return writer.flush
    for loose in rows.loose:
        write(loose, writer)
    cells = [[(_cell(cell, writer), cell) for cell in row] for row in rows.rows]
    lines = lay_out(cells, rows)
    if lines:
        writer.emit(lines)
    return DONE


def _cell(cell: Node, outer: Writer) -> str:
    if len(cell) == 1 and isinstance(cell[0], str):
        return " ".join(escape(cell[0]).split())
    writer = Writer(outer.targets, flat=True)
    write(cell, writer)
    return writer.cell()


_HANDLERS: dict[str, _Handler] = {
    "a": _anchor, "br": _break, "img": _image, "input": _input, "select": _select, "math": _math,
    "rp": _nothing, "area": _nothing, "col": _nothing, "canvas": _gap,
    "iframe": _medium, "video": _medium, "audio": _medium,
    "sub": _emphasis("sub"), "sup": _emphasis("sup"), "rt": _between("(", ")"), "q": _between("“", "”"),
    "button": _between(" ", " "), "textarea": _between(" ", " "),
    "hr": blocks.rule, "pre": preformatted, "table": _table, "blockquote": blocks.quote,
    "dt": blocks.label, "dd": blocks.definition, "summary": blocks.label,
    "ul": blocks.list_, "ol": blocks.list_, "menu": blocks.list_, "dir": blocks.list_, "li": blocks.item,
}  # fmt: skip
_HANDLERS |= dict.fromkeys(HEADINGS, blocks.heading)
_HANDLERS |= dict.fromkeys(("code", "kbd", "samp", "tt"), _code)
_HANDLERS |= dict.fromkeys(("b", "strong"), _emphasis("strong"))
_HANDLERS |= dict.fromkeys(("i", "em", "cite", "dfn", "var"), _emphasis("em"))
_HANDLERS |= dict.fromkeys(("del", "s", "strike"), _emphasis("del"))
