"""A site of pages that need a browser and pages that do not, made with real frameworks (see ``build.sh``)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.site import Answer

FOLDER = Path(__file__).parent
DATA: list[dict[str, Any]] = json.loads((FOLDER / "data.json").read_text("utf-8"))
SSR: list[dict[str, str]] = json.loads((FOLDER / "ssr.json").read_text("utf-8"))
NAV = '<header><nav><a href="/">Home</a> <a href="/about">About us</a> <a href="/contact">Contact</a></nav></header>'
FOOTER = (
    '<footer><p>All rights reserved. <a href="/terms">Terms of use</a> <a href="/privacy">Privacy</a></p>'
    "<p>Prices are shown with taxes, delivery is free for members of the club, and returns are possible for thirty"
    " days after the goods have arrived, in their own box and with all of their labels still in place.</p></footer>"
)
ANALYTICS = (
    '<script async src="https://www.googletagmanager.com/gtag/js?id=G-1"></script>'
    "<script>window.dataLayer = window.dataLayer || []; function gtag() { dataLayer.push(arguments) }"
    " gtag('js', new Date()); gtag('config', 'G-1');</script>"
    '<noscript><img height="1" width="1" style="display:none" src="https://www.facebook.com/tr?id=1&ev=PageView"/>'
    "</noscript>"
)


def page(body: str, head: str = "", title: str = "Catalogue") -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>{head}</head>'
        f"<body>{body}</body></html>"
    )


def state(n: int) -> str:
    text = json.dumps(DATA[n]).replace("<", "\\u003c")
    return f'<script id="state" type="application/json">{text}</script>'


def bundle(name: str) -> str:
    return f'<script defer src="/static/{name}.js"></script>'


def content(n: int) -> str:
    return SSR[n]["react"].replace("<!-- -->", "")


# Pages that need a browser, by kind.

NEEDS: dict[str, Callable[[int], str]] = {
    "react": lambda n: page(
        f'<noscript>You need to enable JavaScript to run this app.</noscript><div id="root"></div>{bundle("react")}'
    ),
    # The data is in the page, the text is not.
    "next-client": lambda n: page(f'<div id="__next"></div>{state(n)}{bundle("react")}'),
    # A static frame around an application.
    "react-framed": lambda n: page(
        f'{NAV}<div id="root"><div class="spinner"></div></div>{FOOTER}{ANALYTICS}{bundle("react")}'
    ),
    "vue": lambda n: page(
        "<noscript><strong>We're sorry but shop doesn't work properly without JavaScript enabled. Please enable it to"
        f' continue.</strong></noscript><div id="app"></div>{bundle("vue")}'
    ),
    "nuxt-client": lambda n: page(
        f'<div id="__nuxt"><div class="nuxt-loading">Loading…</div></div>{state(n)}{bundle("vue")}'
    ),
    "svelte": lambda n: page(f'<div id="svelte"></div>{bundle("svelte")}', head=ANALYTICS),
    "preact": lambda n: page(bundle("preact")),
    "lit": lambda n: page(f"<catalogue-app></catalogue-app>{bundle('lit')}"),
    "lit-framed": lambda n: page(f"{NAV}<catalogue-app></catalogue-app>{FOOTER}{bundle('lit')}"),
    "solid": lambda n: page(f'<div id="application"></div>{bundle("solid")}'),
    "alpine": lambda n: page(
        '<main x-data="catalogue"><h1 x-text="data.title"></h1><p x-text="data.intro"></p><ul>'
        '<template x-for="item in data.items"><li><a :href="item.href" x-text="item.name"></a>'
        f' <span x-text="item.text"></span></li></template></ul></main>{bundle("alpine")}'
    ),
    "jquery": lambda n: page(
        f'{NAV}<h1 id="title"></h1><p id="intro"></p><ul id="items"></ul>{FOOTER}{bundle("jquery")}'
    ),
    "angularjs": lambda n: page(
        '<main ng-app="catalogue" ng-controller="Catalogue"><h1>{{data.title}}</h1><p>{{data.intro}}</p>'
        '<ul><li ng-repeat="item in data.items"><a ng-href="{{item.href}}">{{item.name}}</a> {{item.text}}</li></ul>'
        f"</main>{bundle('angularjs')}"
    ),
    "vue-dom": lambda n: page(
        '<div id="shop"><h1>{{ data.title }}</h1><p>{{ data.intro }}</p><ul><li v-for="item in data.items">'
        f'<a :href="item.href">{{{{ item.name }}}}</a> {{{{ item.text }}}}</li></ul></div>{bundle("vuedom")}'
    ),
    "htmx": lambda n: page(f'{NAV}<div hx-get="/fragment/{n}" hx-trigger="load"></div>{FOOTER}{bundle("htmx")}'),
    "fetch": lambda n: page(
        f'{NAV}<h1>Our catalogue</h1><div id="list">Please wait…</div>{FOOTER}<script>'
        f"fetch('/api/{n}.json').then(r => r.json()).then(data => {{ document.getElementById('list').innerHTML ="
        " data.items.map(i => `<p><a href='${i.href}'>${i.name}</a> ${i.text}</p>`).join('') })</script>"
    ),
    "write": lambda n: page(
        f"<script>var data = {json.dumps(DATA[n])}; document.write('<h1>' + data.title + '</h1>');"
        " data.items.forEach(i => document.write(`<p><a href='${i.href}'>${i.name}</a> ${i.text}</p>`))</script>"
    ),
    "redirect": lambda n: page(f"<p>One moment…</p><script>location.replace('/ssr/react/{n}')</script>"),
}


# Pages that do not.


def _next(n: int) -> str:
    data = json.dumps({"props": {"pageProps": DATA[n]}, "page": "/", "buildId": "x"}).replace("<", "\\u003c")
    return page(
        f'<div id="__next">{NAV}{content(n)}</div><script id="__NEXT_DATA__" type="application/json">{data}</script>'
        '<script src="/_next/static/chunks/main.js" defer></script><div id="modal-root"></div>',
        head='<link rel="preload" as="script" href="/_next/static/chunks/main.js"><meta name="next-head-count">',
    )


def _next_stream(n: int) -> str:
    push = json.dumps([1, json.dumps(DATA[n])])
    return page(
        f'<main><!--$?--><template id="B:0"></template><p>Loading</p><!--/$--></main><div hidden id="S:0">'
        f'{content(n)}</div><script>$RC=function(b,a){{}};$RC("B:0","S:0")</script>'
        f"<script>self.__next_f=self.__next_f||[];self.__next_f.push({push})</script>"
    )


STATIC: dict[str, Callable[[int], str]] = {
    # Rendered by the frameworks themselves; the very bundle that makes a page of an empty element wakes these up.
    "ssr/react": lambda n: page(f'<div id="root">{SSR[n]["react"]}</div>{state(n)}{bundle("react")}'),
    "ssr/vue": lambda n: page(
        f'<div id="app" data-server-rendered="true">{SSR[n]["vue"]}</div>{state(n)}{bundle("vue")}'
    ),
    "ssr/svelte": lambda n: page(f'<div id="svelte">{SSR[n]["svelte"]}</div>{state(n)}{bundle("svelte")}'),
    "ssr/preact": lambda n: page(f'<div id="root">{SSR[n]["preact"]}</div>{state(n)}{bundle("preact")}'),
    "ssr/next": _next,
    "ssr/next-stream": _next_stream,
    "ssr/nuxt": lambda n: page(
        f'<div data-server-rendered="true" id="__nuxt"><div id="__layout">{content(n)}</div></div>'
        f'<script>window.__NUXT__={json.dumps({"data": [DATA[n]]})};</script><div id="teleports"></div>'
        '<script src="/_nuxt/entry.js" type="module"></script>'
    ),
    "ssr/angular": lambda n: page(
        f'<app-root ng-version="17.0.0" ng-server-context="ssr"><router-outlet></router-outlet><app-page>{content(n)}'
        "</app-page></app-root>"
        f'<script id="ng-state" type="application/json">{json.dumps({"page": DATA[n]})}</script>'
        '<script src="main-ABCDEF12.js" type="module"></script>'
    ),
    "ssr/astro": lambda n: page(
        f'<h1>{DATA[n]["title"]}</h1>{content(n)}<astro-island uid="1" client="visible" '
        'component-url="/_astro/Counter.js"><button>Like it</button></astro-island>'
        '<script type="module" src="/_astro/page.js"></script>'
    ),
    "blog": lambda n: page(
        f'{NAV}<div id="page"><article>{content(n)}</article><div id="comments"></div>'
        '<div id="div-gpt-ad-1"></div><ins class="adsbygoogle"></ins></div>'
        f"{FOOTER}<div id='cookie-banner'></div>{ANALYTICS}<script src='/wp-includes/js/jquery/jquery.min.js'></script>"
        "<script>googletag.cmd.push(function() { googletag.display('div-gpt-ad-1') })</script>"
    ),
    # Small pages are pages too.
    "tiny": lambda n: page(f"<h1>{DATA[n]['title']}</h1><p>Closed today.</p>{ANALYTICS}"),
    "tiny-app": lambda n: page(f'<div id="root"><h1>{DATA[n]["title"]}</h1><a href="/">Home</a></div>{bundle("menu")}'),
    "docs": lambda n: page(
        f"{NAV}<main>{content(n)}<p>Write <code>{{{{ title }}}}</code> to show a value, and <code>v-for</code> for a "
        'list:</p><pre>&lt;li v-for="item in items"&gt;{{ item.name }}&lt;/li&gt;</pre></main>'
    ),
    "alpine-menu": lambda n: page(
        f'<div x-data="{{ open: false }}"><button @click="open = !open">Menu</button><div x-show="open" x-cloak>'
        f'<a href="/a">A page</a></div></div>{content(n)}<span x-text="count"></span>{bundle("alpine")}'
    ),
    "table": lambda n: page(
        "<table><thead><tr><th>Name<th>Text</thead><tbody>"
        + "".join(f"<tr><td><a href='{i['href']}'>{i['name']}</a><td>{i['text']}" for i in DATA[n]["items"])
        + '</tbody></table><script src="/js/sort.js"></script>'
    ),
    "enhanced": lambda n: page(
        f"{NAV}{content(n)}<div id='toast'></div><ul id='suggestions'></ul><script>document.getElementById('toast')"
        ".textContent = ''; document.querySelector('form')</script>" + FOOTER
    ),
    "noscript": lambda n: page(
        f"<noscript>Please enable JavaScript to use the search.</noscript>{content(n)}{ANALYTICS}"
    ),
}
NEEDS_EACH, STATIC_EACH = 2, 4


def build() -> tuple[dict[str, Any], dict[str, bool]]:
    """The site, and for every page to visit whether it needs a browser."""
    pages: dict[str, Any] = {}
    needs: dict[str, bool] = {}
    for kinds, each, needed in ((NEEDS, NEEDS_EACH, True), (STATIC, STATIC_EACH, False)):
        for number, (kind, make) in enumerate(kinds.items()):
            for n in range(each):
                n = (n + number) % len(DATA)
                pages[f"/{kind}/{n}"] = make(n)
                needs[f"/{kind}/{n}"] = needed
    for n, data in enumerate(DATA):
        pages[f"/api/{n}.json"] = Answer(json.dumps(data), headers={"Content-Type": "application/json"})
        pages[f"/fragment/{n}"] = content(n)
        pages.setdefault(f"/ssr/react/{n}", STATIC["ssr/react"](n))
    for file in (FOLDER / "bundles").glob("*.js"):
        pages[f"/static/{file.name}"] = Answer(file.read_bytes(), headers={"Content-Type": "text/javascript"})
    return pages, needs
