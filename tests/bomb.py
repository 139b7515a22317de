# ruff: noqa: E501
"""Reads one hostile page in a process of its own: ``python -m tests.bomb NAME`` prints what came of it, as JSON."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

DEEP_END = " <a href=/last>end</a>"
BOMBS: dict[str, Any] = {
    "nested tags": lambda: "<p>start" + "<div>" * 1_000_000 + "deep" + DEEP_END,
    "nested inline tags": lambda: "<p>start" + "<b><i>x" * 500_000 + DEEP_END,
    "nested lists": lambda: "<p>start" + "<ul><li>x" * 20_000 + DEEP_END,
    "nested tables": lambda: "<p>start" + "<table><tr><td>x" * 20_000 + DEEP_END,
    "nested tags with attributes": lambda: "<p>start" + "<div class=c><span id=s>x" * 100_000 + DEEP_END,
    "nested tags and end tags of others": lambda: "<p>start" + "<b>" * 500_000 + "</i>" * 500_000 + DEEP_END,
    "just too deep": lambda: "<p>start" + "<div>" * 2100 + "deep" + "</div>" * 2100 + DEEP_END,
    "just not too deep": lambda: "<p>start" + "<div>" * 1900 + "deep" + "</div>" * 1900 + "<p>end",
    "huge attribute": lambda: f"<p>start<a href=/a title='{'x' * 10_000_000}'>a</a><img src=/i alt='{'y ' * 5_000_000}'>",
    "huge URL": lambda: f"<p>start<a href='/{'x' * 5_000_000}'>a</a><img src='/{'%41' * 1_000_000}'><base href='{'/x' * 500_000}'>",
    "huge base": lambda: f"<base href=/{'x' * 1_000_000}/>start" + "<a href=a>x</a><img src=i>" * 5000,
    "many attributes": lambda: "<p>start<a href=/a " + " ".join(f"data-{n}=1" for n in range(10_000)) + ">a</a>",
    "many links": lambda: "<p>start" + "".join(f"<a href=/p{n}?q={n}>Link {n}</a> " for n in range(100_000)),
    "many images": lambda: "<p>start" + "".join(f"<img src=/i{n}.jpg alt='Image {n}'> " for n in range(30_000)),
    "many unclosed links": lambda: "<p>start" + "<a href=/a>x" * 100_000,
    "many paragraphs": lambda: "<p>start" + "<p>word word word" * 200_000,
    "one paragraph": lambda: "<p>start " + "word, word. " * 800_000,
    "no spaces": lambda: "<p>start " + "a" * 5_000_000 + "@" * 1_000_000,
    "colspan": lambda: "<p>start<table>" + "<tr><td colspan=100000000 rowspan=100000000>a<td>b" * 300 + "</table>",
    "many rows": lambda: "<p>start<table>" + "<tr><td>a<td>b<td>c" * 50_000 + "</table>",
    "srcset": lambda: f"<p>start<img srcset='{', '.join(f'/i{n}.jpg {n}w' for n in range(200_000))}'>",
    "srcset of commas": lambda: f"<p>start<img srcset='{',' * 2_000_000}'><img srcset='{'( ' * 1_000_000}'>",
    "JSON-LD nested": lambda: f"<p>start<script type=application/ld+json>{'[' * 500_000}</script>",
    "JSON-LD nested objects": lambda: "<p>start<script type=application/ld+json>" + '{"a":' * 200_000 + "1" + "}" * 200_000 + "</script>",
    "JSON-LD numbers": lambda: f"<p>start<script type=application/ld+json>{{'a': {'9' * 1_000_000}}}</script>".replace("'", '"'),
    "JSON-LD many": lambda: "<p>start" + '<script type=application/ld+json>{"@type": "Thing", "name": "x"}</script>' * 20_000,
    "many metas": lambda: "<head>" + "".join(f"<meta name=n{n} property=og:p{n} content=c>" for n in range(50_000)) + "</head><p>start",
    "entities": lambda: "<p>start" + "&amp;&lt;&#1234567890;&NotAnEntity;" * 200_000,
    "comments": lambda: "<p>start" + "<!-- x -->" * 300_000,
    "unclosed comments": lambda: "<p>start" + "<!--" * 500_000,
    "formatting": lambda: "<p>start" + "<b><p></b>" * 50_000,
    "select": lambda: "<p>start<select>" + "<option>x" * 100_000,
    "markdown signs": lambda: "<p>start " + "[](" * 300_000 + "`" * 300_000 + "*_" * 300_000 + "|" * 300_000,
    "pre": lambda: "<p>start<pre>" + "`" * 1_000_000 + "\n" * 1_000_000 + "</pre>",
    "NUL": lambda: "<p>start" + "\x00" * 1_000_000 + "\ufffe\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
}  # fmt: skip
OPTIONS: dict[str, Any] = {"score_links": True, "emit": ["link", "media", "table", "page"]}


def peak_memory() -> int:
    """MB at the most; unlike ru_maxrss it does not begin with the peak of the process that started this one."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM"))


def main(name: str) -> None:
    from scrapy.http import HtmlResponse, Request

    from scrapy_c4.options import Options
    from scrapy_c4.page import PageReader

    body = BOMBS[name]().encode()
    url = "http://127.0.0.1/bomb"
    reader = PageReader(HtmlResponse(url, body=body, encoding="utf-8", request=Request(url)), Options(**OPTIONS))
    items: dict[str, list[Any]] = {}
    size = 0
    for item in reader.all():
        items.setdefault(type(item).__name__, []).append(item)
        item.scope = None
        size += len(json.dumps(asdict(item)))
    (page,) = items["PageItem"]
    outcome = {
        "bytes": len(body),
        "output": size,
        "links": len(items.get("LinkItem", ())),
        "media": len(items.get("MediaItem", ())),
        "tables": len(items.get("TableItem", ())),
        "errors": page.errors,
        "start": "start" in (page.markdown or ""),
        "end": "end" in (page.markdown or ""),
        "memory": peak_memory(),
    }
    print(json.dumps(outcome))


if __name__ == "__main__":
    main(sys.argv[1])
