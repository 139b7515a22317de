"""Extraction by regular expressions: e-mail addresses, prices, dates and the like in the text of a page."""

from __future__ import annotations

import re
from enum import Flag, auto
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import unquote

import regex
from lxml import etree
from lxml.html import tostring

from scrapy_c4.extractors.document import Document
from scrapy_c4.extractors.regex_guard import MAX_TEXT, Stopwatch, compile_pattern
from scrapy_c4.extractors.regex_patterns import BUILT_IN
from scrapy_c4.extractors.text import INLINE, UNREAD, squeeze
from scrapy_c4.items import ExtractedItem
from scrapy_c4.options import OptionError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lxml.html import HtmlElement

__all__ = ["RegexExtractionStrategy"]

#: Different values kept of one page.
MAX_VALUES = 10_000
#: Formats of the text; all but the first two come from outside.
INPUT_FORMATS = ("text", "html", "cleaned_html", "fit_html", "markdown", "fit_markdown")


class Pattern(Flag):
    """The built-in patterns; join them with ``|``."""

    Email = auto()
    PhoneIntl = auto()
    PhoneUS = auto()
    Url = auto()
    IPv4 = auto()
    IPv6 = auto()
    Uuid = auto()
    Currency = auto()
    Percentage = auto()
    Number = auto()
    DateIso = auto()
    DateUS = auto()
    Time24h = auto()
    PostalUS = auto()
    PostalUK = auto()
    HexColor = auto()
    TwitterHandle = auto()
    Hashtag = auto()
    MacAddr = auto()
    Iban = auto()
    CreditCard = auto()
    All = (
        Email | PhoneIntl | PhoneUS | Url | IPv4 | IPv6 | Uuid | Currency | Percentage | Number | DateIso | DateUS
        | Time24h | PostalUS | PostalUK | HexColor | TwitterHandle | Hashtag | MacAddr | Iban | CreditCard
    )  # fmt: skip


_LABELS = {
    "Email": "email", "PhoneIntl": "phone_intl", "PhoneUS": "phone_us", "Url": "url", "IPv4": "ipv4", "IPv6": "ipv6",
    "Uuid": "uuid", "Currency": "currency", "Percentage": "percentage", "Number": "number", "DateIso": "date_iso",
    "DateUS": "date_us", "Time24h": "time_24h", "PostalUS": "postal_us", "PostalUK": "postal_uk",
    "HexColor": "html_color_hex", "TwitterHandle": "twitter_handle", "Hashtag": "hashtag", "MacAddr": "mac_addr",
    "Iban": "iban", "CreditCard": "credit_card",
}  # fmt: skip


class RegexExtractionStrategy:
    """Values that regular expressions find in the text of a page.

    ``pattern``: built-in patterns, as ``RegexExtractionStrategy.Email | RegexExtractionStrategy.Url`` or by their
    names (``"Email"``, ``["Email", "Url"]``). ``custom``: a dict of patterns of your own by label, in the syntax of
    :mod:`re`, without regard to case, ``^`` and ``$`` at lines. With neither: all built-in patterns.

    ``input_format``: what they read. ``text`` (the default) is the readable text, a line per block, followed by the
    targets of ``mailto:`` and ``tel:`` links; ``html`` is the markup; ``cleaned_html``, ``fit_html``, ``markdown`` and
    ``fit_markdown`` are handed to :meth:`run` as ``content``. At most 1,000,000 characters are read.

    A result is ``{"url", "label", "value", "span", "count"}``: the same value of the same label is one result, with
    the span of its first place and how often it occurs. Dates, card numbers, IBANs, IP addresses and the like are
    checked, so that only possible ones remain.

    Raises :exc:`~scrapy_c4.options.OptionError` for unknown names and wrong patterns.
    """

    strategy: ClassVar[str] = "regex"

    Email = Pattern.Email
    PhoneIntl = Pattern.PhoneIntl
    PhoneUS = Pattern.PhoneUS
    Url = Pattern.Url
    IPv4 = Pattern.IPv4
    IPv6 = Pattern.IPv6
    Uuid = Pattern.Uuid
    Currency = Pattern.Currency
    Percentage = Pattern.Percentage
    Number = Pattern.Number
    DateIso = Pattern.DateIso
    DateUS = Pattern.DateUS
    Time24h = Pattern.Time24h
    PostalUS = Pattern.PostalUS
    PostalUK = Pattern.PostalUK
    HexColor = Pattern.HexColor
    TwitterHandle = Pattern.TwitterHandle
    Hashtag = Pattern.Hashtag
    MacAddr = Pattern.MacAddr
    Iban = Pattern.Iban
    CreditCard = Pattern.CreditCard
    All = Pattern.All

    def __init__(
        self,
        pattern: Pattern | str | Sequence[str] | None = None,
        *,
        custom: Mapping[str, str] | None = None,
        input_format: str = "text",
    ):
        flags = Pattern.All if pattern is None and not custom else _flags(pattern)
        if input_format not in INPUT_FORMATS:
            allowed = f"one of {', '.join(INPUT_FORMATS)}{nearest(str(input_format), INPUT_FORMATS)}"
            raise OptionError(f"input_format = {input_format!r} is not possible: it must be {allowed}")
        self.input_format = input_format
        self._names = [name for name in _LABELS if Pattern[name] in flags]
        self._custom = _custom(custom)

    @property
    def config(self) -> dict[str, Any]:
        """This strategy as the option ``extraction``."""
        config: dict[str, Any] = {"strategy": "regex", "input_format": self.input_format}
        if self._names:
            config["pattern"] = list(self._names)
        if self._custom:
            config["custom"] = {label: pattern.pattern for label, pattern in self._custom.items()}
        return config

    def run(
        self, document: Document, roots: Sequence[HtmlElement] | None = None, content: str | None = None
    ) -> ExtractedItem:
        """The values on a page: in ``content`` if given, else under ``roots`` (elements of the document) if given."""
        item = ExtractedItem(page_url=document.url, strategy=self.strategy)
        text = self._text(document, roots) if content is None else content
        if text is None:
            item.errors.append(_error("input_format", "", f"The {self.input_format} of the page was not given"))
            return item
        if len(text) > MAX_TEXT:
            item.errors.append(_error("limit", "", f"Only {MAX_TEXT} of {len(text)} characters are read"))
            text = text[:MAX_TEXT]
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for label, start, end in self._matches(text, item.errors):
            value = text[start:end]
            result = found.get((label, value))
            if result is None:
                if len(found) == MAX_VALUES:
                    item.errors.append(_error("limit", label, f"Only {MAX_VALUES} different values are kept"))
                    break
                result = {"url": document.url, "label": label, "value": value, "span": [start, end], "count": 0}
                found[label, value] = result
            result["count"] += 1
        item.data = list(found.values())
        return item

    def extract(self, url: str, html: str) -> list[dict[str, Any]]:
        """The values in the page ``html`` from ``url``."""
        return self.run(Document.from_text(html, url)).data

    def _text(self, document: Document, roots: Sequence[HtmlElement] | None) -> str | None:
        parts = [document.root] if roots is None else roots
        if self.input_format == "text":
            return page_text(parts)
        if self.input_format == "html":
            return "\n".join(tostring(part, encoding="unicode", with_tail=False) for part in parts)
        return None

    def _matches(self, text: str, errors: list[dict[str, Any]]) -> Iterator[tuple[str, int, int]]:
        for name in self._names:
            built_in = BUILT_IN[name]
            for match in built_in.pattern.finditer(text):
                span = built_in.check(match)
                if span is not None:
                    yield _LABELS[name], *span
        stopwatch = Stopwatch()
        for label, pattern in self._custom.items():
            try:
                for own in stopwatch.finditer(pattern, text):
                    if own.end() > own.start():
                        yield label, *own.span()
            except TimeoutError:
                errors.append(_error("timeout", label, "The pattern takes too long on this page"))


