from __future__ import annotations

import codecs
import json

import pytest

from scrapy_c4.extractors.head import HeadScanner, decode_html, parse_head

URL = "https://example.com/dir/page?x=1"


def head(html: str | bytes, **arguments: str) -> dict:
    body = html if isinstance(html, bytes) else html.encode()
    return parse_head(body, url=URL, **arguments)


def test_everything_a_head_says() -> None:
    found = head(
        """<!DOCTYPE html><html lang="en-GB"><head><meta charset="UTF-8"><title> Hello
        <!-- --> &amp; welcome</title>
        <meta name="Description" content="What it
            is about"><meta name=keywords content="a, b">
        <meta property="og:title" content="OG"><meta property="og:image" content="/1.png">
        <meta property="og:image" content="/2.png"><meta property="article:tag" content="x">
        <meta property="article:tag" content="y"><meta property="article:tag" content="x">
        <meta name="twitter:card" content="summary"><meta http-equiv="Refresh" content="5"><meta name=empty content="">
        <base href="/base/"><link rel="canonical" href="p"><link rel="shortcut ICON" href="i.ico" sizes="16x16">
        <link rel=alternate hreflang=de href="de" title="Deutsch">
        <link rel=alternate type=application/rss+xml href=feed>
        <link rel=preload as=font href=f.woff media=screen><link rel=next><link rel=prev href="http://[">
        <script type="application/ld+json">{"@type": "Article", "headline": "H"}</script>
        <script type="application/ld+json">{broken</script>
        <script type="application/ld+json">[{"a": 1}, {"b": 2}]</script>
        </head>"""
    )
    icon = {"href": "https://example.com/base/i.ico", "sizes": "16x16"}
    assert found == {
        "title": "Hello <!-- --> & welcome",
        "description": "What it is about",
        "charset": "utf-8",
        "lang": "en-GB",
        "canonical": "https://example.com/base/p",
        "meta": {
            "description": "What it is about",
            "keywords": "a, b",
            "og:title": "OG",
            "og:image": ["/1.png", "/2.png"],
            "article:tag": ["x", "y"],
            "twitter:card": "summary",
            "refresh": "5",
        },
        "links": {
            "canonical": [{"href": "https://example.com/base/p"}],
            "shortcut": [icon],
            "icon": [icon],
            "alternate": [
                {"href": "https://example.com/base/de", "hreflang": "de", "title": "Deutsch"},
                {"href": "https://example.com/base/feed", "type": "application/rss+xml"},
            ],
            "preload": [{"href": "https://example.com/base/f.woff", "media": "screen", "as": "font"}],
        },
        "jsonld": [{"@type": "Article", "headline": "H"}, {"a": 1}, {"b": 2}],
    }
    json.dumps(found)


@pytest.mark.parametrize(
    "body", [b"", b"   ", b"\0\0\0\0", b"<!-- nothing -->", b"%PDF-1.7 \x00\xff\xfe", b"<", b"\xff\xfe"]
)
def test_a_head_that_says_nothing(body: bytes) -> None:
    found = parse_head(body, url=URL)
    assert (found["title"], found["description"], found["lang"], found["canonical"]) == (None, None, None, None)
    assert (found["meta"], found["links"], found["jsonld"]) == ({}, {}, [])


TITLE = "Über uns – Café"
PAGE = f"<html><head><title>{TITLE}</title></head>"
DECLARED = '<meta charset="{0}">' + PAGE
ENCODINGS = {
    "server says, page does not": (PAGE.encode(), {"content_type": "text/html; charset=UTF-8"}, "utf-8"),
    "server's encoding": (PAGE.encode("cp1252"), {"encoding": "iso-8859-1"}, "windows-1252"),
    "page says": (DECLARED.format("windows-1252").encode("cp1252"), {}, "windows-1252"),
    "page says latin-1, means windows-1252": (DECLARED.format("latin1").encode("cp1252"), {}, "windows-1252"),
    "page says, the old way": (
        ('<meta http-equiv=Content-Type content="text/html; charset=utf-8">' + PAGE).encode(), {}, "utf-8"
    ),
    "page says late": ((f"<!--{'x' * 9000}-->" + DECLARED.format("cp1250")).encode("cp1250"), {}, "windows-1250"),
    "server over page": (DECLARED.format("latin1").encode(), {"content_type": "text/html;charset=utf-8"}, "utf-8"),
    "mark over server": (codecs.BOM_UTF8 + PAGE.encode(), {"content_type": "text/html;charset=latin1"}, "utf-8"),
    "nobody says, UTF-8": (PAGE.encode(), {}, "utf-8"),
    "nobody says, windows-1252": (PAGE.encode("cp1252"), {}, "windows-1252"),
    "unknown name": (PAGE.encode(), {"content_type": "text/html; charset=klingon"}, "utf-8"),
    "UTF-16 by mark": (codecs.BOM_UTF16_LE + PAGE.encode("utf-16-le"), {}, "utf-16le"),
    "UTF-16, big end first": (codecs.BOM_UTF16_BE + PAGE.encode("utf-16-be"), {}, "utf-16be"),
    "UTF-16 by server": (PAGE.encode("utf-16-le"), {"content_type": "text/html; charset=utf-16"}, "utf-16le"),
    "page says UTF-16 in ASCII": (DECLARED.format("utf-16").encode(), {}, "utf-8"),
    "XML declaration": (('<?xml version="1.0" encoding="utf-8"?>' + PAGE).encode(), {}, "utf-8"),
}  # fmt: skip


