from __future__ import annotations

import re
from typing import Any

import lxml.html
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scrapy.http import HtmlResponse

from scrapy_c4 import analyze
from scrapy_c4.extractors.clean import strip_hidden

URL = "https://example.com/dir/page?q=1"
WORD = re.compile(r"\w+")


def response(html: str) -> HtmlResponse:
    return HtmlResponse(URL, body=html.encode(), encoding="utf-8")


def clean(html: str, **options: Any) -> str:
    return analyze(response(html), **options).cleaned_html


def body(html: str, **options: Any) -> str:
    cleaned = clean(html, **options)
    match = re.fullmatch(r"<html[^>]*><body[^>]*>(.*)</body></html>", cleaned, re.DOTALL)
    assert match, cleaned
    return match[1]


def words(html: str) -> list[str]:
    return WORD.findall(" ".join(lxml.html.document_fromstring(html).itertext())) if html else []


@pytest.mark.parametrize(
    "html", ["", " ", "<!-- only a comment -->", "<p></p>", "<script>x</script>", "<body>\n</body>"]
)
def test_nothing_there(html: str) -> None:
    assert clean(html) == ""


@pytest.mark.parametrize(
    ("html", "cleaned"),
    [
        ("<p>a</p>", "<p>a</p>"),
        ("text", "text"),
        # What goes
        ("a<script>1</script>b <style>c</style>d<!-- e -->f", "ab df"),
        ("<p>a<noscript>no</noscript><template>t</template><svg><title>T</title></svg></p>", "<p>a</p>"),
        ("<title>A</title><p>a<title>T</title><noframes><p>f</p></noframes><noembed>e</noembed></p>",
         '<span hidden="">A</span><p>a</p><span hidden="">T</span>'),
        ("x<html><head><title>T</title><img src=/i.png><title>U</title></head><body>a</body></html>",
         'x<span hidden="">T</span><img src="https://example.com/i.png"><span hidden="">U</span>a'),
        ("<b style='color:red; display:grid'>a</b><p style='display:block'>b</p><img src=/i.png style='display:block'>",
         '<b style="display:block">a</b><p>b</p><img src="https://example.com/i.png">'),
        ("<p>a</p><link rel=x href=y><meta name=a content=b><input type=hidden value=x>", "<p>a</p>"),
        ("<p>a<span> </span>b<i></i> c</p><div><div>\n</div></div>", "<p>a b c</p>"),
        ("<?php echo 1 ?><p>a</p>", "<p>a</p>"),
        # Nothing else goes with it
        ("<p>one <style>x</style> two</p>", "<p>one two</p>"),
        ("<p>one<i></i>two</p>", "<p>one<wbr>two</p>"),
        ("<p>one<img src='data:x'>two</p>", "<p>one<wbr>two</p>"),
        ("<div>one<div></div>two</div>", "<div>one two</div>"),
        # Attributes
        (
            '<p id=i class=c style="color:red" onclick=x title="T &amp; &quot;q&quot;" lang=de dir=rtl foo=bar>a</p>',
            '<p id="i" class="c" title="T &amp; &quot;q&quot;" lang="de" dir="rtl">a</p>',
        ),
        (
            "<table><tr><th scope=col headers=h colspan=2>a<td rowspan=3></table>",
            '<table><tr><th scope="col" headers="h" colspan="2">a</th><td rowspan="3"></td></tr></table>',
        ),
        ("<ol start=5 reversed type=a><li value=7>x</ol>",
         '<ol start="5" reversed="" type="a"><li value="7">x</li></ol>'),
        ("<time datetime=2020-01-01></time>", '<time datetime="2020-01-01"></time>'),
        ("<p data-x=1>a</p>", "<p>a</p>"),
        # URLs
        ("<a href=../x?a=b&c>x</a>", '<a href="https://example.com/x?a=b&amp;c">x</a>'),
        ("<a href=#f>x</a>", '<a href="https://example.com/dir/page?q=1#f">x</a>'),
        ("<base href=/?a=1&copy=2><a href=#f>x</a>", '<a href="https://example.com/?a=1&amp;copy=2#f">x</a>'),
        ("<a href='javascript:alert(1)'>x</a>", "<a>x</a>"),
        ("<a href=' JAVA\nSCRIPT:alert(1)'>x</a>", "<a>x</a>"),
        ("<a href='data:text/html,x'>x</a><a href=mailto:a@b.c>m</a>", '<a>x</a><a href="mailto:a@b.c">m</a>'),
        ("<blockquote cite=c>q</blockquote>", '<blockquote cite="https://example.com/dir/c">q</blockquote>'),
        (
            "<img src=i.png srcset='a.png 1x, b.png 2x' alt=A onerror=x>",
            '<img src="https://example.com/dir/i.png" srcset="https://example.com/dir/a.png 1x, '
            'https://example.com/dir/b.png 2x" alt="A">',
        ),
        ("<img src='data:image/gif;base64,R0' data-src=/real.jpg>", '<img src="https://example.com/real.jpg">'),
        ("<img alt='only words'>", '<img alt="only words">'),
        ("<iframe src=//v.example/1>fallback</iframe>", '<iframe src="https://v.example/1"></iframe>'),
        (
            "<video poster=p.png><source src=v.mp4><source src=v.webm>no video</video>",
            '<video poster="https://example.com/dir/p.png"><source src="https://example.com/dir/v.mp4">'
            '<source src="https://example.com/dir/v.webm">no video</video>',
        ),
        # White space
        ("<p> a \n\n b\t</p>\n\n<p>c</p>", "<p> a b </p>\n<p>c</p>"),
        ("<pre>\na\n  b\n\n</pre>", "<pre>a\n  b\n\n</pre>"),
        ("<pre>\n\na</pre>", "<pre>\n\na</pre>"),
        ("<pre>a<span> </span><i></i>b\r\nc</pre>", "<pre>a <wbr>b\nc</pre>".replace(" <wbr>", " ")),
        ("<p>a&nbsp;b</p>", "<p>a\xa0b</p>"),
        # Markup that is no markup
        ("<p>&lt;b&gt; 1 &amp;lt; 2</p>", "<p>&lt;b&gt; 1 &amp;lt; 2</p>"),
        ("<xmp><b>x</b></xmp>", "<pre>&lt;b&gt;x&lt;/b&gt;</pre>"),
        ("<textarea><b></textarea>", "<textarea>&lt;b&gt;</textarea>"),
        ("<object data=x><p>fallback</p></object>", "<span><p>fallback</p></span>"),
        # Broken markup
        ("<p>a<b>b<p>c", "<p>a<b>b</b></p><p>c</p>"),
        ('<p a"b="c>d">t</p>', "<p>t</p>"),
        ('<p class=c"" id=i>t</p>', '<p class="c&quot;&quot;" id="i">t</p>'),
        (
            '<p><a class="c"" href="/x" data-"y="1" title="T">t</a></p>',
            '<p><a class="c" href="https://example.com/x" title="T">t</a></p>',
        ),
        ("<p x<y=z id=i>t</p>u", '<p id="i">t</p>u'),
        ("<p><a<b>t</a<b>u <i id=i>v</i></p>w", '<p><a-b>t</a-b>u <i id="i">v</i></p>w'),
        # Comments
        ("<p>a<!--[if !IE]><!--><b>b</b><!-- <![endif]--> c<!-- <i>d</i> </p> -->e</p>", "<p>a<b>b</b> ce</p>"),
        ("<p>a<svg><!-- </svg> <svg> --><g>b</g></svg>c</p>", "<p>ac</p>"),
        ("<p>a</p><!-- unended <p>b</p>", "<p>a</p>"),
        ("<p>a<svg><a<b></svg>b<svg><svg/><g></svg></svg>c</p>", "<p>abc</p>"),
        # Hidden elements keep their words, and say that they are hidden
        ("<p style='x:y; DISPLAY : none'>h</p><p hidden>i</p>", '<p hidden="">h</p><p hidden="">i</p>'),
        # Formulas in scripts are content
        ("<p>a</p><script type='math/tex'>x<y</script>", '<p>a</p><code class="math-tex">x&lt;y</code>'),
    ],
)  # fmt: skip
def test_cleaned(html: str, cleaned: str | None) -> None:
    result = body(f"<body>{html}")
    assert cleaned is None or result == cleaned
    assert body(result) == result


