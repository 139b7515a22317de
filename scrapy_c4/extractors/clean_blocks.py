"""Short blocks of text, and how many words a text has."""

from __future__ import annotations

import re

from scrapy_c4.extractors.clean_text import means_something
from scrapy_c4.extractors.content import HEADINGS, INLINE, MEDIA, VOID, Node, text_parts, walk

#: Kept whole, however short.
_WHOLE = HEADINGS | frozenset(["pre", "code", "table", "math", "dt", "summary", "figcaption", "caption", "legend"])
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
    holders = _holders(root)
    stack = [root]
    while stack:
        node = stack.pop()
        kept: list[str | Node] = []
        run: list[str | Node] = []
        for child in node:
            if isinstance(child, str) or (child.tag in INLINE and id(child) not in holders):
                run.append(child)
                continue
            kept += _unless_short(run, minimum)
            run = []
            kept.append(child)
            if child.tag not in _WHOLE:
                stack.append(child)
        kept += _unless_short(run, minimum)
        node[:] = kept
    _drop_empty(root)


def _drop_empty(root: Node) -> None:
    # From the end: what is inside an element is emptied before the element.
    for node in reversed(list(walk(root))):
        if not all(isinstance(child, str) or child or _stands_alone(child) for child in node):
            node[:] = [child for child in node if isinstance(child, str) or child or _stands_alone(child)]
        if node and node.tag != "pre" and all(isinstance(child, str) and not child.strip() for child in node):
            node.clear()


def _stands_alone(node: Node) -> bool:
    return node.tag in VOID or means_something(node.tag, node.attrs)


def _holders(root: Node) -> set[int]:
    """The inline elements that hold blocks."""
    holders: set[int] = set()
    for node in reversed(list(walk(root))):
        if node.tag in INLINE and any(
            isinstance(child, Node) and (child.tag not in INLINE or id(child) in holders) for child in node
        ):
            holders.add(id(node))
    return holders


def _unless_short(run: list[str | Node], minimum: int) -> list[str | Node]:
    if not run or any(isinstance(part, Node) and part.tag in ("code", "math") for part in run):
        return run
    words = count_words("".join("".join(text_parts(part)) if isinstance(part, Node) else part for part in run))
    if words == 0 or words >= minimum:
        return run
    # A picture is no text.
    return [" "] + [part for part in run if isinstance(part, Node) and any(n.tag in MEDIA for n in walk(part))]
