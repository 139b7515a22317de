"""What class names, ids, tags and words say of a block: content or clutter around it."""

from __future__ import annotations

import re
from functools import lru_cache

#: Elements that hold no part of the main text.
CLUTTER_TAGS = frozenset(
    ["nav", "footer", "aside", "form", "dialog", "button", "select", "input", "textarea", "menu", "label", "iframe",
     "fieldset", "datalist", "rt", "rp"]
)  # fmt: skip
CLUTTER_ROLES = frozenset(
    ["navigation", "banner", "complementary", "contentinfo", "search", "dialog", "alertdialog", "alert", "menu",
     "menubar", "toolbar", "tablist", "tooltip"]
)  # fmt: skip

# Words of class names and ids. In the languages of many pages, for class names are written in them too.
_CLUTTER = frozenset(
    (
        "comment comments commentlist respond reply replies share sharing sharer shares sharedaddy social "
        "socials addthis addtoany related recommend recommended recommendation recommendations recommends "
        "newsletter subscribe subscription signup sidebar navigation navbar submenu subnav breadcrumb "
        "breadcrumbs cookie cookies consent gdpr advert adverts advertisement advertisements advertising "
        "sponsor sponsored sponsors promo promotion promoted promos popup modal overlay lightbox login signin "
        "searchform pagination pager taglist tagcloud authorbox disqus outbrain taboola disclosure disclaimer "
        "masthead outlinks crosslinks credits kommentar kommentare werbung anzeige anzeigen teilen empfehlung "
        "empfehlungen verwandte publicidad relacionadas relacionados compartir comentarios comentario partage "
        "partager commentaires commentaire condividi correlati commenti pubblicita reacties delen "
    ).split()
)
# These name parts of the content too, beside a word that does.
_MAYBE_CLUTTER = frozenset(
    (
        "widget widgets footer nav navi menu banner ad ads adv register search paging tags categories bio popular "
        "trending latest copyright skip toolbar rating ratings likes donate print pub similar readmore credit sources "
        "license teaser teasers carousel"
    ).split()
)
_CONTENT = frozenset(
    "article content entry post body main text story hentry blog detail details single page product recipe".split()
)
_words = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])").findall
_for_screen_readers = re.compile(
    r"sr-only|screen-?reader|visually-?hidden|hide-?completely|assistive-text|skip-?link", re.IGNORECASE
).search
# Lines that tell what follows or stands beside: an advertisement, tags.
_is_label = re.compile(
    r"[\W_]{0,5}(?:(?:anzeige|werbung|advertisement|advertising|sponsored|publicidad|publicité|publicidade|reklama?|"
    r"annonce|annons|pubblicità|advertentie|реклама|広告|广告)\b"
    r"|(?:tags|schlagw[oö]rter?|themen|stichw[oö]rter?|etiquetas|keywords|topics|temas|mots-clés)\s{0,3}[:©|/])",
    re.IGNORECASE,
).match
# Lines that tell who took a picture.
_is_credit = re.compile(
    r"[\W_]{0,5}(?:(?:bild|foto|photo|image|picture|video)s?(?:\s?(?:credit|courtesy|by|von|nachweis|quelle)s?)?|"
    r"bildquelle|quelle|sources?|fuente|fonte|credits?|crédits?)\s{0,3}[:©|/]",
    re.IGNORECASE,
).match
# Headings and lines that other articles, newsletters, comments or sharing follow.
_OUTLOOKS = (
    # English
    r"related(?: (?:articles?|stories|posts?|content|news|topics?|links|coverage|reading))?",
    r"(?:read|see) (?:more|next|also)",
    r"more (?:stories|news|articles|posts|like this|from|on this|in this)\b.*",
    r"most (?:read|popular|viewed|shared|recent)\b.*",
    r"(?:you )?(?:may|might) (?:also )?(?:like|enjoy|be interested in)\b.*",
    r"recommended(?: for you| stories| reading)?",
    r"trending(?: now)?",
    r"popular (?:posts|articles|stories)",
    r"(?:latest|recent) (?:news|stories|posts|articles|comments)",
    r"share (?:on|via)\b.*",
    r"share (?:this|it)(?:(?: \w+)? (?:on|via|by|with)\b.*"
    r"| (?:article|story|post|page|blog|content|entry|recipe|video|news|item|product|event|job|link|episode)\b.*)?",
    r"follow us\b.*",
    r"sign up\b.*",
    r"subscribe(?: (?:now|today|here|below|free|via|by)\b.*"
    r"| (?:to|for) (?:our|us|my|receive|get|updates?|news|e-?mails?|free|daily|weekly|the latest"
    r"|th(?:e|is) (?:\w+ ){0,3}(?:news|newsletter|list|blog|site|podcast|channel|magazine|show))\b.*)?",
    r".{0,20}newsletter",
    r"comments?",
    r"join the (?:discussion|conversation)\b.*",
    r"(?:leave|post|write|add) a (?:reply|comment)",
    r"about the authors?",
    r"filed under\b.*",
    # German
    r"das könnte (?:dich|sie|ihnen|euch) auch\b.*",
    r"auch interessant",
    r"(?:lesen sie|lest|lese|lies) (?:auch|mehr|hier|dazu)\b.*",
    r"mehr (?:zum thema|artikel|nachrichten|dazu|aus|von)\b.*",
    r"weitere (?:artikel|nachrichten|beiträge|themen|meldungen|news|infos|informationen)\b.*",
    r"(?:ähnliche|verwandte|passende) (?:artikel|beiträge|themen)",
    r"passend dazu",
    r"(?:artikel |beitrag )?teilen(?: mit)?",
    r"kommentare?",
    r"(?:schreiben? (?:sie )?)?(?:(?:einen|deinen) )?kommentar(?: (?:schreiben|verfassen|abgeben|hinterlassen))?",
    r"neueste (?:beiträge|artikel|nachrichten)",
    r"meistgelesen\b.*",
    r"(?:empfohlen|empfehlungen) für (?:dich|sie)",
    # French
    r"(?:à )?lire (?:aussi|également)\b.*",
    r"voir aussi",
    r"articles? (?:liés?|similaires?|connexes?|associés?|correspondants?)",
    r"sur le même (?:sujet|thème)",
    r"commentaires?",
    r"partager\b.*",
    # Spanish, Portuguese
    r"(?:también )?(?:te|le) puede interesar\b.*",
    r"(?:mirá|lee|lea|leé|ver|leia|veja) (?:también|também|mais)\b.*",
    r"(?:noticias|artículos|temas|notas|notícias) relacionad[oa]s",
    r"(?:lo )?más (?:leído|leídas|noticias)\b.*",
    r"(?:comentarios?|comentários)",
    r"(?:compartir|compartilhe)\b.*",
    # Italian, Dutch
    r"leggi anche\b.*",
    r"potrebbe(?:ro)? interessarti\b.*",
    r"articoli correlati",
    r"commenti",
    r"condividi\b.*",
    r"lees ook\b.*",
    r"meer over\b.*",
    r"gerelateerde?\b.*",
    r"reacties",
)
_is_outlook = re.compile(rf"[\W\d_]{{0,8}}(?:{'|'.join(_OUTLOOKS)})[\W\d_]{{0,8}}", re.IGNORECASE).fullmatch
_MAX_LABEL = 200
_MAX_OUTLOOK = 80


