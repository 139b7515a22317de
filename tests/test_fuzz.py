"""Random pages and options: every part of an analysis works, is plain data and says the same again.

``C4_FUZZ_EXAMPLES=5000`` looks longer (300 by default), ``C4_FUZZ_PAGES`` names a folder of ``*.html.gz`` to damage.
"""

from __future__ import annotations

import gzip
import json
import os
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import lxml.html
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from itemadapter import ItemAdapter
from scrapy.http import HtmlResponse

from scrapy_c4 import analyze
from scrapy_c4.extraction import make_strategy, run_extraction
from scrapy_c4.options import OptionError

EXAMPLES = int(os.environ.get("C4_FUZZ_EXAMPLES", "300"))
PAGES = Path(os.environ.get("C4_FUZZ_PAGES", Path(__file__).parents[2] / "shared/data/pages"))
PROFILE = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "database": None,
    "phases": [Phase.generate, Phase.shrink],
    "derandomize": "C4_FUZZ_EXAMPLES" not in os.environ,
}

# --- Pages ----------------------------------------------------------------------------------------------------------

URLS = [
    "/a", "b?c=d&e", "#top", "?", "", " ", "//cdn.example.net/x.png", "https://example.com/ü?q=ü#f",
    "mailto:a@b.de", "javascript:void(0)", "data:image/png;base64,AAAA", "http://[", "http://[::1]:99/",
    "https://例え.jp/", "tel:+1", "\\x", "http://user:pw@host:99999/", "{{ url }}", "https://facebook.com/x",
    "\x01a", "http://a b/", "%zz", "../../../x", "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
    "x.jpg 1x, y.jpg 2x", "x.jpg 1e400w, ,,, y 3q", "HTTP://EXAMPLE.COM:80",
]  # fmt: skip
WORDS = [
    "word", "two words", " ", "\n\n", "\t", "<", ">", "&", "&amp;", "&#0;", "&#xD800;", "&#x110000;", "&nbsp;",
    "\x00", "\u202e", "\ufeff", "\u200b", "日本語", "مرحبا", "😀", "e\u0301", "|", "```", "`", "*", "_", "[x](y)",
    "![", "](", "\\", "1.", "- ", "# ", "> ", "$1,299.00", "99%", "12:30", "=" * 9, "a" * 300, "x " * 60,
    "<!--", "-->", "]]>", "<![CDATA[", "<?php", "</", "</p>", "</div></div>", "<td>", "</table>", "<br>",
    "\\(x\\)", "~~", "|---|", "http://example.com/.",
]  # fmt: skip
TAGS = """
    div p a span b i em strong code pre ul ol li dl dt dd table thead tbody tfoot tr td th caption colgroup col img
    picture source video audio track iframe object embed svg math form input select option textarea button label h1
    h2 h3 h6 header footer nav main article aside section figure figcaption blockquote details summary script style
    noscript template base meta link title head body html br hr sub sup time del q ruby rt center font x-custom map
    area frameset frame plaintext xmp sup:x o:p
""".split()
NUMBERS = ["0", "1", "2", "3", "1000", "65535", "-1", "1.5", "9" * 40, "100%", "", "x", "1e999", "nan", "٣"]
ATTRIBUTES = {
    **dict.fromkeys(["href", "src", "data-src", "srcset", "data-srcset", "poster", "cite", "action", "content"], URLS),
    **dict.fromkeys(["colspan", "rowspan", "width", "height", "start", "value", "span", "data-width"], NUMBERS),
    "class": ["nav", "ad-banner", "lang-python", "highlight", "content main", "athing", " ", "hidden"],
    "id": ["content", "a", "a", ""],
    "style": ["display:none", "width:10px;height:1e9px", "background:url(x.png)", "background-image:url('", ";;:::"],
    "rel": ["nofollow", "canonical", "icon", "alternate", "stylesheet"],
    "type": ["application/ld+json", "image/webp", "hidden", "text/html", "a", "application/rss+xml"],
    "name": ["description", "keywords", "author", "viewport", "twitter:card"],
    "property": ["og:title", "og:image", "article:published_time", "og:", ":"],
    "itemprop": ["name", "image", "datePublished"],
    "role": ["presentation", "grid", "navigation", "heading", "none"],
    "scope": ["col", "row", "colgroup", "x"],
    "headers": ["a", "a a", "b"],
    "lang": ["en", "de-AT", "x" * 50, ""],
    "dir": ["rtl", "ltr", "x"],
    "datetime": ["2024-01-02", "x"],
    "http-equiv": ["refresh", "content-language"],
    **dict.fromkeys(["alt", "title", "aria-label", "summary", "datetime", "data-x"], WORDS),
    **{name: [""] for name in ("hidden", "checked", "reversed", "nowrap")},
}  # fmt: skip
JSONLD = [
    '{"@type": "Article", "headline": "x"}',
    "[1, {}, null]",
    '{"@graph": [{"@id": 1}]}',
    "{",
    '"x"',
    "NaN",
    "[" * 500,
]


