"""Schemas of structured extraction, checked and compiled before the first page comes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pkgutil import resolve_name
from reprlib import Repr
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from scrapy_c4.extractors.regex_guard import compile_pattern
from scrapy_c4.extractors.schema_selectors import Language, compile_selector, compile_source
from scrapy_c4.options import OptionError, nearest

if TYPE_CHECKING:
    import regex
    from lxml import etree

_T = TypeVar("_T")

#: Fields may hold fields this deep; a schema that holds itself ends here too.
MAX_DEPTH = 20
NO_DEFAULT: Any = object()
TRANSFORMS: dict[str, Callable[[str], str]] = {"lowercase": str.lower, "uppercase": str.upper, "strip": str.strip}

_STEPS = ("text", "attribute", "html", "regex")
_HOLDERS = ("nested", "list", "nested_list")
_TYPES = (*_STEPS, *_HOLDERS, "computed")

_SCHEMA_KEYS = ("name", "description", "baseSelector", "baseFields", "fields")
_COMMON_KEYS = ("name", "description", "type", "default")
_VALUE_KEYS = (*_COMMON_KEYS, "selector", "source", "attribute", "pattern", "group", "transform", "raw")
_HOLDER_KEYS = (*_COMMON_KEYS, "selector", "source", "fields")
_COMPUTED_KEYS = (*_COMMON_KEYS, "function")
_FIELD_KEYS = tuple(dict.fromkeys(_VALUE_KEYS + _HOLDER_KEYS + _COMPUTED_KEYS))

_short = Repr()
_short.maxstring = _short.maxother = 200


@dataclass(frozen=True)
class FieldSpec:
    """One field of a schema, compiled."""

    name: str
    #: As errors name it: ``author.name``.
    path: str
    #: ``value``, ``nested``, ``list``, ``nested_list`` or ``computed``.
    kind: str
    #: None: the element itself.
    select: etree.XPath | None = None
    #: Which sibling to go to first.
    source: etree.XPath | None = None
    #: From the element to the value: ``text``, ``attribute``, ``html``, ``regex``.
    steps: tuple[str, ...] = ()
    attribute: str | None = None
    #: URLs are made absolute.
    absolute: bool = True
    pattern: regex.Pattern[str] | None = None
    group: int | str = 0
    transforms: tuple[Callable[[str], str], ...] = ()
    default: Any = NO_DEFAULT
    fields: tuple[FieldSpec, ...] = ()
    function: Callable[[dict[str, Any]], Any] | None = None


@dataclass(frozen=True)
class Schema:
    #: What selects the elements that become items; None: the page itself.
    base: etree.XPath | None
    fields: tuple[FieldSpec, ...]


def check_schema(schema: Any, language: Language) -> Schema:
    """The compiled schema; raises :exc:`~scrapy_c4.options.OptionError` naming the part that is wrong."""
    return _Checker(language).schema(schema)


class _Checker:
    def __init__(self, language: Language):
        self._language = language

    def schema(self, schema: Any) -> Schema:
        if not isinstance(schema, Mapping):
            _refuse("schema", schema, "it must be a dict with baseSelector and fields")
        _check_keys(schema, "schema", _SCHEMA_KEYS)
        base = _needed(schema, "schema", "baseSelector", "it selects the elements that become items")
        select = _try(lambda: compile_selector(base, self._language, base=True), "schema.baseSelector", base)
        fields: list[FieldSpec] = []
        for key in ("baseFields", "fields"):
            if schema.get(key) is not None:
                fields += self._fields(schema[key], f"schema.{key}", "", 1)
        if not fields:
            raise OptionError("schema.fields is missing: it lists what to take from each element")
        _check_names(fields, "schema")
        return Schema(select, tuple(fields))

    def _fields(self, fields: Any, where: str, prefix: str, depth: int) -> list[FieldSpec]:
        if not isinstance(fields, (list, tuple)):
            _refuse(where, fields, "it must be a list of fields")
        if depth > MAX_DEPTH:
            raise OptionError(f"{where} is nested too deep: fields may hold fields for {MAX_DEPTH} levels")
        specs = [self._field(field, f"{where}[{i}]", prefix, depth) for i, field in enumerate(fields)]
        _check_names(specs, where)
        return specs

    def _field(self, field: Any, where: str, prefix: str, depth: int) -> FieldSpec:
        if not isinstance(field, Mapping):
            _refuse(where, field, "it must be a dict with name and type")
        if "expression" in field:
            raise OptionError(f"{where}.expression is never evaluated: give a function, or its import path")
        _check_keys(field, where, _FIELD_KEYS)
        name = _needed(field, where, "name", "the key of the value in the item")
        if not isinstance(name, str) or not name:
            _refuse(f"{where}.name", name, "it must be text")
        kind, steps = _type(_needed(field, where, "type", f"one of {', '.join(_TYPES)}"), f"{where}.type")

        parts: dict[str, Any] = {}
        if field.get("default") is not None:
            parts["default"] = _default(field["default"], f"{where}.default")
        if (selector := field.get("selector")) is not None:
            first = kind in ("value", "nested")
            parts["select"] = _try(
                lambda: compile_selector(selector, self._language, first=first), f"{where}.selector", selector
            )
        if (source := field.get("source")) is not None:
            parts["source"] = _try(lambda: compile_source(source), f"{where}.source", source)
        if kind in _HOLDERS and (field.get("fields") is not None or kind != "list"):
            _check_effect(field, where, _HOLDER_KEYS, kind)
            inner = _needed(field, where, "fields", "it lists what to take from each element")
            parts["fields"] = tuple(self._fields(inner, f"{where}.fields", f"{prefix}{name}.", depth + 1))
            if not parts["fields"]:
                _refuse(f"{where}.fields", inner, "it lists what to take from each element")
        elif kind == "computed":
            _check_effect(field, where, _COMPUTED_KEYS, kind)
            parts["function"] = _function(field, where)
        else:
            _check_effect(field, where, (*_VALUE_KEYS, "fields") if kind == "list" else _VALUE_KEYS, kind)
            parts.update(_value(field, where, steps))
        return FieldSpec(name, prefix + name, kind, **parts)


def _type(value: Any, where: str) -> tuple[str, tuple[str, ...]]:
    """The kind of a field, and the steps to its value."""
    if isinstance(value, (list, tuple)):
        if not value or value[0] not in _STEPS or any(step != "regex" for step in value[1:]):
            _refuse(where, value, "a list starts with text, attribute or html, and regex follows")
        return "value", tuple(value)
    if value not in _TYPES:
        hint = nearest(value, _TYPES) if isinstance(value, str) else ""
        _refuse(where, value, f"it must be one of {', '.join(_TYPES)}{hint}")
    return (value, ()) if value not in _STEPS else ("value", (value,))


def _value(field: Mapping[str, Any], where: str, steps: tuple[str, ...]) -> dict[str, Any]:
    """The parts that lead from an element to a value."""
    attribute, pattern = field.get("attribute"), field.get("pattern")
    if not steps:  # a list of plain values
        steps = ("text" if attribute is None else "attribute", *(() if pattern is None else ("regex",)))
    parts: dict[str, Any] = {"steps": steps}
    if "attribute" in steps:
        if attribute is None and "@" not in str(field.get("selector")) and "::attr" not in str(field.get("selector")):
            raise OptionError(f"{where}.attribute is missing: the name of the attribute to take")
        if not isinstance(attribute, (str, type(None))) or attribute == "":
            _refuse(f"{where}.attribute", attribute, "it must be the name of an attribute")
        parts["attribute"] = attribute and attribute.lower()
    elif attribute is not None:
        raise OptionError(f"{where}.attribute has no effect: the type must be 'attribute'")
    if "regex" in steps:
        parts["pattern"], parts["group"] = _pattern(field, where)
    elif pattern is not None or field.get("group") is not None:
        raise OptionError(f"{where}.pattern has no effect: the type must be {[*steps, 'regex']}")
    raw = field.get("raw", False)
    if not isinstance(raw, bool):
        _refuse(f"{where}.raw", raw, "it must be True or False")
    # A pattern reads the attribute as it stands in the page.
    parts["absolute"] = not raw and "regex" not in steps
    parts["transforms"] = _transforms(field.get("transform"), f"{where}.transform")
    return parts


def _pattern(field: Mapping[str, Any], where: str) -> tuple[regex.Pattern[str], int | str]:
    text = _needed(field, where, "pattern", "the regular expression to search for")
    pattern = _try(lambda: compile_pattern(text), f"{where}.pattern", text)
    group = field.get("group")
    if group is None:
        return pattern, min(1, pattern.groups)
    groups = [*range(pattern.groups + 1), *pattern.groupindex]
    if group not in groups or type(group) not in (int, str):
        _refuse(f"{where}.group", group, f"the groups of the pattern are {', '.join(map(str, groups))}")
    return pattern, group


def _transforms(value: Any, where: str) -> tuple[Callable[[str], str], ...]:
    if value is None:
        return ()
    names = value if isinstance(value, (list, tuple)) else [value]
    for name in names:
        if not isinstance(name, str) or name not in TRANSFORMS:
            hint = nearest(name, TRANSFORMS) if isinstance(name, str) else ""
            _refuse(where, value, f"it must be {', '.join(TRANSFORMS)} or a list of them{hint}")
    return tuple(TRANSFORMS[name] for name in names)


def _function(field: Mapping[str, Any], where: str) -> Callable[[dict[str, Any]], Any]:
    value = _needed(field, where, "function", "a callable that gets the item, or its import path")
    function = value
    if isinstance(value, str):
        try:
            function = resolve_name(value)
        except (ImportError, AttributeError, ValueError) as error:
            _refuse(f"{where}.function", value, f"it cannot be imported ({error})")
    if not callable(function):
        _refuse(f"{where}.function", value, "it must be a callable, or an import path such as 'package.module:name'")
    return function  # type: ignore[no-any-return]


def _default(value: Any, where: str) -> Any:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        _refuse(where, value, "it must be JSON data")
    return value


def _check_names(fields: list[FieldSpec], where: str) -> None:
    seen: set[str] = set()
    for field in fields:
        if field.name in seen:
            raise OptionError(f"{where}: two fields are named {field.name!r}")
        seen.add(field.name)


def _check_keys(given: Mapping[Any, Any], where: str, known: tuple[str, ...]) -> None:
    for key in given:
        if key not in known:
            raise OptionError(f"{where}.{key} is not known{nearest(str(key), known)}")


def _check_effect(field: Mapping[str, Any], where: str, allowed: tuple[str, ...], kind: str) -> None:
    for key in field:
        if key not in allowed:
            role = f"type {kind}" if kind != "value" else f"type {field['type']}"
            raise OptionError(f"{where}.{key} has no effect on {role}, which takes {', '.join(allowed)}")


def _needed(given: Mapping[str, Any], where: str, key: str, what: str) -> Any:
    if given.get(key) is None:
        raise OptionError(f"{where}.{key} is missing: {what}")
    return given[key]


def _try(make: Callable[[], _T], where: str, value: Any) -> _T:
    try:
        return make()
    except ValueError as error:
        _refuse(where, value, str(error))


def _refuse(where: str, value: Any, detail: str) -> NoReturn:
    raise OptionError(f"{where} = {_short.repr(value)} is not possible: {detail}") from None
