"""The option ``extraction``: the examples of Crawl4AI's documentation, the factory, and what options do to it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from itemadapter import ItemAdapter
from scrapy.http import HtmlResponse

from scrapy_c4 import JsonCssExtractionStrategy, JsonXPathExtractionStrategy, RegexExtractionStrategy, analyze
from scrapy_c4.extraction import make_strategy, run_extraction
from scrapy_c4.extractors.schema import _SchemaStrategy
from scrapy_c4.items import ExtractedItem
from scrapy_c4.options import OptionError
from tests.project import Project
from tests.site import Site

# Schemas and options as in the seeds' pages "Content Selection", sections 4.1, 5 and 7.
NEWS = {
    "name": "News Items",
    "baseSelector": "tr.athing",
    "fields": [
        {"name": "title", "selector": "span.titleline a", "type": "text"},
        {"name": "link", "selector": "span.titleline a", "type": "attribute", "attribute": "href"},
    ],
}
ARTICLES = {
    "name": "ArticleBlock",
    "baseSelector": "div.article-block",
    "fields": [
        {"name": "headline", "selector": "h2", "type": "text"},
        {"name": "summary", "selector": ".summary", "type": "text"},
        {
            "name": "metadata",
            "type": "nested",
            "fields": [
                {"name": "author", "selector": ".author", "type": "text"},
                {"name": "date", "selector": ".date", "type": "text"},
            ],
        },
    ],
}
NEWS_PAGE = """<html><body><header><table><tr class="athing"><td><span class="titleline"><a href="/h">Header</a></span>
</table></header><table class="itemlist"><tbody>
<tr class="athing" id="1"><td class="title"><span class="titleline"><a href="https://blog.example.org/p?a=1&amp;b=2">A
 <b>bold</b> title</a><span class="sitebit"> (<a href="from?site=example.org">example.org</a>)</span></span></td></tr>