def start_tag(parts: tuple[str, list[tuple[str, str]]]) -> str:
    tag, attributes = parts
    return f"<{tag}" + "".join(f' {name}="{value}"' for name, value in attributes) + ">"


attribute = st.sampled_from(sorted(ATTRIBUTES)).flatmap(
    lambda name: st.tuples(st.just(name), st.sampled_from(ATTRIBUTES[name]))
)
start = st.tuples(st.sampled_from(TAGS), st.lists(attribute, max_size=4)).map(start_tag)
text = st.one_of(st.sampled_from(WORDS), st.text(max_size=20))
jsonld = st.sampled_from(JSONLD).map(lambda data: f'<script type="application/ld+json">{data}</script>')


def closed(parts: tuple[str, list[str]]) -> str:
    tag, inner = parts
    return f"{tag}{''.join(inner)}</{tag[1:].split()[0].rstrip('>')}>"


tree = st.recursive(
    st.one_of(text, text, start, jsonld),
    lambda inner: st.one_of(
        st.tuples(start, st.lists(inner, max_size=6)).map(closed),
        st.lists(inner, max_size=5).map("".join),
        st.lists(st.lists(inner, max_size=4), max_size=4).map(
            lambda rows: (
                "<table><tr>" + "<tr>".join("".join(f"<td>{cell}</td>" for cell in row) for row in rows) + "</table>"
            )
        ),
    ),
    max_leaves=40,
)
page = st.tuples(st.sampled_from(["", "<!doctype html>", "<html><body>", "\ufeff", '<base href="/b/">']), tree).map(
    "".join
)

# --- Options --------------------------------------------------------------------------------------------------------

