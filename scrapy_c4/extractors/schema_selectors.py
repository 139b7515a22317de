"""The selectors of schemas as compiled XPath: what stays inside an element, and what is refused."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Literal

from cssselect import HTMLTranslator as ElementTranslator
from cssselect import SelectorError, parse
from cssselect.parser import CombinedSelector, Element, Selector
from lxml import etree
from parsel.csstranslator import HTMLTranslator
from parsel.xpathfuncs import setup as register_has_class

from scrapy_c4.extractors import xpath_regex

Language = Literal["css", "xpath"]

#: Selectors of the element itself.
SELF = (".", ":scope", "&")

_NAMESPACES = {"re": xpath_regex.NAMESPACE, "set": "http://exslt.org/sets"}
_NAMES = {"css": "a CSS selector", "xpath": "an XPath expression"}
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
#: In XPath a name may hold a dot, in HTML none does: a CSS class was meant.
_CSS_CLASS = re.compile(r"[A-Za-z][\w-]*\.[A-Za-z_]")


def compile_selector(value: Any, language: Language, *, base: bool = False, first: bool = False) -> etree.XPath | None:
    """The selector of a field (of the items, with ``base``), None for the element itself.

    A field finds what is inside its element: in CSS the element itself may be the first part of ``tr > td`` but not
    the result, in XPath ``//a`` means ``.//a``. Scrapy's ``::text`` and ``::attr()`` are for fields only. With
    ``first`` the first match will do. Raises ValueError saying what is wrong.
    """
    name = _NAMES[language]
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"it must be {name}")
    value = value.strip()
    if value in SELF:
        return None
    try:
        if language == "css":
            path = _css_to_xpath(value, base)
            # Of texts, not the first but the first that is not blank is wanted.
            return _compile(f"({path})[1]" if first and "::" not in value else path)
        if css := _CSS_CLASS.search(_QUOTED.sub("''", value)):
            raise ValueError(f"{css[0]!r} looks like a CSS class")
        return _compile(value if base else _relative(value))
    except (SelectorError, etree.XPathError, ValueError) as error:
        hint = (
            "; XPath is for JsonXPathExtractionStrategy" if language == "css" and value.startswith(("/", "./")) else ""
        )
        raise ValueError(f"it must be {name} ({error}){hint}") from None


def compile_source(value: Any) -> etree.XPath:
    """``+ tag.class`` as a test that gives something for the right sibling and nothing for others."""
    if not isinstance(value, str) or not value.strip().startswith("+"):
        raise ValueError("it must be '+' and a CSS selector, such as '+ tr.details'")
    try:
        return _compile(ElementTranslator().css_to_xpath(value.strip()[1:].strip(), prefix="self::"))
    except SelectorError as error:
        raise ValueError(f"it must be '+' and a CSS selector ({error})") from None


@cache
def _register() -> None:
    register_has_class()


def _compile(path: str) -> etree.XPath:
    _register()
    compiled = etree.XPath(path, namespaces=_NAMESPACES, regexp=False, extensions=xpath_regex.FUNCTIONS)
    compiled(etree.Element("html"))  # finds unknown functions and prefixes
    return compiled


def _css_to_xpath(value: str, base: bool) -> str:
    selectors = parse(":scope" + value[1:] if value.startswith("&") else value)
    if base:
        # cssselect's own translator refuses pseudo-elements: they select no elements.
        return " | ".join(ElementTranslator().selector_to_xpath(s, translate_pseudo_elements=True) for s in selectors)
    return " | ".join(
        HTMLTranslator().selector_to_xpath(s, f"{_axis(s)}::", translate_pseudo_elements=True) for s in selectors
    )


def _axis(selector: Selector) -> str:
    """Where the first part of ``selector`` is looked for: the element itself included if the result cannot be it."""
    tree: Any = selector.parsed_tree
    if isinstance(tree, Element) and tree.element is None and selector.pseudo_element is not None:
        return "descendant-or-self"  # a bare ::text or ::attr()
    below = False
    while isinstance(tree, CombinedSelector):
        below = tree.combinator in (" ", ">")
        tree = tree.selector
    while not isinstance(tree, Element):
        if getattr(tree, "ident", None) == "scope":
            return "descendant-or-self"  # cssselect's :scope is the first element of the axis
        tree = tree.selector
    return "descendant-or-self" if below else "descendant"


def _relative(path: str) -> str:
    """``path`` with a dot before its absolute branches (``//a | //b``), save those inside predicates."""
    result = []
    depth = 0
    quote = ""
    before = ""  # the last character that is no white space
    for char in path:
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char in "[]":
            depth += 1 if char == "[" else -1
        elif char == "/" and depth == 0 and before in ("", "(", "|", ","):
            result.append(".")
        result.append(char)
        if not char.isspace():
            before = char
    return "".join(result)
