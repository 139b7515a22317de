"""Where the head of a page ends, told from its bytes as they come."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

#: Elements whose content is text to the parser, whatever it looks like.
_RAW = ("script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes")
_raw_ends = {name.encode(): re.compile(rf"</{name}[\s/>]".encode(), re.IGNORECASE) for name in _RAW}
#: Elements that may stand in a head, besides those.
_IN_HEAD = frozenset([b"html", b"head", b"meta", b"link", b"base", b"noscript", b"template", b"basefont", b"bgsound"])
_tag = re.compile(rb"<(?:(!--)|(/?)([a-zA-Z][^\s/>]{0,15})|[!?/])")
#: The rest of a tag that is all there: most are, and so need no steps of their own.
_REST = rb"""[^>=]*(?:=(?:\s*"[^"]*"|\s*'[^']*'|\s*[^\s"'>][^\s>]*(?=[\s>])|(?=\s*>))[^>=]*)*>"""
_whole_rest = re.compile(_REST)
#: Several of the tags that heads are full of, which neither end a head nor hold anything.
_metas = re.compile(rb"(?:[^<]*<(?:meta|link|base)(?=[\s/>])" + _REST + rb")+", re.IGNORECASE)
_attribute = re.compile(rb"[>=]")
_not_space = re.compile(rb"\S")
_value_end = re.compile(rb"[\s>]")
#: Bytes of a tag or an end mark that may come in two pieces.
_LONGEST = 20


class HeadScanner:
    """Tells when the head is complete: at ``</head>`` or ``<body``, or at the first element of the body where a page
    does without these tags.

    What looks like that inside scripts, comments and attributes does not count. Works for every encoding in which
    markup is ASCII and for UTF-16; the time is linear in the bytes.
    """

    def __init__(self) -> None:
        self.complete = False
        self._step: Callable[[bytes, int], int] = self._in_content
        self._starved = False  # the current step needs further bytes
        self._rest = b""
        self._raw = b""  # the raw text element that was opened
        self._end_mark = b""  # of the current comment or quoted value
        self._explicit = False  # a <head> tag was there
        self._started = False
        self._wide: codecs.IncrementalDecoder | None = None

    def feed(self, chunk: bytes) -> bool:
        """Take the next bytes; True from the moment the head is complete."""
        if self.complete:
            return True
        if not self._started:
            chunk, self._rest = self._rest + chunk, b""
            if len(chunk) < 4:
                self._rest = chunk
                return False
            self._started = True
            self._wide = _wide_decoder(chunk)
        if self._wide is not None:
            chunk = self._wide.decode(chunk).encode("latin-1", "replace")
        buffer = self._rest + chunk
        position = 0
        self._starved = False
        while not self._starved and not self.complete:
            position = self._step(buffer, position)
        self._rest = buffer[position:]
        return self.complete

    # Each step takes the buffer and a position and returns how far it has come.

    def _wait(self, buffer: bytes, position: int, keep: int = 0) -> int:
        self._starved = True
        return max(position, len(buffer) - keep)

    def _in_content(self, buffer: bytes, position: int) -> int:
        metas = _metas.match(buffer, position)
        if metas is not None:
            position = metas.end()
        found = _tag.search(buffer, position)
        if found is None:
            start = buffer.rfind(b"<", max(position, len(buffer) - _LONGEST))
            return self._wait(buffer, start if start != -1 else len(buffer), _LONGEST if start != -1 else 0)
        start = found.start()
        if found.end() == len(buffer) or (found[3] is None and found[1] is None and b"<!--".startswith(buffer[start:])):
            self._starved = True
            return start
        if found[3] is None:
            self._end_mark = b"-->" if found[1] else b">"
            self._step = self._in_comment
            return start + 2  # <!--> is a comment already
        self._open(found[3].lower(), closing=bool(found[2]))
        whole = _whole_rest.match(buffer, found.end())
        if whole is not None:
            if self._raw:
                self._step = self._in_raw_text
            return whole.end()
        self._step = self._in_tag
        return found.end()

    def _open(self, name: bytes, *, closing: bool) -> None:
        self._raw = b""
        if closing:
            self.complete = name in (b"head", b"body", b"html")
        elif name in _raw_ends:
            self._raw = name
        elif name == b"head":
            self._explicit = True
        else:
            self.complete = name in (b"body", b"frameset") or (name not in _IN_HEAD and not self._explicit)

    def _in_comment(self, buffer: bytes, position: int) -> int:
        end = buffer.find(self._end_mark, position)
        if end == -1:
            return self._wait(buffer, position, len(self._end_mark) - 1)
        self._step = self._in_content
        return end + len(self._end_mark)

    def _in_tag(self, buffer: bytes, position: int) -> int:
        found = _attribute.search(buffer, position)
        if found is None:
            return self._wait(buffer, position)
        if found[0] == b"=":
            self._step = self._before_value
        else:
            self._step = self._in_raw_text if self._raw else self._in_content
        return found.end()

    def _before_value(self, buffer: bytes, position: int) -> int:
        found = _not_space.search(buffer, position)
        if found is None:
            return self._wait(buffer, position)
        if found[0] in (b'"', b"'"):
            self._end_mark = found[0]
            self._step = self._in_quotes
            return found.end()
        self._step = self._in_value
        return found.start()

    def _in_quotes(self, buffer: bytes, position: int) -> int:
        end = buffer.find(self._end_mark, position)
        if end == -1:
            return self._wait(buffer, position)
        self._step = self._in_tag
        return end + 1

    def _in_value(self, buffer: bytes, position: int) -> int:
        found = _value_end.search(buffer, position)
        if found is None:
            return self._wait(buffer, position)
        self._step = self._in_tag
        return found.start()

    def _in_raw_text(self, buffer: bytes, position: int) -> int:
        found = _raw_ends[self._raw].search(buffer, position)
        if found is None:
            return self._wait(buffer, position, _LONGEST)
        self._raw = b""
        self._step = self._in_tag
        return found.end() - 1


def _wide_decoder(start: bytes) -> codecs.IncrementalDecoder | None:
    """A decoder for a page in UTF-16, with a byte order mark or without."""
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        name = "utf-16"
    elif start[1] == start[3] == 0:
        name = "utf-16-le"
    elif start[0] == start[2] == 0:
        name = "utf-16-be"
    else:
        return None
    return codecs.getincrementaldecoder(name)("replace")
