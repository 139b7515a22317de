from __future__ import annotations

from typing import Any

import pytest
from scrapy.http import HtmlResponse

from scrapy_c4 import analyze
from scrapy_c4.extractors.document import Document
from scrapy_c4.extractors.links import extract_links, page_headings
from scrapy_c4.items import LinkItem

URL = "https://www.example.com/dir/page"


def links(html: str | bytes, url: str = URL, encoding: str | None = "utf-8", **options: Any) -> list[LinkItem]:
    body = html if isinstance(html, bytes) else html.encode()
    return extract_links(Document.from_response(HtmlResponse(url, body=body, encoding=encoding)), **options)


def hrefs(html: str | bytes, url: str = URL, encoding: str | None = "utf-8") -> list[str]:
    return [link.href for link in links(html, url, encoding)]


@pytest.mark.parametrize(
    ("html", "urls"),
    [
        ("", []),
        ("<!-- <a href=x>x</a> -->", []),
        ("<a>no href</a><a name=x>anchor</a>", []),
        ("<a href=x>x</a>", ["https://www.example.com/dir/x"]),
        ("<a href=''>this page</a>", [URL]),
        ("<a href='#part'>part</a>", [URL + "#part"]),
        ("<a href='?a=1&amp;b=2&copy=3'>q</a>", [URL + "?a=1&b=2&copy=3"]),
        ("<a href=' \n/x\t'>x</a>", ["https://www.example.com/x"]),
        ("<a href='https://bücher.example/ü?ü'>x</a>", ["https://xn--bcher-kva.example/%C3%BC?%C3%BC"]),
        ("<map><area href=/area alt=A></map>", ["https://www.example.com/area"]),
        ("<svg><a xlink:href='/svg'><title>Drawn</title></a></svg>", ["https://www.example.com/svg"]),
        ("<A HREF=/upper>x</A>", ["https://www.example.com/upper"]),
        # Only the web.
        ("<a href='mailto:a@b.c'>m</a><a href='tel:1'>t</a><a href='javascript:x()'>j</a>", []),
        ("<a href='data:text/html,x'>d</a><a href='ftp://example.com/'>f</a><a href='blob:x'>b</a>", []),
        ("<a href='http://[bad'>x</a><a href='http://'>y</a>", []),
        # Placeholders, and what is no part of the page yet.
        ("<a href='{{url}}'>x</a><a href='/a/{{ b }}'>x</a><a href='/%7b%7Bx%7D%7D'>x</a>", []),
        ("<template><a href=/later>x</a></template>", []),
        ("<a href='/{one}'>x</a>", ["https://www.example.com/%7Bone%7D"]),
        # Bases.
        ("<base href=/sub/><a href=x>x</a>", ["https://www.example.com/sub/x"]),
        ("<base target=_top><base href=//cdn.example.net/y/><a href=x>x</a>", ["https://cdn.example.net/y/x"]),
        # In the order of the document, each once; the fragment is part of the URL.
        ("<a href=b>1</a><map><area href=a></map><a href=./b>2</a><a href=b#f>3</a>",
         ["https://www.example.com/dir/b", "https://www.example.com/dir/a", "https://www.example.com/dir/b#f"]),
        # Nothing is re-ordered, stripped or re-encoded.
        ("<a href='/x/?z=1&utm_source=n&ref=s&a=%20+'>x</a>", ["https://www.example.com/x/?z=1&utm_source=n&ref=s&a=%20+"]),
    ],
)  # fmt: skip
def test_urls_as_in_a_browser(html: str, urls: list[str]) -> None:
    assert hrefs(html) == urls


