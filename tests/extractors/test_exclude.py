from __future__ import annotations

from typing import Any

import pytest

from scrapy_c4.extractors.exclude import ExcludeRules
from scrapy_c4.items import LinkItem, MediaItem
from scrapy_c4.options import Options

PAGE = "https://www.example.com/"


def rules(options: dict[str, Any], page_domain: str | None = "example.com") -> ExcludeRules:
    return ExcludeRules(Options.of(options), page_domain)


@pytest.mark.parametrize(
    ("options", "url", "rule"),
    [
        ({}, "https://other.net/", None),
        ({"exclude_external_links": True}, "https://other.net/", "exclude_external_links"),
        ({"exclude_external_links": True}, "https://notexample.com/", "exclude_external_links"),
        ({"exclude_external_links": True}, "https://sub.example.com/", None),
        ({"exclude_internal_links": True}, "https://sub.example.com/", "exclude_internal_links"),
        ({"exclude_internal_links": True}, "https://other.net/", None),
        ({"exclude_social_media_links": True}, "https://www.facebook.com/x", "exclude_social_media_links"),
        ({"exclude_social_media_links": True}, "https://x.com/", "exclude_social_media_links"),
        ({"exclude_social_media_links": True}, "https://netflix.com/", None),
        ({"exclude_social_media_links": True}, "https://old.reddit.com:443/r", "exclude_social_media_links"),
        ({"exclude_social_media_domains": ["a.net"]}, "https://a.net/", None),
        (
            {"exclude_social_media_links": True, "exclude_social_media_domains": ["a.net"]},
            "https://x.com/",
            None,
        ),
        (
            {"exclude_social_media_links": True, "exclude_social_media_domains": ["a.net"]},
            "https://b.a.net/",
            "exclude_social_media_links",
        ),
        ({"exclude_domains": ["camo.other.net"]}, "https://camo.other.net/x", "exclude_domains"),
        ({"exclude_domains": ["camo.other.net"]}, "https://other.net/x", None),
        ({"exclude_domains": ["other.net"]}, "https://deep.camo.other.net/x", "exclude_domains"),
        ({"exclude_domains": ["example.com"]}, "https://www.example.com/x", "exclude_domains"),
        ({"exclude_domains": ["*.Other.NET"]}, "https://a.other.net/x", "exclude_domains"),
        ({"exclude_domains": ["bücher.example"]}, "https://xn--bcher-kva.example/", "exclude_domains"),
        ({"exclude_domains": ["127.0.0.1"]}, "http://127.0.0.1:8000/", "exclude_domains"),
        # What leads to no host is neither internal nor external.
        ({"exclude_external_links": True, "exclude_internal_links": True}, "mailto:a@b.c", None),
    ],
)
def test_links(options: dict[str, Any], url: str, rule: str | None) -> None:
    assert rules(options).url_rule_for_link(url) == rule
    assert rules(options).link_rule(LinkItem(PAGE, url)) == rule


def test_a_page_without_a_site_has_only_external_links() -> None:
    link = LinkItem("data:text/html,x", "https://example.com/")
    assert rules({"exclude_external_links": True}, None).link_rule(link) == "exclude_external_links"
    assert rules({"exclude_internal_links": True}, None).link_rule(link) is None


@pytest.mark.parametrize(
    ("options", "medium", "rule"),
    [
        ({}, ("image", "https://cdn.other.net/x.jpg", None), None),
        ({}, ("image", "https://cdn.other.net/x.jpg", 2.0), "image_score_threshold"),
        ({}, ("image", "https://cdn.other.net/x.jpg", 2.1), None),
        ({"image_score_threshold": -100}, ("image", "https://example.com/x.jpg", 0.0), None),
        ({}, ("video", "https://example.com/x.mp4", 0.0), None),
        ({"exclude_all_images": True}, ("image", "data:image/png;base64,x", 9.0), "exclude_all_images"),
        ({"exclude_all_images": True}, ("video", "https://example.com/x.mp4", None), None),
        ({"exclude_external_images": True}, ("image", "https://other.net/x", 9.0), "exclude_external_images"),
        ({"exclude_external_images": True}, ("image", "https://cdn.example.com/x", 9.0), None),
        ({"exclude_external_images": True}, ("image", "data:image/png;base64,x", 9.0), None),
        ({"exclude_external_images": True}, ("video", "https://other.net/x", None), None),
        ({"exclude_domains": ["other.net"]}, ("image", "https://a.other.net/x", 9.0), "exclude_domains"),
        ({"exclude_domains": ["other.net"]}, ("audio", "https://a.other.net/x", None), "exclude_domains"),
        ({"exclude_external_links": True}, ("image", "https://other.net/x", 9.0), None),
    ],
)
def test_media(options: dict[str, Any], medium: tuple[str, str, float | None], rule: str | None) -> None:
    kind, src, score = medium
    assert rules(options).media_rule(MediaItem(PAGE, kind, src, score=score)) == rule


@pytest.mark.parametrize(
    ("options", "links", "images"),
    [
        ({}, False, False),
        ({"exclude_social_media_links": True}, True, False),
        ({"exclude_domains": ["a.net"]}, True, True),
        ({"exclude_all_images": True}, False, True),
    ],
)
def test_says_whether_anything_can_be_dropped(options: dict[str, Any], links: bool, images: bool) -> None:
    found = rules(options)
    assert (found.drops_links, found.drops_images) == (links, images)
