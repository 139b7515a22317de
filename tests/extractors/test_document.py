from __future__ import annotations

import logging
from typing import Any

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.http import HtmlResponse, JsonResponse, Response, TextResponse, XmlResponse

from scrapy_c4.analysis import analyze
from scrapy_c4.extractors.document import Document
from scrapy_c4.extractors.scope import drop_elements
from scrapy_c4.extractors.text import text_of
from scrapy_c4.options import Options

URL = "https://example.com/dir/page"


def document(html: str, url: str = URL) -> Document:
    return Document.from_response(HtmlResponse(url, body=html.encode(), encoding="utf-8"))


def body_of(page: Document) -> str:
    body = page.root.find("body")
    assert body is not None
    return text_of(body)


@pytest.mark.parametrize(
    ("html", "base"),
    [
        ("", URL),
        ("<!-- only a comment -->", URL),
        ('<base href="/sub/">', "https://example.com/sub/"),
        ('<base href="//cdn.example.net/x">', "https://cdn.example.net/x"),
        ('<base target=_blank><base href="/a/"><base href="/b/">', "https://example.com/a/"),
        ("<base target=_blank>", URL),
        ('<base href="">', URL),
        ('<base href="http://[bad">', URL),
        ('<base href="data:,x">', URL),
        ('<base href="javascript:x">', URL),
        ('<body><p>x</p><base href=" /late/ "></body>', "https://example.com/late/"),
    ],
)
def test_base_url(html: str, base: str) -> None:
    assert document(html).base_url == base


@pytest.mark.parametrize("cls", [HtmlResponse, TextResponse, XmlResponse, JsonResponse])
def test_reads_every_text_response_as_a_page(cls: type[TextResponse]) -> None:
    body = b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body><a href="x">y</a></body></html>'
    page = Document.from_response(cls(URL, body=body, encoding="utf-8"))
    assert [a.get("href") for a in page.root.iter("a")] == ["x"]


@pytest.mark.parametrize("charset", ["base64", "zip", "rot13", "hex", "uu", "idna", "punycode", "undefined"])
@pytest.mark.parametrize("where", ["header", "meta", "xml"])
def test_encodings_that_are_none_of_texts(charset: str, where: str) -> None:
    body = "<title>Ünï</title><a href='?q=ü'>x</a>"
    if where == "meta":
        body = f"<meta charset={charset}>{body}"
    elif where == "xml":
        body = f"<?xml version='1.0' encoding='{charset}'?><html>{body}</html>"
    headers = {"Content-Type": f"text/html; charset={charset}"} if where == "header" else {}
    page = Document.from_response(HtmlResponse("http://a.example/", headers=headers, body=body.encode()))
    assert page.root.findtext(".//title") == "Ünï"
    assert page.resolve("?q=ü") == "http://a.example/?q=%C3%BC"


def test_refuses_what_is_no_text() -> None:
    with pytest.raises(TypeError, match="not text"):
        Document.from_response(Response(URL, body=b"\x89PNG"))


@pytest.mark.parametrize(
    ("html", "head", "text"),
    [
        ("<title>T</title><main>one</main><footer>two</footer>", ["title"], "one two"),
        ("<meta charset=utf-8><title>T</title><nav>one</nav><p>two</p>three", ["meta", "title"], "one two three"),
        ("<title>T</title><article>one</article>two", ["title"], "one two"),
        ("<title>T</title><p>one</p>", ["title"], "one"),
        ("<head><title>T</title></head><body>one<main>two</main></body>", ["title"], "one two"),
        (
            "<head><title>T</title></head><body><p>one</p></body></html>two<p>three</p>four",
            ["title"],
            "one two three four",
        ),
        ("<title>T</title><p>one</p></html><title>U</title><main>two</main><!--c--> three", ["title"], "one two three"),
        ("<title>T</title><main>one</main></html><p>two</p>", ["title"], "one two"),
        ("<html><head><title>T</title></head></html><body>one<p>two</p>", ["title"], "one two"),
        ("<title>T</title><p>1</html><p>2</html><head><meta name=a></head><body>3</body> 4", ["title"], "1 2 3 4"),
    ],
)
def test_content_is_in_the_body_wherever_the_page_has_it(html: str, head: list[str], text: str) -> None:
    response = HtmlResponse(URL, body=html.encode(), encoding="utf-8")
    before = lxml.html.tostring(response.selector.root)
    page = Document.from_response(response)
    assert [e.tag for e in page.root.find("head")] == head
    assert body_of(page) == text
    assert lxml.html.tostring(response.selector.root) == before


