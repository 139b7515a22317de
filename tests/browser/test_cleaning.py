# ruff: noqa: E501
"""Overlays, frames and shadow roots, in real Chromium."""

from __future__ import annotations

import time

import pytest
from parsel import Selector

from scrapy_c4.browser.deadline import Deadline
from tests.browser.conftest import Browser
from tests.site import Answer, Site

pytestmark = pytest.mark.browser

ARTICLE = "<h1>Bridges</h1>" + "<p>Stone bridges carry loads by compression, and last for centuries.</p>" * 12
BUTTON = "<button>Accept</button>"
BOTTOM = "position:fixed;bottom:0;left:0;right:0"
CENTRE = "position:fixed;top:20%;left:25%;width:50%;height:50%;z-index:99;background:#fff"
COVER = "position:fixed;inset:0;z-index:90;background:rgba(0,0,0,.5)"

#: overlay, text that must be gone, reason
OVERLAYS = {
    "consent by name": (f"<div id=cookie-banner style='{BOTTOM}'>Biscuits here {BUTTON}</div>", "consent"),
    "consent by vendor": (f"<div class=onetrust-pc style='{BOTTOM}'>Biscuits here</div>", "consent"),
    "consent in camel case": (f"<div class=cookieConsentBar style='{BOTTOM}'>Biscuits here</div>", "consent"),
    "consent by text": (f"<div class=x1 style='{BOTTOM}'>Biscuits: we use cookies. {BUTTON}</div>", "consent"),
    "consent in German": (
        f"<section class=x1 style='{BOTTOM}'>Biscuits: Wir nutzen Cookies <button>Zustimmen</button></section>", "consent",
    ),
    "consent in the flow": (f"<div class=cookie-notice>Biscuits, we use cookies {BUTTON}</div>", "consent"),
    "consent in a shadow root": (
        "<div id=usercentrics-root></div><script>document.querySelector('#usercentrics-root').attachShadow({mode:'open'})"
        f".innerHTML = \"<div style='{BOTTOM}'>Biscuits <button>ok</button></div>\"</script>", "consent",
    ),
    "consent frame": (f"<iframe title='Consent message' style='{CENTRE}' srcdoc='Biscuits'></iframe>", "consent"),
    "newsletter": (f"<div class=newsletter-layer style='{CENTRE}'>Biscuits by mail <input><button>Go</button></div>", "popup"),
    "dialog role": (f"<div role=dialog aria-modal=true style='{CENTRE}'>Biscuits, dear visitor</div>", "dialog"),
    "dialog element": ("<dialog open>Biscuits, dear visitor</dialog>", "dialog"),
    "modal dialog": ("<dialog id=d>Biscuits, dear visitor</dialog><script>d.showModal()</script>", "dialog"),
    "nameless layer": (f"<div class=q7 style='{CENTRE}'>Biscuits, dear visitor</div>", "covers the page"),
    "consent by another vendor": (f"<div id=cmpbox style='{BOTTOM}'>Biscuits here {BUTTON}</div>", "consent"),
    "consent without cookies": (f"<div class=x style='{BOTTOM}'>Biscuits. We value your privacy {BUTTON}</div>", "consent"),
    "nameless layer that scrolls": (
        f"<div class=q7 style='{CENTRE.replace('fixed', 'absolute').replace('99', '100')}'>Biscuits, dear visitor</div>", "covers the page",
    ),
    "consent in the flow that sticks": (f"<div class=x1 style='position:sticky;top:0'>Biscuits: we use cookies. {BUTTON}</div>", "consent"),
    "consent with a general name": (f"<div class=cmp-container style='{BOTTOM}'>Biscuits: we use cookies. {BUTTON}</div>", "consent"),
    "consent that is only closed": (
        f"<div class=x1 style='{BOTTOM}'>Biscuits: by reading on you accept cookies. <button>×</button></div>", "consent",
    ),
    "pop-up in the page": (
        f"<div class=popup style='{CENTRE.replace('fixed', 'absolute').replace('99', '100')}'>Biscuits by mail</div>", "popup",
    ),
    "form with inputs named like properties": (
        f"<form class=newsletter-popup style='{CENTRE}'>Biscuits by mail "
        + "".join(f"<input name={name}>" for name in (
            "id", "remove", "matches", "contains", "style", "localName", "innerText", "textContent", "getAttribute",
            "querySelector", "isConnected", "shadowRoot", "getBoundingClientRect", "attributes", "namespaceURI",
        ))
        + "</form>", "popup",
    ),
    "consent that is put back": (
        f"<div id=consent style='{BOTTOM}'>Biscuits here {BUTTON}</div><script>const html = document.querySelector('#consent').outerHTML;"
        "new MutationObserver(() => { if (!document.getElementById('consent')) document.body.insertAdjacentHTML('beforeend', html) })"
        ".observe(document.body, {childList: true})</script>", "consent",
    ),
    "backdrop": (f"<div class=q8 style='{COVER}'></div><p hidden>Biscuits</p>", "backdrop"),
}  # fmt: skip