@pytest.mark.parametrize(("body", "arguments", "charset"), ENCODINGS.values(), ids=ENCODINGS)
def test_encodings(body: bytes, arguments: dict[str, str], charset: str) -> None:
    found = parse_head(body, url=URL, **arguments)
    assert (found["title"], found["charset"]) == (TITLE, charset)


@pytest.mark.parametrize("encoding", ["shift_jis", "euc-jp", "gb18030", "big5", "utf-8", "iso-2022-jp"])
def test_east_asian_encodings(encoding: str) -> None:
    text = "日本" if encoding != "big5" else "中文"
    page = f"<title>{text}</title>".encode(encoding)
    assert head(page, content_type=f"text/html; charset={encoding}")["title"] == text


def test_a_character_cut_in_two_is_left_out() -> None:
    assert decode_html("abcé".encode()[:-1]) == ("abc", "utf-8")
    assert decode_html(codecs.BOM_UTF16_LE + "ab".encode("utf-16-le")[:-1]) == ("a", "utf-16-le")


@pytest.mark.parametrize(
    "codec", ["base64", "zlib", "rot13", "punycode", "idna", "unicode_escape", "undefined", "utf-7"]
)
def test_codecs_that_are_no_encoding_of_pages(codec: str) -> None:
    assert decode_html(b"abc\\u0041", encoding=codec) == ("abc\\u0041", "utf-8")
    assert decode_html(b"abc", content_type=f"text/html; charset={codec}") == ("abc", "utf-8")


def test_cut_anywhere() -> None:
    page = (
        '<html lang=en><head><title>T – x</title><meta name=description content="D"><link rel=icon href=/i.png>'
        '<script type="application/ld+json">{"a": [1, 2]}</script></head><body><h1>Heading</h1><p>Text'
    ).encode()
    for end in range(len(page) + 1):
        found = head(page[:end])
        assert found["title"] is None or "T – x".startswith(found["title"])
        assert found["description"] in (None, "D")
        assert found["jsonld"] in ([], [{"a": [1, 2]}])
    assert found["title"] == "T – x"
    assert found["headings"] == ["Heading"]


class TestBody:
    def test_is_told_when_it_was_read(self) -> None:
        found = head(
            "<head><title>T</title></head><body><nav>Menu</nav><h1>One <b>two</b></h1><h2></h2><h2>Three</h2>"
            "<p>Text</p><script>no</script>"
        )
        assert found["headings"] == ["One two", "Three"]
        assert found["text"] == "Menu One two Three Text"

    @pytest.mark.parametrize(
        "html", ["<head><title>T</title>", "<head><title>T</title></head>", "<head></head><body> \n"]
    )
    def test_is_absent_when_it_was_not(self, html: str) -> None:
        found = head(html)
        assert "headings" not in found
        assert "text" not in found

    def test_is_bounded(self) -> None:
        found = head("<title>T</title>" + "<h2>heading words</h2>" * 100 + "<p>" + "word " * 5000)
        assert len(found["text"]) <= 16_000
        assert len(found["headings"]) <= 20


@pytest.mark.parametrize(
    ("html", "title"),
    [
        ("<head><title>T</title>", "T"),
        ("<head><script>'</head>'</script><title>T</title></head>", "T"),
        ("<head><!-- </head> --><title>T</title></head>", "T"),
        ("<head><title></title><meta property=og:title content=OG></head>", "OG"),
        ("<head><meta name=twitter:title content=TW></head>", "TW"),
        ("<svg><title>Icon</title></svg><title>T</title>", "T"),
        ("<head><div>oops</div><title>T</title></head>", "T"),
        ("<head><title>a <b>bold</b> one</title></head>", "a <b>bold</b> one"),
        ("<head><title>first</title><title>second</title></head>", "first"),
        ("<head></head>", None),
    ],
)
def test_title(html: str, title: str | None) -> None:
    assert head(html)["title"] == title


@pytest.mark.parametrize(
    ("html", "lang"),
    [
        ("<html lang=de>x", "de"),
        ('<html xml:lang="fr">x', "fr"),
        ("<html><head><meta http-equiv=content-language content=it>", "it"),
        ('<html lang=" ">x', None),
        ("<p lang=de>x", None),
    ],
)
def test_lang(html: str, lang: str | None) -> None:
    assert head(html)["lang"] == lang


def complete_at(body: bytes, step: int = 1) -> int | None:
    scanner = HeadScanner()
    for position in range(0, len(body), step):
        if scanner.feed(body[position : position + step]):
            return position + step
    return None


