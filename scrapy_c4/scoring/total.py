"""One figure out of the two scores of a link."""

from __future__ import annotations

INTRINSIC_SHARE = 0.3


def total_score(intrinsic: float | None, contextual: float | None) -> float | None:
    """0–1 from ``intrinsic`` (0–10) and ``contextual`` (0–1); the only one there is counts alone; None without any."""
    if intrinsic is None:
        return contextual
    if contextual is None:
        return intrinsic / 10
    return round(INTRINSIC_SHARE * intrinsic / 10 + (1 - INTRINSIC_SHARE) * contextual, 6)
