"""JsonCssExtractionStrategy and JsonXPathExtractionStrategy: what each part of a schema gives."""

from __future__ import annotations

import json
from typing import Any

import pytest
from parsel import Selector

from scrapy_c4.extractors import regex_guard, schema_fields
from scrapy_c4.extractors.document import Document
from scrapy_c4.extractors.exclude import ExcludeRules
from scrapy_c4.extractors.schema import JsonCssExtractionStrategy, JsonXPathExtractionStrategy
from scrapy_c4.options import Options

URL = "https://example.com/shop/list?page=1"
PAGE = """<!doctype html><html><head><title>Shop</title></head><body>
<div class="product  big" data-id="1" id=p1>
  <h2>Red <b>Shoe</b><i>s</i></h2>
  <p class=price>  $1,299.00
     only </p>
  <a class=more href="/item?b=2&amp;a=1">More<span>about</span> it</a>
  <img src="../img/1.jpg" srcset="a.jpg 1x, b,c.jpg 2x" data-src="lazy.jpg" alt="">
  <ul><li>One<li>Two <b>x</b><li></ul>
  <div class=author><span class=name>Jane</span><a href="mailto:jane@example.com">mail</a></div>
  <div class=review><p>Good</p><em>5</em></div><div class=review><p>Bad</p></div>
</div>
<p class=stock>in stock</p>
<div class=product id=p2><h2>  </h2><a class=more href="//cdn.example.net/x">Go</a></div>
<div class=product></div>
</body></html>"""


def document(html: str = PAGE, url: str = URL) -> Document:
    return Document(Selector(text=html, type="html").root, url)


def first(css: dict[str, Any], xpath: dict[str, Any] | None = None) -> Any:
    """What a field gives for the first product, by both languages if two are given."""
    strategies: list[Any] = [
        JsonCssExtractionStrategy({"baseSelector": "#p1", "fields": [{"name": "f", **css}]}),
    ]
    if xpath is not None:
        field = {"name": "f", **css, **xpath}
        strategies.append(JsonXPathExtractionStrategy({"baseSelector": "//*[@id='p1']", "fields": [field]}))
    values = []
    for strategy in strategies:
        item = strategy.run(document())
        assert item.errors == []
        assert item.page_url == URL
        assert item.strategy == strategy.strategy
        values.append(item.data[0].get("f", "<none>") if item.data else "<none>")
    assert all(value == values[0] for value in values)
    return values[0]


