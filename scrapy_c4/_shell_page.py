"""What one pass over a page finds that tells a page from the shell of an application, for :mod:`scrapy_c4.shells`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from lxml import etree

from scrapy_c4.blocking import is_tracker

if TYPE_CHECKING:
    from lxml.html import HtmlElement

#: Words of content, the frame of the page not counted: a place left empty matters in a page with fewer.
FEW, SOME, MANY = 15, 60, 150
MAX_SCRIPT = 200_000

_UNREAD = frozenset(
    ("script", "style", "noscript", "template", "head", "svg", "iframe", "object", "select", "textarea")
)
_CODE = frozenset(("pre", "code", "samp", "kbd", "xmp"))
#: Around the content of a page.
_FRAME = frozenset(("header", "footer", "nav", "aside", "dialog"))
_FRAME_ROLES = frozenset(("banner", "navigation", "contentinfo", "complementary", "dialog", "alertdialog", "search"))
#: Something to see, without words.
_SHOWN = frozenset(("img", "picture", "video", "audio", "input", "button", "iframe", "object", "embed", "form", "hr"))

#: Where frameworks put their pages.
_MOUNTS = frozenset(
    """
    __next __nuxt ___gatsby __sveltekit svelte root app react-root react-app app-root vue-app vueapp main-app
    application app-container app-mount app-main mount mount-point q-app ember-app ember-application root-app spa
    spa-root single-spa-application web-app webapp ng-app sapper redwood-app reactroot appmount container-root
    """.split()
)
#: Empty by nature.
_IDLE = re.compile(
    r"modal|portal|overlay|toast|popup|pop-up|dialog|tooltip|banner|cookie|consent|gdpr|teleport|announc|notif|adsby"
    r"|gpt|(?:^|[-_ ])ads?(?:[-_ ]|$)|captcha|comment|share|social|widget|search(?![-_]?(?:result|hit|list))|suggest"
    r"|progress|spacer|clear|divider|backdrop|skip|sentinel|live-region|menu|nav|sidebar|footer|header|cart|login"
    r"|newsletter|player|map|flash|alert|error|lightbox|reply",
    re.IGNORECASE,
)
#: Tells a script what to show.
_TOLD = frozenset(
    "data-url data-source data-endpoint data-api data-api-url data-react-class data-react-props data-props".split()
)
#: Names of the frame of a page, where it is made of plain elements.
_FRAME_NAMES = frozenset(
    "header footer nav navbar navigation menu sidebar topbar masthead breadcrumb breadcrumbs site-header site-footer "
    "page-header page-footer main-nav main-menu cookie-banner cookies".split()
)
#: Empty pieces that stand for content to come.
_BUSY = re.compile(
    r"skeleton|shimmer|content-loader|animate-pulse|placeholder-(?:glow|wave|loading|item)|(?:^|\s)ph-item",
    re.IGNORECASE,
)
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_NO_SIZE = re.compile(r"(?:^|[;\s])(?:width|height)\s*:\s*0(?:px)?\s*(?:;|$)", re.IGNORECASE)
#: Attributes whose value is the URL of HTML to put here.
_INCLUDES = ("w3-include-html", "data-include", "data-include-html", "include-html", "data-include-path")
LOADING = re.compile(
    r"\b(?:loading|please wait|just a moment|one moment|checking your browser|redirecting|initiali[sz]ing|lädt|bitte"
    r" warten|wird geladen|chargement|patientez|cargando|espere|carregando|aguarde|caricamento|attendere|laden|even"
    r" geduld|ładowanie|загрузка|подождите|laddar|indlæser|lastet|yükleniyor)\b"
    r"|加载中|載入中|読み込み中|로딩|불러오는",
    re.IGNORECASE,
)
_TEMPLATE = re.compile(r"\{\{[^{}]{1,200}\}\}|\[\[[^\[\]]{1,200}\]\]|\{%[^{}]{1,200}%\}")
_DIRECTIVES = frozenset(
    "v-for v-text v-html ng-repeat ng-bind ng-bind-html ng-view ui-view *ngfor x-for x-html".split()
)
_STATE = re.compile(
    r"__NEXT_DATA__|__NUXT__|__INITIAL_STATE__|__PRELOADED_STATE__|__APOLLO_STATE__|__next_f|__remixContext|__sveltekit"
    r"|__DATA__|__STATE__|INITIAL_DATA|initialState|preloadedState|serverState"
)
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
#: Elements that hold content, not a piece of it.
HOLDERS = frozenset("div main section article ul ol dl table tbody h1".split())


class Empty:
    """An element without anything to see in it, or with nothing but "Loading"."""

    def __init__(self, element: Any, in_frame: bool, *, rows: bool = False, streams: bool = False):
        """``rows``: it is a table with a head only; ``streams``: a piece of the page will be moved into it."""
        self.tag: str = "tbody" if rows else element.tag
        self.id: str = element.get("id") or ""
        self.classes: list[str] = (element.get("class") or "").split()
        self.in_frame = in_frame
        self.is_idle = bool(_IDLE.search(f"{self.id} {element.get('class') or ''} {self.tag}"))
        self.is_mount = _is_mount(element)
        self.is_told = any(name in _TOLD for name in element.attrib)
        self.streams = streams


def _is_mount(element: Any) -> bool:
    tag = element.tag
    names = {tag, element.get("id") or "", *(element.get("class") or "").split()[:1]}
    if any(name.lower() in _MOUNTS for name in names):
        return True
    if element.get("data-reactroot") is not None or element.get("data-v-app") is not None:
        return True
    return "-" in tag and (tag.endswith("-app") or tag.startswith("app-"))


def _is_frame(element: Any) -> bool:
    if (element.get("role") or "") in _FRAME_ROLES:
        return True
    names = f"{element.get('id') or ''} {element.get('class') or ''}".lower().split()
    return not _FRAME_NAMES.isdisjoint(names) and element.tag not in ("html", "body", "main")


def _is_hidden(element: Any) -> bool:
    # Frameworks that send a page in pieces put them here, for a script that only moves them to their places.
    if element.get("hidden") is not None and not (element.get("id") or "").startswith("S:"):
        return True
    style = element.get("style")
    return style is not None and _HIDDEN.search(style) is not None


def _is_pixel(element: Any) -> bool:
    sizes = (element.get("width"), element.get("height"))
    return any(size in ("0", "1") for size in sizes) or _NO_SIZE.search(element.get("style") or "") is not None


class _Open:
    """An element whose end has not come yet."""

    __slots__ = ("code", "frame", "hidden", "link", "shown", "streams", "unread", "words")

    def __init__(self) -> None:
        self.unread = self.hidden = self.frame = self.code = self.link = False
        #: Of what is below it: words, something to see, whether a piece of the page will be moved there.
        self.words = 0
        self.shown = self.streams = False

    def child(self, element: Any) -> _Open:
        tag = element.tag
        named = bool(element.attrib)
        child = _Open()
        child.unread = self.unread or tag in _UNREAD
        child.hidden = self.hidden or (named and _is_hidden(element))
        child.frame = self.frame or tag in _FRAME or (named and _is_frame(element))
        child.code = self.code or tag in _CODE
        child.link = self.link or tag == "a"
        child.shown = tag in _SHOWN and not _is_pixel(element)
        return child


class ShellPage:
    """What one pass over a page finds."""

    def __init__(self, root: HtmlElement, url: str):
        self._url = url
        #: Words outside header, footer, navigation and the like, and outside of what is hidden.
        self.words = 0
        #: Those of them in links, or in something that has the name of a frame: a menu is not the page.
        self.menu_words = 0
        self.text: list[str] = []
        self.shown = False
        self.empty: list[Empty] = []
        self.full_mount = False
        self.templates = 0
        #: Words in templates that scripts put into the page.
        self.kept_words = 0
        self.fragments = 0
        #: Places for HTML that a script fetches.
        self.includes = 0
        self.busy = 0
        self.scripts = 0
        #: Scripts with a text of their own, and whether each is outside the frame of the page.
        self.inline: list[tuple[str, bool]] = []
        self.external = 0
        self.state: list[str] = []
        self.noscript: list[str] = []
        #: For every open table: has it heads, has it cells.
        self._tables: list[list[bool]] = []
        self._streamed = False
        self._walk(root)
        if self._streamed:
            self.empty = [empty for empty in self.empty if not empty.streams]

    def _walk(self, root: Any) -> None:
        stack = [_Open()]
        for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
            if event == "start":
                self._begin(element, stack[-1])
                stack.append(stack[-1].child(element))
                if element.text:
                    self._read_text(element.text, stack[-1])
                continue
            if event == "end":
                self._end(element, stack.pop(), stack[-1])
            if element.tail:
                self._read_text(element.tail, stack[-1])
        self.shown = stack[0].shown

    def _begin(self, element: Any, parent: _Open) -> None:
        tag: str = element.tag
        if tag == "script":
            self._read_script(element, parent.frame)
        elif tag == "noscript":
            self.noscript.append(" ".join("".join(element.itertext()).split())[:500])
        elif not parent.unread and not parent.code and element.attrib:
            self._read_attributes(element, parent.frame)
        if tag == "template" and (element.get("id") or "").startswith("B:"):
            # Scripts of a page that is sent in pieces replace it by one of them.
            parent.streams = True
        if tag == "table":
            self._tables.append([False, False])
        elif tag in ("th", "td") and self._tables:
            self._tables[-1][tag == "td"] = True

    def _end(self, element: Any, closed: _Open, parent: _Open) -> None:
        tag: str = element.tag
        words, frame = closed.words, closed.frame
        parent.words += words
        parent.streams = parent.streams or closed.streams
        parent.shown = parent.shown or (closed.shown and not (parent.unread or closed.hidden))
        if frame and words > SOME and not parent.frame and tag not in _FRAME:
            # Its name says frame, but half of the page is in it.
            self.words += words
            self.menu_words += words
        seen = not (closed.unread or closed.hidden)
        if tag == "table" and self._tables.pop() == [True, False] and seen:
            self.empty.append(Empty(element, frame, rows=True))
        if closed.unread or tag in ("html", "body"):
            return
        if (element.get("id") or "").startswith("S:"):
            self._streamed = self._streamed or words > 0
        if words == 0 and element.attrib and seen:
            self._read_empty(element, frame)
        mount = words > 6 and _is_mount(element)
        self.full_mount = self.full_mount or mount
        holder = words <= 6 and (tag in HOLDERS or "-" in tag)
        if holder and closed.shown:
            # A picture may be all there is to see while an application starts.
            holder = words == 0 and _is_mount(element)
        if holder and (words == 0 or LOADING.search("".join(element.itertext()))):
            empty = Empty(element, frame, streams=closed.streams)
            if seen or empty.is_mount:
                self.empty.append(empty)

    def _read_text(self, text: str, opened: _Open) -> None:
        words = 0 if opened.unread else len(text.split())
        if not words:
            return
        if not text.isascii():
            words += len(_CJK.findall(text)) // 2
        if not opened.hidden:
            opened.words += words
            if not opened.frame:
                self.words += words
                self.menu_words += words if opened.link else 0
                self.text.append(text)
        if opened.frame:
            return
        if (not opened.code and "{" in text) or "[[" in text:
            self.templates += len(_TEMPLATE.findall(text))

    def _read_empty(self, element: Any, frame: bool) -> None:
        """What the attributes of an element without words say of it."""
        self.includes += any(name in element.attrib for name in _INCLUDES)
        if not frame:
            waits = element.get("aria-busy") == "true" or _BUSY.search(element.get("class") or "")
            self.busy += bool(waits)

    def _read_attributes(self, element: Any, frame: bool) -> None:
        if frame:
            return
        for name, value in element.attrib.items():
            if name in _DIRECTIVES or (name == "data-bind" and "foreach" in value):
                self.templates += 1
            elif name in ("hx-get", "data-hx-get"):
                trigger = element.get("hx-trigger") or element.get("data-hx-trigger") or ""
                self.fragments += "load" in trigger
            elif name in ("wire:init", "up-defer"):
                self.fragments += 1
            elif name == "src" and element.tag in ("turbo-frame", "include-fragment"):
                self.fragments += element.get("loading") != "lazy" and not element.text_content().strip()

    def _read_script(self, element: Any, frame: bool) -> None:
        kind = (element.get("type") or "").strip().lower()
        source = element.get("src")
        text = element.text or ""
        if kind in ("", "module") or "javascript" in kind or "ecmascript" in kind:
            if source:
                if not is_tracker(urljoin(self._url, source)):
                    self.external += 1
                    self.scripts += 1
                return
            self.scripts += 1
            self.inline.append((text[:MAX_SCRIPT], not frame))
            if len(text) > 500 and _STATE.search(text[:2000]):
                self.state.append(text)
        elif "template" in kind or kind == "text/html":
            self.kept_words += len(text[:MAX_SCRIPT].split())
        elif "json" in kind and "ld+json" not in kind and "importmap" not in kind:
            self.state.append(text)
