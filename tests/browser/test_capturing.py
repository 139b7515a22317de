# ruff: noqa: E501
"""Screenshots, PDF and MHTML, in real Chromium."""

from __future__ import annotations

import email
import io
import time

import pytest
from PIL import Image
from pypdf import PdfReader

from tests.browser.conftest import Browser
from tests.site import Answer, Site

pytestmark = pytest.mark.browser

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 128, 0), (0, 0, 255), (255, 255, 255)
SMALL = {"viewport": {"width": 400, "height": 300}}
#: A sticky head, a fixed bar at the bottom, and content whose colour changes every 1,000 pixels.
TALL = (
    "<style>body{margin:0} header{position:sticky;top:0;height:50px;background:red}"
    "footer{position:fixed;bottom:0;height:20px;width:100%;background:green} div{height:1000px}"
    "div:nth-child(odd){background:blue}</style><header>Head</header>" + "<div>x</div>" * 20 + "<footer></footer>"
)


def picture(data: bytes | None) -> Image.Image:
    assert data is not None
    image = Image.open(io.BytesIO(data))
    assert image.format == "PNG"
    return image.convert("RGB")


def test_the_whole_page_is_drawn_once_with_its_sticky_parts_in_place(browser: Browser, web: Site) -> None:
    web.pages["/sticky"] = TALL.replace("<div>x</div>" * 20, "<div></div>" * 5)
    capture = browser.visit(web.url + "/sticky", context=SMALL, screenshot=True, scan_full_page=True).capture
    image = picture(capture.screenshot)
    assert image.size == (400, 5050)
    assert capture.truncated == []
    assert capture.errors == []
    column = [image.getpixel((200, y)) for y in range(5050)]
    assert [y for y, pixel in enumerate(column) if pixel == RED] == list(range(50))
    assert column.count(GREEN) <= 20
    for y, colour in ((1000, WHITE), (1500, BLUE), (2500, WHITE), (4900, WHITE)):
        assert column[y] == colour


def test_a_very_high_page_is_cut_and_says_so(browser: Browser, web: Site) -> None:
    web.pages["/high"] = TALL
    capture = browser.visit(web.url + "/high", context=SMALL, screenshot="full").capture
    image = picture(capture.screenshot)
    assert image.size == (400, 16000)
    assert capture.truncated == ["screenshot"]
    assert image.getpixel((200, 15900)) == BLUE
    assert image.getpixel((200, 14900)) == WHITE


def test_the_limit_is_one_of_pixels_not_of_css_pixels(browser: Browser, web: Site) -> None:
    web.pages["/high"] = TALL
    capture = browser.visit(web.url + "/high", context={**SMALL, "device_scale_factor": 2}, screenshot="full").capture
    assert picture(capture.screenshot).size == (800, 16000)
    assert capture.truncated == ["screenshot"]


def test_a_wide_page_is_cut_too(browser: Browser, web: Site) -> None:
    web.pages["/wide"] = "<body style='margin:0'><div style='width:9000px;height:10px;background:blue'></div>"
    capture = browser.visit(web.url + "/wide", context=SMALL, screenshot="full").capture
    assert picture(capture.screenshot).size == (4096, 300)
    assert capture.truncated == ["screenshot"]


@pytest.mark.parametrize(
    ("of", "size"),
    [("viewport", (400, 300)), ("#box", (120, 80)), ("#long", (50, 16000)), ("[title='a, \"b\"']", (30, 30))],
)
def test_parts_of_a_page(browser: Browser, web: Site, of: str, size: tuple[int, int]) -> None:
    web.pages["/parts"] = (
        "<style>*{margin:0} div{background:blue}</style><p style='height:2000px'></p>"
        "<div id=box style='width:120px;height:80px;margin-left:7px'></div>"
        "<div title='a, \"b\"' style='width:30px;height:30px'></div><div id=long style='width:50px;height:30000px'></div>"
    )
    capture = browser.visit(web.url + "/parts", context=SMALL, screenshot=of).capture
    assert capture.errors == []
    image = picture(capture.screenshot)
    assert image.size == size
    assert capture.truncated == (["screenshot"] if of == "#long" else [])
    if of != "viewport":
        assert image.getcolors() == [(size[0] * size[1], BLUE)]


@pytest.mark.parametrize("of", ["#missing", "#hidden"])
def test_a_screenshot_that_fails_is_an_error_and_no_picture(browser: Browser, web: Site, of: str) -> None:
    web.pages["/nothing"] = "<p>text</p><div id=hidden style='display:none'>x</div>"
    visited = browser.visit(web.url + "/nothing", screenshot=of, pdf=True)
    assert visited.capture.screenshot is None
    assert of in visited.errors["screenshot"]
    assert visited.capture.pdf is not None
    assert "<p>text</p>" in visited.html


