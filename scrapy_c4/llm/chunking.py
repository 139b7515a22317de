"""Cuts a page's text into chunks that fit a model: along its structure, with overlap, losing nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from scrapy_c4.llm.segments import LINE, SENTENCE, Segment, lines, segment, sentences

Count = Callable[[str], int]


@dataclass(frozen=True)
class Chunk:
    """``page[start:end]``, the characters before ``fresh`` being the end of the chunk before it."""

    #: From 1.
    number: int
    text: str
    start: int
    end: int
    fresh: int
    tokens: int
    #: The headings above its first fresh character, outermost first.
    heading_path: tuple[str, ...] = ()
    #: The head of the table that it begins inside of.
    table_head: str = ""

    @property
    def overlap(self) -> int:
        """How many characters it shares with the chunk before it."""
        return self.fresh - self.start


def chunk_text(text: str, threshold: int, overlap_rate: float, count: Count, *, html: bool = False) -> list[Chunk]:
    """The chunks of ``text``, none of more than ``threshold`` tokens by ``count``; none for blank text.

    A chunk begins with up to ``overlap_rate`` of the threshold from the end of the chunk before it. Cuts prefer
    headings, then blocks, list items, table rows, sentences; a code block or a table row is cut only when it alone
    exceeds the threshold. A text that fits is one chunk, unchanged.
    """
    if not text.strip():
        return []
    tokens = count(text)
    if tokens <= threshold:
        return [Chunk(1, text, 0, len(text), 0, tokens)]
    pieces, sizes = _pieces(text, threshold, _remembering(count), html=html)
    room = int(threshold * overlap_rate)
    chunks: list[Chunk] = []
    first, start = 0, 0
    while first < len(pieces):
        if chunks:
            start = _overlap_start(text, pieces, sizes, first, min(room, threshold - sizes[first]), count)
        fresh = pieces[first].start
        repeated = count(text[start:fresh]) if start < fresh else 0
        last = _last_piece(pieces, sizes, first, threshold - repeated)
        # Counts of parts say almost, not exactly, what the whole counts.
        while (size := count(text[start : pieces[last].end])) > threshold:
            if last > first:
                last -= 1
            elif start < fresh:
                start = fresh
            else:
                break
        end = pieces[last].end
        if text[fresh:end].strip():
            chunks.append(
                Chunk(len(chunks) + 1, text[start:end], start, end, fresh, size, pieces[first].headings,
                      pieces[first].table_head)
            )  # fmt: skip
        first = last + 1
    return chunks


def _remembering(count: Count) -> Count:
    """``count`` that counts lines of few characters, which tend to recur, once."""
    known: dict[str, int] = {}

    def counted(text: str) -> int:
        if len(text) > 40:
            return count(text)
        size = known.get(text)
        if size is None:
            size = known[text] = count(text)
        return size

    return counted


def _last_piece(pieces: list[Segment], sizes: list[int], first: int, room: int) -> int:
    """The index of the last piece of a chunk that begins with ``first``: the best place to cut in its second half."""
    last, total = first, sizes[first]
    while last + 1 < len(pieces) and total + sizes[last + 1] <= room:
        last += 1
        total += sizes[last]
    if last + 1 == len(pieces):
        return last
    best, rank, filled = last, -1, total
    for index in range(last, first - 1, -1):
        if filled * 2 < total:
            break
        if pieces[index + 1].rank > rank:
            best, rank = index, pieces[index + 1].rank
        filled -= sizes[index]
    return best


def _overlap_start(text: str, pieces: list[Segment], sizes: list[int], first: int, room: int, count: Count) -> int:
    """Where the overlap before piece ``first`` begins: as many whole pieces as there is room for, or a part of one."""
    index, left = first, room
    while index > 0 and sizes[index - 1] <= left:
        index -= 1
        left -= sizes[index]
    start = pieces[index].start
    if index < first or index == 0 or room <= 0 or pieces[index - 1].kind in ("code", "row"):
        return start
    # The piece is too long: its last sentences, or words.
    piece = pieces[index - 1]
    for begin, end in reversed(sentences(text, piece.start, piece.end)):
        size = count(text[begin:end])
        if size > left:
            return start if start < pieces[first].start else _tail(text, begin, end, left, count)
        start, left = begin, left - size
    return start


def _tail(text: str, start: int, end: int, room: int, count: Count) -> int:
    """Where the last ``room`` tokens of ``text[start:end]`` begin, at a word if there are words."""
    length = min(end - start, room * 4)
    while length > 0:
        begin = end - length
        space = max(text.find(" ", begin, end - 1), -1)
        word = space + 1 if space >= 0 else begin
        if count(text[word:end]) <= room:
            return word
        length = length * 2 // 3
    return end


def _pieces(text: str, threshold: int, count: Count, *, html: bool) -> tuple[list[Segment], list[int]]:
    """The segments of ``text``, those that do not fit cut smaller, and the tokens of each."""
    pieces: list[Segment] = []
    sizes: list[int] = []
    for part in segment(text, html=html):
        size = count(text[part.start : part.end])
        if size <= threshold:
            pieces.append(part)
            sizes.append(size)
            continue
        for piece, piece_size in _smaller(text, part, threshold, count):
            pieces.append(piece)
            sizes.append(piece_size)
    return pieces, sizes


def _smaller(text: str, part: Segment, threshold: int, count: Count) -> list[tuple[Segment, int]]:
    by_line = part.kind == "code"
    cuts = (lines if by_line else sentences)(text, part.start, part.end)
    result: list[tuple[Segment, int]] = []
    for begin, end in _gathered(cuts, threshold // 4):
        rank = LINE if by_line else SENTENCE
        size = count(text[begin:end])
        spans = [(begin, end, size)] if size <= threshold else _windows(text, begin, end, threshold, count)
        for number, (start, stop, tokens) in enumerate(spans):
            # Pieces of cut code may overlap: nothing is whole any more.
            piece = Segment(start, stop, rank if not number else 0, "text", part.headings, part.table_head)
            result.append((piece, tokens))
    result[0][0].rank = part.rank
    return result


def _gathered(spans: list[tuple[int, int]], length: int) -> Iterator[tuple[int, int]]:
    """Neighbouring spans put together until they have ``length`` characters: a million dots are few pieces."""
    begin = spans[0][0]
    for start, end in spans:
        if start > begin and end - begin > length:
            yield begin, start
            begin = start
    yield begin, spans[-1][1]


def _windows(text: str, start: int, end: int, threshold: int, count: Count) -> list[tuple[int, int, int]]:
    """``text[start:end]`` in spans of at most ``threshold`` tokens, cut at white space where there is some."""
    # An eighth, so that an overlap can be made of whole pieces.
    goal = max(1, threshold // 8)
    spans = []
    length = goal * 4
    while start < end:
        stop = min(end, start + length)
        if stop < end:
            for position in range(stop, max(start, stop - 40), -1):
                if text[position - 1].isspace():
                    stop = position
                    break
        size = count(text[start:stop])
        if size > goal and stop - start > 1:
            length = max(1, (stop - start) * goal // size, (stop - start) // 4)
            if length >= stop - start:
                length = stop - start - 1
            continue
        spans.append((start, stop, size))
        start = stop
        if size * 2 < goal:
            length *= 2
    return spans
