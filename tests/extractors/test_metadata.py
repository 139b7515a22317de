from __future__ import annotations

import json

import pytest
from scrapy.http import HtmlResponse

from scrapy_c4 import analyze

ALWAYS = ("title", "description", "keywords", "author", "published", "modified", "canonical", "lang")


def metadata(html: str, **options: object) -> dict:
    response = HtmlResponse("https://example.com/dir/page", body=html.encode(), encoding="utf-8")
    found = analyze(response, **options).metadata
    json.dumps(found)
    return found


def test_unset_values_are_none() -> None:
    assert metadata("<p>x") == {
        **dict.fromkeys(ALWAYS),
        "charset": "utf-8",
        "jsonld": [],
        "feeds": [],
        "icons": [],
        "alternates": [],
    }


def test_everything() -> None:
    assert metadata(
        """<html lang=en><head><title>T</title><meta name=description content=D><meta name=keywords content="a, b">
        <meta name=author content=Ann><meta property=og:title content="OG T"><meta property=og:image content=1.png>
        <meta property=og:image content=2.png><meta property=twitter:card content=summary>
        <meta name="twitter:site" content=@x><meta property=article:tag content=a><meta property=article:tag content=b>
        <meta property=article:published_time content=2024-05-01T10:00:00+02:00>
        <meta property=article:modified_time content=2024-05-02><meta name=robots content=noindex>
        <meta name=viewport content=x><link rel=canonical href=/canon>
        <link rel=alternate type=application/rss+xml title=News href=/feed>
        <link rel=alternate hreflang=de href=/de/><link rel="shortcut icon" href=/i.ico><link rel=stylesheet href=/s>
        <link rel=apple-touch-icon sizes=180x180 href=/t.png>
        <script type=application/ld+json>{"@type": "Article"}</script></head>"""
    ) == {
        "title": "T",
        "description": "D",
        "keywords": "a, b",
        "author": "Ann",
        "published": "2024-05-01T10:00:00+02:00",
        "modified": "2024-05-02",
        "canonical": "https://example.com/canon",
        "lang": "en",
        "charset": "utf-8",
        "jsonld": [{"@type": "Article"}],
        "feeds": [{"href": "https://example.com/feed", "type": "application/rss+xml", "title": "News"}],
        "icons": [
            {"href": "https://example.com/i.ico"},
            {"href": "https://example.com/t.png", "sizes": "180x180"},
        ],
        "alternates": [{"href": "https://example.com/de/", "hreflang": "de"}],
        "og:title": "OG T",
        "og:image": ["1.png", "2.png"],
        "twitter:card": "summary",
        "twitter:site": "@x",
        "article:tag": ["a", "b"],
        "article:published_time": "2024-05-01T10:00:00+02:00",
        "article:modified_time": "2024-05-02",
        "robots": "noindex",
    }


@pytest.mark.parametrize(
    ("html", "key", "value"),
    [
        ("<meta property=og:title content=OG>", "title", "OG"),
        ("<meta property=og:description content=OG>", "description", "OG"),
        ("<meta name=description content=''><meta name=twitter:description content=TW>", "description", "TW"),
        ("<meta name=keywords content='a, b'><meta name=keywords content=c>", "keywords", "a, b, c"),
        ("<meta name=author content=Ann><meta name=author content=Bob>", "author", "Ann, Bob"),
        ("<meta property=article:author content=https://facebook.com/ann>", "author", None),
        ("<meta property=article:author content=Ann>", "author", "Ann"),
        ('<script type=application/ld+json>{"author": {"name": " Ann  B"}}</script>', "author", "Ann B"),
        ('<script type=application/ld+json>{"author": ["Ann", {"name": "Bob"}, 3]}</script>', "author", "Ann, Bob"),
        ('<script type=application/ld+json>{"@graph": [{}, {"author": "Ann"}, 1]}</script>', "author", "Ann"),
        ('<script type=application/ld+json>{"datePublished": "2024-01-01"}</script>', "published", "2024-01-01"),
        ('<script type=application/ld+json>{"datePublished": 2024}</script>', "published", None),
        ('<script type=application/ld+json>{"@graph": {"dateModified": "2024"}}</script>', "modified", "2024"),
        ("<meta itemprop=datePublished content=2024-01-02>", "published", "2024-01-02"),
        ("<time itemprop=dateModified datetime=2024-01-03>today</time>", "modified", "2024-01-03"),
        ("<time pubdate>3 May</time>", "published", "3 May"),
        ("<time datetime=2024-01-03>event</time>", "published", None),
        ("<meta name=DC.date.issued content=2024-01-04>", "published", "2024-01-04"),
        ("<base href=/b/><link rel=CANONICAL href=c>", "canonical", "https://example.com/b/c"),
        ("<link rel=canonical href=''><link rel=canonical href=c>", "canonical", "https://example.com/dir/c"),
    ],
)
def test_sources(html: str, key: str, value: str | None) -> None:
    assert metadata(html)[key] == value


def test_is_about_the_whole_page_whatever_is_selected() -> None:
    html = "<head><title>T</title><meta property=og:x content=y></head><body><time pubdate>2024</time><p>x</p>"
    assert metadata(html, css_selector="p", excluded_tags=["title"]) == metadata(html)


def test_many_elements() -> None:
    html = "".join(f"<meta property=og:image content={n}.png><link rel=icon href={n}.ico>" for n in range(5000))
    found = metadata(html)
    assert len(found["og:image"]) == len(found["icons"]) == 5000