@pytest.mark.parametrize("kind", OVERLAYS)
def test_overlays_are_removed_and_reported(browser: Browser, web: Site, kind: str) -> None:
    overlay, reason = OVERLAYS[kind]
    web.pages["/overlay"] = f"<title>t</title><main>{ARTICLE}</main>{overlay}"
    visited = browser.visit(web.url + "/overlay", remove_overlay_elements=True, process_iframes=True)
    assert visited.capture.errors == []
    assert [removed["reason"] for removed in visited.capture.removed] == [reason]
    text = " ".join(Selector(visited.html).css("body :not(script)::text").getall())
    assert "Biscuits" not in text or kind == "backdrop"
    assert text.count("Stone bridges") == 12


def test_what_was_removed_is_named(browser: Browser, web: Site) -> None:
    web.pages["/named"] = f"{ARTICLE}<div id=gdpr class='bar wide' style='{BOTTOM}'>Hi {BUTTON}</div>"
    visited = browser.visit(web.url + "/named", remove_overlay_elements=True)
    assert visited.capture.removed == [{"tag": "div", "id": "gdpr", "class": "bar wide", "reason": "consent"}]


KEPT = {
    "sticky header": f"<header style='position:sticky;top:0'>Keep <nav><a href=/>Cookies</a></nav></header>{ARTICLE}",
    "fixed navigation": f"<div class=top style='position:fixed;top:0;width:100%'>Keep<nav>x</nav></div>{ARTICLE}",
    "cookie shop": f"{ARTICLE}<div class=cookie-box>Keep: oat cookies <button>Add to cart</button></div>",
    "cookie recipe": "<article class=cookies><h1>Keep</h1><p>Cookies, ok? " + "Bake them well. " * 50 + "</p></article>",
    "application in a fixed layer": f"<div class=modal-root style='position:fixed;inset:0;overflow:auto'>Keep {ARTICLE}</div>",
    "main content in a dialog": f"<div role=dialog style='{CENTRE}'><main>Keep {ARTICLE}</main></div>",
    "body named like an overlay": f"<body class='popup cookie-consent' style='position:fixed'>Keep {ARTICLE}",
    "chat button": f"{ARTICLE}<button style='position:fixed;bottom:9px;right:9px;width:60px;height:60px'>Keep</button>",
    "picture behind the page": f"{ARTICLE}<div style='position:fixed;inset:0;z-index:-1;background:#eee'></div>Keep",
    "headline over a picture": (
        "<div style='position:relative;height:500px;background:blue'><div style='position:absolute;inset:0;z-index:200'>"
        f"<h1>Keep</h1></div></div>{ARTICLE}"
    ),
    "sidebar with a signup": (
        f"<main>{ARTICLE}</main><aside style='position:sticky;top:0'>Keep <a href=#a>Contents</a><form>We respect your privacy."
        " Subscribe and accept our terms <input><button>Go</button></form></aside>"
    ),
    "picture with words behind the page": (
        "<style>body{margin:0} .c{margin-top:100vh}</style><div style='position:fixed;top:0;width:100%;height:100vh;z-index:-1'>"
        f"<h1>Keep</h1></div><div class=c>{ARTICLE}</div>"
    ),
    "fixed picture with words that the page covers": (
        "<style>body{margin:0} .c{margin-top:100vh;position:relative}</style><div style='position:fixed;top:0;width:100%;height:100vh'>"
        f"<h1>Keep</h1></div><div class=c>{ARTICLE}</div>"
    ),
    "slides": "<style>section{position:fixed;inset:0;background:#fff}</style>" + "".join(
        f"<section class='slide n{n}' style='z-index:{20 - n}'><h2>Keep {n}</h2><p>Some words of slide {n}</p></section>" for n in range(8)
    ),
    "part of a content management system": (
        f"<div class=cmp-container style='position:sticky;top:0'>Keep: 99 EUR <button>Buy</button></div>{ARTICLE}"
    ),
    "caption of a picture": (
        "<div style='position:relative;height:500px'><img alt='' style='width:100%;height:100%'>"
        "<div class=hero-overlay style='position:absolute;z-index:100;left:10%;top:30%;width:50%'><h1>Keep</h1><p>Words</p></div>"
        f"</div>{ARTICLE}"
    ),
    "sticky recipe": (
        "<div style='position:sticky;top:0'>Keep: chocolate chip cookies. Allow the cookies to cool. <button>Print</button></div>"
        + ARTICLE
    ),
    "closed dialog": f"{ARTICLE}<div role=dialog style='display:none'>Keep</div>",
}  # fmt: skip


