from __future__ import annotations

import itertools
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.http import HtmlResponse

from scrapy_c4 import analyze
from scrapy_c4.items import LinkItem
from scrapy_c4.scoring import contextual_scores
from scrapy_c4.scoring.tokens import find_units, keys_of, language_of, stem


def link(text: str = "", href: str = "https://a.example/p", head: dict[str, Any] | None = None) -> LinkItem:
    return LinkItem("https://a.example/", href, text, head_data=head)


def scores(query: str, *texts: str) -> list[float]:
    return contextual_scores(query, [link(text) for text in texts])


def test_nothing_to_score() -> None:
    assert contextual_scores("birds", []) == []
    assert scores("", "birds") == [0.0]
    assert scores("?! …", "birds") == [0.0]
    assert scores("birds", "", "cars") == [0.0, 0.0]


def test_meaning_of_the_scale() -> None:
    assert scores("privacy", "Machine learning guide") == [0.0]
    (all_of_it,) = scores("machine learning guide", "Complete machine learning guide")
    (a_third,) = scores("machine learning guide", "Guide")
    assert 0.75 <= all_of_it <= 1
    assert 0.25 <= a_third < 0.5


@pytest.mark.parametrize("count", [1, 2, 3, 10, 1000])
def test_one_matching_link_in_a_corpus_of_any_size(count: int) -> None:
    found = scores("machine learning", "Machine learning", *["Privacy policy"] * (count - 1))
    assert found[0] > 0.66
    assert found[1:] == [0.0] * (count - 1)


@pytest.mark.parametrize("count", [1, 2, 3, 10, 1000])
def test_scores_compare_between_corpora(count: int) -> None:
    alone = scores("machine learning", "Machine learning")[0]
    assert scores("machine learning", *["Machine learning"] * count)[0] == pytest.approx(alone, abs=0.1)
    other = scores("machine learning", "Machine learning", *["Learning to swim"] * (count - 1))[0]
    assert other == pytest.approx(alone, abs=0.1)


_WORDS = ["machine", "learning", "tutorial", "python", "spider", "the", "zebra", "xml.sax", "io"]


@given(
    st.lists(st.sampled_from(_WORDS[:5]), min_size=1, max_size=5, unique=True),
    st.lists(st.lists(st.sampled_from(_WORDS), max_size=30), min_size=1, max_size=12),
)
def test_who_matches_more_never_ranks_below(query: list[str], texts: list[list[str]]) -> None:
    found = scores(" ".join(query), *[" ".join(text) for text in texts])
    matched = [len(set(text) & set(query)) for text in texts]
    for score, count in zip(found, matched, strict=True):
        assert 0 <= score <= 1
        assert (score > 0) == (count > 0)
    ranked = sorted(zip(matched, found, strict=True))
    for (fewer, lower), (more, higher) in itertools.pairwise(ranked):
        assert fewer == more or lower < higher


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("API", "The API, explained"),
        ("tutorial", "Tutorials"),
        ("installing", "How to install it"),
        ("Café", "CAFE"),
        ("STRASSE", "Straße"),
        ("e-mail", "email"),
        ("email", "E-Mail"),
        ("content handler", "ContentHandler"),
        ("ContentHandler", "content_handler"),
        ("tkinter.tix", "tkinter.tix — extension widgets"),
        ("tix", "tkinter.tix"),
        ("HAS_SNI", "ssl.HAS_SNI"),
        ("std::vector", "std::vector<int>"),
        ("C++", "The C++ language"),
        ("py3", "Py3 at last"),
        ("机器学习", "机器学习教程"),
        ("学习", "机器学习教程"),
        ("検索", "全文検索エンジン"),
        ("библиотека", "Библиотеки"),
        ("हिन्दी", "हिन्दी समाचार"),
        ("the who", "The Who"),
    ],
)
def test_words_are_found(query: str, text: str) -> None:
    assert scores(query, text)[0] > 0


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("cat", "catalogue"),
        ("art", "start"),
        ("C", "The C++ language"),
        ("java", "javascript"),
        ("the best of birds", "the list of the things"),
        ("日本", "本日"),
    ],
)
def test_words_are_not_confused(query: str, text: str) -> None:
    assert scores(query, text) == [0.0]


@pytest.mark.parametrize(
    ("query", "better", "worse"),
    [
        ("importlib.abc", "importlib", "abc of gardening for everybody and their friends"),
        ("xml.sax.handler.ContentHandler", "xml.sax.handler", "xml.sax"),
        ("api", "API", "A very long text that in the end comes to speak of an API among many others"),
        ("git status", "git status", "status"),
        ("the zebra", "the zebra", "zebra"),
    ],
)
def test_better_matches_rank_higher(query: str, better: str, worse: str) -> None:
    one, two = scores(query, better, worse)
    assert one > two


@pytest.mark.parametrize(
    "head",
    [
        {"title": "On zebras"},
        {"description": "On zebras"},
        {"meta": {"keywords": "horses, zebras"}},
        {"meta": {"og:title": "Zebras", "article:tag": ["x", "y"]}},
        {"meta": {"article:tag": ["horse", "zebra"]}},
        {"jsonld": [{"@type": "Article", "headline": "Zebras"}]},
        {"jsonld": [{"@graph": [{"name": "x"}, {"keywords": ["zebra"]}]}]},
        {"headings": ["Horses", "Zebras"]},
        {"text": "Long ago the zebra lived"},
        {"lang": "de-AT", "title": "Zebras"},
        {"lang": "xx", "title": "Zebra"},
    ],
)
def test_reads_the_head_of_the_target(head: dict[str, Any]) -> None:
    assert contextual_scores("zebra", [link("x", head=head)])[0] > 0


