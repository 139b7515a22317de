"""From the elements of a page to the objects that a schema describes."""

from __future__ import annotations

import json
from copy import deepcopy
from time import monotonic
from typing import TYPE_CHECKING, Any

from lxml.html import tostring

from scrapy_c4.extractors.regex_guard import Stopwatch
from scrapy_c4.extractors.schema_check import NO_DEFAULT
from scrapy_c4.extractors.srcset import parse_srcset
from scrapy_c4.extractors.text import squeeze, text_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from lxml import etree

    from scrapy_c4.extractors.document import Document
    from scrapy_c4.extractors.exclude import ExcludeRules
    from scrapy_c4.extractors.schema_check import FieldSpec

#: Characters that the values of one page may have together, each field and each match counting some more.
MAX_CHARACTERS = 32_000_000
#: Seconds for one page. Real pages take milliseconds; elements inside elements, each searched, have no such bound.
MAX_SECONDS = 10.0
_FIELD_COST = 50
_MATCH_COST = 20
#: How far a sibling may stand from its element.
MAX_SIBLINGS = 1000
#: Different errors kept of one page.
MAX_ERRORS = 100

_LINKS = frozenset(["href", "action", "formaction", "cite", "longdesc", "data-href"])
_URL_ATTRIBUTES = _LINKS | {"src", "poster", "background", "data-src", "data-original", "data-lazy-src"}
_SRCSET_ATTRIBUTES = frozenset(["srcset", "imagesrcset", "data-srcset", "data-lazy-srcset"])


class PageFull(Exception):
    """The values of a page have reached :data:`MAX_CHARACTERS`, or reading them :data:`MAX_SECONDS`."""


