"""The built-in patterns of RegexExtractionStrategy: an expression that finds candidates, and a check of each.

Every expression reads a text in one pass: it starts only where a word, a number or a mark starts, and its
repetitions are bounded or cannot be matched in two ways.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["BUILT_IN", "BuiltIn"]

Span = tuple[int, int]


def _whole(match: re.Match[str]) -> Span | None:
    return match.span()


@dataclass(frozen=True)
class BuiltIn:
    pattern: re.Pattern[str]
    #: Gives the part of the text that is the value, or None where the match is no such value.
    check: Callable[[re.Match[str]], Span | None] = _whole


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        number = int(digit) * (1 + place % 2)
        total += number - 9 if number > 9 else number
    return total % 10 == 0


_CARD = re.compile(
    r"4\d{15}(?:\d{3})?|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}"
    r"|6(?:011|5\d\d|4[4-9]\d)\d{12,15}|3(?:0[0-5]|[68]\d)\d{11}|35(?:2[89]|[3-8]\d)\d{12}|62\d{14,17}"
)


def _credit_card(match: re.Match[str]) -> Span | None:
    # Other numbers may follow, such as the date of expiry: the longest card number wins.
    text = match[0]
    for end in range(len(text), 0, -1):
        if end == len(text) or not text[end].isdigit():
            digits = re.sub(r"[ -]", "", text[:end])
            if _CARD.fullmatch(digits) and _luhn(digits) and text[end - 1].isdigit():
                return match.start(), match.start() + end
    return None


_IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27, "BR": 29,
    "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28, "EE": 20, "EG": 29,
    "ES": 24, "FI": 18, "FK": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28,
    "HN": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20,
    "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19,
    "MN": 20, "MR": 27, "MT": 31, "MU": 30, "NI": 28, "NL": 18, "NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29,
    "PT": 25, "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24, "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24,
    "SM": 27, "SO": 23, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
    "YE": 30,
}  # fmt: skip


def _iban(match: re.Match[str]) -> Span | None:
    # The candidate may run into the next word: the country says where it ends.
    length = _IBAN_LENGTHS.get(match[0][:2], 0)
    places = [place for place, char in enumerate(match[0], 1) if char != " "]
    if not 0 < length <= len(places):
        return None
    end = places[length - 1]
    value = match[0][:end].replace(" ", "")
    remainder = int("".join(str(int(char, 36)) for char in value[4:] + value[:4])) % 97
    following = match.string[match.start() + end : match.start() + end + 1]
    return (match.start(), match.start() + end) if remainder == 1 and not following.isalnum() else None


def _ipv6(match: re.Match[str]) -> Span | None:
    text = match[0]
    if text.endswith(":") and not text.endswith("::"):
        text = text[:-1]
    if not any(char.isdigit() for char in text):
        return None  # "::" and "a::b" are rather programming languages than addresses
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return None
    return match.start(), match.start() + len(text)


_CLOSING = {")": "(", "]": "[", "}": "{"}


def _url(match: re.Match[str]) -> Span | None:
    """A URL without the punctuation of the sentence around it; brackets that it opened itself stay."""
    text = match[0]
    end = len(text)
    surplus = {close: text.count(close) - text.count(opening) for close, opening in _CLOSING.items()}
    while end:
        last = text[end - 1]
        if surplus.get(last, 0) > 0:
            surplus[last] -= 1
        elif last not in ".,;:!?'\"*_~…":
            break
        end -= 1
    host = text[:end].partition("://")[2]
    return (match.start(), match.start() + end) if host[:1].isalnum() or host.startswith("[") else None


def _day(year: str, month: str, day: str) -> bool:
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True


def _date_iso(match: re.Match[str]) -> Span | None:
    return match.span() if _day(*match[0].split("-")) else None


def _date_us(match: re.Match[str]) -> Span | None:
    month, day, year = match[0].split("/")
    return match.span() if _day(year if len(year) == 4 else f"20{year}", month, day) else None


def _phone_intl(match: re.Match[str]) -> Span | None:
    balanced = match[0].count("(") == match[0].count(")")
    return match.span() if balanced else None


def _is_color(digits: str) -> bool:
    """Whether hexadecimal digits are rather a colour than the number of an issue (#123)."""
    return len(digits) in (6, 8) or not digits.isdigit() or len(set(digits)) == 1


def _hex_color(match: re.Match[str]) -> Span | None:
    return match.span() if _is_color(match[0][1:]) else None


def _hashtag(match: re.Match[str]) -> Span | None:
    tag = match[0][1:]
    # "#fff" and "#1a2b3c" are colours, "#cafe" may be both.
    color = re.fullmatch(r"(?:[0-9a-fA-F]{3,4}){1,2}", tag) and (len(set(tag)) == 1 or not tag.isalpha())
    return None if color else match.span()


_UK_AREAS = frozenset(
    "AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX FK FY G"
    " GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP NR NW"
    " OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC"
    " WD WF WN WR WS WV YO ZE".split()
)


def _postal_uk(match: re.Match[str]) -> Span | None:
    return match.span() if match["area"] in _UK_AREAS else None


def _email(match: re.Match[str]) -> Span | None:
    local = match[0].partition("@")[0]
    return None if ".." in local or local.endswith(".") else match.span()


_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"


def _amount(group: str) -> str:
    """1,299.00  1.299,00  1'299.00  12,34,567.00 (India)  1299.00"""
    return (
        rf"(?:\d{{1,3}}(?P<{group}>[,.'’\u00a0\u202f])\d{{3}}(?:(?P={group})\d{{3}}){{0,5}}(?:[.,]\d{{1,2}})?"
        r"|\d{1,2}(?:,\d\d){1,5},\d{3}(?:\.\d{1,2})?|\d{1,15}(?:[.,]\d{1,8})?)"
    )


_SYMBOL = r"(?:US|CA|C|AU|A|NZ|HK|S|R|MX|NT)?\$|[€£¥₹₽₩₪₫₴₦₱฿₺₿₡₲₵₸₼₾]"
_CODE = (
    "USD|EUR|GBP|JPY|CNY|INR|CHF|CAD|AUD|NZD|SEK|NOK|DKK|ISK|PLN|CZK|HUF|RON|BGN|RUB|UAH|TRY|BRL|MXN|ARS|CLP|COP|ZAR"
    "|KRW|SGD|HKD|TWD|THB|IDR|MYR|PHP|VND|ILS|AED|SAR|EGP|NGN|KES|PKR|BDT"
)
# A small m behind a space may be metres.
_MAGNITUDE = (
    r"(?:(?:[ \u00a0]?(?:[Tt]housand|[Mm]illion|[Bb]illion|[Tt]rillion|[Ll]akh [Cc]rores?|[Ll]akhs?|[Cc]rores?"
    r"|[Mm]io|[Mm]ln|[Mm]rd|mn|bn|tn|[kKMB])|m)(?!\w))?"
)
_STATES = (
    "A[KLRZ]|C[AOT]|D[CE]|FL|G[AU]|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|P[AR]|RI|S[CD]|T[NX]|UT|V[AIT]"
    "|W[AIVY]|Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|Idaho"
    "|Illinois|Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi"
    "|Missouri|Montana|Nebraska|Nevada|Hampshire|Jersey|Mexico|York|Carolina|Dakota|Ohio|Oklahoma|Oregon|Pennsylvania"
    "|Island|Tennessee|Texas|Utah|Vermont|Virginia|Washington|Wisconsin|Wyoming|Columbia"
)


def _built_in(pattern: str, check: Callable[[re.Match[str]], Span | None] = _whole, flags: int = 0) -> BuiltIn:
    return BuiltIn(re.compile(pattern, flags), check)


#: By the names that Crawl4AI gives them.
BUILT_IN: dict[str, BuiltIn] = {
    "Email": _built_in(
        r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9_][A-Za-z0-9._%+'-]{0,63}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}"
        # "logo@2x.png" is a file
        r"(?!(?:png|jpe?g|gif|webp|avif|svg|ico|css|js|mjs|json|html?|php|pdf|webm|woff|ttf|map)(?![A-Za-z]))"
        r"(?:xn--[A-Za-z0-9-]{1,59}|[A-Za-z]{2,24})(?![A-Za-z0-9_@-])",
        _email,
    ),
    "PhoneIntl": _built_in(
        r"(?<![\w+])(?:\(\+[1-9]\d{0,2}\)|\+[1-9])(?:(?:[ \u00a0./-]|[ \u00a0-]?\(|\)[ \u00a0-]?)?\d){6,14}"
        r"(?![\d@]|[.-]\d)",
        _phone_intl,
    ),
    "PhoneUS": _built_in(
        r"(?<![\w+.-])(?<!\d[ \u00a0])(?:\+?1[ \u00a0.-]?)?(?:\([2-9]\d\d\)[ \u00a0.-]?|[2-9]\d\d[ \u00a0.-])"
        r"\d{3}[ \u00a0.-]\d{4}(?![\w-]|\.\d)|(?<=tel:)(?:\+?1)?[2-9]\d{9}(?!\w)"
    ),
    "Url": _built_in(
        r"(?<![A-Za-z0-9])(?:https?|ftp)://"
        r"(?:[^\s<>\"'`{}|\\^\u00ab\u00bb\u2018-\u201f\u3000-\u303f\uff00-\uff0f\uff1a-\uff1f]|'(?=[\w/]))+",
        _url,
        re.IGNORECASE,
    ),
    "IPv4": _built_in(rf"(?<![\w.-])(?:{_OCTET}\.){{3}}{_OCTET}(?![\w-]|\.\w)"),
    "IPv6": _built_in(
        r"(?<![\w:.])(?=[0-9a-f]{0,4}:[0-9a-f]{0,4}:)[0-9a-f:]{2,40}"
        rf"(?:(?<=:){_OCTET}(?:\.{_OCTET}){{3}})?(?![\w:]|\.\w)",
        _ipv6,
        re.IGNORECASE,
    ),
    "Uuid": _built_in(r"(?<![\w-])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![\w-])", flags=re.IGNORECASE),
    "Currency": _built_in(
        # A code needs a space: COP26 is a conference.
        rf"(?<![\w$])(?:(?:(?:{_SYMBOL})[ \u00a0\u202f]?|(?:{_CODE})[ \u00a0\u202f]){_amount('before')}"
        rf"(?![\d%]|[.,]\d){_MAGNITUDE}"
        rf"|(?<![.,])(?:{_amount('after')}|\d{{1,3}}(?: \d{{3}}){{1,5}}(?:[.,]\d{{1,2}})?)"
        rf"[ \u00a0\u202f]?(?:[€£¥₹₽₩₪₫₴₦₱฿₺₿¢]|(?:{_CODE}|kr|zł|Kč|Ft|lei|руб)(?!\w)))"
    ),
    "Percentage": _built_in(
        r"(?<![\w.,])[+\-−]?(?:\d{1,3}(?:,\d{3}){1,5}|\d{1,15})(?:[.,]\d{1,10})?[ \u00a0\u202f]?%(?!\w)"
    ),
    "Number": _built_in(
        r"(?<![\w.,:/#+\-−])[+\-−]?"
        r"(?:\d{1,3}(?:,\d{3}){1,6}(?:\.\d{1,20})?|\d{1,3}(?:\.\d{3}){2,6}(?:,\d{1,20})?|\d{1,3}\.\d{3},\d{1,20}"
        r"|\d{1,30}(?:[.,]\d{1,20})?)(?:e[+\-]?\d{1,3})?(?!\w|[.,:/\-−–]\d)",
        flags=re.IGNORECASE,
    ),
    "DateIso": _built_in(r"(?<![\w-])\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?![\d-])", _date_iso),
    "DateUS": _built_in(r"(?<![\w/])(?:0?[1-9]|1[0-2])/(?:0?[1-9]|[12]\d|3[01])/(?:\d{4}|\d{2})(?![\w/])", _date_us),
    "Time24h": _built_in(
        r"(?<![\w:.])(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?![\w:]|[ \u00a0]?[ap]\.?m(?!\w))|"
        r"(?<=\d[Tt])(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?![\d:])",
        flags=re.IGNORECASE,
    ),
    "PostalUS": _built_in(
        # Five digits alone are any number: the state or the word stands before a code.
        rf"(?<!\w)(?:(?:{_STATES}),?|(?:[Zz]ip|ZIP|[Pp]ostal)(?:[ -]?[Cc](?:ode|ODE))?:?)[ \u00a0]{{1,2}}"
        r"(?P<value>\d{5}(?:-\d{4})?)(?![\w-])|(?<![\w-])(?<!\d )(?P<plus4>\d{5}-\d{4})(?![\w-])",
        lambda match: match.span(match.lastgroup or 0),
    ),
    "PostalUK": _built_in(
        r"(?<![\w-])(?P<area>[A-Z]{1,2})(?:\d\d|\d[A-HJKMNPR-Y]?) ?\d[ABD-HJLNP-UW-Z]{2}(?![\w-])", _postal_uk
    ),
    "HexColor": _built_in(
        r"(?<![\w&#/])#(?:[0-9a-f]{8}|[0-9a-f]{6}|[0-9a-f]{3,4})(?![\w-])", _hex_color, re.IGNORECASE
    ),
    "TwitterHandle": _built_in(r"(?<![\w@./+%-])@(?=\d{0,14}[A-Za-z_])[A-Za-z0-9_]{1,15}(?![\w@]|[./-]\w)"),
    "Hashtag": _built_in(r"(?<![\w&#/=])(?<!=[\"'])#(?=[\d_]{0,99}[^\W\d_])\w{1,100}(?![\w#])", _hashtag),
    "MacAddr": _built_in(
        r"(?<![\w:.-])(?:[0-9a-f]{2}(?:(?::[0-9a-f]{2}){5}|(?:-[0-9a-f]{2}){5})(?![\w:-])"
        r"|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}(?!\w|\.\w))",
        flags=re.IGNORECASE,
    ),
    "Iban": _built_in(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,29}", _iban),
    "CreditCard": _built_in(r"(?<![\w-])(?<!\d )\d(?:[ -]?\d){12,18}(?!\w)", _credit_card),
}
