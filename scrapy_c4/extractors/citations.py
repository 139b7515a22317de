"""Links of a markdown text, written inline or as numbered citations.

The writer of markdown puts marks where links and images stand and their targets here. So both forms come from one
walk over the page, and nothing that merely looks like a link is ever rewritten.
"""

from __future__ import annotations

import re
from functools import cached_property

# Non-characters: no text may hold them (the writer takes them out of texts).
LINK, IMAGE, LINK_END, IMAGE_END, TARGET_END, BREAK = "\ufdd0\ufdd1\ufdd2\ufdd3\ufdd4\ufdd5"
MARKS = "\ufdd0-\ufdd5"

_END = re.compile(f"([{LINK_END}{IMAGE_END}])([0-9]+){TARGET_END}")
_MARKUP = re.compile(rf"{IMAGE}|{IMAGE_END}[0-9]+{TARGET_END}|[\\*`]|~~|</?(?:strong|em|del|su[bp])>")
_is_plain = re.compile(r"[A-Za-z0-9:/.?=&_%,+#!@$~*'-]*\Z").match
# A bar would end the cell of a table.
_TO_ESCAPE = re.compile(r"\\(?=[!-/:-@\[-`{-~])|&(?=#?[A-Za-z0-9]{1,32};)|\|")
_TITLE_TO_ESCAPE = re.compile(r"[\\\"|<]|&(?=#?[A-Za-z0-9]{1,32};)")
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f<>]")


class Targets:
    """What the links and images of a text point to."""

    def __init__(self) -> None:
        #: URL, title and marked text, in the order of the text.
        self._uses: list[tuple[str, str | None, str]] = []

    def end(self, url: str, title: str | None, text: str, *, image: bool = False) -> str:
        """The mark that ends a link to ``url`` (or an image) whose text is ``text``."""
        self._uses.append((url, title, text))
        return f"{IMAGE_END if image else LINK_END}{len(self._uses) - 1}{TARGET_END}"

    def inline(self, marked: str) -> str:
        """``marked`` with ``[text](url "title")``."""
        if not self._uses:
            return marked
        uses = self._uses
        marked = marked.replace(f"!{LINK}", f"\\!{LINK}").replace(LINK, "[").replace(IMAGE, "![")
        texts = _END.split(marked)
        for place in range(2, len(texts), 3):
            url, title, _ = uses[int(texts[place])]
            texts[place - 1] = "]("
            texts[place] = f"{url})" if not title and _is_plain(url) else f"{_destination(url, title)})"
        return "".join(texts)

    def cited(self, marked: str) -> str:
        """``marked`` with ``text⟨number⟩``: one number per URL."""
        if not self._uses:
            return marked
        uses, numbers = self._uses, self._numbers
        texts = _END.split(marked.replace(LINK, "").replace(IMAGE, "!["))
        for place in range(2, len(texts), 3):
            url = uses[int(texts[place])][0]
            texts[place] = f"⟨{numbers[url]}⟩]" if texts[place - 1] == IMAGE_END else f"⟨{numbers[url]}⟩"
            texts[place - 1] = ""
        return "".join(texts)

    def references(self) -> str:
        """The list of all URLs with their numbers and what the page says of them; "" when there is none."""
        if not self._uses:
            return ""
        notes: dict[str, dict[str, None]] = {}
        for url, title, text in self._uses:
            known = notes.setdefault(url, {})
            if len(known) < 2:
                for note in (title, plain_text(text)):
                    if note:
                        known[" ".join(note.split())] = None
        lines = [
            f"⟨{number}⟩ {url}: {' - '.join(notes[url])}" if notes[url] else f"⟨{number}⟩ {url}"
            for url, number in self._numbers.items()
        ]
        return "\n\n## References\n\n" + "\n".join(lines) + "\n"

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {url: number for number, url in enumerate(dict.fromkeys(url for url, _, _ in self._uses), 1)}


def plain_text(marked: str) -> str:
    """The text of a link without its markup."""
    return _MARKUP.sub("", marked.replace(BREAK, " "))


def _destination(url: str, title: str | None) -> str:
    if _UNPRINTABLE.search(url):
        url = _UNPRINTABLE.sub(lambda match: f"%{ord(match[0]):02X}", url)
    url = _TO_ESCAPE.sub(r"\\\g<0>", url)
    if ("(" in url or ")" in url) and not _balanced(url):
        url = url.replace("(", "\\(").replace(")", "\\)")
    if not title:
        return url
    title = _TITLE_TO_ESCAPE.sub(r"\\\g<0>", title)
    return f'{url} "{title}"'


def _balanced(url: str) -> bool:
    depth = 0
    for character in url:
        if character == "(":
            depth += 1
            if depth > 8:
                return False
        elif character == ")":
            depth -= 1
            if depth < 0:
                return False
    return depth == 0
