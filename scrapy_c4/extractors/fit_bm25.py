"""The passages of a page that matter for a query, under their headings."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from scrapy_c4.extractors.content import HEADINGS, INLINE, Node, new_node, text_parts
from scrapy_c4.extractors.fit_article import fit_article, main_text_only

#: Taken or left as one.
_UNITS = frozenset(["p", "pre", "li", "ol", "dl", "table", "figure", "blockquote", "details", "math"])
_K1, _B = 1.5, 0.75
_HEADING_WEIGHT = 0.5
_STOP_WORD_WEIGHT = 0.1
#: Where no passage reaches the threshold: those that score at least this share of the best.
_NEAR_BEST = 0.5


@dataclass
class _Passage:
    node: Node
    #: The list it is an item of.
    parent: Node | None = None
    #: The headings over it, the nearest last.
    headings: list[Node] = field(default_factory=list)
    text: str = ""


def fit_bm25(root: Node, query: str | None, threshold: float, language: str | None) -> Node:
    """What of ``root`` scores at least ``threshold`` for ``query``, and the best where nothing does.

    Without a query, the first heading is it. Empty where no passage holds a word of the query.
    """
    query = query or _first_heading(root)
    if not query:
        return fit_article(root)
    language = language or root.attrs.get("lang")
    kept: list[_Passage] = []
    # Navigation repeats the words of a page: it answers only where nothing else does.
    for content in (main_text_only(root), root):
        passages = _passages(content)
        kept = _matching(passages, query, threshold, language)
        if kept:
            break
    return new_node("html", root.attrs, [new_node("body", None, _under_headings(kept))] if kept else [])


def _first_heading(root: Node) -> str:
    stack: list[str | Node] = [root]
    while stack:
        child = stack.pop()
        if isinstance(child, Node):
            if child.tag in ("h1", "h2"):
                return " ".join("".join(text_parts(child)).split())
            stack.extend(reversed(child))
    return ""


def _passages(root: Node) -> list[_Passage]:
    passages: list[_Passage] = []
    headings: list[Node] = []
    stack: list[tuple[Node, Node | None]] = [(root, None)]
    while stack:
        node, parent = stack.pop()
        tag = node.tag
        if tag in HEADINGS:
            headings = [h for h in headings if h.tag < tag]
            headings.append(node)
        elif tag in _UNITS or _is_text(node):
            text = " ".join("".join(f"{part} " for part in text_parts(node)).split())
            if text:
                passages.append(_Passage(node, parent if tag == "li" else None, headings, text))
        else:
            stack.extend((child, node) for child in reversed(node) if isinstance(child, Node))
    return passages


def _is_text(node: Node) -> bool:
    """Whether texts or lines stand right inside ``node``."""
    if node.tag in INLINE:
        return not any(isinstance(child, Node) and child.tag not in INLINE for child in node)
    return any(isinstance(child, str) and not child.isspace() and child for child in node)


def _matching(passages: list[_Passage], query: str, threshold: float, language: str | None) -> list[_Passage]:
    from scrapy_c4._words import STOP_WORDS
    from scrapy_c4.scoring.bm25 import WeightedBM25
    from scrapy_c4.scoring.tokens import find_units, fold, keys_of, language_of, stem

    stemmer = language_of(language)

    def words_of(text: str) -> Counter[str]:
        return Counter(stem(key, stemmer) for unit in find_units(text) for key in keys_of(unit))

    words = {word: number for number, word in enumerate(words_of(query))}
    if not passages or not words:
        return []
    stop_words = {stem(word, stemmer) for word in map(fold, query.split()) if word in STOP_WORDS}
    weights = [_STOP_WORD_WEIGHT if word in stop_words else 1.0 for word in words]
    counts = [words_of(passage.text) for passage in passages]
    lengths = [sum(count.values()) for count in counts]
    mean = sum(lengths) / len(lengths) or 1
    of_heading: dict[int, Counter[str]] = {}
    documents = []
    for passage, count, length in zip(passages, counts, lengths, strict=True):
        norm = 1 - _B + _B * length / mean
        document = {words[word]: number / norm for word, number in count.items() if word in words}
        for heading in passage.headings:
            if heading.tag == "h1":
                continue  # the title says the same of all passages
            if id(heading) not in of_heading:
                of_heading[id(heading)] = words_of("".join(text_parts(heading)))
            for word in of_heading[id(heading)]:
                if word in words:
                    document[words[word]] = document.get(words[word], 0) + _HEADING_WEIGHT
        documents.append(document)
    scores = WeightedBM25(documents, weights, _K1).get_scores(range(len(words))).tolist()
    best = max(scores)
    if best <= 0:
        return []
    bar = threshold if best >= threshold else best * _NEAR_BEST
    kept = []
    announced = False  # the passage before is kept, and announces what follows
    for passage, score in zip(passages, scores, strict=True):
        if (score > 0 and score >= bar) or announced:
            kept.append(passage)
            announced = score >= bar and passage.text.endswith((":", "："))
        else:
            announced = False
    return kept


def _under_headings(passages: list[_Passage]) -> list[str | Node]:
    parts: list[str | Node] = []
    written: set[int] = set()
    items: Node | None = None  # the open list
    open_list: Node | None = None
    for passage in passages:
        for heading in passage.headings:
            if id(heading) not in written:
                written.add(id(heading))
                parts += [heading, "\n"]
                open_list = None
        if passage.parent is not None and passage.parent.tag in ("ul", "menu", "dir"):
            if passage.parent is not open_list or items is None:
                items = new_node(passage.parent.tag, passage.parent.attrs)
                parts += [items, "\n"]
                open_list = passage.parent
            items.append(passage.node)
        else:
            parts += [passage.node, "\n"]
            open_list = None
    return parts
