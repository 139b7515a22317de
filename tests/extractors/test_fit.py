"""What ``fit_markdown`` must not lose on pages that are built in other ways than an article is."""

from __future__ import annotations

from typing import Any

import pytest
from scrapy.http import HtmlResponse

from scrapy_c4 import analyze

SENTENCE = "The council has decided on this, after a long debate, and the mayor is happy with what came out of it. "


def fit(html: str, content_filter: Any = "pruning", **options: Any) -> str:
    response = HtmlResponse("https://example.com/docs/page", body=html.encode(), encoding="utf-8")
    text = analyze(response, content_filter=content_filter, **options).markdown.fit_markdown
    assert text is not None
    return text


def repeated(block: str, times: int) -> str:
    return "".join(block.replace("@N", f"number {n}").replace("@S", SENTENCE) for n in range(times))


@pytest.mark.parametrize("name", ["article", "pruning"])
@pytest.mark.parametrize(
    ("block", "times"),
    [
        ("<article class=teaser><h2><a href=/n>Headline @N</a></h2><p>@S</p></article>", 6),
        ("<div class=col><div class='teaser card'><h2>@N</h2><p>@S</p></div></div>", 9),
        ("<div class=menu-item><h3>Pizza @N</h3><p>Tomato, mozzarella, basil, olives and garlic.</p></div>", 6),
        ("<div class='member-bio bio'><h3>Jim @N</h3><p>@S</p></div>", 8),
        ("<div class=subscription-plan><h3>Plan @N</h3><p>@S</p></div>", 3),
        ("<div class='promo promoted'><h3>Story @N</h3><p>@S</p></div>", 12),
        ("<section class=cookie-section><h2>Cookies @N</h2><p>@S</p></section>", 5),
        ("<li class='comment review'><b>@N</b><p>@S</p></li>", 6),
        ("<div class='thing comment'><a href=/u>User @N</a><form class=usertext><p>@S</p></form></div>", 8),
        ("<div class='post comment'><b>@N</b><p>@S</p></div>", 4),
        ("<div role=tabpanel hidden><h2>Tab @N</h2><p>@S</p></div>", 5),
        ("<fieldset><legend>Question @N</legend><p>@S</p></fieldset>", 5),
    ],
)
@pytest.mark.parametrize("lead", ["", "<p>All there is to see here, in one sentence.</p>"])
def test_a_page_of_blocks_with_names_of_clutter(block: str, times: int, lead: str, name: str) -> None:
    html = f"<header><a href=/>Home</a></header><main><h1>Title</h1>{lead}{repeated(block, times)}</main>"
    text = fit(f"{html}<footer><p>{SENTENCE}</p></footer>", name)
    assert "# Title" in text
    for n in range(times):
        assert f"number {n}" in text
    assert text.count("happy") + text.count("mozzarella") == times


@pytest.mark.parametrize(
    "clutter",
    [
        "<section id=comments>" + repeated("<div class=comment><p>@S</p></div>", 40) + "</section>",
        repeated("<div class=comment><p>@S</p></div>", 40),
        repeated("<div class=promo><h3>@N</h3><p>@S</p></div>", 9),
        repeated("<article class=teaser><h3><a href=/t>@N</a></h3><p>@S</p></article>", 6),
        repeated("<div class=cookie-group><h3>@N</h3><p>@S</p></div>", 20),
    ],
)
def test_an_article_among_blocks_with_names_of_clutter(clutter: str) -> None:
    text = fit(f"<main><article><h1>Title</h1><p>Text: {SENTENCE * 4}</p></article>{clutter}</main>")
    assert text == f"# Title\n\nText: {SENTENCE * 4}".strip() + "\n"


TEXT = "A sentence of some length, which tells what the section is about, and a bit more than that. "
DATA = "<table><tr><th>Name<th>Value<tr><td>a<td>1</table>"


def inside(content: str, **options: Any) -> str:
    """What stays of ``content`` in an article."""
    text = fit(f"<article><h1>Title</h1><p>{TEXT * 3}</p>{content}</article>", **options)
    start, end = f"# Title\n\n{TEXT * 3}".strip(), "\n"
    assert text.startswith(start)
    return text[len(start) :].removesuffix(end).strip()


