"""The media of a page as they are found, before they become items."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from lxml.html import HtmlElement

__all__ = ["HEAD_ORIGINS", "Collection", "Medium", "Variant"]

#: Origins of media that are named by the page without being shown at that place.
HEAD_ORIGINS = frozenset(["meta", "link", "jsonld", "jsonld-other"])


class Variant(NamedTuple):
    """What is known of one URL of a medium."""

    width: int | None = None
    height: int | None = None
    mime: str | None = None


class Medium:
    """One picture, video or sound: its element, its URLs and what its attributes say."""

    __slots__ = (
        "alt",
        "element",
        "height",
        "label",
        "lazy",
        "order",
        "origin",
        "owner",
        "src",
        "type",
        "variants",
        "width",
    )

    def __init__(self, type: str, origin: str, element: HtmlElement, order: int):
        self.type = type
        #: The number of the element among all elements of the page.
        self.order = order
        #: ``img``, ``svg``, ``input``, ``poster``, ``css``, ``data``, ``video``, ``audio``, ``embed``,
        #: ``track``, or one of HEAD_ORIGINS.
        self.origin = origin
        self.element = element
        self.variants: dict[str, Variant] = {}
        self.alt: str | None = None
        #: aria-label or title.
        self.label: str | None = None
        self.width: int | None = None
        self.height: int | None = None
        #: What ``src`` itself holds, and whether other attributes hold the real thing.
        self.src: str | None = None
        self.lazy = False
        #: The player that a track belongs to.
        self.owner: Medium | None = None


class Collection:
    """The media of a page in document order, each with at least one URL, and what else the walk came across."""

    def __init__(self, media: list[Medium], title: str, h1: int | None, texts: dict[HtmlElement, tuple[int, int]]):
        self.media = media
        #: The words of the title and the first h1.
        self.title = title
        #: The number of the first h1, as ``Medium.order`` counts.
        self.h1 = h1
        #: Elements with long texts directly inside of them: the number of the first such text, and their length.
        self.texts = texts
