from __future__ import annotations

import gzip
import json
import os
import re
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scrapy.http import HtmlResponse

from scrapy_c4 import analyze
from scrapy_c4.llm.chunking import Chunk, chunk_text
from scrapy_c4.llm.tokens import estimate_tokens, token_counter

PAGES = Path(os.environ.get("C4_FUZZ_PAGES", Path(__file__).parents[3] / "shared/data/pages"))
real_pages = pytest.mark.skipif(not PAGES.is_dir(), reason="no sample of real pages: set C4_FUZZ_PAGES")


def check(text: str, chunks: list[Chunk], threshold: int, count=estimate_tokens) -> None:
    """What holds for all chunks of all texts."""
    covered = 0
    for number, chunk in enumerate(chunks, 1):
        assert chunk.number == number
        assert chunk.text == text[chunk.start : chunk.end]
        assert chunk.tokens == count(chunk.text) <= threshold
        # In order, and nothing but white space between what is new in one and in the next.
        assert not text[covered : chunk.fresh].strip()
        assert chunk.fresh < chunk.end
        assert chunk.start >= (chunks[number - 2].start if number > 1 else 0)
        assert chunk.start <= covered or not text[covered : chunk.start].strip()
        covered = chunk.end
    assert not text[covered:].strip()


@lru_cache(maxsize=1)
def documents() -> list[tuple[str, str, bool]]:
    """(name, text, is HTML) of the markdown and the clean HTML of real pages."""
    found = []
    for entry in json.loads((PAGES / "index.json").read_text())[::4]:
        body = gzip.decompress((PAGES / f"{entry['id']}.html.gz").read_bytes())
        page = analyze(HtmlResponse(entry["url"], body=body, encoding="utf-8"))
        found.append((entry["id"], page.markdown.raw_markdown, False))
        found.append((entry["id"], page.cleaned_html, True))
    return found


@real_pages
@pytest.mark.parametrize(("threshold", "rate"), [(120, 0.0), (300, 0.1), (1000, 0.1), (2048, 0.3)])
def test_real_pages(threshold: int, rate: float) -> None:
    pairs = overlapping = chunks_made = 0
    for _, text, html in documents():
        chunks = chunk_text(text, threshold, rate, estimate_tokens, html=html)
        check(text, chunks, threshold)
        chunks_made += len(chunks)
        for before, after in pairwise(chunks):
            pairs += 1
            assert estimate_tokens(text[after.start : after.fresh]) <= threshold * rate + 1
            assert after.start >= before.start
            overlapping += after.overlap > 0
        if not html:
            fences_are_whole(text, chunks, threshold)
            rows_are_whole(text, chunks, threshold)
    assert chunks_made > len(documents())
    # Without overlap are only cuts behind code blocks and table rows that are longer than the overlap may be.
    assert overlapping == 0 if rate == 0 else overlapping > 0.9 * pairs


def fences_are_whole(text: str, chunks: list[Chunk], threshold: int) -> None:
    for block in re.finditer(r"^```[^`\n]*\n.*?^```$", text, re.DOTALL | re.MULTILINE):
        if estimate_tokens(block.group() + "\n\n") <= threshold:
            assert any(chunk.start <= block.start() and block.end() <= chunk.end for chunk in chunks), block.group()


def rows_are_whole(text: str, chunks: list[Chunk], threshold: int) -> None:
    for row in re.finditer(r"^\|.*\|$", text, re.MULTILINE):
        if estimate_tokens(row.group() + "\n\n") <= threshold:
            assert any(chunk.start <= row.start() and row.end() <= chunk.end for chunk in chunks), row.group()


@real_pages
def test_real_pages_by_the_tokens_of_a_model() -> None:
    count = token_counter("openai/gpt-4o", 1.3)
    for _, text, html in documents()[:12]:
        check(text, chunk_text(text, 400, 0.1, count, html=html), 400, count)


_CODE = st.lists(st.text("xyz =()", min_size=1, max_size=30), min_size=1, max_size=8).map(
    lambda lines: "```py\n" + "\n".join(lines) + "\n```"
)
_TABLE = st.integers(1, 12).map(
    lambda rows: "| a | b |\n| --- | --- |\n" + "\n".join(f"| cell {n} | {n * 7} |" for n in range(rows))
)
_BLOCKS = st.one_of(
    st.integers(1, 6).flatmap(
        lambda level: st.text("Añ語 ", min_size=1, max_size=20).map(lambda t: "#" * level + " " + t)
    ),
    st.text(min_size=1, max_size=300),
    st.text("mw. 。Ж語\n", min_size=1, max_size=400),
    st.lists(st.text("abc ", max_size=40), min_size=1, max_size=6).map(
        lambda items: "\n".join(f"- {i}" for i in items)
    ),
    _CODE,
    _TABLE,
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(_BLOCKS, max_size=15).map("\n\n".join),
    st.integers(8, 200),
    st.sampled_from([0.0, 0.1, 0.5]),
    st.booleans(),
)
def test_any_text(text: str, threshold: int, rate: float, html: bool) -> None:
    chunks = chunk_text(text, threshold, rate, estimate_tokens, html=html)
    check(text, chunks, threshold)
    assert chunks == chunk_text(text, threshold, rate, estimate_tokens, html=html)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(_CODE, _TABLE, st.text("ab. ", min_size=1, max_size=200)), max_size=12).map("\n\n".join))
