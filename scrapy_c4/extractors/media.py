"""Images, videos and sounds of a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy_c4.extractors.media_desc import Describer
from scrapy_c4.extractors.media_format import format_of
from scrapy_c4.extractors.media_score import score_media
from scrapy_c4.extractors.media_sources import Medium, collect
from scrapy_c4.items import MediaItem

if TYPE_CHECKING:
    from scrapy_c4.extractors.document import Document

__all__ = ["extract_media"]


def extract_media(document: Document, *, min_desc_words: int = 1) -> list[MediaItem]:
    """All media of the page in document order, none left out: one item per distinct URL.

    Variants of one picture (srcset, picture sources, lazy-loading attributes, its noscript fallback) share
    ``group_id``, ``alt``, ``desc`` and ``score``. Players of other sites in frames have the format ``embed``. ``desc``
    is None when the text has fewer than ``min_desc_words`` words.
    """
    items: list[MediaItem] = []
    collection = collect(document)
    scores = score_media(document, collection)
    describer = Describer(document.root, min_desc_words)
    for group, medium in enumerate(collection.media):
        desc = describer.describe(medium)
        for url, variant in medium.variants.items():
            items.append(
                MediaItem(
                    page_url=document.url,
                    type=medium.type,
                    src=url,
                    alt=medium.alt,
                    desc=desc,
                    score=scores[group],
                    group_id=group,
                    format=variant.mime if variant.mime == "embed" else format_of(url, variant.mime),
                    width=variant.width,
                    height=variant.height,
                )
            )
    return items
