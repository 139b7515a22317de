"""Texts and empty elements of cleaned content: where white space goes, and where words must be held apart."""

from __future__ import annotations

from scrapy_c4.extractors.content import INLINE, VOID, Node, new_node

#: Gone with all that is inside, as if they had never stood there: no browser shows it.
DROPPED = frozenset(["script", "style", "noscript", "template", "head", "title", "svg", "noframes", "noembed"])
#: Elements in which white space counts.
VERBATIM = frozenset(["pre", "textarea"])
_SPACE = " \t\n\r\f"


def squeezed(text: str) -> str:
    """``text``, which is not blank, with one space for each run of white space."""
    text = text.replace("\n", " ").replace("\t", " ").replace("\r", " ").replace("\f", " ")
    if "  " not in text:
        return text
    words = " ".join([word for word in text.split(" ") if word])
    return f"{' ' if text[0] == ' ' else ''}{words}{' ' if text[-1] == ' ' else ''}"


def append_text(node: Node, text: str) -> None:
    """Add ``text`` behind another text: no white space twice, no two words made one."""
    last = node[-1]
    if last == "\n":
        if text.isspace():
            return
        node[-1] = " "
    elif text == "\n":
        text = " "
    if last == "":
        _close_gap(node, text)
    if text[0] in _SPACE and isinstance(last, str) and last and last[-1] in _SPACE:
        text = text[1:]
    if text:
        node.append(text)


def append_verbatim(node: Node, text: str) -> None:
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not node and text[0] == "\n" and node.tag in VERBATIM:
        text = text[1:]  # as browsers do
        if not text:
            return
    elif node and node[-1] == "":
        _close_gap(node, text)
    node.append(text)


def leave_gap(node: Node, tag: str) -> None:
    """An element is taken out: what stands before and after it must not become one word."""
    if tag in DROPPED or not node:
        return
    last = node[-1]
    if isinstance(last, str) and last and last[-1] not in _SPACE:
        # An empty text marks the place, until it is known whether text follows.
        node.append("" if tag in INLINE or tag in VOID else " ")


def _close_gap(node: Node, text: str) -> None:
    if text[0] in _SPACE:
        node.pop()
    else:
        node[-1] = new_node("wbr")


def is_blank(child: str | Node) -> bool:
    return isinstance(child, str) and (not child or child.isspace())


def close_empty(node: Node, parent: Node, verbatim: int) -> None:
    """An element without content ends: it goes, unless it means something or holds lines apart."""
    if means_something(node.tag, node.attrs) or (verbatim and node.tag not in INLINE):
        parent.append(node)
    elif node and node.tag in INLINE:
        if verbatim:
            parent.extend(node)
        elif parent and isinstance(parent[-1], str):
            append_text(parent, " ")
        else:
            parent.append(" ")
    else:
        leave_gap(parent, node.tag)


def close_without_picture(link: Node, parent: Node, alt: str) -> None:
    """A link ends that held nothing but an excluded picture: the text for the picture takes its place."""
    if alt and not alt.isspace():
        link[:] = [squeezed(alt)]
        parent.append(link)
    elif "title" in link.attrs or "aria-label" in link.attrs:
        parent.append(link)
    else:
        leave_gap(parent, link.tag)


def means_something(tag: str, attrs: dict[str, str]) -> bool:
    """Whether an element is worth keeping although it has no content."""
    if tag in ("td", "th", "textarea"):
        return True
    return bool(attrs) and ("href" in attrs or "src" in attrs or "datetime" in attrs or "content" in attrs)
