"""How headings, lists and quotes are written in markdown."""

from __future__ import annotations

from typing import Any

from scrapy_c4.extractors.content import Node
from scrapy_c4.extractors.markdown_writer import DONE, MAX_PREFIX, Leave, List, Stack, Writer


def heading(writer: Writer, node: Node, stack: Stack) -> Leave:
    writer.flush()
    if writer.flat:
        # A header is written bold as it is.
        return writer.flush if stack[0][2].tag == "th" else _bold_line(writer)
    if writer.heading:
        return writer.flush
    writer.heading = "#" * int(node.tag[1])

    return writer.flush_heading


def label(writer: Writer, node: Node, stack: Stack) -> Leave:
    """A bold line: the term of a definition, the summary of details."""
    writer.flush()
    return _bold_line(writer)


def _bold_line(writer: Writer) -> Leave:
    close = writer.open_span("strong")

    def leave() -> None:
        if close is not None:
            close()
        writer.flush()

    return leave


def definition(writer: Writer, node: Node, stack: Stack) -> Leave:
    writer.flush()
    if writer.flat:
        return writer.flush
    return writer.open_container(": ", "", tight=writer.after_paragraph)


def quote(writer: Writer, node: Node, stack: Stack) -> Leave:
    writer.flush()
    return writer.flush if writer.flat else writer.open_container("> ", "> ")


def list_(writer: Writer, node: Node, stack: Stack) -> Leave:
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


def item(writer: Writer, node: Node, stack: Stack) -> Leave:
    if writer.parts:
        writer.flush()
    current = writer.lists[-1] if writer.lists else List("-")
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
    current.inside += 1
    return writer.open_container(marker, " " * len(marker), tight=current.items > 0 or nested, of=current)


def rule(writer: Writer, node: Node, stack: Stack) -> Any:
    writer.flush()
    if not writer.flat:
        writer.emit(["---"])
    return DONE


def _integer(text: str | None, default: int) -> int:
    try:
        return int(text) if text and len(text) < 12 else default
    except ValueError:
        return default
