"""Regular expressions of users: checked when read, and bounded in time and text when run.

The standard library cannot stop a pattern that backtracks for ever; the ``regex`` module can.
"""

from __future__ import annotations

import re
from time import monotonic
from typing import TYPE_CHECKING, Any

import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Seconds that one pattern may work on one page.
PAGE_SECONDS = 3.0
#: Characters of one text that a pattern gets to read.
MAX_TEXT = 1_000_000


def compile_pattern(pattern: Any, flags: int = 0) -> regex.Pattern[str]:
    """A pattern in the syntax of :mod:`re`. Raises ValueError saying what is wrong."""
    if not isinstance(pattern, str) or not pattern:
        raise ValueError("it must be a regular expression")
    try:
        re.compile(pattern)  # what only the regex module knows, such as recursion, has no bound in memory
        return regex.compile(pattern, flags)
    except (re.error, regex.error, RecursionError, OverflowError) as error:
        raise ValueError(f"it must be a regular expression ({error})") from None


class Stopwatch:
    """Runs user patterns on one page, each for :data:`PAGE_SECONDS` in all; after that it raises TimeoutError."""

    def __init__(self) -> None:
        self._spent: dict[regex.Pattern[str], float] = {}

    def search(self, pattern: regex.Pattern[str], text: str) -> regex.Match[str] | None:
        """The first match in the first :data:`MAX_TEXT` characters of ``text``."""
        spent = self._spent.get(pattern, 0.0)
        if spent >= PAGE_SECONDS:
            raise TimeoutError
        started = monotonic()
        try:
            return pattern.search(text, 0, MAX_TEXT, timeout=PAGE_SECONDS - spent)
        finally:
            self._spent[pattern] = spent + monotonic() - started

    def finditer(self, pattern: regex.Pattern[str], text: str) -> Iterator[regex.Match[str]]:
        """All matches in the first :data:`MAX_TEXT` characters of ``text``."""
        matches: Iterator[regex.Match[str]] = pattern.finditer(text, 0, MAX_TEXT, timeout=PAGE_SECONDS)
        return matches
