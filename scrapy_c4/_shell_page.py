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
    r"|gpt|(?:^|[-_ ])ads?(?:[-_ ]|$)|captcha|comment|share|social|widget|search|suggest|progress|spacer|clear|divider"
    r"|backdrop|skip|sentinel|live-region|menu|nav|sidebar|footer|header|cart|login|newsletter|player|map",
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
_BUSY = re.compile(r"skeleton|shimmer|content-loader")
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

    def __init__(self, element: Any, in_frame: bool):
        self.tag: str = element.tag
        self.id: str = element.get("id") or ""
        self.classes: list[str] = (element.get("class") or "").split()
        self.in_frame = in_frame
        self.is_idle = bool(_IDLE.search(f"{self.id} {element.get('class') or ''} {self.tag}"))
        self.is_mount = _is_mount(element)
        self.is_told = any(name in _TOLD for name in element.attrib)


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


class ShellPage:
    """What one pass over a page finds."""

    def __init__(self, root: HtmlElement, url: str):
        self._url = url
        #: Words outside header, footer, navigation and the like.
        self.words = 0
        self.text: list[str] = []
        self.shown = False
        self.empty: list[Empty] = []
        self.full_mount = False
        self.templates = 0
        #: Words in templates that scripts put into the page.
        self.kept_words = 0
        self.fragments = 0
        self.busy = 0
        self.scripts = 0
        #: Scripts with a text of their own, and whether each is outside the frame of the page.
        self.inline: list[tuple[str, bool]] = []
        self.external = 0
        self.state: list[str] = []
        self.noscript: list[str] = []
        self._walk(root)

    def _walk(self, root: Any) -> None:
        # For every open element: is it unread, in the frame, code; words, and something to see, below it.
        stack: list[list[Any]] = [[False, False, False, 0, False]]
        for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
            if event in ("comment", "pi"):
                if element.tail:
                    self._read_text(element.tail, stack[-1])
                continue
            tag: str = element.tag
            if event == "start":
                unread, frame, code, _, _ = stack[-1]
                if tag == "script":
                    self._read_script(element, frame)
                elif tag == "noscript":
                    self.noscript.append(" ".join("".join(element.itertext()).split())[:500])
                elif not unread and not code:
                    self._read_attributes(element, frame)
                opened = [
                    unread or tag in _UNREAD,
                    frame or tag in _FRAME or (bool(element.attrib) and _is_frame(element)),
                    code or tag in _CODE,
                    0,
                    tag in _SHOWN,
                ]
                stack.append(opened)
                if element.text:
                    self._read_text(element.text, opened)
                continue
            closed = stack.pop()
            parent = stack[-1]
            unread, frame, _, words, shown = closed
            parent[3] += words
            if frame and words > SOME and not parent[1] and tag not in _FRAME:
                # Its name says frame, but half of the page is in it.
                self.words += words
            parent[4] = parent[4] or shown
            if not unread and tag not in ("html", "body"):
                mount = words > 6 and _is_mount(element)
                self.full_mount = self.full_mount or mount
                holder = words <= 6 and (tag in HOLDERS or "-" in tag)
                if holder and shown:
                    # A picture may be all there is to see while an application starts.
                    holder = words == 0 and _is_mount(element)
                if holder and (words == 0 or LOADING.search("".join(element.itertext()))):
                    self.empty.append(Empty(element, frame))
            if element.tail:
                self._read_text(element.tail, parent)
        self.shown = stack[0][4]

    def _read_text(self, text: str, opened: list[Any]) -> None:
        unread, frame, code = opened[:3]
        if unread:
            return
        words = len(text.split())
        if not words:
            return
        if not text.isascii():
            words += len(_CJK.findall(text)) // 2
        opened[3] += words
        if frame:
            return
        self.words += words
        self.text.append(text)
        if (not code and "{" in text) or "[[" in text:
            self.templates += len(_TEMPLATE.findall(text))

    def _read_attributes(self, element: Any, frame: bool) -> None:
        if frame or not element.attrib:
            return
        for name, value in element.attrib.items():
            if name in _DIRECTIVES or (name == "data-bind" and "foreach" in value):
                self.templates += 1
            elif name in ("hx-get", "data-hx-get"):
                trigger = element.get("hx-trigger") or element.get("data-hx-trigger") or ""
                self.fragments += "load" in trigger
            elif name == "class" or name == "aria-busy":
                self.busy += bool(_BUSY.search(value)) or (name == "aria-busy" and value == "true")
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
