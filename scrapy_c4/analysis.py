"""``analyze``: everything the extractors can say of one response, lazily and from one parse."""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property, wraps
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary, ref

from scrapy.http import Response

from scrapy_c4._undisturbed import undisturbed
from scrapy_c4.extractors.document import Document
from scrapy_c4.extractors.exclude import ExcludeRules
from scrapy_c4.options import Options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from scrapy.http import TextResponse

    from scrapy_c4.extractors.content import Node
    from scrapy_c4.extractors.markdown import Markdown
    from scrapy_c4.items import ExtractedItem, LinkItem, MediaItem, TableItem

_T = TypeVar("_T")

#: The last analysis of each response, gone with the response.
_analyses: WeakKeyDictionary[Response, PageAnalysis] = WeakKeyDictionary()


def _part(compute: Callable[[PageAnalysis], _T]) -> cached_property[_T]:
    """A part of the analysis, computed once."""

    @wraps(compute)
    def computed(self: PageAnalysis) -> _T:
        with undisturbed(), self._document.plain_elements():
            return compute(self)

    return cached_property(computed)


class PageAnalysis:
    """What the extractors find on a page under some options. Each part is computed when first asked for."""

    def __init__(self, make_document: Callable[[], Document], options: Options, known: dict[str, Any] | None = None):
        """``known``: what :func:`snapshot` took of an analysis of the same page; it is not computed again."""
        self._make_document = make_document
        self._options = options
        #: How many items each exclude rule has dropped from ``links`` and ``media``.
        self.dropped: dict[str, int] = {}
        self.__dict__.update(known or {})

    @cached_property
    def _document(self) -> Document:
        return self._make_document()

    @cached_property
    def url(self) -> str:
        """The URL of the page, after redirects."""
        return self._document.url

    @cached_property
    def base_domain(self) -> str | None:
        """The registrable domain of the page."""
        return self._document.base_domain

    @cached_property
    def cut(self) -> str | None:
        """Why the page was read only in part, such as for too many nested elements; None for whole pages."""
        return self._document.cut

    @cached_property
    def _scoped(self) -> Document:
        return self._document.scoped(self._options)

    @cached_property
    def _rules(self) -> ExcludeRules:
        return ExcludeRules(self._options, self.base_domain)

    @_part
    def all_links(self) -> list[LinkItem]:
        """The page's links, excluded ones too; scored when ``score_links`` is on or previews will need a ranking."""
        from scrapy_c4.extractors.links import extract_links

        scored = self._options.score_links or self._options.link_preview is not None
        links = extract_links(self._scoped, with_context=scored)
        if scored:
            from scrapy_c4.extractors.links import page_headings
            from scrapy_c4.scoring import score_intrinsic, total_score

            score_intrinsic(
                links,
                title=self.metadata.get("title"),
                headings=page_headings(self._document),
                description=self.metadata.get("description"),
                page_url=self.url,
            )
            for link in links:
                link.total_score = total_score(link.intrinsic_score, None)
        return links

    @cached_property
    def links(self) -> list[LinkItem]:
        """The page's links without the excluded ones, with ``intrinsic_score`` when ``score_links`` is on."""
        if not self._rules.drops_links:
            return list(self.all_links)
        return self._kept(self.all_links, self._rules.link_rule)

    @_part
    def all_media(self) -> list[MediaItem]:
        """The page's media, excluded ones too."""
        from scrapy_c4.extractors.media import extract_media

        return extract_media(self._scoped, min_desc_words=self._options.image_description_min_word_threshold)

    @cached_property
    def media(self) -> list[MediaItem]:
        """The page's media without the excluded ones."""
        return self._kept(self.all_media, self._rules.media_rule)

    @_part
    def tables(self) -> list[TableItem]:
        """The page's data tables."""
        from scrapy_c4.extractors.tables import extract_tables

        return extract_tables(self._scoped, threshold=self._options.table_score_threshold)

    @_part
    def metadata(self) -> dict[str, Any]:
        """title, description, keywords, author, canonical, lang, og:*, twitter:*, article:*, jsonld … (JSON-able)."""
        from scrapy_c4.extractors.metadata import extract_metadata

        return extract_metadata(self._document)

    @_part
    def _content(self) -> Node:
        from scrapy_c4.extractors.content import content_of

        return content_of(self._document, self._options, self._rules)

    @_part
    def cleaned_html(self) -> str:
        """The selected content without scripts, styles and clutter, URLs absolute; "" when nothing is selected."""
        from scrapy_c4.extractors.clean import to_html

        return to_html(self._content)

    @cached_property
    def markdown(self) -> Markdown:
        """The selected content as markdown; ``fit_*`` are None without ``content_filter``."""
        from scrapy_c4.extractors.filters import make_filter
        from scrapy_c4.extractors.markdown import Markdown

        return Markdown(self._content, make_filter(self._options.content_filter, self._subject()))

    def _subject(self) -> Callable[[], str]:
        """Gives the title and description of the page, read when asked for.

        Not bound to the analysis: that would keep itself alive by its own part.
        """
        document, known = self._document, self.__dict__.get("metadata")

        def subject() -> str:
            from scrapy_c4.extractors.metadata import extract_metadata

            metadata = known
            if metadata is None:
                with undisturbed(), document.plain_elements():
                    metadata = extract_metadata(document)
            return " ".join(filter(None, (metadata["title"], metadata["description"])))

        return subject

    @cached_property
    def extracted(self) -> ExtractedItem | None:
        """What the option ``extraction`` makes of the page; None without it."""
        if self._options.extraction is None:
            return None
        from scrapy_c4.extraction import run_extraction

        return run_extraction(self._options.extraction, self)

    def _kept(self, items: Iterable[Any], rule_of: Callable[[Any], str | None]) -> list[Any]:
        kept = []
        for item in items:
            rule = rule_of(item)
            if rule is None:
                kept.append(item)
            else:
                self.dropped[rule] = self.dropped.get(rule, 0) + 1
        return kept


