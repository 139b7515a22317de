from __future__ import annotations

import json
import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml.html import HTMLParser, document_fromstring

from scrapy_c4.extractors.document import Document
from scrapy_c4.extractors.table_grid import MAX_COLSPAN, MAX_ROWSPAN, lay_out, parse_span, read_table
from scrapy_c4.extractors.table_headers import is_numeric
from scrapy_c4.extractors.tables import extract_tables
from scrapy_c4.items import TableItem

ALL = -100
URL = "https://example.com/page"


def tables(html: str, threshold: float = ALL) -> list[TableItem]:
    root = document_fromstring(f"<html><body>{html}</body></html>", parser=HTMLParser(huge_tree=True))
    return extract_tables(Document(root, URL), threshold=threshold)


def table(html: str) -> TableItem:
    (item,) = tables(html)
    return item


def grid(html: str) -> list[list[str]]:
    item = table(html)
    return ([item.headers] if item.headers else []) + item.rows


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2", 2), (" 3", 3), ("+4", 4), ("2%", 2), ("2px", 2), ("2.9", 2), ("", 1), ("-1", 1), ("x2", 1), ("0", 0),
        ("007", 7), ("1001", 1000), ("9" * 5000, 1000), ("٣", 1),
    ],
)  # fmt: skip
def test_span_values_are_read_as_browsers_do(value: str, expected: int) -> None:
    assert parse_span(value, MAX_COLSPAN) == expected


def test_rowspan_has_its_own_limit() -> None:
    assert parse_span("70000", MAX_ROWSPAN) == 65534


