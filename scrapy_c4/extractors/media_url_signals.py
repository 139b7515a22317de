"""What the URL and the size of a picture say of its use: signals by their names in ``media_score.WEIGHTS``."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from scrapy_c4.extractors.media_format import format_of, url_size
from scrapy_c4.extractors.urls import host_matches

if TYPE_CHECKING:
    from scrapy_c4.extractors.media_model import Medium

__all__ = ["picture_key", "says_placeholder", "url_signals"]

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
_WORD = re.compile(r"[^\W\d_]+")
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
#: Words that name a placeholder in any company.
_HOLDER_WORDS = frozenset(["placeholder", "placeholders", "spacer", "lazyload", "noimage", "nophoto"])
#: Words that name one in no company but each other's and that of words which say nothing: a grey sofa is a picture.
_BLANK_WORDS = frozenset(
    ["blank", "pixel", "grey", "gray", "loading", "loader", "spinner", "preloader", "transparent", "trans", "clear",
     "empty", "dummy", "lazy", "shim", "holder", "dot"]
)  # fmt: skip
_BLANK_COMPANY = _BLANK_WORDS | {"px", "bg", "background", "img", "image", "photo", "svg", "gif", "png"}
_SIZE = re.compile(r"[0-9]{2,4}x[0-9]{2,4}|[0-9]{2,4}|small|medium|large|thumb|scaled|[sml]")


def picture_key(url: str) -> str:
    """The file name of a picture without what differs between its sizes."""
    path = url.partition("#")[0].partition("?")[0].rstrip("/")
    name = path[path.rfind("/") + 1 :].lower()
    stem, dot, extension = name.rpartition(".")
    end = max(stem.rfind("-"), stem.rfind("_"))
    if end != -1 and extension.isalpha() and extension.isascii() and _SIZE.fullmatch(stem, end + 1):
        return stem[:end] + dot + extension
    return name


@lru_cache(maxsize=4096)
def says_placeholder(url: str) -> bool:
    """Whether the name of a picture is that of something to look at until the real one has loaded."""
    path = url.partition("://")[2].partition("#")[0].partition("?")[0].lower()[-500:]
    if not _HOLDER_WORDS.isdisjoint(_URL_WORD.findall(path)):
        return True
    stem = path[path.rfind("/") + 1 :].rpartition(".")[0]
    words = _WORD.findall(stem)
    return not _BLANK_WORDS.isdisjoint(words) and _BLANK_COMPANY.issuperset(words)


def url_signals(medium: Medium, url: str, title: set[str], preview: set[str], found: list[str]) -> None:
    """Add to ``found`` what ``url`` and the size of ``medium`` say.

    ``title``: words of the page's title. ``preview``: keys of the pictures that the page names for previews.
    """
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
        signals |= _folder_signals(query[:300])
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
    if len(title.intersection(words)) >= 2:
        found.append("url:title")
    if preview and picture_key(url) in preview:
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
