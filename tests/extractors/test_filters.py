from __future__ import annotations

from typing import Any

import pytest
from scrapy.http import HtmlResponse

from scrapy_c4 import analyze
from scrapy_c4.extractors.markdown import Markdown
from scrapy_c4.options import OptionError, Options


def markdown(html: str, content_filter: Any, **options: Any) -> Markdown:
    response = HtmlResponse("https://example.com/a", body=html.encode(), encoding="utf-8")
    return analyze(response, content_filter=content_filter, **options).markdown


def fit(html: str, content_filter: Any = "article", **options: Any) -> str:
    text = markdown(html, content_filter, **options).fit_markdown
    assert text is not None
    return text


@pytest.mark.parametrize(
    ("value", "parsed"),
    [
        (None, None),
        ("article", {"type": "article"}),
        ("pruning", {"type": "pruning"}),
        ({"type": "pruning", "threshold": "0.3", "threshold_type": "dynamic", "min_word_threshold": None},
         {"type": "pruning", "threshold": 0.3, "threshold_type": "dynamic", "min_word_threshold": None}),
        ('{"type": "bm25", "user_query": "x", "bm25_threshold": 2}', {"type": "bm25", "user_query": "x",
         "bm25_threshold": 2.0}),
    ],
)  # fmt: skip
def test_option(value: Any, parsed: Any) -> None:
    assert Options.of({"content_filter": value}).content_filter == parsed


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("prune", "'type' one of pruning, bm25, article"),
        ({"threshold": 1}, "'type' one of pruning, bm25, article"),
        ({"type": "pruning", "treshold": 1}, "treshold is not an argument of pruning; did you mean threshold?"),
        ({"type": "article", "x": 1}, "x is not an argument of article; it takes none"),
        ({"type": "pruning", "threshold": 2}, "threshold must be a number from 0 to 1"),
        ({"type": "pruning", "threshold_type": "loose"}, "threshold_type must be one of fixed, dynamic"),
        ({"type": "bm25", "bm25_threshold": -1}, "bm25_threshold must be a number of 0 or more"),
    ],
)
def test_wrong_option(value: Any, message: str) -> None:
    with pytest.raises(OptionError, match="content_filter") as raised:
        Options.of({"content_filter": value})
    assert message in str(raised.value)


SENTENCE = "The quick brown fox, who lives in the forest, jumps over the lazy dog that sleeps near the river. "
ARTICLE = f"""<html lang=en><body class="has-sidebar single-post">
<header><a href=/>Site</a><nav><ul><li><a href=/a>Home</a><li><a href=/b>About us</a></ul></nav></header>
<div id=wrapper><div class=content><h1>The title</h1><p class=lead>The lead sums up, in one sentence, what follows.</p>
<div class=share-buttons><a href=/s>Share this</a></div>
<div class=entry-text><p>{SENTENCE * 3}</p><p>{SENTENCE * 2}with <a href=/l>a link</a>.</p>
<h2>Code</h2><pre>if x:\n    y()</pre><p>Short.</p>
<h2>Figures</h2><figure><img src=/f.png><figcaption>Caption</figcaption></figure>
<table><tr><th>Name<th>Value<tr><td>a<td>1</table>
<ul><li>{SENTENCE}<li>Second item of the list, which is a sentence.</ul>
<div class=ad>Advertisement</div><p>ADVERTISEMENT</p>
<h3>Related articles</h3><ul><li><a href=/r1>Another article about foxes</a><li><a href=/r2>Dogs and rivers</a></ul>
</div>
<div class="comments-area"><h3>Comments</h3><p>{SENTENCE}</p></div></div>
<aside class=sidebar><h3>Popular</h3><p>{SENTENCE}</p></aside></div>
<div style="display:none">{SENTENCE}hidden</div>
<footer><p>Copyright, all rights reserved, 2026.</p></footer></body></html>"""


