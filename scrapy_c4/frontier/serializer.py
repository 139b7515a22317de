"""Requests as JSON, for ``SCHEDULER_SERIALIZER``: whoever can write to Redis cannot run code here.

Plain data goes in and comes out the same: None, bool, int, float, str, bytes, list, tuple, and dicts with such keys.
"""

from __future__ import annotations

import json
import sys
from base64 import b64decode, b64encode
from typing import Any

from scrapy import Request

__all__ = ["dumps", "loads"]

#: What a request has anyway is not stored: a frontier holds many requests.
_DEFAULTS: dict[str, Any] = {
    "callback": None, "errback": None, "headers": {}, "method": "GET", "body": b"", "cookies": {}, "meta": {},
    "encoding": "utf-8", "priority": 0, "dont_filter": False, "flags": [], "cb_kwargs": {},
}  # fmt: skip
_MAX_DEPTH = 100


def dumps(obj: dict[str, Any]) -> bytes:
    """``obj``, the dict of a request, as JSON. Raises ValueError naming what is no plain data."""
    if "_class" not in obj:
        obj = {key: value for key, value in obj.items() if key not in _DEFAULTS or value != _DEFAULTS[key]}
    try:
        return json.dumps(_encoded(obj, ()), separators=(",", ":")).encode()
    except ValueError as error:
        raise ValueError(f"Request {obj.get('url')} cannot be stored: {error}") from None


def loads(data: bytes | str) -> dict[str, Any]:
    """The dict of a request. Raises ValueError for anything else."""
    try:
        obj = _decoded(json.loads(data))
    except (ValueError, RecursionError, AttributeError, TypeError) as error:
        raise ValueError(f"not a request in JSON: {error}") from None
    if not isinstance(obj, dict) or not isinstance(obj.get("url"), str):
        raise ValueError("not a request: no dict with a url")
    if "_class" in obj:
        _check_class(obj["_class"])
    return obj


def _encoded(value: Any, path: tuple[Any, ...]) -> Any:
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if len(path) > _MAX_DEPTH:
        raise ValueError(f"{_shown(path[:3])}… is nested more than {_MAX_DEPTH} levels deep")
    if isinstance(value, bytes):
        try:
            return {"$b": value.decode("ascii")}
        except UnicodeDecodeError:
            return {"$b64": b64encode(value).decode("ascii")}
    if type(value) is list:
        return [_encoded(item, (*path, n)) for n, item in enumerate(value)]
    if type(value) is tuple:
        return {"$t": [_encoded(item, (*path, n)) for n, item in enumerate(value)]}
    if isinstance(value, dict):
        if all(isinstance(key, str) and not key.startswith("$") for key in value):
            return {key: _encoded(item, (*path, key)) for key, item in value.items()}
        return {"$d": [[_encoded(key, path), _encoded(item, (*path, key))] for key, item in value.items()]}
    raise ValueError(f"{_shown(path)} is of type {type(value).__name__}, which is no plain data")


def _shown(path: tuple[Any, ...]) -> str:
    return "".join(f"[{part!r}]" if n else str(part) for n, part in enumerate(path)) or "it"


def _decoded(value: Any) -> Any:
    if isinstance(value, list):
        return [_decoded(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((key, content),) = value.items()
        if key == "$b":
            return content.encode("ascii")
        if key == "$b64":
            return b64decode(content, validate=True)
        if key == "$t":
            return tuple(_decoded(item) for item in content)
        if key == "$d":
            return {_decoded(name): _decoded(item) for name, item in content}
    return {key: _decoded(item) for key, item in value.items()}


def _check_class(path: Any) -> None:
    # Scrapy imports what the path names. What is not loaded yet is none of the crawl's own classes.
    module, _, name = str(path).rpartition(".")
    cls = getattr(sys.modules.get(module), name, None)
    if not (isinstance(cls, type) and issubclass(cls, Request)):
        raise ValueError(f"{path!r} is no class of requests that this spider has imported")
