"""How relevant a medium is on its page: signals that a person would go by, weighed and squashed to 0–10."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import TYPE_CHECKING

from scrapy_c4.extractors import media_place as where
from scrapy_c4.extractors.media_format import format_of, kind_of, url_size
from scrapy_c4.extractors.media_place import Place, Places
from scrapy_c4.extractors.urls import host_matches, host_of

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from scrapy_c4.extractors.document import Document
    from scrapy_c4.extractors.media_sources import Collection, Medium

__all__ = ["WEIGHTS", "score_media", "signals_of"]

#: What each signal adds to the log-odds that a picture belongs to the content of its page. Chosen by reason, in
#: coarse steps, and checked on annotated pages: what a picture is made for (tracker, icon, spacer) may sink it below
#: the default threshold by itself, a poor place alone may not, unless it is the navigation or the footer.
WEIGHTS: dict[str, float] = {
    "base": 0.8,
    # The place, seen from the running text of the page
    "text:inside": 2.0, "text:between": 1.0, "text:near": 0.3, "text:lead": 0.6, "text:before": -0.3, "text:after": -0.5,
    "before-h1": -0.4,
    # What its ancestors are or are called
    "in:nav": -2.0, "in:menu": -1.0, "in:header": -1.0, "in:footer": -2.0, "in:end": -1.0, "in:aside": -0.5, "in:related": -0.4, "in:comment": -1.0,
    "in:person": -1.0, "in:social": -0.6, "in:advert": -0.6, "in:icon": -1.0, "in:hidden": -0.3, "in:main": 0.2,
    "in:article": 0.2, "in:figure": 0.4, "in:body": 0.2, "in:gallery": 0.3, "in:hero": 0.3,
    # Size
    "size:large": 0.8, "size:medium": 0.2, "size:small": -0.4, "size:icon": -1.8, "size:dot": -5.0, "size:strip": -0.6,
    # What the link around it leads to; grids of linked pictures are teasers of other pages
    "link:home": -1.5, "link:image": 0.8, "link:out": -0.1, "grid:linked": -0.4,
    # What the URL says
    "url:tracker": -6.0, "url:counter": -3.0, "beacon": -2.0, "url:empty": -3.0, "url:icon": -1.5, "url:person": -1.5, "url:advert": -0.6,
    "url:holder": -0.5, "url:theme": -0.3, "url:thumb": -0.3, "url:no-format": -0.4, "url:svg": -0.3, "url:gif": -0.3,
    "url:ico": -2.0, "url:png": -0.1, "url:title": 0.4, "preview": 0.6,
    # Text alternatives
    "alt:none": -0.1, "alt:long": 0.1, "alt:title": 0.3, "alt:icon": -0.8,
    # Named by the page without being shown
    "origin:meta": 1.5, "origin:link": 0.5, "origin:jsonld": 1.0, "origin:jsonld-other": -1.0,
    # Shown otherwise than by img
    "origin:css": -0.3, "origin:data": -0.2, "origin:input": -1.5, "origin:svg": -0.3, "lazy": 0.2,
}  # fmt: skip

_TRACKER_HOSTS = frozenset(
    ["scorecardresearch.com", "quantserve.com", "doubleclick.net", "google-analytics.com", "googleadservices.com",
     "googlesyndication.com", "googletagmanager.com", "imrworldwide.com", "statcounter.com", "histats.com",
     "tns-counter.ru", "mc.yandex.ru", "counter.yadro.ru", "top-fwz1.mail.ru", "ioam.de", "omtrdc.net", "2o7.net",
     "adnxs.com", "adsrvr.org", "criteo.com", "criteo.net", "taboola.com", "outbrain.com", "chartbeat.net",
     "hotjar.com", "clarity.ms", "bat.bing.com", "ct.pinterest.com", "px.ads.linkedin.com", "analytics.twitter.com",
     "pixel.wp.com", "stats.wp.com", "clickability.com", "sitemeter.com", "amazon-adsystem.com", "demdex.net",
     "rlcdn.com", "rubiconproject.com", "pubmatic.com", "moatads.com", "etracker.com", "etracker.de", "xiti.com",
     "krxd.net", "everesttech.net", "mookie1.com", "nr-data.net", "mathtag.com", "bluekai.com", "gemius.pl",
     "webtrekk.net", "wt-safetag.com", "vgwort.de", "met.vgwort.de", "liadm.com", "parsely.com", "bidswitch.net"]
)  # fmt: skip
# Whole words, also with a number behind (logo2, icon-2x); not the letters of hexadecimal names.
_URL_WORD = re.compile(r"(?<![a-z0-9])[a-z]{2,}(?=[0-9]{0,4}x?(?![a-z0-9]))")
_ICON_WORDS = frozenset(
    ["logo", "logos", "icon", "icons", "sprite", "sprites", "favicon", "btn", "button", "buttons", "arrow", "arrows",
     "badge", "badges", "wordmark", "bullet", "social", "loader", "loading", "spinner", "hamburger", "emoji", "smiley",
     "smilies", "flag", "flags", "adchoices", "star", "stars", "rating", "close", "search", "rss", "branding", "brand",
     "feed", "googleplay", "appstore", "ico"]
)  # fmt: skip
# File names that are nothing but the name of a network: the buttons that lead there.
_NETWORK_WORDS = frozenset(
    ["facebook", "fb", "twitter", "instagram", "pinterest", "linkedin", "youtube", "whatsapp", "telegram", "xing",
     "tumblr", "reddit", "vk", "email", "mail", "print", "share", "tiktok", "google", "gplus", "plus", "bw", "white", "black"]
)  # fmt: skip
_EMPTY_WORDS = frozenset(["pixel", "spacer", "blank", "transparent", "clear", "shim", "trans", "empty", "beacon", "px"])
_COUNTER_WORDS = frozenset(
    ["pixel", "beacon", "piwik", "matomo", "counter", "count", "collect", "track", "tracking", "tracker", "hit", "stat",
     "stats", "webbug", "pageview", "impression", "imp", "adsct", "log", "ping", "analytics", "conversion"]
)  # fmt: skip
_HOLDER_WORDS = frozenset(["placeholder", "missing", "default", "holder", "dummy", "lazy", "noimage", "nophoto"])
_PERSON_WORDS = frozenset(["avatar", "avatars", "gravatar", "author", "authors", "mug", "mugs", "headshot", "profile", "userpic"])
_ADVERT_WORDS = frozenset(["ad", "ads", "adv", "advert", "banner", "banners", "sponsor", "sponsored", "promo", "affiliate", "pagead"])
_THEME_WORDS = frozenset(["themes", "theme", "static", "assets", "dist", "templates", "skins", "resources", "plugins", "css", "layout", "designimages"])
_UPLOAD_WORDS = frozenset(["uploads", "upload", "photos", "photo", "gallery", "media", "content", "wordpress", "story", "article", "articles", "news", "blog"])
_THUMB_WORDS = frozenset(["thumb", "thumbs", "thumbnail", "thumbnails", "teaser", "small", "mini", "tiny"])
_WORDS = re.compile(r"\w{3,}")


class _Page:
    """What scoring needs to know of the whole page, computed once."""

    def __init__(self, document: Document, collection: Collection):
        self.document = document
        media = collection.media
        self.text = Places(collection.texts)
        #: None for media that stand nowhere on the page itself.
        self.places = [None if m.origin in _HEAD_ORIGINS else self.text.of(m.element) for m in media]
        self.h1 = collection.headings[0][0] if collection.headings else -1
        self.title = set(_WORDS.findall(_title(document, collection).lower()))
        self.preview = {picture_key(next(iter(m.variants))) for m in media if m.origin in ("meta", "link", "jsonld")} - {""}
        self.shapes = Counter(place.shape for place in self.places if place is not None)
        self.seen = Counter(
            url for m, place in zip(media, self.places) if place is not None and m.origin != "track" for url in m.variants
        )
        self.host = host_of(document.url) or ""


_HEAD_ORIGINS = frozenset(["meta", "link", "jsonld", "jsonld-other"])


def _title(document: Document, collection: Collection) -> str:
    found = []
    for element in document.root.iter("title"):
        found.append(element.text or "")
        break
    for _, element in collection.headings[:2]:
        found.append("".join(element.itertext())[:300])
    return " ".join(found)


_SIZE_SUFFIX = re.compile(r"[-_](?:[0-9]{2,4}x[0-9]{2,4}|[0-9]{2,4}|small|medium|large|thumb|scaled|[sml])(?=\.[a-z]+\Z)")


def picture_key(url: str) -> str:
    """The file name of a picture without what differs between its sizes."""
    path = url.partition("#")[0].partition("?")[0].rstrip("/").lower()
    name = path[path.rfind("/") + 1 :]
    return _SIZE_SUFFIX.sub("", name)


def score_media(document: Document, collection: Collection) -> list[float]:
    """A score from 0 to 10 for each medium of the collection, in its order."""
    page = _Page(document, collection)
    scores = []
    for position, medium in enumerate(collection.media):
        z = sum(WEIGHTS.get(signal, 0.0) for signal in signals_of(page, position, medium))
        scores.append(round(10 / (1 + math.exp(-max(-30.0, min(30.0, z)))), 3))
    return scores


def signals_of(page: _Page, position: int, medium: Medium) -> list[str]:
    found = ["base"]
    origin = medium.origin
    add = found.append
    urls = list(medium.variants)
    url = urls[0]
    if medium.lazy and len(urls) > 1 and url == medium.src:
        url = urls[1]
    _url_signals(page, medium, url, add)
    if origin in _HEAD_ORIGINS:
        add(f"origin:{origin}")
        return found
    if origin != "img":
        add(f"origin:{origin}")
    place = page.places[position]
    assert place is not None
    flags = place.flags
    for name, flag in _FLAGS:
        if flags & flag:
            add(name)
    if flags & where.NOSCRIPT and "url:no-format" in found and not medium.alt and len(page.seen) and all(page.seen[u] == 1 for u in urls):
        add("beacon")
    _text_signals(page, position, place, add)
    if place.link is not None:
        _link_signals(page, place.link, add)
    shape = page.shapes[place.shape]
    linked = "link:page" in found
    if shape >= 3:
        add("grid:linked" if linked else "grid:free")
    if any(page.seen[u] > 1 for u in urls):
        add("repeated")
    if medium.lazy:
        add("lazy")
    alt = medium.alt
    if alt is None:
        add("alt:none")
    elif not alt:
        add("alt:empty")
    else:
        words = set(_WORDS.findall(alt.lower()))
        if len(words) >= 4:
            add("alt:long")
        if len(words & page.title) >= 2:
            add("alt:title")
        if words & _ICON_WORDS:
            add("alt:icon")
    return found


_FLAGS = (
    ("in:nav", where.NAV), ("in:header", where.HEADER), ("in:footer", where.FOOTER), ("in:aside", where.ASIDE),
    ("in:main", where.MAIN), ("in:article", where.ARTICLE), ("in:figure", where.FIGURE), ("in:body", where.BODY),
    ("in:related", where.RELATED), ("in:comment", where.COMMENT), ("in:person", where.PERSON),
    ("in:social", where.SOCIAL), ("in:advert", where.ADVERT), ("in:icon", where.ICON), ("in:hidden", where.HIDDEN),
    ("in:gallery", where.GALLERY), ("in:hero", where.HERO), ("in:menu", where.MENU), ("in:end", where.END),
)  # fmt: skip


def _url_signals(page: _Page, medium: Medium, url: str, add) -> None:
    width, height = medium.width, medium.height
    declared = width is not None or height is not None
    if not declared:
        widths = [v.width for v in medium.variants.values() if v.width]
        width = max(widths) if widths else None
        if width is None:
            width, height = url_size(url)
    w, h = width, height
    if not medium.lazy and ((w is not None and w <= 3) or (h is not None and h <= 3)):
        add("size:dot")
    else:
        known = [x for x in (w, h) if x is not None and x > 3]
        if not known:
            add("size:unknown")
        else:
            side = max(known)
            add("size:icon" if side <= 64 else "size:small" if side <= 160 else "size:medium" if side < 400 else "size:large")
            if w and h and (w / h > 4 or h / w > 3):
                add("size:strip")
    host = host_of(url) or ""
    path = url.partition("://")[2]
    path = path[path.find("/") :].lower() if "/" in path else "/"
    words = set(_URL_WORD.findall(path[:1000]))
    format = format_of(url)
    if host_matches(host, _TRACKER_HOSTS) or (host.endswith("facebook.com") and path.startswith("/tr")):
        add("url:tracker")
    elif format is None and words & _COUNTER_WORDS:
        add("url:counter")
    name_words = set(_URL_WORD.findall(path.partition("?")[0].rsplit("/", 1)[-1]))
    if words & _ICON_WORDS or any(w.startswith("logo") and not w.startswith("logop") for w in name_words):
        add("url:icon")
    elif format and name_words and name_words - {format, "jpeg"} <= _NETWORK_WORDS:
        add("url:icon")
    if name_words & _EMPTY_WORDS:
        add("url:empty")
    if name_words & _HOLDER_WORDS:
        add("url:holder")
    if words & _PERSON_WORDS or "gravatar.com" in host:
        add("url:person")
    if words & _ADVERT_WORDS:
        add("url:advert")
    if words & _THEME_WORDS:
        add("url:theme")
    if words & _UPLOAD_WORDS:
        add("url:upload")
    if words & _THUMB_WORDS:
        add("url:thumb")
    if format is None:
        add("url:no-format")
    elif format in ("svg", "gif", "ico"):
        add(f"url:{format}")
    elif format == "png":
        add("url:png")
    if page.title and len(name_words & page.title) >= 2:
        add("url:title")
    if picture_key(url) in page.preview:
        add("preview")


def _text_signals(page: _Page, position: int, place: Place, add) -> None:
    places = page.text
    if page.h1 >= 0 and position < page.h1:
        add("before-h1")
    if places.body is None:
        add("text:none")
    elif place.inside:
        add("text:inside")
        add("text:near" if place.depth <= 3 else "text:deep")
        if places.first <= place.child <= places.last:
            add("text:between")
    else:
        add("text:before" if place.side < 0 else "text:after")
        if place.side < 0 and place.depth <= 4:
            add("text:lead")


def _link_signals(page: _Page, link: HtmlElement, add) -> None:
    href = link.get("href", "")
    if href.startswith("#") or href[:11].lower() == "javascript:":
        add("link:here")
        return
    url = page.document.resolve(href) if len(href) < 2000 else None
    if url is None:
        return
    if kind_of(format_of(url)) == "image":
        add("link:image")
        return
    host = host_of(url)
    if host != page.host:
        add("link:out")
    path = url.partition("://")[2].partition("/")[2]
    add("link:page" if path.strip("/") else "link:home")
