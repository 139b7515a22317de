from __future__ import annotations

from typing import Any

import lxml.html
import pytest
from markdown_it import MarkdownIt
from scrapy.http import HtmlResponse

from scrapy_c4 import analyze
from scrapy_c4.extractors.markdown import Markdown

URL = "https://e.org/d/p"
RENDERER = MarkdownIt("js-default", {"html": True, "maxNesting": 200})


def markdown(html: str, **options: Any) -> Markdown:
    return analyze(HtmlResponse(URL, body=f"<body>{html}".encode(), encoding="utf-8"), **options).markdown


def raw(html: str) -> str:
    text = markdown(html).raw_markdown
    assert text.endswith("\n") or not text
    return text[:-1]


def rendered(html: str) -> lxml.html.HtmlElement:
    return lxml.html.fragment_fromstring(RENDERER.render(raw(html)), create_parent=True)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("<h1>A <b>b</b></h1><h3>C<br>d #</h3><h6></h6>", "# A **b**\n\n### C d \\#"),
        ("<p>a</p>b<div>c<p>d</p></div>", "a\n\nb\n\nc\n\nd"),
        ("<p>a<br>b<br><br>c</p>", "a  \nb\n\nc"),
        ("<p>x</p><hr><p>y</p>", "x\n\n---\n\ny"),
        # Emphasis stands close to its words
        ("a <b> b </b>c<i>d </i>e", "a **b** c*d* e"),
        ("<b><b>a</b></b> <i></i><strong>b</strong> <em>c</em> <del>d</del>", "**a** **b** *c* ~~d~~"),
        ("<b>a</b><b>b</b>", "**ab**"),
        ("<b>a<i>b</i></b>", "**a<em>b</em>**"),
        ("<b>x<div>a</div><div>b</div></b>", "**x**\n\n**a**\n\n**b**"),
        ("a<b>b.</b>c", "a<strong>b.</strong>c"),
        ("これは<b>「強調」</b>です", "これは<strong>「強調」</strong>です"),
        ("これは<b>強調</b>です", "これは**強調**です"),
        ("H<sub>2</sub>O, x<sup>2</sup>", "H<sub>2</sub>O, x<sup>2</sup>"),
        ("<p dir=rtl>שלום <b>עולם</b></p>", "שלום **עולם**"),
        # Code
        ("<code>a`b</code> <code>`</code> <kbd>c</kbd>", "`` a`b `` `` ` `` `c`"),
        ("<code>x <a href=/y>foo</a>.bar()</code>", "`x` [`foo`](https://e.org/y)`.bar()`"),
        ("<pre>a\n  b</pre>", "```\na\n  b\n```"),
        ("<pre><code class='language-py'>a</code></pre>", "```py\na\n```"),
        ("<div class='highlight-source-js'><pre>a</pre></div>", "```js\na\n```"),
        ("<div class='highlight-python notranslate'><div class=highlight><pre>a</pre></div></div>",
         "```python\na\n```"),
        ("<pre lang=x data-lang='c++'>a</pre>", "```c++\na\n```"),
        ("<pre>```\n~~~\n````</pre>", "`````\n```\n~~~\n````\n`````"),
        ("<pre>a<br>b<span>*</span></pre>", "```\na\nb*\n```"),
        ("<pre><div>a</div><div>b</div></pre>", "```\na\nb\n```"),
        ("<p>Run <code>a<br>b</code> now", "Run `a b` now"),
        ("<p>Run <code><div>a</div>\n<div>b</div></code> now", "Run `a b` now"),
        ("<h2><code>a<br>b</code></h2><p><b><code>a<br>b</code></b>", "## `a b`\n\n**`a b`**"),
        ("x<br> <kbd>a <br>&nbsp; b</kbd> <p>c</p>", "x\n\n```\na\n  b\n```\n\nc"),
        ("<code class=language-sh>\n<div>a</div>\n<div>b</div></code><br><code>c<br>d</code>e",
         "```sh\na\nb\n```\n\n`c d`e"),
        ("<code><pre>a\n  b</pre></code>", "```\na\n  b\n```"),
        ("x <code>a<br>b <a href=/y>l</a><br>c</code>", "x `a b` [`l`](https://e.org/y) `c`"),
        ("x <code><div>a <a href=/y>l</a></div>b</code>", "x\n\na [l](https://e.org/y)\n\nb"),
        ("<table><tr><th>A<th>B<tr><td><code>a<br>b</code><td>x <code>a<br>b</code></table>",
         "| A | B |\n| --- | --- |\n| `a`<br>`b` | x `a b` |"),
        # Links and pictures
        ("<a href=/x>a</a>", "[a](https://e.org/x)"),
        ("<a href='/x' title='T &quot;q&quot;'>a</a>", '[a](https://e.org/x "T \\"q\\"")'),
        ("<a href='/x' title='A'>a</a>", "[a](https://e.org/x)"),
        ("<a href=/a_(b)>[1]</a> <a href='/a)'>b</a>", "[\\[1\\]](https://e.org/a_(b)) [b](https://e.org/a\\))"),
        ("a<a href=/x> b </a>c", "a [b](https://e.org/x) c"),
        ("<a href=/x></a><a href=/y aria-label=Y><i></i></a>", "[](https://e.org/x)[Y](https://e.org/y)"),
        ("<a>no link</a> <a name=x>n</a>", "no link n"),
        ("no!<a href=/x>a</a>", "no\\![a](https://e.org/x)"),
        ("<img src=/i.png alt='a [b]' title=T>", '![a \\[b\\]](https://e.org/i.png "T")'),
        ("<a href=/x><img src=/i.png></a>", "[![](https://e.org/i.png)](https://e.org/x)"),
        ("<a href=/x><img src=/i.png><h2>H</h2><p>t</p></a>",
         "[![](https://e.org/i.png)](https://e.org/x)\n\n## [H](https://e.org/x)\n\nt"),
        ("<a href=/x>a<a href=/y>b</a></a>", "[a](https://e.org/x)[b](https://e.org/y)"),
        ("<video src=/v.mp4></video><iframe src=//y.org/1 title=Film></iframe>",
         "[v.mp4](https://e.org/v.mp4) [Film](https://y.org/1)"),
        ("<video controls><source src=/v.mp4>No <a href=/v>video</a></video>a<audio>No</audio>b<canvas>No</canvas>c",
         "[v.mp4](https://e.org/v.mp4) a b c"),
        # A pixel that counts readers
        ("<img src=/t.gif width=1 height=1><img src=/u.gif style='display:none'>a<img src=/i.png hidden alt=I>",
         "a ![I](https://e.org/i.png)"),
        # Hidden in a line, and lines of their own in one
        ("Price: <span style='display:none'>100</span><span>90</span> <b hidden>x</b>€", "Price: 90 €"),
        ("a<span hidden>b<img src=/i.png></span>c", "a b![](https://e.org/i.png) c"),
        ("a<span style='display:none'><p>tab</p></span><div hidden>b</div>c", "a\n\ntab\n\nb\n\nc"),
        (f"a<span hidden>{'long ' * 40}</span>c", f"a {'long ' * 40}c"),
        ("<a href=/x><span hidden>X</span></a> <a href=/y><span hidden>Y</span>y</a>",
         "[X](https://e.org/x) [y](https://e.org/y)"),
        ("<h2>a<span style='display:block'>b</span>c</h2>x<a href=/y style='display: flex'>l</a><b>m</b>",
         "## a b c\n\nx [l](https://e.org/y) **m**"),
        # Lists
        ("<ul><li>a<li>b</ul>", "- a\n- b"),
        ("<ul><li>a<ul><li>b<ol><li>c</ol></ul><li>d</ul>", "- a\n  - b\n    1. c\n- d"),
        ("<ol start=9><li>a<li>b<p>c</p></ol>", "9. a\n10. b\n\n    c"),
        ("<ol><li>a<li value=7>b<li>c</ol>", "1. a\n7. b\n8. c"),
        ("<ol reversed><li>a<li>b</ol>", "2. a\n1. b"),
        ("<ul><li><p>a<p>b<pre>c</pre></ul>", "- a\n\n  b\n\n  ```\n  c\n  ```"),
        ("<ul><li>a</ul><ul><li>b</ul><ol><li>c</ol><ol><li>d</ol>", "- a\n\n* b\n\n1. c\n\n1) d"),
        ("<ul><li></li><li>a</ul>", "- a"),
        ("<ul><li>a<ol start=3><li>b</ol></ul>", "- a\n\n  3. b"),
        ("<ul><li>a<ul></ul><blockquote>b</blockquote></ul>", "- a\n\n  > b"),
        ("<ul><li>a</li><ul><li>b</ul></ul>", "- a\n  - b"),
        ("<ul><li><input type=checkbox checked> a<li><input type=checkbox> b</ul>", "- [x] a\n- [ ] b"),
        ("<li>a</li>", "- a"),
        ("<blockquote><p>a<p>b<ul><li>c</ul></blockquote>d", "> a\n>\n> b\n>\n> - c\n\nd"),
        ("<dl><dt>T<dd>a<dd>b<dt>U<dd><ul><li>c</ul></dl>", "**T**\n: a\n: b\n\n**U**\n\n- c"),
        ("<details><summary>S</summary>a</details>", "**S**\n\na"),
        # Tables
        ("<table><tr><th>A<th>B<tr><td>1<td>2</table>", "| A | B |\n| --- | --- |\n| 1 | 2 |"),
        ("<table><tr><td>1<td>2<tr><td>3<td>4</table>", "|  |  |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |"),
        ("<table><caption>C</caption><thead><tr><td>A<td>B</thead><tr><td>a|b<td>c<br>d<p>e</table>",
         "C\n\n| A | B |\n| --- | --- |\n| a\\|b | c<br>d<br>e |"),
        ("<table><tr><th colspan=2>A<th>B<tr><td rowspan=2>1<td>2<td>3<tr><td>4<td>5</table>",
         "| A |  | B |\n| --- | --- | --- |\n| 1 | 2 | 3 |\n|  | 4 | 5 |"),
        ("<table><tr><th>A<th>B<tr><td><pre>x\n|y</pre><td><ul><li>a<li>b</ul></table>",
         "| A | B |\n| --- | --- |\n| `x`<br>`\\|y` | - a<br>- b |"),
        ("<table><tr><td><h2>L</h2>a<td>b<tr><td>c<td>d</table>", "## L\n\na\n\nb\n\nc\n\nd"),
        ("<table><thead><tr><th></th><th><h3>A</h3></th></tr></thead><tr><td>a<hr>b<td><h4>c</h4>d<tr><td>e"
         "<td><blockquote>f</blockquote></table>", "|  | A |\n| --- | --- |\n| a<br>b | **c**<br>d |\n| e | f |"),
        ("<table><tr><th>A<th>B<tr><td><h2>a</h2>b<h2>c</h2><td>d</table>", "A\n\nB\n\n## a\n\nb\n\n## c\n\nd"),
        (f"<table><tr><th>A<th>B<tr><td>a<td><h2>b</h2>{'c' * 1000}</table>", f"A\n\nB\n\na\n\n## b\n\n{'c' * 1000}"),
        ("<table><tr><th><h2>a</h2><tr><th>b</table>", "## a\n\nb"),
        ("<table><tr><td rowspan=0>1<td>2<tr><td>3<tbody><tr><td rowspan=9>4<td>5<tbody><tr><td>6<td>7</table>",
         "|  |  |\n| --- | --- |\n| 1 | 2 |\n|  | 3 |\n| 4 | 5 |\n| 6 | 7 |"),
        ("<table role=presentation><tr><td>a<td>b<tr><td>c<td>d</table>", "a\n\nb\n\nc\n\nd"),
        ("<table><tr><td><table><tr><th>A<th>B<tr><td>1<td>2</table></table>", "| A | B |\n| --- | --- |\n| 1 | 2 |"),
        ("<table><tr><th>A<th>B<tr><td>1<td><a href='/x?y|z'>l</a></table>",
         "| A | B |\n| --- | --- |\n| 1 | [l](https://e.org/x?y\\|z) |"),
        # Formulas
        ('<math><semantics><mi>E</mi><annotation encoding="application/x-tex">E=mc^2</annotation></semantics></math>',
         "$E=mc^2$"),
        ('<math display=block><mi>a</mi><annotation encoding="application/x-tex">a_1</annotation></math>',
         "$$\na_1\n$$"),
        ("<math><mi>a</mi><mo>=</mo><mn>1</mn></math>", "a = 1"),
        ("<math alttext='x^{2}'><mi>x</mi></math> <math alttext='x squared'><msup><mi>x</mi><mn>2</mn></msup></math>",
         "$x^{2}$ x^2"),
        ("<math><mfrac><mn>1</mn><mrow><mn>2</mn><mo>\u2062</mo><mi>x</mi></mrow></mfrac><annotation>q</annotation></math>",
         "1/(2 x)"),
        ("<math><msqrt><mn>2</mn></msqrt><msub><mi>x</mi><mi>i</mi></msub><msubsup><mi>y</mi><mi>i</mi><mn>2</mn></msubsup>"
         "<mroot><mn>8</mn><mn>3</mn></mroot></math>", "√(2) x_i y_i^2 √[3\\](8)"),
        (f"<math>{'<mrow>' * 90}<mi>x</mi><mn>1</mn>{'</mrow>' * 90}</math>", "x 1"),
        ("<p>a <mjx-container><mjx-math><mjx-mi></mjx-mi></mjx-math><mjx-assistive-mml><math><mi>x</mi></math>"
         "</mjx-assistive-mml></mjx-container> b", "a x b"),
        # The rest
        ("<q>a</q> <ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>", "“a” 漢(kan)"),
        ("<select><option>S<option>M</select><button>Go</button>on", "S, M Go on"),
        # What would be read as markup
        ("<p>1. a<p>2) b<p>- c<p>+ d<p># e<p>&gt; f<p>---<p>===",
         "1\\. a\n\n2\\) b\n\n\\- c\n\n\\+ d\n\n\\# e\n\n\\> f\n\n\\---\n\n\\==="),
        ("a*b* _c_ snake_case 2 * 3 `x` ~~y~~", "a\\*b\\* \\_c\\_ snake_case 2 * 3 \\`x\\` \\~\\~y\\~\\~"),
        ("[a](b) [c]: d &lt;div&gt; 1 &lt; 2 &amp;lt; &amp; \\* C:\\dir",
         "[a\\](b) [c\\]: d \\<div> 1 < 2 \\&lt; & \\\\\\* C:\\dir"),
        ("a<br>- b<br>1. c", "a  \n\\- b  \n1\\. c"),
        ("x\ufdd0y\ufdd20\ufdd4", "xy0"),
    ],
)  # fmt: skip
def test_raw_markdown(html: str, text: str) -> None:
    assert raw(html) == text