@pytest.mark.parametrize(
    "head",
    [
        {},
        {
            "title": None,
            "description": None,
            "meta": None,
            "jsonld": None,
            "headings": None,
            "text": None,
            "lang": None,
        },
        {"title": 5, "meta": {"keywords": [1, None]}, "jsonld": [[["x"], 3, None, {"name": {"x": 1}}]], "lang": 3},
        {"meta": [], "headings": [1, None, "x"], "jsonld": "text"},
    ],
)
def test_odd_heads_do_no_harm(head: dict[str, Any]) -> None:
    assert contextual_scores("zebra", [link("zebra", head=head)])[0] > 0
    assert contextual_scores("zebra", [link("horse", head=head)]) == [0.0]


def test_reads_the_link_and_what_stands_around_it() -> None:
    around = link("more")
    around.context = "All about zebras: more"
    titled = LinkItem("https://a.example/", "https://a.example/p", "x", title="Zebras")
    by_url = link("x", "https://a.example/animals/zebra.html")
    by_query = link("x", "https://a.example/?q=zebra+horse")
    encoded = link("x", "https://a.example/%E6%96%91%E9%A9%AC")
    assert all(score > 0 for score in contextual_scores("zebra", [around, titled, by_url, by_query]))
    assert contextual_scores("斑马", [encoded])[0] > 0


@pytest.mark.parametrize(
    "html",
    [
        "<p>Languages: <a href=/python>Python</a> | <a href=/java>Java</a> | <a href=/go>Go</a></p>",
        "<table><tr><td><a href=/1>Python guide</a><td><a href=/2>Edit</a><td><a href=/3>Delete user</a></table>",
        "<div><p><a href=/1>Python</a></p><p><a href=/2>Next</a></p></div>",
    ],
)
def test_links_beside_a_matching_link_do_not_match(html: str) -> None:
    found = analyze(HtmlResponse("https://a.example/", body=html.encode(), encoding="utf-8")).links
    first, *others = contextual_scores("python", found)
    assert first > 0.75
    assert others == [0.0] * len(others)


def test_a_host_counts_only_for_other_sites() -> None:
    own, other = link("x", "https://zebra.example/"), link("x", "https://zebra.example/")
    own.kind, other.kind = "internal", "external"
    found = contextual_scores("zebra", [own, other])
    assert found[0] == 0.0 < found[1]


def test_running_text_counts_less_than_the_name_of_the_page() -> None:
    named = link("x", head={"title": "Zebras", "text": "x"})
    mentioned = link("x", head={"title": "Animals", "text": "horse " * 50 + "zebra"})
    found = contextual_scores("zebra", [mentioned, named])
    assert 0 < found[0] < found[1]


def test_hostile_input_is_bounded() -> None:
    long = "a.b-c_D1" * 20_000 + " 机器学习" * 20_000
    deep: Any = {"name": "zebra"}
    for _ in range(5_000):
        deep = {"@graph": [deep, deep]}
    links = [link(long, head={"title": long, "text": long, "jsonld": [deep]}) for _ in range(20)]
    assert len(contextual_scores(long, links)) == 20


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("one, two; (three)", ["one", "two", "three"]),
        ("xml.sax.handler. Next", ["xml.sax.handler", "Next"]),
        ("C++ and C#, PEP 594#aifc", ["C++", "and", "C#", "PEP", "594", "aifc"]),
        ("blob's d'or", ["blob", "s", "d", "or"]),
    ],
)
def test_units(text: str, units: list[str]) -> None:
    assert find_units(text) == units


@pytest.mark.parametrize(
    ("unit", "keys"),
    [
        ("Zebra", {"zebra"}),
        ("HTMLParser", {"htmlparser", "html", "parser"}),
        ("xml.sax.handler", {"xmlsaxhandler", "xmlsax", "xml", "sax", "handler"}),
        ("py3", {"py3", "py", "3"}),
        ("Python教程", {"python", "教程", "教", "程"}),
    ],
)
def test_keys(unit: str, keys: set[str]) -> None:
    assert set(keys_of(unit)) == keys


def test_stems_by_language() -> None:
    assert stem("installations", language_of("en-GB")) == stem("installation", language_of(None))
    assert stem("zeitungen", language_of("de")) == stem("zeitung", language_of("de_CH"))
    assert stem("библиотеки", language_of("en")) == stem("библиотека", language_of("ru"))
    assert stem("maisons", language_of("fr")) == stem("maison", language_of("fr"))
    assert stem("3.11x", "english") == "3.11x"


def test_nothing_heavy_is_loaded_before_the_first_score() -> None:
    program = "import sys, scrapy_c4.scoring, scrapy_c4.scoring.contextual; print(sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert "'numpy'" not in loaded
    assert "'rank_bm25'" not in loaded
    assert "'snowballstemmer'" not in loaded
