"""The JavaScript functions of ``js/``, read as package data so that they are found inside an egg too."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def script(name: str) -> str:
    """The source of ``js/<name>.js``: one function, to be called with one argument that is plain data."""
    return files("scrapy_c4.browser").joinpath("js").joinpath(f"{name}.js").read_text(encoding="utf-8")