@pytest.mark.parametrize(
    ("html", "language"),
    [
        ("<div class='highlight highlight-source-shell notranslate'><pre>a</pre></div>", "shell"),
        ("<div class='highlight highlight-text-html-basic'><pre>a</pre></div>", "html"),
        ("<div class='highlight highlight-text-html-php'><pre>a</pre></div>", "php"),
        ("<div class=highlight-text><div class=highlight><pre>a</pre></div></div>", ""),
        ("<pre class='code highlight js-syntax-highlight language-ruby'><code>a</code></pre>", "ruby"),
        ("<div class='highlight language-python'><pre>a</pre></div>", "python"),
        ("<div class='highlight copyable'><pre class='highlight line-numbers'>a</pre></div>", ""),
        ("<pre class='highlight python tab-python'>a</pre>", "python"),
        ("<pre><code class='hljs python'>a</code></pre>", "python"),
        ("<pre><code class='C++ hljs'>a</code></pre>", "C++"),
        ("<pre><code class='hljs copyable'>a</code></pre>", ""),
        ("<pre><code class=php>a</code></pre>", "php"),
        ("<pre class=c>a</pre>", ""),
        ("<div class=php><pre>a</pre></div>", ""),
        ("<pre class='sourceCode numberSource r'>a</pre>", "r"),
        ("<pre class='brush: js; toolbar: false'>a</pre>", "js"),
        ("<pre data-lang=x class=language-y>a</pre>", "y"),
        ("<figure class='highlight python'><table><tr><td><pre>a</pre></table></figure>", "python"),
        ("<pre class='lang-none' data-lang=x>a</pre>", "x"),
        ("<div class='language-plaintext highlighter-rouge'><pre class=highlight>a</pre></div>", ""),
    ],
)
def test_language_of_code(html: str, language: str) -> None:
    assert raw(html) == f"```{language}\na\n```"


