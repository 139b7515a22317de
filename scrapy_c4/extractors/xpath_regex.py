"""The functions ``re:test``, ``re:match`` and ``re:replace`` of XPath (EXSLT), bounded in time.

Those of lxml run on the standard library, which a pattern that backtracks for ever cannot be stopped in.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import regex
from lxml import etree

from scrapy_c4.extractors.regex_guard import Stopwatch, compile_pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NAMESPACE = "http://exslt.org/regular-expressions"
_stopwatch: ContextVar[Stopwatch] = ContextVar("stopwatch")


@contextmanager
def timed(stopwatch: Stopwatch) -> Iterator[None]:
    """Inside, the functions run on ``stopwatch``; they raise TimeoutError where it does."""
    token = _stopwatch.set(stopwatch)
    try:
        yield
    finally:
        _stopwatch.reset(token)


@lru_cache(maxsize=256)
def _compiled(pattern: str, ignore_case: bool) -> regex.Pattern[str]:
    return compile_pattern(pattern, regex.IGNORECASE if ignore_case else 0)


def _watch() -> Stopwatch:
    return _stopwatch.get(None) or Stopwatch()


def _text(value: Any) -> str:
    """A text, or the text of the first of several nodes."""
    if isinstance(value, list):
        value = value[0] if value else ""
    return "".join(value.itertext()) if isinstance(value, etree._Element) else str(value)


def _test(context: Any, text: Any, pattern: Any, flags: Any = "") -> bool:
    return _watch().search(_compiled(_text(pattern), "i" in _text(flags)), _text(text)) is not None


def _match(context: Any, text: Any, pattern: Any, flags: Any = "") -> list[Any]:
    compiled, text = _compiled(_text(pattern), "i" in _text(flags)), _text(text)
    if "g" in _text(flags):
        matches = _watch().finditer(compiled, text)
        found = ["".join(match.groups("")) if compiled.groups else match[0] for match in matches]
    else:
        first = _watch().search(compiled, text)
        found = [first[0], *first.groups("")] if first else []
    root = etree.Element("matches")
    for content in found:
        etree.SubElement(root, "match").text = content
    return list(root)


def _replace(context: Any, text: Any, pattern: Any, flags: Any, replacement: Any) -> str:
    compiled = _compiled(_text(pattern), "i" in _text(flags))
    return _watch().replace(compiled, _text(replacement), _text(text), 0 if "g" in _text(flags) else 1)


FUNCTIONS: dict[tuple[str, str], Callable[..., Any]] = {
    (NAMESPACE, "test"): _test,
    (NAMESPACE, "match"): _match,
    (NAMESPACE, "replace"): _replace,
}
