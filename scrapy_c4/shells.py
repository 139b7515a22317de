"""Does the HTML that a server sends hold the page, or does JavaScript make it? Rules over the static HTML.

A small page is a page. What gives an application away is a place where content belongs and is not: an empty mount
point, an unrendered template, a list that a script fills, state in JSON that is nowhere in the text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scrapy_c4._shell_page import FEW, HOLDERS, LOADING, MANY, MAX_SCRIPT, SOME, ShellPage
from scrapy_c4.extractors.mending import mended

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_MAX_PHRASES = 200

#: Names of places for content.
_PLACE = re.compile(
    r"list|result|item|product|grid|feed|content|entries|post|card|article|rows|catalog|galler|output|main|stories|news"
    r"|jobs|event|offer|archive",
    re.IGNORECASE,
)
#: The same in classes, whose names say less: only as what the element is, not as a part of it.
_PLACE_CLASS = re.compile(
    r"(?:^|[-_])(?:list|listing|listings|results?|items|products|grid|feed|entries|posts|cards|articles|rows|catalog"
    r"|catalogue|gallery|stories|news|jobs|events|offers|archive)$|list$",
    re.IGNORECASE,
)
_FRAME_PLACE = re.compile(
    r"(?:(?:site|main|page)[-_]?)?(header|footer|nav|menu|sidebar)(?:bar|igation)?(?:[-_]?(?:placeholder|container))?",
    re.IGNORECASE,
)
_LOADED = re.compile(r"""\(\s*["']#([\w-]+)["']\s*\)\s*\.load\(\s*["'][^"']*\.(?:html?|inc|tpl)\b""")
_SCRIPT = re.compile(r"java\s?script|scripting", re.IGNORECASE)
_REQUIRED = re.compile(
    r"enabl|requir|need|activ|attiv|aktiv|\bativ|without|disabled|turn(?:ed)? o|switch|not work|benötig|einschalt|ohne"
    r"|habilit|necesi|włącz|включ|увімк|inschakel|etkin|povol|zapn|engedélyez|ενεργοπ|käyttöön|bật|تفعيل|تمكين|有効|启用|啟用"
    r"|開啟|활성",
    re.IGNORECASE,
)
_WRITES = re.compile(
    r"innerHTML|insertAdjacent|appendChild|\.append\(|\.prepend\(|replaceChildren|\.html\(|createRoot|hydrateRoot"
    r"|ReactDOM|createApp|\.mount\(|new Vue|\brender\(|textContent\s*=|innerText\s*=|\.load\("
)
# Scripts that write other scripts, or the year, are everywhere.
_DOCUMENT_WRITE = re.compile(
    r"document\.write(?:ln)?\s*\(\s*"
    r"(?!unescape|[\"'`]\s*<\s*(?:script|scr[\"']|img|iframe|link|style|!)|\(?new Date)"
)
# A page that only leaves the frame it is in goes nowhere else.
_LEAVES = re.compile(
    r"(?:(?:window|document|top|self)\.)?location(?:\.href)?\s*=(?!=)"
    r"(?!\s*(?:(?:self|window|document)\.)*location(?:\.href)?\s*(?:[;}\n]|$))"
    r"|location\.(?:replace|assign)\s*\("
)
_PHRASE = re.compile(r'"((?:[^"\\]|\\.){20,300})"')
#: Elements that nobody leaves empty.
_CONTENT = frozenset("main article ul ol dl tbody h1".split())


def needs_script(root: HtmlElement, url: str = "") -> str | None:
    """Why the page needs a browser to have its content, in a word or two; None when it has its content already."""
    page = ShellPage(mended(root), url)
    if page.scripts == 0:
        return None
    for rule in _RULES:
        reason = rule(page)
        if reason:
            return reason
    return None


def _template(page: ShellPage) -> str | None:
    return "template" if page.words < MANY and (page.templates or page.kept_words > MANY) else None


def _fragment(page: ShellPage) -> str | None:
    return "fragment" if page.fragments and page.words < MANY else None


def _mount(page: ShellPage) -> str | None:
    for element in page.empty:
        if element.in_frame:
            continue
        if element.is_mount and not page.full_mount and page.words - page.menu_words < MANY:
            return "empty_root"
        if page.words >= MANY:
            continue
        if element.is_told and not element.is_idle:
            return "empty_root"
        if page.words < FEW and not element.is_idle and ("-" in element.tag or element.id or element.tag in _CONTENT):
            return "empty_root"
    if page.busy >= 3 and page.words < MANY:
        return "skeleton"
    return "empty_body" if page.words == 0 and not page.shown else None


def _included(page: ShellPage) -> str | None:
    """Header, navigation and footer are files of their own that a script puts in."""
    if page.includes:
        return "include"
    empty = {place.id for place in page.empty if place.id}
    if any(found[1] in empty for text, _ in page.inline for found in _LOADED.finditer(text)):
        return "include"
    frames = {found[1].lower() for place in page.empty if (found := _FRAME_PLACE.fullmatch(place.id or place.tag))}
    return "include" if len(frames) > 1 else None


def _redirect(page: ShellPage) -> str | None:
    return "script_redirect" if page.words < FEW and any(_LEAVES.search(text) for text, _ in page.inline) else None


def _asks(page: ShellPage) -> str | None:
    if page.words >= SOME or page.full_mount:
        return None
    asked = any(_SCRIPT.search(text) and _REQUIRED.search(text) for text in page.noscript)
    return "noscript" if asked else None


def _loading(page: ShellPage) -> str | None:
    return "loading" if page.words < FEW and LOADING.search(" ".join(page.text)) else None


def _filled(page: ShellPage) -> str | None:
    """Something is empty that a script writes into."""
    places = [place for place in page.empty if place.tag in HOLDERS and not place.in_frame and not place.is_idle]
    if not places or page.words >= MANY:
        return None
    if page.external:
        for place in places:
            if place.id and _PLACE.search(place.id):
                return "empty_content"
            if page.words < SOME and (place.tag in _CONTENT or any(map(_PLACE_CLASS.search, place.classes))):
                return "empty_content"
    for text, _ in page.inline:
        if _WRITES.search(text):
            for place in places:
                names = [place.id, *place.classes] if place.id else place.classes
                if any(re.search(rf"""["'`#.]{re.escape(name)}["'`\s]""", text) for name in names):
                    return "filled_by_script"
    return None


def _state(page: ShellPage) -> str | None:
    """State for scripts that says much, and nearly nothing of it can be read."""
    if page.words >= MANY or not page.state:
        return None
    phrases = []
    for text in page.state:
        for found in _PHRASE.finditer(text[:MAX_SCRIPT]):
            phrase = found[1]
            if phrase.count(" ") >= 3 and "http" not in phrase and "<" not in phrase and "{" not in phrase:
                phrases.append(phrase)
            if len(phrases) >= _MAX_PHRASES:
                break
    if len(phrases) < 5:
        return None
    text = " ".join(" ".join(page.text).split())
    # The first words do: escapes and links inside make the rest differ.
    known = sum(" ".join(phrase.split()[:3]) in text for phrase in phrases)
    return "state_only" if known < 0.2 * len(phrases) else None


def _written(page: ShellPage) -> str | None:
    if page.words >= SOME:
        return None
    return "document_write" if any(ours and _DOCUMENT_WRITE.search(text) for text, ours in page.inline) else None


_RULES = (_template, _fragment, _mount, _included, _redirect, _asks, _loading, _filled, _state, _written)
