from __future__ import annotations

import logging
from typing import Any

import pytest
from scrapy.http import HtmlResponse

from scrapy_c4 import analyze
from scrapy_c4.analysis import PageAnalysis

URL = "https://shop.example.com/dir/page"


def analysis(html: str, **options: Any) -> PageAnalysis:
    return analyze(HtmlResponse(URL, body=html.encode(), encoding="utf-8"), **options)


def body(html: str, **options: Any) -> str:
    """The cleaned HTML inside the body; the markdown is made too, to see that it takes the same content."""
    page = analysis(html, **options)
    assert bool(page.markdown.raw_markdown) == bool(page.cleaned_html)
    return page.cleaned_html.removeprefix("<html><body>").removesuffix("</body></html>")


PAGE = """<body><header><nav><a href=/>Home</a></nav></header>
<main><h1>Title</h1><p class=a>one <b>two</b></p><div class=b>three<p class=a>four</p></div></main>
<form><label>Name</label><input name=n></form>tail<footer>foot</footer></body>"""


@pytest.mark.parametrize(
    ("options", "cleaned"),
    [
        ({"css_selector": "h1"}, "<h1>Title</h1>"),
        ({"css_selector": ".a, h1"}, '<h1>Title</h1>\n<p class="a">one <b>two</b></p>\n<p class="a">four</p>'),
        ({"css_selector": ".b", "excluded_selector": ".b .a"}, '<div class="b">three </div>'),
        ({"target_elements": [".b", "h1"]}, '<h1>Title</h1>\n<div class="b">three<p class="a">four</p></div>'),
        # Document order, nothing twice
        ({"target_elements": [".a", ".b", "p"]},
         '<p class="a">one <b>two</b></p>\n<div class="b">three<p class="a">four</p></div>'),
        ({"target_elements": [":is(h1, footer)"]}, "<h1>Title</h1>\n<footer>foot</footer>"),
        ({"css_selector": "main", "target_elements": ["footer, h1"]}, "<h1>Title</h1>"),
        ({"target_elements": ["main"], "excluded_tags": ["h1", "p"]}, '<main> <div class="b">three </div></main>'),
        ({"css_selector": "form", "remove_forms": True}, ""),
        ({"css_selector": "main p b", "only_text": True}, "two"),
    ],
)  # fmt: skip
def test_selection(options: dict[str, Any], cleaned: str) -> None:
    assert body(PAGE, **options) == cleaned


def test_links_come_from_the_whole_page_with_target_elements() -> None:
    assert [link.text for link in analysis(PAGE, target_elements=["h1"]).links] == ["Home"]


TABLE = """<p class=c>p</p><table id=t><thead><tr><th>A<th>B</thead><tbody><tr class=r><td class=c>1<td>2</tr>
<tr class=r><td class=c>3<td>4</tbody></table><table id=u><tr class=r><td>5<td>6</table>"""


@pytest.mark.parametrize("option", ["css_selector", "target_elements"])
@pytest.mark.parametrize(
    ("selector", "markdown"),
    [
        ("#t .r", "|  |  |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |\n"),
        ("tbody", "|  |  |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |\n"),
        ("#t th, .r", "| A | B |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |\n\n5\n\n6\n"),
        ("th, .c", "p\n\n| A | B |\n| --- | --- |\n| 1 |\n| 3 |\n"),
        (".c", "p\n\n1\n\n3\n"),
    ],
)
def test_parts_of_tables_make_tables(option: str, selector: str, markdown: str) -> None:
    page = analysis(TABLE, **{option: selector if option == "css_selector" else [selector]})
    assert page.markdown.raw_markdown == markdown
    assert page.cleaned_html.count("<table") == len(set("AB1356") & set(markdown) and set("15") & set(markdown))
    assert analysis(TABLE, css_selector="tbody").tables[0].rows == [["1", "2"], ["3", "4"]]


