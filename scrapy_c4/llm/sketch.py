"""A page's HTML made short for a model that has to find selectors: structure and attributes, little text."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_DROPPED = frozenset(
    ["script", "style", "noscript", "template", "svg", "math", "iframe", "link", "meta", "head", "base"]
)
_ATTRIBUTES = ("id", "class", "itemprop", "itemtype", "role", "href", "src", "alt", "title", "datetime", "type", "name",
               "content", "property", "aria-label")  # fmt: skip
_VOID = frozenset(["area", "br", "col", "embed", "hr", "img", "input", "param", "source", "track", "wbr"])
_MAX_TEXT = 160
_MAX_ATTRIBUTE = 120
#: Siblings that look alike shown of each kind; the rest is counted.
_MAX_ALIKE = 4


def sketch(root: HtmlElement, max_characters: int = 60_000) -> str:
    """The HTML under ``root``, shortened; what comes after ``max_characters`` is left out."""
    parts: list[str] = []
    size = 0

    def write(text: str) -> None:
        nonlocal size
        parts.append(text)
        size += len(text)

    # What is still to be written: elements, or text as it is.
    stack: list[Any] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            write(node)
            continue
        if size > max_characters:
            # Only the end tags of what is open.
            continue
        tag = node.tag
        write(f"<{tag}{_attributes(node)}>" + _text(node.text))
        if tag in _VOID:
            continue
        after: list[Any] = []
        alike: dict[str, int] = {}
        for child in node:
            if isinstance(child.tag, str) and child.tag not in _DROPPED and not _is_hidden(child):
                kind = f"{child.tag}.{'.'.join(sorted((child.get('class') or '').split()))}"
                alike[kind] = alike.get(kind, 0) + 1
                if alike[kind] <= _MAX_ALIKE:
                    after.append(child)
            if tail := _text(child.tail):
                after.append(tail)
        for kind, number in alike.items():
            if number > _MAX_ALIKE:
                after.append(f"<!-- {number - _MAX_ALIKE} more {escape(kind.rstrip('.'))} -->")
        after.append(f"</{tag}>\n")
        stack += reversed(after)
    return "".join(parts)


def _attributes(node: HtmlElement) -> str:
    shown = []
    for name, value in node.attrib.items():
        if name in _ATTRIBUTES or name.startswith("data-"):
            value = value if len(value) <= _MAX_ATTRIBUTE else value[:_MAX_ATTRIBUTE] + "…"
            shown.append(f' {name}="{escape(value)}"')
    return "".join(shown[:20])


def _is_hidden(node: HtmlElement) -> bool:
    style = (node.get("style") or "").replace(" ", "").lower()
    return node.get("hidden") is not None or "display:none" in style or "visibility:hidden" in style


def _text(text: str | None) -> str:
    if not text:
        return ""
    text = " ".join(text[: _MAX_TEXT * 4].split())
    return escape(text if len(text) <= _MAX_TEXT else text[:_MAX_TEXT] + "…", quote=False)
