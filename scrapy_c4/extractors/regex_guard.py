"""Regular expressions of users: checked when read, and bounded in time and text when run.

The standard library cannot stop a pattern that backtracks for ever; the ``regex`` module can.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any

import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Seconds that one pattern may work on one page.
PAGE_SECONDS = 3.0
#: Characters of one text that a pattern gets to read.
MAX_TEXT = 1_000_000
#: Elements that a pattern may have when its repeats are written out: ``a{1000000000}`` would take all memory there is.
MAX_ELEMENTS = 100_000
_PART = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[()]|\{(\d+)(?:,\d*)?\}|.", re.DOTALL)


def compile_pattern(pattern: Any, flags: int = 0) -> regex.Pattern[str]:
    """A pattern in the syntax of :mod:`re`. Raises ValueError saying what is wrong."""
    if not isinstance(pattern, str) or not pattern:
        raise ValueError("it must be a regular expression")
    try:
        re.compile(pattern)  # what only the regex module knows, such as recursion, has no bound in memory
        if _elements(pattern) > MAX_ELEMENTS:
            raise ValueError(f"it must be a regular expression with fewer repeats: {MAX_ELEMENTS:,} elements at most")
        return regex.compile(pattern, flags)
    except (re.error, regex.error, RecursionError, OverflowError) as error:
        raise ValueError(f"it must be a regular expression ({error})") from None


def _elements(pattern: str) -> int:
    """The elements of a valid pattern with the least number of its repeats written out, as the regex module does."""
    open_groups, last = [0], 0
    for part in _PART.finditer(pattern):
        if part[0] == "(":
            open_groups.append(0)
            last = 0
            continue
        if part[1]:
            more = last * max(int(part[1]) - 1, 0)
            last += more
        elif part[0] == ")" and len(open_groups) > 1:
            more = last = max(open_groups.pop(), 1)
        else:
            more = last = 1
        open_groups[-1] += more
    return open_groups[0]


class Stopwatch:
    """Runs user patterns on one page, each for :data:`PAGE_SECONDS` in all; after that it raises TimeoutError."""

    def __init__(self) -> None:
        self._spent: dict[regex.Pattern[str], float] = {}

    def search(self, pattern: regex.Pattern[str], text: str) -> regex.Match[str] | None:
        """The first match in the first :data:`MAX_TEXT` characters of ``text``."""
        with self._timed(pattern) as seconds:
            return pattern.search(text, 0, MAX_TEXT, timeout=seconds)

    def replace(self, pattern: regex.Pattern[str], replacement: str, text: str, count: int) -> str:
        """The first :data:`MAX_TEXT` characters of ``text`` with ``count`` matches replaced; 0: all of them."""
        with self._timed(pattern) as seconds:
            return pattern.sub(replacement, text[:MAX_TEXT], count, timeout=seconds)

    @contextmanager
    def _timed(self, pattern: regex.Pattern[str]) -> Iterator[float]:
        spent = self._spent.get(pattern, 0.0)
        if spent >= PAGE_SECONDS:
            raise TimeoutError
        started = monotonic()
        try:
            yield PAGE_SECONDS - spent
        finally:
            self._spent[pattern] = spent + monotonic() - started

    def finditer(self, pattern: regex.Pattern[str], text: str) -> Iterator[regex.Match[str]]:
        """All matches in the first :data:`MAX_TEXT` characters of ``text``."""
        matches: Iterator[regex.Match[str]] = pattern.finditer(text, 0, MAX_TEXT, timeout=PAGE_SECONDS)
        return matches
