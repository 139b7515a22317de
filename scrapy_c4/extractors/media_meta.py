"""Media that a page names without showing them: meta and link elements, JSON-LD; and sizes set by styles."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from scrapy_c4.extractors.jsonld import parse_blocks
from scrapy_c4.extractors.media_embeds import embed_kind
from scrapy_c4.extractors.media_format import dimension
from scrapy_c4.extractors.text import squeeze

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lxml.html import HtmlElement

    from scrapy_c4.extractors.media_model import Medium

__all__ = ["MetaState", "jsonld_media", "link_kind", "styled_size"]

_NAMES = {
    "og:image": "image",
    "og:image:url": "image",
    "og:image:secure_url": "image",
    "twitter:image": "image",
    "twitter:image:src": "image",
    "image": "image",
    "thumbnail": "image",
    "thumbnailurl": "image",
    "og:video": "video",
    "og:video:url": "video",
    "og:video:secure_url": "video",
    "twitter:player": "video",
    "contenturl": "video",
    "embedurl": "video",
    "og:audio": "audio",
    "og:audio:url": "audio",
    "og:audio:secure_url": "audio",
}
_PLAYERS = frozenset(["twitter:player", "embedurl"])


class MetaState:
    """Reads meta elements in order: ``og:image:width`` and the like belong to the ``og:image`` before."""

    def __init__(self) -> None:
        self._last: dict[str, Medium] = {}

    def meta(
        self,
        element: HtmlElement,
        new: Callable[[str, str, HtmlElement], Medium],
        add: Callable[..., str | None],
    ) -> None:
        get = element.get
        name = get("property") or get("name") or get("itemprop")
        if not name:
            return
        name = name.strip().lower()
        kind = _NAMES.get(name)
        if kind is None and ":" not in name:
            return
        content = get("content")
        if not content:
            return
        if kind is not None:
            root = ":".join(name.split(":")[:2])
            medium = self._last.get(root)
            if name in (root, f"{root}:url") or medium is None:
                medium = self._last[root] = new(kind, "meta", element)
            player = kind != "image" and (name in _PLAYERS or embed_kind(content.strip(), element) is not None)
            add(medium, content, medium.width, medium.height, "embed" if player else None)
            return
        root, _, part = name.rpartition(":")
        medium = self._last.get(root)
        if medium is None:
            return
        if part == "alt":
            medium.alt = squeeze(content)
        elif part in ("width", "height"):
            size = dimension(content)
            setattr(medium, part, size)
            for url, variant in medium.variants.items():
                medium.variants[url] = (
                    variant._replace(width=size) if part == "width" else variant._replace(height=size)
                )
        elif part == "type":
            mime = "embed" if content.strip().lower() == "text/html" else content
            for url, variant in medium.variants.items():
                medium.variants[url] = variant._replace(mime=mime)


def link_kind(element: HtmlElement) -> str | None:
    """The type of medium that a ``link`` element names, or None."""
    rel = element.get("rel")
    if rel is None:
        itemprop = element.get("itemprop", "").lower()
        return _NAMES.get(itemprop) if itemprop in ("image", "thumbnailurl", "contenturl", "embedurl") else None
    words = rel.lower().split()
    if "image_src" in words:
        return "image"
    if "preload" in words:
        kind = element.get("as", "").lower()
        return kind if kind in ("image", "video", "audio") else None
    return None


_WIDTH = re.compile(r"(?:^|;)\s*width\s{0,9}:\s{0,9}([0-9]{1,7})(?:\.[0-9]{1,9})?px", re.IGNORECASE)
_HEIGHT = re.compile(r"(?:^|;)\s*height\s{0,9}:\s{0,9}([0-9]{1,7})(?:\.[0-9]{1,9})?px", re.IGNORECASE)


def styled_size(style: str, width: int | None, height: int | None) -> tuple[int | None, int | None]:
    """``width`` and ``height``, filled from a style attribute where they are None."""
    if width is None:
        found = _WIDTH.search(style)
        width = int(found[1]) if found else None
    if height is None:
        found = _HEIGHT.search(style)
        height = int(found[1]) if found else None
    return width, height


_IMAGE_KEYS = frozenset(["image", "images", "photo", "photos", "thumbnail", "thumbnailUrl", "primaryImageOfPage",
                         "screenshot", "logo"])  # fmt: skip
_TYPES = {"ImageObject": "image", "VideoObject": "video", "AudioObject": "audio", "Clip": "video"}
# Below these keys other things are spoken of than what the page is about.
_OTHER = frozenset(["logo", "publisher", "author", "creator", "itemListElement", "isPartOf", "mentions", "brand",
                    "sourceOrganization", "provider", "contributor", "review", "comment", "isRelatedTo"])  # fmt: skip
# Who made the page or the site, when they are one of several things described.
_ACTORS = frozenset(["Person", "Organization", "NewsMediaOrganization", "Corporation", "WebSite", "Brand"])


class NamedMedium(NamedTuple):
    """A medium of a JSON-LD script. ``main``: it shows what the page is about, as far as one can tell."""

    type: str
    url: str
    main: bool
    width: int | None = None
    height: int | None = None
    caption: str | None = None
    mime: str | None = None


def jsonld_media(text: str, known: dict[str, Any]) -> Iterator[NamedMedium]:
    """The images, videos and sounds in a JSON-LD script, in its order; none when it is not JSON.

    ``known``: as in :func:`~scrapy_c4.extractors.jsonld.parse_blocks`.
    """
    if not any(word in text for word in ("mage", "humbnail", "ideo", "udio", "hoto")):
        return
    blocks = parse_blocks([text], known)
    stack: list[tuple[str, Any, bool]] = [("", block, True) for block in reversed(blocks)]
    while stack:
        key, value, main = stack.pop()
        if isinstance(value, list):
            stack.extend((key, part, main) for part in reversed(value))
        elif isinstance(value, str):
            if key in _IMAGE_KEYS:
                yield NamedMedium("image", value, main)
        elif isinstance(value, dict):
            types = value.get("@type")
            names = [n for n in (types if isinstance(types, list) else [types]) if isinstance(n, str)]
            if (key or len(blocks) > 1) and not _ACTORS.isdisjoint(names):
                main = False
            yield from _object(key, names, value, main)
            for k, v in reversed(value.items()):
                if isinstance(v, (dict, list)) or k in _IMAGE_KEYS:
                    stack.append((k, v, main and k not in _OTHER))


def _object(key: str, names: list[str], value: dict[str, Any], main: bool) -> Iterator[NamedMedium]:
    kind = next((_TYPES[name] for name in names if name in _TYPES), None)
    if kind is None and key in _IMAGE_KEYS:
        kind = "image"
    if kind is None:
        return
    url, embed, caption, mime = (
        v if isinstance(v := value.get(k), str) else None
        for k in ("contentUrl", "embedUrl", "caption", "encodingFormat")
    )
    if url is None and kind == "image" and isinstance(value.get("url"), str):
        url = value["url"]
    named = NamedMedium(
        kind, "", main, _size(value.get("width")), _size(value.get("height")), squeeze(caption) or None, mime
    )
    if url:
        yield named._replace(url=url)
    if embed and kind != "image":
        yield named._replace(url=embed, mime="embed")


def _size(value: Any) -> int | None:
    if isinstance(value, dict):
        value = value.get("value")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return int(value) if 0 < value < 10_000_000 else None
    return dimension(value) if isinstance(value, str) else None
