from __future__ import annotations

import json

import pytest
from scrapy.settings import Settings

from scrapy_c4 import analyze
from scrapy_c4.options import LinkPreviewConfig, OptionError, Options
from scrapy_c4.startup import crawl_options

GOOD = [
    ("score_links", "true", True),
    ("score_links", "0", False),
    ("score_links", 1, True),
    ("table_score_threshold", "5", 5.0),
    ("table_score_threshold", -100, -100.0),
    ("word_count_threshold", "10", 10),
    ("exclude_domains", "a.com, *.b.org", ["a.com", "b.org"]),
    ("exclude_domains", '["a.com"]', ["a.com"]),
    ("exclude_domains", ["https://www.Ünï.de/x"], ["www.xn--n-nga1b.de"]),
    ("exclude_domains", (), []),
    ("target_elements", "main, :is(a, b)", ["main, :is(a, b)"]),
    ("target_elements", ["#a", ".b"], ["#a", ".b"]),
    ("excluded_tags", "NAV,footer", ["nav", "footer"]),
    ("screenshot", True, "full"),
    ("screenshot", "viewport", "viewport"),
    ("screenshot", "false", None),
    ("screenshot", "#chart", "#chart"),
    ("js_code", "f(1, 2)", ["f(1, 2)"]),
    ("js_code", ["a()", "b()"], ["a()", "b()"]),
    ("js_code", "[1, 2].forEach(f)", ["[1, 2].forEach(f)"]),
    ("js_code", '["a()", "b()"]', ["a()", "b()"]),
    ("wait_for", "css:.ready", "css:.ready"),
    ("wait_for", "", None),
    ("wait_for", "css:dialog:modal", "css:dialog:modal"),
    ("wait_for", "css:[type='a' i] b", "css:[type='a' i] b"),
    ("wait_for", "css:li:nth-child(2 of .x)", "css:li:nth-child(2 of .x)"),
    ("wait_for", "css:.list >> text=Next", "css:.list >> text=Next"),
    ("content_filter", {"type": "bm25", "language": "pt-BR"}, {"type": "bm25", "language": "pt-BR"}),
    ("content_filter", {"type": "bm25", "language": "english"}, {"type": "bm25", "language": "english"}),
    ("content_filter", "pruning", {"type": "pruning"}),
    ("content_filter", '{"type": "bm25", "user_query": "x"}', {"type": "bm25", "user_query": "x"}),
    ("extraction", {"strategy": "regex"}, {"strategy": "regex"}),
    ("block_resources", True, ["font", "image", "media", "tracker"]),
    ("emit", "link,page", ["page", "link"]),
    ("link_preview", False, None),
    ("link_preview", '{"max_links": 3}', LinkPreviewConfig(max_links=3)),
    ("link_preview", True, LinkPreviewConfig()),
]


@pytest.mark.parametrize(("name", "given", "expected"), GOOD)
def test_a_value_reads_the_same_from_settings_meta_and_keywords(name: str, given: object, expected: object) -> None:
    assert getattr(Options.of({name: given}), name) == expected
    assert getattr(Options().merged({name: given}), name) == expected
    assert getattr(Options.from_settings(Settings({f"C4_{name.upper()}": given})), name) == expected


def nested(levels: int) -> dict[str, object]:
    value: dict[str, object] = {}
    for _ in range(levels):
        value = {"name": "a", "type": "nested", "selector": "a", "fields": [value]}
    return {"strategy": "css", "schema": {"baseSelector": "a", "fields": [value]}}


BAD = [
    ("score_links", "yes"),
    ("score_links", 2),
    ("table_score_threshold", "many"),
    ("table_score_threshold", True),
    ("table_score_threshold", float("nan")),
    ("word_count_threshold", -1),
    ("word_count_threshold", 1.5),
    ("page_timeout", 0),
    ("render", "sometimes"),
    ("render", None),
    ("wait_for", ".ready"),
    ("wait_for", "css:"),
    ("wait_for", "css:[["),
    ("wait_for", "css: li > "),
    ("css_selector", "di v["),
    ("target_elements", ["#a", "["]),
    ("excluded_tags", ["di v"]),
    ("excluded_tags", 5),
    ("exclude_domains", ["http://"]),
    ("screenshot", "#["),
    ("virtual_scroll", {"container_selector": "#x", "scroll_by": -1}),
    ("virtual_scroll", {"scroll_count": 3}),
    ("virtual_scroll", {"container": "#x"}),
    ("content_filter", "prunning"),
    ("content_filter", {"type": "bm25", "language": "klingon"}),
    ("content_filter", {"type": ["bm25"]}),
    ("extraction", {"schema": {}}),
    ("extraction", "{not json"),
    ("emit", ["links"]),
    ("link_preview", {"max_links": 0}),
    ("link_preview", {"score_threshold": 1.5}),
    ("link_preview", {"include_internal": False}),
    ("link_preview", 7),
    ("block_resources", ["images"]),
    ("max_page_requests", 10**400),
    ("max_page_requests", "9" * 400),
    ("max_page_requests", "9" * 5000),
    ("js_code", "[" * 100_000),
    ("virtual_scroll", '{"a":' * 100_000),
    ("excluded_tags", "[" * 100_000),
    ("css_selector", ":is(" * 3000),
    ("target_elements", "a " * 30_000),
    ("link_preview", {"query": b"x" * 100_000}),
    ("extraction", {"strategy": "regex", "custom": {"bomb": "a{1000000000}"}}),
    ("extraction", nested(5000)),
]


