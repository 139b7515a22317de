"""The texts that say what a link is about, by field."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scrapy_c4.items import LinkItem

#: field -> (weight, usual length in words, how far a match in it meets the query)
FIELDS = {
    "title": (3.0, 6, 1.0),
    "text": (3.0, 4, 1.0),
    "url": (2.0, 3, 1.0),
    "description": (1.5, 25, 1.0),
    "keywords": (1.0, 10, 1.0),
    "headings": (1.0, 20, 1.0),
    "context": (1.5, 15, 1.0),
    "host": (0.5, 3, 1.0),
    "body": (1.0, 500, 0.5),
}
TEXT_LIMIT, BODY_LIMIT = 2000, 16000

_TITLES = ("og:title", "twitter:title", "dc.title", "dcterms.title", "citation_title")
_DESCRIPTIONS = (
    "description", "og:description", "twitter:description", "dc.description", "abstract", "summary", "subject",
    "twitter:image:alt",
)  # fmt: skip
_KEYWORDS = ("keywords", "news_keywords", "article:tag", "article:section", "dc.subject", "dc.creator", "author")
#: What a path may end in without telling what the page is about.
_ending = re.compile(
    r"(?:(?<=/)|\A)(?:index|default)(?:\.\w{2,5})?\Z|\.(?:x?html?|php\d?|aspx?|jspx?)\Z", re.IGNORECASE
)
_JSONLD_NAMES = {
    "name": "title", "headline": "title", "alternativeHeadline": "title", "description": "description",
    "abstract": "description", "keywords": "keywords", "about": "keywords", "articleSection": "keywords",
}  # fmt: skip
_JSONLD_NODES = 200


def fields_of(link: LinkItem) -> Iterator[tuple[str, list[str]]]:
    """The fields of a link that hold text, in the order of :data:`FIELDS`."""
    head: dict[str, Any] = link.head_data or {}
    meta = head.get("meta")
    meta = meta if isinstance(meta, dict) else {}
    texts: dict[str, list[str]] = {name: [] for name in FIELDS}
    _add(texts["title"], head.get("title"))
    _add(texts["description"], head.get("description"))
    for name, sources in (("title", _TITLES), ("description", _DESCRIPTIONS), ("keywords", _KEYWORDS)):
        for source in sources:
            _add(texts[name], meta.get(source))
    _read_jsonld(head.get("jsonld"), texts)
    headings = head.get("headings")
    if isinstance(headings, list):
        _add(texts["headings"], " . ".join(h for h in headings[:50] if isinstance(h, str)))
    _add(texts["body"], head.get("text"), BODY_LIMIT)
    _add(texts["text"], link.text)
    _add(texts["text"], link.title)
    _add(texts["context"], link.context.split("\n"))
    path, host = _url_texts(link.href)
    _add(texts["url"], path)
    # The own site's name is in every link: that tells nothing.
    if link.kind == "external":
        _add(texts["host"], host)
    for name, found in texts.items():
        if found:
            yield name, list(dict.fromkeys(found))


def _add(texts: list[str], value: Any, limit: int = TEXT_LIMIT) -> None:
    if isinstance(value, str):
        if value:
            texts.append(value[:limit])
    elif isinstance(value, (list, tuple)):
        texts += [part[:limit] for part in value[:50] if isinstance(part, str) and part]


def _url_texts(url: str) -> tuple[str, str]:
    host, _, rest = url.partition("://")[2].partition("/")
    rest, _, fragment = rest[:TEXT_LIMIT].partition("#")
    path, _, query = rest.partition("?")
    # "&" and "=" are no part of any word, "+" could be.
    return unquote(f"{_ending.sub('', path)} {query.replace('+', ' ')} {fragment}"), host


def _read_jsonld(value: Any, texts: dict[str, list[str]]) -> None:
    """Names and descriptions of the things that JSON-LD tells of, breadth first, as far as they matter."""
    nodes = [value]
    seen = 0
    while nodes and seen < _JSONLD_NODES:
        following: list[Any] = []
        for node in nodes:
            seen += 1
            if isinstance(node, list):
                following += node[:_JSONLD_NODES]
            elif isinstance(node, dict):
                for name, field in _JSONLD_NAMES.items():
                    _add(texts[field], node.get(name))
                for inner in ("@graph", "mainEntity", "about"):
                    if inner in node:
                        following.append(node[inner])
        nodes = following