class Errors:
    """What went wrong on one page, each thing once, with how often."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, str], dict[str, Any]] = {}

    def add(self, type_: str, field: str, message: str) -> None:
        key = (type_, field, message[:500])
        if key in self._found:
            self._found[key]["count"] += 1
        elif len(self._found) < MAX_ERRORS:
            self._found[key] = {"type": type_, "field": field, "message": message[:500], "count": 1}

    def as_list(self) -> list[dict[str, Any]]:
        return list(self._found.values())


class FieldReader:
    """Reads the fields of elements of one page. Failures go to ``errors``, and the field takes its default."""

    def __init__(self, document: Document, rules: ExcludeRules | None = None):
        self.errors = Errors()
        self._document = document
        self._rules = rules if rules is not None and (rules.drops_links or rules.drops_images) else None
        self.stopwatch = Stopwatch()
        self._room = MAX_CHARACTERS
        self._deadline = monotonic() + MAX_SECONDS

    def objects(self, elements: Sequence[Any], fields: Sequence[FieldSpec]) -> Iterator[dict[str, Any]]:
        """One dict per element; an element in which nothing is found gives none. Raises :exc:`PageFull`."""
        peers = frozenset(elements) if any(field.source is not None for field in fields) else frozenset()
        for element in elements:
            item = self._object(element, fields, peers)
            if any(value not in ({}, []) for value in item.values()):
                yield item

    def select(self, path: etree.XPath, element: Any, field: str) -> list[Any]:
        """What ``path`` selects: elements and texts (a number or truth value becomes its text)."""
        try:
            found = path(element)
        except TimeoutError:
            self._add_timeout(field)
            return []
        except Exception as error:  # functions of XPath raise what they like
            self.errors.add("selector", field, f"{type(error).__name__}: {error}")
            return []
        if isinstance(found, list):
            self._charge(_MATCH_COST * len(found))
            return [node for node in found if not isinstance(node, tuple)]  # namespaces come as tuples
        if isinstance(found, bool):
            return [str(found).lower()]
        if isinstance(found, float):
            return [f"{found:.15g}"]
        return [found]

    def _object(self, element: Any, fields: Sequence[FieldSpec], peers: Collection[Any]) -> dict[str, Any]:
        item: dict[str, Any] = {}
        for field in fields:
            if field.function is None:
                self._put(item, field, self._read(element, field, peers))
        computed = [field for field in fields if field.function is not None]
        if not computed:
            return item
        for field in computed:
            self._put(item, field, self._compute(item, field))
        return {field.name: item[field.name] for field in fields if field.name in item}

    def _put(self, item: dict[str, Any], field: FieldSpec, value: Any) -> None:
        if field.default is not NO_DEFAULT and value in (None, "", [], {}):
            value = deepcopy(field.default)
        if value is not None:
            item[field.name] = value
        self._charge(_FIELD_COST)
        if monotonic() > self._deadline:
            raise PageFull

    def _charge(self, cost: int) -> None:
        self._room -= cost
        if self._room < 0:
            raise PageFull

    def _read(self, element: Any, field: FieldSpec, peers: Collection[Any]) -> Any:
        if field.source is not None:
            element = self._sibling(element, field, peers)
        nodes = [] if element is None else [element]
        if nodes and field.select is not None:
            nodes = self.select(field.select, element, field.path)
        if field.fields:
            nodes = self._elements(nodes, field)
            if field.kind != "nested":
                return list(self.objects(nodes, field.fields))
            return self._object(nodes[0], field.fields, ()) if nodes else {}
        if field.kind == "list":
            values = [self._value(node, field) for node in nodes]
            return [value for value in values if value]
        if len(nodes) > 1 and isinstance(nodes[0], str):
            # White space between tags is text too, yet not what a::text asks for.
            nodes = [node for node in nodes if node.strip()] or nodes
        return self._value(nodes[0], field) if nodes else None

    def _elements(self, nodes: list[Any], field: FieldSpec) -> list[Any]:
        elements = [node for node in nodes if not isinstance(node, str)]
        if len(elements) < len(nodes):
            self.errors.add("selector", field.path, "The selector finds texts, where elements are needed")
        return elements

    def _sibling(self, element: Any, field: FieldSpec, peers: Collection[Any]) -> Any:
        """The nearest following sibling that ``source`` names. What follows the next item belongs to that."""
        assert field.source is not None
        for count, sibling in enumerate(element.itersiblings()):
            if isinstance(sibling.tag, str) and field.source(sibling):
                return sibling
            if sibling in peers or count == MAX_SIBLINGS:
                break
        return None

    def _value(self, node: Any, field: FieldSpec) -> str | None:
        value: str | None = None
        for step in field.steps:
            if step == "regex":
                text = self._text(node, field) if value is None else value
                value = None if text is None else self._search(field, text)
            elif step == "html" and not isinstance(node, str):
                value = tostring(node, encoding="unicode", with_tail=False)
            elif step == "attribute" and not isinstance(node, str):
                value = self._attribute(node, field)
            else:
                value = self._text(node, field)
            if value is None:
                return None
            self._charge(len(value))
        for transform in field.transforms:
            value = transform(value) if value is not None else None
        return value

    def _text(self, node: Any, field: FieldSpec) -> str | None:
        if not isinstance(node, str):
            return text_of(node)
        if getattr(node, "is_attribute", False):
            return self._url(node.attrname, str(node), field)  # type: ignore[attr-defined]
        return squeeze(node)

    def _attribute(self, element: Any, field: FieldSpec) -> str | None:
        if field.attribute is None:
            self.errors.add("selector", field.path, "The selector finds elements, and no attribute is named")
            return None
        value = element.get(field.attribute)
        return None if value is None else self._url(field.attribute, value, field)

    def _url(self, attribute: str, value: str, field: FieldSpec) -> str | None:
        """The value of an attribute: absolute if it is a URL, None if the ``exclude_*`` options drop that URL."""
        if not value.strip() or not (field.absolute or self._rules):
            return value
        if attribute in _SRCSET_ATTRIBUTES:
            return self._srcset(value, field)
        if attribute not in _URL_ATTRIBUTES:
            return value
        url = self._document.resolve(value) or value
        if self._rules is not None:
            rule = self._rules.url_rule_for_link if attribute in _LINKS else self._rules.url_rule_for_image
            if rule(url):
                return None
        return url if field.absolute else value

    def _srcset(self, value: str, field: FieldSpec) -> str | None:
        entries = []
        for url, width, density, height in parse_srcset(value):
            absolute = self._document.resolve(url) or url
            if self._rules is None or not self._rules.url_rule_for_image(absolute):
                sizes = [f"{width}w"] if width else [f"{density:g}x"] if density is not None else []
                sizes += [f"{height}h"] if height else []
                entries.append(" ".join([absolute if field.absolute else url, *sizes]))
        return ", ".join(entries) or None

    def _search(self, field: FieldSpec, text: str) -> str | None:
        assert field.pattern is not None
        try:
            match = self.stopwatch.search(field.pattern, text)
        except TimeoutError:
            self._add_timeout(field.path)
            return None
        return match[field.group] if match else None

    def _add_timeout(self, field: str) -> None:
        self.errors.add("timeout", field, "The pattern takes too long on this page")

    def _compute(self, item: dict[str, Any], field: FieldSpec) -> Any:
        assert field.function is not None
        try:
            value = field.function(dict(item))
            # A copy in plain data: what the function keeps, or returns of the item, is not tied to it.
            return json.loads(json.dumps(value, allow_nan=False))
        except Exception as error:
            self.errors.add("computed", field.path, f"{type(error).__name__}: {error}")
            return None