@pytest.mark.parametrize(
    ("html", "selector", "texts"),
    [
        ("<p>a <b>b</b>c <b>d.</b>e 「<b>「f」</b>は」</p>", "strong", ["b", "d.", "「f」"]),
        ("<p><b>a<i>b</i></b><i>c <b>d</b></i></p>", "em", ["b", "c d"]),
        ("<p><b>a*</b> <b>*b</b><b>_c_</b></p>", "strong", ["a*", "*b_c_"]),
        ("<p><code>`a`</code><code>b</code> <code>c``d</code></p>", "code", ["`a`", "b", "c``d"]),
        ("<ul><li>a<ul><li>b</ul><ol start=4><li>c</ol><li>d</ul><ol><li>e</ol>", "li", ["a\n\nb\n\n\nc", "b", "c",
         "d", "e"]),
        ("<table><tr><th>A<th>B<tr><td>1|2\\<td><code>a|b</code></table>", "td", ["1|2\\", "a|b"]),
        ("<blockquote>a<blockquote>b</blockquote></blockquote><blockquote>c</blockquote>",
         "body > blockquote, div > blockquote", None),
        ("<p>*a* [x](y) &amp;amp; &lt;i&gt; `c` # ~~d~~ https://x.org/a_b_c</p>", "p",
         ["*a* [x](y) &amp; <i> `c` # ~~d~~ https://x.org/a_b_c"]),
        ("<p>#1</p><p>1986. A year</p><p>-5</p><p>+ x</p><p>| a | b<br>|---|---|</p>", "p",
         ["#1", "1986. A year", "-5", "+ x", "| a | b\n|---|---|"]),
        ("<pre>*a* &lt;b&gt;\n\n    ```c</pre>", "pre", ["*a* <b>\n\n    ```c\n"]),
        ("<h2>a ##</h2><h2>1. b</h2>", "h2", ["a ##", "1. b"]),
    ],
)  # fmt: skip
def test_rendered(html: str, selector: str, texts: list[str] | None) -> None:
    found = [element.text_content().strip("\n") for element in rendered(html).cssselect(selector)]
    if texts is None:
        assert len(found) == 2
    else:
        assert [text.strip("\n") for text in texts] == found