def test_scripts_behind_the_page_cost_no_copy() -> None:
    html = b"<title>T</title><p>one</p></body></html>\n<script>2</script> <link href=x> <!-- served by 3 -->\n"
    response = HtmlResponse(URL, body=html, encoding="utf-8")
    assert Document.from_response(response).root is response.selector.root


def test_what_follows_two_bodies_stays_behind_them() -> None:
    page = document("<body><p>1</p></body><body><p>2</p></body></html><p>3</p>")
    assert text_of(page.root) == "1 2 3"


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("<x-a><template shadowrootmode=open><h1>S</h1></template><p>light</p></x-a>", "<h1>S</h1><p>light</p>"),
        ("<p>a<template shadowrootmode=closed>b<slot></slot>c</template>d<b>e</b><!--f--></p>", "bad<b>e</b>c<!--f-->"),
        (
            "<x-a><template shadowrootmode=open><slot name=t>x</slot>: <slot>y</slot><slot name=u>z</slot></template>"
            "<b slot=t>T</b><b slot=t>U</b><b slot=v>V</b></x-a>",
            "<b slot=t>T</b><b slot=t>U</b>: yz<b slot=v>V</b>",
        ),
        (
            "<x-a><template shadowrootmode=open><x-b><template shadowrootmode=open>(<slot></slot>)</template>"
            "<slot><slot></slot>x</slot>i</x-b></template>l</x-a>",
            "<x-b>(li)</x-b>",
        ),
        # No shadow root
        ("<ul><template shadowrootmode=open>a</template></ul>", "<template shadowrootmode=open>a</template>"),
        ("<x-a><template>a</template></x-a>", "<template>a</template>"),
        (
            "<x-a><template shadowrootmode=open>a</template><template shadowrootmode=open>b</template></x-a>",
            "a<template shadowrootmode=open>b</template>",
        ),
    ],
)
def test_shadow_roots_in_the_page_are_shown(host: str, shown: str) -> None:
    response = HtmlResponse(URL, body=f"<body>{host} tail</body>".encode(), encoding="utf-8")
    before = lxml.html.tostring(response.selector.root)
    page = Document.from_response(response)
    assert lxml.html.tostring(page.root.find("body")[0], encoding="unicode").split(">", 1)[1].replace('"', "") == (
        f"{shown}</{page.root.find('body')[0].tag}> tail"
    )
    assert lxml.html.tostring(response.selector.root) == before


PAGE = """<html lang=en><head><title>T</title><script>1</script></head><body><nav>menu</nav>one<nav>more</nav>two
<script>2</script>three<div id=w><main><p>A <b class=ad>ad</b> tail</p><form><input><p>F</p></form>after</main></div>
<main>second <main>inner</main></main></body></html>"""


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"css_selector": "main"}, "A ad tail F after second inner"),
        ({"css_selector": "p, main, body main"}, "A ad tail F after second inner"),
        ({"css_selector": "p"}, "A ad tail F"),
        ({"css_selector": "body"}, "menu one more two three A ad tail F after second inner"),
        ({"css_selector": "html"}, "menu one more two three A ad tail F after second inner"),
        ({"css_selector": ".none"}, ""),
        ({"css_selector": "title"}, ""),
        ({"excluded_tags": ["nav", "script"]}, "one two three A ad tail F after second inner"),
        ({"excluded_tags": ["main"]}, "menu one more two three"),
        ({"excluded_tags": ["body"]}, ""),
        ({"excluded_tags": ["html"]}, ""),
        ({"excluded_selector": "#w .ad, nav"}, "one two three A tail F after second inner"),
        ({"remove_forms": True, "css_selector": "#w"}, "A ad tail after"),
        # The selectors see the whole page, so ancestors outside the selection count.
        ({"css_selector": "main", "excluded_selector": "body > div#w .ad"}, "A tail F after second inner"),
        # What is inside something excluded is excluded, however it is selected.
        ({"css_selector": "p", "excluded_selector": "#w"}, ""),
        ({"css_selector": "b, nav", "excluded_tags": ["p"]}, "menu more"),
        ({"css_selector": "main", "excluded_tags": ["main"]}, ""),
    ],
)
def test_scoped(options: dict[str, Any], text: str) -> None:
    page = document(PAGE)
    before = lxml.html.tostring(page.root)
    scoped = page.scoped(Options.of(options))
    assert body_of(scoped) == text
    assert lxml.html.tostring(page.root) == before
    assert scoped is page.scoped(Options.of(options))
    assert scoped.url == page.url
    assert scoped.root.get("lang") == "en"


