"""Keeps credentials out of everything that is written down."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable

MASK = "***"
#: Shorter values would mask ordinary words.
_MIN_LENGTH = 6
_SHAPES = (
    (re.compile(r"(://)[^/@\s\"']{1,500}@"), r"\1***@"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w\-.~+/=]{4,}"), r"\1 ***"),
    (re.compile(r"\b(?:sk|pk|rk|gsk|xai|hf)[-_][\w\-*]{6,}"), MASK),
    (re.compile(r"\bAIza[\w\-]{20,}"), MASK),
    (
        re.compile(
            r"(?i)\b((?:x[-_])?api[-_]?key|key|(?:access|auth|api)[-_]token|token|authorization|secret|password)"
            r"(\\?[\"']?\s{0,3}[=:]\s{0,3}\\?[\"']?)[^\s\"'&,;}\\]{4,}"
        ),
        r"\1\2***",
    ),
)
_ENVIRONMENT = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL")


class Secret:
    """A text that prints, pickles and compares without showing itself; ``reveal`` gives it."""

    __slots__ = ("_value",)

    def __init__(self, value: str | None = None):
        self._value = value

    def reveal(self) -> str | None:
        """The text; None for one that went through pickle."""
        return self._value

    def __repr__(self) -> str:
        return f"'{MASK}'"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> tuple[type[Secret], tuple[()]]:
        return Secret, ()

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self


def scrub(text: str, secrets: Iterable[str | None] = ()) -> str:
    """``text`` without ``secrets``, the credentials of the environment and whatever else looks like one."""
    known = {value for value in secrets if value}
    known.update(value for name, value in os.environ.items() if _ENVIRONMENT.search(name.upper()))
    for value in sorted(known, key=len, reverse=True):
        if len(value) >= _MIN_LENGTH:
            text = text.replace(value, MASK).replace(quote(value, safe=""), MASK)
    for pattern, masked in _SHAPES:
        text = pattern.sub(masked, text)
    return text
