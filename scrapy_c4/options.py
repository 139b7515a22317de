"""Every option of scrapy_c4, declared once: name, type, default, check, one line of doc.

An option ``name`` is the setting ``C4_NAME``, the key ``name`` of ``Request.meta["c4"]`` and the keyword ``name`` of
:func:`scrapy_c4.analyze`. The table of settings in the README is made from this module.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import Field, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from scrapy_c4 import _kinds as kinds
from scrapy_c4._kinds import Kind, nearest

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

    # typing.Self requires Python 3.11
    from typing_extensions import Self

__all__ = ["SOCIAL_MEDIA_DOMAINS", "LinkPreviewConfig", "OptionError", "Options", "nearest"]

SETTING_PREFIX = "C4_"
#: Settings that :class:`scrapy_c4.llm_settings.LLMSettings` declares.
LLM_PREFIX = "C4_LLM_"
SOCIAL_MEDIA_DOMAINS = (
    "facebook.com",
    "twitter.com",
    "x.com",
    "linkedin.com",
    "instagram.com",
    "pinterest.com",
    "tiktok.com",
    "snapchat.com",
    "reddit.com",
)
#: Characters of a wrong value in the message about it.
MAX_SHOWN = 500
EMITTABLE = ("page", "link", "media", "table", "extracted")


class OptionError(ValueError):
    """An option that does not exist, or a value that it cannot take."""


def _option(default: Any, kind: Kind, doc: str, *, per_request: bool = True) -> Any:
    metadata = {"kind": kind, "doc": doc, "per_request": per_request}
    if isinstance(default, list):
        return field(default_factory=lambda: list(default), metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class _Declared:
    """Base of classes whose fields are options."""

    @classmethod
    def declarations(cls) -> dict[str, Field[Any]]:
        return {f.name: f for f in fields(cls)}

    @classmethod
    def _parse(
        cls, values: Mapping[str, Any], label: str, *, per_request: bool = False, others: Iterable[str] = ()
    ) -> dict[str, Any]:
        """``others``: names that an unknown one may have been meant to be, besides those declared here."""
        declared = cls.declarations()
        parsed = {}
        for name, value in values.items():
            shown = label.format(name=name, NAME=str(name).upper())
            if name not in declared:
                known = [*(label.format(name=n, NAME=n.upper()) for n in declared), *others]
                raise OptionError(f"{shown} is not an option{nearest(shown, known)}")
            if per_request and not declared[name].metadata["per_request"]:
                raise OptionError(f"{shown} holds for the whole crawl: give it as the setting C4_{name.upper()}")
            kind: Kind = declared[name].metadata["kind"]
            try:
                parsed[name] = kind.parse(value)
            except ValueError as error:
                # A kind made of options names the part that is wrong by itself.
                detail = str(error) or f"it must be {kind.allowed}"
                raise OptionError(f"{shown} = {masked(value)} is not possible: {detail}") from None
            except RecursionError:
                raise OptionError(f"{shown} = {masked(value)} is not possible: it is nested too deep") from None
        return parsed


_TOKEN = re.compile(
    r"""(["'][\w-]*(?:api[_-]?key|access[_-]?key|token|secret|password|authorization)["']\s*:\s*["'])"""
    r"""(?!env:)(?:\\.|[^"'\\])*""",
    re.IGNORECASE,
)
_LOGIN = re.compile(r"(://[^\s/@:'\"]*:)[^\s/'\"]+@")


def masked(value: Any) -> str:
    """The repr of ``value`` without the tokens and passwords in it; its beginning, when it is long."""
    try:
        shown = _LOGIN.sub(r"\1***@", _TOKEN.sub(r"\1***", repr(value)))
    except RecursionError:
        return f"<{type(value).__name__}>"
    return shown if len(shown) <= MAX_SHOWN else shown[:MAX_SHOWN] + "…"


def crawl_setting(settings: BaseSettings, name: str, kind: Kind, default: Any) -> Any:
    """A setting that is no option of a page; raises :exc:`OptionError` naming the setting and what is allowed."""
    value = settings.get(name, default)
    try:
        return kind.parse(value)
    except ValueError:
        raise OptionError(f"{name} = {masked(value)} is not possible: it must be {kind.allowed}") from None


@dataclass(frozen=True)
class LinkPreviewConfig(_Declared):
    """What to fetch of the pages behind the links. Every field is a key of the option ``link_preview``."""

    include_internal: bool = _option(True, kinds.BOOL, "Preview links of the same registrable domain.")
    include_external: bool = _option(False, kinds.BOOL, "Preview links to other domains.")
    include_patterns: list[str] | None = _option(None, kinds.STRINGS, "Only URLs that match one of these globs.")
    exclude_patterns: list[str] | None = _option(None, kinds.STRINGS, "No URLs that match one of these globs.")
    concurrency: int = _option(10, kinds.POSITIVE_INT, "Heads fetched at once, for the whole crawl.")
    timeout: float = _option(5.0, kinds.POSITIVE_FLOAT, "Seconds for one head, from request to result.")
    max_links: int = _option(100, kinds.POSITIVE_INT, "Links previewed per page, the best ones first.")
    query: str | None = _option(None, kinds.TEXT, "What the links shall be relevant to; gives contextual_score.")
    score_threshold: float | None = _option(
        None, kinds.optional(kinds.UNIT_FLOAT), "Drop links whose total_score is below it (0 to 1)."
    )
    verbose: bool = _option(False, kinds.BOOL, "Log every preview at INFO level.")

    def __post_init__(self) -> None:
        parsed = self._parse({f.name: getattr(self, f.name) for f in fields(self)}, "link_preview: {name}")
        for name, value in parsed.items():
            object.__setattr__(self, name, value)
        if not (self.include_internal or self.include_external):
            raise OptionError("link_preview: include_internal and include_external cannot both be off")

    @classmethod
    def of(cls, value: Any) -> Self | None:
        """``value``: None, False, True (all defaults), a dict of fields or a LinkPreviewConfig."""
        if value is None or value is False:
            return None
        if value is True:
            return cls()
        if isinstance(value, cls):
            return value
        values = kinds.parse_mapping(value)
        return cls(**cls._parse(values, "link_preview: {name}"))


def _parse_preview(value: Any) -> LinkPreviewConfig | None:
    if isinstance(value, str) and value.lower() in {"", "none", "false", "0"}:
        return None
    if isinstance(value, str) and value.lower() in {"true", "1"}:
        return LinkPreviewConfig()
    if isinstance(value, str) and not value.lstrip().startswith(("{", "[")):
        raise ValueError
    return LinkPreviewConfig.of(value)


_PREVIEW = Kind(
    "object or bool",
    "a dict of " + ", ".join(LinkPreviewConfig.declarations()) + ", True or False",
    _parse_preview,
)
#: A language tag, or the name that Crawl4AI has for its default.
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:[-_][a-z0-9]{1,8})*|english", re.IGNORECASE)
_NAMED_FILTER = kinds.named_object("type", ("pruning", "bm25", "article"), allow_none=True)