SELECTORS = ["div", "p, li", "#content", ".nav", "a[href]", "table td", "main > *", "*", ":not(p)", "body", "html", "x"]
FIELDS: list[dict[str, Any]] = [
    {"name": "text", "type": "text"},
    {"name": "link", "type": "attribute", "selector": "a", "attribute": "href"},
    {"name": "set", "type": "list", "selector": "img", "attribute": "srcset"},
    {"name": "html", "type": "html", "selector": "b"},
    {"name": "number", "type": "regex", "pattern": r"(\d+)", "default": 0},
    {"name": "next", "source": "+ p", "type": "text"},
    {
        "name": "rows",
        "type": "nested_list",
        "selector": "tr",
        "fields": [{"name": "cells", "type": "list", "selector": "td"}],
    },
    {"name": "count", "type": "computed", "function": "builtins:len"},
]
extractions = st.one_of(
    st.tuples(
        st.sampled_from([*SELECTORS, "."]), st.lists(st.sampled_from(FIELDS), min_size=1, unique_by=lambda f: f["name"])
    ).map(lambda parts: {"strategy": "css", "schema": {"baseSelector": parts[0], "fields": parts[1]}}),
    st.sampled_from(["//a", "//*", "//p/text()", "//td | //th", ".", "/html/head", "count(//a)"]).map(
        lambda base: {"strategy": "xpath", "schema": {"baseSelector": base, "fields": FIELDS[:1]}}
    ),
    st.sampled_from(["text", "html", "cleaned_html", "markdown"]).map(
        lambda format_: {"strategy": "regex", "input_format": format_}
    ),
)
options = st.fixed_dictionaries(
    {},
    optional={
        "css_selector": st.sampled_from(SELECTORS),
        "target_elements": st.lists(st.sampled_from(SELECTORS), max_size=2),
        "excluded_tags": st.lists(st.sampled_from(TAGS[:60]), max_size=3),
        "excluded_selector": st.sampled_from(SELECTORS),
        "word_count_threshold": st.integers(0, 20),
        "only_text": st.booleans(),
        "remove_forms": st.booleans(),
        "keep_data_attributes": st.booleans(),
        "content_filter": st.sampled_from(
            ["pruning", "article", {"type": "bm25", "user_query": "two words"}, {"type": "bm25"}]
        ),
        "exclude_external_links": st.booleans(),
        "exclude_internal_links": st.booleans(),
        "exclude_social_media_links": st.booleans(),
        "exclude_domains": st.lists(st.sampled_from(["example.com", "example.net", "xn--r8jz45g.jp"]), max_size=2),
        "score_links": st.booleans(),
        "exclude_external_images": st.booleans(),
        "exclude_all_images": st.booleans(),
        "image_score_threshold": st.sampled_from([-1e300, 0, 2, 1e300]),
        "image_description_min_word_threshold": st.integers(0, 5),
        "table_score_threshold": st.sampled_from([-1000.0, 0.0, 7.0]),
        "extraction": extractions,
    },
)
urls = st.sampled_from(
    ["https://example.com/a/b?c", "http://127.0.0.1:8000/", "https://sub.example.co.uk", "http://xn--r8jz45g.jp/x",
     "http://localhost/", "file:///tmp/x.html"]
)  # fmt: skip


# --- What must hold -------------------------------------------------------------------------------------------------


def plain(value: Any) -> str:
    """The JSON text of ``value``, which must be plain data that any encoding of Unicode can write."""
    data = json.dumps(value, allow_nan=False, ensure_ascii=False)
    data.encode("utf-8")
    return data


def everything(body: bytes, url: str, given: dict[str, Any]) -> dict[str, str]:
    """All parts of the analysis of a page, as JSON; raises where one breaks its promises."""
    response = HtmlResponse(url=url, body=body, headers={"Content-Type": "text/html; charset=utf-8"})
    analysis = analyze(response, **given)
    root = analysis._document.root
    before = lxml.html.tostring(root)
    parts: dict[str, str] = {}

    for name in ("links", "media", "tables"):
        items = getattr(analysis, name)
        parts[name] = plain([ItemAdapter(item).asdict() for item in items])
    for link in analysis.links:
        assert urlsplit(link.href).scheme in ("http", "https")
        assert link.kind in ("internal", "external")
        assert link.text == " ".join(link.text.split())
        assert link.intrinsic_score is None or 0 <= link.intrinsic_score <= 10
    assert len({link.href for link in analysis.links}) == len(analysis.links)
    for medium in analysis.media:
        assert medium.type in ("image", "video", "audio")
        assert medium.src
        assert medium.width is None or medium.width >= 0
    for table in analysis.tables:
        columns = table.metadata["column_count"]
        assert table.metadata["row_count"] == len(table.rows)
        assert all(len(row) >= columns for row in table.rows)
        assert len(table.headers) in (0, columns)

    parts["metadata"] = plain(analysis.metadata)
    parts["cleaned_html"] = plain(analysis.cleaned_html)
    assert "<script" not in analysis.cleaned_html.lower()
    markdown = analysis.markdown
    for name in ("raw_markdown", "markdown_with_citations", "references_markdown", "fit_markdown", "fit_html"):
        parts[name] = plain(getattr(markdown, name))
    if "extraction" in given:
        parts["extraction"] = plain(ItemAdapter(run_extraction(given["extraction"], analysis)).asdict())

    assert lxml.html.tostring(root) == before, "the tree belongs to the user too"
    return parts


