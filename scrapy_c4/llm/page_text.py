"""The text of a page that a model is asked about: what a reader of the page sees, in the wanted form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy_c4.extractors.clean import to_html
from scrapy_c4.extractors.content import Node, new_node, text_parts, walk
from scrapy_c4.extractors.filters import make_filter
from scrapy_c4.extractors.markdown import Markdown

if TYPE_CHECKING:
    from scrapy_c4.analysis import PageAnalysis

#: Values of ``input_format``.
INPUT_FORMATS = ("markdown", "fit_markdown", "html", "cleaned_html", "fit_html")


def page_text(analysis: PageAnalysis, input_format: str) -> str:
    """The page without its hidden parts. The ``fit_`` forms are the whole content where there is no content filter."""
    content = analysis._content
    seen = _without_hidden(content) if any(map(_is_hidden, walk(content))) else content
    if input_format in ("html", "cleaned_html"):
        return analysis.cleaned_html if seen is content else to_html(seen)
    markdown = analysis.markdown
    if seen is not content:
        markdown = Markdown(seen, make_filter(analysis._options.content_filter, analysis._subject()))
    if input_format == "fit_html":
        return markdown.fit_html or to_html(seen)
    fit = markdown.fit_markdown if input_format == "fit_markdown" else None
    return fit or markdown.raw_markdown


def _is_hidden(node: Node) -> bool:
    return "hidden" in node.attrs or (node.tag == "dialog" and "open" not in node.attrs)


def _without_hidden(content: Node) -> Node:
    """A copy without what a browser does not show; ``content`` itself when that is all of it: a script will show it."""
    copy = new_node(content.tag, content.attrs)
    stack = [(content, copy)]
    while stack:
        source, target = stack.pop()
        for child in source:
            if isinstance(child, str):
                target.append(child)
            elif not _is_hidden(child):
                inner = Node()
                inner.tag, inner.attrs, inner.start = child.tag, child.attrs, child.start
                target.append(inner)
                stack.append((child, inner))
    return copy if any(text.strip() for text in text_parts(copy)) else content