SHOP = "https://example.com"
FIELDS: list[tuple[dict[str, Any], str | None, Any]] = [
    # text
    ({"type": "text", "selector": "h2"}, "h2", "Red Shoes"),
    ({"type": "text", "selector": "a.more"}, ".//a[@class='more']", "Moreabout it"),
    ({"type": "text", "selector": ".price"}, "//p[@class='price']", "$1,299.00 only"),
    ({"type": "text", "selector": "h2::text"}, "h2/text()", "Red"),
    ({"type": "text", "selector": "ul::text"}, "ul/text()", "<none>"),
    ({"type": "text", "selector": "ul, h2"}, "//ul | //h2", "Red Shoes"),
    ({"type": "text", "selector": ".missing"}, "//video", "<none>"),
    ({"type": "text", "selector": "li:nth-of-type(2)"}, "(//li)[2]", "Two x"),
    ({"type": "text", "selector": "li:last-child"}, "(//li)[last()]", ""),
    ({"type": "text", "selector": "li:last-child", "default": "none"}, "(//li)[last()]", "none"),
    ({"type": "text", "selector": ".missing", "default": ["a"]}, "//video", ["a"]),
    # the element itself, and what is inside of it only
    ({"type": "attribute", "attribute": "class"}, None, "product  big"),
    ({"type": "attribute", "selector": ".", "attribute": "data-id"}, ".", "1"),
    ({"type": "attribute", "selector": ":scope", "attribute": "ID"}, ":scope", "p1"),
    ({"type": "attribute", "selector": "&", "attribute": "id"}, "&", "p1"),
    ({"type": "attribute", "selector": "::attr(id)"}, "@id", "p1"),
    ({"type": "attribute", "selector": "div", "attribute": "class"}, "//div", "author"),
    ({"type": "attribute", "selector": ":scope > div + div", "attribute": "class"}, "div[2]", "review"),
    ({"type": "text", "selector": "div.product > div.author span"}, "div[@class='author']//span", "Jane"),
    ({"type": "text", "selector": "& .author .name"}, ".//span[@class='name']", "Jane"),
    ({"type": "text", "selector": "body h2"}, "/html/h2", "<none>"),
    # attributes and URLs
    ({"type": "attribute", "selector": "a", "attribute": "href"}, "a", f"{SHOP}/item?b=2&a=1"),
    ({"type": "attribute", "selector": "a", "attribute": "href", "raw": True}, "a", "/item?b=2&a=1"),
    ({"type": "text", "selector": "a::attr(href)"}, "a/@href", f"{SHOP}/item?b=2&a=1"),
    ({"type": "attribute", "selector": "a::attr(href)"}, "a/@href", f"{SHOP}/item?b=2&a=1"),
    ({"type": "text", "selector": "a::attr(href)", "raw": True}, "a/@href", "/item?b=2&a=1"),
    ({"type": "attribute", "selector": "img", "attribute": "src"}, "img", f"{SHOP}/img/1.jpg"),
    ({"type": "attribute", "selector": "img", "attribute": "data-src"}, "img", f"{SHOP}/shop/lazy.jpg"),
    ({"type": "attribute", "selector": "img", "attribute": "srcset"}, "img",
     f"{SHOP}/shop/a.jpg 1x, {SHOP}/shop/b,c.jpg 2x"),
    ({"type": "attribute", "selector": ".author a", "attribute": "href"}, "//div/a", "mailto:jane@example.com"),
    ({"type": "attribute", "selector": "img", "attribute": "alt"}, "img", ""),
    ({"type": "attribute", "selector": "img", "attribute": "title", "default": "-"}, "img", "-"),
    # html
    ({"type": "html", "selector": "h2"}, "h2", "<h2>Red <b>Shoe</b><i>s</i></h2>"),
    ({"type": "html", "selector": "em"}, "//em", "<em>5</em>"),
    # regex and pipelines
    ({"type": "regex", "selector": ".price", "pattern": r"\$([\d,]+)\.(\d\d)"}, "p", "1,299"),
    ({"type": "regex", "selector": ".price", "pattern": r"\$([\d,]+)\.(\d\d)", "group": 2}, "p", "00"),
    ({"type": "regex", "selector": ".price", "pattern": r"\$([\d,]+)\.(\d\d)", "group": 0}, "p", "$1,299.00"),
    ({"type": "regex", "selector": ".price", "pattern": r"(?P<whole>[\d,]+)", "group": "whole"}, "p", "1,299"),
    ({"type": "regex", "selector": ".price", "pattern": r"[\d,]+"}, "p", "1,299"),
    ({"type": "regex", "selector": ".price", "pattern": r"(\d+) EUR"}, "p", "<none>"),
    ({"type": "regex", "selector": ".price", "pattern": r"(EUR)|\$", "default": "?"}, "p", "?"),
    ({"type": ["attribute", "regex"], "selector": "a", "attribute": "href", "pattern": r"^/item\?b=(\d)"}, "a", "2"),
    ({"type": ["text", "regex"], "selector": "h2", "pattern": r"(\w+)$"}, "h2", "Shoes"),
    ({"type": ["html", "regex"], "selector": "h2", "pattern": r"<b>(.*?)</b>"}, "h2", "Shoe"),
    ({"type": "regex", "selector": "a::attr(href)", "pattern": r"a=(\d)"}, "a/@href", "1"),
    # transform
    ({"type": "text", "selector": "h2", "transform": "lowercase"}, "h2", "red shoes"),
    ({"type": "text", "selector": "h2", "transform": ["uppercase", "strip"]}, "h2", "RED SHOES"),
    ({"type": "html", "selector": "em", "transform": "uppercase"}, "//em", "<EM>5</EM>"),
    ({"type": "text", "selector": ".missing", "transform": "lowercase", "default": "N"}, "//video", "N"),
    # lists
    ({"type": "list", "selector": "li"}, "//li", ["One", "Two x"]),
    ({"type": "list", "selector": "a", "attribute": "href"}, "//a",
     [f"{SHOP}/item?b=2&a=1", "mailto:jane@example.com"]),
    ({"type": "list", "selector": "li", "pattern": r"^\w", "transform": "lowercase"}, "//li", ["o", "t"]),
    ({"type": "list", "selector": "li::text"}, "//li/text()", ["One", "Two"]),
    ({"type": "list", "selector": ".missing"}, "//video", "<none>"),
    ({"type": "list", "selector": ".missing", "default": ["-"]}, "//video", ["-"]),
    ({"type": "list", "selector": "li", "fields": [{"name": "t", "type": "text"}]}, "//li",
     [{"t": "One"}, {"t": "Two x"}, {"t": ""}]),
]  # fmt: skip


