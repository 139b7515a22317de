"""Formulas of MathJax 2: what it has drawn of them stands next to their source."""

from __future__ import annotations

import re

from scrapy_c4.extractors.content import Node, walk

_is_drawn = re.compile(r"(?:^|\s)(?:MathJax(?:_\w+)?|mjx-chtml|MJXc-display)(?:\s|\Z)").search


def drop_drawn_formulas(root: Node) -> None:
    """Remove from ``root`` each formula, or preview of one, that stands right before its TeX."""
    for node in walk(root):
        if not any(isinstance(child, Node) and _is_tex(child) for child in node):
            continue
        kept: list[str | Node] = []
        for child in node:
            if isinstance(child, Node) and _is_tex(child):
                while kept and _goes(kept[-1], kept[-2] if len(kept) > 1 else ""):
                    kept.pop()
            kept.append(child)
        node[:] = kept


def _is_tex(node: Node) -> bool:
    return node.tag == "code" and node.attrs.get("class", "").startswith("math-tex")


def _goes(child: str | Node, before: str | Node) -> bool:
    if isinstance(child, Node):
        return child.tag != "code" and _is_drawn(child.attrs.get("class", "")) is not None
    return not child.strip() and isinstance(before, Node) and _goes(before, "")
