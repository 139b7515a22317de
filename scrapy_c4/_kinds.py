"""Kinds of option values: what is allowed, in words, and how a value (or its text on a command line) is read."""

from __future__ import annotations

import difflib
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Kind:
    """``parse`` returns the value or raises ValueError, with a message only where ``allowed`` says too little."""

    name: str
    allowed: str
    parse: Callable[[Any], Any]


def nearest(name: str, known: Iterable[str]) -> str:
    """What to add to a message about the unknown ``name``: the nearest known one, or nothing."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; did you mean {close[0]}?" if close else ""


def _parse_bool(value: Any) -> bool:
    if isinstance(value, str):
        value = {"true": True, "1": True, "false": False, "0": False}.get(value.strip().lower())
    elif value in (0, 1) and not isinstance(value, float):
        value = bool(value)
    if not isinstance(value, bool):
        raise ValueError
    return value


def _number(value: Any, convert: Callable[[Any], Any]) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError
    if convert is int and isinstance(value, float) and not value.is_integer():
        raise ValueError
    try:
        number = convert(value)
        finite = math.isfinite(number)
    except (ValueError, OverflowError):
        raise ValueError from None
    if not finite:
        raise ValueError
    return number


def _ranged(convert: Callable[[Any], Any], low: float, high: float, *, open_low: bool = False) -> Callable[[Any], Any]:
    def parse(value: Any) -> Any:
        number = _number(value, convert)
        if number < low or number > high or (open_low and number == low):
            raise ValueError
        return number

    return parse


def _parse_text(value: Any) -> str | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if not isinstance(value, str):
        raise ValueError
    return value


def _parse_json(value: str) -> Any:
    try:
        return json.loads(value)
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not JSON: {error}") from None


def parse_mapping(value: Any) -> dict[str, Any]:
    """A dict, or the JSON text of one; raises ValueError."""
    if isinstance(value, str):
        value = _parse_json(value)
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise ValueError("it must be a dict with text keys")
    return dict(value)


def parse_strings(value: Any) -> list[str]:
    """A sequence of texts, the JSON text of one, or a comma-separated text; raises ValueError."""
    if value is None:
        return []
    if isinstance(value, str):
        text = value.strip()
        value = _parse_json(text) if text.startswith("[") else [part.strip() for part in text.split(",")]
        value = [part for part in value if part != ""]
    if not isinstance(value, Sequence) and not isinstance(value, (set, frozenset)):
        raise ValueError
    if not all(isinstance(part, str) for part in value):
        raise ValueError
    return sorted(value) if isinstance(value, (set, frozenset)) else list(value)


def _parse_scripts(value: Any) -> list[str] | None:
    # A script may hold commas: one text is one script, unless it is the JSON text of a list of texts.
    if isinstance(value, str):
        if not value.strip():
            return None
        if value.lstrip().startswith("["):
            try:
                scripts = json.loads(value)
            except json.JSONDecodeError:
                return [value]
            if isinstance(scripts, list) and scripts and all(isinstance(s, str) for s in scripts):
                return scripts
        return [value]
    return parse_strings(value) or None


def _check_css(selector: str) -> str:
    from cssselect import HTMLTranslator, SelectorError

    try:
        # Scrapy's pseudo-elements select no elements, so they are refused here.
        HTMLTranslator().css_to_xpath(selector)
    except SelectorError as error:
        raise ValueError(f"{selector!r} is not a CSS selector: {error}") from None
    return selector


def _parse_css(value: Any) -> str | None:
    text = _parse_text(value)
    return None if text is None else _check_css(text)


def _parse_css_list(value: Any) -> list[str]:
    if isinstance(value, str) and not value.strip().startswith("["):
        # ":is(a, b)" holds a comma: one text is one selector, which may itself be a list of selectors.
        value = [value] if value.strip() else []
    return [_check_css(selector) for selector in parse_strings(value)]


def _parse_tags(value: Any) -> list[str]:
    tags = [tag.lower() for tag in parse_strings(value)]
    for tag in tags:
        if not tag.replace("-", "").isalnum():
            raise ValueError(f"{tag!r} is not a tag name")
    return tags


def _parse_domains(value: Any) -> list[str]:
    from scrapy_c4.extractors.urls import to_ascii_host

    domains = []
    for text in parse_strings(value):
        host = to_ascii_host(text.strip().removeprefix("*.").strip("."))
        if host is None:
            raise ValueError(f"{text!r} is not a domain name such as example.com")
        domains.append(host)
    return domains


#: As in ``[type="a" i]``; not every version of cssselect knows it.
_ATTRIBUTE_FLAG = re.compile(r"\s+[is]\s*\]", re.IGNORECASE)


def _check_awaited(selector: str) -> None:
    # The browser reads it, which knows more pseudo-classes, more inside of brackets, and chains with ">>".
    if "(" in selector or ">>" in selector:
        return
    from cssselect import SelectorSyntaxError, parse

    try:
        parse(_ATTRIBUTE_FLAG.sub("]", selector))
    except SelectorSyntaxError as error:
        raise ValueError(f"{selector!r} is not a CSS selector: {error}") from None


def _parse_wait_for(value: Any) -> str | None:
    text = _parse_text(value)
    if text is None:
        return None
    scheme, _, rest = text.partition(":")
    if scheme not in ("css", "js") or not rest.strip():
        raise ValueError("it must start with css: or js:")
    if scheme == "css":
        _check_awaited(rest.strip())
    return text


def _parse_screenshot(value: Any) -> str | None:
    if isinstance(value, str) and value.strip().lower() not in {"true", "1", "false", "0", ""}:
        return value if value in ("full", "viewport") else _check_css(value)
    if value is None or value == "":
        return None
    return "full" if _parse_bool(value) else None


_RESOURCE_TYPES = (
    "document", "stylesheet", "image", "media", "font", "script", "texttrack", "xhr", "fetch", "eventsource",
    "websocket", "manifest", "other", "tracker",
)  # fmt: skip


def _parse_resources(value: Any) -> list[str] | None:
    if value is None or value is False or value == "" or (isinstance(value, str) and value.lower() in ("false", "0")):
        return None
    if value is True or (isinstance(value, str) and value.lower() in ("true", "1")):
        return ["font", "image", "media", "tracker"]
    return subset(_RESOURCE_TYPES).parse(value) or None


def _parse_virtual_scroll(value: Any) -> dict[str, Any] | None:
    if value is None or value is False:
        return None
    if isinstance(value, str) and not value.lstrip().startswith("{"):
        raise ValueError
    given = parse_mapping(value)
    parts: dict[str, Kind] = {
        "container_selector": CSS,
        "scroll_count": POSITIVE_INT,
        "scroll_by": SCROLL_BY,
        "wait_after_scroll": NON_NEGATIVE_FLOAT,
    }
    result: dict[str, Any] = {
        "container_selector": None, "scroll_count": None, "scroll_by": "container_height", "wait_after_scroll": 0.2,
    }  # fmt: skip
    for key, part in given.items():
        if key not in parts:
            raise ValueError(f"unknown key {key!r}: it takes {', '.join(parts)}")
        try:
            result[key] = parts[key].parse(part)
        except ValueError as error:
            raise ValueError(f"{key} must be {str(error) or parts[key].allowed}") from None
    if not result["container_selector"]:
        raise ValueError("container_selector is missing")
    return result


def _parse_scroll_by(value: Any) -> str | int:
    if value in ("container_height", "page_height"):
        return str(value)
    pixels: int = POSITIVE_INT.parse(value)
    return pixels


def choice(*values: str) -> Kind:
    def parse(value: Any) -> str:
        if value not in values:
            raise ValueError
        return str(value)

    return Kind("str", "one of " + ", ".join(values), parse)


def subset(values: Sequence[str]) -> Kind:
    def parse(value: Any) -> list[str]:
        chosen = parse_strings(value)
        if not set(chosen) <= set(values):
            raise ValueError
        return [v for v in values if v in chosen]

    return Kind("list of str", "a list of " + ", ".join(values), parse)


def optional(kind: Kind) -> Kind:
    def parse(value: Any) -> Any:
        return None if value is None or value in ("", "None", "none") else kind.parse(value)

    return Kind(kind.name, kind.allowed + ", or None", parse)


def named_object(key: str, names: Sequence[str], *, allow_none: bool = False) -> Kind:
    """A dict whose ``key`` is one of ``names``; a bare name is short for ``{key: name}``."""
    allowed = f"a dict with {key!r} one of {', '.join(names)}, or that name alone" + (", or None" if allow_none else "")

    def parse(value: Any) -> dict[str, Any] | None:
        if allow_none and (value is None or value is False or value == ""):
            return None
        if isinstance(value, str) and not value.lstrip().startswith("{"):
            value = {key: value}
        result = parse_mapping(value)
        name = result.get(key)
        if name not in names:
            raise ValueError(f"it must be {allowed}{nearest(name, names) if isinstance(name, str) else ''}")
        return result

    return Kind("dict", allowed, parse)


BOOL = Kind("bool", "True or False", _parse_bool)
FLOAT = Kind("float", "a number", _ranged(float, -math.inf, math.inf))
UNIT_FLOAT = Kind("float", "a number from 0 to 1", _ranged(float, 0, 1))
POSITIVE_FLOAT = Kind("float", "a number above 0", _ranged(float, 0, math.inf, open_low=True))
NON_NEGATIVE_FLOAT = Kind("float", "a number of 0 or more", _ranged(float, 0, math.inf))
POSITIVE_INT = Kind("int", "a whole number above 0", _ranged(int, 1, math.inf))
NON_NEGATIVE_INT = Kind("int", "a whole number of 0 or more", _ranged(int, 0, math.inf))
TEXT = Kind("str", "text", _parse_text)
STRINGS = Kind("list of str", "a list of texts", lambda value: parse_strings(value) or None)
SCRIPTS = Kind("str or list of str", "JavaScript, or a list of it", _parse_scripts)
CSS = Kind("str", "a CSS selector", _parse_css)
CSS_LIST = Kind("list of str", "a list of CSS selectors", _parse_css_list)
TAGS = Kind("list of str", "a list of tag names", _parse_tags)
DOMAINS = Kind("list of str", "a list of domain names", _parse_domains)
WAIT_FOR = Kind("str", "css:<selector> or js:<function or expression>", _parse_wait_for)
SCREENSHOT = Kind("bool or str", "True, False, full, viewport or a CSS selector", _parse_screenshot)
RESOURCES = Kind("bool or list of str", "True, False or a list of " + ", ".join(_RESOURCE_TYPES), _parse_resources)
SCROLL_BY = Kind("str or int", "container_height, page_height or a number of pixels", _parse_scroll_by)
VIRTUAL_SCROLL = Kind(
    "dict", "a dict with container_selector, scroll_count, scroll_by, wait_after_scroll", _parse_virtual_scroll
)
