"""Structured extraction by schema: repeated elements of a page as objects, without a language model."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, ClassVar

from scrapy_c4.extractors.document import Document
from scrapy_c4.extractors.schema_check import check_schema
from scrapy_c4.extractors.schema_fields import FieldReader, PageFull
from scrapy_c4.extractors.xpath_regex import timed
from scrapy_c4.items import ExtractedItem
from scrapy_c4.options import OptionError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lxml.html import HtmlElement

    from scrapy_c4.extractors.exclude import ExcludeRules
    from scrapy_c4.extractors.schema_selectors import Language

__all__ = ["JsonCssExtractionStrategy", "JsonXPathExtractionStrategy"]

logger = logging.getLogger(__name__)


class _SchemaStrategy:
    #: Also the language of the selectors.
    strategy: ClassVar[Language]

    def __init__(self, schema: Mapping[str, Any], *, verbose: bool = False):
        if not isinstance(verbose, bool):
            raise OptionError(f"verbose = {verbose!r} is not possible: it must be True or False")
        self.schema = schema
        self.verbose = verbose
        self._checked = check_schema(schema, self.strategy)

    @property
    def config(self) -> dict[str, Any]:
        """This strategy as the option ``extraction``."""
        return {"strategy": self.strategy, "schema": self.schema}

    def run(
        self,
        document: Document,
        roots: Sequence[HtmlElement] | None = None,
        *,
        rules: ExcludeRules | None = None,
    ) -> ExtractedItem:
        """The objects of a page: of the parts under ``roots`` (elements of the document) if given.

        A URL that ``rules`` drop counts as missing.
        """
        reader = FieldReader(document, rules)
        item = ExtractedItem(page_url=document.url, strategy=self.strategy)
        try:
            with timed(reader.stopwatch):
                for found in reader.objects(self._base_elements(reader, document, roots), self._checked.fields):
                    item.data.append(found)  # one by one: what stands before a failure is kept
        except PageFull:
            reader.errors.add(
                "limit", "", "The values of this page are too many to read; the further items are missing"
            )
        item.errors = reader.errors.as_list()
        if self.verbose:
            for error in item.errors:
                logger.warning("Field %(field)s of %(url)s: %(message)s", {**error, "url": document.url})
        return item

    def extract(self, url: str, html: str) -> list[dict[str, Any]]:
        """The objects of the page ``html`` from ``url``."""
        return self.run(Document.from_text(html, url)).data

    def _base_elements(
        self, reader: FieldReader, document: Document, roots: Sequence[HtmlElement] | None
    ) -> list[HtmlElement]:
        base = self._checked.base
        if base is None:
            return [document.root] if roots is None else list(roots)
        found = reader.select(base, document.root, "baseSelector")
        elements = [node for node in found if isinstance(getattr(node, "tag", None), str)]
        if len(elements) < len(found):
            reader.errors.add("selector", "baseSelector", "The selector finds texts, where elements are needed")
        return elements if roots is None else _inside(elements, roots)


def _inside(elements: list[HtmlElement], roots: Sequence[HtmlElement]) -> list[HtmlElement]:
    """Those of ``elements`` that are ``roots`` or in one of them."""
    known: dict[HtmlElement | None, bool] = {None: False, **dict.fromkeys(roots, True)}
    kept = []
    for element in elements:
        path = []
        current: HtmlElement | None = element
        while current not in known:
            path.append(current)
            current = current.getparent()  # type: ignore[union-attr]
        known.update(dict.fromkeys(path, known[current]))
        if known[current]:
            kept.append(element)
    return kept


class JsonCssExtractionStrategy(_SchemaStrategy):
    """Objects by CSS selectors.

    ``schema`` is a dict:

    - ``baseSelector``: the elements that become items; ``.`` for the whole page.
    - ``fields``: a list of dicts, each with ``name`` and ``type``; ``baseFields``: more of them, put first.
    - ``name``, ``description``: for people.

    Keys of a field, by ``type``:

    - ``text`` (readable, white space collapsed), ``attribute`` (with the key ``attribute``), ``html`` (outer HTML) and
      ``regex`` (the first match of ``pattern`` in the text: ``group``, by default the first group, else the match).
      A list such as ``["attribute", "regex"]`` works step by step.
    - ``nested``: an object with the ``fields`` given, read from the first match; without ``selector`` from the same
      element. ``nested_list`` and ``list``: one object per match. A ``list`` without ``fields`` is one of plain values.
    - ``computed``: what ``function`` (a callable, or its import path ``package.module:name``) makes of the item.

    ``selector`` finds inside the element (``::text`` and ``::attr()`` too); without it, or as ``.``, it is the element
    itself. ``source``: ``+ tr.details`` reads from the nearest following sibling instead, not beyond the next item.
    ``transform``: ``lowercase``, ``uppercase``, ``strip`` or a list of them. A value that is missing or empty becomes
    ``default``; without one a missing value is left out, and so is an object in which nothing was found. URLs in
    ``href``, ``src``, ``srcset`` and the like are absolute unless ``raw`` is True or a pattern reads them.

    Raises :exc:`~scrapy_c4.options.OptionError` for a wrong schema. What fails on a page is in the ``errors`` of its
    item: ``{"type", "field", "message", "count"}``.
    """

    strategy = "css"


class JsonXPathExtractionStrategy(_SchemaStrategy):
    """Objects by XPath: the schema of :class:`JsonCssExtractionStrategy` with XPath selectors.

    The selector of a field is relative to its element (``//a`` means ``.//a``) and may give texts (``a/@href``,
    ``string(h2)``).
    """

    strategy = "xpath"