@pytest.mark.parametrize(
    "url",
    ["https://x.org/a(b", "https://x.org/a)b(c", "https://x.org/(a)", "https://x.org/?a=b&copy;=c&amp;d", "https://x.org/?a|b",
     "https://x.org/a_b_*c*", "https://x.org/?q=%5Ba%5D", "mailto:a@b.c?subject=x%20y", "https://x.org/?a\\*b"],
)  # fmt: skip
def test_link_targets_come_back(url: str) -> None:
    html = f'<a href="{url.replace("&", "&amp;")}" title="t \\ &quot;q&quot; &amp;lt; | &lt;">x</a>'
    link = rendered(f"<p>{html}</p><table><tr><th>a<th>b<tr><td>{html}<td>c</table>").cssselect("a")
    assert [a.get("title") for a in link] == ['t \\ "q" &lt; | <'] * 2
    assert [a.get("href").replace("%7C", "|").replace("%5C", "\\") for a in link] == [url] * 2


def test_citations() -> None:
    page = markdown(
        "<p><a href=/a>x</a> and <a href=/a title=T>y [z]</a>, <a href=/b><b>bold</b></a>; <img src=/i.png alt=I></p>"
        "<pre>[a](b)</pre><p><code>[c](d)</code> [e](f) <a href=/b></a></p>"
    )
    assert page.markdown_with_citations == (
        "x⟨1⟩ and y \\[z\\]⟨1⟩, **bold**⟨2⟩; ![I⟨3⟩]\n\n```\n[a](b)\n```\n\n`[c](d)` [e\\](f) ⟨2⟩\n"
    )
    assert page.references_markdown == (
        "\n\n## References\n\n"
        "⟨1⟩ https://e.org/a: x - T - y [z]\n"
        "⟨2⟩ https://e.org/b: bold\n"
        "⟨3⟩ https://e.org/i.png: I\n"
    )
    assert str(page) == page.raw_markdown


