"""A page's text, markdown or HTML, as a row of segments that together are the text, each with its place in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: How good a place to cut stands before a segment: higher is better. Headings have 60 (level 6) to 110 (level 1).
AFTER_HEADING, SENTENCE, LINE, ROW, ITEM, BLOCK = 1, 5, 8, 15, 20, 30
_MAX_HEADING = 100
_MAX_TABLE_HEAD = 400


@dataclass
class Segment:
    """``text[start:end]``; white space that follows a block belongs to it."""

    start: int
    end: int
    rank: int
    #: ``heading``, ``text``, ``code``, ``row`` (of a table) or ``markup``.
    kind: str
    headings: tuple[str, ...] = ()
    #: The head of the table that a row stands in.
    table_head: str = ""


def segment(text: str, *, html: bool) -> list[Segment]:
    """The segments of ``text``, in order and without gaps."""
    return list(_html_segments(text) if html else _markdown_segments(text))


class _Headings:
    """The headings above the present place."""

    def __init__(self) -> None:
        self._levels: list[tuple[int, str]] = []
        self.path: tuple[str, ...] = ()

    def enter(self, level: int, title: str) -> None:
        while self._levels and self._levels[-1][0] >= level:
            self._levels.pop()
        title = " ".join(title.split())
        self._levels.append((level, title if len(title) <= _MAX_HEADING else title[:_MAX_HEADING] + "…"))
        self.path = tuple(title for _, title in self._levels)


_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_FENCE = re.compile(r" {0,12}(`{3,}|~{3,})([^\n]*)")
_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+([^\n]*))?$")
_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])\s")
_DELIMITER = frozenset("|:- \t")


def _markdown_segments(text: str) -> Iterator[Segment]:
    headings = _Headings()
    current: Segment | None = None
    fence = ""  # the marker of the code block we are in
    blank = True  # whether a blank line ended the current segment
    table_head = ""
    for match in _LINE.finditer(text):
        line, start, end = match.group(), match.start(), match.end()
        stripped = line.strip()
        if fence:
            assert current is not None
            current.end = end
            if stripped.startswith(fence) and not stripped.strip(fence[0]):
                fence, blank = "", True
            continue
        if not stripped:
            if current is None:
                current = Segment(start, end, 0, "text")
            current.end = end
            blank = True
            table_head = ""
            continue
        found: Segment | None = None
        if opened := _FENCE.match(line):
            # A back-tick in the rest of the line makes it inline code.
            if opened.group(1)[0] == "~" or "`" not in opened.group(2):
                fence = opened.group(1)
                found = Segment(start, end, BLOCK, "code")
        elif heading := _HEADING.match(line.rstrip("\n")):
            level = len(heading.group(1))
            headings.enter(level, (heading.group(2) or "").rstrip("# \t"))
            found = Segment(start, end, 120 - 10 * level, "heading")
        elif stripped.startswith("|"):
            in_table = current is not None and current.kind == "row" and not blank
            if in_table and current is not None and not table_head and "-" in line and _DELIMITER.issuperset(stripped):
                # The head and its delimiter are one.
                table_head = text[current.start : current.end].strip()[:_MAX_TABLE_HEAD]
                current.end = end
                continue
            found = Segment(start, end, ROW if in_table else BLOCK, "row")
            if not in_table:
                table_head = ""
            found.table_head = table_head
        elif _ITEM.match(line):
            in_list = current is not None and _ITEM.match(text, current.start, current.end) is not None
            found = Segment(start, end, ITEM if in_list else BLOCK, "text")
        elif blank or current is None or current.kind != "text":
            found = Segment(start, end, BLOCK, "text")
        if found is None:
            assert current is not None
            current.end = end
        else:
            found.headings = headings.path
            if current is not None:
                if current.kind == "heading":
                    found.rank = AFTER_HEADING
                yield current
            current = found
        blank = found is not None and found.kind == "heading"
    if current is not None:
        yield current


_BLOCK_TAG = re.compile(
    r"<(/?)(h[1-6]|p|div|section|article|main|aside|nav|header|footer|figure|form|blockquote|pre|table|thead|tbody"
    r"|tfoot|tr|ul|ol|li|dl|dt|dd|hr|details|summary|address|fieldset)(?=[\s>/])[^<>]{0,4000}>",
    re.IGNORECASE,
)
_TAG = re.compile(r"<[^<>]{0,4000}>")
#: Elements that are cut only when they do not fit.
_WHOLE = {"pre": "code", "tr": "row"}
_HTML_RANKS = {"tr": ROW, "li": ITEM, "dt": ITEM, "dd": LINE}


def _html_segments(text: str) -> Iterator[Segment]:
    headings = _Headings()
    current = Segment(0, 0, 0, "markup")
    filled = False  # whether the current segment has content, so that the next block is another one
    after_closing = False
    previous_end = title_start = 0
    whole, depth = "", 0  # the element that is kept whole, and how many of its name are open
    table_head, first_row = "", True

    def cut(position: int, rank: int) -> Segment:
        nonlocal current, filled
        done, done.end, done.headings = current, position, headings.path
        current = Segment(position, position, AFTER_HEADING if done.kind == "heading" else rank, "markup")
        filled = False
        return done

    for match in _BLOCK_TAG.finditer(text):
        closing, name = bool(match.group(1)), match.group(2).lower()
        if whole:
            if name == whole:
                depth += -1 if closing else 1
            if not depth:
                if whole == "tr":
                    row = text[current.start : match.end()]
                    if first_row and "<th" in row.lower():
                        table_head = " | ".join(_TAG.sub(" ", row).split())[:_MAX_TABLE_HEAD]
                    first_row = False
                whole, filled, after_closing, previous_end = "", True, True, match.end()
            continue
        if text[previous_end : match.start()].strip():
            if filled and after_closing:
                yield cut(previous_end, BLOCK)
            filled = True
        if not closing:
            rank = _HTML_RANKS.get(name, BLOCK)
            if filled:
                yield cut(match.start(), rank)
            if name[0] == "h" and name[1:].isdigit():
                current.kind, title_start = "heading", match.end()
                current.rank = max(current.rank, 120 - 10 * int(name[1]))
            elif name == "table":
                table_head, first_row = "", True
            elif name in _WHOLE:
                whole, depth, current.kind = name, 1, _WHOLE[name]
                current.table_head = table_head if name == "tr" else ""
        elif current.kind == "heading" and name[0] == "h" and name[1:].isdigit():
            headings.enter(int(name[1]), _TAG.sub(" ", text[title_start : match.start()]))
        after_closing, previous_end = closing, match.end()
    if current.start < len(text):
        yield cut(len(text), 0)


_SENTENCE_END = re.compile(r"[.!?…][\"'”’»)\]]*(?=\s)\s*|[。！？．｡؟۔।]+[”’»」』）]*\s*|\n\s*")


def sentences(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """``text[start:end]`` cut after sentences and lines."""
    return _cut(text, start, end, _SENTENCE_END)


def lines(text: str, start: int, end: int) -> list[tuple[int, int]]:
    return _cut(text, start, end, re.compile(r"\n"))


def _cut(text: str, start: int, end: int, pattern: re.Pattern[str]) -> list[tuple[int, int]]:
    spans = []
    position = start
    for match in pattern.finditer(text, start, end):
        if match.end() > position:
            spans.append((position, match.end()))
            position = match.end()
    if position < end:
        spans.append((position, end))
    return spans
