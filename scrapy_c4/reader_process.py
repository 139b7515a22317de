"""What a process of :mod:`scrapy_c4.readers` does: reads pages from its standard input until that ends.

A question is (URL, body, encoding, options, names of parts), the answer (a pickle of what
:func:`~scrapy_c4.analysis.snapshot` took or None where that failed, what was logged meanwhile). Both are pickles behind
their size in 8 bytes.
"""

from __future__ import annotations

import logging
import os
import pickle
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy.http import HtmlResponse

from scrapy_c4.analysis import PageAnalysis, snapshot
from scrapy_c4.extractors.document import Document
from scrapy_c4.startup import settle_for_reading

if TYPE_CHECKING:
    from typing import BinaryIO


_NICENESS = 5


class _Records(logging.Handler):
    """Keeps what is logged, for the log of the crawl."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.kept: list[tuple[str, int, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.kept.append((record.name, record.levelno, record.getMessage()))


def main() -> None:
    source = sys.stdin.buffer
    # What a library prints must not get between the answers.
    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    records = _Records()
    logging.basicConfig(handlers=[records], level=logging.INFO)
    settle_for_reading()
    _give_way()
    try:
        _send(sink, True)
        while head := source.read(8):
            question = source.read(int.from_bytes(head, "big"))
            records.kept = []
            _send(sink, (_read(question), records.kept))
    except BrokenPipeError:
        pass  # nobody is there any more
    # Without the round of the garbage collector that would look at every object once more.
    os._exit(0)


def _give_way() -> None:
    """Leave the processor to the process that crawls whenever that has something to do."""
    with suppress(OSError, AttributeError):  # Windows has no such thing
        os.nice(_NICENESS)
    # Where Linux takes a session for a group of its own, that group has a niceness, too.
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(_NICENESS))


def _read(question: bytes) -> bytes | None:
    """A pickle of what was found."""
    try:
        url, body, encoding, options, parts = pickle.loads(question)
        document = Document.from_response(HtmlResponse(url, body=body, encoding=encoding))
        return pickle.dumps(snapshot(PageAnalysis(lambda: document, options), parts), pickle.HIGHEST_PROTOCOL)
    except Exception:
        # It fails in the crawl once more, where it can be said of which response.
        return None


def _send(sink: BinaryIO, answer: Any) -> None:
    data = pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)
    sink.write(len(data).to_bytes(8, "big"))
    sink.write(data)
    sink.flush()