@pytest.mark.parametrize("name", ["article", "pruning"])
def test_main_content(name: str) -> None:
    page = markdown(ARTICLE, name)
    text = page.fit_markdown
    assert text is not None
    for kept in (
        "# The title", "The lead sums up", "[a link](https://example.com/l)", "## Code", "```\nif x:\n    y()\n```",
         "Short.",
        "## Figures", "![](https://example.com/f.png)", "Caption", "| Name | Value |", "- Second item",
    ):  # fmt: skip
        assert kept in text
    for gone in (
        "Home",
        "Share",
        "ADVERT",
        "Advert",
        "Related",
        "Another",
        "Comments",
        "Popular",
        "hidden",
        "Copyright",
    ):
        assert gone not in text
    assert text.count("quick brown fox") == 6
    html = page.fit_html
    assert html is not None
    assert html.startswith('<html lang="en"><body>')
    assert "<pre>if x:\n    y()</pre>" in html
    # The filter leaves the content itself alone.
    assert "Copyright" in page.raw_markdown
    assert markdown(ARTICLE, None).raw_markdown == page.raw_markdown


def test_threshold_sets_how_strict_blocks_are_judged() -> None:
    def kept(**arguments: Any) -> str:
        return fit(html, {"type": "pruning", **arguments})

    half = "<p>Half of it is a link: <a href=/x>the other half of it, yes</a></p>"
    html = f"<body><article><p>{SENTENCE * 5}</p>{half}<p>{SENTENCE}</p></article>"
    assert "Half of it" in kept(threshold=0.1)
    assert "Half of it" not in kept(threshold=0.9)
    assert kept(threshold=0.48).count("fox") == 6
    assert "Half of it" in kept(threshold=0.4, threshold_type="dynamic")
    assert "Half" not in kept(threshold=0.1, min_word_threshold=15)


@pytest.mark.parametrize(
    "html",
    [
        "<p>Word</p>",
        "<nav><a href=/a>Only a menu</a></nav>",
        "<table><tr><td>1<td>2<tr><td>3<td>4</table>",
        "<form><label>Name</label><input></form>",
        "<div class=comments><p>Only comments here, but they are all there is.</p></div>",
        "<h1>Only a title</h1>",
        "<ul>" + "<li><a href=/x>A list of links</a>" * 20 + "</ul>",
        "<p hidden>Hidden words, all of them.</p>",
    ],
)
@pytest.mark.parametrize("name", ["article", "pruning"])
def test_never_empty(html: str, name: str) -> None:
    assert fit(f"<body>{html}", name).strip()


def test_pages_of_several_parts_are_kept_whole() -> None:
    parts = "".join(f"<section><h2>Part {n}</h2><p>{SENTENCE * 2}</p></section>" for n in range(5))
    text = fit(f"<body><main>{parts}</main><footer>{SENTENCE}</footer>")
    assert text.count("## Part") == 5
    assert text.count("fox") == 10


def test_content_inside_one_big_form_or_layout_table() -> None:
    for start, end in (("<form>", "</form>"), ("<table><tr><td>nav<td><div>", "</div></table>")):
        assert fit(f"<body>{start}<h2>T</h2><p>{SENTENCE * 9}</p>{end}").count("fox") == 9


def test_scripts_without_spaces() -> None:
    sentence = "高度な技術を使って、新しい製品を開発しています。"
    menu, sidebar = "<nav><a href=/>メニュー</a></nav>", f"<div class=sidebar>広告です。{sentence}</div>"
    html = f"<body>{menu}<div><p>{sentence * 5}</p></div>{sidebar}"
    assert fit(html).strip() == sentence * 5


DOCS = """<body><nav><a href=/i>Install the parser</a></nav><h1>Manual</h1><p>General words about the whole product.</p>
<h2>Installing</h2><p>Run the installer, then restart the machine:</p><pre>pip install thing</pre>
<p>It takes five minutes on most computers.</p>
<h2>Parsing dates</h2><p>The parser reads dates such as 2020-01-01 in many formats.</p><p>Time zones need C++ or C#.</p>
<ul><li>Durations are not dates.<li>Nothing else.</ul><table><tr><th>Format<th>Reads<tr><td>ISO<td>2020-01-01</table>
<h2>Über uns</h2><p>Wir sind ein kleines Büro in Köln, 漢字も書けます。</p>"""


