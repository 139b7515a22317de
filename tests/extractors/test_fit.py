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
