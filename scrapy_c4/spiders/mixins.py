"""Spider mixins: ``extract_…(response)`` gives items ready to be yielded.

Options come from the ``C4_*`` settings and from ``meta["c4"]`` of the response's request. What the exclude_* options
name is dropped by :class:`~scrapy_c4.pipelines.ExcludePipeline`, previews and scores by a query are added by
:class:`~scrapy_c4.pipelines.LinkScorePipeline`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy.http import HtmlResponse

from scrapy_c4.options import Options
from scrapy_c4.page import PageReader
from scrapy_c4.startup import clear_option_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scrapy.crawler import Crawler
    from scrapy.http import Response

    # typing.Self requires Python 3.11
    from typing_extensions import Self

    from scrapy_c4.items import ExtractedItem, LinkItem, MediaItem, PageItem, TableItem


class PageOptionsMixin:
    """Knows the options of the crawl."""

    _c4_options: Options | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Stops the start for a wrong setting, also without the add-on."""
        with clear_option_errors():
            Options.from_settings(crawler.settings)
        make = getattr(super(), "from_crawler", None)
        spider: Self = make(crawler, *args, **kwargs) if make is not None else cls(*args, **kwargs)
        return spider

    def _c4_reader(self, response: Response) -> PageReader:
        if not isinstance(response, HtmlResponse):
            raise TypeError(f"{response!r} is no HTML page: check isinstance(response, HtmlResponse) first")
        if self._c4_options is None:
            settings = getattr(self, "settings", None)
            self._c4_options = Options() if settings is None else Options.from_settings(settings)
        crawler = getattr(self, "crawler", None)
        return PageReader(response, self._c4_options, crawler.stats if crawler is not None else None)


class LinkMixin(PageOptionsMixin):
    def extract_links(self, response: Response) -> list[LinkItem]:
        return self._c4_reader(response).links()


class MediaMixin(PageOptionsMixin):
    def extract_media(self, response: Response) -> list[MediaItem]:
        return self._c4_reader(response).media()


class TableMixin(PageOptionsMixin):
    def extract_tables(self, response: Response) -> list[TableItem]:
        return self._c4_reader(response).tables()


class PageMixin(PageOptionsMixin):
    def extract_page(self, response: Response) -> PageItem:
        return self._c4_reader(response).page()


class C4Mixin(LinkMixin, MediaMixin, TableMixin, PageMixin):
    def extract_data(self, response: Response) -> list[ExtractedItem]:
        """What the option ``extraction`` makes of the page: one item, or none without the option."""
        return self._c4_reader(response).extracted()

    def extract_all(self, response: Response) -> Iterator[Any]:
        """The items that the option ``emit`` names; with ``nested`` one PageItem that holds the others."""
        return self._c4_reader(response).all()
