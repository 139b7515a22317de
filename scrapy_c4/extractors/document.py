"""One parsed page, shared by all extractors."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from scrapy_c4.extractors import urls

if TYPE_CHECKING:
    from lxml.html import HtmlElement
    from scrapy.http import TextResponse


class Document:
    """The lxml tree of a page and its URLs.

    The tree is the one behind ``response.selector``, so a page is parsed once. It belongs to the user too:
    extractors never change it; who must cut something away works on a copy.
    """

    def __init__(self, root: HtmlElement, url: str, encoding: str = "utf-8"):
        self.root = root
        #: The URL of the response, after redirects.
        self.url = url
        #: The encoding of the response: what browsers encode the query of a link with.
        self.encoding = encoding
        self._resolved: dict[str, str | None] = {}

    @classmethod
    def from_response(cls, response: TextResponse) -> Document:
        root: Any = response.selector.root
        return cls(root, response.url, response.encoding)

    @cached_property
    def base_url(self) -> str:
        """What relative URLs are resolved against: the first ``base href``, itself resolved, or the page's URL."""
        for base in self.root.iter("base"):
            href = base.get("href")
            if href is not None:
                return urls.resolve(self.url, href) or self.url
        return self.url

    @cached_property
    def base_domain(self) -> str | None:
        """The registrable domain of the page."""
        return urls.base_domain(self.url)

    def resolve(self, href: str) -> str | None:
        """``href`` as a browser resolves it on this page (any scheme), or None where it finds no URL."""
        try:
            return self._resolved[href]
        except KeyError:
            url = self._resolved[href] = urls.resolve(self.base_url, href)
            return url
