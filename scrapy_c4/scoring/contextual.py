"""How well links answer a query: how much of the query they match, and within that, how well (BM25)."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from scrapy_c4._words import STOP_WORDS
from scrapy_c4.scoring.fields import FIELDS, fields_of
from scrapy_c4.scoring.tokens import ENGLISH, Unit, find_units, keys_of, language_of, read_unit, stem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scrapy_c4.items import LinkItem

K1 = 1.0
#: What parts of a name count for when the name itself is not there.
PARTS_CREDIT = 0.6
WHOLE_WEIGHT, BEGINNING_WEIGHT, PIECE_WEIGHT, PART_WEIGHT, STOP_WEIGHT = 1.0, 0.8, 0.8, 0.3, 0.1
MAX_QUERY_UNITS = 64


def contextual_scores(query: str, links: list[LinkItem]) -> list[float]:
    """The relevance (0–1) of each link to ``query``: by its text, URL, context, and ``head_data`` where there is any.

    0 means that nothing of the query was found. A link that matches more words of the query never scores below one
    that matches fewer (a word met nowhere but in the running text of the target counts half), and scores compare
    between pages: links given together only shade what rare words are worth.
    """
    asked = _Query(query)
    if not asked.terms or not links:
        return [0.0] * len(links)
    found = [_match(asked, link) for link in links]
    quality = _quality(asked, [frequencies for frequencies, _ in found])
    count = len(asked.terms)
    scores = []
    for (_, met), q in zip(found, quality, strict=True):
        coverage = sum(_strength(term, met) for term in asked.terms)
        scores.append(round((coverage + q) / (count + 1), 6) if coverage else 0.0)
    return scores


class _Term(NamedTuple):
    """One word of the query, by the numbers of its evidence."""

    word: int
    #: The identifier it belongs to: ``xmlsaxhandler`` holds the terms xml, sax and handler.
    whole: int
    #: The parts it is made of: content and handler of ``ContentHandler``.
    parts: tuple[int, ...]


class _Query:
    """A query as a list of evidence to look for: whole identifiers, their beginnings, pieces and parts."""

    def __init__(self, text: str):
        self.weights: list[float] = []
        self._names: dict[str, int] = {}
        self._by_language: dict[str, dict[str, int]] = {}
        units = list(dict.fromkeys(unit for found in find_units(text) for unit in read_unit(found)))[:MAX_QUERY_UNITS]
        units = [unit for unit in units if unit.whole]
        content = [unit for unit in units if not _is_stop(unit)]
        self.terms = list(dict.fromkeys(term for unit in content or units for term in self._terms(unit)))
        if content:
            for unit in units:
                if _is_stop(unit):
                    self._evidence(unit.whole, STOP_WEIGHT)

    def _evidence(self, name: str, weight: float) -> int:
        number = self._names.setdefault(name, len(self._names))
        if number == len(self.weights):
            self.weights.append(weight)
        else:
            self.weights[number] = max(weight, self.weights[number])
        return number

    def _terms(self, unit: Unit) -> Iterator[_Term]:
        whole = self._evidence(unit.whole, WHOLE_WEIGHT)
        for beginning in unit.beginnings:
            self._evidence(beginning, BEGINNING_WEIGHT)
        pieces = [piece for piece in unit.pieces if piece[0] not in STOP_WORDS] or unit.pieces
        for name, parts in pieces:
            word = self._evidence(name, PIECE_WEIGHT)
            said = [part for part in parts if part not in STOP_WORDS and len(part) > 1 and not part.isdigit()]
            yield _Term(word, whole, tuple(self._evidence(part, PART_WEIGHT) for part in said))

    def evidence(self, language: str) -> dict[str, int]:
        """The numbers of the evidence by folded word and by its stem in ``language`` or English."""
        known = self._by_language.get(language)
        if known is None:
            known = {stem(name, ENGLISH): number for name, number in self._names.items()}
            known.update((stem(name, language), number) for name, number in self._names.items())
            known.update(self._names)
            self._by_language[language] = known
        return known


def _is_stop(unit: Unit) -> bool:
    return all(name in STOP_WORDS or (len(name) == 1 and name.isascii() and name.isalpha()) for name, _ in unit.pieces)


def _match(query: _Query, link: LinkItem) -> tuple[dict[int, float], dict[int, float]]:
    """What a link has of the query: weighted frequencies, and how far each piece of evidence is met (0–1)."""
    head = link.head_data or {}
    language = language_of(head.get("lang"))
    known = query.evidence(language)
    starts = {name[:2] for name in known}
    frequencies: dict[int, float] = {}
    met: dict[int, float] = {}
    for name, texts in fields_of(link):
        weight, usual, credit = FIELDS[name]
        best: dict[int, float] = {}
        for text in texts:
            units = find_units(text)
            if not units:
                continue
            counts = _count(units, known, starts, language)
            shortness = 1 / (0.5 + 0.5 * len(units) / usual)
            for number, count in counts.items():
                value = weight * shortness * (1 + math.log(count))
                if value > best.get(number, 0.0):
                    best[number] = value
        for number, value in best.items():
            frequencies[number] = frequencies.get(number, 0.0) + value
            if credit > met.get(number, 0.0):
                met[number] = credit
    return frequencies, met


def _count(units: list[str], known: dict[str, int], starts: set[str], language: str) -> Counter[int]:
    counts: Counter[int] = Counter()
    for unit in units:
        for key in keys_of(unit):
            # Stems begin as their words do, so most words need not be stemmed.
            if key[:2] in starts:
                number = known.get(key)
                if number is None:
                    number = known.get(stem(key, language))
                if number is None and language != ENGLISH:
                    number = known.get(stem(key, ENGLISH))  # names and loan words
                if number is None:
                    continue
                counts[number] += 1
    return counts


def _strength(term: _Term, met: dict[int, float]) -> float:
    """How far a link meets a term, 0–1."""
    best = max(met.get(term.word, 0.0), met.get(term.whole, 0.0))
    if best < PARTS_CREDIT and term.parts:
        best = max(best, PARTS_CREDIT * sum(met.get(part, 0.0) for part in term.parts) / len(term.parts))
    return best


def _quality(query: _Query, documents: Iterable[dict[int, float]]) -> list[float]:
    """BM25 of each document as a share of what a perfect one would have: 0 to below 1."""
    from scrapy_c4.scoring.bm25 import WeightedBM25

    bm25 = WeightedBM25(list(documents), query.weights, k1=K1)
    return [float(score) for score in bm25.shares()]
