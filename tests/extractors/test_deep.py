"""Pages with more levels of elements than libxml2 reads."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest
from parsel import Selector
from scrapy.http import HtmlResponse

from scrapy_c4 import analyze
from scrapy_c4.extractors.deep import flattened

LEVELS = 3000


def page(html: str, **options: Any) -> Any:
    return analyze(HtmlResponse("https://example.com/", body=html.encode(), encoding="utf-8"), **options)


def words(html: str | None) -> list[str]:
    assert html is not None
    return re.findall(r"\w+", " ".join(Selector(text=html).xpath("//text()").getall()))


def levels(html: str) -> int:
    deepest, stack = 0, [(Selector(text=html).root, 1)]
    while stack:
        element, level = stack.pop()
        deepest = max(deepest, level)
        stack.extend((child, level + 1) for child in element)
    return deepest


@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        ("<div>", "</div>"),
        ("<div class=c>", "</div>"),
        ("<span>w{n} ", "</span>"),
        ("<b>w{n} ", ""),
        ("<font color=red><i>w{n} ", "</i></font>"),
        ("<ul><li>w{n}", "</ul>"),
        ("<table><tr><td>w{n}", "</table>"),
        ("<blockquote><p>w{n}</p>", "</blockquote>"),
        ("<section><h2>w{n}</h2><p><a href=/{n}>l{n}</a>", "</section>"),
        ("<dl><dt>w{n}<dd>", "</dl>"),
        ("<x-y>w{n} <source>", "</x-y>"),
        ("<details><summary>w{n}</summary>", ""),
    ],
)
@pytest.mark.parametrize("count", [LEVELS, 20_000])
def test_nothing_is_lost(opening: str, closing: str, count: int) -> None:
    html = "".join(opening.replace("{n}", str(n)) for n in range(count))
    html = f"<title>T</title><p>start {html} deep <a href=/x>link</a>{closing * count}<p>end <a href=/y>last</a>"
    expected = ["start"]
    for n in range(count):
        expected += [f"{letter}{n}" for letter in re.findall(r"(\w)\{n\}<?", opening) if letter != "/"]
    expected += ["deep", "link", "end", "last"]
    analysis = page(html)
    assert analysis.cut is None
    assert analysis.metadata["title"] == "T"
    assert words(analysis.cleaned_html) == expected
    assert set(re.findall(r"\w+", analysis.markdown.raw_markdown)) >= set(expected)
    links = [link.href for link in analysis.links]
    assert links[-2:] == ["https://example.com/x", "https://example.com/y"]
    assert len(links) == 2 + (count if "<a" in opening else 0)
    assert levels(analysis.cleaned_html) < 600


def test_what_stands_in_the_depth_keeps_its_shape() -> None:
    html = (
        f"{'<div id=d>' * LEVELS}<h1>Title</h1><p>One <b>two</b>three</p><pre>a\n  b</pre>"
        "<table><tr><th>A<th>B<tr><td>1<td>2</table><ul><li>x<li>y</ul><img src=i.png alt=I>"
        f"<script>var a = '<b>' && 1</script><style>a > b {{}}</style>{'</div>' * LEVELS}<p class='e &amp; f'>End"
    )
    analysis = page(html, table_score_threshold=-100)
    markdown = analysis.markdown.raw_markdown
    assert "# Title\n\nOne **two**three\n\n```\na\n  b\n```\n\n| A | B |\n| --- | --- |\n| 1 | 2 |" in markdown
    assert "- x\n- y" in markdown
    assert markdown.endswith("\n\nEnd\n")
    assert "var a" not in analysis.cleaned_html
    assert '<p class="e &amp; f">End</p>' in analysis.cleaned_html
    assert [table.rows for table in analysis.tables] == [[["1", "2"]]]
    assert [medium.src for medium in analysis.media] == ["https://example.com/i.png"]


def test_words_of_a_line_stay_whole() -> None:
    html = f"<p>{'<b>' * LEVELS}one<i>two</i><u>three</u>{'</b>' * LEVELS}four<p>end"
    assert re.findall(r"\w+", page(html, only_text=True).markdown.raw_markdown) == ["onetwothreefour", "end"]


def test_blocks_without_an_element_hold_words_apart() -> None:
    html = f"<p>start{'<div>' * LEVELS}one<div>two</div>three</div>four{'</div>' * LEVELS}five"
    assert words(page(html).cleaned_html) == ["start", "one", "two", "three", "four", "five"]


def test_the_selector_of_the_response_stays() -> None:
    response = HtmlResponse("https://example.com/", body=b"<p>start" + b"<div>" * LEVELS + b"deep", encoding="utf-8")
    root = response.selector.root
    assert "deep" in analyze(response).cleaned_html
    assert response.selector.root is root
    assert "deep" not in "".join(root.itertext())


TAGS = [
    "<div>", "</div>", "<p>", "</p>", "<b>", "</b>", "<ul>", "<li>", "</ul>", "<table>", "<tr>", "<td>", "</table>",
    "<a href=/x>", "</a>", "<br>", "<img src=i>", "<pre>\n", "</pre>", "<x<y a\"='1'>", "&lt;", "&", "<!-- c -->",
    "<script>'<b>'</script>", "<textarea><b></textarea>", "<svg><g/>", "</svg>", "<select><option>", "</select>",
    "</i>", "<wbr>", "<source>", "\x01", "é",
]  # fmt: skip


@pytest.mark.parametrize("seed", range(40))
def test_shallow_pages_are_the_same(seed: int) -> None:
    chosen = random.Random(seed)
    html = "<p>" + "".join(f"{chosen.choice(TAGS)}w{n} " for n in range(200))
    flat = flattened(html)
    assert flat is not None
    assert [element.tag for element in Selector(text=flat).root.iter()] == [
        element.tag for element in Selector(text=html).root.iter() if isinstance(element.tag, str)
    ]
    assert words(flat) == words(html)


def test_a_page_that_takes_too_long_is_reported() -> None:
    # libxml2 looks through all open elements for what each end tag ends.
    analysis = page("<p>start" + "<b>" * 200_000 + "</i>" * 200_000)
    assert analysis.cut == "Excessive depth in document: 2048"
    assert "start" in analysis.cleaned_html
