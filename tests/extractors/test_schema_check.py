"""Schemas are checked before the crawl: what is wrong is named, with the nearest right name."""

from __future__ import annotations

from typing import Any

import pytest

from scrapy_c4.extractors.schema import JsonCssExtractionStrategy, JsonXPathExtractionStrategy
from scrapy_c4.options import OptionError

TEXT = {"name": "t", "type": "text"}


def field(**parts: Any) -> dict[str, Any]:
    return {"baseSelector": "li", "fields": [TEXT, {"name": "f", "type": "text", **parts}]}


def circular() -> dict[str, Any]:
    schema: dict[str, Any] = {"baseSelector": "li", "fields": [{"name": "f", "type": "nested"}]}
    schema["fields"][0]["fields"] = schema["fields"]
    return schema


F1 = "schema.fields[1]"
WRONG: list[tuple[Any, str]] = [
    (None, "schema = None is not possible: it must be a dict with baseSelector and fields"),
    ([TEXT], "schema = [{"),
    ({}, "schema.baseSelector is missing"),
    ({"baseSelecter": "li", "fields": [TEXT]}, "schema.baseSelecter is not known; did you mean baseSelector?"),
    ({"baseSelector": "li"}, "schema.fields is missing"),
    ({"baseSelector": "li", "fields": []}, "schema.fields is missing"),
    ({"baseSelector": "li", "fields": TEXT}, "schema.fields = {"),
    ({"baseSelector": "li", "fields": ["t"]}, "schema.fields[0] = 't' is not possible: it must be a dict"),
    (
        {"baseSelector": "li[", "fields": [TEXT]},
        "schema.baseSelector = 'li[' is not possible: it must be a CSS selector (",
    ),
    ({"baseSelector": "", "fields": [TEXT]}, "schema.baseSelector = '' is not possible: it must be a CSS selector"),
    ({"baseSelector": 5, "fields": [TEXT]}, "schema.baseSelector = 5"),
    ({"baseSelector": "li::text", "fields": [TEXT]}, "schema.baseSelector = 'li::text'"),
    ({"baseSelector": "//li", "fields": [TEXT]}, "XPath is for JsonXPathExtractionStrategy"),
    ({"baseSelector": "li", "fields": [TEXT, TEXT]}, "schema.fields: two fields are named 't'"),
    ({"baseSelector": "li", "baseFields": [TEXT], "fields": [TEXT]}, "schema: two fields are named 't'"),
    ({"baseSelector": "li", "baseFields": [{"name": "t"}]}, "schema.baseFields[0].type is missing"),
    ({"baseSelector": "li", "fields": [{"type": "text"}]}, "schema.fields[0].name is missing"),
    (
        {"baseSelector": "li", "fields": [{"nam": "t", "type": "text"}]},
        "schema.fields[0].nam is not known; did you mean name?",
    ),
    (field(name=3), f"{F1}.name = 3 is not possible: it must be text"),
    (field(name=""), f"{F1}.name = ''"),
    (
        field(type="txt"),
        f"{F1}.type = 'txt' is not possible: it must be one of text, attribute, html, regex, nested, list,"
        " nested_list, computed; did you mean text?",
    ),
    (field(type=5), f"{F1}.type = 5"),
    (field(type=[]), f"{F1}.type = []"),
    (field(type=["regex", "text"], pattern="a"), f"{F1}.type = ['regex', 'text']"),
    (field(type=["nested"]), f"{F1}.type = ['nested']"),
    (field(selector="a["), f"{F1}.selector = 'a[' is not possible: it must be a CSS selector ("),
    (field(selector="a::foo"), f"{F1}.selector = 'a::foo'"),
    (field(selector="a:nope"), f"{F1}.selector = 'a:nope'"),
    (field(selector=["a"]), f"{F1}.selector = ['a']"),
    (field(selecter="a"), f"{F1}.selecter is not known; did you mean selector?"),
    (field(attribute="href"), f"{F1}.attribute has no effect: the type must be 'attribute'"),
    (field(type="attribute"), f"{F1}.attribute is missing"),
    (field(type="attribute", attribute=""), f"{F1}.attribute = ''"),
    (field(type="attribute", attribute=["href"]), f"{F1}.attribute = ['href']"),
    (field(pattern="a"), f"{F1}.pattern has no effect: the type must be ['text', 'regex']"),
    (field(type="regex"), f"{F1}.pattern is missing"),
    (field(type="regex", pattern="("), f"{F1}.pattern = '(' is not possible: it must be a regular expression ("),
    (field(type="regex", pattern=5), f"{F1}.pattern = 5"),
    (field(type="regex", pattern="a", group=1), f"{F1}.group = 1 is not possible: the groups of the pattern are 0"),
    (
        field(type="regex", pattern="(?P<x>a)", group="y"),
        f"{F1}.group = 'y' is not possible: the groups of the pattern are 0, 1, x",
    ),
    (field(type="regex", pattern="(a)", group=True), f"{F1}.group = True"),
    (field(type="regex", pattern="(a)", group=1.0), f"{F1}.group = 1.0"),
    (
        field(transform="lower"),
        f"{F1}.transform = 'lower' is not possible: it must be lowercase, uppercase, strip or a list of"
        " them; did you mean lowercase?",
    ),
    (field(transform=["strip", 5]), f"{F1}.transform = ['strip', 5]"),
    (field(transform=5), f"{F1}.transform = 5"),
    (field(raw="yes"), f"{F1}.raw = 'yes'"),
    (field(default=object()), "is not possible: it must be JSON data"),
    (field(default=float("nan")), f"{F1}.default = nan"),
    (field(source="tr"), f"{F1}.source = 'tr' is not possible: it must be '+' and a CSS selector"),
    (field(source="+ tr["), f"{F1}.source = '+ tr['"),
    (field(source="+"), f"{F1}.source = '+'"),
    (field(fields=[TEXT]), f"{F1}.fields has no effect on type text"),
    (field(type="nested", selector="a"), f"{F1}.fields is missing"),
    (field(type="nested_list", fields=[]), f"{F1}.fields"),
    (field(type="nested", fields=[{**TEXT, "selector": "a["}]), f"{F1}.fields[0].selector = 'a['"),
    (field(type="list", fields=[{**TEXT, "typ": 1}]), f"{F1}.fields[0].typ is not known; did you mean type?"),
    (field(type="list", fields=[TEXT], transform="strip"), f"{F1}.transform has no effect on type list"),
    (field(type="nested", fields=[TEXT], attribute="a"), f"{F1}.attribute has no effect on type nested"),
    (field(type="computed"), f"{F1}.function is missing"),
    (field(type="computed", expression="1 + 1"), f"{F1}.expression is never evaluated"),
    (
        field(type="computed", function="nowhere.mod:f"),
        f"{F1}.function = 'nowhere.mod:f' is not possible: it cannot be imported",
    ),
    (field(type="computed", function="json:nothing"), f"{F1}.function = 'json:nothing'"),
    (field(type="computed", function="1 + 1"), f"{F1}.function = '1 + 1'"),
    (
        field(type="computed", function="json:__name__"),
        f"{F1}.function = 'json:__name__' is not possible: it must be a callable",
    ),
    (field(type="computed", function=str, selector="a"), f"{F1}.selector has no effect on type computed"),
    (circular(), "is nested too deep"),
]


