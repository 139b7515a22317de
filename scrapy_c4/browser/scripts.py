"""The JavaScript functions of ``js/``, read as package data so that they are found inside an egg too."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

#: Pages may have a ``class Set`` or the like of their own: the window still has the browser's.
_GLOBALS = "const { Array, Map, Math, Number, Object, Promise, RegExp, Set } = window;"


@cache
def script(name: str) -> str:
    """The source of ``js/<name>.js``: one function, to be called with arguments that are plain data."""
    source = _source(name)
    shared = f"const c4 = ({_source('shared')})();\n" if re.search(r"\bc4\b", source) else ""
    return f"(...args) => {{ {_GLOBALS}\n{shared}return ({source})(...args); }}"


def _source(name: str) -> str:
    return files("scrapy_c4.browser").joinpath("js").joinpath(f"{name}.js").read_text(encoding="utf-8").rstrip()
