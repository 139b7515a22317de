from __future__ import annotations

import subprocess
import sys

import pytest

from scrapy_c4.items import LinkItem
from scrapy_c4.scoring import score_intrinsic
from scrapy_c4.scoring.url_quality import read_url

PAGE = "https://docs.example.org/guide/"
GOOD = ("https://docs.example.org/api/reference", "API Reference Guide")
RANDOM = "https://site.example.com/x7f9g2h"


def score(
    href: str, text: str, landmark: str = "", rel: str | None = None, title: str | None = None, page: str = PAGE
) -> float:
    link = LinkItem(page, href, text, title=title, rel=rel)
    link.landmark = landmark
    score_intrinsic(
        [link],
        title="Guides to the Example API",
        headings=["API reference", "Writing spiders"],
        description="Guides, tutorials and the reference of the API",
        page_url=page,
    )
    assert link.intrinsic_score is not None
    assert 0 <= link.intrinsic_score <= 10
    return link.intrinsic_score


def test_the_ends_of_the_scale() -> None:
    assert score(*GOOD, landmark="main") > 8
    assert score(RANDOM, "Click here") < 2
    assert score(RANDOM, "") < 2


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        # URLs that people made over those machines made.
        (("https://a.example/how-to-write-spiders", "Spiders"), ("https://a.example/9f86d081884c7d65", "Spiders")),
        (("https://a.example/spiders", "Spiders"), ("https://a.example/index.php?id=8fa7c2&sid=9x8c7v6b5", "Spiders")),
        (("https://a.example/python3/x86-64", "Builds"), ("https://a.example/p3yt7h9n/x8q6w4e2", "Builds")),
        (("https://a.example/a-b/c-d.html", "Text of it"), ("https://a.example/a/b/c/d/e/f/g/h/c-d", "Text of it")),
        (("https://a.example/JsonCssExtraction", "Class"), ("https://a.example/dQw4w9WgXcQ", "Class")),
        (("https://a.example/articles", "All of them"), ("https://a.example/login", "All of them")),
        (("https://a.example/birds", "On birds"), ("https://a.example/share?url=https%3A%2F%2Fa", "On birds")),
        (("https://a.example/birds", "On birds"), ("https://a.example/privacy", "On birds")),
        (("https://a.example/birds", "On birds"), (PAGE + "#birds", "On birds")),
        # Texts that name something.
        (("https://a.example/birds", "All about birds"), ("https://a.example/birds", "Read more")),
        (("https://a.example/birds", "All about birds"), ("https://a.example/birds", "")),
        (("https://a.example/birds", "All about birds"), ("https://a.example/birds", "»")),
        (("https://a.example/birds", "All about birds"), ("https://a.example/birds", "https://a.example/birds")),
        (("https://a.example/voegel", "Alles über Vögel"), ("https://a.example/voegel", "Weiterlesen …")),
        (("https://a.example/%E9%B8%9F", "机器学习教程"), ("https://a.example/%E9%B8%9F", "查看更多")),
        (("https://a.example/x/ptitsy", "Всё о птицах"), ("https://a.example/x/ptitsy", "Подробнее")),
        # What the page is about.
        (("https://a.example/api-reference", "API reference"), ("https://a.example/car-insurance", "Car insurance")),
    ],
)  # fmt: skip
def test_better_links_score_higher(better: tuple[str, str], worse: tuple[str, str]) -> None:
    assert score(*better) > score(*worse)


def test_places() -> None:
    scores = [score(*GOOD, landmark=place) for place in ("main", "", "aside", "footer")]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == 4
    assert score(*GOOD, landmark="nav") < score(*GOOD)


def test_rel_and_title() -> None:
    assert score(*GOOD, rel="nofollow noopener") < score(*GOOD)
    assert score(*GOOD, rel="sponsored") < score(*GOOD, rel="nofollow")
    assert score(*GOOD, rel="noopener") == score(*GOOD)
    assert score(RANDOM, "Click here", title="The reference of the API") > score(RANDOM, "Click here")


@pytest.mark.parametrize(
    "name", ["breadcrumb", "badge-header", "loading", "adriatic", "administration-of-things", "navigate", "rhythm"]
)
def test_words_that_only_contain_others_are_not_misjudged(name: str) -> None:
    assert read_url(f"https://a.example/{name}")[0] > 0.9


@pytest.mark.parametrize(
    ("url", "low", "high"),
    [
        ("https://a.example/docs/api/reference", 0.9, 1),
        ("https://a.example/2024/05/17/how-to-do-it.html", 0.8, 1),
        ("https://de.example/wiki/%C3%9Cbersicht", 0.9, 1),
        ("https://jp.example/%E6%97%A5%E6%9C%AC", 0.7, 1),
        ("https://a.example/", 0.5, 0.7),
        ("https://a.example/x7f9g2h", 0, 0.1),
        ("https://a.example/550e8400-e29b-41d4-a716-446655440000", 0, 0.1),
        ("https://a.example/bcdfgh", 0, 0.2),
        ("https://a.example/?p=123", 0.2, 0.5),
        ("https://a.example/" + "x" * 5000, 0, 0.3),
        ("https://a.example/%FF%FE", 0, 1),
        ("https://a.example/" + "/".join("abcde" * 400), 0, 1),
    ],
)
def test_url_quality(url: str, low: float, high: float) -> None:
    assert low <= read_url(url)[0] <= high


def test_no_context_and_no_links() -> None:
    score_intrinsic([], title=None, headings=[], description=None, page_url="")
    link = LinkItem("", "https://a.example/birds", "All about birds")
    score_intrinsic([link], title=None, headings=[], description=None, page_url="data:,x")
    assert link.intrinsic_score is not None
    assert 4 < link.intrinsic_score < 8


def test_does_not_depend_on_the_hash_seed() -> None:
    program = """if True:
        from scrapy_c4.items import LinkItem
        from scrapy_c4.scoring import contextual_scores, score_intrinsic
        texts = ["API reference guide of spiders", "Writing spiders", "Example tutorials and guides"]
        links = [LinkItem("https://a.example/", f"https://a.example/{n}/guide", text) for n, text in enumerate(texts)]
        score_intrinsic(links, title="API guide", headings=["Writing spiders", "Tutorials"],
                        description="The reference and the guide", page_url="https://a.example/")
        print([link.intrinsic_score for link in links], contextual_scores("guide to writing xml.sax spiders", links))
    """
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(outputs) == 1
    assert outputs != {""}
