"""What stands for the text of an element that has none: images, icons and formulas say what they show."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from lxml import etree

from scrapy_c4.extractors.text import squeeze

if TYPE_CHECKING:
    from lxml.html import HtmlElement

#: Elements whose labels say what to do with them, not what they show.
_CONTROLS = frozenset(["input", "button", "select", "textarea", "option", "iframe", "object", "embed"])
#: The elements of a formula that hold what is read.
_FORMULA = ("mi", "mn", "mo", "mtext", "ms")
#: How many elements inside are looked at for a label.
_MOST = 64


def images_text(element: HtmlElement) -> str:
    """The alternative texts of the images inside ``element``, each once."""
    return " ".join(dict.fromkeys(alt for image in element.iter("img") if (alt := squeeze(image.get("alt")))))


def label_inside(element: HtmlElement) -> str:
    """The first label that something inside ``element`` carries: an icon its name, a formula its source."""
    for inner in islice(element.iterdescendants(etree.Element), _MOST):
        tag = inner.tag
        if tag in _CONTROLS:
            continue
        label = squeeze(inner.get("aria-label") or inner.get("title"))
        if not label:
            if tag == "title":  # icons carry their name in the drawing
                label = squeeze(inner.text)
            elif tag == "math":
                label = squeeze(inner.get("alttext") or "".join(inner.itertext(*_FORMULA, with_tail=False)))
        if label:
            return label
    return ""
