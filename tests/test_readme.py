from __future__ import annotations

import re
from itertools import chain
from pathlib import Path

import scrapy_c4
from scrapy_c4.options import CRAWL_SETTINGS
from tests.readme import README, made

#: Stats that the README names together.
TOGETHER = ("c4/llm/", "c4/frontier/")


def test_the_tables_of_the_readme_are_those_of_the_code() -> None:
    text = README.read_text("utf-8")
    assert text == made(text), "run: python -m tests.readme"


def test_every_crawl_setting_is_in_the_readme() -> None:
    text = README.read_text("utf-8")
    assert [name for name in sorted(CRAWL_SETTINGS) if f"| `{name}` |" not in text] == []


def test_every_stat_is_in_the_readme() -> None:
    text = README.read_text("utf-8")
    # "`a/{b,c}`" and "`a/{b}`" stand for all that begins with "a/".
    shown = tuple(name.partition("{")[0] for name in re.findall(r"`(c4/[^`…]+)", text))
    sources = (path.read_text("utf-8") for path in Path(scrapy_c4.__file__).parent.rglob("*.py"))
    used = set(chain.from_iterable(re.findall(r"[\"'](c4/[a-z_]+/[a-z_/]+)", source) for source in sources))
    assert len(used) > 30
    assert [name for name in sorted(used) if not name.startswith((*shown, *TOGETHER))] == []