def analysis_of(response: TextResponse, options: Options, known: dict[str, Any] | None = None) -> PageAnalysis:
    """The analysis of ``response`` under ``options``; asked for again with equal options, the same one.

    ``known``: as for :class:`PageAnalysis`; the page is then parsed only when something else is asked for.
    """
    analysis = _analyses.get(response)
    if analysis is None or analysis._options != options:
        if analysis is None and known is not None:
            # Not the response itself: what is kept for a response must not keep it.
            page = ref(response)
            analysis = PageAnalysis(lambda: Document.from_response(_living(page)), options, known)
        else:
            document = _document_of(response)
            analysis = PageAnalysis(lambda: document, options)
        _analyses[response] = analysis
    return analysis


def _living(page: ref[TextResponse]) -> TextResponse:
    response = page()
    if response is None:
        raise RuntimeError("the response is gone")
    return response


def snapshot(analysis: PageAnalysis, parts: Iterable[str]) -> dict[str, Any]:
    """The ``parts`` of an analysis, names of its attributes, as data that can be sent to another process.

    A part that fails is left out: asked for once more, it will say why.
    """
    taken = {name: getattr(analysis, name) for name in ("url", "base_domain", "cut")}
    for part in parts:
        with suppress(Exception):
            value = getattr(analysis, part)
            taken[part] = value.finished() if part == "markdown" else value
    taken["dropped"] = analysis.dropped
    return taken


def is_analysed(response: Response) -> bool:
    return response in _analyses


def forget(response: Response) -> None:
    """Let go of what :func:`analysis_of` keeps, now and not when the response goes."""
    _analyses.pop(response, None)


def analyze(response: TextResponse, **options: Any) -> PageAnalysis:
    """Analyse a response, without network. ``options`` are those of :class:`scrapy_c4.options.Options`.

    Raises :exc:`~scrapy_c4.options.OptionError` for an unknown option or an impossible value.
    """
    if not isinstance(response, Response):
        raise TypeError(
            f"analyze() needs a Response, not {type(response).__name__}; for HTML without one: "
            "scrapy.http.HtmlResponse(url, body=html, encoding='utf-8')"
        )
    document = _document_of(response)
    return PageAnalysis(lambda: document, Options.of(options))


def _document_of(response: TextResponse) -> Document:
    analysis = _analyses.get(response)
    return Document.from_response(response) if analysis is None else analysis._document