def test_the_whole_page_is_a_document() -> None:
    html = "<html lang=de dir=ltr class=x><head><title>T</title></head><body id=b><p>a</p></body></html>"
    assert clean(html) == '<html lang="de" dir="ltr" class="x"><body id="b"><p>a</p></body></html>'


def test_data_attributes_on_request() -> None:
    assert body("<p data-x=1 data-y='&lt;'>a</p>", keep_data_attributes=True) == '<p data-x="1" data-y="&lt;">a</p>'
    image = body("<img src='data:x' data-src=/r.png>", keep_data_attributes=True)
    assert 'src="https://example.com/r.png"' in image
    assert 'data-src="/r.png"' in image


def test_base_href_counts() -> None:
    assert body("<base href=/b/><a href=x>x</a>") == '<a href="https://example.com/b/x">x</a>'


def test_noscript_is_content_where_the_page_has_no_other() -> None:
    content = "<p>" + "All the words of the article. " * 20 + "</p>"
    assert body(f"<div>menu</div><noscript>{content}</noscript>").count("article") == 20
    assert body(f"<div>{content}</div><noscript>{content}</noscript>").count("article") == 20
    assert body("<p>a</p><noscript>Please switch JavaScript on.</noscript>") == "<p>a</p>"


def test_the_page_of_the_response_is_left_alone() -> None:
    page = response("<p onclick=x>a<script>1</script><a href=/r>b</a></p>")
    before = page.selector.get()
    assert analyze(page, only_text=True, exclude_internal_links=True, word_count_threshold=5).cleaned_html == ""
    assert page.selector.get() == before