@pytest.mark.parametrize(
    ("content", "kept"),
    [
        # Sections of the content with a title that mostly leads to other things.
        ("<h2>Comments</h2><p>Start with a hash.</p><pre># x</pre><h2>Variables</h2><p>Short.</p>",
         "## Comments\n\nStart with a hash.\n\n```\n# x\n```\n\n## Variables\n\nShort."),
        ("<h2>Comments</h2><p>A hash sign starts a comment.</p><h2>Variables</h2><p>Short.</p>",
         "## Comments\n\nA hash sign starts a comment.\n\n## Variables\n\nShort."),
        ("<h2>Subscribe to events</h2><p>Call on().</p><pre>on('x')</pre>",
         "## Subscribe to events\n\nCall on().\n\n```\non('x')\n```"),
        ("<h2>Subscribe to events</h2><p>Call on().</p>", "## Subscribe to events\n\nCall on()."),
        (f"<h2>Share this object</h2>{DATA}",
         "## Share this object\n\n| Name | Value |\n| --- | --- |\n| a | 1 |"),
        (f"<h2>Read more</h2><div class=wrap><div>{DATA}</div></div>",
         "## Read more\n\n| Name | Value |\n| --- | --- |\n| a | 1 |"),
        ("<h2>Most popular words</h2><figure><img src=a.png><figcaption>Words</figcaption></figure>",
         "## Most popular words\n\n![](https://example.com/docs/a.png)\n\nWords"),
        # Behind such a title, what is always kept.
        ("<h2>See also</h2><ul><li><a href=/a>Another</a></ul><pre># x</pre><p>Short.</p>", "```\n# x\n```\n\nShort."),
        ("<h2>Related</h2><p><a href=/a>Another</a></p><table><tr><th>A<th>B<tr><td><a href=/b>Bee</a><td>1</table>",
         "| A | B |\n| --- | --- |\n| [Bee](https://example.com/b) | 1 |"),
        ("<div><h2>See also</h2></div><p><a href=/a>Another</a></p><div><h2>Next</h2></div><p>Short.</p>",
         "## Next\n\nShort."),
        # Lines that are no titles say nothing about texts.
        ("<p>Read more</p><p>Short.</p>", "Short."),
        ("<p>Read more</p><p><a href=/a>Another</a></p><p>Short.</p>", "Short."),
        ("<ul><li>Posts<li>Comments<li>Likes</ul>", "- Posts\n- Comments\n- Likes"),
        ("<dl><dt>Comments<dd>Twelve of them</dl>", "**Comments**\n: Twelve of them"),
        ("<details><summary>Read more</summary><p>Short.</p></details>", "**Read more**\n\nShort."),
        ("<pre>Share this</pre><p>Short.</p>", "```\nShare this\n```\n\nShort."),
        ("<p><code>subscribe</code></p><p>Short.</p>", "`subscribe`\n\nShort."),
        ("<div class=code><pre>Source: x</pre></div>", "```\nSource: x\n```"),
        # What does lead to other things.
        ("<h2>Comments</h2><p>Nobody has said anything, so far.</p>", ""),
        ("<h2>Comments</h2><p>Nobody has said anything, so far.</p><h2>Related</h2><p><a href=/a>Another</a></p>", ""),
        ("<h3>Newsletter</h3><p>The best of the week, for free.</p><form><input></form><h3>Next</h3><p>Short.</p>",
         "### Next\n\nShort."),
        ("<h2>Related</h2><div><a href=/a><figure><img src=a.png></figure></a><p><a href=/a>Another</a></p></div>", ""),
        ("<h2>Subscribe to our newsletter</h2><p>The best of the week.</p>", ""),
        ("<h2>Subscribe to the daily news</h2><p>The best of the week.</p>", ""),
        ("<h2>Share this post on</h2><ul><li><a href=/f>Facebook</a></ul>", ""),
    ],
)  # fmt: skip
def test_titles_that_lead_to_other_things(content: str, kept: str) -> None:
    assert inside(content) == kept


PICTURE = "![Bridge](https://example.com/docs/a.jpg)"