<tr><td class="subtext"><span class="score">12 points</span></td></tr>
<tr class="athing" id="2"><td><span class="titleline"><a href="item?id=2">Ask: <i>Why</i>?</a></span></td></tr>
<tr class="athing" id="3"><td><form><span class="titleline"><a href="/f">In a form</a></span></form></td></tr>
<tr class="athing" id="4"><td><span class="titleline"><a href="https://www.adsite.com/x">Ad</a></span></td></tr>
</tbody></table></body></html>"""
ARTICLE_PAGE = """<html><body><nav><div class="article-block"><h2>Nav</h2></div></nav><div id="main-content">
<div class="article-block"><h2>One</h2><p class="summary">The first<br>summary</p><span class="author">Jane</span>
<time class="date">2024-01-02</time><footer><span class="date">never</span></footer></div>
<div class="article-block"><h2>Two</h2><div class="meta"><span class="author">Joe</span></div></div>
<footer><div class="article-block"><h2>Footer</h2></div></footer></div>
<aside class="sidebar"><div class="article-block"><h2>Side</h2></div></aside>
<div class="article-block"><h2>Outside</h2></div></body></html>"""


def response(html: str, url: str = "https://news.example.com/newest") -> HtmlResponse:
    return HtmlResponse(url=url, body=html, encoding="utf-8")


def extract(strategy: Any, html: str, **options: Any) -> ExtractedItem:
    item = run_extraction(strategy.config, analyze(response(html), **options))
    json.dumps(ItemAdapter(item).asdict(), allow_nan=False)
    return item


def test_example_of_section_4_1() -> None:
    item = extract(
        JsonCssExtractionStrategy(NEWS),
        NEWS_PAGE,
        excluded_tags=["form", "header"],
        exclude_domains=["adsite.com"],
        css_selector="table.itemlist",
    )
    assert (item.page_url, item.strategy, item.errors) == ("https://news.example.com/newest", "css", [])
    assert item.data == [
        {"title": "A bold title", "link": "https://blog.example.org/p?a=1&b=2"},
        {"title": "Ask: Why?", "link": "https://news.example.com/item?id=2"},
        {"title": "Ad"},
    ]


def test_example_of_section_5() -> None:
    item = extract(
        JsonCssExtractionStrategy(ARTICLES),
        ARTICLE_PAGE,
        css_selector="#main-content",
        word_count_threshold=10,
        excluded_tags=["nav", "footer"],
        exclude_external_links=True,
        exclude_domains=["somebadsite.com"],
        exclude_external_images=True,
    )
    assert item.errors == []
    assert item.data == [
        {"headline": "One", "summary": "The first summary", "metadata": {"author": "Jane", "date": "2024-01-02"}},
        {"headline": "Two", "metadata": {"author": "Joe"}},
    ]


def test_example_of_section_7() -> None:
    item = extract(
        JsonCssExtractionStrategy(ARTICLES),
        ARTICLE_PAGE,
        target_elements=["#main-content", ".sidebar"],
        excluded_tags=["nav", "footer", "header"],
        exclude_external_links=True,
        word_count_threshold=15,
    )
    assert [found["headline"] for found in item.data] == ["One", "Two", "Side"]


def test_in_a_script() -> None:
    page = response(ARTICLE_PAGE)
    found = JsonCssExtractionStrategy(ARTICLES).extract(page.url, page.text)
    assert [article["headline"] for article in found] == ["Nav", "One", "Two", "Footer", "Side", "Outside"]


@pytest.mark.parametrize(
    ("options", "headlines", "errors"),
    [
        ({}, ["Nav", "One", "Two", "Footer", "Side", "Outside"], []),
        ({"css_selector": "div.article-block"}, ["Nav", "One", "Two", "Footer", "Side", "Outside"], []),
        ({"target_elements": [".article-block", ".sidebar"], "excluded_tags": ["nav"]},
         ["One", "Two", "Footer", "Side", "Outside"], []),
        ({"css_selector": "#nowhere"}, [], ["css_selector"]),
        ({"target_elements": ["#nowhere"]}, [], ["target_elements"]),
        ({"css_selector": "#main-content", "target_elements": [".sidebar"]}, [], ["target_elements"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("language", ["css", "xpath"])
def test_only_the_selected_content_is_read(
    options: dict[str, Any], headlines: list[str], errors: list[str], language: str
) -> None:
    strategy: _SchemaStrategy = JsonCssExtractionStrategy(ARTICLES)
    if language == "xpath":
        fields = [{"name": "headline", "selector": "h2", "type": "text"}]
        strategy = JsonXPathExtractionStrategy({"baseSelector": "//div[has-class('article-block')]", "fields": fields})
    item = extract(strategy, ARTICLE_PAGE, **options)
    assert [found["headline"] for found in item.data] == headlines
    assert [error["field"] for error in item.errors] == errors


def test_regex_reads_the_selected_content() -> None:
    html = "<main>a@example.com <form>b@example.com</form></main><aside>c@example.com</aside><p>d@example.com"
    strategy = RegexExtractionStrategy(RegexExtractionStrategy.Email)

    def found(**options: Any) -> list[str]:
        return [result["value"] for result in extract(strategy, html, **options).data]

    assert found() == ["a@example.com", "b@example.com", "c@example.com", "d@example.com"]
    assert found(css_selector="main", remove_forms=True) == ["a@example.com"]
    assert found(target_elements=["aside", "p"]) == ["c@example.com", "d@example.com"]
    assert found(css_selector="nav") == []


CONFIGS: list[dict[str, Any]] = [
    JsonCssExtractionStrategy(NEWS).config,
    JsonXPathExtractionStrategy({"baseSelector": "//li", "fields": [{"name": "t", "type": "text"}]}).config,
    RegexExtractionStrategy("Email", custom={"a": "b"}, input_format="html").config,
    {"strategy": "regex"},
    {"strategy": "css", "schema": NEWS, "verbose": True},
]


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config["strategy"])
def test_equal_configurations_give_the_same_strategy(config: dict[str, Any]) -> None:
    strategy = make_strategy(config)
    assert strategy.strategy == config["strategy"]
    assert make_strategy(json.loads(json.dumps(config))) is strategy
    assert make_strategy(dict(reversed(config.items()))) is strategy


def test_different_configurations_give_different_strategies() -> None:
    first, second = ({"strategy": "regex", "custom": {"a": pattern}} for pattern in ("b", "c"))
    assert make_strategy(first) is not make_strategy(second)
    functions = [lambda item: 1, lambda item: 2]
    strategies = []
    for function in functions:
        schema = {"baseSelector": "li", "fields": [{"name": "f", "type": "computed", "function": function}]}
        strategies.append(make_strategy({"strategy": "css", "schema": schema}))
        assert make_strategy({"strategy": "css", "schema": schema}) is strategies[-1]
    assert [strategy.extract("https://a.example/", "<li>") for strategy in strategies] == [[{"f": 1}], [{"f": 2}]]


def test_a_configuration_changed_in_place_is_another_one() -> None:
    config: dict[str, Any] = {"strategy": "regex", "pattern": ["Email"]}
    before = make_strategy(config)
    config["pattern"].append("Url")
    assert make_strategy(config).config["pattern"] == ["Email", "Url"]
    assert before.config["pattern"] == ["Email"]


def test_many_configurations_do_not_pile_up() -> None:
    from scrapy_c4 import extraction

    for number in range(200):
        make_strategy({"strategy": "regex", "custom": {"a": f"x{number}"}})
    assert len(extraction._made) <= extraction._MAX_MADE


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({}, "extraction: strategy = None is not possible: it must be css, xpath, regex, llm"),
        ({"strategy": "csss"}, "did you mean css?"),
        ({"strategy": ["css"]}, "extraction: strategy = ['css'] is not possible"),
        (["css"], "extraction must be a dict"),
        ({"strategy": "css"}, "extraction: schema = None is not possible"),
        (
            {"strategy": "css", "schma": NEWS},
            "extraction: schma is not an argument of strategy css; did you mean schema?",
        ),
        ({"strategy": "css", "schema": {**NEWS, "baseSelector": "a["}}, "extraction: schema.baseSelector = 'a['"),
        ({"strategy": "xpath", "schema": {**NEWS, "baseSelector": "a["}}, "it must be an XPath expression"),
        ({"strategy": "regex", "patern": "Email"}, "extraction: patern is not an argument of strategy regex; did you"),
        ({"strategy": "regex", "pattern": "Mail"}, "extraction: pattern = 'Mail' is not possible"),
        ({"strategy": "regex", "custom": {"a": object()}}, "extraction: custom['a'] = <object"),
        ({"strategy": "css", "schema": {1: 2, "a": 3}}, "extraction: schema.1 is not known"),
    ],
)
def test_wrong_configurations(config: Any, message: str) -> None:
    with pytest.raises(OptionError) as error:
        make_strategy(config)
    assert message in str(error.value)


def test_the_option_is_checked_and_takes_a_strategy_made_in_code() -> None:
    page = response(ARTICLE_PAGE)
    by_strategy, by_config, by_text = (
        analyze(page, extraction=extraction)._options.extraction
        for extraction in (
            JsonCssExtractionStrategy(ARTICLES),
            {"strategy": "css", "schema": ARTICLES},
            json.dumps({"strategy": "css", "schema": ARTICLES}),
        )
    )
    assert by_strategy == by_config == by_text
    with pytest.raises(OptionError, match=r"schema\.fields is missing"):
        analyze(page, extraction={"strategy": "css", "schema": {"baseSelector": "div"}})


@pytest.mark.parametrize(
    ("input_format", "value"),
    [
        ("markdown", "# One"),
        ("cleaned_html", "<h1>One</h1>"),
        ("html", '<h1 onclick="x()">One</h1>'),
        ("text", "One"),
    ],
)
def test_formats_of_regex(input_format: str, value: str) -> None:
    strategy = RegexExtractionStrategy(custom={"line": "^.*One.*$"}, input_format=input_format)
    html = '<html><body>\n<h1 onclick="x()">One</h1>\n</body></html>'
    found = [result["value"] for result in extract(strategy, html).data]
    assert len(found) == 1
    assert value in found[0]


PLAIN_SPIDER = """
class T(scrapy.Spider):
    name = "t"
    async def start(self):
        yield scrapy.Request(self.url)
        emails = {"strategy": "regex", "pattern": ["Email"]}
        yield scrapy.Request(self.url + "mail", meta={"c4": {"extraction": emails, "css_selector": None}})
    def parse(self, response):
        yield {"url": response.url}