#: The ``|`` marks where a scanner first can know that the head is over; none: it never ends.
ENDS = {
    "plain": "<html><head><title>x</title></head|><body>",
    "case": "<HTML><HEAD></HeAd|>",
    "white space in the tag": "<head></head| \n>",
    "body without </head>": "<html><head><title>x</title><body| class=a>",
    "no tags at all": "<!doctype html><title>x</title><meta name=a><p|>text",
    "stray element in a real head": "<head><div>x</div><title>x</title></head|>",
    "script": "<head><script>a='</head><body>'; if (a</b/.x) {}</script><title>x</title></head|>",
    "script with attributes": "<head><script src=\"a>b\" data-x='</script>'></head></script ></head|>",
    "style": "<head><style>a:after{content:'</head>'}</style></head|>",
    "title": "<head><title></head> <body></title></head|>",
    "comment": "<head><!-- </head> <body> --></head|>",
    "empty comments": "<head><!--><!---><!----></head|>",
    "conditional comment": "<head><!--[if IE]><body><![endif]--></head|>",
    "declarations": "<?xml version='1'?><!DOCTYPE html [ <x]><head></head|>",
    "quoted attribute": "<head><meta content=\"</head>\"><meta content='<body>'></head|>",
    "attribute with spaces": '<head><meta content = \n "</head>" ></head|>',
    "quote inside an unquoted value": "<head><meta content=it's></head|>",
    "quotes outside values": "<head><meta it's a=b \"></head|>",
    "slash": "<head><link href=/a/ /></head|>",
    "longer names": "<head><headline></headline><bodyguard></bodyguard></head|>",
    "noscript": "<head><noscript><img src=x></noscript><title>x</title></head|>",
    "frameset": "<html><head><frameset| cols=2>",
    "lonely angles": "<head><meta name=a> 1 < 2 <3 < </head|>",
    "never": "<head><title>x</title>",
    "never, open script": "<head><script></head><body>",
    "never, open comment": "<head><!-- </head><body>",
    "never, open quote": '<head><meta content="></head><body>',
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("html", ENDS.values(), ids=ENDS)
def test_where_the_head_ends(html: str, encoding: str) -> None:
    before, mark, after = html.partition("|")
    body = (before + after).encode(encoding)
    # the character behind the name is what ends it
    end = len((before + after[:1]).encode(encoding)) if mark else None
    assert complete_at(body) == end
    for step in (2, 3, 5, 7, len(body)):
        assert complete_at(body, step) == (None if end is None else -(-end // step) * step)


def test_the_scanner_takes_nothing_more_when_it_is_done() -> None:
    scanner = HeadScanner()
    assert scanner.feed(b"<head></head><body>")
    assert scanner.feed(b"<!--")
    assert scanner.complete
    assert not HeadScanner().feed(b"")


@pytest.mark.parametrize(
    "body",
    [b"<" * 2**20, b"<!--" * 2**18, b"<script>" + b"</scrip" * 2**17, b"<a" + b" =" * 2**19, b"<p x='" + b"a" * 2**20],
)
def test_hostile_bytes_are_looked_at_once(body: bytes) -> None:
    complete_at(b"<head>" + body, 4096)


class TestJsonLd:
    def blocks(self, *texts: str) -> list:
        return head("".join(f'<script type="application/ld+json">{text}</script>' for text in texts))["jsonld"]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ('<!-- {"a": 1} -->', [{"a": 1}]),
            ('//<![CDATA[\n{"a": 1}\n//]]>', [{"a": 1}]),
            ('/*<![CDATA[*/ {"a": 1} /*]]>*/', [{"a": 1}]),
            ('{"a": 1};', [{"a": 1}]),
            ('{"a": "two\nlines"}', [{"a": "two\nlines"}]),
            ('{"a": "</b> &amp;"}', [{"a": "</b> &amp;"}]),
            ('{"a": NaN, "b": 1e999}', [{"a": None, "b": None}]),
            ('{"a": "\\ud800", "b": "\\ud83d\\ude00"}', [{"a": "?", "b": "😀"}]),
            ('"text"', []),
            ("[1, [2], null]", []),
            ('{"a": 1', []),
            ('{"a": ' + "9" * 10_000 + "}", []),
            ("[" * 100_000, []),
            ('{"a":' * 200 + "1" + "}" * 200, []),
            ("", []),
        ],
    )
    def test_block(self, text: str, expected: list) -> None:
        found = self.blocks(text)
        assert found == expected
        json.dumps(found, ensure_ascii=False, allow_nan=False).encode()

    def test_one_bad_block_does_not_hide_the_others(self) -> None:
        assert self.blocks('{"a": 1}', "{", '{"b": 2}') == [{"a": 1}, {"b": 2}]

    def test_types(self) -> None:
        html = (
            '<script type=" Application/LD+JSON; charset=utf-8">{"a": 1}</script>'
            '<script type="application/json">{"b": 2}</script><script>{"c": 3}</script>'
        )
        assert head(html)["jsonld"] == [{"a": 1}]

    def test_too_much_is_left_out(self) -> None:
        big = json.dumps({"a": "x" * 900_000})
        assert len(self.blocks(big, big, big)) == 2
