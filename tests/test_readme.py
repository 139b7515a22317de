from __future__ import annotations

from scrapy_c4.options import CRAWL_SETTINGS
from tests.readme import README, made


def test_the_tables_of_the_readme_are_those_of_the_code() -> None:
    text = README.read_text("utf-8")
    assert text == made(text), "run: python -m tests.readme"


def test_every_crawl_setting_is_in_the_readme() -> None:
    text = README.read_text("utf-8")
    assert [name for name in sorted(CRAWL_SETTINGS) if f"| `{name}` |" not in text] == []
