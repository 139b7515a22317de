"""JSON-LD blocks: parsed, bounded, and safe to write out as JSON again."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Characters of JSON-LD read on one page.
MAX_CHARS = 2_000_000
#: Levels of nesting; deeper blocks are dropped, they could break whoever walks or writes them.
MAX_DEPTH = 64

#: What some generators wrap scripts into.
_wrapping = re.compile(r"(?://|/\*)?\s*(?:<!--|<!\[CDATA\[|\]\]>|-->)\s*(?:\*/)?")
_surrogate = re.compile(r"\\u[dD][89a-fA-F]")


def parse_blocks(texts: Iterable[str], known: dict[str, Any]) -> list[Any]:
    """The objects in JSON-LD scripts, in order; a list in a script counts as its objects.

    What is not JSON, too deep or too much is left out. ``known`` keeps what is parsed for whoever asks again.
    """
    found: list[Any] = []
    room = MAX_CHARS
    for text in texts:
        room -= len(text)
        if room < 0:
            break
        if text not in known:
            known[text] = _parse(text)
        value = known[text]
        if isinstance(value, list):
            found += [one for one in value if isinstance(one, dict)]
        elif isinstance(value, dict):
            found.append(value)
    return found


def things(blocks: list[Any]) -> Iterator[dict[str, Any]]:
    """Every top-level object, those of an ``@graph`` included."""
    for block in blocks:
        yield block
        graph = block.get("@graph")
        for one in graph if isinstance(graph, list) else [graph]:
            if isinstance(one, dict):
                yield one


def _parse(text: str) -> Any:
    text = text.strip()
    if not text.startswith(("{", "[")) or not text.endswith(("}", "]")):
        text = _unwrapped(text)
    try:
        # Line breaks inside texts are not JSON, but common and harmless.
        value = json.loads(text, strict=False, parse_float=_finite, parse_constant=_no_number)
        if _too_deep(value):
            return None
        if _surrogate.search(text):  # a lone half of a surrogate pair cannot be written as UTF-8
            value = json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    return value


def _unwrapped(text: str) -> str:
    start = _wrapping.match(text)
    if start:
        text = text[start.end() :]
    text = text.rstrip().rstrip(";").rstrip()
    for _ in range(2):
        for end in ("-->", "]]>", "//", "/*", "*/"):
            text = text.removesuffix(end).rstrip()
    return text


def _finite(text: str) -> float | None:
    value = float(text)
    return value if math.isfinite(value) else None


def _no_number(_: str) -> None:
    """NaN and Infinity are not JSON."""


def _too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for one in level
            if isinstance(one, (dict, list))
            for child in (one.values() if isinstance(one, dict) else one)
            if isinstance(child, (dict, list))
        ]
        if not level:
            return False
    return True