def test_strip_hidden() -> None:
    root = lxml.html.document_fromstring(
        "<p>a</p><p hidden>b</p><div style='display: none'>c<p hidden>d</p></div>e<dialog>f</dialog>"
        "<dialog open>g</dialog><p style='visibility:hidden'>h</p><p style='content: none'>i</p>"
    )
    strip_hidden(root)
    assert root.text_content().split() == ["a", "e", "g", "i"]


BIG = {
    "links": lambda n: "".join(f'<a href="/x{i}">w{i}</a> ' for i in range(n)),
    "rows": lambda n: "<table>" + "".join(f"<tr><td>a{i}<td>b{i}" for i in range(n)) + "</table>",
    "one paragraph": lambda n: "<p>" + "lorem ipsum " * n,
    "nested divs": lambda n: "<div>" * min(n, 2000) + "deep",
    "nested lists": lambda n: "<ul><li>a" * min(n, 1000),
    "nested quotes": lambda n: "<blockquote>q" * min(n, 2000),
    "nested tables": lambda n: "<table><tr><td>t" * min(n, 600),
    "empty elements": lambda n: "a<i></i>b <i></i>" * n,
    "comments": lambda n: "a<!-- x -->" * n,
    "broken tags": lambda n: "<a<b " * n,
    "noscripts": lambda n: ("<noscript><p>" + "word " * 100 + "</p></noscript>") * (n // 20),
    "spans": lambda n: "<table>" + "<tr><td colspan=1000 rowspan=1000>a" * (n // 100) + "</table>",
    "bold": lambda n: "<b>a</b>" * n,
    "backticks": lambda n: "<code>" + "`" * n + "</code>",
    "brackets": lambda n: "<p>" + "[" * n + "]" * n,
    "code lines": lambda n: "<p>" + "<code>a<br>b</code> " * n,
    "hidden spans": lambda n: "<p>" + "<span hidden>" * min(n, 2000) + "<b>a</b><div>b</div>",
    "drawn formulas": lambda n: "<span class=MathJax>x</span> <script type=math/tex>x</script>" * n,
    "slots": lambda n: "<x-a><template shadowrootmode=open>" + "<slot name=a></slot><slot></slot>" * n
    + "</template>" + "<b slot=a>a</b>b" * n + "</x-a>",
    "shadow roots": lambda n: "<x-a><template shadowrootmode=open><slot></slot>" * min(n, 900) + "<slot></slot>a" * n,
    "stars": lambda n: "<p>" + "*_" * n,
}  # fmt: skip


@pytest.mark.parametrize("name", BIG)
def test_huge_pages(name: str) -> None:
    analysis = analyze(response(BIG[name](20_000)), content_filter="pruning")
    cleaned = analysis.cleaned_html
    assert len(analysis.markdown.raw_markdown) < 40 * len(cleaned) + 1_000
    assert analysis.markdown.fit_markdown or not analysis.markdown.raw_markdown
    if name in ("links", "rows", "one paragraph", "nested divs"):
        assert len(words(cleaned)) == len(words(BIG[name](20_000)))


# Random trees, written as HTML that every parser reads as the same tree.

TEXT = st.text(alphabet="abc xyz&<>é\n\t漢", min_size=0, max_size=8)
INLINE = ["span", "b", "i", "em", "a", "code", "sub", "small"]
BLOCK = ["div", "section", "ul", "blockquote", "article", "h2", "td"]


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _element(children: st.SearchStrategy[str], tags: list[str]) -> st.SearchStrategy[str]:
    attributes = st.sampled_from(
        ["", " class=x", " hidden", " href=/a", " style='display:none'", " style='display:block'"]
    )
    return st.builds(
        lambda tag, attrs, inner: f"<{tag}{attrs}>{''.join(inner)}</{tag}>",
        st.sampled_from(tags),
        attributes,
        st.lists(children, max_size=4),
    )


LEAF = st.one_of(
    TEXT.map(_escape), st.sampled_from(["<br>", "<img src=/i.png alt=i>", "<script>s()</script>", "<!--c-->"])
)
LINE = st.recursive(LEAF, lambda children: _element(children, INLINE), max_leaves=8)
PAGE = st.recursive(
    st.one_of(LINE, st.lists(LINE, max_size=3).map(lambda parts: f"<p>{''.join(parts)}</p>")),
    lambda children: _element(children, BLOCK),
    max_leaves=12,
).map(lambda html: f"<html><body>{html}</body></html>")  # fmt: skip
SETTINGS = settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck), derandomize=True)


@SETTINGS
@given(PAGE)
def test_no_word_is_lost_and_cleaning_twice_changes_nothing(html: str) -> None:
    cleaned = clean(html)
    plain = re.sub(r"<script>s\(\)</script>|<!--c-->", "", html)
    assert words(cleaned) == words(plain)
    assert clean(cleaned) == cleaned


@SETTINGS
@given(PAGE, st.sampled_from(["span", "b", "a", "div", "section", "ul"]))
def test_removing_elements_keeps_all_other_words(html: str, tag: str) -> None:
    page = response(html)
    root = lxml.html.document_fromstring(page.body, parser=lxml.html.HTMLParser(encoding="utf-8"))
    for element in list(root.iter(tag, "script", lxml.etree.Comment)):
        if element.getparent() is not None:
            element.drop_tree()
    joined = "".join("".join(root.itertext()).split())
    cleaned = clean(html, excluded_tags=[tag])
    kept = "".join("".join(lxml.html.document_fromstring(cleaned).itertext()).split()) if cleaned else ""
    assert kept == joined
