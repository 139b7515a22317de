"""Short blocks of text, and how many words a text has."""

from __future__ import annotations

import re

from scrapy_c4.extractors.clean_text import means_something
from scrapy_c4.extractors.content import HEADINGS, INLINE, MEDIA, VOID, Node, text_parts, walk

#: Kept whole, however short.
_WHOLE = HEADINGS | frozenset(["pre", "code", "table", "math", "dt", "summary", "figcaption", "caption", "legend"])
#: What code and formulas count.
_MANY = 10**9
# Scripts that write no spaces between words.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")


def count_words(text: str) -> int:
    """The words of ``text``. Where words are not divided by spaces, two characters count as one."""
    words = len(text.split())
    return words if text.isascii() else words + len(_UNSPACED.findall(text)) // 2


def drop_short_blocks(root: Node, minimum: int) -> None:
    """Remove from ``root`` the blocks of text with fewer words than ``minimum``, one word at least.

    A block is what stands on lines of its own: the texts and inline elements between two block elements.
    """
    nodes = list(walk(root))
    holders = _holders(nodes)
    short = _short_definitions(nodes, holders, minimum)
    stack = [root]
    while stack:
        node = stack.pop()
        kept: list[str | Node] = []
        run: list[str | Node] = []
        for child in node:
            if isinstance(child, str) or _is_inline(child, holders):
                run.append(child)
                continue
            kept += _unless_short(run, minimum)
            run = []
            kept.append(child)
            if child.tag not in _WHOLE and id(child) not in short:
                stack.append(child)
        kept += _unless_short(run, minimum)
        node[:] = kept
    _drop_empty(root)


def _is_inline(node: Node, holders: set[int]) -> bool:
    return node.tag in INLINE and id(node) not in holders


def _short_definitions(nodes: list[Node], holders: set[int], minimum: int) -> set[int]:
    """The definitions of which nothing would be left. They stay, as their terms do."""
    short: set[int] = set()
    if not any(node.tag == "dd" for node in nodes):
        return short
    lasting: set[int] = set()
    # From the end: what is inside an element is known before the element.
    for node in reversed(nodes):
        if _is_inline(node, holders):
            continue  # part of a run
        if node.tag in _WHOLE or _lasts(node, holders, lasting, minimum):
            lasting.add(id(node))
        elif node.tag == "dd":
            short.add(id(node))
    return short


def _lasts(node: Node, holders: set[int], lasting: set[int], minimum: int) -> bool:
    """Whether a text of ``node`` is long enough, or a block inside, of which ``lasting`` are known."""
    run: list[str | Node] = []
    for child in node:
        if isinstance(child, str) or _is_inline(child, holders):
            run.append(child)
        elif id(child) in lasting or _words_in(run) >= minimum:
            return True
        else:
            run = []
    return _words_in(run) >= minimum


def _drop_empty(root: Node) -> None:
    # From the end: what is inside an element is emptied before the element.
    for node in reversed(list(walk(root))):
        if not all(isinstance(child, str) or child or _stands_alone(child) for child in node):
            node[:] = [child for child in node if isinstance(child, str) or child or _stands_alone(child)]
        if node and node.tag != "pre" and all(isinstance(child, str) and not child.strip() for child in node):
            node.clear()


def _stands_alone(node: Node) -> bool:
    return node.tag in VOID or means_something(node.tag, node.attrs)


def _holders(nodes: list[Node]) -> set[int]:
    """The inline elements that hold blocks."""
    holders: set[int] = set()
    for node in reversed(nodes):
        if node.tag in INLINE and any(
            isinstance(child, Node) and (child.tag not in INLINE or id(child) in holders) for child in node
        ):
            holders.add(id(node))
    return holders


def _words_in(run: list[str | Node]) -> int:
    if any(isinstance(part, Node) and part.tag in ("code", "math") for part in run):
        return _MANY
    return count_words("".join("".join(text_parts(part)) if isinstance(part, Node) else part for part in run))


def _unless_short(run: list[str | Node], minimum: int) -> list[str | Node]:
    words = _words_in(run)
    if words == 0 or words >= minimum:
        return run
    # A picture is no text.
    return [" "] + [part for part in run if isinstance(part, Node) and any(n.tag in MEDIA for n in walk(part))]