def is_label(text: str) -> bool:
    """Whether a line is an advertisement's or a list of tags."""
    return len(text) < _MAX_LABEL and _is_label(text) is not None


def is_credit(text: str) -> bool:
    """Whether a line is a picture credit."""
    return len(text) < _MAX_LABEL and _is_credit(text) is not None


def is_outlook(text: str) -> bool:
    """Whether a line, a heading mostly, leads from the content to other things."""
    return len(text) < _MAX_OUTLOOK and _is_outlook(text) is not None


NONE, MAYBE, SURE = range(3)


@lru_cache(maxsize=16384)
def sign_of(names: str, content: frozenset[str] = frozenset()) -> int:
    """How surely an element with these class names and id is clutter, where the words ``content`` are no sign of it."""
    words = _words_of(names) - content
    if not words.isdisjoint(_CLUTTER) or _for_screen_readers(names):
        return SURE
    if not words.isdisjoint(_MAYBE_CLUTTER) and words.isdisjoint(_CONTENT):
        return MAYBE
    return NONE


def clutter_words(names: str, sign: int) -> set[str]:
    """The words in class names and id that are such a sign of clutter."""
    if sign == NONE:
        return set()
    return _words_of(names) & (_CLUTTER if sign == SURE else _MAYBE_CLUTTER)


def _words_of(names: str) -> set[str]:
    return {word.lower() for word in _words(names)}
