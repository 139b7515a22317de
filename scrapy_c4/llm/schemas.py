"""The schema a user gives: JSON schema, JSON text or pydantic model, as list or single object."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from scrapy_c4.extractors.regex_guard import Stopwatch, compile_pattern
from scrapy_c4.llm.errors import MissingDependency
from scrapy_c4.options import OptionError

if TYPE_CHECKING:
    from collections.abc import Iterator

_WRAPPERS = ("items", "records", "extracted_items")


class RecordSchema:
    """What one record must look like, and how many of them a page has."""

    def __init__(self, given: Any):
        #: The pydantic model, for the checks that a JSON schema cannot say.
        self.model = given if isinstance(given, type) else None
        schema = _as_dict(given)
        #: True for the schema of a list; records are its elements.
        self.is_list = schema.get("type") == "array"
        if self.is_list:
            items = schema.get("items")
            element = dict(items) if isinstance(items, dict) else {}
            # References point to the root.
            for key in ("$defs", "definitions"):
                if key in schema:
                    element.setdefault(key, schema[key])
            self.record = element
        else:
            self.record = schema
        properties = _properties(self.record)
        #: The key of the list of records in an answer; no property of a record.
        self.wrapper = next(name for name in (*_WRAPPERS, "") if name not in properties) or "c4_items"
        #: Whether a page has one record whose lists collect what is found: nothing but lists inside.
        self.is_container = (
            not self.is_list
            and bool(properties)
            and all(isinstance(value, dict) and value.get("type") == "array" for value in properties.values())
        )
        self.properties = frozenset(properties)
        self._validator = _validator(self.record)
        #: False for a schema that refers to its own root, which would be another one inside the wrapper.
        self._wrappable = _check_references(self.record)

    def errors(self, record: Any) -> str | None:
        """What is wrong with ``record``, in a sentence; None for a valid one."""
        error = next(iter(self._validator.iter_errors(record)), None)
        if error is not None:
            place = "/".join(str(part) for part in error.absolute_path) or "the record"
            return f"{place}: {error.message[:300]}"
        if self.model is not None and hasattr(self.model, "model_validate"):
            try:
                self.model.model_validate(record)
            except ValueError as invalid:
                return str(invalid)[:300]
        return None

    def response_format(self) -> dict[str, Any] | None:
        """The parameter ``response_format`` for models with structured output; None where it cannot be said so."""
        if not self._wrappable:
            return None
        record = {key: value for key, value in self.record.items() if key not in ("$defs", "definitions", "$schema")}
        schema: dict[str, Any] = {
            "type": "object",
            "properties": {self.wrapper: {"type": "array", "items": record}},
            "required": [self.wrapper],
            "additionalProperties": False,
        }
        for key in ("$defs", "definitions"):
            if key in self.record:
                schema[key] = self.record[key]
        return {"type": "json_schema", "json_schema": {"name": "extraction", "schema": schema}}


def _as_dict(given: Any) -> dict[str, Any]:
    if isinstance(given, type):
        for method in ("model_json_schema", "schema"):
            make = getattr(given, method, None)
            if callable(make):
                schema: dict[str, Any] = make()
                return schema
        raise OptionError(f"schema = {given!r} is not possible: the class is no pydantic model")
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except json.JSONDecodeError as error:
            raise OptionError(f"schema is not JSON: {error}") from None
    if not isinstance(given, dict) or not given:
        raise OptionError(
            f"schema = {given!r} is not possible: it must be a JSON schema (dict or JSON text) or a pydantic model"
        )
    return given


def _properties(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema and "properties" not in schema:
        target: Any = schema
        for part in str(schema["$ref"]).removeprefix("#/").split("/"):
            target = target.get(part, {}) if isinstance(target, dict) else {}
        schema = target if isinstance(target, dict) else {}
    properties = schema.get("properties")
    return properties if isinstance(properties, dict) else {}


def _validator(schema: dict[str, Any]) -> Any:
    try:
        from jsonschema import Draft202012Validator
        from jsonschema.exceptions import SchemaError
        from jsonschema.validators import extend, validator_for
        from referencing import Registry
    except ImportError as error:
        raise MissingDependency("jsonschema") from error
    cls = validator_for(schema, default=Draft202012Validator)
    try:
        cls.check_schema(schema)
    except SchemaError as error:
        raise OptionError(f"schema is not a JSON schema: {error.message[:300]}") from None
    # A registry of our own: references to other documents are never fetched.
    return extend(cls, {"pattern": _pattern})(schema, registry=Registry())


def _pattern(validator: Any, pattern: str, value: Any, schema: Any) -> Iterator[Any]:
    """The keyword ``pattern``, bounded in time: what a page says gets into the answers of models."""
    from jsonschema.exceptions import ValidationError

    if not isinstance(value, str):
        return
    try:
        found = Stopwatch().search(compile_pattern(pattern), value)
    except (TimeoutError, ValueError) as error:
        yield ValidationError(f"{value[:100]!r} was not compared with {pattern!r}: {error}")
        return
    if found is None:
        yield ValidationError(f"{value[:100]!r} does not match {pattern!r}")


def _check_references(schema: dict[str, Any]) -> bool:
    """Whether no reference points to the whole of ``schema``; raises OptionError for one that leads nowhere."""
    wrappable = True
    left: list[Any] = [schema]
    while left:
        node = left.pop()
        if isinstance(node, list):
            left += node
        if not isinstance(node, dict):
            continue
        left += node.values()
        reference = node.get("$ref")
        if not isinstance(reference, str):
            continue
        if reference == "#":
            wrappable = False
            continue
        target: Any = schema if reference.startswith("#/") else None
        for part in reference[2:].split("/"):
            part = part.replace("~1", "/").replace("~0", "~")
            target = target.get(part) if isinstance(target, dict) else None
        if target is None:
            raise OptionError(f"schema: the reference {reference!r} leads to nothing inside the schema")
    return wrappable
