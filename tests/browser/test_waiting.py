# ruff: noqa: E501
"""Waiting for pages, running scripts in them, and reading them, in real Chromium."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from typing import Any

import pytest
from parsel import Selector

from scrapy_c4.browser import Plan
from scrapy_c4.options import Options
from tests.browser.conftest import Browser
from tests.browser.test_capturing import png
from tests.site import Answer, Site

pytestmark = pytest.mark.browser

LATE = "<p id=p>early</p><script>setTimeout(() => { p.textContent = 'late'; p.className = 'done' }, 300)</script>"


@pytest.mark.parametrize(
    "condition",
    [
        "css:.done",
        "css: p.done, p.never",
        "js:() => document.querySelector('.done')",
        "js:document.querySelector('.done').textContent === 'late'",
        "js:async () => p.className",
        "js:window.p && p.matches('.done')",
        # No JSON at first: what raises a SyntaxError may still come true.
        "js:() => JSON.parse(p.textContent === 'late' ? '1' : p.textContent)",
        "js:JSON.parse(p.textContent === 'late' ? '1' : p.textContent)",
    ],
)
def test_wait_for(browser: Browser, web: Site, condition: str) -> None:
    # A policy against eval is nothing that waiting depends on.
    policy = {"Content-Security-Policy": "script-src 'unsafe-inline'; require-trusted-types-for 'script'"}
    web.pages["/late"] = Answer(LATE, headers=policy)
    visited = browser.visit(web.url + "/late", wait_for=condition)
    assert visited.capture.errors == []
    assert '<p id="p" class="done">late</p>' in visited.html


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("css:.never", "css:.never matched nothing within"),
        ("js:() => false", "js:() => false was not true within"),
        ("js:nothing.at.all", "ReferenceError: nothing is not defined"),
        ("js:await for it", "SyntaxError"),
        ("css:a:not([", "not(["),
    ],
)
def test_a_wait_that_fails_keeps_the_page(browser: Browser, web: Site, condition: str, message: str) -> None:
    web.pages["/late"] = LATE
    started = time.monotonic()
    visited = browser.visit(
        web.url + "/late", wait_for=condition, wait_for_timeout=500, js_code="document.title = 'on'"
    )
    assert time.monotonic() - started < 15
    assert message in visited.errors["wait_for"]
    assert list(visited.errors) == ["wait_for"]
    assert "<title>on</title>" in visited.html


def test_a_wait_that_is_required_fails_the_page(browser: Browser, web: Site) -> None:
    web.pages["/late"] = LATE
    visited = browser.visit(web.url + "/late", wait_for="css:.never", wait_for_timeout=300, wait_for_required=True)
    assert visited.reading.html is None
    assert visited.reading.failure is not None
    assert visited.reading.failure["action"] == "wait_for"
    assert visited.reading.failure["type"] == "Timeout"


@pytest.mark.parametrize(
    ("code", "title", "error"),
    [
        ("document.title = 'a'", "a", None),
        ("() => { document.title = 'a' }", "a", None),
        (["document.title = 'a'", "document.title += 'b'"], "ab", None),
        ("await new Promise(done => setTimeout(done, 50)); document.title = 'a'; return window", "a", None),
        ("const n = 1; document.title = 'a' + n; window", "a1", None),
        ("(async () => { await null; document.title = 'a' })()", "a", None),
        (["document.title = 'a'", "oops()", "document.title = 'c'"], "a", "script 2 of 3: "),
        ("throw new Error('broken')", "t", "broken"),
        ("((", "t", "SyntaxError"),
        # Errors that come when a script runs are not taken for a script that cannot run.
        ("document.title += 'a'; document.querySelector('a[')", "ta", "SyntaxError"),
        ("document.title += 'a'; JSON.parse('{')", "ta", "SyntaxError"),
        ("function () { document.title += 'a'; JSON.parse('{') }", "ta", "SyntaxError"),
        ("async () => { document.title += 'a'; JSON.parse('{') }", "ta", "SyntaxError"),
        ("document.title += 'a'; await null; JSON.parse('{')", "ta", "SyntaxError"),
    ],
)
def test_scripts(browser: Browser, web: Site, code: Any, title: str, error: str | None) -> None:
    web.pages["/script"] = "<title>t</title><p>x</p>"
    visited = browser.visit(web.url + "/script", js_code=code)
    assert Selector(visited.html).css("title::text").get() == title
    assert (error is None) == (visited.capture.errors == [])
    assert error is None or error in visited.errors["js_code"]


def test_the_order_of_actions(browser: Browser, web: Site) -> None:
    web.pages["/order"] = "<title></title><script>window.log = x => document.title += x + '-'</script>"
    visited = browser.visit(
        web.url + "/order",
        js_code_before_wait="log('before'); setTimeout(() => { log('waited'); window.ready = 1 }, 100)",
        wait_for="js:window.ready",
        js_code="log('code'); setTimeout(() => log('delayed'), 100)",
        delay_before_return_html=0.3,
    )
    assert "<title>before-waited-code-delayed-</title>" in visited.html


def test_a_script_may_lead_to_another_page(browser: Browser, web: Site) -> None:
    def there(path: str) -> Answer:
        time.sleep(0.3)
        return Answer("<title>there</title><p>arrived</p>", 404)

    web.pages["/here"] = "<title>here</title><a href=/there>go</a>"
    web.pages["/there"] = there
    visited = browser.visit(web.url + "/here", js_code="document.querySelector('a').click()")
    assert visited.capture.errors == []
    assert "arrived" in visited.html
    assert visited.capture.url == web.url + "/there"
    assert visited.capture.status == 404


def test_a_redirect_by_script_is_followed(browser: Browser, web: Site) -> None:
    web.pages["/jump"] = "<script>location.replace('/landing')</script><p>jump</p>"
    web.pages["/landing"] = "<p class=landed>landed</p>"
    visited = browser.visit(web.url + "/jump", wait_for="css:.landed")
    assert visited.capture.url == web.url + "/landing"
    assert "landed" in visited.html


def test_a_document_that_is_never_complete_is_kept(browser: Browser, web: Site) -> None:
    web.pages["/never.js"] = Answer(write=lambda handler: time.sleep(5))
    web.pages["/incomplete"] = "<title>t</title><p>what is there</p><script src=/never.js></script><p>rest</p>"
    visited = browser.visit(web.url + "/incomplete", page_timeout=5000)
    assert "what is there" in visited.html
    assert "not complete" in visited.errors["load"]


@pytest.mark.parametrize("when", ["at once", "again and again", "in js_code"])
def test_a_page_that_is_kept_busy_is_given_up_in_time(browser: Browser, web: Site, when: str) -> None:
    spin = "for (;;);"
    web.pages["/busy"] = (
        "<p>content</p>"
        + {
            "at once": f"<script>{spin}</script>",
            "again and again": f"<script>setInterval(() => {{ {spin} }}, 50)</script>",
            "in js_code": "",
        }[when]
    )
    started = time.monotonic()
    options = {"js_code": spin} if when == "in js_code" else {}
    visited = browser.visit(web.url + "/busy", page_timeout=3000, wait_for="css:p", screenshot=True, **options)
    assert time.monotonic() - started < 12
    if when == "again and again" and visited.reading.html is not None:
        return  # it was read between two turns
    assert visited.reading.html is None
    assert visited.reading.failure == visited.capture.errors[-1]
    assert visited.reading.failure["type"] == "PageUnresponsive"
    assert visited.capture.screenshot is None


def test_lazy_images_are_loaded_and_give_their_size(browser: Browser, web: Site) -> None:
    asked = []

    def image(path: str) -> Answer:
        asked.append(path)
        return Answer(png(), headers={"Content-Type": "image/png"})

    for name in ("lazy", "observed", "sized"):
        web.pages[f"/{name}.png"] = image
    web.pages["/images"] = """<img src=/broken.png><div style="height:6000px"></div>