def test_scoped_keeps_head_and_base() -> None:
    page = document('<head><base href="/b/"><title>T</title><script>x</script></head><a href="c">c</a>')
    scoped = page.scoped(Options.of({"css_selector": "a", "excluded_tags": ["script", "title", "base"]}))
    assert scoped.root.findtext("head/title") == "T"
    assert scoped.resolve("c") == "https://example.com/b/c"


def test_without_such_options_it_is_the_page_itself() -> None:
    page = document(PAGE)
    assert page.scoped(Options()) is page
    assert page.selector_matched


def test_a_selector_that_matches_nothing_warns(caplog: pytest.LogCaptureFixture) -> None:
    page = document(PAGE)
    with caplog.at_level(logging.WARNING):
        assert not page.scoped(Options.of({"css_selector": ".none"})).selector_matched
    assert ".none" in caplog.text
    assert URL in caplog.text


def test_a_form_around_the_whole_page_loses_only_its_controls() -> None:
    page = document("<form action=x><nav>menu</nav><input><button>go</button><main>text</main></form>")
    assert body_of(page.scoped(Options.of({"remove_forms": True}))) == "menu text"


_trees = st.recursive(
    st.sampled_from(["one ", "two", " three ", "<br>", "<script>x</script>"]),
    lambda inner: st.tuples(st.sampled_from(["div", "b", "nav", "i"]), st.lists(inner, max_size=4)).map(
        lambda t: f"<{t[0]}>{''.join(t[1])}</{t[0]}>"
    ),
    max_leaves=25,
)


@given(st.lists(_trees, max_size=6).map("".join))
def test_removing_elements_loses_no_word_outside_of_them(html: str) -> None:
    root = lxml.html.document_fromstring(f"<html><body>start {html} end</body></html>")
    # The words in no nav, joined as the page joins them, with nav as a gap.
    kept = "".join(root.xpath("//body//text()[not(ancestor::nav) and not(ancestor::script)]")).split()
    drop_elements(list(root.iter("nav")))
    left = "".join(root.xpath("//body//text()[not(ancestor::script)]")).split()
    assert "".join(left) == "".join(kept)
    assert not list(root.iter("nav"))


def test_removing_many_elements_takes_linear_time() -> None:
    root = lxml.html.document_fromstring("<p>" + "<i>x</i>some text " * 50_000)
    drop_elements(list(root.iter("i")))
    assert text_of(root, 30) == "some text some text some text"
    assert sum(1 for _ in root.iter()) == 3


def test_users_get_the_classes_of_lxml_whatever_was_read_of_the_page() -> None:
    body = b"<form action=/s><label for=q>Q</label><input id=q name=q value=x><select name=c><option>1</select></form>"
    response = HtmlResponse(URL, body=body, encoding="utf-8")
    analysis = analyze(response, score_links=True, content_filter="pruning")
    assert (analysis.links, analysis.media, analysis.tables) == ([], [], [])
    assert analysis.markdown.raw_markdown in analysis.markdown.markdown_with_citations
    assert analysis.metadata["title"] is None
    form = response.selector.root.find(".//form")
    assert isinstance(form, lxml.html.FormElement)
    assert dict(form.fields) == {"q": "x", "c": "1"}
    assert form.inputs["q"].label is not None


def test_a_failure_leaves_the_classes_of_lxml() -> None:
    page = document("<form></form>")

    def form_class() -> type:
        return type(page.root.find(".//form"))

    def fail() -> None:
        with page.plain_elements():
            with page.plain_elements():  # one part of an analysis asks for another one
                assert form_class() is lxml.html.HtmlElement
            assert form_class() is lxml.html.HtmlElement
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert form_class() is lxml.html.FormElement
