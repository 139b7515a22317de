"""The option ``extraction``: from its dict to a strategy, from a page to an item."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from scrapy_c4.extractors.scope import outermost, select
from scrapy_c4.options import OptionError, nearest

if TYPE_CHECKING:
    from scrapy_c4.analysis import PageAnalysis
    from scrapy_c4.items import ExtractedItem

__all__ = ["make_strategy", "run_extraction"]

#: Strategies by the content of their configuration, so that one given per request is not built for every page.
_made: dict[str, Any] = {}
_MAX_MADE = 64


def make_strategy(config: Mapping[str, Any]) -> Any:
    """The strategy of ``config``: ``{"strategy": "css" | "xpath" | "regex" | "llm", …}`` with its arguments.

    css and xpath take ``schema`` (and ``verbose``), regex takes ``pattern``, ``custom`` and ``input_format``; for llm
    see :class:`~scrapy_c4.llm.LLMExtractionStrategy`. Raises :exc:`~scrapy_c4.options.OptionError`. Equal
    configurations give the same strategy.
    """
    if not isinstance(config, Mapping):
        raise OptionError(f"extraction must be a dict with 'strategy', not {type(config).__name__}")
    try:
        key = json.dumps(config, sort_keys=True, default=_identity)
    except (TypeError, ValueError, RecursionError):
        return _make(config)  # which says what is wrong with it
    strategy = _made.get(key)
    if strategy is None:
        strategy = _make(config)
        if len(_made) >= _MAX_MADE:
            _made.clear()
        _made[key] = strategy
    return strategy


def _identity(value: Any) -> str:
    # Functions of computed fields: the strategy keeps them alive, so the number stays theirs.
    if not callable(value):
        raise TypeError
    return f"{type(value).__qualname__} {id(value)}"


def _make(config: Mapping[str, Any]) -> Any:
    name = config.get("strategy")
    if not isinstance(name, str) or name not in _MAKERS:
        hint = nearest(str(name), _MAKERS)
        raise OptionError(f"extraction: strategy = {name!r} is not possible: it must be {', '.join(_MAKERS)}{hint}")
    make, keys = _MAKERS[name]
    for key in config:
        if keys is not None and key not in keys and key != "strategy":
            raise OptionError(f"extraction: {key} is not an argument of strategy {name}{nearest(str(key), keys)}")
    try:
        return make(config)
    except OptionError as error:
        message = str(error)
        raise OptionError(message if message.startswith("extraction: ") else f"extraction: {message}") from None


def _schema(config: Mapping[str, Any]) -> Any:
    from scrapy_c4.extractors.schema import JsonCssExtractionStrategy, JsonXPathExtractionStrategy

    cls = JsonCssExtractionStrategy if config["strategy"] == "css" else JsonXPathExtractionStrategy
    schema: Any = config.get("schema")
    return cls(schema, verbose=config.get("verbose", False))


def _regex(config: Mapping[str, Any]) -> Any:
    from scrapy_c4.extractors.regex import RegexExtractionStrategy

    return RegexExtractionStrategy(
        config.get("pattern"), custom=config.get("custom"), input_format=config.get("input_format", "text")
    )


def _llm(config: Mapping[str, Any]) -> Any:
    from scrapy_c4.llm import LLMExtractionStrategy

    return LLMExtractionStrategy.from_config(dict(config))


#: How to make a strategy, and the keys that its configuration may have (None: it checks them itself).
_MAKERS: dict[str, tuple[Callable[[Mapping[str, Any]], Any], tuple[str, ...] | None]] = {
    "css": (_schema, ("schema", "verbose")),
    "xpath": (_schema, ("schema", "verbose")),
    "regex": (_regex, ("pattern", "custom", "input_format")),
    "llm": (_llm, None),
}


def run_extraction(config: Mapping[str, Any], analysis: PageAnalysis) -> ExtractedItem:
    """What the strategy of ``config`` finds in the selected content of a page.

    With the strategy llm the item is still to be filled by :class:`~scrapy_c4.pipelines.LLMPipeline`.
    """
    strategy = make_strategy(config)
    if config["strategy"] == "llm":
        prepared: ExtractedItem = strategy.prepare(analysis)
        return prepared
    document, options = analysis._scoped, analysis._options
    roots, unmatched = None, None
    if not document.selector_matched:
        roots, unmatched = [], "css_selector"
    elif options.target_elements:
        roots = outermost(select(document.root, ", ".join(options.target_elements)))
        unmatched = None if roots else "target_elements"
    if strategy.strategy == "regex":
        item: ExtractedItem = strategy.run(document, roots, _content(strategy.input_format, analysis))
    else:
        item = strategy.run(document, roots, rules=analysis._rules)
    if unmatched:
        message = f"{getattr(options, unmatched)!r} matches nothing"
        item.errors.insert(0, {"type": "no_match", "field": unmatched, "message": message})
    return item


def _content(input_format: str, analysis: PageAnalysis) -> str | None:
    """The text that RegexExtractionStrategy does not read from the document itself."""
    if input_format in ("text", "html"):
        return None
    if input_format == "cleaned_html":
        return analysis.cleaned_html
    markdown = analysis.markdown
    text: str | None = markdown.raw_markdown if input_format == "markdown" else getattr(markdown, input_format)
    return text
