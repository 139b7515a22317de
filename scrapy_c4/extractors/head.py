"""What the head of a page says, from the first bytes of the page."""

from __future__ import annotations

import codecs
import re
from itertools import islice
from typing import Any

from lxml.etree import ParserError
from lxml.html import HtmlElement, HTMLParser, document_fromstring
from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom, resolve_encoding

from scrapy_c4.extractors.document import Document
from scrapy_c4.extractors.encodings import forget_codecs_that_are_none_of_pages
from scrapy_c4.extractors.head_elements import HeadElements, charset_name, one_or_all
from scrapy_c4.extractors.head_scanner import HeadScanner
from scrapy_c4.extractors.text import text_of

__all__ = ["HeadScanner", "decode_html", "parse_head"]

#: Characters of body text kept, for ranking.
TEXT_LIMIT = 16_000
_HEADINGS = 20
_HEADING_LIMIT = 300

#: Text codecs of Python that no browser knows; some take quadratic time.
_NO_ENCODING_OF_PAGES = frozenset(["idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined", "utf-7"])
_cut_tag = re.compile(r"<[/!]?[^<>\s]{0,20}\Z")
_late_charset = re.compile(rb"<meta\s[^>]{0,300}?charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)


def parse_head(
    body: bytes,
    *,
    url: str,
    encoding: str | None = None,
    content_type: str | None = None,
    is_complete: bool | None = None,
) -> dict[str, Any]:
    """What the head of the page ``url`` says; ``body`` may end anywhere.

    ``encoding`` is the one the server states, or give its ``content_type`` header. ``is_complete``: whether a
    :class:`HeadScanner` has seen the end of the head, if one has looked. Keys, None where unset:

    - ``title``, ``description``, ``lang``, ``canonical`` (absolute);
    - ``charset``: the encoding the page was read with, by its name in the Encoding Standard;
    - ``meta``: lower-case name, property or http-equiv → content, a list of contents where they differ;
    - ``links``: link type → list of ``{"href"}`` (absolute) with type, sizes, hreflang, title, media, as if given;
    - ``jsonld``: list of objects;
    - only if ``body`` goes on behind the head: ``headings``, texts of h1 and h2, and ``text``, the first
      16,000 characters of the body.
    """
    forget_codecs_that_are_none_of_pages()
    text, codec = decode_html(body, encoding=encoding, content_type=content_type)
    root = _parse(text)
    document = Document(root, url, codec)
    head = HeadElements(document)
    found: dict[str, Any] = {
        "title": head.page_title,
        "description": head.description,
        "charset": charset_name(codec) if body else None,
        "lang": head.lang,
        "canonical": head.canonical,
        "meta": {key: one_or_all(values) for key, values in head.meta.items()},
        "links": head.links_by_rel(),
        "jsonld": head.jsonld,
    }
    page = root.find("body")
    if page is not None and (HeadScanner().feed(body) if is_complete is None else is_complete):
        readable = text_of(page, TEXT_LIMIT)
        if readable:
            headings = [text_of(heading, _HEADING_LIMIT) for heading in islice(page.iter("h1", "h2"), _HEADINGS)]
            found["headings"] = [heading for heading in headings if heading]
            found["text"] = readable
    return found


def decode_html(body: bytes, *, encoding: str | None = None, content_type: str | None = None) -> tuple[str, str]:
    """The text of an HTML page, and the codec it was read with: byte order mark, server, page, then detection.

    A character cut in two at the end is left out.
    """
    codec, mark = read_bom(body)
    if mark:
        body = body[len(mark) :]
    if codec is None:
        codec = (resolve_encoding(encoding) if encoding else None) or http_content_type_encoding(content_type)
        if codec in ("utf-16", "utf-32"):
            codec += "-le"
    if codec is None:
        codec = html_body_declared_encoding(body)
        if codec is not None and codec.startswith(("utf-16", "utf-32")):  # it could not have been read in that case
            codec = "utf-8"
    if codec is None:
        codec = _detect(body)
    if codec in _NO_ENCODING_OF_PAGES:
        codec = "utf-8"
    try:
        b"<".decode(codec, "replace")  # refuses the codecs that are not for text, such as zlib
        return codecs.getincrementaldecoder(codec)("replace").decode(body), codec
    except (LookupError, UnicodeError):
        return body.decode("utf-8", "replace"), "utf-8"


def _detect(body: bytes) -> str:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(body)
    except UnicodeDecodeError:
        late = _late_charset.search(body)
        codec = resolve_encoding(late[1].decode("ascii", "ignore")) if late else None
        return codec if codec and not codec.startswith("utf-") else "cp1252"
    return "utf-8"


def _parse(text: str) -> HtmlElement:
    cut = _cut_tag.search(text, max(0, len(text) - 24))
    if cut:  # half an end tag would become a part of the title
        text = text[: cut.start()]
    parser = HTMLParser(encoding="utf-8", huge_tree=True)
    try:
        return document_fromstring(text.replace("\0", "").encode("utf-8", "replace"), parser=parser)
    except ParserError:  # nothing in it
        return document_fromstring("<html></html>")
