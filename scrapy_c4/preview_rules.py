"""Which links of a page get a preview."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scrapy_c4.items import LinkItem
    from scrapy_c4.options import LinkPreviewConfig

#: Words that make a GET do something. Looking at links must have no side effects.
_ACTION = re.compile(
    r"(?:^|[/_.=&?])(?:log[-_]?o(?:ut|ff)|sign[-_]?o(?:ut|ff)|delete|remove|unsubscribe|destroy|disconnect|deactivate|"
    r"add[-_]?to[-_]?cart|checkout|purchase|vote|like|dislike|report[-_]?abuse)(?:$|[/_.=&?#])",
    re.IGNORECASE,
)


def is_action(url: str) -> bool:
    """Whether ``url`` looks like one that does something, such as logging out or deleting."""
    return _ACTION.search(url.partition("://")[2].partition("/")[2]) is not None


def select_links(
    links: list[LinkItem], config: LinkPreviewConfig, rank: list[float]
) -> tuple[list[LinkItem], list[tuple[LinkItem, str]]]:
    """The links to preview, best first by ``rank`` (one number per link), and the others with the reason."""
    chosen: list[tuple[float, int, LinkItem]] = []
    skipped: list[tuple[LinkItem, str]] = []
    for n, link in enumerate(links):
        reason = _reason_to_skip(link, config)
        if reason:
            skipped.append((link, reason))
        else:
            chosen.append((-rank[n], n, link))
    chosen.sort(key=lambda entry: entry[:2])
    skipped += [(link, "max_links") for _, _, link in chosen[config.max_links :]]
    return [link for _, _, link in chosen[: config.max_links]], skipped


def _reason_to_skip(link: LinkItem, config: LinkPreviewConfig) -> str | None:
    if link.kind == "internal" and not config.include_internal:
        return "include_internal"
    if link.kind != "internal" and not config.include_external:
        return "include_external"
    if config.include_patterns and not any(fnmatchcase(link.href, p) for p in config.include_patterns):
        return "include_patterns"
    if config.exclude_patterns and any(fnmatchcase(link.href, p) for p in config.exclude_patterns):
        return "exclude_patterns"
    return "action" if is_action(link.href) else None