def _parse_content_filter(value: Any) -> dict[str, Any] | None:
    named: dict[str, Any] | None = _NAMED_FILTER.parse(value)
    if named is None:
        return None
    from scrapy_c4.extractors.filters import parse_filter

    parsed = parse_filter(named)
    language = parsed.get("language")
    if language is not None and not _LANGUAGE.fullmatch(language):
        raise OptionError(f"language {masked(language)} must be a language tag such as en, de or pt-BR")
    return parsed


_CONTENT_FILTER = Kind(_NAMED_FILTER.name, _NAMED_FILTER.allowed, _parse_content_filter)
_STRATEGY = kinds.named_object("strategy", ("css", "xpath", "regex", "llm"), allow_none=True)


def _parse_extraction(value: Any) -> dict[str, Any] | None:
    # A strategy made in code stands for its configuration.
    config: dict[str, Any] | None = _STRATEGY.parse(getattr(value, "config", value))
    if config is not None:
        from scrapy_c4.extraction import make_strategy

        make_strategy(config)
    return config


_EXTRACTION = Kind(_STRATEGY.name, _STRATEGY.allowed, _parse_extraction)


@dataclass(frozen=True)
class Options(_Declared):
    """The options in force for one page. Immutable; ``merged`` gives a changed copy."""

    enabled: bool = _option(True, kinds.BOOL, "False switches every component off.")

    # Rendering
    render: str = _option("always", kinds.choice("always", "never", "auto"), "Which pages a browser makes.")
    wait_for: str | None = _option(
        None, kinds.WAIT_FOR, "Wait for `css:<selector>` to match or `js:<function or expression>` to be true."
    )
    wait_for_timeout: float | None = _option(
        None, kinds.optional(kinds.POSITIVE_FLOAT), "Milliseconds for wait_for; None: what page_timeout leaves."
    )
    wait_for_required: bool = _option(False, kinds.BOOL, "A wait_for that times out fails the request.")
    js_code_before_wait: list[str] | None = _option(None, kinds.SCRIPTS, "JavaScript to run before wait_for.")
    js_code: list[str] | None = _option(None, kinds.SCRIPTS, "JavaScript to run after wait_for.")
    delay_before_return_html: float = _option(0.0, kinds.NON_NEGATIVE_FLOAT, "Seconds to wait before reading the page.")
    scan_full_page: bool = _option(False, kinds.BOOL, "Scroll down until the page stops growing.")
    scroll_delay: float = _option(0.2, kinds.NON_NEGATIVE_FLOAT, "Seconds between two scroll steps.")
    virtual_scroll: dict[str, Any] | None = _option(
        None, kinds.VIRTUAL_SCROLL, "Collect a list that recycles its elements while scrolling."
    )
    wait_for_images: bool = _option(False, kinds.BOOL, "Bring lazy images into view and wait until they have loaded.")
    process_iframes: bool = _option(False, kinds.BOOL, "Put the content of frames in place of the frames.")
    remove_overlay_elements: bool = _option(False, kinds.BOOL, "Remove cookie banners, pop-ups and scroll locks.")
    page_timeout: float = _option(
        60_000.0, kinds.POSITIVE_FLOAT, "Milliseconds for the whole page, from opening to closing it."
    )
    block_resources: list[str] | None = _option(
        None, kinds.RESOURCES, "Kinds of sub-resources the browser does not load."
    )
    max_page_requests: int = _option(
        1000, kinds.POSITIVE_INT, "Sub-requests a page may make; further ones are aborted."
    )

    # Capture
    screenshot: str | None = _option(
        None, kinds.SCREENSHOT, "True or `full`: the whole page; `viewport`; or a CSS selector."
    )
    pdf: bool = _option(False, kinds.BOOL, "Print the page to PDF.")
    capture_mhtml: bool = _option(False, kinds.BOOL, "Save the page with its resources as MHTML.")
    capture_store: str | None = _option(
        "captures", kinds.TEXT, "Where captures go: a folder, s3://, gs:// or ftp:// URI.", per_request=False
    )
    capture_inline: bool = _option(False, kinds.BOOL, "Put captures into the item as base64 instead of the store.")

    # Content
    css_selector: str | None = _option(None, kinds.CSS, "Only what this CSS selector matches.")
    target_elements: list[str] = _option([], kinds.CSS_LIST, "CSS selectors of the content of markdown and extraction.")
    excluded_tags: list[str] = _option([], kinds.TAGS, "Elements to remove, by tag name.")
    excluded_selector: str | None = _option(None, kinds.CSS, "Elements to remove, by CSS selector.")
    word_count_threshold: int = _option(0, kinds.NON_NEGATIVE_INT, "Drop text blocks of fewer words.")
    only_text: bool = _option(False, kinds.BOOL, "Text without links, images and inline markup.")
    remove_forms: bool = _option(False, kinds.BOOL, "Remove forms.")
    keep_data_attributes: bool = _option(False, kinds.BOOL, "Keep data-* attributes in cleaned_html.")
    content_filter: dict[str, Any] | None = _option(
        None, _CONTENT_FILTER, "`pruning`, `bm25` or `article`, or a dict with `type` and its arguments: fit_markdown."
    )

    # Links
    exclude_external_links: bool = _option(False, kinds.BOOL, "Drop links to other registrable domains.")
    exclude_internal_links: bool = _option(False, kinds.BOOL, "Drop links to the page's own registrable domain.")
    exclude_social_media_links: bool = _option(False, kinds.BOOL, "Drop links to exclude_social_media_domains.")
    exclude_social_media_domains: list[str] = _option(
        list(SOCIAL_MEDIA_DOMAINS), kinds.DOMAINS, "The domains that exclude_social_media_links means."
    )
    exclude_domains: list[str] = _option([], kinds.DOMAINS, "Drop links to and images from these domains.")
    score_links: bool = _option(False, kinds.BOOL, "Give every link an intrinsic_score.")
    link_preview: LinkPreviewConfig | None = _option(
        None, _PREVIEW, "Fetch the heads of the linked pages and score the links by a query."
    )

    # Media
    exclude_external_images: bool = _option(False, kinds.BOOL, "Drop images of other registrable domains.")
    exclude_all_images: bool = _option(False, kinds.BOOL, "Drop all images.")
    image_score_threshold: float = _option(2.0, kinds.FLOAT, "Keep images whose score is above it.")
    image_description_min_word_threshold: int = _option(
        1, kinds.NON_NEGATIVE_INT, "Words that nearby text needs to become desc."
    )

    # Tables
    table_score_threshold: float = _option(7.0, kinds.FLOAT, "Keep tables whose score is at least this.")

    # Extraction
    extraction: dict[str, Any] | None = _option(
        None, _EXTRACTION, '`{"strategy": "css" | "xpath" | "regex" | "llm", …}`: see the strategies.'
    )

    # Drop-in
    emit: list[str] = _option(
        list(EMITTABLE), kinds.subset(EMITTABLE), "Item classes that ExtractMiddleware adds for every page."
    )
    nested: bool = _option(
        False, kinds.BOOL, "One PageItem with links, media and tables inside; only ExtractedItems stay apart."
    )

    # Safety
    allow_private_networks: bool = _option(
        False, kinds.BOOL, "Let previews and browser pages of public sites reach private addresses.", per_request=False
    )

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """Options from keywords; raises :exc:`OptionError`."""
        return cls(**cls._parse(values, "{name}"))

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> Self:
        """Options from the ``C4_*`` settings; raises :exc:`OptionError` naming the setting that is wrong."""
        values = {}
        for name in settings:
            if not isinstance(name, str) or not name.startswith(SETTING_PREFIX):
                continue
            if name not in CRAWL_SETTINGS and not name.startswith(LLM_PREFIX):
                values[name[len(SETTING_PREFIX) :].lower()] = settings[name]
        return cls(**cls._parse(values, SETTING_PREFIX + "{NAME}", others=CRAWL_SETTINGS))

    def merged(self, values: Mapping[str, Any] | None, label: str = 'meta["c4"]: {name}') -> Self:
        """A copy with ``values`` over these; raises :exc:`OptionError`."""
        if not values:
            return self
        if not isinstance(values, Mapping):
            raise OptionError(f"{label.split(':')[0]} = {values!r} is not possible: it must be a dict of options")
        return replace(self, **self._parse(values, label, per_request=True))


#: Settings with the prefix that are no options of a page; their components read them.
CRAWL_SETTINGS: frozenset[str] = frozenset(
    {
        "C4_BROWSER_TIMEOUT",
        "C4_CONTEXT_MAX_PAGES",
        "C4_PAGE_MAX_VISITS",
        "C4_JOBDIR_STRICT",
        "C4_LEASE_RETURNS",
        "C4_LEASE_SECONDS",
        "C4_PROCESSES",
    }
)