@pytest.mark.parametrize(("field", "xpath", "wanted"), FIELDS)
def test_field(field: dict[str, Any], xpath: str | None, wanted: Any) -> None:
    other = {} if xpath is None else {"selector": xpath}
    assert first(field, other) == wanted


def test_nested() -> None:
    inner = [{"name": "name", "selector": ".name", "type": "text"}, {"name": "x", "selector": "x", "type": "text"}]
    wanted = {"name": "Jane"}
    xpath_inner = [{**inner[0], "selector": "span"}, inner[1]]
    assert first({"type": "nested", "selector": ".author", "fields": inner}) == wanted
    assert first({"type": "nested", "fields": inner}) == wanted
    assert first({"type": "nested", "selector": ".missing", "fields": inner}) == "<none>"
    assert first({"type": "nested", "selector": ".missing", "fields": inner, "default": {"name": "?"}}) == {"name": "?"}
    strategy = JsonXPathExtractionStrategy(
        {
            "baseSelector": "//div[@id='p1']",
            "fields": [{"name": "a", "type": "nested", "selector": "div[1]", "fields": xpath_inner}],
        }
    )
    assert strategy.extract(URL, PAGE) == [{"a": wanted}]


def test_nested_of_an_element_without_children() -> None:
    fields = [{"name": "n", "type": "nested", "selector": "em", "fields": [{"name": "text", "type": "text"}]}]
    xpath = [{**fields[0], "selector": "//em"}]
    assert JsonCssExtractionStrategy({"baseSelector": ".review", "fields": fields}).extract(URL, PAGE) == [
        {"n": {"text": "5"}}
    ]
    assert JsonXPathExtractionStrategy({"baseSelector": "//div", "fields": xpath}).extract(URL, PAGE)[0] == {
        "n": {"text": "5"}
    }


def test_lists_of_objects_hold_any_field() -> None:
    review = [
        {"name": "text", "selector": "p", "type": "text"},
        {"name": "rating", "type": "nested", "fields": [{"name": "stars", "selector": "em", "type": "text"}]},
        {"name": "long", "type": "computed", "function": lambda item: len(item["text"]) > 3},
    ]
    wanted = [{"text": "Good", "rating": {"stars": "5"}, "long": True}, {"text": "Bad", "rating": {}, "long": False}]
    assert first({"type": "nested_list", "selector": ".review", "fields": review}) == wanted
    assert first({"type": "list", "selector": ".review", "fields": review}) == wanted


def test_items_and_their_order() -> None:
    schema = {
        "name": "Products",
        "baseSelector": "div.product",
        "baseFields": [{"name": "id", "type": "attribute", "attribute": "id"}],
        "fields": [
            {"name": "label", "type": "computed", "function": lambda item: f"{item['id']}: {item['title']}"},
            {"name": "title", "selector": "h2", "type": "text"},
            {"name": "next", "source": "+ p.stock", "type": "text"},
        ],
    }
    strategy = JsonCssExtractionStrategy(schema)
    item = strategy.run(document())
    # The third product has nothing at all. Computed fields see the fields after them too.
    assert item.data == [
        {"id": "p1", "label": "p1: Red Shoes", "title": "Red Shoes", "next": "in stock"},
        {"id": "p2", "label": "p2: ", "title": ""},
    ]
    assert list(item.data[0]) == ["id", "label", "title", "next"]
    assert [(e["type"], e["field"], e["count"]) for e in item.errors] == [("computed", "label", 1)]
    assert json.loads(json.dumps(strategy.extract(URL, PAGE))) == item.data
    assert strategy.config == {"strategy": "css", "schema": schema}