<img id=a loading=lazy src=/lazy.png style="width:200px"><img id=b data-src=/observed.png alt=b><img id=c src=/sized.png width=9>
<script>new IntersectionObserver((entries, o) => { for (const e of entries) if (e.isIntersecting) { b.src = b.dataset.src; } }).observe(b)
</script>"""
    visited = browser.visit(web.url + "/images", wait_for_images=True)
    page = Selector(visited.html)
    assert visited.capture.errors == []
    assert set(asked) == {"/lazy.png", "/observed.png", "/sized.png"}
    sizes = {
        image.attrib["id"]: (image.attrib.get("width"), image.attrib.get("height")) for image in page.css("img[id]")
    }
    assert sizes == {"a": ("3", "5"), "b": ("3", "5"), "c": ("9", None)}


def test_an_image_that_never_arrives_is_reported(browser: Browser, web: Site) -> None:
    web.pages["/never.png"] = Answer(write=lambda handler: time.sleep(15))
    web.pages["/hanging"] = "<img src=/never.png><p>text</p>"
    visited = browser.visit(web.url + "/hanging", wait_for_images=True, page_timeout=12000, screenshot="viewport")
    assert visited.errors["wait_for_images"] == "1 of 1 images had not finished loading"
    assert visited.capture.screenshot is not None
    assert "text" in visited.html


def test_a_document_over_the_limit_is_refused(browser: Browser, web: Site) -> None:
    web.pages["/large"] = "<script>document.write('x'.repeat(300000))</script>"
    visited = browser.visit(web.url + "/large", max_size=100_000)
    assert visited.reading.html is None
    assert visited.reading.failure is not None
    assert visited.reading.failure["type"] == "TooLarge"
    assert browser.visit(web.url + "/large", max_size=400_000).html.count("x") >= 300_000


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<!DOCTYPE html><title>t</title>", "<!DOCTYPE html><html>"),
        ('<!DOCTYPE html PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">',
         '<!DOCTYPE html PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd"><html>'),
        ("", "<html>"),
        # Pages that break what reading uses; surrogates that are no characters.
        ("<p>kept</p><script>Element.prototype.querySelectorAll = Document.prototype.querySelectorAll = 1;"
         "Document.prototype.createElement = null</script>", "<p>kept</p>"),
        ("<p id=p></p><script>p.textContent = 'kept \\ud800 text'</script>", "kept \ufffd text"),
    ],
)  # fmt: skip
def test_reading(browser: Browser, web: Site, page: str, expected: str) -> None:
    web.pages["/read"] = page
    html = browser.visit(web.url + "/read").html
    assert expected in html
    html.encode()


def test_a_plan_is_plain_data() -> None:
    options = Options.of(
        {
            "js_code": ["a()", "b()"],
            "wait_for": "css:p",
            "wait_for_required": True,
            "virtual_scroll": {"container_selector": "#x"},
            "scan_full_page": True,
            "screenshot": "#x",
            "remove_overlay_elements": True,
        }
    )
    plan = Plan.from_options(options)
    assert json.loads(json.dumps(asdict(plan)))["required"] == ["wait_for"]
    assert [step.name for step in plan.steps] == [
        "wait_for", "remove_overlay_elements", "virtual_scroll", "scan_full_page", "js_code",
        "load_everything", "remove_overlay_elements",
    ]  # fmt: skip
    assert [step.name for step in plan.captures] == ["screenshot"]
    assert Plan.from_options(Options()).steps == ()
