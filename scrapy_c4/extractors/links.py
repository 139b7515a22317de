"""The hyperlinks of a page, as a browser sees them."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING

from scrapy_c4._words import is_generic
from scrapy_c4.extractors import urls
from scrapy_c4.extractors.substitutes import images_text, label_inside
from scrapy_c4.extractors.surroundings import LISTS, Surroundings
from scrapy_c4.extractors.text import shown_text, squeeze, text_of
from scrapy_c4.items import LinkItem

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from scrapy_c4.extractors.document import Document

TEXT_LIMIT = 1000
#: All that is said about one link, in several places.
CONTEXTS_LIMIT = 400
_NAME_LENGTH = 120
#: What ``rel`` says about one anchor; said of a target only when all its anchors say so.
_PER_ANCHOR = frozenset(["nofollow", "sponsored", "ugc"])


def extract_links(document: Document, *, with_context: bool = True) -> list[LinkItem]:
    """The http(s) links of ``a`` and ``area``, in document order, each URL (with its fragment) once.

    ``context`` and ``landmark`` of the items are set for scoring; ``with_context`` False leaves them empty.
    """
    page_url, page_domain = document.url, document.base_domain
    resolve = document.resolve
    surroundings = Surroundings() if with_context else None
    inert = {e for template in document.index["template"] for e in template.iter("a", "area")}
    found: dict[str, LinkItem] = {}
    substitutes: set[str] = set()  # URLs whose text stands in for one
    sites: dict[str, tuple[str | None, str]] = {}
    for element in document.root.iter("a", "area"):  # not held: many objects wake the garbage collector
        href = element.get("href")
        if href is None:
            href = element.get("xlink:href")  # a link in an SVG drawing
            if href is None:
                continue
        url = resolve(href)
        if url is None or not url.startswith(("https://", "http://")):
            continue
        # A placeholder that no script has filled in is no link, and one in a template is none yet.
        if "{{" in href or ("%7" in url and "%7B%7B" in url.upper()) or (inert and element in inert):
            continue
        text = shown_text(element, TEXT_LIMIT)
        substitute = not text
        if substitute:
            text = _substitute_text(element)
        title, rel = element.get("title"), element.get("rel")
        if title is not None:
            title = squeeze(title) or None
        if rel is not None:
            rel = squeeze(rel).lower() or None
        known = found.get(url)
        if known is not None:
            better = text != known.text and _grade(text, substitute) > _grade(known.text, url in substitutes)
            if better:
                known.text = text
                (substitutes.add if substitute else substitutes.discard)(url)
            if title or rel != known.rel:
                _merge(known, title, rel)
            if surroundings is not None and (better or known.landmark in LISTS or len(known.context) < CONTEXTS_LIMIT):
                _move(known, better, *surroundings.of(element))
            continue
        # A resolved http(s) URL has a slash behind its host and port.
        origin = url[: url.index("/", 8)]
        site = sites.get(origin)
        if site is None:
            domain = urls.base_domain(origin)
            kind = "internal" if domain is not None and domain == page_domain else "external"
            site = sites[origin] = (domain, kind)
        item = found[url] = LinkItem(page_url, url, text, title, site[0], site[1], rel)
        if substitute:
            substitutes.add(url)
        if surroundings is not None:
            item.landmark, item.context = surroundings.of(element)
    return list(found.values())


def page_headings(document: Document, limit: int = 100) -> list[str]:
    """The texts of the first ``limit`` headings (h1 to h3) of the page, those of the highest level first."""
    headings = chain.from_iterable(document.index[tag] for tag in ("h1", "h2", "h3"))
    return [text for heading in islice(headings, limit) if (text := text_of(heading, 200))]


def _substitute_text(element: HtmlElement) -> str:
    """What a link without text is called."""
    text = squeeze(element.get("alt")) if element.tag == "area" else images_text(element) if len(element) else ""
    if not text:
        text = squeeze(element.get("aria-label"))
    if not text and len(element):
        text = label_inside(element)
    return text[:TEXT_LIMIT] or squeeze(element.get("title"))


def _grade(text: str, substitute: bool) -> tuple[int, int]:
    """How well a text names the target of a link: of two, the greater one tells more."""
    if not text:
        return (0, 0)
    if is_generic(text):
        return (1, len(text))
    if substitute:
        return (2, len(text))
    # A long text is a teaser: of two, the shorter one is nearer to a name.
    return (4, len(text)) if len(text) <= _NAME_LENGTH else (3, -len(text))


def _merge(known: LinkItem, title: str | None, rel: str | None) -> None:
    """Take over what another anchor to the same URL says."""
    if title and (not known.title or len(title) > len(known.title)):
        known.title = title
    if rel != known.rel:
        one, two = (known.rel or "").split(), (rel or "").split()
        both = dict.fromkeys([*one, *two])
        known.rel = " ".join(t for t in both if t not in _PER_ANCHOR or (t in one and t in two)) or None


def _move(known: LinkItem, better: bool, landmark: str, context: str) -> None:
    """Let another anchor's place count for the link: content before lists, and what each place says, one in a line.

    Where there is no room for all, the better text's context comes first.
    """
    if context and context not in known.context:
        if not known.context or (better and len(known.context) + len(context) >= CONTEXTS_LIMIT):
            known.context = context
        elif len(known.context) + len(context) < CONTEXTS_LIMIT:
            known.context += f"\n{context}"
    if landmark not in LISTS:
        known.landmark = landmark