LAYOUTS = {
    "plain": ("<tr><td>a<td>b<tr><td>c<td>d", [["a", "b"], ["c", "d"]]),
    "colspan": ("<tr><td colspan=2>a<td>b<tr><td>c<td>d<td>e", [["a", "a", "b"], ["c", "d", "e"]]),
    "rowspan shifts the cells beside it": (
        "<tr><td rowspan=2>a<td>b<tr><td>c<tr><td>d<td>e",
        [["a", "b"], ["a", "c"], ["d", "e"]],
    ),
    "both": (
        "<tr><td rowspan=2 colspan=2>a<td>b<tr><td>c<tr><td>d<td>e<td>f",
        [["a", "a", "b"], ["a", "a", "c"], ["d", "e", "f"]],
    ),
    "rowspan in the middle": (
        "<tr><td>a<td rowspan=3>b<td>c<tr><td>d<td>e<tr><td>f<td>g",
        [["a", "b", "c"], ["d", "b", "e"], ["f", "b", "g"]],
    ),
    "rowspan 0 goes to the end of its row group": (
        "<tbody><tr><td rowspan=0>a<td>b<tr><td>c<tr><td>d</tbody><tbody><tr><td>e<td>f</tbody>",
        [["a", "b"], ["a", "c"], ["a", "d"], ["e", "f"]],
    ),
    "rowspan ends with its row group": (
        "<tbody><tr><td rowspan=9>a<td>b<tr><td>c</tbody><tbody><tr><td>d<td>e</tbody>",
        [["a", "b"], ["a", "c"], ["d", "e"]],
    ),
    "rows beside a tbody are a group of their own": (
        "<tbody><tr><td rowspan=9>a<td>b</tbody><tr><td>c<td>d",
        [["a", "b"], ["c", "d"]],
    ),
    "bad spans do not lose the table": (
        '<tr><td colspan="2%">a<td rowspan="">b<tr><td colspan="-1">c<td colspan="x">d<td colspan=0>e',
        [["a", "a", "b"], ["c", "d", "e"]],
    ),
    "short rows are filled up": ("<tr><td>a<td>b<td>c<tr><td>d", [["a", "b", "c"], ["d", "", ""]]),
    "a colspan beyond all columns": ("<tr><td>a<td>b<tr><td colspan=3>c", [["a", "b"], ["c", "c", "c"]]),
    "overlapping cells": (
        "<tr><td>a<td rowspan=2>b<td>c<tr><td colspan=2>d",
        [["a", "b", "c"], ["d", "d", ""]],
    ),
    "a row of spans only": (
        "<tr><td rowspan=2>a<td rowspan=2>b<tr></tr><tr><td>c<td>d",
        [["a", "b"], ["a", "b"], ["c", "d"]],
    ),
    "empty rows": ("<tr></tr><tr><td>a<td>b<tr></tr><tr><td>c<td>d", [["a", "b"], ["c", "d"]]),
    "empty cells stay": ("<tr><td><td>a<tr><td>b<td>", [["", "a"], ["b", ""]]),
    "row headers are cells": ("<tr><th>a<td>1<tr><th>b<td>2", [["a", "1"], ["b", "2"]]),
    "feet come last": (
        "<tfoot><tr><td>sum<td>3</tfoot><tbody><tr><td>a<td>1<tr><td>b<td>2</tbody>",
        [["a", "1"], ["b", "2"], ["sum", "3"]],
    ),
    "cells without a row": ("<td>a<td>b<tr><td>c<td>d", [["a", "b"], ["c", "d"]]),
    "rows inside a form": ("<form><tr><td>a<td>b</tr></form><tr><td>c<td>d", [["a", "b"], ["c", "d"]]),
    "cells in a hidden part of a cell": (
        "<tr><td>a<div hidden>b<span hidden>c</span><td>d<tr><td>e<span hidden>f</span><td>g</table>",
        [["a bc", "d"], ["e", "g"]],
    ),
    "rows left open inside a cell": (
        "<tr><td><div>a<td>b<tr><td><ul><li>c<td>d</table>",
        [["a", "b"], ["c", "d"]],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("html", "expected"), LAYOUTS.values(), ids=LAYOUTS)
def test_cells_lie_where_a_browser_puts_them(html: str, expected: list[list[str]]) -> None:
    assert grid(f"<table>{html}</table>") == expected


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("one<br>two", "one two"),
        ("<p>one</p><p>two</p>", "one two"),
        ("<ul><li>one</li><li>two</li></ul>", "one two"),
        ("o<b>n</b>e t<i>wo</i>", "one two"),
        ("H<sub>2</sub>O", "H2O"),
        ("  one \n\t two&nbsp;", "one two"),
        ("one<script>var x</script><style>b{}</style> two<!-- three -->", "one two"),
        ("<a href=x>one</a>, <a href=y>two</a>", "one, two"),
        ("<div><div>one</div>two</div>three", "one two three"),
        ("<img src=x alt=y>one", "one"),
        ("", ""),
        # What is hidden is left out beside what is shown, such as keys to sort by.
        ("<span style='display:none'>20240501</span>May 1, 2024", "May 1, 2024"),
        ("one<p hidden>two <b>three</b></p> four", "one four"),
        ("<b>one <i style='color: red; DISPLAY : None !important'>two</i></b>", "one"),
        ("<div hidden><ul><li>one</ul></div><span>two</span>", "two"),
        ("<span style='display:inline; background: none'>one</span> two", "one two"),
        # Rows that a click opens, texts that come later.
        ("<div style='display:none'>one <p>two</p></div> <b hidden>three</b>", "one two three"),
    ],
)
def test_cell_text_is_what_a_reader_sees(html: str, text: str) -> None:
    assert table(f"<table><tr><td>{html}</td><td>-</td></tr></table>").rows == [[text, "-"]]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<img src=y alt=Yes>", "Yes"),
        ("<a href=/x><img alt=' Yes,\n it does ' title=no></a>", "Yes, it does"),
        ("<img alt=1><img alt=2><img alt=1><img alt=''>", "1 2"),
        ("<img alt=Yes>own", "own"),
        ("<i class=icon aria-label=Yes></i>", "Yes"),
        ("<span><i class=icon title=Yes></i></span>", "Yes"),
        ("<img alt='' title=Yes>", "Yes"),
        ("<svg aria-label=No><title>Cross</title></svg>", "No"),
        ("<svg><title>No</title><path d=M0/></svg>", "No"),
        ("<math alttext='x^2'><msup><mi>x</mi><mn>2</mn></msup></math>", "x^2"),
        ("<math><msup><mi>x</mi> <mn>2</mn></msup><annotation>x^2</annotation></math>", "x2"),
        ("<span class=m><span style='display: none'><math><mi>y</mi></math></span><img alt='x^2'></span>", "x^2"),
        # What a click would do is no content, and a nested table speaks for itself.
        ("<input type=checkbox aria-label=Select><button title=Copy></button>", ""),
        ("<table><tr><td><img alt=inner></table>", ""),
        ("<i></i>", ""),
    ],
)
def test_cells_without_text_say_what_their_images_stand_for(html: str, text: str) -> None:
    assert tables(f"<table><tr><th>A<th>B<tr><td>{html}</td><td>-</td></tr></table>")[0].rows == [[text, "-"]]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<tr><td>a<td><img alt=b>", ""),
        ("<caption>c</caption><tr><td>a<td><img alt=b>", "b"),
        ("<thead><tr><td>A<td>B</thead><tr><td>a<td><img alt=b>", "b"),
        ("<tr><th>a<td><img alt=b>", "b"),
    ],
)
def test_images_speak_only_in_tables_that_are_marked_as_data(html: str, text: str) -> None:
    assert table(f"<table>{html}</table>").rows == [["a", text]]


