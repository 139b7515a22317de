"""How much text the blocks of a page hold, and how much of it is links: in numbers, once for all filters."""

from __future__ import annotations

import re
from dataclasses import dataclass

from scrapy_c4.extractors.content import HEADINGS, INLINE, Node
from scrapy_c4.extractors.fit_signs import CLUTTER_TAGS, sign_of

#: Text without links that makes a block worth anything, in characters.
_MIN_TEXT = 25
_has_stop = re.compile(r"[.!?…。！？,;:،؛，、।]").search
_find_unspaced = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]").findall
#: What a character counts on pages in scripts that need fewer of them.
_UNSPACED_SCALE = 2.5


@dataclass
class Measures:
    """Per element, in document order; an element with inner text only that stands in a line counts to its parent."""

    nodes: list[Node]
    parents: list[int]
    #: Elements inside, itself included: the next one behind it has the index ``n + sizes[n]``.
    sizes: list[int]
    #: Characters inside, and those of links.
    texts: list[float]
    links: list[float]
    #: How much main text there is, in characters: in the lines of the element itself, and inside.
    own_values: list[float]
    values: list[float]


def is_line_part(node: Node) -> bool:
    """Whether the inline element ``node`` holds nothing that a filter could take out."""
    if node.tag in CLUTTER_TAGS:
        return False
    for child in node:
        if child.__class__ is not str:
            return False
    attrs = node.attrs
    if not attrs or node.tag == "a":
        return True
    return "hidden" not in attrs and not ("class" in attrs and sign_of(attrs["class"]))


def measure(root: Node) -> Measures:
    nodes: list[Node] = []
    parents: list[int] = []
    texts: list[float] = []
    links: list[float] = []
    stops: list[bool] = []
    sample: list[str] = []
    stack = [(root, -1)]
    while stack:
        node, parent = stack.pop()
        index = len(nodes)
        text = link = 0
        stop = False
        inner = []
        for child in node:
            if type(child) is not Node:
                length = len(child)
                if length > 1:
                    text += length
                    if length > 20:
                        if not stop:
                            stop = _has_stop(child) is not None
                        if len(sample) < 60:
                            sample.append(child)
            elif child.tag == "a" and len(child) == 1 and type(child[0]) is not Node:  # most links are
                length = len(child[0])
                text += length
                link += length
            elif child.tag in INLINE and is_line_part(child):
                for part in child:
                    text += len(part)
                    if child.tag == "a":
                        link += len(part)
                    elif len(part) > 20 and not stop:
                        stop = _has_stop(part) is not None  # type: ignore[arg-type]
            else:
                inner.append((child, index))
        nodes.append(node)
        parents.append(parent)
        texts.append(text)
        links.append(link)
        stops.append(stop)
        if inner:
            inner.reverse()
            stack.extend(inner)
    written = "".join(sample)
    scale = _UNSPACED_SCALE if len(_find_unspaced(written)) > len(written) * 0.2 else 1.0
    return _add_up(nodes, parents, texts, links, stops, scale)


def _add_up(
    nodes: list[Node], parents: list[int], texts: list[float], links: list[float], stops: list[bool], scale: float
) -> Measures:
    count = len(nodes)
    sizes = [1] * count
    own_values = [0.0] * count
    values = [0.0] * count
    holds_blocks = [False] * count
    # From the end, so that what is inside an element is known before the element. Lines are added up to the block
    # they stand in; ``own`` is that of the block's lines until it is complete.
    own_texts, own_links = texts[:], links[:]
    texts, links = [0.0] * count, [0.0] * count
    for index in range(count - 1, -1, -1):
        node, parent = nodes[index], parents[index]
        own, link = own_texts[index], own_links[index]
        if node.tag == "a":
            link = own
        if parent >= 0:
            sizes[parent] += sizes[index]
        if node.tag in INLINE and not holds_blocks[index] and parent >= 0:
            own_texts[parent] += own
            own_links[parent] += link
            stops[parent] = stops[parent] or stops[index]
            texts[index], links[index] = own * scale, link * scale
            continue
        own *= scale
        link *= scale
        plain = own - link
        if plain >= _MIN_TEXT and node.tag not in HEADINGS:
            # A text without a stop is a label more often than a sentence.
            own_values[index] = plain * (plain / own) * (1.0 if stops[index] else 0.4)
        values[index] += own_values[index]
        texts[index] += own
        links[index] += link
        if parent >= 0:
            holds_blocks[parent] = True
            texts[parent] += texts[index]
            links[parent] += links[index]
            values[parent] += values[index]
    return Measures(nodes, parents, sizes, texts, links, own_values, values)
