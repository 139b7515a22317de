"""The main content of a page, picked by how much text its blocks hold and what is known of them."""

from __future__ import annotations

from dataclasses import dataclass

from scrapy_c4.extractors.clean_blocks import drop_short_blocks
from scrapy_c4.extractors.content import HEADINGS, INLINE, Node, new_node, walk
from scrapy_c4.extractors.fit_clutter import find_clutter
from scrapy_c4.extractors.fit_copy import Copier, tidy
from scrapy_c4.extractors.fit_measure import Measures, measure
from scrapy_c4.extractors.markdown_tables import read_rows

#: The share of the main text that a part needs to hold, to be all there is.
_DOMINANT = 0.8
#: Where to stop looking for a smaller part.
_TEXTS = INLINE | HEADINGS | frozenset(["p", "pre", "ul", "ol", "dl", "blockquote", "figure"])
#: A text before the main part that belongs to it has at least this value, ...
_MIN_LEAD = 40
#: ... and all of them at most this share of the main part's and this much more.
_LEAD_SHARE, _LEAD_MORE = 0.3, 300


@dataclass(frozen=True)
class Pruning:
    """How strict blocks are judged. ``threshold``: the score, from 0 to 1, that a block needs to stay."""

    threshold: float = 0.48
    dynamic: bool = False
    min_words: int = 0


def fit_article(root: Node, pruning: Pruning | None = None) -> Node:
    """The main content of ``root``, as a tree of its own; ``root`` itself where nothing can be told apart."""
    pruning = pruning or Pruning()
    measures = measure(root)
    if not measures.values[0]:
        return root
    cut = find_clutter(measures)
    values = _values_left(measures, cut)
    main = _main_part(measures, cut, values)
    copier = Copier(measures, cut, values, pruning.threshold, dynamic=pruning.dynamic, share=not pruning.min_words)
    body = new_node("body")
    for index in [*_lead(measures, cut, main), main]:
        part = copier.copy(index)
        if part.tag == "html":
            body.extend(child for inner in part for child in inner if isinstance(inner, Node))
        elif part.tag == "body":
            body.extend(part)
        else:
            body += [part, "\n"]
    tidy(body, copier.copies)
    fit = new_node("html", root.attrs, [body])
    if pruning.min_words:
        drop_short_blocks(fit, pruning.min_words)
    return fit if _has_text(fit) else root


def _has_text(root: Node) -> bool:
    return any(type(child) is not Node and child and not child.isspace() for node in walk(root) for child in node)


def main_text_only(root: Node) -> Node:
    """``root`` without clutter, whatever part of the page it stands in."""
    measures = measure(root)
    if not measures.values[0]:
        return root
    cut = find_clutter(measures)
    copier = Copier(measures, cut, _values_left(measures, cut), 0.0)
    return copier.copy(0)


def _values_left(measures: Measures, cut: list[bool]) -> list[float]:
    values, parents = measures.values, measures.parents
    lost = [0.0] * len(values)
    for index in range(len(values) - 1, 0, -1):
        lost[parents[index]] += values[index] if cut[index] else lost[index]
    return [value - less for value, less in zip(values, lost, strict=True)]


def _main_part(measures: Measures, cut: list[bool], values: list[float]) -> int:
    """The smallest part that holds nearly all of the main text, or the article."""
    nodes, sizes = measures.nodes, measures.sizes
    main = 0
    while True:
        best = 0
        child, end = main + 1, main + sizes[main]
        while child < end:
            if not cut[child] and (not best or values[child] > values[best]):
                best = child
            child += sizes[child]
        if not best or values[best] < _DOMINANT * values[main]:
            return main
        node = nodes[best]
        if node.tag in _TEXTS or (node.tag == "table" and read_rows(node) is not None):
            return main
        main = best
        if node.tag == "article" or "articleBody" in node.attrs.get("itemprop", ""):
            return main


def _lead(measures: Measures, cut: list[bool], main: int) -> list[int]:
    """The title and the texts between it and the main part."""
    nodes, parents, sizes = measures.nodes, measures.parents, measures.sizes
    if any(nodes[n].tag == "h1" for n in range(main, main + sizes[main])):
        return []
    around = [main]
    while parents[around[-1]] >= 0:
        around.append(parents[around[-1]])
    title = start = 0
    index = 1
    while index < main:
        if cut[index]:
            index += sizes[index]
            continue
        if nodes[index].tag == "h1" and measures.texts[index]:
            title = index
        index += 1
    start = title or next((n for n in around if nodes[n].tag in ("article", "main")), around[min(3, len(around) - 1)])
    lead = [title] if title else []
    room = _LEAD_SHARE * measures.values[main] + _LEAD_MORE
    surrounding = set(around)
    index = start + sizes[start] if title else start + 1
    while index < main:
        value = measures.own_values[index]
        if cut[index]:
            index += sizes[index]
        elif index in surrounding:
            index += 1
        elif (value >= _MIN_LEAD and measures.links[index] < 0.3 * measures.texts[index] and value <= room) or (
            title and nodes[index].tag in HEADINGS and measures.texts[index] >= _MIN_LEAD
        ):
            room -= value
            lead.append(index)
            index += sizes[index]
        else:
            index += 1
    return lead