def test_source_is_the_nearest_sibling_but_not_beyond_the_next_item() -> None:
    html = """<table><tr class=a id=1><tr class=x><td>-<tr class="sub y"><td>one</td></tr>
    <tr class=a id=2></tr><tr class=a id=3><!-- c --><tr class=sub><td><b>three</b></table>"""
    fields = [
        {"name": "id", "type": "attribute", "attribute": "id"},
        {"name": "text", "source": "+ tr.sub", "selector": "td", "type": "text"},
        {"name": "next", "source": "+ tr", "type": "attribute", "attribute": "class"},
    ]
    wanted = [
        {"id": "1", "text": "one", "next": "x"},
        {"id": "2", "next": "a"},
        {"id": "3", "text": "three", "next": "sub"},
    ]
    assert JsonCssExtractionStrategy({"baseSelector": "tr.a", "fields": fields}).extract(URL, html) == wanted
    assert (
        JsonXPathExtractionStrategy({"baseSelector": "//tr[@class='a']", "fields": fields}).extract(URL, html) == wanted
    )


@pytest.mark.parametrize(
    ("selector", "wanted"),
    [
        ("string(h2)", "Red Shoes"),
        ("concat(@id, '-', @data-id)", "p1-1"),
        ("count(.//li)", "3"),
        ("count(.//li) div 2", "1.5"),
        ("boolean(h2)", "true"),
        ("//video/@src", "<none>"),
        ("number('x')", "nan"),
        ("//a[has-class('more')]", "Moreabout it"),
        ("//a[re:test(@href, '^mail')]", "mail"),
        ("p[contains(., '//a')]", "<none>"),
        ("//li[//title = 'Shop']", "One"),
        ("comment()", "<none>"),
        ("namespace::*", "<none>"),
        ("(//li)[1] | ( //em)", "One"),
    ],
)
def test_xpath_selectors(selector: str, wanted: str) -> None:
    strategy = JsonXPathExtractionStrategy(
        {"baseSelector": "//div[@id='p1']", "fields": [{"name": "f", "type": "text", "selector": selector}]}
    )
    item = strategy.run(document())
    assert item.errors == []
    assert (item.data[0]["f"] if item.data else "<none>") == wanted


@pytest.mark.parametrize(
    ("base", "wanted"),
    [("//h2", 2), (".//h2", 2), ("/html/body/div/h2", 2), ("//h2 | //em", 3), (".", 1), ("/html", 1)],
)
def test_xpath_base(base: str, wanted: int) -> None:
    schema = {"baseSelector": base, "fields": [{"name": "f", "type": "html"}]}
    assert len(JsonXPathExtractionStrategy(schema).extract(URL, PAGE)) == wanted


def test_only_the_roots_are_read() -> None:
    page = document("<main><p>1</p><div><p>2</div></main><p>3</p><p id=x>4</p>")
    roots = [page.root.find(".//main"), page.root.get_element_by_id("x"), page.root.find(".//div")]
    fields = [{"name": "f", "type": "text"}]
    css = JsonCssExtractionStrategy({"baseSelector": "body p", "fields": fields})
    assert [found["f"] for found in css.run(page, roots).data] == ["1", "2", "4"]
    assert [found["f"] for found in css.run(page).data] == ["1", "2", "3", "4"]
    assert css.run(page, []).data == []
    xpath = JsonXPathExtractionStrategy({"baseSelector": "//p", "fields": fields})
    assert [found["f"] for found in xpath.run(page, roots).data] == ["1", "2", "4"]
    whole = JsonCssExtractionStrategy({"baseSelector": ".", "fields": fields})
    assert [found["f"] for found in whole.run(page, roots[1:]).data] == ["4", "2"]