@pytest.mark.parametrize(("schema", "message"), WRONG)
def test_wrong_schema(schema: Any, message: str) -> None:
    with pytest.raises(OptionError) as error:
        JsonCssExtractionStrategy(schema)
    assert message in str(error.value)
    assert len(str(error.value)) < 1000


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        ("//li[", "it must be an XPath expression ("),
        ("div.item", "'div.i' looks like a CSS class"),
        ("div.item > a", "looks like a CSS class"),
        ("#id", "it must be an XPath expression ("),
        ("nope(//a)", "it must be an XPath expression ("),
        ("x:a", "it must be an XPath expression ("),
        ("", "it must be an XPath expression"),
    ],
)
def test_wrong_xpath(selector: str, message: str) -> None:
    with pytest.raises(OptionError) as error:
        JsonXPathExtractionStrategy({"baseSelector": "//li", "fields": [{**TEXT, "selector": selector}]})
    assert f"schema.fields[0].selector = {selector!r} is not possible: " in str(error.value)
    assert message in str(error.value)


@pytest.mark.parametrize("function", [str, "json:dumps", "json.dumps", lambda item: 1])
def test_functions(function: Any) -> None:
    schema = {"baseSelector": "li", "fields": [{"name": "f", "type": "computed", "function": function}]}
    assert len(JsonCssExtractionStrategy(schema).extract("https://example.com/", "<li>1<li>2")) == 2


def test_verbose_is_a_truth_value() -> None:
    with pytest.raises(OptionError, match="verbose = 'yes' is not possible"):
        JsonCssExtractionStrategy({"baseSelector": "li", "fields": [TEXT]}, verbose="yes")  # type: ignore[arg-type]


def test_a_schema_may_describe_itself() -> None:
    schema = {
        "name": "n",
        "description": "d",
        "baseSelector": "li",
        "fields": [{**TEXT, "description": "d", "default": None}],
    }
    assert JsonCssExtractionStrategy(schema).extract("https://example.com/", "<li>1") == [{"t": "1"}]
