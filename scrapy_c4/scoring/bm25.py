"""BM25 over weighted frequencies (the idea of BM25F), never negative and bounded."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from rank_bm25 import BM25Okapi

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class WeightedBM25(BM25Okapi):  # type: ignore[misc]
    """BM25 of documents given as ``{word: weighted frequency}``; the words of the query are 0, 1, 2 …

    Lengths are accounted for in the frequencies, so documents have none here. The idf is Lucene's, which is positive
    for words that most documents have, times the weight of the word in the query.
    """

    def __init__(self, documents: Sequence[Mapping[int, float]], weights: Sequence[float], k1: float):
        self._weights = weights
        super().__init__(documents, k1=k1, b=0.0)

    def _initialize(self, corpus: Sequence[Mapping[int, float]]) -> dict[int, int]:
        holders = dict.fromkeys(range(len(self._weights)), 0)
        for document in corpus:
            self.doc_freqs.append(document)
            self.doc_len.append(1)
            for word in document:
                holders[word] += 1
        self.corpus_size = len(corpus)
        self.avgdl = 1
        return holders

    def _calc_idf(self, nd: Mapping[int, int]) -> None:
        for word, count in nd.items():
            self.idf[word] = self._weights[word] * math.log(1 + (self.corpus_size - count + 0.5) / (count + 0.5))

    def shares(self) -> Any:
        """The score of each document, as a share of the highest possible one."""
        return self.get_scores(range(len(self._weights))) / (sum(self.idf.values()) * (self.k1 + 1))