@pytest.mark.parametrize("kind", KEPT)
def test_what_is_no_overlay_stays(browser: Browser, web: Site, kind: str) -> None:
    web.pages["/kept"] = f"<title>t</title>{KEPT[kind]}"
    visited = browser.visit(web.url + "/kept", remove_overlay_elements=True)
    assert [removed for removed in visited.capture.removed if removed["reason"] != "scroll lock"] == []
    assert "Keep" in visited.html


def test_a_scroll_lock_is_lifted(browser: Browser, web: Site) -> None:
    web.pages["/lock"] = (
        f"<style>html,body{{height:100%;overflow:hidden}}</style><main inert aria-hidden=true>{ARTICLE * 5}</main>"
        f"<div class=cookie-wall style='{COVER}'>Biscuits {BUTTON}</div>"
    )
    visited = browser.visit(
        web.url + "/lock", remove_overlay_elements=True, scan_full_page=True, scroll_delay=0, screenshot=True
    )
    assert {removed["reason"] for removed in visited.capture.removed} == {"consent", "scroll lock"}
    assert "inert" not in visited.html
    assert "aria-hidden" not in visited.html
    assert visited.capture.screenshot is not None
    assert int.from_bytes(visited.capture.screenshot[20:24], "big") > 2000  # pixels high