@pytest.mark.parametrize(
    ("content", "kept"),
    [
        ("<div class=wp-caption><img src=a.jpg alt=Bridge><p class=wp-caption-text>Photo: Jim Doe</p></div>",
         f"{PICTURE}\n\nPhoto: Jim Doe"),
        ("<div class=wp-caption><a href=/b><img src=a.jpg alt=Bridge></a><p>Foto: dpa</p></div>",
         f"[{PICTURE}](https://example.com/b)\n\nFoto: dpa"),
        ("<div><div><img src=a.jpg alt=Bridge></div><div>© Bild: dpa</div></div>", f"{PICTURE}\n\n© Bild: dpa"),
        ("<p><img src=a.jpg alt=Bridge> Source: Jim</p>", f"{PICTURE} Source: Jim"),
        ("<figure><img src=a.jpg alt=Bridge><figcaption>Photo: Jim</figcaption></figure>", f"{PICTURE}\n\nPhoto: Jim"),
        # Without a picture, and what is none of the content.
        ("<p>Photo: Jim Doe</p>", ""),
        ("<div><img src=a.jpg alt=Bridge><p>Advertisement</p></div>", ""),
        ("<div><img src=a.jpg alt=Tag> Tags: bridge, river</div>", ""),
    ],
)  # fmt: skip
def test_pictures_with_nothing_but_a_credit(content: str, kept: str) -> None:
    assert inside(content) == kept


HIDDEN = "<div hidden>Two days, or three when there is snow.</div>"
ANSWER = "Two days, or three when there is snow."


@pytest.mark.parametrize(
    ("content", "kept"),
    [
        ("<div class=accordion-item><h2 class=accordion-header><button class=accordion-button>How long?</button></h2>"
         "<div class='accordion-collapse collapse'><div class=accordion-body>Two days.</div></div></div>",
         "## How long?\n\nTwo days."),
        ("<h3><span><button><span>How <b>long</b></span><svg></svg></button></span> </h3><p>Two days.</p>",
         "### How **long**\n\nTwo days."),
        (f"<div><h3><button>How long</button></h3>{HIDDEN}</div>", f"### How long\n\n{ANSWER}"),
        (f"<div><div><h3><button>How long</button></h3></div>{HIDDEN}</div>", f"### How long\n\n{ANSWER}"),
        ("<div><h3><button>How long</button></h3><div hidden></div></div>" * 2, "### How long\n\n### How long"),
        ("<div role=heading aria-level=3><button>How long</button></div><p>Two days.</p>", "How long\n\nTwo days."),
        ("<button><h3>How long</h3></button><p>Two days.</p>", "### How long\n\nTwo days."),
        ("<dl><dt><button>Weight</button></dt><dd>2 kg</dd></dl>", "**Weight**\n: 2 kg"),
        ("<details><summary><label>How long</label></summary>Two days.</details>", "**How long**\n\nTwo days."),
        # Buttons that are questions for themselves.
        ("<button class=accordion>How long</button><div class=panel>Two days.</div>", "How long\n\nTwo days."),
        (f"<div><div><button>How long is it?</button></div>{HIDDEN}</div>", f"How long is it?\n\n{ANSWER}"),
        ("<button class=accordion>Menu</button><ul><li><a href=/a>Home</a></ul>", ""),
        ("<button>Where are you?</button><nav><a href=/a>Home</a></nav>", ""),
        (f"<button>Show</button>{HIDDEN}", ""),
        # Cells of data tables.
        ("<table><tr><th><button>Name</button><th>Price<tr><td><label>A</label><td>2 <button>Buy</button></table>",
         "| Name | Price |\n| --- | --- |\n| A | 2 |"),
        ("<table><tr><td><h2>Layout</h2>Text.<td><button>Buy</button></table>", "## Layout\n\nText."),
        # Buttons beside a title, and elsewhere.
        ("<h2>Install <button>Copy link</button></h2><p>Short.</p>", "## Install\n\nShort."),
        ("<p>Short. <button>Copy</button></p><button>Buy</button><label>Name</label>", "Short."),
    ],
)  # fmt: skip
def test_buttons_and_labels_that_are_titles_or_cells(content: str, kept: str) -> None:
    assert inside(content) == kept


def test_definitions_stay_with_their_terms() -> None:
    facts = "<dl><dt>Weight</dt><dd>2 kg</dd><dt>Colour</dt><dd>red</dd></dl>"
    kept = "**Weight**\n: 2 kg\n\n**Colour**\n: red"
    assert inside(f"{facts}<p>Short.</p>") == f"{kept}\n\nShort."
    assert inside(f"{facts}<p>Short.</p>", content_filter={"type": "pruning", "min_word_threshold": 5}) == kept
    assert inside(f"{facts}<p>Short.</p>", word_count_threshold=5).endswith(kept)