def page_text(roots: Sequence[HtmlElement]) -> str:
    """The readable text under ``roots``, a line per block, then the addresses of mail and telephone links."""
    parts: list[str] = []
    targets: dict[str, None] = {}
    for root in roots:
        walk = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
        for event, element in walk:
            if event == "start":
                if element.tag in UNREAD:
                    walk.skip_subtree()
                    continue
                if element.tag not in INLINE:
                    parts.append("\n")
                if element.text:
                    parts.append(element.text.replace("\n", " "))
                if element.tag == "a" and (href := element.get("href", "").strip())[:7].lower().startswith(_SPOKEN):
                    targets[unquote(href.partition("?")[0])] = None
                continue
            if event == "end" and element.tag not in INLINE:
                parts.append("\n")
            if element.tail and element is not root:
                parts.append(element.tail.replace("\n", " "))
        parts.append("\n")
    lines = [squeeze(line) for line in "".join(parts).split("\n")]
    return "\n".join([line for line in lines if line] + list(targets))


_SPOKEN = ("mailto:", "tel:")


def _flags(pattern: Any) -> Pattern:
    if pattern is None:
        return Pattern(0)
    if isinstance(pattern, Pattern):
        return pattern
    names = {_plain(name): Pattern[name] for name in Pattern.__members__}
    names |= {_plain(label): Pattern[name] for name, label in _LABELS.items()}
    chosen = [pattern] if isinstance(pattern, str) else pattern
    if not isinstance(chosen, (list, tuple)) or not chosen:
        raise OptionError(f"pattern = {pattern!r} is not possible: it must be names of built-in patterns")
    for name in chosen:
        if not isinstance(name, str) or _plain(name) not in names:
            known = list(Pattern.__members__)
            allowed = f"one of {', '.join(known)}{nearest(str(name), known)}"
            raise OptionError(f"pattern = {name!r} is not possible: it must be {allowed}")
    return reduce(or_, (names[_plain(name)] for name in chosen))


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()


def _custom(custom: Any) -> dict[str, regex.Pattern[str]]:
    if custom is None:
        return {}
    if not isinstance(custom, dict) or not all(isinstance(label, str) and label for label in custom):
        raise OptionError(f"custom = {custom!r} is not possible: it must be a dict of regular expressions by label")
    compiled = {}
    for label, text in custom.items():
        try:
            compiled[label] = compile_pattern(text, regex.MULTILINE | regex.IGNORECASE)
        except ValueError as error:
            raise OptionError(f"custom[{label!r}] = {text!r:.200} is not possible: {error}") from None
    return compiled


def _error(type_: str, field: str, message: str) -> dict[str, Any]:
    return {"type": type_, "field": field, "message": message}