def test_frames_are_put_in_place(browser: Browser, web: Site, other_web: Site) -> None:
    web.pages["/frames"] = (
        "<base href=/elsewhere/><p>before</p><iframe src=/a/one.html id=one></iframe><p>between</p>"
        "<div id=host></div><iframe srcdoc='<a href=inline>srcdoc</a>'></iframe>"
        f"<iframe src='{other_web.url}/x/other.html' sandbox loading=lazy style='margin-top:9000px'></iframe><p>after</p>"
        "<iframe src=/missing></iframe><iframe></iframe>"
        "<script>host.attachShadow({mode: 'open'}).innerHTML = '<iframe src=/a/two.html></iframe>'</script>"
    )
    web.pages["/a/one.html"] = (
        "<base href='/b/'><body onload='document.body.append(\"made by script\")'><a href='page.html?q=1&r=2#f'>one</a>"
        "<img src=i.png srcset='s,1.png 1x, t.png 2x' data-src=lazy.png>"
        "<p style=\"background:url('bg.png')\">x</p><a href='mailto:a@b.c'>mail</a><iframe src=deep.html></iframe>"
    )
    web.pages["/b/deep.html"] = "<p>nested</p><form action=send></form>"
    web.pages["/a/two.html"] = "<p>in a shadow root</p>"
    other_web.pages["/x/other.html"] = "<a href=z.html>cross-origin</a>"
    visited = browser.visit(web.url + "/frames", process_iframes=True)
    assert visited.capture.errors == []
    page = Selector(visited.html)
    words = " ".join(" ".join(page.css("body :not(script)::text").getall()).split())
    assert words == (
        "before one x mail nested made by script between in a shadow root srcdoc cross-origin after not found"
    ) or words.startswith("before one x mail nested made by script between in a shadow root srcdoc cross-origin after")
    assert page.css("[data-c4-frame]::attr(data-c4-frame)").getall()[:5] == [
        f"{web.url}/a/one.html", f"{web.url}/b/deep.html", f"{web.url}/a/two.html", "about:srcdoc",
        f"{other_web.url}/x/other.html",
    ]  # fmt: skip
    assert page.css("a::attr(href)").getall() == [
        f"{web.url}/b/page.html?q=1&r=2#f", "mailto:a@b.c", f"{web.url}/elsewhere/inline", f"{other_web.url}/x/z.html",
    ]  # fmt: skip
    image = page.css("img")
    assert image.attrib["src"] == f"{web.url}/b/i.png"
    assert image.attrib["srcset"] == f"{web.url}/b/s,1.png 1x, {web.url}/b/t.png 2x"
    assert image.attrib["data-src"] == f"{web.url}/b/lazy.png"
    assert f"url('{web.url}/b/bg.png')" in visited.html
    assert page.css("form::attr(action)").get() == f"{web.url}/b/send"


def test_frames_of_pages_with_names_of_the_browser_are_read_whole(browser: Browser, web: Site) -> None:
    own = "<script>const URL = '/api'; class Node {} class Set {} function Element() {}</script>"
    web.pages["/own"] = (
        f"{own}<p>page</p><div id=h></div><script>h.attachShadow({{mode: 'open'}}).innerHTML = '<p>shadow</p>'</script>"
        "<iframe src=/a/own></iframe>"
    )
    web.pages["/a/own"] = (
        f"{own}<form action=go><select name=attributes></select><input name=nodeType><input name=appendChild>"
        "<input name=childNodes><input name=localName><input name=shadowRoot><input name=setAttribute>"
        "<p>frame <a href=rel.html>link</a> <a href='http://['>broken</a></p></form><div id=h></div>"
        "<script>h.attachShadow({mode: 'open'}).innerHTML = '<p>frame shadow</p>'</script>"
    )
    visited = browser.visit(web.url + "/own", process_iframes=True)
    page = Selector(visited.html)
    assert visited.capture.errors == []
    assert ["".join(p.css("::text").getall()) for p in page.css("p")] == [
        "page",
        "shadow",
        "frame link broken",
        "frame shadow",
    ]
    assert page.css("a::attr(href)").getall() == [f"{web.url}/a/rel.html", "http://["]
    assert page.css("form::attr(action)").get() == f"{web.url}/a/go"


def test_a_frameset_becomes_a_body(browser: Browser, web: Site) -> None:
    web.pages["/frameset"] = (
        "<title>t</title><frameset cols='20%,80%'><frame src=/menu.html><frameset rows='50%,50%'>"
        "<frame src=/upper.html><frame src=/lower.html></frameset><noframes>No frames</noframes></frameset>"
    )
    for name in ("menu", "upper", "lower"):
        web.pages[f"/{name}.html"] = f"<body><a href={name}-link>{name}</a>"
    visited = browser.visit(web.url + "/frameset", process_iframes=True)
    page = Selector(visited.html)
    assert page.css("body a::text").getall() == ["menu", "upper", "lower"]
    assert page.css("a::attr(href)").getall() == [f"{web.url}/{n}-link" for n in ("menu", "upper", "lower")]
    assert not page.css("frameset, noframes")