@pytest.mark.parametrize(
    ("body", "encoding", "urls"),
    [
        ("<a href='/é?é'>x</a>".encode("latin-1"), "latin-1", ["https://www.example.com/%C3%A9?%E9"]),
        ("<meta charset=euc-jp><a href='?q=日本'>x</a>".encode("euc-jp"), None, [URL + "?q=%C6%FC%CB%DC"]),
        ("\ufeff<a href='?q=é'>x</a>".encode("utf-16"), None, [URL + "?q=%C3%A9"]),
        (
            b'<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x.dtd">'
            b'<html xmlns="http://www.w3.org/1999/xhtml"><body><p><a href="x"><b/>x</a></p></body></html>',
            None,
            ["https://www.example.com/dir/x"],
        ),
    ],
)
def test_encodings_and_xhtml(body: bytes, encoding: str | None, urls: list[str]) -> None:
    assert hrefs(body, encoding=encoding) == urls


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<a href=x> Two\n  <b>words</b> </a>", "Two words"),
        ("<a href=x><div>one</div><div>two</div></a>", "one two"),
        ("<a href=x><script>no</script>yes<style>no</style></a>", "yes"),
        ("<a href=x aria-label=label>text</a>", "text"),
        ("<a href=x>Go<span hidden> secret</span></a>", "Go"),
        ("<a href=x><b>Go</b> <span style='Display: none'>not <i>there</i></span>on</a>", "Go on"),
        ("<a href=x><span hidden>later</span></a>", "later"),
        ("<a href=x title=title><b style='display:none'>one</b> <i hidden>two</i></a>", "one two"),
        ("<a href=x title=title><img alt=' the\nimage '></a>", "the image"),
        ("<a href=x title=title aria-label=label><img alt=''></a>", "label"),
        ("<a href=x title=title><svg><title>Icon</title></svg></a>", "Icon"),
        ("<a href=x title=title><i class=icon></i></a>", "title"),
        ("<a href=x title=title><i class=icon aria-label=label></i></a>", "label"),
        ("<a href=x><math alttext='x^2'><mi>x</mi></math></a>", "x^2"),
        ("<a href=x><i></i></a>", ""),
        ("<map><area href=x alt='on the map' title=t></map>", "on the map"),
        # The same URL again: the text that tells most, an image's name only where there is no text.
        ("<a href=x>Read more</a><a href=x>All about birds</a><a href=x>here</a>", "All about birds"),
        ("<a href=x><img alt='A very long name of the image'></a><a href=x>Birds</a>", "Birds"),
        ("<a href=x>Read more</a><a href=x><img alt=Birds></a>", "Birds"),
        ("<a href=x></a><a href=x>Read more</a>", "Read more"),
        ("<a href=x>Birds</a><a href=x>Birds " + "and a long teaser of them " * 10 + "</a>", "Birds"),
        ("<a href=x>https://www.example.com/dir/x</a><a href=x>Birds</a>", "Birds"),
    ],
)
def test_text(html: str, text: str) -> None:
    (link,) = links(html)
    assert link.text == text


@pytest.mark.parametrize(
    ("html", "title", "rel"),
    [
        ("<a href=x>x</a>", None, None),
        ("<a href=x title=' a\n b ' rel='NoFollow  ugc'>x</a>", "a b", "nofollow ugc"),
        ("<a href=x title='' rel=''>x</a>", None, None),
        ("<a href=x>x</a><a href=x title='later one'>y</a>", "later one", None),
        ("<a href=x title='short'>x</a><a href=x title='rather longer'>y</a>", "rather longer", None),
        # A target is not followed only where no anchor may be.
        ("<a href=x rel=nofollow>x</a><a href=x rel=next>y</a>", None, "next"),
        ("<a href=x rel='nofollow next'>x</a><a href=x rel='nofollow noopener'>y</a>", None, "nofollow next noopener"),
    ],
)
def test_title_and_rel(html: str, title: str | None, rel: str | None) -> None:
    (link,) = links(html)
    assert (link.title, link.rel) == (title, rel)


