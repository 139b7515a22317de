from __future__ import annotations

import lxml.html
import pytest

from scrapy_c4.extractors.text import squeeze, text_of


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one</p>", "one"),
        ("<p></p>", ""),
        ("<p>  one\n two\t</p>", "one two"),
        ("<p>one<b>two</b>three</p>", "onetwothree"),
        ("<p>one<br>two</p>", "one two"),
        ("<p>one <b>two</b> <i>three</i></p>", "one two three"),
        ("<div><p>one</p><p>two</p></div>", "one two"),
        ("<div>one<div>two</div>three</div>", "one two three"),
        ("<p>one<script>x()</script>two</p>", "onetwo"),
        ("<p>one<style>x</style> two<!-- c --> three</p>", "one two three"),
        ("<p><script>x()</script></p>", ""),
        ("<a><span>one</span></a>", "one"),
        ("<a><img alt=no>one</a>", "one"),
        ("<ul><li>one<li>two</ul>", "one two"),
        ("<p>soft&shy;ware&nbsp;x</p>", "soft\xadware x"),
        ("<td>1<sup>2</sup>3<br>4</td>", "123 4"),
    ],
)
def test_text_as_a_person_reads_it(html: str, text: str) -> None:
    assert text_of(lxml.html.fragment_fromstring(html)) == text


@pytest.mark.parametrize(
    "html",
    [
        "<p>{}</p>".format("word " * 500),
        "<p><b>{}</b></p>".format("word " * 500),
        "<p>{}</p>".format("<i>word</i> " * 500),
        "<p>{}</p>".format("word<br>" * 500),
    ],
)
def test_limit_cuts_at_a_word(html: str) -> None:
    text = text_of(lxml.html.fragment_fromstring(html), 98)
    assert 80 <= len(text) <= 98
    assert set(text.split()) == {"word"}


def test_limit_bounds_the_walk_over_empty_elements() -> None:
    root = lxml.html.fragment_fromstring("<div>" + "<i></i>" * 100_000 + "end</div>")
    assert text_of(root, 50) == ""
    assert text_of(root) == "end"


def test_deep_trees_need_no_recursion() -> None:
    parser = lxml.html.HTMLParser(huge_tree=True)
    root = lxml.html.document_fromstring("<div>" * 1900 + "deep", parser=parser)
    assert text_of(root) == "deep"


@pytest.mark.parametrize(("text", "squeezed"), [(None, ""), ("", ""), (" a \n\xa0b ", "a b")])
def test_squeeze(text: str | None, squeezed: str) -> None:
    assert squeeze(text) == squeezed
