"""Tags with more attributes than a parser can take."""

from __future__ import annotations

import pytest
from scrapy.http import HtmlResponse

from scrapy_c4 import analyze
from scrapy_c4.extractors.tag_bombs import MAX_ATTRIBUTES, defused

MANY = " ".join(f"a{n}=1" for n in range(80_000))
QUOTED = " ".join(f'a{n}=">"' for n in range(80_000))
BARE = " ".join(f"a{n}" for n in range(80_000))
LONG = "x" * 450_000


@pytest.mark.parametrize(
    "html",
    [
        f"<p {MANY}>in</p>",
        f"<p {QUOTED}>in</p>",
        f"<p {QUOTED.replace(chr(34), chr(39))}>in</p>",
        f"<p {BARE}>in</p>",
        f"<p {MANY}",
        f"<!--><p {MANY}>in</p>-->",
        f"<!-- --!><p {MANY}>in</p>-->",
        f"<script/><p {MANY}>in</p></script>",
        f"<!DOCTYPE '><p {MANY}>in</p>",
        f"<p title='a'b'><p {MANY}>in</p>",
        f"<svg><![CDATA[<p {MANY}>in</p>]]></svg>",
    ],
)
def test_bombs(html: str) -> None:
    text, bombs = defused(f"<p>before</p>{html}<p>after")
    assert bombs == 1
    assert text.startswith("<p>before</p>")
    assert len(text) < MAX_ATTRIBUTES * 15
    assert ("in</p>" in text) == ("in</p>" in html)
    assert text.endswith(">after")


@pytest.mark.parametrize(
    "html",
    [
        f"<p {BARE[:1000]}>short</p>",
        f'<img src="data:image/png;base64,{LONG}">',
        f"<div data-state='{MANY}'>",
        f"<script>if (a<b) {MANY}</script>",
        f"<style>{MANY}</style>",
        f"<!-- <p {MANY}> -->",
        f"<p>{MANY}</p>",
        f"</p {LONG}>",
        "<" * 450_000,
        f"a < b {MANY}",
        f"<p title='one'two'>{MANY}</p>",
        "<p class='a' id=b>text</p>" * 40_000,
    ],
)
def test_no_bombs(html: str) -> None:
    assert defused(html) == (html, 0)


def test_page_with_a_bomb_is_read() -> None:
    html = f"<title>T</title><a href=/one>one</a><p {MANY}>in</p><a href=/two>two</a>"
    analysis = analyze(HtmlResponse("http://a.example/", body=html.encode(), encoding="utf-8"))
    assert [link.text for link in analysis.links] == ["one", "two"]
    assert analysis.metadata["title"] == "T"
    assert analysis.cut is not None
    assert "attributes" in analysis.cut