def test_a_matrix_of_marks_is_data() -> None:
    rows = "".join(f"<tr><td>{name}<td><img alt=Yes><td><img alt=No>" for name in ("TLS", "IPv6", "HTTP/2"))
    (item,) = tables(f"<table><tr><th>Feature<th>One<th>Two{rows}</table>", threshold=7)
    assert item.rows[0] == ["TLS", "Yes", "No"]


HEADERS = {
    "thead": ("<thead><tr><th>A<th>B<tbody><tr><td>1<td>2", ["A", "B"], 1),
    "thead of td": ("<thead><tr><td>A<td>B</thead><tbody><tr><td>1<td>2", ["A", "B"], 1),
    "thead behind the body": ("<tbody><tr><td>1<td>2</tbody><thead><tr><th>A<th>B</thead>", ["A", "B"], 1),
    "thead without a row": ("<thead><th>A</th><th>B</th></thead><tbody><tr><td>1<td>2", ["A", "B"], 1),
    "row of th": ("<tr><th>A<th>B<tr><td>1<td>2", ["A", "B"], 1),
    "empty corner": ("<tr><td><th>A<th>B<tr><th>x<td>1<td>2", ["", "A", "B"], 1),
    "header alone": ("<thead><tr><th>A<th>B</thead><tbody></tbody>", ["A", "B"], 0),
    "two rows": (
        "<thead><tr><th rowspan=2>Name<th colspan=2>Goals<tr><th>Home<th>Away<tbody><tr><td>x<td>1<td>2",
        ["Name", "Goals / Home", "Goals / Away"],
        1,
    ),
    "two rows, the second of td": (
        "<tr><th rowspan=2>Name<th colspan=2>Goals<tr><td>Home<td>Away<tr><td>x<td>1<td>2",
        ["Name", "Goals / Home", "Goals / Away"],
        1,
    ),
    "equal words are said once": (
        "<thead><tr><th>Name<th>Goals<tr><th>Name<th>Home</thead><tr><td>x<td>1",
        ["Name", "Goals / Home"],
        1,
    ),
    "bold first row": ("<tr><td><b>A</b><td><p><strong>B</strong></p><tr><td>x<td>y<tr><td>z<td>w", ["A", "B"], 2),
    "row with a header class": ("<tr class=table-header><td>A<td>B<tr><td>x<td>y", ["A", "B"], 1),
    "words over numbers": ("<tr><td>Name<td>Age<tr><td>Bob<td>34<tr><td>Al<td>20", ["Name", "Age"], 2),
    "ARIA": ("<tr><td role=columnheader>A<td role=columnheader>B<tr><td>x<td>y", ["A", "B"], 1),
    "whole table in thead": ("<thead><tr><th>A<th>B<tr><td>1<td>2</thead>", ["A", "B"], 1),
    "only th": ("<tr><th>A<th>B<tr><th>1<th>2", ["A", "B"], 1),
    "none": ("<tr><td>x<td>y<tr><td>z<td>w", [], 2),
    "none, numbers from the start": ("<tr><td>Bob<td>34<tr><td>Al<td>20<tr><td>Cy<td>9", [], 3),
    "none, row headers": ("<tr><th>Name<td>Bob<tr><th>Age<td>34", [], 2),
    "none, all bold": ("<tr><td><b>x</b><td><b>y</b><tr><td><b>z</b><td><b>w</b>", [], 2),
    "a second thead titles its rows": (
        "<thead><tr><th>A<th>B</thead><tbody><tr><td>1<td>2</tbody><thead><tr><th colspan=2>more</thead>"
        "<tbody><tr><td>3<td>4</tbody>",
        ["A", "B"],
        3,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("html", "headers", "rows"), HEADERS.values(), ids=HEADERS)
def test_headers(html: str, headers: list[str], rows: int) -> None:
    item = table(f"<table>{html}</table>")
    assert item.headers == headers
    assert len(item.rows) == rows == item.metadata["row_count"]
    assert headers not in item.rows
    assert item.metadata["has_headers"] == bool(headers)


def test_rows_longer_than_the_headers_are_kept_whole() -> None:
    item = table("<table><tr><th>A<th>B<tr><td>1<td>2<td>3<tr><td>4<td>5</table>")
    assert item.rows == [["1", "2", "3"], ["4", "5", ""]]
    assert item.headers == ["A", "B", ""]


def test_every_column_has_one_header() -> None:
    item = table("<table><tr><th colspan=9>A<tr><td>1<td>2<tr><td colspan=3>3</table>")
    assert item.headers == ["A", "A"]
    assert item.rows == [["1", "2"], ["3", "3", "3"]]
    assert item.metadata["column_count"] == 2


def test_nested_table_is_apart() -> None:
    outer, inner = tables(
        "<table><tr><td>before <table><tr><td>n1<td>n2<tr><td>n3<td>n4</table> after<td>b<tr><td>c<td>d</table>"
    )
    assert outer.rows == [["before after", "b"], ["c", "d"]]
    assert inner.rows == [["n1", "n2"], ["n3", "n4"]]
    assert outer.metadata["nested_tables"] == 1
    assert inner.metadata["nested_tables"] == 0


def test_caption_and_summary() -> None:
    item = table(
        '<table summary=" All\n staff "><caption><b>Staff</b> list</caption><tr><th>A<th>B<tr><td>1<td>2</table>'
    )
    assert (item.caption, item.summary) == ("Staff list", "All staff")
    item = table("<figure><table><tr><th>A<th>B<tr><td>1<td>2</table><figcaption>Fig. 1</figcaption></figure>")
    assert (item.caption, item.summary) == ("Fig. 1", None)


def test_metadata() -> None:
    item = table(
        '<table id=t class="wide  data"><tr><th>Name<th>Age<th>City<tr><td>Bob<td>34<td rowspan=2>Rome<tr><td>Al<td>20'
        "</table>"
    )
    score = item.metadata.pop("score")
    assert score >= 7
    assert item.metadata == {
        "row_count": 2,
        "column_count": 3,
        "id": "t",
        "class": "wide data",
        "has_headers": True,
        "header_rows": 1,
        "row_headers": True,
        "has_merged_cells": True,
        "nested_tables": 0,
        "truncated": False,
    }
    assert item.page_url == URL
    json.dumps(vars(item))


DATA = {
    "plain": "<table><tr><th>Name<th>Age<th>City<tr><td>Bob<td>34<td>Rome<tr><td>Al<td>20<td>Bonn</table>",
    "key and value": "<table><tr><th>Name<td>Bob<tr><th>Age<td>34<tr><th>City<td>Rome</table>",
    "key and value without th": (
        "<table><tr><td>Weight:<td>3 kg<tr><td>Colour:<td>red<tr><td>Material:<td>wool</table>"
    ),
    "header-less ranking": (
        "<table><tr><td>1.<td><a href=/a>Mercedes</a><td>613.5<tr><td>2.<td><a href=/b>Red Bull</a><td>585.5"
        "<tr><td>3.<td><a href=/c>Ferrari</a><td>323.5<tr><td>4.<td><a href=/d>McLaren</a><td>275</table>"
    ),
    "prices with a caption": (
        "<table class=pricing><caption>Plans</caption><thead><tr><th scope=col>Plan<th scope=col>Price</thead>"
        "<tbody><tr><td>Basic<td>$5.00<tr><td>Pro<td>$15.00</tbody></table>"
    ),
}
LAYOUT = {
    "page frame": (
        "<table width=100% border=0 cellpadding=0><tr><td valign=top><a href=/>Home</a><br><a href=/a>About</a>"
        "<td valign=top><h1>Welcome</h1><p>" + "Some words about the place. " * 20 + "<td><img src=x.gif></table>"
    ),
    "form": (
        "<table><tr><td><label>Name</label><td><input name=n><tr><td><label>Mail</label><td><input name=m>"
        "<tr><td><td><input type=submit></table>"
    ),
    "one cell": "<table><tr><td>Only this one here</table>",
    "navigation": "<table><tr><td><a href=/a>Imprint</a><td><a href=/b>Privacy</a><td><a href=/c>Terms</a></table>",
    "picture with a legend": "<table><tr><td><img src=a.jpg><tr><td>Source: archive</table>",
    "calendar": (
        "<table><caption>May</caption><thead><tr>"
        + "".join(f"<th>{day}" for day in "MTWTFSS")
        + "</thead><tbody>"
        + "".join("<tr>" + "".join(f"<td>{week * 7 + day}" for day in range(1, 8)) for week in range(4))
        + "</table>"
    ),
    "code with line numbers": "<table><tr><td><pre>1\n2\n3</pre><td><pre>def f():\n    return 1</pre></table>",
    "headlines": (
        "<table>"
        + "".join(f"<tr><td>{n}.<td><a href=/{n}>What the council of town {n} decided today</a>" for n in range(1, 9))
        + "</table>"
    ),
    "said to be layout": (
        "<table role=presentation><tr><td>Name<td>Age<td>City<tr><td>Bob<td>34<td>Rome<tr><td>Al<td>20<td>Bonn</table>"
    ),
}


@pytest.mark.parametrize("html", DATA.values(), ids=DATA)
def test_data_tables_are_kept(html: str) -> None:
    assert len(tables(html, threshold=7)) == 1


@pytest.mark.parametrize("html", LAYOUT.values(), ids=LAYOUT)
def test_layout_tables_are_not(html: str) -> None:
    assert tables(html, threshold=7) == []
    assert len(tables(html, threshold=ALL)) == 1


def test_lower_threshold_keeps_more() -> None:
    html = "".join([*DATA.values(), *LAYOUT.values()])
    counts = [len(tables(html, threshold)) for threshold in (ALL, 0, 4, 7, 9, 100)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] == len(DATA) + len(LAYOUT)
    assert counts[-1] == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", True), ("1,234.50 €", True), ("$5", True), ("-3 %", True), ("12 kg", True), ("2:1", True),
        ("12/03/2021", True), ("EUR 12", True), ("Bob", False), ("Room 12 on the left", False), ("", False),
        ("1" + "." * 5000 + "x", False),
    ],
)  # fmt: skip
def test_is_numeric(text: str, expected: bool) -> None:
    assert is_numeric(text) is expected


