"""How code is written in markdown: blocks and their languages, and code in a line of text."""

from __future__ import annotations

import re
from operator import length_hint
from typing import TYPE_CHECKING, Any

from scrapy_c4.extractors.citations import BREAK
from scrapy_c4.extractors.content import INLINE, Node, text_parts, walk
from scrapy_c4.extractors.markdown_inline import clean_marks, code_block
from scrapy_c4.extractors.markdown_writer import DONE, Stack, Writer

if TYPE_CHECKING:
    from collections.abc import Iterable

_NAME = r"([\w+#.-]{1,30})"
_LANGUAGE = re.compile(rf"(?:^|\s)lang(?:uage)?[-:]{_NAME}", re.I)
# As GitHub and Sphinx, and as SyntaxHighlighter write it. The first calls HTML "text-html-basic".
_HIGHLIGHTED = re.compile(
    rf"(?:^|\s)(?:highlight-(?:source-|text-(?:html-(?!basic))?)?|sourceCode-|brush[-:\s]\s?){_NAME}"
)
_NO_LANGUAGE = frozenset(
    "text none plain plaintext default auto undefined null notranslate wrapper source code block container line "
    "lines".split()
)
_TABLE = frozenset(["table", "tbody", "tr", "td"])
#: Classes of code whose language is a class of its own.
_MARKERS = frozenset(["highlight", "hljs", "sourceCode", "code", "prettyprint", "syntax", "syntaxhl", "CodeRay"])
#: Names that are known for languages where they stand as classes of their own, among classes for other things.
_KNOWN = frozenset(
    """ada apache applescript asm awk bash bat batch c c++ clojure cmake cobol coffeescript console cpp cs csharp css
    cuda cython d dart delphi diff docker dockerfile elixir elm erb erlang fish fortran fsharp go golang gradle graphql
    groovy haml haskell haxe hcl html http ini java javascript jinja js json json5 jsonc jsx julia kotlin latex less
    liquid lisp llvm lua make makefile mathematica matlab mermaid nginx nim nix objc objectivec ocaml pascal patch perl
    php plsql postgresql powershell prolog properties protobuf ps1 puppet py python python3 r racket rb rest rst ruby
    rust sas sass scala scheme scss sh shell shell-session solidity sql stata svelte svg swift tcl terraform tex toml
    ts tsx twig typescript vb vbnet verilog vhdl vim vue wasm xhtml xml yaml yml zig zsh""".split()
)


def preformatted(writer: Writer, node: Node, stack: Stack) -> Any:
    return _block(writer, _lines_of(node).strip("\n").rstrip(), node, stack)


def inline_code(writer: Writer, node: Node, stack: Stack) -> Any:
    """Code in a line of text. What stands in several lines, with no text beside them, is a block."""
    if writer.code is not None:
        return None
    if len(node) == 1 and isinstance(node[0], str):
        writer.add_code(node[0])
        return DONE
    inside = {inner.tag for inner in walk(node)}
    blocks = inside - INLINE
    if blocks or "br" in inside:
        text = _lines_of(node, verbatim="pre" in blocks)
        lines = [line.strip(" ") for line in text.split("\n")] if "pre" not in blocks else [text]
        block = "\n".join(lines).strip("\n").rstrip()
        if "\n" in block and _stands_alone(writer, stack):
            # Where white space does not count, these are what lines are indented with.
            return _block(writer, block.replace("\xa0", " "), node, stack)
    else:
        text = "".join(text_parts(node))
    if "a" not in inside:
        writer.add_code(text)
        return DONE
    if blocks:
        return None
    # A link inside code stays a link, with code before, in and after it.
    writer.code = []

    def leave() -> None:
        writer.flush_code()
        writer.code = None

    return leave


def _block(writer: Writer, text: str, node: Node, stack: Stack) -> Any:
    text = clean_marks(text)
    if not text.strip():
        return DONE
    if writer.flat:
        for line in text.split("\n"):
            writer.add_code(line)
            writer.flush()
        return DONE
    writer.flush()
    writer.emit(code_block(text, _language(node, stack)))
    return DONE


def _stands_alone(writer: Writer, stack: Stack) -> bool:
    """Whether the last child that was taken from ``stack`` has its line for itself."""
    siblings, _, parent = stack[-1]
    if writer.spans or writer.heading or parent.tag in INLINE:
        return False
    if next((part for part in reversed(writer.parts) if part != " "), BREAK) != BREAK:
        return False
    for number in range(len(parent) - length_hint(siblings), len(parent)):
        following = parent[number]
        if isinstance(following, Node):
            return following.tag == "br" or following.tag not in INLINE
        if not following.isspace():
            return False
    return True


def _lines_of(node: Node, *, verbatim: bool = True) -> str:
    """The text of code; an element that is a line of its own ends one. ``verbatim``: white space counts."""
    parts: list[str] = []
    stack: list[str | Node | None] = [node]  # None: a line ends
    while stack:
        child = stack.pop()
        if isinstance(child, str):
            if not verbatim and child.isspace():
                child = " " if parts and not parts[-1].endswith("\n") else ""
            if child:
                parts.append(child)
        elif child is None or child.tag == "br":
            parts.append("\n")
        else:
            if child.tag not in INLINE and child is not node:
                if parts and not parts[-1].endswith("\n"):
                    parts.append("\n")
                stack.append(None if child else "")
            stack.extend(reversed(child))
    return "".join(parts)


def _language(node: Node, stack: Stack) -> str:
    """The language of code, as the page says it in classes and attributes of it, or of what is around it."""
    inner = next((child for child in node if isinstance(child, Node) and child.tag == "code"), None)
    own = [node] if inner is None else [inner, node]
    # A table around code, if there is one, holds the numbers of its lines.
    around = [entry[2] for entry in reversed(stack[-7:]) if entry[2].tag not in _TABLE][:2]
    candidates = [*own, *around]
    classes = [candidate.attrs.get("class", "") for candidate in candidates]
    return (
        _first(match[1] for text in classes for match in _LANGUAGE.finditer(text))
        or _first(_named(candidate.attrs) for candidate in candidates)
        or _first(match[1].removesuffix("-basic") for text in classes for match in _HIGHLIGHTED.finditer(text))
        or _first(_known(text, own=number < len(own)) for number, text in enumerate(classes))
    )


def _first(names: Iterable[str]) -> str:
    return next((name for name in names if name and name.lower() not in _NO_LANGUAGE), "")


def _named(attrs: dict[str, str]) -> str:
    name = attrs.get("data-lang") or attrs.get("data-language") or ""
    return name if re.fullmatch(_NAME, name) else ""


def _known(classes: str, *, own: bool) -> str:
    """The class that is the name of a language; ``own``: these are classes of the code itself, which is taken to be
    code also where no other class says so.
    """
    names = classes.split()
    marked = not _MARKERS.isdisjoint(names)
    if not (own or marked):
        return ""
    return next((name for name in names if name.lower() in _KNOWN and (marked or len(name) > 1)), "")