def test_a_page_that_is_still_loading_is_captured(browser: Browser, web: Site) -> None:
    web.pages["/slow.png"] = Answer(write=lambda handler: time.sleep(4))
    web.pages["/loading"] = "<body style='background:red'><h1>Here</h1><img src=/slow.png>"
    visited = browser.visit(web.url + "/loading", context=SMALL, screenshot=True, capture_mhtml=True, page_timeout=9000)
    assert visited.capture.errors == []
    assert picture(visited.capture.screenshot).getpixel((390, 290)) == RED
    assert "Here" in visited.html


def test_a_font_that_never_arrives_does_not_cost_the_picture(browser: Browser, web: Site) -> None:
    web.pages["/never.woff"] = Answer(write=lambda handler: time.sleep(5))
    web.pages["/font"] = (
        "<style>@font-face{font-family:X;src:url(/never.woff)} body{font-family:X;margin:0;background:red}"
        "div{height:900px;background:blue}</style><div>text</div>"
    )
    capture = browser.visit(web.url + "/font", context=SMALL, screenshot=True, page_timeout=6000).capture
    assert capture.errors == []
    assert picture(capture.screenshot).size == (400, 900)
    assert picture(capture.screenshot).getpixel((300, 890)) == BLUE


def test_what_an_application_scrolls_inside_its_window_is_drawn(browser: Browser, web: Site) -> None:
    web.pages["/inner"] = (
        "<style>*{margin:0} body{height:100vh;overflow:hidden} #bar{height:50px;background:red}"
        "#box{height:calc(100vh - 50px);overflow:auto} #box div{height:1950px;background:blue}</style>"
        "<div id=bar></div><div id=box><div></div></div>"
    )
    capture = browser.visit(web.url + "/inner", context=SMALL, screenshot="full").capture
    image = picture(capture.screenshot)
    assert image.size == (400, 2000)
    assert image.getpixel((200, 25)) == RED
    assert image.getpixel((200, 1990)) == BLUE


@pytest.mark.parametrize(
    "page",
    [
        "<style>html,body{height:100%;margin:0;overflow-x:hidden}</style>BOX",
        "<style>body{margin:0} #box{height:100vh;overflow:auto}</style><div style='height:20px'></div><div id=box>BOX</div>",
    ],
)
def test_a_window_that_hardly_scrolls_is_drawn_with_what_its_parts_hide(browser: Browser, web: Site, page: str) -> None:
    web.pages["/hardly"] = "<!DOCTYPE html>" + page.replace("BOX", "<div style='height:1980px;background:blue'></div>")
    capture = browser.visit(web.url + "/hardly", context=SMALL, screenshot="full").capture
    image = picture(capture.screenshot)
    assert image.size in ((400, 1980), (400, 2000))
    assert image.getpixel((200, 1970)) == BLUE


def test_pdf_and_mhtml_hold_the_page(browser: Browser, web: Site) -> None:
    web.pages["/dot.png"] = Answer(png(), headers={"Content-Type": "image/png"})
    web.pages["/print"] = (
        "<meta charset=utf-8><title>t</title><style>@page{size:A5} p{page-break-after:always}</style>"
        "<p>Erste Seite: Größe</p><p>Second page</p><img src=/dot.png><div id=cookie-banner style='position:fixed'>Ok?</div>"
    )
    capture = browser.visit(web.url + "/print", pdf=True, capture_mhtml=True, remove_overlay_elements=True).capture
    assert capture.errors == []
    assert capture.pdf is not None
    pdf = PdfReader(io.BytesIO(capture.pdf))
    assert [page.extract_text().strip() for page in pdf.pages][:2] == ["Erste Seite: Größe", "Second page"]
    assert round(float(pdf.pages[0].mediabox.width)) == 420  # A5, in points
    assert capture.mhtml is not None
    archive = email.message_from_bytes(capture.mhtml)
    parts = {part.get_content_type(): part.get_payload(decode=True) for part in archive.walk()}
    assert archive.get_content_type() == "multipart/related"
    assert "Größe".encode() in bytes(parts["text/html"])  # type: ignore[arg-type]
    # As the page was, before anything was taken out of it.
    assert b"cookie-banner" in bytes(parts["text/html"])  # type: ignore[arg-type]
    assert parts["image/png"] == png()


def png() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (3, 5), BLUE).save(file, "PNG")
    return file.getvalue()