def test_page_without_cells_has_no_tables() -> None:
    assert tables("<table></table><table><tr></tr></table><table><caption>c</caption></table>") == []


def test_tree_is_left_alone() -> None:
    html = "<html><body><table><tr><td>a<b>b</b><table><tr><td>c</table></table></body></html>"
    root, again = document_fromstring(html), document_fromstring(html)
    extract_tables(Document(root, URL), threshold=ALL)
    assert [(e.tag, e.text, e.tail) for e in root.iter()] == [(e.tag, e.text, e.tail) for e in again.iter()]


class TestHostilePages:
    def test_huge_colspan(self) -> None:
        item = table("<table><tr><td colspan=100000000>a<td>b<tr><td>c</table>")
        assert len(item.rows[0]) == MAX_COLSPAN + 1
        assert item.rows[0][-1] == "b"

    def test_many_rows(self) -> None:
        item = table("<table>" + "<tr><td>a<td rowspan=2>b<td>c<tr><td>d<td>e" * 10_000 + "</table>")
        assert len(item.rows) == 20_000
        assert item.rows[-1] == ["d", "b", "e"]
        assert item.metadata["truncated"] is False

    def test_spans_in_every_row_cost_no_cell(self) -> None:
        item = table("<table>" + "<tr><td>a<td colspan=1000>b" * 20_000 + "</table>")
        assert len(item.rows) == 20_000
        assert set(map(tuple, item.rows)) == {("a", "b")}

    def test_more_slots_than_fit_are_cut(self) -> None:
        item = table("<table><tr>" + "<td rowspan=0>a" * 2000 + "<tr><td>b" * 5000 + "</table>")
        assert item.metadata["truncated"] is True
        assert 900_000 < sum(map(len, item.rows)) <= 1_000_000

    def test_slots_are_counted_for_the_whole_page(self, caplog: pytest.LogCaptureFixture) -> None:
        found = tables("<table><tr><td colspan=1000>a<td>b</table>" * 3000)
        assert sum(len(row) for item in found for row in item.rows) <= 1_000_000
        assert f"Tables of {URL} hold more" in caplog.text

    def test_deep_nesting(self) -> None:
        found = tables("<table><tr><td>x" * 600 + "</table>" * 600)
        assert len(found) == 600
        assert all(item.rows == [["x"]] for item in found)

    def test_deep_markup_in_a_cell(self) -> None:
        item = table("<table><tr><td>" + "<div>" * 1900 + "deep" + "</div>" * 1900 + "<td>b</table>")
        assert item.rows == [["deep", "b"]]