@settings(max_examples=EXAMPLES, **PROFILE)
@given(html=page, url=urls, given=options)
def test_random_pages(html: str, url: str, given: dict[str, Any]) -> None:
    body = html.encode("utf-8", "replace")
    parts = everything(body, url, given)
    assert everything(body, url, given) == parts


@cache
def read_pages() -> list[bytes]:
    return [gzip.decompress(path.read_bytes()) for path in sorted(PAGES.glob("*.html.gz"))]


TOKENS = [word.encode("utf-8", "replace") for word in WORDS] + [
    b"<table>", b"</table>", b"<tr>", b"<td colspan=99999999>", b"<div>" * 300, b"</div>" * 50, b"<a href=x>",
    b"<svg>", b"<script>", b"</script>", b"<!--", b"<base href='//['>", b"<plaintext>", b"\xff\xfe", b"\xc3",
    b"\xf0\x9f", b'"', b"'", b"<pre>", b"<math>", b"<frameset>", b"<template>", b"<select>", b"<title>",
    b"<meta charset=utf-16>", b"<body>", b"=",
]  # fmt: skip
mutation = st.tuples(
    st.sampled_from(["cut", "insert", "double", "flip", "swap", "end"]),
    st.floats(0, 1, exclude_max=True),
    st.integers(1, 3000),
    st.sampled_from(TOKENS),
)


def damaged(body: bytes, mutations: list[tuple[str, float, int, bytes]]) -> bytes:
    for kind, place, length, token in mutations:
        at = int(place * len(body))
        end = at + length
        if kind == "cut":
            body = body[:at] + body[end:]
        elif kind == "insert":
            body = body[:at] + token + body[at:]
        elif kind == "double":
            body = body[:end] + body[at:]
        elif kind == "flip" and body:
            body = body[:at] + bytes([body[at] ^ (length % 255 + 1)]) + body[at + 1 :]
        elif kind == "swap":
            body = body[at:end] + body[:at] + body[end:]
        elif kind == "end":
            body = body[: max(at, 100)]
    return body


@pytest.mark.skipif(not PAGES.is_dir(), reason="no sample pages here")
@settings(max_examples=max(EXAMPLES // 5, 1), **PROFILE)
@given(number=st.integers(0, 9999), mutations=st.lists(mutation, min_size=1, max_size=6), given=options)
def test_damaged_pages(number: int, mutations: list[Any], given: dict[str, Any]) -> None:
    pages = read_pages()
    everything(damaged(pages[number % len(pages)], mutations), "https://example.com/a", given)


KEYS = """
    strategy schema baseSelector baseFields fields name type selector attribute pattern group transform default source
    function raw custom input_format x
""".split()
NAMES = ["css", "xpath", "regex", "text", "attribute", "nested", "list", "computed", "a", "//a", "+ a", "(a)", "."]
leaf = st.one_of(st.none(), st.booleans(), st.integers(-2, 2), st.floats(), st.text(max_size=5), st.sampled_from(NAMES))
config = st.recursive(
    leaf,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(KEYS), inner, max_size=5)),
)


@settings(max_examples=EXAMPLES, **PROFILE)
@given(schema=config, base=st.one_of(st.just("a"), config), fields=st.lists(config, max_size=3), name=leaf)
def test_random_configurations(schema: Any, base: Any, fields: Any, name: Any) -> None:
    """A strategy is made, or the error says what is wrong."""
    whole = {"strategy": name, "schema": schema, "pattern": base}
    likely = {
        "baseSelector": base,
        "fields": [{"name": "n", "type": "text", **f} if isinstance(f, dict) else f for f in fields],
    }
    for tried in (schema, whole, {"strategy": "css", "schema": likely}, {"strategy": "xpath", "schema": likely}):
        try:
            strategy = make_strategy(tried)
        except OptionError:
            continue
        plain(strategy.extract("https://example.com/", "<a href=x>1</a>"))