@pytest.mark.parametrize("option", [{"css_selector": ".none"}, {"target_elements": [".none", "#none"]}])
def test_a_selector_that_matches_nothing(option: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        page = analysis(PAGE, **option, content_filter="pruning")
        assert page.cleaned_html == ""
        markdown = page.markdown
    assert (markdown.raw_markdown, markdown.markdown_with_citations, markdown.references_markdown) == ("", "", "")
    assert (markdown.fit_markdown, markdown.fit_html) == ("", "")
    assert [URL in record.getMessage() for record in caplog.records] == [True]


OUT = "https://other.org/x"


@pytest.mark.parametrize(
    ("html", "options", "cleaned"),
    [
        # The text of a link stays
        (f"<p>a <a href={OUT}>b <i>c</i></a> d</p>", {"exclude_external_links": True}, "<p>a b <i>c</i> d</p>"),
        ("<p>a <a href=/x>b</a> d</p>", {"exclude_internal_links": True}, "<p>a b d</p>"),
        ("<p>a <a href=//www.example.com/x>b</a></p>", {"exclude_internal_links": True}, "<p>a b</p>"),
        ("<p><a href=mailto:a@other.org>b</a></p>", {"exclude_external_links": True},
         '<p><a href="mailto:a@other.org">b</a></p>'),
        ("<p><a href=https://m.facebook.com/x>b</a> c</p>", {"exclude_social_media_links": True}, "<p>b c</p>"),
        (f"<p>x<a href={OUT}><img src=/i.png></a>y</p>", {"exclude_domains": ["other.org"]},
         '<p>x<img src="https://shop.example.com/i.png">y</p>'),
        (f"<p>a <img src={OUT}.png alt=A> b</p>", {"exclude_domains": ["other.org"]}, "<p>a b</p>"),
        # A picture goes, the words around it stay
        (f"<p>a<img src={OUT}.png>b</p>", {"exclude_external_images": True}, "<p>a<wbr>b</p>"),
        (f"<p>a <picture><source srcset='{OUT} 2x'><img src=/i.png></picture></p>", {"exclude_external_images": True},
         '<p>a <picture><img src="https://shop.example.com/i.png"></picture></p>'),
        (f"<img src=/i.png srcset='/j.png 1x, {OUT} 2x'>", {"exclude_external_images": True},
         '<img src="https://shop.example.com/i.png" srcset="https://shop.example.com/j.png 1x">'),
        ("<p>a <picture><source srcset=x><img src=/i.png></picture> b</p>", {"exclude_all_images": True}, "<p>a b</p>"),
        # The text for a picture that is all there is in a link
        ("<a href=/p><i> <img src=/i.png alt='A\nb'></i></a>", {"exclude_all_images": True},
         '<a href="https://shop.example.com/p">A b</a>'),
        ("<a href=/p><picture><source srcset=x><img src=/i.png alt=A></picture></a>", {"exclude_all_images": True},
         '<a href="https://shop.example.com/p">A</a>'),
        ("<a href=/p><img src=/i.png alt=A>b</a>", {"exclude_all_images": True},
         '<a href="https://shop.example.com/p">b</a>'),
        ("a<a href=/p><img src=/i.png></a>b", {"exclude_all_images": True}, "a<wbr>b"),
        (f"<a href=/p title=T><img src={OUT}.png></a>", {"exclude_external_images": True},
         '<a href="https://shop.example.com/p" title="T"></a>'),
        ("<p>a <img src='data:x' data-src=/i.png> b</p>", {"exclude_external_images": True},
         '<p>a <img src="https://shop.example.com/i.png"> b</p>'),
        # Tags and selectors
        ("<p>a <b>b</b> c</p>", {"excluded_tags": ["b"]}, "<p>a c</p>"),
        ("<div>a<p class=x>b</p>c</div>", {"excluded_selector": ".x"}, "<div>a c</div>"),
        ("a<form><p>f</p></form>b", {"remove_forms": True}, "a b"),
    ],
)  # fmt: skip
def test_exclusion(html: str, options: dict[str, Any], cleaned: str) -> None:
    assert body(f"<body>{html}", **options) == cleaned
    # The same inside selected content.
    assert body(f"<body><main>{html}</main>", **options, css_selector="main") == f"<main>{cleaned}</main>"
    assert body(f"<body><main>{html}</main>", **options, target_elements=["main"]) == f"<main>{cleaned}</main>"


@pytest.mark.parametrize(
    ("html", "cleaned"),
    [
        ("<p>one two</p><p>one two three</p>", "<p>one two three</p>"),
        ("<h2>short</h2><pre>x</pre><table><tr><td>1</td></tr></table>", None),
        ("<p>a <b>b</b> c</p><p>a <b>b</b></p>", "<p>a <b>b</b> c</p>"),
        # A text beside blocks is a block
        ("<div>one<p>one two three</p>two</div>", "<div> <p>one two three</p> </div>"),
        ("<ul><li>one<li>one two three</ul>", "<ul><li>one two three</li></ul>"),
        ("<p>run <code>x</code></p>", None),
        ("<dl><dt>term</dt><dd>one two three</dd></dl>", None),
        # A definition stays as its term does
        ("<dl><dt>term</dt><dd>one</dd><dt>term</dt><dd><b>one</b> two</dd></dl>", None),
        ("<dl><dt>term</dt><dd><p>one two</p><p>three</p></dd><dd><ul><li>one</ul></dd></dl>", None),
        ("<dl><div><dt>term</dt><dd>one <img src=i.png></dd></div></dl>", None),
        ("<dl><dt>term</dt><dd><p>one</p><p>one two three</p></dd></dl>",
         "<dl><dt>term</dt><dd><p>one two three</p></dd></dl>"),
        ("<dl><dt>term</dt><dd><dl><dt>term</dt><dd>one</dd></dl></dd></dl><p>one</p>",
         "<dl><dt>term</dt><dd><dl><dt>term</dt><dd>one</dd></dl></dd></dl>"),
        ("<p><a href=/x><img src=/i.png></a> short</p>",
         '<p> <a href="https://shop.example.com/x"><img src="https://shop.example.com/i.png"></a></p>'),
        ("<p><img src=/i.png></p>", '<p><img src="https://shop.example.com/i.png"></p>'),
        ("<span>one<div>one two three</div></span>", "<span> <div>one two three</div></span>"),
        ("<p>四つの言葉である</p><p>言葉</p>", "<p>四つの言葉である</p>"),
    ],
)  # fmt: skip
def test_word_count_threshold(html: str, cleaned: str | None) -> None:
    expected = body(f"<body>{html}") if cleaned is None else cleaned
    assert body(f"<body>{html}", word_count_threshold=3) == expected


def test_only_text() -> None:
    html = (
        "<body><h1>T</h1><p>a <a href=/x><b>b</b></a><i>c</i> <img src=/i.png alt=I> H<sub>2</sub>O<br>d</p>"
        "<ul><li><span>e</span></ul><pre>f  <b>g</b></pre><video src=v>no</video><table><tr><td>h</table>"
    )
    assert body(html, only_text=True) == (
        "<h1>T</h1><p>a bc H2O<br>d</p><ul><li>e</li></ul><pre>f  g</pre><table><tr><td>h</td></tr></table>"
    )
    assert analysis(html, only_text=True).markdown.raw_markdown.startswith("# T\n\na bc H2O  \nd\n\n- e\n")