spans = st.one_of(st.none(), st.integers(0, 5).map(str), st.sampled_from(["", "-1", "2%", "99999999", "x"]))
cells = st.tuples(st.sampled_from(["td", "th"]), spans, spans)
sections = st.tuples(
    st.sampled_from(["", "thead", "tbody", "tfoot"]), st.lists(st.lists(cells, max_size=5), max_size=5)
)


@settings(max_examples=150, deadline=None)
@given(st.lists(sections, max_size=4))
def test_random_spans_keep_every_cell(parts: list[tuple[str, list[list[tuple[str, str | None, str | None]]]]]) -> None:
    number = 0
    html = []
    for section, rows in parts:
        body = []
        for row in rows:
            line = []
            for tag, colspan, rowspan in row:
                attributes = "".join(
                    f' {name}="{value}"'
                    for name, value in (("colspan", colspan), ("rowspan", rowspan))
                    if value is not None
                )
                line.append(f"<{tag}{attributes}>c{number}</{tag}>")
                number += 1
            body.append(f"<tr>{''.join(line)}</tr>")
        html.append(f"<{section}>{''.join(body)}</{section}>" if section else "".join(body))
    root = document_fromstring(f"<html><body><table>{''.join(html)}</table></body></html>")
    element = next(root.iter("table"))
    laid = lay_out(read_table(element))
    assert {text for row in laid.rows for text in row if text} == {f"c{n}" for n in range(number)}
    assert len(laid.rows) == len(laid.sources)
    wide = {text for row in laid.rows for text, after in pairwise(row) if text == after}
    for row in laid.rows:
        # longer than the table is wide only by cells with a colspan
        assert len(row) >= laid.width
        assert set(row[laid.width :]) <= wide
    items = extract_tables(Document(root, URL), threshold=ALL)
    assert len(items) == (number > 0)
    for item in items:
        said = set(re.findall(r"c\d+", " ".join(item.headers + [text for row in item.rows for text in row])))
        assert said == {f"c{n}" for n in range(number)}
