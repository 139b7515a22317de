"""RegexExtractionStrategy: what each built-in pattern takes and leaves, the text it reads, and patterns of users."""

from __future__ import annotations

import json

import pytest
from parsel import Selector

from scrapy_c4.extractors import regex_guard
from scrapy_c4.extractors.document import Document
from scrapy_c4.extractors.regex import MAX_VALUES, RegexExtractionStrategy, page_text
from scrapy_c4.extractors.regex_guard import MAX_TEXT
from scrapy_c4.extractors.regex_patterns import BUILT_IN
from scrapy_c4.options import OptionError


def document(html: str, url: str = "https://example.com/page") -> Document:
    return Document(Selector(text=html, type="html").root, url)


def values(name: str, text: str) -> list[str]:
    item = RegexExtractionStrategy(name).run(document("<p>x"), content=text)
    assert item.errors == []
    for result in item.data:
        assert result["url"] == "https://example.com/page"
        assert text[slice(*result["span"])] == result["value"]
    return [result["value"] for result in item.data]


TAKEN = [
    ("Email", "Write to jane.doe+news@mail.example.co.uk.", "jane.doe+news@mail.example.co.uk"),
    ("Email", "mailto:o'brien@example.com?subject=x", "o'brien@example.com"),
    ("Email", "'quoted@example.com', (x_1@example.museum)", "quoted@example.com", "x_1@example.museum"),
    ("Email", "邮箱foo@example.com。", "foo@example.com"),
    ("PhoneIntl", "Call +44 20 7946 0958 or +49 (0)30 901820.", "+44 20 7946 0958", "+49 (0)30 901820"),
    ("PhoneIntl", "(+1 555-123-4567)", "+1 555-123-4567"),
    ("PhoneIntl", "tel:+4930901820", "+4930901820"),
    ("PhoneUS", "(555) 123-4567, 555-123-4567; 555.123.4567", "(555) 123-4567", "555-123-4567", "555.123.4567"),
    ("PhoneUS", "+1 (212) 555-0100", "+1 (212) 555-0100"),
    ("PhoneUS", "tel:2125550100", "2125550100"),
    ("Url", "See https://example.com/a?b=c&d=e#f.", "https://example.com/a?b=c&d=e#f"),
    ("Url", "(see https://example.com/a), or <https://example.com/b>!", "https://example.com/a", "https://example.com/b"),
    ("Url", "https://en.wikipedia.org/wiki/Scrapy_(software)", "https://en.wikipedia.org/wiki/Scrapy_(software)"),
    ("Url", "'https://a.example/x','https://b.example/y'", "https://a.example/x", "https://b.example/y"),
    ("Url", "请看https://example.com/a。谢谢", "https://example.com/a"),
    ("Url", "[text](https://example.com/a_(b))", "https://example.com/a_(b)"),
    ("Url", "HTTP://LOCALHOST:8000/ http://[::1]/x", "HTTP://LOCALHOST:8000/", "http://[::1]/x"),
    ("IPv4", "from 192.168.0.1, 8.8.8.8.", "192.168.0.1", "8.8.8.8"),
    ("IPv6", "2001:db8::1, ::1 and fe80::1ff:fe23:4567:890a: ok", "2001:db8::1", "::1", "fe80::1ff:fe23:4567:890a"),
    ("IPv6", "::ffff:192.0.2.1", "::ffff:192.0.2.1"),
    ("Uuid", "id 123E4567-e89b-12d3-a456-426614174000.", "123E4567-e89b-12d3-a456-426614174000"),
    ("Currency", "Now $1,299.00 (was $ 1,499)", "$1,299.00", "$ 1,499"),
    ("Currency", "1.299,00 € statt 12 345,67 €", "1.299,00 €", "12 345,67 €"),
    ("Currency", "€9,99 £5 ¥1000 ₹12,34,567", "€9,99", "£5", "¥1000", "₹12,34,567"),
    ("Currency", "USD 20 or 20 EUR, 99 kr", "USD 20", "20 EUR", "99 kr"),
    ("Currency", "a $1.5 million deal, €3bn", "$1.5 million", "€3bn"),
    ("Currency", "£3.5m, €2m. $4mn €5 mln €1 Mrd.", "£3.5m", "€2m", "$4mn", "€5 mln", "€1 Mrd"),
    ("Currency", "₹5 crore ₹2 lakh ₹1.2 lakh crore ₹3 Crores", "₹5 crore", "₹2 lakh", "₹1.2 lakh crore", "₹3 Crores"),
    ("Currency", "€20 m wide, £3may, €5m², $3 credit", "€20", "£3", "€5", "$3"),
    ("Currency", "R$ 1.234,56 and US$5", "R$ 1.234,56", "US$5"),
    ("Currency", "in 2024 100 €", "100 €"),
    ("Currency", "0.00012345 BTC ₿0.00012345", "₿0.00012345"),
    ("Percentage", "up 12.5%, -3 % and 10–20%", "12.5%", "-3 %", "20%"),
    ("Number", "12 items, 1,299.00 or 1.299,00, -5 and 2.5e10", "12", "1,299.00", "1.299,00", "-5", "2.5e10"),
    ("DateIso", "2024-02-29 and 2024-12-31T23:59:59Z", "2024-02-29", "2024-12-31"),
    ("DateUS", "12/31/2024, 1/2/24", "12/31/2024", "1/2/24"),
    ("Time24h", "at 09:30 and 23:59:59, 2024-01-01T10:20Z", "09:30", "23:59:59", "10:20"),
    ("PostalUS", "Beverly Hills, CA 90210; ZIP: 10001-1234", "90210", "10001-1234"),
    ("PostalUS", "Springfield, Illinois 62704", "62704"),
    ("PostalUK", "10 Downing Street, London SW1A 2AA, M1 1AE", "SW1A 2AA", "M1 1AE"),
    ("HexColor", "#fff, #1A2b3C and #11223344", "#fff", "#1A2b3C", "#11223344"),
    ("TwitterHandle", "by @scrapy_project, (@x1).", "@scrapy_project", "@x1"),
    ("Hashtag", "#scrapy #Münster #2024goals #日本語.", "#scrapy", "#Münster", "#2024goals", "#日本語"),
    ("MacAddr", "00:1A:2b:3c:4d:5e 00-1a-2b-3c-4d-5e 001a.2b3c.4d5e", "00:1A:2b:3c:4d:5e", "00-1a-2b-3c-4d-5e",
     "001a.2b3c.4d5e"),
    ("Iban", "IBAN DE89 3704 0044 0532 0130 00 BIC", "DE89 3704 0044 0532 0130 00"),
    ("Iban", "GB82WEST12345698765432, NO9386011117947.", "GB82WEST12345698765432", "NO9386011117947"),
    ("CreditCard", "4111 1111 1111 1111 12/26, 378282246310005", "4111 1111 1111 1111", "378282246310005"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "wanted"), [(name, text, wanted) for name, text, *wanted in TAKEN])