def test_excluded_urls_count_as_missing() -> None:
    html = """<li><a href="https://ads.net/x">Ad</a><img src="//ads.net/i.png" srcset="/a.png 1x, //ads.net/b.png 2x">
    <li><a href="/ok">Ok</a>"""
    schema = {
        "baseSelector": "li",
        "fields": [
            {"name": "text", "selector": "a", "type": "text"},
            {"name": "link", "selector": "a", "type": "attribute", "attribute": "href"},
            {"name": "id", "selector": "a", "type": ["attribute", "regex"], "attribute": "href", "pattern": "x|ok"},
            {"name": "image", "selector": "img::attr(src)", "type": "text", "default": "none"},
            {"name": "images", "selector": "img", "type": "attribute", "attribute": "srcset"},
        ],
    }
    rules = ExcludeRules(Options.of({"exclude_domains": ["ads.net"]}), "example.com")
    assert JsonCssExtractionStrategy(schema).run(document(html), rules=rules).data == [
        {"text": "Ad", "image": "none", "images": "https://example.com/a.png 1x"},
        {"text": "Ok", "link": "https://example.com/ok", "id": "ok", "image": "none"},
    ]


def test_base_href_and_urls_that_are_none() -> None:
    html = '<base href="/b/"><a href="x">1</a><a href="http://[">2</a><a href="">3</a><a href="javascript:f()">4</a>'
    schema = {"baseSelector": "a", "fields": [{"name": "u", "type": "attribute", "attribute": "href"}]}
    assert [found["u"] for found in JsonCssExtractionStrategy(schema).extract(URL, html)] == [
        "https://example.com/b/x",
        "http://[",
        "",
        "javascript:f()",
    ]


def fails(item: dict[str, Any]) -> None:
    raise LookupError(f"no {item['f']}")


def test_what_fails_is_recorded_and_the_rest_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regex_guard, "PAGE_SECONDS", 0.3)
    schema = {
        "baseSelector": "li",
        "fields": [
            {"name": "f", "type": "text"},
            {"name": "fails", "type": "computed", "function": f"{__name__}:fails", "default": 0},
            {"name": "object", "type": "computed", "function": lambda item: object()},
            {"name": "nan", "type": "computed", "function": lambda item: float("nan")},
            {"name": "self", "type": "computed", "function": lambda item: item},
            {"name": "slow", "type": "regex", "pattern": "^(a|aa)+$"},
            {"name": "n", "type": "nested", "fields": [{"name": "t", "selector": "x", "type": "attribute"}]},
        ],
    }
    schema["fields"][-1]["fields"][0]["attribute"] = "y"
    item = JsonCssExtractionStrategy(schema).run(document(f"<li>{'a' * 60}b<li>{'a' * 60}c<li>{'a' * 60}c"))
    assert [sorted(found) for found in item.data] == [["f", "fails", "n", "self"]] * 3
    assert item.data[0]["self"] == {"f": "a" * 60 + "b", "fails": 0, "n": {}}
    assert {(e["type"], e["field"], e["count"]) for e in item.errors} == {
        ("computed", "fails", 1),
        ("computed", "fails", 2),
        ("computed", "object", 3),
        ("computed", "nan", 3),
        ("timeout", "slow", 3),
    }
    assert "LookupError: no " + "a" * 60 + "b" in {e["message"] for e in item.errors}


def test_regular_expressions_of_xpath_are_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regex_guard, "PAGE_SECONDS", 0.3)
    fields = [
        {"name": "slow", "selector": "b[re:test(., '^(a|aa)+$')]", "type": "text"},
        {"name": "replaced", "selector": "re:replace(string(b), 'A+', 'gi', '-')", "type": "text"},
        {"name": "once", "selector": "re:replace(b, 'a', '', '[\\g<0>]')", "type": "text"},
        {"name": "matches", "selector": "re:match(., 'c(.)(.)', 'i')", "type": "list"},
        {"name": "all", "selector": "re:match(., '[b-d]', 'g')", "type": "list"},
        {"name": "groups", "selector": "re:match(., '(C)(D)?', 'g')", "type": "list"},
        {"name": "none", "selector": "re:match(., 'x')", "type": "text", "default": ""},
    ]
    strategy = JsonXPathExtractionStrategy({"baseSelector": "//li[re:test(b, '^AA', 'i')]", "fields": fields})
    item = strategy.run(document(f"<li><b>{'a' * 60}!</b>bCDe<li><b>b"))
    assert item.data == [
        {
            "replaced": "-!",
            "once": "[a]" + "a" * 59 + "!",
            "matches": ["CDe", "D", "e"],
            "all": ["b"],
            "groups": ["CD"],
            "none": "",
        }
    ]
    assert [(e["type"], e["field"]) for e in item.errors] == [("timeout", "slow")]