def test_no_links_no_references() -> None:
    page = markdown("<p>a</p>")
    assert (page.markdown_with_citations, page.references_markdown) == ("a\n", "")
    assert (page.fit_markdown, page.fit_html) == (None, None)


def test_a_formula_is_written_once() -> None:
    math = '<math><mi>x</mi><annotation encoding="application/x-tex">x_1</annotation></math>'
    shown = "<span class=katex-html aria-hidden=true><span>x</span><span>1</span></span>"
    katex = f"<span class=katex><span class=katex-mathml>{math}</span>{shown}</span>"
    assert raw(f"<p>where {katex} is</p>") == "where $x_1$ is"


@pytest.mark.parametrize(
    ("drawn", "kind", "written"),
    [
        ("<span class=MathJax_SVG><svg></svg><span class=MJX_Assistive_MathML><math>x</math></span></span>", "",
         "a $x_1$ b"),
        ("<span class=MathJax_Preview>x1</span><span class='mjx-chtml MathJax_CHTML'><span>x</span></span> ", "",
         "a $x_1$ b"),
        ("<div class=MathJax_Display><span class=MathJax>x1</span></div>", "; mode=display", "a\n\n$$\nx_1\n$$\n\nb"),
        ("<span class=MathJax-like>x1</span> ", "", "a x1 $x_1$ b"),
    ],
)  # fmt: skip
def test_a_formula_that_mathjax_has_drawn_is_written_once(drawn: str, kind: str, written: str) -> None:
    script = f"<script type='math/tex{kind}'>x_1</script>"
    assert raw(f"<div>a {drawn}{script} b</div>") == written
    assert raw(f"<div>a {script} b</div>") == written.replace("x1 $", "$")
