"""What the elements of a page's head say: title, meta, links, JSON-LD. Read once, for previews and for metadata."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from scrapy_c4.extractors.jsonld import parse_blocks
from scrapy_c4.extractors.text import squeeze

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from scrapy_c4.extractors.document import Document

#: Attributes of ``link`` that are handed on as they are.
_LINK_ATTRIBUTES = ("type", "sizes", "hreflang", "title", "media", "as")
_TAGS = ("title", "meta", "link", "script", "time")


class HeadElements:
    """The head elements of ``document``, wherever broken markup has put them."""

    def __init__(self, document: Document):
        self._document = document
        #: Text of the first ``title`` that is not part of a drawing.
        self.title: str | None = None
        #: ``itemprop`` of ``time`` elements (``datepublished`` where marked so) → their first date.
        self.times: dict[str, str] = {}
        self._links: list[tuple[list[str], HtmlElement]] = []
        self._jsonld: list[str] = []
        # Dicts are sets that keep their order.
        self._meta: dict[str, dict[str, None]] = {}
        self._itemprop: dict[str, dict[str, None]] = {}
        for element in document.root.iter(*_TAGS):
            tag = element.tag
            if tag == "meta":
                self._add_meta(element)
            elif tag == "link":
                rel = element.get("rel")
                if rel and element.get("href"):
                    self._links.append((rel.lower().split(), element))
            elif tag == "script":
                kind = element.get("type")
                if kind and kind.strip().lower().startswith("application/ld+json"):
                    self._jsonld.append("".join(element.itertext()))
            elif tag == "time":
                self._add_time(element)
            elif self.title is None and not _is_drawn(element):
                self.title = squeeze("".join(element.itertext())) or None
        #: Lower-case ``name``, ``property`` or ``http-equiv`` → the different contents given for it.
        self.meta = {key: list(contents) for key, contents in self._meta.items()}
        #: The same for ``itemprop``.
        self.itemprop = {key: list(contents) for key, contents in self._itemprop.items()}

    def _add_meta(self, element: HtmlElement) -> None:
        get = element.get
        content = squeeze(get("content"))
        if not content:
            return
        for key in (get("name"), get("property"), get("http-equiv")):
            if key:
                self._meta.setdefault(key.strip().lower(), {})[content] = None
        key = get("itemprop")
        if key:
            self._itemprop.setdefault(key.strip().lower(), {})[content] = None

    def _add_time(self, element: HtmlElement) -> None:
        key = "datepublished" if "pubdate" in element.attrib else (element.get("itemprop") or "").lower()
        if key and key not in self.times:
            date = squeeze(element.get("datetime")) or squeeze("".join(element.itertext()))
            if date:
                self.times[key] = date

    def first(self, *keys: str) -> str | None:
        """The first content of the first of ``keys`` that the page has."""
        for key in keys:
            values = self.meta.get(key)
            if values:
                return values[0]
        return None

    @property
    def page_title(self) -> str | None:
        """The title, or what the page calls itself for social networks."""
        return self.title or self.first("og:title", "twitter:title")

    @property
    def description(self) -> str | None:
        return self.first("description", "og:description", "twitter:description", "dc.description")

    @property
    def lang(self) -> str | None:
        """The language the page declares, as written there."""
        root = self._document.root
        html = root if root.tag == "html" else next(root.iter("html"), None)
        lang = None
        if html is not None:
            lang = html.get("lang") or html.get("xml:lang") or html.get("{http://www.w3.org/XML/1998/namespace}lang")
        return squeeze(lang) or self.first("content-language")

    @cached_property
    def jsonld(self) -> list[Any]:
        return parse_blocks(self._jsonld, self._document.jsonld)

    def links(self, *rels: str) -> list[dict[str, str]]:
        """``href`` (absolute) and further attributes of the links of any of the types ``rels``, in order."""
        wanted = frozenset(rels)
        return [
            link
            for tokens, element in self._links
            if not wanted.isdisjoint(tokens) and (link := self._link(element)) is not None
        ]

    def links_by_rel(self) -> dict[str, list[dict[str, str]]]:
        found: dict[str, list[dict[str, str]]] = {}
        for tokens, element in self._links:
            for rel in dict.fromkeys(tokens):
                link = self._link(element)
                if link is not None:
                    found.setdefault(rel, []).append(link)
        return found

    def _link(self, element: HtmlElement) -> dict[str, str] | None:
        href = self._document.resolve(element.get("href", ""))
        if href is None:
            return None
        link = {"href": href}
        for attribute in _LINK_ATTRIBUTES:
            value = element.get(attribute)
            if value and not value.isspace():
                link[attribute] = squeeze(value)
        return link

    @property
    def canonical(self) -> str | None:
        """The URL the page gives as its own, absolute."""
        found = self.links("canonical")
        return found[0]["href"] if found else None


def _is_drawn(title: HtmlElement) -> bool:
    return any(ancestor.tag in ("svg", "math", "symbol") for ancestor in title.iterancestors())


def one_or_all(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else list(values)


#: Names that Python's codecs and the Encoding Standard spell differently.
_STANDARD_NAMES = {
    "ascii": "windows-1252", "big5hkscs": "big5", "cp1252": "windows-1252", "cp874": "windows-874",
    "cp932": "shift_jis", "cp949": "euc-kr", "euc_jp": "euc-jp", "iso2022_jp": "iso-2022-jp",
    "mac-roman": "macintosh", "utf-8-sig": "utf-8", "utf8": "utf-8", "utf-16": "utf-16le",
    "utf-16-be": "utf-16be", "utf-16-le": "utf-16le",
}  # fmt: skip


def charset_name(codec: str) -> str:
    """The name the Encoding Standard has for a Python codec."""
    codec = codec.lower()
    if codec in _STANDARD_NAMES:
        return _STANDARD_NAMES[codec]
    if codec.startswith("cp125"):
        return f"windows-{codec[2:]}"
    if codec.startswith("iso8859"):
        return f"iso-8859{codec[7:]}"
    return codec