def test_code_and_rows_stay_whole(text: str) -> None:
    chunks = chunk_text(text, 150, 0.1, estimate_tokens)
    fences_are_whole(text, chunks, 150)
    rows_are_whole(text, chunks, 150)


def test_a_small_page_goes_whole() -> None:
    text = "# Title\n\nOne.\nTwo.\n\n```\ncode\n```\n"
    [chunk] = chunk_text(text, 500, 0.1, estimate_tokens)
    assert (chunk.text, chunk.start, chunk.end, chunk.overlap) == (text, 0, len(text), 0)
    assert chunk_text(" \n\n", 500, 0.1, estimate_tokens) == []


def test_cuts_are_made_at_headings_and_know_their_path() -> None:
    part = "Some words stand here. " * 12
    text = "".join(f"# Guide {n}\n\n{part}\n\n## Setup\n\n{part}\n\n" for n in range(4))
    chunks = chunk_text(text, 200, 0.0, estimate_tokens)
    assert all(chunk.text.startswith("# Guide") for chunk in chunks)
    assert [chunk.heading_path for chunk in chunks] == [(f"Guide {n}",) for n in range(4)]
    finer = chunk_text(text, 100, 0.0, estimate_tokens)
    assert ("Guide 2", "Setup") in [chunk.heading_path for chunk in finer]


def test_a_heading_is_not_left_behind() -> None:
    text = "word " * 60 + "\n\n## Next\n\n" + "text " * 100
    chunks = chunk_text(text, 120, 0.0, estimate_tokens)
    assert not any(chunk.text.rstrip().endswith("Next") for chunk in chunks)


def test_a_chunk_that_begins_inside_a_table_knows_its_head() -> None:
    rows = "\n".join(f"| thing {n} | {n} |" for n in range(60))
    chunks = chunk_text(f"# T\n\n| Name | Price |\n| --- | --- |\n{rows}\n", 100, 0.1, estimate_tokens)
    assert len(chunks) > 3
    assert all(chunk.table_head == "| Name | Price |" for chunk in chunks[1:])
    html = "<table><tr><th>Name</th><th>Price</th></tr>" + "<tr><td>a</td><td>1</td></tr>" * 60 + "</table>"
    chunks = chunk_text(html, 100, 0.1, estimate_tokens, html=True)
    assert all(chunk.table_head == "Name | Price" for chunk in chunks[1:])
    assert all(chunk.text.count("<tr>") == chunk.text.count("</tr>") for chunk in chunks)


def test_overlap_repeats_the_end_of_the_chunk_before() -> None:
    text = " ".join(f"Sentence number {n} is here." for n in range(200))
    chunks = chunk_text(text, 100, 0.2, estimate_tokens)
    for before, after in pairwise(chunks):
        repeated = text[after.start : after.fresh]
        assert before.text.endswith(repeated)
        assert 5 <= estimate_tokens(repeated) <= 20


@pytest.mark.parametrize(
    "text",
    [
        "漢字かな交じり文です。" * 4000,
        "ไม่มีช่องว่างระหว่างคำ" * 2000,
        "x" * 200_000,
        "# \n" * 40_000,
        ". " * 100_000,
        "\n" * 300_000 + "x",
        "```\n" + "x\n" * 60_000,
        "| a |\n" * 40_000,
        "<div>" * 40_000 + "x",
        "<p " * 60_000,
    ],
    ids=lambda text: repr(text[:8]),
)
def test_texts_without_structure(text: str) -> None:
    for html in (False, True):
        check(text, chunk_text(text, 1000, 0.1, estimate_tokens, html=html), 1000)


def test_tokens_of_models() -> None:
    known = token_counter("openai/gpt-4o", 100.0)
    assert known("Hello, world!") == 4
    # A rate is for models whose tokenizer is not known.
    assert token_counter("ollama/some-model", 100.0)("Hello, world!") == 200
    assert token_counter("ollama/some-model", 1.3)("<|endoftext|>") > 0
    assert estimate_tokens("abcdefg") == 2
    assert estimate_tokens("漢字") == 2
