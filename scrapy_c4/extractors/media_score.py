"""How relevant a medium is on its page: signals that a person would go by, weighed and squashed to 0–10."""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

from scrapy_c4.extractors import media_place as where
from scrapy_c4.extractors.media_format import format_of, url_size
from scrapy_c4.extractors.media_model import HEAD_ORIGINS
from scrapy_c4.extractors.media_place import Place, Places
from scrapy_c4.extractors.urls import host_matches

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from scrapy_c4.extractors.document import Document
    from scrapy_c4.extractors.media_model import Collection, Medium

__all__ = ["WEIGHTS", "score_media", "signals_of"]

#: What each signal adds to the log-odds that a picture belongs to the content of its page. Chosen by reason, in
#: coarse steps, and checked on annotated pages: what a picture is made for (tracker, icon, spacer) may sink it below
#: the default threshold by itself, a poor place alone may not, unless it is the navigation or the footer.
WEIGHTS: dict[str, float] = {
    "base": 0.8,
    # The place, seen from the running text of the page
    "text:inside": 2.0, "text:between": 1.0, "text:near": 0.3, "text:lead": 0.6, "text:before": -0.3,
    "text:after": -0.5, "before-h1": -0.4,
    # What its ancestors are or are called
    "in:nav": -2.0, "in:menu": -1.0, "in:header": -1.0, "in:footer": -2.0, "in:end": -1.0,
    "in:aside": -0.5, "in:related": -0.4, "in:comment": -1.0, "in:person": -1.0, "in:social": -0.6,
    "in:advert": -0.6, "in:icon": -1.0, "in:hidden": -0.3, "in:main": 0.2, "in:article": 0.2, "in:figure": 0.4,
    "in:body": 0.2, "in:gallery": 0.3, "in:hero": 0.3,
    # Size
    "size:large": 0.8, "size:medium": 0.2, "size:small": -0.4, "size:icon": -1.8, "size:dot": -5.0, "size:strip": -0.6,
    # What the link around it leads to; grids of linked pictures are teasers of other pages
    "link:home": -1.5, "link:image": 0.8, "link:out": -0.1, "grid:linked": -0.4,
    # What the URL says
    "url:tracker": -6.0, "url:counter": -3.0, "beacon": -2.0, "url:empty": -3.0, "url:icon": -2.4, "url:symbol": -1.2,
    "url:person": -1.5, "url:advert": -0.6, "url:holder": -0.5, "url:theme": -0.3, "url:thumb": -0.3,
    "url:no-format": -0.4, "url:svg": -0.3, "url:gif": -0.3, "url:ico": -2.0, "url:png": -0.1,
    "url:title": 0.4, "preview": 0.6,
    # Text alternatives
    "alt:none": -0.1, "alt:long": 0.1, "alt:title": 0.3, "alt:icon": -0.8,
    # Named by the page without being shown
    "origin:meta": 1.5, "origin:link": 0.5, "origin:jsonld": 1.0, "origin:jsonld-other": -1.0,
    # Shown otherwise than by img
    "origin:video": 1.0, "origin:audio": 1.0, "origin:embed": 1.0, "origin:track": 0.5, "origin:poster": 0.3,
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
#: Words anywhere in the path or the query.
_PATH_SIGNALS = {
    word: signal
    for signal, words in {
        "url:icon": "logo logos icon icons sprite sprites favicon btn button buttons arrow arrows wordmark bullet "
        "loader spinner hamburger emoji smiley smilies adchoices googleplay appstore ico",
        "url:symbol": "badge badges social loading flag flags star stars rating close search rss branding brand feed",
        "url:person": "avatar avatars gravatar author authors mug mugs headshot profile userpic",
        "url:advert": "ad ads adv advert banner banners sponsor sponsored sponsors promo affiliate pagead",
        "url:theme": "themes theme static assets dist templates skins resources plugins css layout designimages",
        "url:thumb": "thumb thumbs thumbnail thumbnails teaser small mini tiny",
    }.items()
    for word in words.split()
}
#: Words of the file name.
_NAME_SIGNALS = {
    **dict.fromkeys("pixel spacer blank transparent clear shim trans empty beacon px".split(), "url:empty"),
    **dict.fromkeys("placeholder missing default holder dummy lazy noimage nophoto".split(), "url:holder"),
    **_PATH_SIGNALS,
}
# Of URLs without the extension of an image: programs that count visits.
_COUNTER_WORDS = frozenset(
    ["pixel", "beacon", "piwik", "matomo", "counter", "count", "collect", "track", "tracking", "tracker", "hit", "stat",
     "stats", "webbug", "pageview", "impression", "imp", "adsct", "log", "ping", "analytics", "conversion"]
)  # fmt: skip
# File names that are nothing but the name of a network: the buttons that lead there.
_NETWORK_WORDS = frozenset(
    ["facebook", "fb", "twitter", "instagram", "pinterest", "linkedin", "youtube", "whatsapp", "telegram", "xing",
     "tumblr", "reddit", "vk", "email", "mail", "print", "share", "tiktok", "google", "gplus", "plus", "bw",
     "white", "black"]
)  # fmt: skip
_ALT_ICON = frozenset(["logo", "icon", "button", "arrow", "loading", "avatar", "spinner", "flag", "badge", "emoji"])
_WORDS = re.compile(r"\w{3,}")
_IMAGE_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif)(?=$|[?#])", re.IGNORECASE)


class _Page:
    """What scoring needs to know of the whole page, computed once."""

    def __init__(self, document: Document, collection: Collection):
        self.document = document
        media = collection.media
        self.text = Places(collection.texts)
        #: None for media that stand nowhere on the page itself.
        self.places = [None if m.origin in HEAD_ORIGINS else self.text.of(m.element) for m in media]
        self.h1 = collection.h1
        self.title = set(_WORDS.findall(collection.title.lower()))
        self.preview = {
            picture_key(next(iter(m.variants))) for m in media if m.origin in ("meta", "link", "jsonld")
        } - {""}
        #: For each medium: how many stand in the same way.
        shapes = [None if place is None else place.shape for place in self.places]
        counts = Counter(shapes)
        self.alike = [counts[shape] for shape in shapes]
        self.origin = "/".join(document.url.split("/", 3)[:3]) + "/"


_SIZE_SUFFIX = re.compile(
    r"[-_](?:[0-9]{2,4}x[0-9]{2,4}|[0-9]{2,4}|small|medium|large|thumb|scaled|[sml])(?=\.[a-z]+\Z)"
)


def picture_key(url: str) -> str:
    """The file name of a picture without what differs between its sizes."""
    path = url.partition("#")[0].partition("?")[0].rstrip("/").lower()
    name = path[path.rfind("/") + 1 :]
    return _SIZE_SUFFIX.sub("", name) if "-" in name or "_" in name else name


def score_media(document: Document, collection: Collection) -> list[float]:
    """A score from 0 to 10 for each medium of the collection, in its order."""
    page = _Page(document, collection)
    scores = []
    for position, medium in enumerate(collection.media):
        z = sum([WEIGHTS[signal] for signal in signals_of(page, position, medium) if signal in WEIGHTS])
        scores.append(round(10 / (1 + math.exp(-max(-30.0, min(30.0, z)))), 3))
    return scores


def signals_of(page: _Page, position: int, medium: Medium) -> list[str]:
    """The names of the signals that hold for a medium, keys of ``WEIGHTS``."""
    origin = medium.origin
    found = ["base"] if origin == "img" else ["base", f"origin:{origin}"]
    urls = list(medium.variants)
    url = urls[1] if medium.lazy and len(urls) > 1 and urls[0] == medium.src else urls[0]
    _url_signals(page, medium, url, found)
    place = page.places[position]
    if place is None:
        return found
    found += _named_flags(place.flags)
    if place.flags & where.NOSCRIPT and "url:no-format" in found and not medium.alt:
        found.append("beacon")
    _text_signals(page, medium.order, place, found)
    if place.link is not None:
        _link_signals(page, place.link, found)
    if page.alike[position] >= 3 and "link:page" in found:
        found.append("grid:linked")
    if medium.lazy:
        found.append("lazy")
    alt = medium.alt
    if alt is None:
        found.append("alt:none")
    elif alt:
        words = set(_WORDS.findall(alt[:500].lower()))
        if len(words) >= 4:
            found.append("alt:long")
        if len(words & page.title) >= 2:
            found.append("alt:title")
        if not words.isdisjoint(_ALT_ICON):
            found.append("alt:icon")
    return found


@lru_cache(maxsize=4096)
def _named_flags(flags: int) -> tuple[str, ...]:
    return tuple(name for name, flag in _FLAGS if flags & flag)


_FLAGS = (
    ("in:nav", where.NAV), ("in:header", where.HEADER), ("in:footer", where.FOOTER), ("in:aside", where.ASIDE),
    ("in:main", where.MAIN), ("in:article", where.ARTICLE), ("in:figure", where.FIGURE), ("in:body", where.BODY),
    ("in:related", where.RELATED), ("in:comment", where.COMMENT), ("in:person", where.PERSON),
    ("in:social", where.SOCIAL), ("in:advert", where.ADVERT), ("in:icon", where.ICON), ("in:hidden", where.HIDDEN),
    ("in:gallery", where.GALLERY), ("in:hero", where.HERO), ("in:menu", where.MENU), ("in:end", where.END),
)  # fmt: skip


def _url_signals(page: _Page, medium: Medium, url: str, found: list[str]) -> None:
    if medium.type == "image":
        _size_signals(medium, url, found)
    head, _, rest = url.partition("://")[2].lower().partition("/")
    path, _, query = rest.partition("?")
    folder, _, name = path.rpartition("/")
    words = _URL_WORD.findall(name[:300])
    format = format_of(url) if medium.type == "image" else medium.type
    if _is_tracker(head) or (path == "tr" and head.endswith("facebook.com")):
        found.append("url:tracker")
    elif format is None and not (
        _COUNTER_WORDS.isdisjoint(words) and _COUNTER_WORDS.isdisjoint(_URL_WORD.findall(folder))
    ):
        found.append("url:counter")
    signals = set(_folder_signals(folder[:500]))
    if query:
        signals.update(_folder_signals(query[:300]))
    for word in words:
        signal = _NAME_SIGNALS.get(word)
        if signal is not None:
            signals.add(signal)
        elif word.startswith("logo") and not word.startswith("logop"):  # logowhite, logotype
            signals.add("url:icon")
    stem = words[:-1] if words and words[-1] in _EXTENSIONS else words
    if format and stem and _NETWORK_WORDS.issuperset(stem):
        signals.add("url:icon")
    if "gravatar.com" in head:
        signals.add("url:person")
    found += sorted(signals)
    if format is None:
        found.append("url:no-format")
    elif format in _FORMAT_SIGNALS:
        found.append(f"url:{format}")
    if len(page.title.intersection(words)) >= 2:
        found.append("url:title")
    if page.preview and picture_key(url) in page.preview:
        found.append("preview")


_EXTENSIONS = frozenset(["jpg", "jpeg", "png", "gif", "svg", "webp", "avif", "ico"])
_FORMAT_SIGNALS = frozenset(["svg", "gif", "ico", "png"])


@lru_cache(maxsize=4096)
def _folder_signals(folder: str) -> frozenset[str]:
    return frozenset(_PATH_SIGNALS[word] for word in _URL_WORD.findall(folder) if word in _PATH_SIGNALS)


@lru_cache(maxsize=4096)
def _is_tracker(host: str) -> bool:
    return host_matches(host.rpartition("@")[2].partition(":")[0], _TRACKER_HOSTS)


def _size_signals(medium: Medium, url: str, found: list[str]) -> None:
    width, height = medium.width, medium.height
    if width is None and height is None:
        width = max((v.width for v in medium.variants.values() if v.width), default=None)
        if width is None:
            width, height = url_size(url)
    sides = [side for side in (width, height) if side is not None]
    if sides and min(sides) <= 3:
        if not medium.lazy:  # lazy images are often laid out as a dot until they have loaded
            found.append("size:dot")
            return
        sides = [side for side in sides if side > 3]
    if not sides:
        return
    side = max(sides)
    found.append(
        "size:icon" if side <= 64 else "size:small" if side <= 160 else "size:medium" if side < 400 else "size:large"
    )
    if len(sides) == 2 and (sides[0] > 4 * sides[1] or sides[1] > 3 * sides[0]):
        found.append("size:strip")


def _text_signals(page: _Page, order: int, place: Place, found: list[str]) -> None:
    text = page.text
    if page.h1 is not None and order < page.h1:
        found.append("before-h1")
    if text.body is None:
        return
    if place.inside:
        found.append("text:inside")
        if place.depth <= 3:
            found.append("text:near")
        if text.first <= order <= text.last:
            found.append("text:between")
    elif order > text.first:
        found.append("text:after")
    else:
        found.append("text:before")
        if place.depth <= 4:
            found.append("text:lead")


def _link_signals(page: _Page, link: HtmlElement, found: list[str]) -> None:
    href = link.get("href", "")
    if href.startswith("#") or href[:11].lower() == "javascript:":
        found.append("link:here")
        return
    url = page.document.resolve(href) if len(href) < 2000 else None
    if url is None:
        return
    if _IMAGE_FILE.search(url):
        found.append("link:image")
        return
    if not url.startswith(page.origin):
        found.append("link:out")
    found.append("link:page" if url.partition("://")[2].partition("/")[2].strip("/") else "link:home")