@pytest.mark.parametrize(("name", "given"), BAD)
def test_an_impossible_value_is_named_with_what_is_allowed(name: str, given: object) -> None:
    with pytest.raises(OptionError) as caught:
        Options.from_settings(Settings({f"C4_{name.upper()}": given}))
    message = str(caught.value)
    assert message.startswith(f"C4_{name.upper()} = ")
    assert "is not possible: " in message
    assert not message.endswith("is not possible: ")
    assert len(message) < 2000
    with pytest.raises(OptionError, match=name):
        Options.of({name: given})


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"C4_SCORE_LINK": True}, "C4_SCORE_LINK is not an option; did you mean C4_SCORE_LINKS?"),
        ({"C4_LINK_PREVIEW": {"max_lnks": 3}}, "did you mean link_preview: max_links?"),
        ({"C4_ZZZZZZ": 1}, "C4_ZZZZZZ is not an option"),
        ({"C4_PROCESES": 1}, "did you mean C4_PROCESSES?"),
        ({"C4_JOBDIR_STRCT": 1}, "did you mean C4_JOBDIR_STRICT?"),
        ({"C4_BROWSER_TIMOUT": 1}, "did you mean C4_BROWSER_TIMEOUT?"),
        ({"C4_CONTEX_MAX_PAGES": 1}, "did you mean C4_CONTEXT_MAX_PAGES?"),
        ({"C4_PAGE_MAX_VISIT": 1}, "did you mean C4_PAGE_MAX_VISITS?"),
        ({"C4_LEASE_SECOND": 1}, "did you mean C4_LEASE_SECONDS?"),
    ],
)
def test_an_unknown_name_is_told_with_the_nearest_right_one(settings: dict[str, object], message: str) -> None:
    with pytest.raises(OptionError) as caught:
        Options.from_settings(Settings(settings))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("C4_LINK_PREVIEW", "yes", "it must be a dict of include_internal, .*, True or False"),
        ("C4_CONTENT_FILTER", "prunning", "it must be a dict with 'type' one of .*or that name alone.*mean pruning?"),
        ("C4_CONTENT_FILTER", {"type": "artcle"}, "it must be a dict .*, or None; did you mean article?"),
        ("C4_EXTRACTION", "regx", "it must be a dict with 'strategy' .*did you mean regex?"),
        ("C4_VIRTUAL_SCROLL", "yes", "it must be a dict with container_selector"),
        ("C4_PAGE_MAX_VISITS", 0, "it must be a whole number above 0"),
        ("C4_PAGE_MAX_VISITS", 1.5, "it must be a whole number above 0"),
        ("C4_BROWSER_TIMEOUT", 0, "it must be a number above 0"),
    ],
)
def test_a_message_says_all_that_is_allowed(name: str, value: object, message: str) -> None:
    with pytest.raises(OptionError, match=f"{name} = .* is not possible: {message}"):
        crawl_options(Settings({name: value}))


def test_what_holds_for_the_crawl_cannot_be_set_for_a_request() -> None:
    with pytest.raises(OptionError, match="give it as the setting C4_CAPTURE_STORE"):
        Options().merged({"capture_store": "/tmp/x"})


def test_merging_keeps_what_is_not_named() -> None:
    options = Options.of({"score_links": True, "render": "never"})
    merged = options.merged({"render": "auto"})
    assert (merged.score_links, merged.render) == (True, "auto")
    assert options.render == "never"
    assert options.merged(None) is options
    with pytest.raises(OptionError, match="a dict of options"):
        options.merged(["render"])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "config",
    [
        {"api_token": "hidden"},
        {"llm_config": {"api_token": "hidden"}},
        {"extra_args": {"extra_headers": {"Authorization": "Bearer hidden"}}},
        {"extra_args": {"aws_secret_access_key": "hid'den"}},
    ],
)
@pytest.mark.parametrize("as_text", [False, True])
def test_messages_hide_secrets(config: dict[str, object], as_text: bool) -> None:
    given = {"strategy": "llm", "provider": "no vendor", **config}
    with pytest.raises(OptionError, match="C4_EXTRACTION = ") as caught:
        Options.from_settings(Settings({"C4_EXTRACTION": json.dumps(given) if as_text else given}))
    assert "hid" not in str(caught.value).partition("is not possible")[0]


def test_analyze_says_what_it_needs() -> None:
    with pytest.raises(TypeError, match="needs a Response, not str"):
        analyze("<html></html>")  # type: ignore[arg-type]