def test_frames_stay_frames_unless_asked_for(browser: Browser, web: Site) -> None:
    web.pages["/plainframes"] = "<iframe src=/upper.html></iframe>"
    web.pages["/upper.html"] = "<p>upper</p>"
    assert Selector(browser.visit(web.url + "/plainframes").html).css("iframe::attr(src)").get() == "/upper.html"


def test_frames_that_stay_blank_are_not_waited_for(
    browser: Browser, web: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited = []

    async def pause(seconds: float, deadline: Deadline) -> None:
        waited.append(seconds)

    monkeypatch.setattr("scrapy_c4.browser.reading.pause", pause)
    web.pages["/blank"] = (
        "<p>page</p><iframe></iframe><iframe loading=lazy src=About:blank></iframe><iframe loading=lazy src></iframe>"
    )
    visited = browser.visit(web.url + "/blank", process_iframes=True)
    assert visited.capture.errors == []
    assert waited == []


def test_a_frame_that_never_answers_costs_only_itself(browser: Browser, web: Site) -> None:
    web.pages["/hang"] = Answer(write=lambda handler: time.sleep(4))
    web.pages["/busyframe"] = "<script>addEventListener('load', () => setTimeout(() => { for (;;); }, 100))</script>b"
    web.pages["/badframes"] = "<p>page</p><iframe src=/hang></iframe><iframe src=/fine.html></iframe>"
    web.pages["/fine.html"] = "<p>fine</p>"
    visited = browser.visit(web.url + "/badframes", process_iframes=True, page_timeout=3000)
    assert Selector(visited.html).css("p::text").getall() == ["page", "fine"]
    assert len(Selector(visited.html).css("iframe")) == 1


def test_open_shadow_roots_are_flattened(browser: Browser, web: Site) -> None:
    web.pages[
        "/shadow"
    ] = """<title>t</title><x-card><b slot=head>Head</b>Light <i>text</i></x-card><x-plain>unused</x-plain>
<template><p>template</p></template><script>
class Card extends HTMLElement { constructor() { super(); this.attachShadow({mode: 'open'}).innerHTML =
  `<style>p{}</style><h2><slot name=head>No head</slot></h2><p><slot></slot></p><x-inner></x-inner><slot name=none>Fallback</slot>`; } }
class Inner extends HTMLElement { constructor() { super(); this.attachShadow({mode: 'open'}).innerHTML = '<a href=in>Inner</a>'; } }
class Plain extends HTMLElement { constructor() { super(); this.attachShadow({mode: 'open'}).innerHTML = '<u>Shown</u>'; } }
customElements.define('x-inner', Inner); customElements.define('x-card', Card); customElements.define('x-plain', Plain);
</script>"""
    page = Selector(browser.visit(web.url + "/shadow").html)
    assert [" ".join(text.split()) for text in page.css("x-card ::text").getall() if text.strip()] == [
        "Head", "Light", "text", "Inner", "Fallback",
    ]  # fmt: skip
    assert page.css("x-card h2 b::text").get() == "Head"
    assert page.css("x-card x-inner a::attr(href)").get() == "in"
    assert page.css("x-plain ::text").getall() == ["Shown"]
    assert page.css("template p::text").get() == "template"
    assert not page.css("style, slot")


def test_deep_and_wide_documents_are_copied_without_recursion(browser: Browser, web: Site) -> None:
    web.pages["/deep"] = (
        "<div id=h></div><script>h.attachShadow({mode:'open'}).innerHTML = 'shadow';"
        "let e = document.body; for (let i = 0; i < 400; i++) { e.append(e = document.createElement('div')); }"
        "e.textContent = 'bottom'; for (let i = 0; i < 20000; i++) document.body.append(document.createElement('br'));</script>"
    )
    html = browser.visit(web.url + "/deep").html
    assert "shadow" in html
    assert "bottom" in html
    assert html.count("<div") == 401
    assert html.count("<br") == 20000
