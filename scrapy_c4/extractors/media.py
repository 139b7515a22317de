"""Images, videos and sounds of a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy_c4.extractors.media_desc import Describer
from scrapy_c4.extractors.media_format import format_of
from scrapy_c4.extractors.media_score import score_media
from scrapy_c4.extractors.media_sources import collect
from scrapy_c4.extractors.media_url_signals import says_placeholder
from scrapy_c4.items import MediaItem

if TYPE_CHECKING:
    from scrapy_c4.extractors.document import Document
    from scrapy_c4.extractors.media_model import Medium

__all__ = ["extract_media"]

#: Media of a lower score (counters, spacers) are described by their own labels only, not by the text around them.
_WORTH_READING_AROUND = 1.0
#: The most that a placeholder scores, whatever the picture is worth that it stands in for.
_PLACEHOLDER_SCORE = 1.0


def extract_media(document: Document, *, min_desc_words: int = 1) -> list[MediaItem]:
    """All media of the page in document order, none left out: one item per distinct http(s) URL.

    Variants of one picture or player (srcset, sources, lazy-loading attributes, a noscript fallback, the same picture
    shown again, the tracks of a video) share ``group_id``, ``desc`` and ``score``; a placeholder that calls itself one
    has a low score of its own beside the picture that is loaded late. Players of other sites in frames have the format
    ``embed``. ``desc`` is at most 300 characters, and None where the text has fewer than ``min_desc_words`` words.
    """
    collection = collect(document)
    media = collection.media
    scores = score_media(document, collection)
    groups = _group(media)
    members: list[list[int]] = []
    for n, group in enumerate(groups):
        if group == len(members):
            members.append([n])
        else:
            members[group].append(n)

    describer = Describer(document.root, min_desc_words)
    described: list[tuple[float, str | None, str | None]] = []
    for numbers in members:
        if len(numbers) > 1:
            numbers.sort(key=lambda n: -scores[n])  # the place where the picture matters most speaks first
        score = scores[numbers[0]]
        around = score > _WORTH_READING_AROUND
        alt = desc = None
        for n in numbers:
            medium = media[n]
            if not alt and medium.alt is not None and medium.origin != "track":
                alt = medium.alt
        for n in numbers[:3]:
            desc = describer.describe(media[n], around=around)
            if desc is not None:
                break
        described.append((score, alt, desc))

    page_url = document.url
    items: dict[tuple[str, str], MediaItem] = {}
    for n, medium in enumerate(media):
        group = groups[n]
        score, alt, desc = described[group]
        if medium.origin == "track":
            alt, desc = medium.alt, medium.label
        for url, variant in medium.variants.items():
            key = (medium.type, url)
            own = min(score, _PLACEHOLDER_SCORE) if _is_placeholder(url, medium) and says_placeholder(url) else score
            item = items.get(key)
            if item is None:
                format = "embed" if variant.mime == "embed" else format_of(url, variant.mime)
                items[key] = MediaItem(
                    page_url, medium.type, url, alt, desc, own, group, format, variant.width, variant.height
                )
            else:
                if item.width is None and item.height is None:
                    item.width, item.height = variant.width, variant.height
                if item.score is not None and own > item.score:  # a placeholder that several pictures share
                    item.score = own
    return list(items.values())


def _group(media: list[Medium]) -> list[int]:
    """A group number for each medium: the same for those that share a URL other than a mere placeholder."""
    groups: list[int] = []
    first: dict[tuple[str, str], int] = {}  # by type and URL, the number of the medium that came with it
    numbers: dict[Medium, int] = {}
    count = 0
    for n, medium in enumerate(media):
        group: int | None = None
        if medium.owner is not None:
            group = numbers.get(medium.owner)
        for url in medium.variants:
            if group is not None:
                break
            known = first.get((medium.type, url))
            if known is not None and not (_is_placeholder(url, medium) or _is_placeholder(url, media[known])):
                group = groups[known]
        if group is None:
            group = count
            count += 1
        groups.append(group)
        numbers[medium] = group
        for url in medium.variants:
            first.setdefault((medium.type, url), n)
    return groups


def _is_placeholder(url: str, medium: Medium) -> bool:
    """Whether ``url`` only stands in for another picture until that is loaded."""
    return medium.lazy and url == medium.src and len(medium.variants) > 1
