"""The attributes that stay in cleaned HTML: useful ones, with absolute URLs and nothing that runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scrapy_c4.extractors.content import INLINE, VOID, attributes_html, escaped, unescaped
from scrapy_c4.extractors.srcset import parse_srcset

if TYPE_CHECKING:
    from collections.abc import Callable

_PLAIN, _FLAG, _URL, _SRCSET, _STYLE, _LAZY, _LAZY_SRCSET = range(7)
_KINDS: dict[str, tuple[str, int]] = {
    name: (name, _PLAIN)
    for name in (
        "id class title lang dir alt width height rowspan colspan span scope headers abbr datetime start value type "
        "role aria-label aria-hidden aria-level itemprop itemtype itemid rel hreflang sizes media "
        "kind srclang label name placeholder summary content property encoding "
        "display alttext method data-lang data-language"
    ).split()
}
_KINDS |= {name: (name, _FLAG) for name in "reversed open hidden checked selected controls itemscope".split()}
_KINDS |= {name: (name, _URL) for name in ("href", "src", "cite", "poster", "action")}
_KINDS |= {
    "srcset": ("srcset", _SRCSET),
    "style": ("hidden", _STYLE),
    "data-src": ("src", _LAZY),
    "data-lazy-src": ("src", _LAZY),
    "data-original": ("src", _LAZY),
    "data-srcset": ("srcset", _LAZY_SRCSET),
    "data-lazy-srcset": ("srcset", _LAZY_SRCSET),
}
# As they stand in the markup, split at quotes.
_WRITTEN = {f" {name}=": kind for name, kind in _KINDS.items()}

_INVISIBLE = re.compile(r"(?:^|[;\s])(?:display\s{0,9}:\s{0,9}none|visibility\s{0,9}:\s{0,9}(?:hidden|collapse))", re.I)
_IS_BLOCK = re.compile(r"(?:^|[;\s])display\s{0,9}:\s{0,9}(?:block|flex|grid|table|list-item|flow-root)\b", re.I)
_UNSAFE = ("javascript:", "vbscript:", "data:", "about:", "blob:")
_QUOTES_IN_NAMES = re.compile(r' ([^\s][^\s=]*)=("[^"]*")')
_LAZY_TAGS = frozenset(["img", "source", "iframe", "video", "audio"])


def hides(style: str) -> bool:
    """Whether an inline style hides its element."""
    return _INVISIBLE.search(style) is not None


class AttributeReader:
    """Reads the attributes of one page."""

    def __init__(
        self, resolve: Callable[[str], str | None], drops_image: Callable[[str], object], *, keep_data: bool = False
    ):
        self._resolve = resolve
        self._drops_image = drops_image
        self._keep_data = keep_data
        #: Set when an attribute with a URL is read.
        self.read_url = False

    def read(self, tag: str, written: str) -> tuple[dict[str, str], str]:
        """The attributes to keep of ``written``, `` name="value"`` pairs as lxml writes XML: as a dict, and as HTML."""
        attrs: dict[str, str] = {}
        lazy: dict[str, str] = {}
        html = ""
        is_written = True  # ``html`` holds all of ``attrs``
        kinds, keep_data, resolve = _WRITTEN, self._keep_data, self._resolve
        parts = iter(written.split('"'))
        for before, value in zip(parts, parts):  # noqa: B905 (behind the last pair is nothing)
            kind = kinds.get(before)
            if kind is None:
                if before[-1:] != "=":
                    return self.read(tag, _without_quotes_in_names(written))
                if not keep_data or not before.startswith(" data-"):
                    continue
                kind = before[1:-1], _PLAIN
            name, rule = kind
            if rule == _PLAIN:
                if "&" in value:
                    value = unescaped(value)
                    html += f'{before}"{escaped(value)}"'
                else:
                    html += f'{before}"{value}"'
                attrs[name] = value
                continue
            if "&" in value:
                value = unescaped(value)
            if rule == _URL:
                self.read_url = True
                url = resolve(value)
                if url is not None and (url[:4] == "http" or not url.startswith(_UNSAFE)):
                    attrs[name] = url
                    html += f'{before}"{escaped(url)}"'
            elif rule == _STYLE:
                if ("none" in value or "idden" in value or "ollapse" in value) and hides(value):
                    attrs["hidden"] = ""
                    is_written = False
                elif tag in INLINE and tag not in VOID and "isplay" in value and _IS_BLOCK.search(value):
                    attrs["style"] = "display:block"
                    is_written = False
            else:
                is_written = False
                if rule == _FLAG:
                    attrs[name] = ""
                elif rule == _SRCSET:
                    self.read_url = True
                    attrs[name] = value
                else:
                    if keep_data:
                        attrs[before[1:-1]] = value
                    if tag in _LAZY_TAGS and not value.startswith("data:"):
                        self.read_url = True
                        lazy.setdefault(name, value)
        # A lazily loaded image has a placeholder, if anything, where the browser looks for the image.
        if "src" in lazy:
            url = self._url(lazy["src"])
            if url is not None:
                attrs["src"] = url
        if "srcset" in attrs or "srcset" in lazy:
            self._set_srcset(tag, attrs, lazy.get("srcset") or attrs["srcset"])
        return attrs, html if is_written else attributes_html(attrs)

    def _url(self, value: str) -> str | None:
        """``value`` as an absolute URL; None for what runs and for data."""
        url = self._resolve(value)
        return None if url is None or url.startswith(_UNSAFE) else url

    def _set_srcset(self, tag: str, attrs: dict[str, str], value: str) -> None:
        candidates = []
        for candidate in parse_srcset(value):
            url = self._url(candidate.url)
            if url is None or self._drops_image(url):
                continue
            if tag == "img" and "src" not in attrs:
                attrs["src"] = url
            if candidate.width is not None:
                url += f" {candidate.width}w"
            elif candidate.density is not None:
                url += f" {candidate.density:g}x"
            candidates.append(url)
        if candidates:
            attrs["srcset"] = ", ".join(candidates)
        else:
            attrs.pop("srcset", None)


def _without_quotes_in_names(written: str) -> str:
    # As in ``<a class="x"" href=…>``: HTML has an attribute named by a quote there.
    return "".join(f" {name.replace(chr(34), '')}={value}" for name, value in _QUOTES_IN_NAMES.findall(written))
