"""How each element is written in markdown, and the walk over them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from scrapy_c4.extractors.citations import BREAK, IMAGE, LINK
from scrapy_c4.extractors.content import HEADINGS, INLINE, Node, text_parts, walk
from scrapy_c4.extractors.markdown_inline import clean_marks, code_block, escape
from scrapy_c4.extractors.markdown_tables import lay_out, read_rows
from scrapy_c4.extractors.markdown_writer import MAX_PREFIX, Leave, Link, List, Writer

#: The element is written, with all that is inside.
_DONE = object()
#: The open elements around the one that is being written.
_Stack = list[tuple[Iterator["str | Node"], "Leave | None", Node]]
_Handler = Callable[[Writer, Node, _Stack], Any]

_PLAIN = frozenset(
    ["abbr", "acronym", "bdi", "bdo", "big", "data", "font", "ins", "label", "mark", "meter", "nobr", "output",
     "picture", "progress", "rb", "rtc", "ruby", "small", "source", "span", "time", "track", "u", "wbr"]
)  # fmt: skip
_LANGUAGE = re.compile(r"(?:^|\s)(?:lang(?:uage)?|highlight(?:-source)?|brush|sourceCode)[-:\s]\s?([\w+#.-]{1,30})")
_NO_LANGUAGE = frozenset(["text", "none", "plain", "plaintext", "default", "notranslate", "wrapper", "source"])


def write(root: Node, writer: Writer) -> None:
    """Write everything inside ``root``."""
    stack: _Stack = [(iter(root), writer.flush, root)]
    handlers, plain, add_text = _HANDLERS, _PLAIN, writer.text
    while stack:
        children, leave, _ = stack[-1]
        for child in children:
            if isinstance(child, str):
                if child != " " and child != "\n":
                    add_text(child)
                elif writer.parts:
                    writer.add_space()
                continue
            tag = child.tag
            if tag in plain:
                if len(child) == 1 and isinstance(child[0], str):
                    add_text(child[0])
                    continue
                if writer.has_math and "katex-html" in child.attrs.get("class", ""):
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
            if result is not _DONE:
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


def _emphasis(kind: str) -> _Handler:
    return lambda writer, node, stack: writer.open_span(kind) if writer.code is None else None


def _between(before: str, after: str) -> _Handler:
    def handle(writer: Writer, node: Node, stack: _Stack) -> Leave:
        writer.parts.append(before)
        return lambda: writer.parts.append(after)

    return handle


def _nothing(writer: Writer, node: Node, stack: _Stack) -> Any:
    return _DONE


def _break(writer: Writer, node: Node, stack: _Stack) -> Any:
    if writer.parts:
        writer.parts.append(BREAK)
    return _DONE


def _anchor(writer: Writer, node: Node, stack: _Stack) -> Any:
    attrs = node.attrs
    url = attrs.get("href")
    if url is None:
        return None
    title = " ".join(attrs["title"].split()) if "title" in attrs else ""
    label = title or " ".join(attrs.get("aria-label", "").split())
    link = Link(url, title, label)
    if writer.code is None:
        if len(node) == 1 and isinstance(node[0], str) and not writer.in_link:  # most links are
            writer.add_link(link, node[0])
            return _DONE
        return writer.open_span("link", link)
    writer.flush_code()
    close = writer.open_span("link", link)

    def leave() -> None:
        writer.flush_code()
        if close is not None:
            close()

    return leave


def _image(writer: Writer, node: Node, stack: _Stack) -> Any:
    attrs = node.attrs
    if attrs.get("class", "").startswith("mwe-math-fallback"):
        return _DONE
    alt = " ".join(attrs.get("alt", "").split())
    if "src" in attrs:
        title = " ".join(attrs.get("title", "").split())
        end = writer.targets.end(attrs["src"], title if title != alt else None, alt, image=True)
        writer.parts.append(IMAGE + escape(alt, in_link=True) + end)
    elif alt:
        writer.parts.append(f"![{escape(alt, in_link=True)}]()")
    return _DONE


def _medium(writer: Writer, node: Node, stack: _Stack) -> Any:
    url = node.attrs.get("src") or next((n.attrs["src"] for n in walk(node) if "src" in n.attrs), None)
    label = " ".join((node.attrs.get("title") or node.attrs.get("aria-label") or "").split())
    if not label and url and node.tag != "iframe":
        label = url.rstrip("/").rpartition("/")[2].partition("?")[0]
    if url and label:
        writer.parts.extend([" ", LINK + escape(label, in_link=True) + writer.targets.end(url, None, label), " "])
    return None


def _input(writer: Writer, node: Node, stack: _Stack) -> Any:
    if node.attrs.get("type") == "checkbox" and not writer.parts and any(entry[2].tag == "li" for entry in stack[-3:]):
        writer.parts.append("[x] " if "checked" in node.attrs else "[ ] ")
    return _DONE


def _select(writer: Writer, node: Node, stack: _Stack) -> Any:
    options = (" ".join("".join(text_parts(n)).split()) for n in walk(node) if n.tag == "option")
    writer.text(f" {', '.join(option for option in options if option)} ")
    return _DONE


def _code(writer: Writer, node: Node, stack: _Stack) -> Any:
    if "math-tex" in node.attrs.get("class", ""):
        return _formula(writer, "".join(text_parts(node)), display="display" in node.attrs["class"])
    if writer.code is not None:
        return None
    if not any(inner.tag == "a" for inner in walk(node)):
        writer.add_code("".join(text_parts(node)))
        return _DONE
    # A link inside code stays a link, with code before, in and after it.
    writer.code = []

    def leave() -> None:
        writer.flush_code()
        writer.code = None

    return leave


def _math(writer: Writer, node: Node, stack: _Stack) -> Any:
    tex = next((n for n in walk(node) if n.tag == "annotation" and "tex" in n.attrs.get("encoding", "")), None)
    if tex is None:
        # Every part of a formula is an element of its own.
        writer.text(" ".join(" ".join(text_parts(node)).split()))
        return _DONE
    writer.has_math = True
    return _formula(writer, "".join(text_parts(tex)), display=node.attrs.get("display") == "block")


def _formula(writer: Writer, tex: str, *, display: bool) -> Any:
    tex = clean_marks(" ".join(tex.split()))
    if display and not writer.flat and tex:
        writer.flush()
        writer.emit(["$$", tex, "$$"])
    elif tex:
        writer.parts.append(f"${tex}$")
    return _DONE


# Blocks


def _heading(writer: Writer, node: Node, stack: _Stack) -> Leave:
    writer.flush()
    if writer.flat or writer.heading:
        return writer.flush
    writer.heading = "#" * int(node.tag[1])

    return writer.flush_heading


def _label(writer: Writer, node: Node, stack: _Stack) -> Leave:
    """A bold line: the term of a definition, the summary of details."""
    writer.flush()
    close = writer.open_span("strong")

    def leave() -> None:
        if close is not None:
            close()
        writer.flush()

    return leave


def _definition(writer: Writer, node: Node, stack: _Stack) -> Leave:
    writer.flush()
    if writer.flat:
        return writer.flush
    return writer.open_container(": ", "", tight=writer.after_paragraph)


def _quote(writer: Writer, node: Node, stack: _Stack) -> Leave:
    writer.flush()
    return writer.flush if writer.flat else writer.open_container("> ", "> ")


def _list(writer: Writer, node: Node, stack: _Stack) -> Leave:
    writer.flush()
    number, step = None, 1
    if node.tag == "ol":
        number = _integer(node.attrs.get("start"), 1)
        if "reversed" in node.attrs:
            step = -1
            if "start" not in node.attrs:
                number = sum(isinstance(child, Node) and child.tag == "li" for child in node)
    outer = writer.lists[-1] if writer.lists else None
    prefix = writer.prefix
    if outer is not None and outer.items and not outer.inside and len(prefix) < MAX_PREFIX:
        writer.prefix += "  " if outer.number is None else "   "
    bullets = ("-", "*") if number is None else (".", ")")
    # A list right behind another one would become part of it.
    follows = writer.closed_list == (len(writer.lines), writer.prefix, bullets[0])
    writer.lists.append(List(bullets[follows], number, step))

    def leave() -> None:
        writer.flush()
        closed = writer.lists.pop()
        if closed.items:
            writer.blank = True
            writer.closed_list = (len(writer.lines), writer.prefix, closed.bullet)
        writer.prefix = prefix

    return leave


def _item(writer: Writer, node: Node, stack: _Stack) -> Leave:
    writer.flush()
    if not writer.lists:
        writer.lists.append(List("-"))
        leave_list: Leave | None = writer.lists.pop  # type: ignore[assignment]
    else:
        leave_list = None
    current = writer.lists[-1]
    if current.number is None:
        marker = f"{current.bullet} "
    else:
        current.number = _integer(node.attrs.get("value"), current.number)
        marker = f"{min(max(current.number, 0), 999_999_999)}{current.bullet} "
        current.number += current.step
    if writer.flat:
        writer.parts.append(marker)
        return writer.flush
    # Only a list that begins with 1 may follow a text without a blank line.
    follows = len(writer.lists) > 1 and writer.after_paragraph and writer.marker is None
    nested = follows and (current.number is None or marker in ("1. ", "1) "))
    close = writer.open_container(marker, " " * len(marker), tight=bool(current.items) or nested)
    before = len(writer.lines)
    current.inside += 1

    def leave() -> None:
        close()
        current.inside -= 1
        current.items += len(writer.lines) > before
        if leave_list is not None:
            leave_list()

    return leave


def _preformatted(writer: Writer, node: Node, stack: _Stack) -> Any:
    text = clean_marks(_lines_of(node).strip("\n").rstrip())
    if not text.strip():
        return _DONE
    if writer.flat:
        for line in text.split("\n"):
            writer.add_code(line)
            writer.flush()
        return _DONE
    writer.flush()
    writer.emit(code_block(text, _language(node, stack)))
    return _DONE


def _lines_of(node: Node) -> str:
    """The text of preformatted content; an element that is a line of its own ends one."""
    parts: list[str] = []
    stack: list[str | Node] = [node]
    while stack:
        child = stack.pop()
        if isinstance(child, str):
            if child:
                parts.append(child)
        elif child.tag == "br":
            parts.append("\n")
        else:
            if child.tag not in INLINE and child is not node:
                if parts and not parts[-1].endswith("\n"):
                    parts.append("\n")
                stack.append("" if not child else "\n")
            stack.extend(reversed(child))
    return "".join(parts)


def _language(node: Node, stack: _Stack) -> str:
    around = [entry[2] for entry in stack[-2:]]
    inner = [child for child in node if isinstance(child, Node) and child.tag == "code"]
    for candidate in (*inner[:1], node, *reversed(around)):
        attrs = candidate.attrs
        for name in (attrs.get("data-lang"), attrs.get("data-language")):
            if name and re.fullmatch(r"[\w+#.-]{1,30}", name):
                return name
        for match in _LANGUAGE.finditer(attrs.get("class", "")):
            if match[1].lower() not in _NO_LANGUAGE:
                return match[1]
    return ""


def _rule(writer: Writer, node: Node, stack: _Stack) -> Any:
    writer.flush()
    if not writer.flat:
        writer.emit(["---"])
    return _DONE


def _table(writer: Writer, node: Node, stack: _Stack) -> Any:
    rows = None if writer.flat else read_rows(node)
    writer.flush()
    if rows is None:
        return writer.flush
    for loose in rows.loose:
        write(loose, writer)
    cells = [[(_cell(cell, writer), cell) for cell in row] for row in rows.rows]
    lines = lay_out(cells, rows.header)
    if lines:
        writer.emit(lines)
    return _DONE


def _cell(cell: Node, outer: Writer) -> str:
    if len(cell) == 1 and isinstance(cell[0], str):
        return " ".join(escape(cell[0]).split())
    writer = Writer(outer.targets, flat=True)
    write(cell, writer)
    return writer.cell()


def _integer(text: str | None, default: int) -> int:
    try:
        return int(text) if text and len(text) < 12 else default
    except ValueError:
        return default


_HANDLERS: dict[str, _Handler] = {
    "a": _anchor, "br": _break, "img": _image, "input": _input, "select": _select, "math": _math,
    "rp": _nothing, "area": _nothing, "col": _nothing,
    "iframe": _medium, "video": _medium, "audio": _medium,
    "sub": _emphasis("sub"), "sup": _emphasis("sup"), "rt": _between("(", ")"), "q": _between("“", "”"),
    "button": _between(" ", " "), "textarea": _between(" ", " "),
    "hr": _rule, "pre": _preformatted, "table": _table, "blockquote": _quote, "dd": _definition, "dt": _label,
    "summary": _label, "ul": _list, "ol": _list, "menu": _list, "dir": _list, "li": _item,
}  # fmt: skip
_HANDLERS |= dict.fromkeys(HEADINGS, _heading)
_HANDLERS |= dict.fromkeys(("code", "kbd", "samp", "tt"), _code)
_HANDLERS |= dict.fromkeys(("b", "strong"), _emphasis("strong"))
_HANDLERS |= dict.fromkeys(("i", "em", "cite", "dfn", "var"), _emphasis("em"))
_HANDLERS |= dict.fromkeys(("del", "s", "strike"), _emphasis("del"))