def test_taken(name: str, text: str, wanted: list[str]) -> None:
    assert values(name, text) == wanted


LEFT = [
    ("Email", "logo@2x.png, foo@bar, a..b@example.com, a@-b.com, @user, user@"),
    ("PhoneIntl", "2024-01-02, 192.168.100.200, 1234567890, C++ 2011, +12 people"),
    ("PhoneUS", "2024-01-02, 1234567890, 123-456-7890-1, 055-123-4567, 1.555.123.45"),
    ("Url", "http:// https://... www example mailto:a@b.de"),
    ("IPv4", "256.1.1.1, 1.2.3, 1.2.3.4.5, v1.2.3.4, 01.02.03.04"),
    ("IPv6", "12:30:45, std::vector, a::before, ::, 00:1a:2b:3c:4d:5e, a:b"),
    ("Uuid", "123e4567-e89b-12d3-a456-4266141740001, 123e4567e89b12d3a456426614174000"),
    ("Currency", "$ and $x, 100, 5 % of €, USDA 100, COP26"),
    ("Percentage", "/a%20b, 5%20, 100%x, v5"),
    ("Number", "2024-01-02, 555-123-4567, 12:30, 1.2.3, a1, 1a, 10-20, 1/2"),
    ("DateIso", "2023-02-29, 2024-13-01, 12024-01-01, 2024-01-011, 2024-1-1"),
    ("DateUS", "13/01/2024, 02/30/2024, 1/2/3, 1/2/2024/5"),
    ("Time24h", "24:00, 12:60, 10:30 pm, 10:30:15am, 3:16, 00:1a:2b, 16:9, :10:20"),
    ("PostalUS", "90210, $12345, order 12345, 123456-1234, CA 902101, +49 731 88005-8205"),
    ("PostalUK", "AAA 1AA, QQ1 1AA, B12 3C, sw1a"),
    ("HexColor", "#123, #1234, #12, #ggg, page#fff, &#fff;, #12345, #fffff"),
    ("TwitterHandle", "a@example.com, @angular/core, @user@mastodon.social, /@medium, @123, @example.com"),
    ("Hashtag", "#1 #fff #1a2b3c C# a#b &#39; ## /#top href=\"#top\" #"),
    ("MacAddr", "00:1a:2b:3c:4d, 00:1a:2b:3c:4d:5e:6f, 00:1a-2b:3c-4d:5e"),
    ("Iban", "DE89 3704 0044 0532 0130 01, XX00 1234 5678 9012 3456, DE89"),
    ("CreditCard", "4111 1111 1111 1112, 1234567812345670, 978-3-16-148410-0, 0000000000000000"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text"), LEFT)
def test_left(name: str, text: str) -> None:
    assert values(name, text) == []


def test_every_pattern_has_cases() -> None:
    assert {name for name, *_ in TAKEN} == {name for name, _ in LEFT} == set(BUILT_IN)


@pytest.mark.parametrize(
    "unit", ["a", "1", "a.", "1.", "a@", "a-", "'a", "+1 ", "1 ", "1,", "::", "http://", "$1", "#"]
)
def test_hostile_text_is_read_in_one_pass(unit: str) -> None:
    # Quadratic time on these lengths would take minutes.
    text = unit * (200_000 // len(unit))
    item = RegexExtractionStrategy().run(document("<p>x"), content=text)
    assert item.page_url == "https://example.com/page"


def test_text_has_a_line_per_block_and_the_targets_of_links() -> None:
    html = """<p>Call <b>555</b></p><p>123-4567</p><table><tr><td>1<td>2</table><script>9</script>
    <a href=" MAILTO:jane%40example.com?subject=hi">mail <i>us</i></a> <a href=tel:+1-212-555-0100>call</a>"""
    text = "Call 555\n123-4567\n1\n2\nmail us call\nMAILTO:jane@example.com\ntel:+1-212-555-0100"
    assert page_text([document(html).root]) == text
    item = RegexExtractionStrategy(["Email", "PhoneUS"]).run(document(html))
    assert [(r["label"], r["value"]) for r in item.data] == [
        ("email", "jane@example.com"),
        ("phone_us", "+1-212-555-0100"),
    ]


def test_the_same_value_is_one_result() -> None:
    found = RegexExtractionStrategy("Email").extract("https://a.example/", "<p>a@b.de<p>c@d.de<p>a@b.de")
    assert found == [
        {"url": "https://a.example/", "label": "email", "value": "a@b.de", "span": [0, 6], "count": 2},
        {"url": "https://a.example/", "label": "email", "value": "c@d.de", "span": [7, 13], "count": 1},
    ]


def test_only_the_roots_are_read() -> None:
    page = document("<main>a@b.de</main><aside>c@d.de</aside><footer>e@f.de</footer>")
    roots = [page.root.find(".//main"), page.root.find(".//footer")]
    assert [r["value"] for r in RegexExtractionStrategy("Email").run(page, roots).data] == ["a@b.de", "e@f.de"]


@pytest.mark.parametrize(
    "pattern",
    [
        RegexExtractionStrategy.Email | RegexExtractionStrategy.Url,
        ["Email", "Url"],
        ("email", "url"),
        ["URL", "e-mail"],
    ],
)
def test_ways_to_name_patterns(pattern) -> None:
    strategy = RegexExtractionStrategy(pattern)
    found = strategy.extract("https://a.example/", "<p>a@b.de 12 https://c.example/")
    assert [r["label"] for r in found] == ["email", "url"]
    assert strategy.config == {"strategy": "regex", "pattern": ["Email", "Url"], "input_format": "text"}
    assert RegexExtractionStrategy("All").config == RegexExtractionStrategy(RegexExtractionStrategy.All).config
    assert RegexExtractionStrategy().config["pattern"] == list(BUILT_IN)
    assert json.loads(json.dumps(strategy.config)) == strategy.config


def test_custom_patterns() -> None:
    strategy = RegexExtractionStrategy(custom={"sku": r"^sku-(\d+)$", "empty": "x*"})
    found = strategy.extract("https://a.example/", "<p>SKU-12<p>no SKU-13")
    assert [(r["label"], r["value"]) for r in found] == [("sku", "SKU-12")]
    both = RegexExtractionStrategy(RegexExtractionStrategy.Number, custom={"word": "[a-z]+"})
    assert [r["label"] for r in both.extract("https://a.example/", "<p>ab 1")] == ["number", "word"]


def test_a_pattern_that_backtracks_for_ever_is_stopped_and_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regex_guard, "PAGE_SECONDS", 0.3)
    strategy = RegexExtractionStrategy("Number", custom={"slow": "^(a|aa)+$", "word": "b+"})
    item = strategy.run(document(f"<p>1<p>{'a' * 100}b"))
    assert [(r["label"], r["value"]) for r in item.data] == [("number", "1"), ("word", "b")]
    assert [(e["type"], e["field"]) for e in item.errors] == [("timeout", "slow")]


@pytest.mark.parametrize(
    "bomb", ["a{1000000000}", "((a{1000}){1000}){1000}", "(){1000000000}", r"(?:\b){999999999,}", "[a(]{100001}"]
)
def test_patterns_that_would_take_all_memory_are_refused(bomb: str) -> None:
    with pytest.raises(OptionError, match="fewer repeats"):
        RegexExtractionStrategy(custom={"bomb": bomb})


@pytest.mark.parametrize("pattern", [r"(a{100}){1000}", r"\{\(\){5}", "[]{(]{3}", "a{0,1000000000}b{,5}"])
def test_patterns_with_repeats(pattern: str) -> None:
    assert RegexExtractionStrategy(custom={"fine": pattern}).extract("https://a.example/", "<p>no") == []


def test_formats() -> None:
    html = '<p title="a@b.de">c@d.de'
    assert [
        r["value"] for r in RegexExtractionStrategy("Email", input_format="html").extract("https://a.example/", html)
    ] == [
        "a@b.de",
        "c@d.de",
    ]
    markdown = RegexExtractionStrategy("Email", input_format="markdown")
    assert [r["value"] for r in markdown.run(document(html), content="e@f.de").data] == ["e@f.de"]
    missing = markdown.run(document(html))
    assert (missing.data, [e["type"] for e in missing.errors]) == ([], ["input_format"])


def test_what_exceeds_the_limits_is_recorded() -> None:
    item = RegexExtractionStrategy("Email").run(document("<p>x"), content="a@b.de " + " " * MAX_TEXT + "c@d.de")
    assert [r["value"] for r in item.data] == ["a@b.de"]
    assert [e["type"] for e in item.errors] == ["limit"]
    many = RegexExtractionStrategy("Number").run(document("<p>x"), content=" ".join(map(str, range(MAX_VALUES + 9))))
    assert len(many.data) == MAX_VALUES
    assert [(e["type"], e["field"]) for e in many.errors] == [("limit", "number")]


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        ({"pattern": "Emial"}, ["'Emial'", "did you mean Email"]),
        ({"pattern": ["Email", 5]}, ["pattern = 5", "Email, PhoneIntl"]),
        ({"pattern": []}, ["pattern = []"]),
        ({"pattern": 5}, ["pattern = 5"]),
        ({"custom": ["a"]}, ["custom = ['a']", "dict"]),
        ({"custom": {"a": "("}}, ["custom['a'] = '('", "regular expression"]),
        ({"custom": {"a": 5}}, ["custom['a'] = 5", "regular expression"]),
        ({"custom": {"a": "(?R)"}}, ["custom['a'] = '(?R)'", "regular expression"]),
        ({"custom": {"a": "(" * 5000}}, ["regular expression"]),
        ({"input_format": "markdwon"}, ["'markdwon'", "did you mean markdown"]),
    ],
)
def test_wrong_arguments(arguments: dict, parts: list[str]) -> None:
    with pytest.raises(OptionError) as error:
        RegexExtractionStrategy(**arguments)
    for part in parts:
        assert part in str(error.value)