def test_errors_of_selectors_name_the_field() -> None:
    schema = {
        "baseSelector": "//div[@id='p1']",
        "fields": [
            {"name": "texts", "type": "nested", "selector": "h2/text()", "fields": [{"name": "t", "type": "text"}]},
            {"name": "elements", "type": "attribute", "selector": "a[@href]"},
            {"name": "bad", "type": "text", "selector": "h2[re:test(., '(')]"},
        ],
    }
    item = JsonXPathExtractionStrategy(schema).run(document())
    assert item.data == []
    assert [(e["type"], e["field"]) for e in item.errors] == [
        ("selector", "texts"),
        ("selector", "elements"),
        ("selector", "bad"),
    ]
    base = JsonXPathExtractionStrategy({"baseSelector": "//a/@href", "fields": [{"name": "f", "type": "text"}]})
    item = base.run(document())
    assert (item.data, [e["field"] for e in item.errors]) == ([], ["baseSelector"])


def test_defaults_are_not_shared_between_items() -> None:
    schema = {"baseSelector": "li", "fields": [{"name": "x", "type": "list", "selector": "b", "default": [{"a": 1}]}]}
    one, two = JsonCssExtractionStrategy(schema).extract(URL, "<li>1<li>2")
    one["x"][0]["a"] = 2
    assert two == {"x": [{"a": 1}]}


def test_the_tree_is_left_as_it_is() -> None:
    page = document()
    before = Selector(root=page.root, type="html").get()
    for field, _, _ in FIELDS:
        JsonCssExtractionStrategy({"baseSelector": "div", "fields": [{"name": "f", **field}]}).run(page)
    assert Selector(root=page.root, type="html").get() == before


def test_values_without_end_stop_at_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema_fields, "MAX_CHARACTERS", 10_000)
    schema = {"baseSelector": "div", "fields": [{"name": "t", "type": "text"}]}
    item = JsonCssExtractionStrategy(schema).run(document("<div>" * 200 + "word " * 200))
    assert 0 < len(item.data) < 20
    assert [e["type"] for e in item.errors] == ["limit"]


def test_reading_without_end_stops_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema_fields, "MAX_SECONDS", 0.0)
    schema = {"baseSelector": "li", "fields": [{"name": "t", "type": "text"}]}
    item = JsonCssExtractionStrategy(schema).run(document("<li>1" * 1000))
    assert len(item.data) < 1000
    assert [e["type"] for e in item.errors] == ["limit"]


@pytest.mark.parametrize(
    ("html", "items"),
    [
        ("", 0),
        ("<", 0),
        ("\x00<p>", 0),
        ("<div>" * 2000 + "<a href=x>y", 2000),
        ("<div><a href=x>y</a></div>" * 20_000, 20_000),
        ("<div>" * 200 + "<a href=x>y</a>" * 20_000, 200),
    ],
    ids=["empty", "cut", "zero", "deep", "long", "deep and long"],
)
def test_hostile_pages(html: str, items: int) -> None:
    schema = {
        "baseSelector": "div",
        "fields": [
            {"name": "link", "selector": "a", "type": "attribute", "attribute": "href"},
            {"name": "next", "source": "+ div.none", "selector": "a", "type": "text"},
        ],
    }
    item = JsonCssExtractionStrategy(schema).run(document(html))
    limited = [e["type"] for e in item.errors] == ["limit"]
    assert len(item.data) == items or (limited and item.data)