"""


def test_a_spider_that_knows_nothing_gets_extracted_items(site: Site, project: Project) -> None:
    site.pages = {"/": NEWS_PAGE, "/mail": "<p>Write to jane@example.com"}
    settings = {
        "C4_EMIT": ["extracted"],
        "C4_EXTRACTION": {"strategy": "css", "schema": NEWS},
        "C4_CSS_SELECTOR": "table.itemlist",
        "C4_EXCLUDED_TAGS": ["form", "header"],
    }
    crawl = project.crawl(PLAIN_SPIDER, "-a", f"url={site.url}/", settings=settings)
    assert "Traceback" not in crawl.log, crawl.log
    found = {item["page_url"]: item for item in crawl.of("ExtractedItem")}
    news, mail = found[f"{site.url}/"], found[f"{site.url}/mail"]
    assert news["strategy"] == "css"
    assert [story["title"] for story in news["data"]] == ["A bold title", "Ask: Why?", "Ad"]
    assert news["data"][1]["link"] == f"{site.url}/item?id=2"
    assert mail["strategy"] == "regex"
    assert [result["value"] for result in mail["data"]] == ["jane@example.com"]
    assert len(crawl.of("dict")) == 2


def test_a_wrong_schema_stops_the_crawl_before_the_first_request(site: Site, project: Project) -> None:
    schema = {**NEWS, "fields": [{"name": "t", "type": "text", "selector": "a["}]}
    settings = {"C4_EXTRACTION": {"strategy": "css", "schema": schema}}
    crawl = project.crawl(PLAIN_SPIDER, "-a", f"url={site.url}/", settings=settings)
    assert crawl.returncode == 1
    assert "schema.fields[0].selector = 'a[' is not possible: it must be a CSS selector" in crawl.log
    assert "Traceback" not in crawl.log, crawl.log
    assert site.paths() == []
