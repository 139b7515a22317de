"""``analyze``: everything the extractors can say of one response, lazily and from one parse."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from scrapy_c4.extractors.document import Document
from scrapy_c4.options import Options

if TYPE_CHECKING:
    from scrapy.http import Response, TextResponse

    from scrapy_c4.extractors.markdown import Markdown
    from scrapy_c4.items import LinkItem, MediaItem, TableItem

#: One tree per response, gone with the response.
_documents: WeakKeyDictionary[Response, Document] = WeakKeyDictionary()


def document_of(response: TextResponse) -> Document:
    """The parsed page of ``response``, made on first use."""
    document = _documents.get(response)
    if document is None:
        document = _documents[response] = Document.from_response(response)
    return document


class PageAnalysis:
    """What the extractors find on a page under some options. Each part is computed when first asked for."""

    def __init__(self, document: Document, options: Options):
        self._document = document
        self._options = options

    @cached_property
    def links(self) -> list[LinkItem]:
        """The page's links without the excluded ones, with ``intrinsic_score`` when ``score_links`` is on."""
        raise NotImplementedError

    @cached_property
    def media(self) -> list[MediaItem]:
        raise NotImplementedError

    @cached_property
    def tables(self) -> list[TableItem]:
        raise NotImplementedError

    @cached_property
    def metadata(self) -> dict[str, Any]:
        raise NotImplementedError

    @cached_property
    def cleaned_html(self) -> str:
        raise NotImplementedError

    @cached_property
    def markdown(self) -> Markdown:
        raise NotImplementedError


def analyze(response: TextResponse, **options: Any) -> PageAnalysis:
    """Analyse a response, without network. ``options`` are those of :class:`scrapy_c4.options.Options`.

    Raises :exc:`~scrapy_c4.options.OptionError` for an unknown option or an impossible value.
    """
    return PageAnalysis(document_of(response), Options.of(options))
