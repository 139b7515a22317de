from __future__ import annotations

import pytest

from scrapy_c4.items import LinkItem
from scrapy_c4.options import LinkPreviewConfig
from scrapy_c4.preview_rules import is_action, select_links


@pytest.mark.parametrize(
    ("url", "action"),
    [
        ("http://a.example/logout", True),
        ("http://a.example/account/log-out?next=/", True),
        ("http://a.example/?action=delete&id=4", True),
        ("http://a.example/sign_out", True),
        ("http://a.example/signout.php", True),
        ("http://a.example/newsletter/unsubscribe/", True),
        ("http://a.example/cart/add-to-cart/7", True),
        ("http://logout.example/", False),
        ("http://a.example/blog/how-to-delete-files", False),
        ("http://a.example/likes", False),
        ("http://a.example/devotes/voter", False),
    ],
)
def test_urls_that_do_something(url: str, action: bool) -> None:
    assert is_action(url) is action


def link(href: str, kind: str = "internal") -> LinkItem:
    return LinkItem(page_url="http://a.example/", href=href, kind=kind)


def test_selection_takes_the_best_and_says_why_not_the_others() -> None:
    links = [
        link("http://a.example/docs/1"),
        link("http://a.example/docs/2"),
        link("http://b.example/docs/3", "external"),
        link("http://a.example/blog/4"),
        link("http://a.example/docs/login"),
        link("http://a.example/docs/5"),
    ]
    config = LinkPreviewConfig(include_patterns=["*/docs/*"], exclude_patterns=["*/login*"], max_links=2)
    chosen, skipped = select_links(links, config, [0.1, 0.9, 1.0, 1.0, 1.0, 0.1])
    assert [item.href[-1] for item in chosen] == ["2", "1"]
    assert {item.href.rpartition("/")[2]: reason for item, reason in skipped} == {
        "3": "include_external",
        "4": "include_patterns",
        "login": "exclude_patterns",
        "5": "max_links",
    }
