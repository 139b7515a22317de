"""What becomes of each start tag of a page: a node of cleaned content, its content only, or nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scrapy_c4.extractors.clean_attributes import AttributeReader
from scrapy_c4.extractors.clean_text import DROPPED, VERBATIM, means_something
from scrapy_c4.extractors.content import INLINE, VOID, start_tag
from scrapy_c4.items import MediaItem

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrapy_c4.extractors.exclude import ExcludeRules
    from scrapy_c4.options import Options

#: What becomes of an element: a node; one in which white space counts; a node without what is inside; a node, and what
#: is inside stands after it (lxml does not know all void elements); its content only; its content only, as it is void
#: and should have none; neither. And a comment, which is none.
OPEN, OPEN_VERBATIM, HOLLOW, KEPT_VOID, UNWRAPPED, DROPPED_VOID, GONE, COMMENT = range(8)
#: The end tag to wait for ("" where none comes); tag, attributes and start tag of the node; the above.
Element = tuple[str, str, dict[str, str], str, int]

_COMMENT: Element = ("", "", {}, "", COMMENT)
_HIDDEN = {"hidden": ""}
_NAME = re.compile(r"[a-z][a-z0-9-]*\Z")
_CLUTTER = frozenset(["base", "link", "meta", "param", "embed"])
#: Elements whose content is read as text only, or that no longer exist, and what holds the same text today.
_RENAMED = {
    "listing": "pre", "plaintext": "pre", "xmp": "pre", "frameset": "div", "frame": "iframe", "object": "span",
    "applet": "span",
}  # fmt: skip
_PLAIN, _ANCHOR, _VOID, _MEDIA, _VERBATIM, _DROPPED = range(6)
#: By name in the markup: the tag it becomes, and how it is dealt with.
_KINDS: dict[str, tuple[str, int]] = {tag: (tag, _PLAIN) for tag in INLINE}
_KINDS |= {tag: (tag, _VOID) for tag in VOID}
_KINDS |= {tag: (tag, _MEDIA) for tag in ("img", "picture", "source", "video", "audio", "iframe", "track")}
_KINDS |= {tag: (tag, _VERBATIM) for tag in VERBATIM}
_KINDS |= {tag: (tag, _DROPPED) for tag in DROPPED}
_KINDS |= {tag: (tag, _PLAIN) for tag in "div p ul ol li section article table tbody tr td th h1 h2 h3".split()}
_KINDS |= {"a": ("a", _ANCHOR)}

#: By start tag as written, for those that hold no URL: the pages of a site have most of them in common.
_shared: dict[str, Element] = {}
_MAX_SHARED, _MAX_SHARED_LENGTH = 30_000, 200


def _kind_of(name: str) -> tuple[str, int]:
    tag = _RENAMED.get(name, name)
    return _KINDS.get(tag) or (tag if _NAME.match(tag) else "span", _PLAIN)


class Elements(dict[str, Element]):
    """The elements of one page, by start tag as written: what stands in the markup between the angle brackets."""

    def __init__(self, resolve: Callable[[str], str | None], options: Options, rules: ExcludeRules):
        super().__init__()
        self._rules = rules
        self._drops_links = rules.drops_links
        self._only_text = options.only_text
        self._plain_links = not (self._drops_links or self._only_text)
        self._attributes = AttributeReader(resolve, rules.url_rule_for_image, keep_data=options.keep_data_attributes)
        #: Whether the page holds formulas in TeX.
        self.has_tex = False
        usual = not (options.only_text or options.keep_data_attributes or rules.drops_images)
        self.shared = _shared if usual else {}

    def __missing__(self, head: str) -> Element:
        if head[0] in "!?":
            return _COMMENT
        self._attributes.read_url = False
        element = self._read(head)
        if self._attributes.read_url or len(head) >= _MAX_SHARED_LENGTH:
            self[head] = element
        else:
            if len(self.shared) >= _MAX_SHARED:
                self.shared.clear()
            self.shared[head] = element
        return element

    def _read(self, head: str) -> Element:
        if self._plain_links and head[:2] == "a " and head[-1] != "/":  # most of what is read for every page anew
            attrs, html = self._attributes.read("a", head[1:])
            return "/a", "a", attrs, f"<a{html}>", OPEN
        closed = head[-1] == "/"
        if closed:
            head = head[:-1]
        space = head.find(" ")
        name, written = (head, "") if space == -1 else (head[:space], head[space:])
        end = "" if closed else f"/{name}"
        tag, kind = _KINDS.get(name) or _kind_of(name)
        if kind == _DROPPED:
            if name == "script" and "math/tex" in written:
                self.has_tex = self._attributes.read_url = True  # and no element that pages share
                attrs = {"class": "math-tex display" if "mode=display" in written else "math-tex"}
                return end, "code", attrs, start_tag("code", attrs), OPEN
            if name == "title" and not self._only_text:  # no browser shows it, wherever it stands
                return end, "span", _HIDDEN, start_tag("span", _HIDDEN), OPEN
            return end, name, {}, "", GONE
        if self._only_text and tag != "br" and (tag in INLINE or kind == _MEDIA):
            if tag in VOID:
                return end, tag, {}, "", DROPPED_VOID
            return end, tag, {}, "", GONE if kind == _MEDIA or closed else UNWRAPPED
        attrs, html = self._attributes.read(tag, written) if written else ({}, "")
        action = OPEN
        if kind in (_VOID, _MEDIA):
            if self._is_dropped(tag, attrs):
                if tag == "picture":  # what is inside is dropped for itself
                    return end, tag, attrs, "", UNWRAPPED
                return end, tag, attrs, "", DROPPED_VOID if tag in VOID else GONE
            if tag in VOID:
                action = KEPT_VOID
            elif closed or tag == "iframe":
                action = HOLLOW
        elif kind == _ANCHOR and self._drops_links and self._rules.url_rule_for_link(attrs.get("href", "")):
            return end, tag, attrs, "", UNWRAPPED
        elif closed:
            if not means_something(tag, attrs):
                return end, tag, attrs, "", GONE
            action = HOLLOW
        elif kind == _VERBATIM:
            action = OPEN_VERBATIM
        return end, tag, attrs, f"<{tag}{html}>", action

    def _is_dropped(self, tag: str, attrs: dict[str, str]) -> bool:
        url = attrs.get("src")
        if tag in ("img", "iframe", "source", "track"):
            if url is None and not attrs.get("alt") and "srcset" not in attrs:
                return True
        elif tag == "input":
            return attrs.get("type", "").lower() == "hidden"
        elif tag in _CLUTTER or (tag == "area" and "href" not in attrs):
            return True
        if not self._rules.drops_images:
            return False
        if tag in ("img", "picture") or (tag == "source" and url is None):
            return bool(self._rules.url_rule_for_image(url or ""))
        return url is not None and bool(self._rules.media_rule(MediaItem(page_url="", type="video", src=url)))
