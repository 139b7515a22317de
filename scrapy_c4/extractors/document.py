"""One parsed page, shared by all extractors."""

from __future__ import annotations

import logging
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any

import lxml.html
from lxml.etree import ElementDefaultClassLookup, ElementNamespaceClassLookup, ErrorTypes
from lxml.html import HtmlElement
from parsel import Selector
from scrapy.http import HtmlResponse, TextResponse

from scrapy_c4.extractors import scope, urls
from scrapy_c4.extractors.encodings import forget_codecs_that_are_none_of_pages
from scrapy_c4.extractors.mending import mended
from scrapy_c4.extractors.tag_bombs import MAX_ATTRIBUTES, defused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scrapy.http import Response

    from scrapy_c4.options import Options

logger = logging.getLogger(__name__)

# Two ways to the classes of lxml.html. The plain one, which takes forms and their fields for any other elements, halves
# the time of a walk; the other one is what users get: those of lxml.html, found without a call of Python code for each.
_plain_classes = ElementDefaultClassLookup(
    element=HtmlElement,
    comment=lxml.html.HtmlComment,
    pi=lxml.html.HtmlProcessingInstruction,
    entity=lxml.html.HtmlEntity,
)
_classes = ElementNamespaceClassLookup(_plain_classes)
_classes.get_namespace(None).update(
    {
        "form": lxml.html.FormElement,
        "input": lxml.html.InputElement,
        "label": lxml.html.LabelElement,
        "select": lxml.html.SelectElement,
        "textarea": lxml.html.TextareaElement,
    }
)
#: Characters of a ``base href`` that is believed.
MAX_BASE = 4096
_INDEXED = ("base", "h1", "h2", "h3", "template")


class Document:
    """The lxml tree of a page and its URLs.

    The tree is, as a rule, the one behind ``response.selector``, so a page is parsed once; only a page with more levels
    of elements than libxml2 reads gets one of its own, with fewer. It belongs to the user
    too: extractors never change it; who must cut something away works on a copy.
    """

    #: False when the ``css_selector`` this document was made with (see :meth:`scoped`) matches nothing.
    selector_matched = True
    #: Why the parser stopped before the end of the page; None when it did not.
    cut: str | None = None
    #: What says which classes the elements get; None where that is not ours to say.
    _parser: lxml.html.HTMLParser | None = None

    def __init__(self, root: HtmlElement, url: str, encoding: str = "utf-8"):
        self.root = root
        #: The URL of the response, after redirects.
        self.url = url
        #: The encoding of the response: what browsers encode the query of a link with.
        self.encoding = encoding
        self._resolved: dict[str, str | None] = {}
        self._scoped: dict[Any, Document] = {}
        #: What the page's JSON-LD scripts hold, by their texts.
        self.jsonld: dict[str, Any] = {}

    @classmethod
    def from_response(cls, response: Response) -> Document:
        """The page of ``response``; raises TypeError for a response that is no text, such as an image."""
        if not isinstance(response, TextResponse):
            raise TypeError(f"{response!r} is not text: there is no page to read in a {type(response).__name__}")
        forget_codecs_that_are_none_of_pages()
        html, bombs = defused(response.text)
        root: Any = None
        if not bombs:
            # Scrapy refuses a page for an impossible ``base href``.
            with suppress(ValueError):
                root = response.selector.root
        if not isinstance(root, HtmlElement):
            # XML and JSON responses: read as a browser would read the text if it were sent as HTML.
            root = Selector(text=html, type="html").root
        parser = root.getroottree().parser
        cut = f"{bombs} tags with more than {MAX_ATTRIBUTES} attributes" if bombs else None
        # libxml2 gives up on pages with more than 2048 nested elements, and says so nowhere else.
        error = parser.error_log.last_error if parser is not None else None
        if error is not None and error.type == ErrorTypes.ERR_RESOURCE_LIMIT:
            from scrapy_c4.extractors.deep import flattened

            markup = flattened(html)
            if markup is None:
                cut = error.message.partition(", use ")[0]
            else:
                root = Selector(text=markup, type="html").root
                parser = root.getroottree().parser
        if type(parser) is lxml.html.HTMLParser:
            parser.set_element_class_lookup(_classes)
        else:
            parser = None
        root = mended(root, may_have_shadow="shadowrootmode" in html)
        document = cls(root, response.url, response.encoding)
        document.cut = cut
        document._parser = parser
        return document

    @classmethod
    def from_text(cls, html: str, url: str) -> Document:
        """The page that ``html`` is the source of."""
        return cls.from_response(HtmlResponse(url, body=html, encoding="utf-8"))

    @contextmanager
    def plain_elements(self) -> Iterator[None]:
        """Forms and their fields are ``HtmlElement`` as all the others meanwhile: do not keep any of them for later."""
        parser = self._parser
        if parser is None:
            yield
            return
        self._parser = None  # one part of the analysis may ask for another one
        parser.set_element_class_lookup(_plain_classes)
        try:
            yield
        finally:
            parser.set_element_class_lookup(_classes)
            self._parser = parser

    @cached_property
    def index(self) -> dict[str, list[HtmlElement]]:
        """The elements of some tags that are few on a page, in document order, found in one walk."""
        index: dict[str, list[HtmlElement]] = {tag: [] for tag in _INDEXED}
        for element in self.root.iter(*index):
            index[element.tag].append(element)  # type: ignore[index]
        return index

    @cached_property
    def base_url(self) -> str:
        """What relative URLs are resolved against: the first ``base href``, itself resolved, or the page's URL."""
        for base in self.index["base"]:
            href = base.get("href")
            if href is not None:
                # Every link of the page would become as long.
                url = urls.resolve(self.url, href, self.encoding) if len(href) <= MAX_BASE else None
                return url if url and not url.startswith(("data:", "javascript:")) else self.url
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
            url = self._resolved[href] = urls.resolve(self.base_url, href, self.encoding)
            return url

    def scoped(self, options: Options) -> Document:
        """What ``css_selector``, ``excluded_tags``, ``excluded_selector`` and ``remove_forms`` leave of the page.

        This very document when none of them is set; otherwise one over a pruned copy of the tree, with the same URLs.
        The head is always left as it is. A ``css_selector`` that matches nothing gives an empty body, a warning, and
        ``selector_matched`` is False.
        """
        if not (options.css_selector or options.excluded_tags or options.excluded_selector or options.remove_forms):
            return self
        key = (
            options.css_selector,
            tuple(options.excluded_tags),
            options.excluded_selector,
            options.remove_forms,
        )
        document = self._scoped.get(key)
        if document is None:
            root, matched = scope.scoped_copy(
                self.root,
                css_selector=options.css_selector,
                excluded_tags=options.excluded_tags,
                excluded_selector=options.excluded_selector,
                remove_forms=options.remove_forms,
            )
            if not matched:
                logger.warning("css_selector %r matches nothing on %s", options.css_selector, self.url)
            document = self._scoped[key] = Document(root, self.url, self.encoding)
            document.selector_matched = matched
            document.base_url = self.base_url
            document._resolved = self._resolved
            document.jsonld = self.jsonld
        return document
