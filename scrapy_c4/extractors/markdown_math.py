"""Formulas in a line of text."""

from __future__ import annotations

import re

from scrapy_c4.extractors.content import Node, text_parts, walk

_IS_TEX = re.compile(r"[\\^_{}]|\A\S*\Z")
_INVISIBLE = dict.fromkeys(range(0x2061, 0x2065))
_DEEP = 50


def tex_of(math: Node) -> str | None:
    """The TeX that the formula ``math`` was made from, if it says so."""
    for node in walk(math):
        if node.tag == "annotation" and "tex" in node.attrs.get("encoding", ""):
            return "".join(text_parts(node))
    text = math.attrs.get("alttext", "").strip().strip("$")
    return text if text and _IS_TEX.search(text) else None


def linear(math: Node) -> str:
    """The formula ``math`` as text, such as ``x^2/(y + 1)``."""
    return _linear(math, 0) or " ".join(" ".join(text_parts(math)).split())


def _linear(node: Node, depth: int) -> str:
    if node.tag in ("annotation", "annotation-xml"):
        return ""
    if depth == _DEEP:
        return " ".join(" ".join(text_parts(node)).split())
    texts = [
        _linear(child, depth + 1) if isinstance(child, Node) else " ".join(child.translate(_INVISIBLE).split())
        for child in node
        if isinstance(child, Node) or not child.isspace()
    ]
    match node.tag, texts:
        case "mfrac", [above, below]:
            return f"{_one(above)}/{_one(below)}"
        case "msup", [base, above]:
            return f"{_one(base)}^{_one(above)}"
        case "msub" | "munder", [base, below]:
            return f"{_one(base)}_{_one(below)}"
        case "msubsup" | "munderover", [base, below, above]:
            return f"{_one(base)}_{_one(below)}^{_one(above)}"
        case "mroot", [base, index]:
            return f"√[{index}]({base})"
        case "msqrt", [_, *_]:
            return f"√({' '.join(texts)})"
    # Every other part of a formula is an element of its own.
    return " ".join(filter(None, texts))


def _one(text: str) -> str:
    return f"({text})" if " " in text and not (text[0] == "(" and text.find(")") == len(text) - 1) else text
