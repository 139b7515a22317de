"""Content filters: what of a page ``fit_markdown`` and ``fit_html`` keep.

``article``: the main content, picked by measured text. ``pruning``: the same, and how strict it is can be set, with the
names and ranges that Crawl4AI's filter has. ``bm25``: the passages that matter for a query. All keep headings, code,
data tables, figures and captions whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy_c4 import _kinds as kinds
from scrapy_c4.extractors.fit_article import Pruning, fit_article
from scrapy_c4.extractors.fit_bm25 import fit_bm25
from scrapy_c4.options import OptionError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from scrapy_c4._kinds import Kind
    from scrapy_c4.extractors.content import Node

    Filter = Callable[[Node], Node]

_ARGUMENTS: dict[str, dict[str, Kind]] = {
    "article": {},
    "pruning": {
        "threshold": kinds.UNIT_FLOAT,
        "threshold_type": kinds.choice("fixed", "dynamic"),
        "min_word_threshold": kinds.optional(kinds.NON_NEGATIVE_INT),
    },
    "bm25": {
        "query": kinds.TEXT,
        "user_query": kinds.TEXT,
        "bm25_threshold": kinds.NON_NEGATIVE_FLOAT,
        "language": kinds.TEXT,
    },
}


def parse_filter(option: Mapping[str, Any]) -> dict[str, Any]:
    """The option ``content_filter`` with its arguments read; raises :exc:`~scrapy_c4.options.OptionError`."""
    kind = option["type"]
    known = _ARGUMENTS[kind]
    parsed = {"type": kind}
    for name, value in option.items():
        if name == "type":
            continue
        if name not in known:
            hint = nearest(str(name), known) or f"; it takes {', '.join(known) or 'none'}"
            raise OptionError(f"{name} is not an argument of {kind}{hint}")
        try:
            parsed[name] = known[name].parse(value)
        except ValueError:
            raise OptionError(f"{name} must be {known[name].allowed}") from None
    return parsed


def make_filter(option: Mapping[str, Any] | None, subject: Callable[[], str] = str) -> Filter | None:
    """The filter that the option ``content_filter`` asks for, or None; raises OptionError.

    ``subject`` gives the page's title and description, the query of ``bm25`` where the option has none.
    """
    if option is None:
        return None
    arguments = parse_filter(option)
    if arguments["type"] == "bm25":
        query = arguments.get("query") or arguments.get("user_query")
        threshold = arguments.get("bm25_threshold", 1.0)
        language = arguments.get("language")
        if query:
            return lambda root: fit_bm25(root, query, threshold, language)
        return lambda root: fit_bm25(root, subject(), threshold, language)
    if arguments["type"] == "article":
        return fit_article
    pruning = Pruning(
        threshold=arguments.get("threshold", 0.48),
        dynamic=arguments.get("threshold_type") == "dynamic",
        min_words=arguments.get("min_word_threshold") or 0,
    )
    return lambda root: fit_article(root, pruning)