@pytest.mark.parametrize(
    ("page", "href", "kind", "domain"),
    [
        (URL, "/x", "internal", "example.com"),
        (URL, "http://other.example.com:8080/", "internal", "example.com"),
        (URL, "https://notexample.com/", "external", "notexample.com"),
        (URL, "https://example.com.evil.net/", "external", "evil.net"),
        ("https://foo.co.uk/", "https://bar.co.uk/", "external", "bar.co.uk"),
        ("https://a.github.io/", "https://b.github.io/", "external", "b.github.io"),
        ("http://localhost:8000/", "http://localhost:9000/", "internal", "localhost"),
        ("http://127.0.0.1/", "http://127.0.0.2/", "external", "127.0.0.2"),
        ("http://[::1]/", "/x", "internal", "[::1]"),
        ("https://bücher.example/", "https://www.xn--bcher-kva.example/", "internal", "xn--bcher-kva.example"),
        ("data:text/html,x", "https://example.com/", "external", "example.com"),
    ],
)
def test_kind_and_base_domain(page: str, href: str, kind: str, domain: str) -> None:
    (link,) = links(f"<a href='{href}'>x</a>", page)
    assert (link.kind, link.base_domain) == (kind, domain)


@pytest.mark.parametrize(
    ("html", "landmark"),
    [
        ("<p>{}</p>", ""),
        ("<nav><ul><li>{}</li></ul></nav>", "nav"),
        ("<main><p>{}</p></main>", "main"),
        ("<main><nav>{}</nav></main>", "nav"),
        ("<article><header><h1>{}</h1></header></article>", ""),
        ("<main><article><footer>{}</footer></article></main>", "main"),
        ("<header><h1>{}</h1></header>", "header"),
        ("<footer><nav>{}</nav></footer>", "footer"),
        ("<aside>{}</aside>", "aside"),
        ("<div role=navigation>{}</div>", "nav"),
        ("<div role=main class=menu>{}</div>", "main"),
        ("<div id=footer>{}</div>", "footer"),
        ("<div class='site-footer dark'>{}</div>", "footer"),
        ("<ul class=main-nav><li>{}</li></ul>", "nav"),
        ("<div class=breadcrumbs>{}</div>", "nav"),
        ("<div id=left-sidebar>{}</div>", "aside"),
        # Words that only contain such a word, or say that there is one, or are too small to be one.
        ("<div class=navigate>{}</div>", ""),
        ("<div class='badge loading headline subheading'>{}</div>", ""),
        ("<div class=has-sidebar>{}</div>", ""),
        ("<p class=footer>{}</p>", ""),
        ("<body class=nav>{}</body>", ""),
    ],
)
def test_landmark(html: str, landmark: str) -> None:
    (link,) = links(html.format("<a href=x>x</a>"))
    assert link.landmark == landmark


def test_the_best_place_of_a_link_counts() -> None:
    (link,) = links("<nav><a href=x>Birds</a></nav><main><p>Read all about <a href=x>birds</a>.</p></main>")
    assert link.landmark == "main"
    assert link.context == "Read all about ."


@pytest.mark.parametrize(
    ("html", "context"),
    [
        ("<p>All about <b>{}</b> and bees.</p>", "All about and bees."),
        ("<dl><dt>{}</dt><dd>Adds files.</dd><dt>other</dt></dl>", "Adds files."),
        ("<dl><dt>{} of git</dt><dd>Adds <a href=/f>files</a>.</dd></dl>", "of git Adds ."),
        ("<table><tr><td>{}</td><td>Adds files.</td></tr></table>", "Adds files."),
        ("<h2>{}</h2><p>A teaser.</p>", "A teaser."),
        ("<h2>{}</h2><h2>Other</h2>", ""),
        ("<div class=card><div>{}</div><p>A teaser.</p></div>", "A teaser."),
        ("<div class=card><div>{}</div><p>A teaser.</p><a href=/more>More</a></div>", "A teaser."),
        ("<div class=card><p>A teaser.</p>{}<a href=/y>Y</a><div><a href=/z>Z</a></div></div>", "A teaser."),
        ("<div><div>{}</div><div><a href=/y>Y</a></div><div><a href=/z>Z</a></div>No teaser.</div>", ""),
        ("<ul><li>{}</li><li>Other</li></ul>", ""),
        ("<nav><p>{} of a menu</p></nav>", ""),
        # What stands beside a link is no other link; an anchor without a target is no link at all.
        ("<p>Languages: {} | <a href=/y><b>Y</b> and more</a> | <a href=/z>Z</a>.</p>", "Languages: | | ."),
        ("<table><tr><td>{}</td><td><a href=/y>Edit</a></td><td>A teaser.</td></tr></table>", "A teaser."),
        ("<p><a name=here>All</a> about {}</p>", "All about"),
    ],
)
def test_context(html: str, context: str) -> None:
    link = links(html.format("<a href=x>X</a>"))[0]
    assert link.context == context


