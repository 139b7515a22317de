"""How much a link promises by itself: its URL, its text, what its page is about and where on the page it stands."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from scrapy_c4._words import STOP_WORDS, WORD_CHARACTERS, is_generic
from scrapy_c4.scoring.url_quality import read_url

if TYPE_CHECKING:
    from scrapy_c4.items import LinkItem

_words_of = re.compile(rf"[{WORD_CHARACTERS}]+").findall
#: Scripts written without spaces: their words are about two characters long.
_unspaced = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")

# The greatest share of each part; together 10.
URL_SHARE, TEXT_SHARE, RELEVANCE_SHARE, PLACE_SHARE = 3.4, 3.0, 2.1, 1.5
_PLACES = {"main": 1.0, "": 0.7, "aside": 0.35, "nav": 0.3, "header": 0.3, "footer": 0.0}
_CONTENT = frozenset(["main", ""])
_REL_FAULTS = {"nofollow": 0.7, "ugc": 1.0, "sponsored": 1.5}
_CACHED_LENGTH = 100
# In tenths: sums of whole numbers do not depend on the order of sets.
TITLE_WEIGHT, HEADING_WEIGHT, DESCRIPTION_WEIGHT, SITE_WEIGHT = 10, 8, 7, 3


def score_intrinsic(
    links: list[LinkItem], *, title: str | None, headings: list[str], description: str | None, page_url: str
) -> None:
    """Fill ``intrinsic_score`` (0–10, two decimals) of the links of one page, which the other arguments describe."""
    terms = _page_terms(title, headings, description, page_url)
    shares_no_word_with = terms.keys().isdisjoint
    here = page_url.partition("#")[0]
    for link in links:
        url, text = link.href, link.text
        quality, url_words = read_url(url)
        if url.startswith(here) and url.partition("#")[0] == here:
            quality *= 0.4  # it leads nowhere new
        said, words = _read_text(text) if len(text) <= _CACHED_LENGTH else _read_text.__wrapped__(text)
        if link.title and link.title != text and not is_generic(link.title):
            said = min(1.0, said + 0.1)
            words = tuple({*words, *_words_of(link.title.lower())})
        landmark = link.landmark
        place = _PLACES.get(landmark, 0.7)
        if landmark in _CONTENT and len(link.context) > 40:
            place = min(1.0, place + 0.2)  # words beside the link tell what it is good for
        score = URL_SHARE * quality + TEXT_SHARE * said + PLACE_SHARE * place
        if not (shares_no_word_with(words) and shares_no_word_with(url_words)):
            score += RELEVANCE_SHARE * _relevance(words, url_words, terms)
        if link.rel:
            score -= max([_REL_FAULTS.get(token, 0.0) for token in link.rel.split()], default=0.0)
        link.intrinsic_score = round(score, 2) if 0.0 < score < 10.0 else 0.0 if score <= 0.0 else 10.0


def _page_terms(title: str | None, headings: list[str], description: str | None, page_url: str) -> dict[str, int]:
    terms: dict[str, int] = {}
    sources: list[tuple[str | None, int]] = [(title, TITLE_WEIGHT), (description, DESCRIPTION_WEIGHT)]
    sources += [(heading, HEADING_WEIGHT) for heading in headings]
    for text, weight in sources:
        for word in _words_of((text or "")[:1000].lower()):
            if terms.get(word, 0) < weight and (len(word) > 2 or not word.isascii()) and word not in STOP_WORDS:
                one, other = _numbers(word)
                terms[one] = terms[other] = weight
    # The name of the site is in every title and says little about a link.
    for word in _words_of(page_url[8 : page_url.find("/", 8)].lower()):
        for form in _numbers(word):
            if form in terms:
                terms[form] = SITE_WEIGHT
    return terms


def _numbers(word: str) -> tuple[str, str]:
    """``word`` with and without a plural s: good enough to compare words of one page in many languages."""
    return (word, word[:-1]) if len(word) > 3 and word[-1] == "s" else (word, word + "s")


@lru_cache(maxsize=8192)
def _read_text(text: str) -> tuple[float, tuple[str, ...]]:
    """How well a text names something (0–1), and its words."""
    words = _words_of(text.lower())
    return _text_quality(text, len(words)), tuple(dict.fromkeys(words))


def _text_quality(text: str, count: int) -> float:
    if not text:
        return 0.0
    if is_generic(text):
        return 0.1
    if len(text) < 3 and text.isascii():
        return 0.25
    if not text.isascii():
        count = max(count, len(_unspaced.findall(text)) // 2)
    if count <= 1:
        return 0.55
    if count == 2:
        return 0.75
    if count <= 12:
        return 0.9
    return 0.75 if count <= 25 else 0.5


def _relevance(words: tuple[str, ...], url_words: tuple[str, ...], terms: dict[str, int]) -> float:
    known = terms.keys()
    in_text, in_url = known & words, known & url_words
    weight_of = terms.__getitem__
    met = 2 * sum(map(weight_of, in_text)) + sum(map(weight_of, in_url - in_text))
    # Two words in common are much for a short text; a long one has to share more.
    return min(1.0, met / 20 / max(2.0, 0.4 * len(words)))
