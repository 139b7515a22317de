"""Scores of links: intrinsic (the link alone), contextual (a query), total. Pure; rank-bm25 is loaded on first use."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scrapy_c4.scoring.contextual import contextual_scores
    from scrapy_c4.scoring.intrinsic import score_intrinsic
    from scrapy_c4.scoring.total import total_score

__all__ = ["contextual_scores", "score_intrinsic", "total_score"]

_HOMES = {
    "contextual_scores": "scrapy_c4.scoring.contextual",
    "score_intrinsic": "scrapy_c4.scoring.intrinsic",
    "total_score": "scrapy_c4.scoring.total",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value
