"""What a page says about itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy_c4.extractors.head_elements import HeadElements, charset_name, one_or_all
from scrapy_c4.extractors.jsonld import things
from scrapy_c4.extractors.text import squeeze

if TYPE_CHECKING:
    from scrapy_c4.extractors.document import Document

#: Vocabularies whose properties are kept under their own names.
_VOCABULARIES = ("og:", "twitter:", "article:", "book:", "profile:", "product:", "video:", "music:", "fb:",
                 "dc.", "dcterms.", "citation_")  # fmt: skip
_KEPT = ("robots", "generator", "application-name")
_PUBLISHED = ("article:published_time", "og:article:published_time", "article:published", "og:published_time")
_PUBLISHED_NAMES = ("date", "pubdate", "publishdate", "publish-date", "publish_date", "dc.date.issued", "dc.date",
                    "dcterms.created", "dcterms.issued", "dcterms.date", "dc.date.created", "sailthru.date",
                    "parsely-pub-date", "citation_publication_date", "citation_date")  # fmt: skip
_MODIFIED = ("article:modified_time", "og:article:modified_time", "og:updated_time", "article:modified")
_MODIFIED_NAMES = ("last-modified", "lastmod", "dcterms.modified", "dc.date.modified", "revised")
_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml")
_ICONS = ("icon", "apple-touch-icon", "apple-touch-icon-precomposed", "mask-icon", "fluid-icon")


def extract_metadata(document: Document) -> dict[str, Any]:
    """A JSON-able dict of what the page states.

    Always there: ``title``, ``description``, ``keywords``, ``author``, ``published``, ``modified``, ``canonical``,
    ``lang``, ``charset`` (texts as given, or None), ``jsonld``, ``feeds``, ``icons``, ``alternates`` (lists, the links
    as ``{"href", "type", "sizes", "hreflang", "title", …}`` with absolute URLs). Further, under their own names, all
    properties of Open Graph (``og:title``), Twitter cards, ``article:`` and the like: a text, or a list of texts
    where the page repeats a property with different contents.
    """
    head = HeadElements(document)
    alternates = head.links("alternate")
    metadata: dict[str, Any] = {
        "title": head.page_title,
        "description": head.description,
        "keywords": ", ".join(head.meta.get("keywords", ())) or None,
        "author": _author(head),
        "published": _date(head, _PUBLISHED, "datePublished", _PUBLISHED_NAMES),
        "modified": _date(head, _MODIFIED, "dateModified", _MODIFIED_NAMES),
        "canonical": head.canonical,
        "lang": head.lang,
        "charset": charset_name(document.encoding),
        "jsonld": head.jsonld,
        "feeds": [link for link in alternates if link.get("type", "").lower().startswith(_FEED_TYPES)],
        "icons": head.links(*_ICONS),
        "alternates": [link for link in alternates if "hreflang" in link],
    }
    for key, values in head.meta.items():
        if key.startswith(_VOCABULARIES) or key in _KEPT:
            metadata[key] = one_or_all(values)
    return metadata


def _author(head: HeadElements) -> str | None:
    names = head.meta.get("author") or head.meta.get("dc.creator") or head.meta.get("citation_author")
    if not names:
        names = _jsonld_authors(head) or head.itemprop.get("author")
    if not names:
        # Often the address of a profile, which names nobody.
        names = [name for name in head.meta.get("article:author", ()) if "://" not in name]
    return ", ".join(names) if names else None


def _jsonld_authors(head: HeadElements) -> list[str]:
    for thing in things(head.jsonld):
        authors = thing.get("author")
        names = []
        for author in authors if isinstance(authors, list) else [authors]:
            name = author.get("name") if isinstance(author, dict) else author
            if isinstance(name, str) and name.strip() and "://" not in name:
                names.append(squeeze(name))
        if names:
            return list(dict.fromkeys(names))
    return []


def _date(head: HeadElements, properties: tuple[str, ...], schema: str, names: tuple[str, ...]) -> str | None:
    """The text of a date as the page gives it, best source first."""
    date = head.first(*properties)
    if date:
        return date
    for thing in things(head.jsonld):
        value = thing.get(schema)
        if isinstance(value, str) and value.strip():
            return squeeze(value)
    key = schema.lower()
    if key in head.itemprop:
        return head.itemprop[key][0]
    return head.times.get(key) or head.first(*names)