def bm25(query: str | None, html: str = DOCS, **arguments: Any) -> str:
    return fit(html, {"type": "bm25", "query": query, **arguments})


def test_bm25_keeps_what_matters_under_its_headings() -> None:
    text = bm25("how to parse a date")
    assert text.startswith("# Manual\n\n## Parsing dates\n\nThe parser reads dates")
    assert "Installing" not in text
    assert "Über" not in text
    assert "Install the parser" not in text


@pytest.mark.parametrize(
    ("query", "passage"),
    [
        ("installer", "Run the installer"),
        ("C#", "Time zones need"),
        ("duration", "- Durations are not dates."),
        ("ISO", "| ISO | 2020-01-01 |"),
        ("buro koln", "kleines Büro"),
        ("漢字", "漢字も"),
        ("product manual", "General words"),
    ],
)
def test_bm25_finds_words_in_any_form(query: str, passage: str) -> None:
    assert passage in bm25(query)


def test_bm25_keeps_what_a_passage_announces() -> None:
    assert "pip install thing" in bm25("restart the machine")


def test_bm25_of_one_passage_and_of_none() -> None:
    assert bm25("fox", f"<body><p>{SENTENCE}</p>").count("fox") == 1
    assert bm25("fox", f"<body><p>{SENTENCE}</p>" * 4, bm25_threshold=9.0).count("fox") == 4
    assert bm25("elephant", f"<body><p>{SENTENCE}</p>") == ""
    assert bm25("", "<body></body>") == ""


LIBRARY = """<nav><h2>Menu</h2><a href=/>Home</a></nav><main><h1>Welcome</h1>
<p>The menu of our café changes with the seasons of the year.</p><p>The library is open from Monday to Friday.</p>
<p>You are welcome to bring your children.</p></main>"""


@pytest.mark.parametrize(
    ("head", "kept"),
    [
        ("<title>Opening hours of the city library</title><meta name=description content='When it is open'>", "Monday"),
        ("<title>Opening hours of the city library</title>", "Monday"),
        ("<title>News</title><meta property=og:description content='A café for all seasons'>", "café"),
        ("<meta name=description content='For children too'>", "children"),
        ("<title> </title>", "café"),  # the first heading is that of the menu
    ],
)
def test_bm25_without_query_takes_the_title_and_description(head: str, kept: str) -> None:
    html = f"<html><head>{head}</head><body>{LIBRARY}</body></html>"
    for query in (None, ""):
        text = bm25(query, html)
        for word in ("Monday", "café", "children"):
            assert (word in text) == (word == kept)
    assert "café" in bm25("menu", html)


def test_bm25_without_query_and_title_takes_the_first_heading() -> None:
    text = bm25(None, f"<body><h1>Lazy dogs</h1><p>{SENTENCE}</p><p>Nothing to see here.</p>")
    assert "fox" in text
    assert "Nothing" not in text


def test_the_default_query_is_read_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    from scrapy_c4.extractors import metadata

    def fail(document: object) -> None:
        raise AssertionError

    monkeypatch.setattr(metadata, "extract_metadata", fail)
    page = markdown(f"<title>Foxes</title><p>{SENTENCE}</p>", "bm25")
    assert "fox" in page.raw_markdown
    assert "fox" in str(
        markdown(f"<title>Foxes</title><p>{SENTENCE}</p>", {"type": "bm25", "query": "fox"}).fit_markdown
    )
    with pytest.raises(AssertionError):
        _ = page.fit_markdown


def test_bm25_answers_from_the_menu_where_nothing_else_does() -> None:
    assert "Privacy" in bm25("privacy", f"<body><p>{SENTENCE * 3}</p><footer><p>Privacy, imprint.</p></footer>")


def test_filters_see_the_selected_content_only() -> None:
    assert "fox" not in fit(ARTICLE, target_elements=["h1", "pre"])
    assert fit(ARTICLE, css_selector=".none") == ""
