from __future__ import annotations

import pytest

from scrapy_c4.extractors.srcset import MAX_CANDIDATES, background_urls, parse_srcset


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" , ,", []),
        ("a.jpg", [("a.jpg", None, None)]),
        ("a.jpg 100w, b.jpg 200w", [("a.jpg", 100, None), ("b.jpg", 200, None)]),
        ("a.jpg 1x,b.jpg 1.5x", [("a.jpg", None, 1.0), ("b.jpg", None, 1.5)]),
        ("a.jpg, b.jpg 2x", [("a.jpg", None, None), ("b.jpg", None, 2.0)]),
        # a comma inside of a URL belongs to it
        ("/t/w_100,h_50/a.jpg 100w, /b.jpg 200w", [("/t/w_100,h_50/a.jpg", 100, None), ("/b.jpg", 200, None)]),
        ("a.jpg,b.jpg 2x", [("a.jpg,b.jpg", None, 2.0)]),
        ("a.jpg,, b.jpg 2x", [("a.jpg", None, None), ("b.jpg", None, 2.0)]),
        ("\n a.jpg\t640w\n,\n b.jpg\n1280w \n", [("a.jpg", 640, None), ("b.jpg", 1280, None)]),
        ("data:image/png;base64,AA== 1x, b.jpg 2x", [("data:image/png;base64,AA==", None, 1.0), ("b.jpg", None, 2.0)]),
        # candidates that browsers refuse
        ("a.jpg 1x 2x, b.jpg 2x", [("b.jpg", None, 2.0)]),
        ("a.jpg 0w, b.jpg -1x, c.jpg 1.5w, d.jpg 10q, e.jpg 10h, f.jpg 1w", [("f.jpg", 1, None)]),
        ("a.jpg foo(1x, 2x), b.jpg 2x", [("b.jpg", None, 2.0)]),
        ("a.jpg 100w 2x", []),
    ],
)
def test_srcset(text, expected):
    assert [(c.url, c.width, c.density) for c in parse_srcset(text)] == expected


def test_srcset_height():
    assert [(c.width, c.height) for c in parse_srcset("a.jpg 100w 50h, b.jpg 20h 40w")] == [(100, 50), (40, 20)]


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("", []),
        ("color: red", []),
        ("background:url(a.jpg)", ["a.jpg"]),
        ("BACKGROUND-IMAGE : URL( 'a b.jpg' )", ["a b.jpg"]),
        ('color:red;background: #fff url("a.jpg") no-repeat, url(b.png)', ["a.jpg", "b.png"]),
        ("background-image: linear-gradient(rgba(0,0,0,.5), red), url(k.jpg)", ["k.jpg"]),
        (
            "background:url(data:image/png;base64,AA==);background-image:url(b.jpg)",
            ["data:image/png;base64,AA==", "b.jpg"],
        ),
        ('background: url("a;b).jpg"); color: red', ["a;b).jpg"]),
        (r"background:url(a\28 1\29.jpg)", ["a(1).jpg"]),
        (r'background:url("a\"b.jpg")', ['a"b.jpg']),
        ('background-image: image-set("a.png" 1x, url(b.png) type("image/png") 2x)', ["a.png", "b.png"]),
        (
            "background: -webkit-image-set(url('a.webp') 1x, 'b.webp' 2x); background-image: url(c)",
            ["a.webp", "b.webp", "c"],
        ),
        ("--hero: url(h.jpg)", ["h.jpg"]),
        ("cursor: url(c.cur); filter: url(#f); mask: url(m.svg); list-style: url(l.png)", []),
        ("background:url()", []),
        ('background: url("never closed', ["never closed"]),
        ("background:url(a.jpg);background-image:url(a.jpg)", ["a.jpg"]),
    ],
)
def test_background_urls(style, expected):
    assert background_urls(style) == expected


@pytest.mark.parametrize(
    "bomb",
    [
        "a 1w," * 200_000,
        "a (" * 200_000,
        "," * 500_000 + "a",
        "a " + "(" * 500_000,
        "a " + "w " * 200_000,
        "x\t" * 300_000,
    ],
    ids=["candidates", "parentheses", "commas", "open", "descriptors", "words"],
)
def test_srcset_bombs_are_read_in_linear_time(bomb):
    assert len(parse_srcset(bomb)) <= MAX_CANDIDATES


@pytest.mark.parametrize(
    "part", ['url("', "url('url(\"", "image-set(", '"', "url( ", "-a ", "\\", "url(" + " " * 50, "a:b;", "--x:url(a);"]
)
def test_style_bombs_are_read_in_linear_time(part):
    assert len(background_urls("background:" + part * 100_000 + "url(")) <= 100_000
