"""Markdown of a page: with links inline, with numbered citations, and of what a content filter keeps."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from scrapy_c4._undisturbed import undisturbed
from scrapy_c4.extractors.citations import Targets
from scrapy_c4.extractors.clean import to_html
from scrapy_c4.extractors.markdown_elements import write
from scrapy_c4.extractors.markdown_writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrapy_c4.extractors.content import Node

__all__ = ["FORMS", "Markdown", "to_markdown"]

#: The attributes of :class:`Markdown`.
FORMS = ("raw_markdown", "markdown_with_citations", "references_markdown", "fit_markdown", "fit_html")


def to_markdown(root: Node) -> str:
    """The content ``root`` as markdown (CommonMark with GFM tables), links inline; "" when it is empty."""
    marked, targets = _marked(root)
    return targets.inline(marked)


def _marked(root: Node) -> tuple[str, Targets]:
    targets = Targets()
    writer = Writer(targets)
    write(root, writer)
    text = "\n".join(writer.lines)
    return (f"{text}\n" if text else "", targets)


class Markdown:
    """The forms of one page's markdown. Each is made when first asked for; ``str()`` gives ``raw_markdown``."""

    def __init__(self, content: Node, content_filter: Callable[[Node], Node] | None = None):
        self._content = content
        self._filter = content_filter

    def __str__(self) -> str:
        return self.raw_markdown

    @cached_property
    @undisturbed()
    def _marked(self) -> tuple[str, Targets]:
        return _marked(self._content)

    @cached_property
    @undisturbed()
    def raw_markdown(self) -> str:
        """The whole content; links as ``[text](url "title")``."""
        marked, targets = self._marked
        return targets.inline(marked)

    @cached_property
    def markdown_with_citations(self) -> str:
        """The whole content; links as ``text⟨number⟩``, one number per URL."""
        marked, targets = self._marked
        return targets.cited(marked)

    @cached_property
    def references_markdown(self) -> str:
        """The numbers of ``markdown_with_citations`` and their URLs; "" without links."""
        return self._marked[1].references()

    @cached_property
    @undisturbed()
    def _fit(self) -> Node | None:
        return None if self._filter is None else self._filter(self._content)

    @cached_property
    @undisturbed()
    def fit_html(self) -> str | None:
        """What the content filter keeps, as HTML; None without a filter."""
        return None if self._fit is None else to_html(self._fit)

    @cached_property
    @undisturbed()
    def fit_markdown(self) -> str | None:
        """What the content filter keeps, as markdown; None without a filter."""
        return None if self._fit is None else to_markdown(self._fit)

    def finished(self) -> Markdown:
        """The same texts without the page behind them."""
        finished = Markdown.__new__(Markdown)
        finished.__dict__ = {form: getattr(self, form) for form in FORMS}
        return finished
