"""The walk over cleaned content that writes markdown (CommonMark with GFM tables)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from scrapy_c4.extractors.citations import BREAK, IMAGE, IMAGE_END, LINK, TARGET_END, Targets, plain_text
from scrapy_c4.extractors.content import Node
from scrapy_c4.extractors.markdown_inline import (
    EMPHASIS,
    LINE_STARTS,
    Emphasis,
    clean_marks,
    code_span,
    escape,
    escape_line_start,
    is_special,
    join,
    one_break,
)

#: What ends an element, after its content.
Leave = Callable[[], None]
#: Said of an element: it is written, with all that is inside.
DONE = object()
#: The open elements around the one that is being written: what is left inside, what ends it, itself.
Stack = list[tuple[Iterator["str | Node"], "Leave | None", Node]]

#: Inline elements that markdown writes as HTML.
HTML_TAGS = frozenset(["sub", "sup"])
#: Begins the text of a definition. A block that has its own mark stands without it.
_COLON = ": "
_SPACE = " \t\r\n\f\xa0"
#: Deeper lists and quotes are not indented any further: the text would grow quadratically.
MAX_PREFIX = 60
_only_image = re.compile(f"{IMAGE}[^{IMAGE_END}]*{IMAGE_END}[0-9]+{TARGET_END}\\Z").match
_PARAGRAPH_END = re.compile(f"{BREAK}\\s*{BREAK}[{BREAK}\\s]*")


@dataclass(slots=True)
class Link:
    """An open link. Where blocks stand inside, the first text becomes the link."""

    url: str
    title: str
    label: str
    used: bool = False


@dataclass(slots=True)
class List:
    """An open list."""

    bullet: str
    #: The number of the next item; None in a list without numbers.
    number: int | None = None
    step: int = 1
    items: int = 0
    #: Open items.
    inside: int = 0


@dataclass(slots=True)
class Span:
    """An open inline element: its kind, where in the parts of the line it begins, and the link it is."""

    kind: str
    start: int
    link: Link | None = None


@dataclass(slots=True)
class Writer:
    """Lines of markdown under construction: blocks, their prefixes, and the line of text that is being filled."""

    targets: Targets
    #: Blocks become lines: this is a table cell.
    flat: bool = False
    lines: list[str] = field(default_factory=list)
    #: The text since the last block began.
    parts: list[str | Emphasis] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    in_link: bool = False
    lists: list[List] = field(default_factory=list)
    #: The open quotes, items and definitions: prefix, marker, blank and number of lines before, and the list.
    containers: list[tuple[str, tuple[str, str] | None, bool, int, List | None]] = field(default_factory=list)
    #: What every line begins with.
    prefix: str = ""
    #: What the next line begins with instead, and a blank line before it.
    marker: tuple[str, str] | None = None
    #: A blank line goes before the next block.
    blank: bool = False
    #: The last block was a paragraph.
    after_paragraph: bool = False
    #: "#" signs of the open heading.
    heading: str = ""
    has_math: bool = False
    #: A hidden part of the page is open that is written.
    in_hidden: bool = False
    #: The text of the open code element, when it holds links.
    code: list[str] | None = None
    #: The last list that was closed: lines at its end, prefix, bullet.
    closed_list: tuple[int, str, str] = (-1, "", "")

    # Text

    def text(self, text: str) -> None:
        if self.code is not None:
            self.code.append(text)
        else:
            self.parts.append(escape(text, in_link=self.in_link) if is_special(text) else text)

    def add_space(self) -> None:
        (self.parts if self.code is None else self.code).append(" ")

    def add_code(self, text: str) -> None:
        core = clean_marks(" ".join(text.split()))
        if text[:1].isspace() or (self.parts and isinstance(self.parts[-1], str) and self.parts[-1].endswith("`")):
            self.parts.append(" ")
        if core:
            self.parts.append(code_span(core))
            if text[-1].isspace():
                self.parts.append(" ")

    def flush_code(self) -> None:
        if self.code:
            self.add_code("".join(self.code))
            self.code = []

    def add_link(self, url: str, title: str, text: str) -> None:
        """A link whose content is a text, which is not blank."""
        core = text.strip()
        parts = self.parts
        if text[0] != core[0]:
            parts.append(" ")
        parts.append(self._link(url, title, escape(core, in_link=True) if is_special(core) else core))
        if text[-1] != core[-1]:
            parts.append(" ")

    def open_span(self, kind: str, link: Link | None = None) -> Leave | None:
        """Begin an inline element. Inside another of its kind it has no effect."""
        if self.spans and any(span.kind == kind for span in self.spans):
            return None
        self.spans.append(Span(kind, len(self.parts), link))
        if link is not None:
            self.in_link = True
        return self._close_span

    def _close_span(self) -> None:
        span = self.spans.pop()
        if span.link is not None:
            self.in_link = False
        self._wrap(span, final=True)

    def _wrap(self, span: Span, *, final: bool = False) -> None:
        """Make one part of the parts since ``span`` began, white space at its ends left out."""
        parts, start, link = self.parts, span.start, span.link
        nested = span.kind in EMPHASIS or (bool(self.spans) and any(s.kind in EMPHASIS for s in self.spans))
        text = join(parts[start:], nested=nested)
        core = text.strip()
        if BREAK in core:
            core = one_break(core.strip(_SPACE + BREAK))
        if not core:
            if link and final and not link.used:
                parts[start:] = [self._link(link.url, link.title, escape(link.label, in_link=True))]
            return
        if link and link.used:
            return
        wrapped: str | Emphasis
        before, after = _edge(text, core[0], 1), _edge(text, core[-1], -1)
        if link:
            wrapped = self._link(link.url, link.title, core)
            # A link around a picture and a text is worth more at the text.
            link.used = _only_image(core) is None
        elif span.kind in HTML_TAGS:
            wrapped = f"<{span.kind}>{core}</{span.kind}>"
        else:
            previous = parts[start - 1] if start and not before else None
            # Delimiters that meet would be read as one.
            if (
                isinstance(previous, Emphasis)
                and previous.kind == span.kind
                and previous.text[-1] not in "*~"
                and core[0] not in "*~"
            ):
                core = previous.text + core
                start -= 1
            wrapped = Emphasis(span.kind, core)
        parts[start:] = [part for part in (before, wrapped, after) if part]

    def _link(self, url: str, title: str, text: str) -> str:
        if title and (title == text or title.casefold() == plain_text(text).casefold()):
            title = ""
        return LINK + text + self.targets.end(url, title, text)

    # Blocks

    def flush(self) -> None:
        """End the line of text: it becomes a paragraph or a heading."""
        parts = self.parts
        if not parts:
            return
        if self.flat or self.heading:
            if parts[-1] != BREAK:
                parts.append(BREAK)
            return
        if self.spans:
            text = self._take_line()
        else:
            text = join(parts)
            self.parts = []
        if BREAK in text:
            for paragraph in _PARAGRAPH_END.split(text):
                lines = [" ".join(line.split()) for line in paragraph.split(BREAK)]
                lines = [escape_line_start(line) for line in lines if line]
                if lines:
                    self.emit([f"{line}  " for line in lines[:-1]] + lines[-1:], paragraph=True)
        else:
            text = " ".join(text.split())
            if text:
                self._emit_line(escape_line_start(text) if text[0] in LINE_STARTS else text)

    def _take_line(self) -> str:
        if self.spans:
            for span in reversed(self.spans):
                self._wrap(span)
                span.start = 0
        text = join(self.parts)
        self.parts = []
        return text

    def flush_heading(self) -> None:
        """End a heading: blocks inside are part of its line."""
        signs, self.heading = self.heading, ""
        text = " ".join(self._take_line().replace(BREAK, " ").split())
        if text:
            self.emit([f"{signs} {text[:-1]}\\#" if text[-1] == "#" else f"{signs} {text}"])

    def cell(self) -> str:
        """The text so far as one line, with ``<br>`` between lines."""
        lines = (" ".join(line.split()) for line in join(self.parts).split(BREAK))
        return "<br>".join(line for line in lines if line)

    def _emit_line(self, line: str) -> None:
        """Write a paragraph of one line."""
        out, marker = self.lines, self.marker
        if marker is None:
            if self.blank:
                out.append(self.prefix.rstrip())
            out.append(self.prefix + line)
        else:
            if self.blank:
                out.append(marker[1])
            out.append(marker[0] + line)
            self.marker = None
        self.blank = self.after_paragraph = True

    def emit(self, lines: list[str], *, paragraph: bool = False) -> None:
        """Write a block."""
        if self.heading:
            self.flush_heading()
        out, prefix, marker = self.lines, self.prefix, self.marker
        first = prefix
        blank = self.blank
        if marker is not None:
            first = marker[0]
            self.marker = None
            if not paragraph and first.endswith(_COLON):
                first, blank = first[: -len(_COLON)], True
        if blank:
            out.append(prefix.rstrip() if marker is None else marker[1])
        out.append(first + lines[0])
        for line in lines[1:]:
            out.append(prefix + line if line else prefix.rstrip())
        self.blank = True
        self.after_paragraph = paragraph

    def open_container(self, marker: str, prefix: str, *, tight: bool = False, of: List | None = None) -> Leave:
        """Begin a block whose first line begins with ``marker`` and whose other lines begin with ``prefix``.

        ``tight``: no blank line goes before it. ``of``: the list that it is an item of.
        """
        outer = self.prefix
        self.containers.append((outer, self.marker, self.blank, len(self.lines), of))
        if tight:
            self.blank = False
        if self.marker is None:
            first, blank = outer, outer.rstrip()
        else:
            first, blank = self.marker
            if first.endswith(_COLON):
                first = first[: -len(_COLON)]
                self.blank = self.blank or prefix != ""
        if len(outer) < MAX_PREFIX:
            self.marker = (first + marker, blank)
            self.prefix += prefix
        else:
            self.marker = (first, blank)
        return self._close_container

    def _close_container(self) -> None:
        if self.parts:
            self.flush()
        prefix, marker, blank, lines, of = self.containers.pop()
        if self.marker is not None:  # nothing was written
            self.marker, self.blank = marker, blank
        self.prefix = prefix
        if of is not None:
            of.inside -= 1
            of.items += len(self.lines) > lines


def _edge(text: str, character: str, step: int) -> str:
    """What was stripped from an end of ``text``, whose content begins there with ``character``: a break or a space."""
    if text[0 if step == 1 else -1] == character:
        return ""
    edge = text[: text.index(character)] if step == 1 else text[text.rindex(character) + 1 :]
    return BREAK if BREAK in edge else " "