def test_context_of_a_long_text_is_what_stands_beside() -> None:
    found = links("<p>" + "".join(f"{'word ' * 60} before{n} <a href=/{n}>link{n}</a> after{n} " for n in range(3)))
    for n, link in enumerate(found):
        assert f"before{n} after{n}" in link.context
        assert "link" not in link.context
        assert len(link.context) <= 310


@pytest.mark.parametrize(
    ("html", "context"),
    [
        ("<p>All about birds: {}</p><h3>{}</h3>", "All about birds:"),
        ("<p>See {} first.</p><dl><dt>{}</dt><dd>Adds files.</dd></dl>", "See first.\nAdds files."),
        ("<p>See {} first.</p><p>See {} first.</p>", "See first."),
        # As far as there is room.
        ("<p>See " + "and see " * 20 + "{}</p><p>{}" + "tail " * 50 + "</p><p>As to {} and so on.",
         "See " + "and see " * 19 + "and see\nAs to and so on."),
    ],
)  # fmt: skip
def test_each_place_of_a_link_may_say_something_about_it(html: str, context: str) -> None:
    (link,) = links(html.replace("{}", "<a href=x>X</a>"))
    assert link.context == context


def test_without_context() -> None:
    (link,) = links("<main><p>All about <a href=x>birds</a></p></main>", with_context=False)
    assert (link.context, link.landmark, link.text) == ("", "", "birds")


def test_headings_the_highest_first() -> None:
    page = Document.from_response(HtmlResponse(URL, body=b"<h2>b</h2><h1>a <b>x</b></h1><h3></h3><h4>d</h4>"))
    assert page_headings(page) == ["a x", "b"]


HOSTILE = {
    "many links": "<p>" + "".join(f"<a href=/{n}>link {n}</a> text " for n in range(20_000)),
    "one URL": "<p>" + "<a href=/x>link</a> text " * 20_000,
    "deep": "<div>" * 1500 + "".join(f"<a href=/{n}>x</a><div>" for n in range(500)),
    "deep with empties": "".join(f"<div><a href=/{n}>x</a>" for n in range(1500)) + "<i></i>" * 20_000,
    "never closed": "".join(f"<a href=/{n}><span>" for n in range(900)),
    "long text": "<p>" + "word " * 400_000 + "<a href=x>x</a>" + "word " * 400_000,
    "long url": "<a href='/" + "x" * 1_000_000 + "'>x</a>",
}


@pytest.mark.parametrize(("name", "count"), list(zip(HOSTILE, [20_000, 1, 500, 1500, 900, 1, 1], strict=True)))
def test_hostile_pages(name: str, count: int) -> None:
    # Each of them takes minutes where anything is quadratic.
    found = links(HOSTILE[name])
    assert len(found) == count
    assert all(len(link.text) <= 1000 and len(link.context) <= 410 for link in found)


def test_analyze_filters_scopes_and_scores() -> None:
    html = """<title>Birds</title><main><a href=/birds>All about birds</a><a href=https://other.example.net/>Other</a>
    <a href=https://www.facebook.com/x>f</a></main><footer><a href=/imprint>Imprint</a></footer>"""
    response = HtmlResponse(URL, body=html.encode(), encoding="utf-8")
    assert [link.intrinsic_score for link in analyze(response).links] == [None] * 4
    found = analyze(response, score_links=True, css_selector="main", exclude_social_media_links=True).links
    assert [link.text for link in found] == ["All about birds", "Other"]
    assert all(0 < (link.intrinsic_score or 0) <= 10 for link in found)
    only = analyze(response, exclude_external_links=True, excluded_tags=["footer"]).links
    assert [link.href for link in only] == ["https://www.example.com/birds"]
