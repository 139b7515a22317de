"""Media URLs in attributes that no standard names: lazy loaders, galleries and page builders (``data-*``)."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from scrapy_c4.extractors.media_format import FORMATS
from scrapy_c4.extractors.srcset import Candidate, background_urls, parse_srcset

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["is_template", "urls_in_attribute"]

#: Longer values are inlined data, not addresses.
MAX_VALUE = 100_000

# Words of an attribute name that promise an image, so that its URL needs no file name extension.
_STRONG = frozenset(
    ["src", "original", "lazy", "lazyload", "lazysrc", "image", "images", "img", "bg", "background", "backgroundimage",
     "thumb", "thumbnail", "poster", "hires", "photo", "picture", "retina", "fullsrc", "bgimage", "bgsrc"]
)  # fmt: skip
# Words of names that hold addresses of pages and programs.
_WEAK = frozenset(
    ["href", "link", "links", "permalink", "page", "share", "action", "api", "endpoint", "script", "js", "css", "json",
     "ajax", "site", "base", "domain", "track", "tracking", "ref", "html", "id", "alt", "title", "caption",
     "description", "desc", "meta", "type", "size", "sizes", "width", "height", "class", "style", "color"]
)  # fmt: skip
# On elements other than images these hold addresses of anything that is loaded late.
_ANY_SOURCE = frozenset(["data-src", "data-lazy-src", "data-lazy", "data-original", "data-lazyload", "data-lazy-load"])
_PLAIN_NAMES = frozenset(
    ["src", "srcset", "alt", "title", "class", "id", "style", "href", "longdesc", "usemap", "sizes", "width", "height",
     "loading", "decoding", "border", "align", "itemprop", "rel", "type", "name", "value", "content", "data", "media"]
)  # fmt: skip
_NAME_WORDS = re.compile(r"[a-z0-9]+")
_CLEAN = re.compile(r"""[^\s<>{}"'`|\\^]+\Z""")
# What stands for ``src`` may be as careless as that: with spaces and bars.
_CARELESS = re.compile(r"""[^<>{}"`\\^\r\n\t]+\Z""")
_ADDRESS = re.compile(r"(?:https?:)?//[^/]|\.{0,2}/[^/]", re.IGNORECASE)
_HOST = re.compile(r"(?:https?:)?//[^/]*", re.IGNORECASE)
_EXTENSION = re.compile(rf"\.(?:{'|'.join(sorted(FORMATS))})(?![a-z0-9_])", re.IGNORECASE)
_DELIMITERS = re.compile(r"""[\s<>{}"'`|\\^,()\[\]]+""")
_DESCRIBED = re.compile(r"\s[0-9.]{1,9}[wx]\s*(?:,|\Z)")
_TEMPLATE = re.compile(r"\{\{|\}\}|\$\{|<%|\[\[|\{[a-z_]{1,20}\}", re.IGNORECASE)


def is_template(value: str) -> bool:
    """Whether ``value`` is a template that a script was to fill in (``{{ image.url }}``, ``photo_{width}x.jpg``)."""
    return ("{" in value or "<%" in value or "[[" in value) and _TEMPLATE.search(value) is not None


def _is_url(value: str, strong: bool) -> bool:
    """Whether a whole value is a URL; unless ``strong`` its path must show the file name extension of a medium."""
    if not _CLEAN.match(value):
        return False
    if strong and _ADDRESS.match(value):
        return True
    path = _HOST.sub("", value.partition("?")[0].partition("#")[0], count=1)
    return (strong or "/" in path) and _EXTENSION.search(path, 1) is not None


def _is_source(value: str) -> bool:
    if not _CARELESS.match(value) or ", " in value:
        return False
    return (_ADDRESS.match(value) or _EXTENSION.search(value, 1)) is not None


@lru_cache(maxsize=2048)
def _role(name: str) -> str:
    """``srcset``, ``strong``, ``weak`` (believed only with a file name extension) or "" (never read)."""
    if "srcset" in name:
        return "srcset"
    words = _NAME_WORDS.findall(name.removeprefix("data-"))
    if name in _PLAIN_NAMES or name.startswith(("on", "aria-")) or _WEAK.intersection(words):
        return ""
    return "strong" if _STRONG.intersection(words) else "weak"


def urls_in_attribute(name: str, value: str, *, image: bool = True) -> list[Candidate]:
    """The media URLs, as written, that an attribute holds: one URL, a srcset, a CSS ``url()`` or JSON with URLs.

    ``image``: the attribute is one of an image, so that ``data-src`` may name one without a file name extension.
    """
    if len(value) > MAX_VALUE or not ("." in value or "/" in value):
        return []
    role = _role(name)
    if role == "strong" and not image and name in _ANY_SOURCE:
        role = "weak"
    if not role:
        return []
    value = value.strip()
    if role == "srcset":
        return [] if is_template(value) else parse_srcset(value)
    first = value[:1]
    if first in ("{", "["):
        return list(dict.fromkeys(_in_json(value, role == "strong")))
    if not value or value[:5].lower() == "data:":
        return []
    if "url(" in value[:300].lower():
        return [Candidate(url) for url in background_urls("background:" + value)]
    if role == "strong" and _DESCRIBED.search(value):
        return parse_srcset(value)
    is_url = _is_source(value) if name in _ANY_SOURCE and role == "strong" else _is_url(value, role == "strong")
    return [Candidate(value)] if is_url and not is_template(value) else []


def _in_json(text: str, strong: bool) -> Iterator[Candidate]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        # Lists that are not quite JSON, such as "[small.jpg, (min-width: 1px)], [large.jpg, …]".
        for word in _DELIMITERS.split(text):
            if _is_url(word, False):
                yield Candidate(word)
        return
    stack: list[Any] = [data]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            for key, part in reversed(value.items()):
                if _is_url(key, False) and not is_template(key):  # {"photo.jpg": [500, 400]}
                    sizes = part if isinstance(part, list) and len(part) == 2 else (None, None)
                    width, height = (s if type(s) is int and s > 0 else None for s in sizes)
                    yield Candidate(key, width, None, height)
                stack.append(part)
        elif isinstance(value, list):
            stack.extend(reversed(value))
        elif isinstance(value, str):
            value = value.strip()
            if _is_url(value, strong) and not is_template(value):
                yield Candidate(value)
