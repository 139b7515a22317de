"""Markdown rendered back to HTML says what the cleaned HTML says."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import lxml.html
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from scrapy.http import HtmlResponse

from scrapy_c4 import analyze
from scrapy_c4.analysis import PageAnalysis

PAGES = Path(__file__).parents[3] / "shared/data/pages"
RENDERER = MarkdownIt("js-default", {"html": True, "maxNesting": 1000})
WORD = re.compile(r"\w+")
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


def analysis(html: str, url: str = "https://example.com/") -> PageAnalysis:
    return analyze(HtmlResponse(url, body=html.encode("utf-8", "replace"), encoding="utf-8"))


def tree(html: str) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(html.strip() or "<p></p>")


def rendered(page: PageAnalysis) -> lxml.html.HtmlElement:
    return tree(RENDERER.render(page.markdown.raw_markdown))


def words(root: lxml.html.HtmlElement) -> Counter[str]:
    return Counter(WORD.findall(" ".join(root.itertext())))


def links(root: lxml.html.HtmlElement) -> Counter[str]:
    # Renderers encode a few characters of URLs that browsers leave alone.
    return Counter(re.sub(r"%..|[\s\[\]{}|%\\^`\"']", "", a.get("href")) for a in root.iter("a") if a.get("href"))


def headings(root: lxml.html.HtmlElement) -> Counter[tuple[str, str]]:
    texts = ((h.tag, "".join(WORD.findall(h.text_content()))) for h in root.iter(*HEADINGS))
    return Counter(heading for heading in texts if heading[1])


def pages() -> Iterator[PageAnalysis]:
    for entry in json.loads((PAGES / "index.json").read_text("utf-8")):
        raw = gzip.decompress((PAGES / f"{entry['id']}.html.gz").read_bytes())
        try:
            html = raw.decode()
        except UnicodeDecodeError:
            html = raw.decode("latin-1")
        yield analysis(html, entry["url"])


@pytest.mark.skipif(not PAGES.is_dir(), reason="no sample pages here")
def test_real_pages() -> None:
    lost: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for page in pages():
        cleaned, back = tree(page.cleaned_html), rendered(page)
        for name, read in (("words", words), ("links", links), ("headings", headings)):
            want, have = read(cleaned), read(back)  # type: ignore[operator]
            lost[name] += (want - have).total()
            total[name] += want.total()
        # Cleaned HTML is stable, and says the same to every reader.
        assert analysis(page.cleaned_html, page._document.url).cleaned_html == page.cleaned_html
    assert total["words"] > 100_000
    assert lost["words"] <= 0.005 * total["words"]
    assert lost["links"] <= 0.01 * total["links"]
    assert lost["headings"] <= 0.01 * total["headings"]


# Texts full of what markdown reads as markup, in every kind of element.

_PIECES = (
    "a b1 * ** _ __ ` `` [ ] ]( ( ) ! &lt; &gt; &amp; amp; # ## - + 1. 2) ~~ | \\ &lt;div&gt; --- === : 漢字 「 。 é"
)
MARKUP = st.lists(st.sampled_from([*_PIECES.split(), "http://x.org", " ", "  ", "\n"]), max_size=8).map("".join)
TAGS = ["b", "i", "code", "a href=/x_y", "a href='/z('", "em", "del", "span", "sub", "q"]


def _in(tag: str, inner: list[str]) -> str:
    return f"<{tag}>{''.join(inner)}</{tag.split()[0]}>"


LINE = st.recursive(
    st.one_of(MARKUP, st.just("<br>")),
    lambda inner: st.builds(_in, st.sampled_from(TAGS), st.lists(inner, max_size=4)),
    max_leaves=6,
)
LINES = st.lists(LINE, max_size=4).map("".join)
TABLE = st.lists(LINES, min_size=2, max_size=4).map(
    lambda cells: (
        f"<table><tr><th>A</th><th>B</th></tr><tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr></table>"
    )
)


def _container(tag: str, inner: list[str]) -> str:
    return _in(tag, inner if tag == "blockquote" else [f"<li>{part}</li>" for part in inner])


BLOCKS = st.recursive(
    st.one_of(
        st.builds(_in, st.sampled_from(["p", "h2", "pre", "div", "dt", "summary"]), st.lists(LINE, max_size=4)), TABLE
    ),
    lambda inner: st.builds(
        _container, st.sampled_from(["ul", "ol", "ol start=7", "blockquote"]), st.lists(inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(deadline=None, max_examples=200, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.lists(BLOCKS, max_size=4).map("".join))
def test_random_markup(html: str) -> None:
    page = analysis(f"<body>{html}</body>")
    if not page.cleaned_html:
        return
    want = "".join(tree(page.cleaned_html).text_content().split())
    have = "".join(rendered(page).text_content().split())
    # Quotation marks come from the browser.
    for added in "“”":
        have = have.replace(added, "")
    # Colons are what tells a definition, if there is one; none here.
    assert Counter(have) == Counter(want)
