"""The items scrapy_c4 emits. Plain dataclasses: JSON-ready, read through ``ItemAdapter``, columns in this order.

A value that the page does not give is None, never a made-up default.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

#: The value of attributes that are no fields (they carry no annotation), and so are never exported.
_NOT_EXPORTED: Any = None

__all__ = ["ExtractedItem", "LinkItem", "MediaItem", "PageItem", "TableItem"]


@dataclass(eq=False)
class LinkItem:
    """One hyperlink (``a`` or ``area``) of a page; the same URL linked twice is one item."""

    page_url: str
    #: Absolute http(s) URL, as a browser resolves it.
    href: str
    text: str = ""
    title: str | None = None
    #: Registrable domain of ``href`` (the host itself for IP addresses and ``localhost``).
    base_domain: str | None = None
    #: ``internal`` (same registrable domain as the page) or ``external``.
    kind: str | None = None
    rel: str | None = None
    #: 0–10, from the link alone; None unless ``score_links`` is on.
    intrinsic_score: float | None = None
    #: 0–1, relevance to the query; None without a query.
    contextual_score: float | None = None
    #: 0–1.
    total_score: float | None = None
    #: What ``extractors.head.parse_head`` found at the target.
    head_data: dict[str, Any] | None = None
    #: ``valid``, ``failed``, ``skipped``; None when no preview was asked for.
    head_extraction_status: str | None = None
    head_extraction_error: str | None = None

    # Not fields, so not exported: what scoring needs to know of the place the link was found in.
    #: The texts of the blocks around its anchors, without those of links: one in a line, of bounded length.
    context = ""
    #: The landmark it stands in: ``nav``, ``header``, ``footer``, ``aside``, ``main``; "" where there is none.
    landmark = ""
    #: ``page.PageScope`` of the page.
    scope = _NOT_EXPORTED


@dataclass(eq=False)
class MediaItem:
    """One URL of an image, video or audio of a page; variants of one picture share ``group_id``."""

    page_url: str
    #: ``image``, ``video`` or ``audio``.
    type: str
    src: str
    alt: str | None = None
    #: The text a reader would connect with the medium, of bounded length.
    desc: str | None = None
    #: Relevance on its page; higher is more relevant, trackers and icons fall below 2.
    score: float | None = None
    group_id: int | None = None
    format: str | None = None
    #: CSS pixels.
    width: int | None = None
    height: int | None = None

    #: ``page.PageScope`` of the page.
    scope = _NOT_EXPORTED


@dataclass(eq=False)
class TableItem:
    """One data table of a page, laid out by the HTML table model."""

    page_url: str
    headers: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    caption: str | None = None
    summary: str | None = None
    #: row_count, column_count, id, class, score, …
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(eq=False)
class ExtractedItem:
    """What an extraction strategy made of a page."""

    page_url: str
    strategy: str
    data: list[Any] = field(default_factory=list)
    #: One dict per failure: at least ``type`` and ``message``.
    errors: list[dict[str, Any]] = field(default_factory=list)
    #: Tokens and cost (LLM strategies).
    usage: dict[str, Any] | None = None
    #: Where each part came from (LLM strategies): number, heading path, status.
    chunks: list[dict[str, Any]] | None = None

    #: What ``LLMPipeline`` has still to do.
    job = _NOT_EXPORTED


_LONG = frozenset(["cleaned_html", "markdown", "fit_markdown"])


@dataclass(eq=False, repr=False)
class PageItem:
    """One page. With the option ``nested`` its links, media and tables come inside."""

    url: str
    requested_url: str | None = None
    status: int | None = None
    title: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    cleaned_html: str | None = None
    markdown: str | None = None
    markdown_with_citations: str | None = None
    references_markdown: str | None = None
    fit_markdown: str | None = None
    fit_html: str | None = None
    #: ``{"path", "checksum", "type"}`` of the stored file, or its base64 text with ``capture_inline``.
    screenshot: dict[str, Any] | str | None = None
    pdf: dict[str, Any] | str | None = None
    mhtml: dict[str, Any] | str | None = None
    #: True when a browser made the page.
    rendered: bool = False
    #: One dict per thing that went wrong without losing the page: ``{"action", "type", "message"}``.
    errors: list[dict[str, Any]] = field(default_factory=list)
    #: ``{"internal": [...], "external": [...]}`` of LinkItem fields.
    links: dict[str, list[dict[str, Any]]] | None = None
    #: ``{"images": [...], "videos": [...], "audio": [...]}`` of MediaItem fields.
    media: dict[str, list[dict[str, Any]]] | None = None
    tables: list[dict[str, Any]] | None = None

    #: ``page.PageScope`` of the page.
    scope = _NOT_EXPORTED
    #: ``responses.Capture`` with the bytes that ``ArtifactPipeline`` stores.
    capture = _NOT_EXPORTED

    def __repr__(self) -> str:
        # Scrapy logs every item, and a page is long.
        sizes = {name: len(value) for name, value in vars(self).items() if isinstance(value, str) and name in _LONG}
        lengths = "".join(f", {name}=<{size} characters>" for name, size in sizes.items())
        return f"PageItem(url={self.url!r}, status={self.status!r}, title={self.title!r}{lengths})"
