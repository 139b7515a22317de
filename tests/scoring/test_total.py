from __future__ import annotations

import pytest

from scrapy_c4.scoring import total_score


@pytest.mark.parametrize(
    ("intrinsic", "contextual", "total"),
    [
        (None, None, None),
        (4.0, None, 0.4),
        (None, 0.4, 0.4),
        (0.0, 0.0, 0.0),
        (10.0, 1.0, 1.0),
        (5.0, 0.8, 0.71),
        (0.0, 1.0, 0.7),
    ],
)
def test_total_score(intrinsic: float | None, contextual: float | None, total: float | None) -> None:
    assert total_score(intrinsic, contextual) == (None if total is None else pytest.approx(total))
