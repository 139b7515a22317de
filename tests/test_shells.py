# ruff: noqa: E501
"""Shells of applications, and pages that only look like some: what the static HTML says, for many ways to make a page."""

from __future__ import annotations

import json

import pytest
from scrapy.http import HtmlResponse

from scrapy_c4.shells import needs_script

_SENTENCE = "stone bridges carry loads by compression and last for many centuries ".split()
NAV = '<header><nav><a href="/">Home</a> <a href="/a">About</a> <a href="/c">Contact</a></nav></header>'
FOOTER = "<footer><p>All rights reserved <a href=/t>Terms</a></p></footer>"
MENU = "".join(f"<li><a href=/c/{i}>Menu entry number {i}</a></li>" for i in range(60))
ITEMS = [
    {"name": f"Product number {i} of ours", "text": f"This is the text that describes product {i} in some detail"}
    for i in range(12)
]


def words(count: int) -> str:
    return " ".join((_SENTENCE * 40)[:count])


def text(count: int) -> str:
    return f"<p>{words(count)}</p>"


def page(body: str, head: str = "") -> str:
    return f"<!doctype html><html lang=en><head><meta charset=utf-8><title>T</title>{head}</head><body>{body}</body></html>"


TEXT = text(30) * 3
SHELLS = {
    # shells
    "cra": page(
        '<noscript>You need to enable JavaScript to run this app.</noscript><div id="root"></div><script src="/static/js/main.js"></script>'
    ),
    "vite": page('<div id="app"></div><script type="module" src="/assets/index.js"></script>'),
    "vite-odd-id": page('<div id="q7"></div><script type="module" crossorigin src="/assets/index-3f.js"></script>'),
    "next-csr": page(
        f'<div id="__next"><div class="loader"></div></div><script id="__NEXT_DATA__" type="application/json">{json.dumps({"props": {"pageProps": {}}, "page": "/", "query": {}, "buildId": "x"})}</script><script src="/_next/static/chunks/main.js"></script>'
    ),
    "next-app-loading": page(
        '<main><!--$?--><template id="B:0"></template><div class="animate-pulse"><div class="h-4 bg-gray-200"></div><div class="h-4 bg-gray-200"></div></div><!--/$--></main><script src="/_next/static/chunks/main-app.js"></script><script>self.__next_f.push([1,"x"])</script>'
    ),
    "next-bailout": page(
        f'{NAV}<main><template data-dgst="BAILOUT_TO_CLIENT_SIDE_RENDERING"></template></main>{FOOTER}<script src="/_next/static/chunks/main-app.js"></script>'
    ),
    "nuxt-spa": page(
        '<div id="__nuxt"></div><script type="application/json" id="__NUXT_DATA__" data-ssr="false">[{"serverRendered":1},false]</script><script type="module" src="/_nuxt/entry.js"></script>'
    ),
    "nuxt-spa-template": page(
        '<div id="__nuxt"><svg class="nuxt-spa-loading" viewBox="0 0 37 25"><path d="M1"/></svg></div><script>window.__NUXT__={serverRendered:false,config:{}}</script><script type="module" src="/_nuxt/entry.js"></script>'
    ),
    "astro-client-only": page(
        f'{NAV}<main><h1>Products</h1><astro-island uid="1" component-url="/_astro/List.js" client="only" ssr="" opts="{{&quot;name&quot;:&quot;List&quot;,&quot;value&quot;:&quot;react&quot;}}"></astro-island></main>{FOOTER}<script type=module src=/_astro/x.js></script>'
    ),
    "sveltekit-spa": page(
        '<div style="display: contents"><script>{__sveltekit_1x = {base: ""}; const element = document.currentScript.parentElement; Promise.all([import("/_app/start.js"), import("/_app/app.js")]).then(([kit, app]) => { kit.start(app, element); });</script></div>'
    ),
    "gatsby-client": page(
        '<div id="___gatsby"><div style="outline:none" tabindex="-1" id="gatsby-focus-wrapper"></div></div><script src="/webpack-runtime.js" async></script>'
    ),
    "angular-cli": page(
        '<app-root></app-root><script src="runtime.js" type="module"></script><script src="main.js" type="module"></script>'
    ),
    "angular-loading": page('<app-root>Loading...</app-root><script src="main.js" type="module"></script>'),
    "angular-spinner": page(
        '<app-root><div class="app-loading"><div class="logo"></div><svg class="spinner"></svg></div></app-root><script src="main.js" type="module"></script>'
    ),
    "ember": page(
        '<script src="/assets/vendor.js"></script><script src="/assets/shop.js"></script><div id="ember-basic-dropdown-wormhole"></div>'
    ),
    "flutter": page('<script src="flutter_bootstrap.js" async></script>'),
    "blazor": page(
        '<div id="app"><svg class="loading-progress"><circle/></svg><div class="loading-progress-text"></div></div><div id="blazor-error-ui">An unhandled error has occurred. <a href="" class="reload">Reload</a></div><script src="_framework/blazor.webassembly.js"></script>'
    ),
    "elm": page(
        '<div id="elm"></div><script src="/elm.js"></script><script>var app = Elm.Main.init({ node: document.getElementById("elm") });</script>'
    ),
    "elm-nonode": page(
        '<pre id="elm"></pre><script src="/elm.js"></script><script>var app = Elm.Main.init({ node: document.getElementById("elm") });</script>'
    ),
    "skeleton-cards": page(
        f'{NAV}<main><h1>Our products</h1><div class="card skeleton-card"><div class="skeleton-line"></div></div><div class="card skeleton-card"></div><div class="card skeleton-card"></div></main>{FOOTER}<script src=/app.js></script>'
    ),
    "skeleton-tailwind": page(
        f'{NAV}<main><h1>Our products</h1><div class="animate-pulse rounded"></div><div class="animate-pulse rounded"></div><div class="animate-pulse rounded"></div></main>{FOOTER}<script src=/app.js></script>'
    ),
    "skeleton-mui": page(
        f"{NAV}<main><h1>Our products</h1>"
        + '<span class="MuiSkeleton-root MuiSkeleton-text"></span>' * 4
        + f"</main>{FOOTER}<script src=/app.js></script>"
    ),
    "placeholder-bootstrap": page(
        f"{NAV}<main><h1>Our products</h1>"
        + '<p class="placeholder-glow"><span class="placeholder col-12"></span></p>' * 4
        + f"</main>{FOOTER}<script src=/app.js></script>"
    ),
    "infinite-empty": page(
        f'{NAV}<main><h1>Latest news</h1><div class="feed" id="infinite-feed"></div><div class="sentinel"></div></main>{FOOTER}<script src=/feed.js></script>'
    ),
    "infinite-unnamed": page(
        f'{NAV}<h1>Latest news</h1><div id="x1"></div><script>fetch("/api").then(r=>r.json()).then(d=>{{const x=document.querySelector("#x1"); d.forEach(i=>x.insertAdjacentHTML("beforeend", i.html))}})</script>'
    ),
    "json-in-script": page(
        f'<h1>Shop</h1><div class="wrap"></div><script id="data" type="application/json">{json.dumps(ITEMS)}</script><script src="/app.js"></script>'
    ),
    "json-var": page(
        f'<h1>Shop</h1><div class="wrap"></div><script>var items = {json.dumps(ITEMS)}; const w = document.querySelector(".wrap"); items.forEach(i => {{ const p = document.createElement("p"); p.textContent = i.text; w.append(p) }})</script>'
    ),
    "json-window": page(
        f'<h1>Shop</h1><section class="results-area"></section><script>window.__DATA__ = {json.dumps(ITEMS)};</script><script src="/app.js"></script>'
    ),
    "cloudflare": page(
        '<div class="main-wrapper"><h1>Just a moment...</h1><noscript>Enable JavaScript and cookies to continue</noscript></div><script src="/cdn-cgi/challenge-platform/x.js"></script>'
    ),
    "noscript-de": page(
        '<noscript><strong>Bitte aktivieren Sie JavaScript, um diese Seite zu nutzen.</strong></noscript><div class="page"></div><script src=/a.js></script>'
    ),
    "noscript-meta": page(
        "<div></div><script src=/a.js></script>",
        head='<noscript><meta http-equiv="refresh" content="0;url=/nojs"></noscript>',
    ),
    "shopify-hydrogen": page(
        '<div id="root"><div id="loading-indicator" aria-busy="true"></div></div><script type=module src=/entry.js></script>'
    ),
    "web-component": page(
        f'{NAV}<shop-catalogue endpoint="/api"></shop-catalogue>{FOOTER}<script type=module src=/wc.js></script>'
    ),
    "polymer": page("<my-shop unresolved></my-shop><script type=module src=/src/my-shop.js></script>"),
    "stencil": page('<app-root></app-root><script type="module" src="/build/app.esm.js"></script>'),
    "meteor": page(
        '<script type="text/javascript">__meteor_runtime_config__ = JSON.parse(decodeURIComponent("%7B%7D"))</script><script src="/abc.js"></script>'
    ),
    "gwt": page(
        '<iframe src="javascript:\'\'" id="__gwt_historyFrame" style="position:absolute;width:0;height:0;border:0"></iframe><script src="app/app.nocache.js"></script>'
    ),
    "extjs": page('<div id="ext-viewport"></div><script src="ext-all.js"></script><script src="app.js"></script>'),
    "datatable-ajax": page(
        f'{NAV}<h1>Staff of the company</h1><table id="staff"><thead><tr><th>Name</th><th>Post</th></tr></thead></table><script src=jquery.js></script><script>$("#staff").DataTable({{ajax: "/api/staff"}})</script>'
    ),
    "algolia": page(
        f'{NAV}<h1>Find it</h1><div id="searchbox"></div><div id="hits"></div><div id="pagination"></div><script src=instantsearch.js></script><script>search.addWidgets([instantsearch.widgets.hits({{container: "#hits"}})])</script>'
    ),
    "mustache": page(
        '<div id="target"></div><script id="tpl" type="x-tmpl-mustache"><h1>{{title}}</h1><p>{{text}}</p></script><script src="mustache.js"></script><script>document.getElementById("target").innerHTML = Mustache.render(document.getElementById("tpl").innerHTML, data)</script>'
    ),
    "framed-long-footer": page(f'{NAV}<div id="root"></div><footer>{text(200)}</footer><script src=/a.js></script>'),
    "framed-long-plain-footer": page(
        f'{NAV}<div id="root"></div><div class="footer">{text(200)}</div><script src=/a.js></script>'
    ),
    "cookie-banner-shell": page(
        f'<div id="root"></div><div class="cookie-consent"><p>{words(70)}</p></div><script src=/a.js></script>'
    ),
    "seo-shell": page(
        f'<div id="app"></div><div class="seo" style="display:none">{text(40)}</div><script src=/a.js></script>'
    ),
    "hash-router": page('<div ng-app="x" ng-cloak><div ng-view></div></div><script src="angular.js"></script>'),
    "knockout": page(
        '<ul data-bind="foreach: items"><li data-bind="text: name"></li></ul><script src="ko.js"></script>'
    ),
    "livewire-lazy": page(
        f'{NAV}<main><h1>Orders</h1><div wire:snapshot="x" wire:init="load"></div></main><script src=livewire.js></script>'
    ),
    "unpoly": page('<h1>News</h1><div up-defer up-href="/list"></div><script src=unpoly.js></script>'),
    "hotwire": page(
        f'{NAV}<main><h1>News</h1><turbo-frame id="news" src="/news"><p>Loading…</p></turbo-frame></main><script src=turbo.js></script>'
    ),
    "iframe-app": page(
        '<div id="root"></div><iframe style="display:none" src="https://www.googletagmanager.com/ns.html?id=GTM"></iframe><script src=/a.js></script>'
    ),
    "megamenu-div": page(f'<div class="top"><ul>{MENU}</ul></div><div id="root"></div><script src=/a.js></script>'),
    "megamenu-el": page(f'<div class="top"><ul>{MENU}</ul></div><shop-app></shop-app><script src=/a.js></script>'),
    "hidden-seo-long": page(
        f'<div id="app"></div><div style="display:none">{text(200)}</div><script src=/a.js></script>'
    ),
    "hidden-attr-long": page(f'<div id="app"></div><div hidden>{text(200)}</div><script src=/a.js></script>'),
    "class-grid": page(
        f'<h1>Products</h1><p>{words(25)}</p><div class="product-grid"></div><script src=/app.js></script>'
    ),
    "class-results": page(
        f'{NAV}<main><h1>Search results</h1><p>{words(20)}</p><div class="search-results"></div></main>{FOOTER}<script src=/app.js></script>'
    ),
    "class-listing": page(
        f'<h1>Jobs</h1><p>{words(30)}</p><section class="job-listing js-jobs"></section><script src=/app.js></script>'
    ),
    "jq-load-nav": page(
        f'<div id="header"></div><h1>Guide</h1>{text(300)}<div id="footer"></div><script src=jquery.js></script><script>$(function(){{ $("#header").load("header.html"); $("#footer").load("footer.html"); }})</script>'
    ),
    "w3-include": page(
        f'<div w3-include-html="nav.html"></div><h1>Guide</h1>{text(300)}<script src="w3.js"></script><script>w3.includeHTML();</script>'
    ),
    "noscript-img-only": page(
        '<div></div><noscript><img src="https://p.example/x.gif"></noscript><script src=/app.js></script>'
    ),
    "pt": page(
        '<noscript>Você precisa ativar o JavaScript para usar este site.</noscript><div class="x"><p>Bem-vindo</p></div><script src=/app.js></script>'
    ),
    "it": page(
        '<noscript>Attiva JavaScript per usare questo sito.</noscript><div class="x"><p>Benvenuto</p></div><script src=/app.js></script>'
    ),
    "sv": page(
        '<noscript>Aktivera JavaScript i din webbläsare.</noscript><div class="x"><p>Välkommen</p></div><script src=/app.js></script>'
    ),
    "tr": page(
        '<noscript>Lütfen JavaScript\'i etkinleştirin.</noscript><div class="x"><p>Merhaba</p></div><script src=/app.js></script>'
    ),
    "table-head-only": page(
        f'{NAV}<h1>Prices</h1><p>{words(20)}</p><table class="prices"><thead><tr><th>Name</th><th>Price</th></tr></thead></table><script src=/prices.js></script>'
    ),
    "rn-web": page(
        '<style>html,body,#root{height:100%}</style><div id="root"></div><script src="/_expo/static/js/web/entry.js" defer></script>'
    ),
    "docsify": page(
        '<div id="app">Please wait...</div><script>window.$docsify = {}</script><script src="//cdn.jsdelivr.net/npm/docsify@4"></script>'
    ),
    "swagger": page(
        '<div id="swagger-ui"></div><script src="swagger-ui-bundle.js"></script><script>window.ui = SwaggerUIBundle({url: "/openapi.json", dom_id: "#swagger-ui"})</script>'
    ),
    "redoc": page('<redoc spec-url="/openapi.yaml"></redoc><script src="redoc.standalone.js"></script>'),
    "solidstart": page('<div id="app"><!--$--><!--/$--></div><script type=module src=/e.js></script>'),
    "nuxt3-splash": page(
        '<div id="__nuxt"></div><div id="__nuxt-loader"><div class="loader"></div></div><script type="module" src="/_nuxt/x.js"></script>'
    ),
    "wix": page('<div id="SITE_CONTAINER"></div><script src="https://static.parastorage.com/x.js"></script>'),
    "squarespace-like-summary": page(
        f'{NAV}<main><h1>Events</h1><p>{words(18)}</p><div class="eventlist" data-json="/events.json"></div></main><script src=/a.js></script>'
    ),
    "kendo": page(
        '<div id="grid"></div><script src=kendo.js></script><script>$("#grid").kendoGrid({dataSource: {transport: {read: "/x"}}})</script>'
    ),
    "vue-cdn": page(
        '<div id="shop"><product-card v-for="p in products" :key="p.id" :product="p"></product-card></div><script src="vue.js"></script>'
    ),
    "petite": page(
        '<div v-scope="App()"></div><script type=module>import {createApp} from "petite-vue"; createApp({}).mount()</script>'
    ),
    "loading-text-long-nav": page(f'{NAV}<div class="page"><p>Loading…</p></div>{FOOTER}<script src=/a.js></script>'),
    "next-rsc-only-data": page(
        f'{NAV}<script>self.__next_f.push([1,{json.dumps(json.dumps(ITEMS))}])</script><div class="x"></div><script src=/m.js></script>'
    ),
    "html-in-json": page(
        '<div class="content-holder"></div><script type="application/json" id="page">'
        + json.dumps({"html": f"<h1>Hi</h1>{text(200)}"}).replace("<", "\\u003c")
        + "</script><script src=/a.js></script>"
    ),
    "comments-html": page(f"<div class=wrap></div><!-- {words(100)} --><script src=/a.js></script>"),
    "google-sites": page('<div jscontroller="x" jsname="y"></div><script>loadApp()</script>'),
}
PAGES = {
    "ends-before-its-body": '<html><head><script src="/app.js"></script></head></html><body>'
    f"<main>{TEXT}</main></body>",
    "next-ssr": page(
        f'<div id="__next"><main>{TEXT}</main></div><script id="__NEXT_DATA__" type="application/json">{json.dumps({"props": {"pageProps": {"t": words(30)}}})}</script><script src="/_next/static/chunks/main.js"></script>'
    ),
    "next-ssr-short": page(
        '<div id="__next"><main><h1>Contact us</h1><p>Write to mail@example.com or call 555 1234.</p></main></div><script id="__NEXT_DATA__" type="application/json">{"props":{}}</script><script src="/_next/static/chunks/main.js"></script><next-route-announcer></next-route-announcer>'
    ),
    "nuxt-ssr": page(
        f'<div id="__nuxt"><div>{TEXT}</div></div><div id="teleports"></div><script type="application/json" data-nuxt-data="nuxt-app" data-ssr="true" id="__NUXT_DATA__">[["Reactive",1]]</script><script type=module src="/_nuxt/e.js"></script>'
    ),
    "astro-static": page(
        f'{NAV}<main><h1>Hello</h1>{text(20)}</main>{FOOTER}<script type=module src="/_astro/hoisted.js"></script>'
    ),
    "astro-island-like": page(
        f'{NAV}<main><h1>Hello there</h1>{text(80)}<astro-island client="only" component-url="/_astro/Chat.js" ssr></astro-island></main>'
    ),
    "remix-ssr": page(
        f'<div>{TEXT}</div><script>window.__remixContext = {{"state":{{}}}};</script><script type="module" async>import "/build/manifest.js"; import("/build/entry.client.js");</script>'
    ),
    "sveltekit-ssr": page(
        f'<div style="display: contents"><main>{TEXT}</main><script>{{__sveltekit_1 = {{}}; const element = document.currentScript.parentElement;}}</script></div>'
    ),
    "gatsby-ssg": page(
        f'<div id="___gatsby"><div id="gatsby-focus-wrapper"><main>{TEXT}</main></div><div id="gatsby-announcer" aria-live="assertive"></div></div><script src="/webpack.js"></script>'
    ),
    "angular-universal": page(
        f'<app-root ng-version="12"><app-header></app-header><router-outlet></router-outlet><app-home><h1>Hi</h1>{text(50)}</app-home><app-footer></app-footer></app-root><script src="main.js"></script>'
    ),
    "react-ssr-portals": page(
        f'<div id="root"><div data-reactroot="">{text(50)}</div></div><div id="modal-root"></div><div id="tooltip-root"></div><script src="/m.js"></script>'
    ),
    "qwik": page(
        f'<div q:container="paused"><main>{text(40)}</main></div><script type="qwik/json">{{"refs":{{}}}}</script><script id="qwikloader">(function(){{}})()</script>'
    ),
    "eleventy-blog": page(f"{NAV}<main><article><h1>Post</h1>{text(60)}</article></main>{FOOTER}"),
    "tiny-1": "<html><body><p>Hello world this is a short page</p></body></html>",
    "tiny-2": page("<h1>It works!</h1>"),
    "tiny-ga": page(
        "<h1>Under construction</h1><p>Come back soon.</p><script async src='https://www.googletagmanager.com/gtag/js?id=G'></script><script>window.dataLayer=[];function gtag(){dataLayer.push(arguments)}</script>"
    ),
    "tiny-jquery": page(
        "<h1>Joe's Garage</h1><p>Open 9 to 5. Call 555 1234.</p><script src=jquery.js></script><script>$(function(){$('a').click(function(){})})</script>"
    ),
    "tiny-links": page("<ul><li><a href=a.html>a</a><li><a href=b.html>b</a></ul><script src=/sw.js></script>"),
    "dir-listing": "<html><head><title>Index of /pub</title></head><body><h1>Index of /pub</h1><pre><a href='../'>../</a>\n<a href='x.iso'>x.iso</a> 2020</pre></body></html>",
    "login": page(
        "<main><h1>Sign in</h1><form><input name=user><input type=password><button>Go</button></form><div id=errors></div></main><script src=/login.js></script>"
    ),
    "search-form": page(
        "<form action=/search><input name=q></form><ul id=suggestions></ul><script src=/s.js></script>"
    ),
    "wordpress": page(
        f'{NAV}<div id="page"><div id="content"><article><h1>Hi</h1>{text(50)}</article></div><div id="comments"></div><aside id="secondary"></aside></div>{FOOTER}<script src="/wp-includes/js/jquery.js"></script>'
    ),
    "wp-short": page(
        f'{NAV}<div id="page"><div id="content"><main><h1>Imprint</h1><p>Joe Bloggs, Main Street 1, 12345 Town. Phone 555 123.</p></main></div></div>{FOOTER}<script src="/wp-includes/js/jquery.js"></script><script src="/wp-content/plugins/cookie/c.js"></script><div id="cookie-notice"></div>'
    ),
    "noscript-analytics": page(
        '<h1>Hi</h1><p>We sell fine bread on the market square.</p><noscript><img src="https://pixel.example/x.gif"></noscript><script src=/a.js></script>'
    ),
    "noscript-lazy": page(
        f"<h1>Hi</h1><p>{words(25)}</p><img data-src=a.jpg class=lazy><noscript><img src=a.jpg></noscript><script src=/lazy.js></script>"
    ),
    "noscript-some": page(
        f"{NAV}<main><h1>Documentation</h1>{text(100)}</main><noscript>You need to enable JavaScript to use the search.</noscript><script src=/a.js></script>"
    ),
    "gallery": page(
        "<h1>Photos</h1><div class=gallery><a href=1.jpg><img src=t1.jpg></a><a href=2.jpg><img src=t2.jpg></a></div><div id=lightbox></div><script src=/lb.js></script>"
    ),
    "table-static": page(
        "<h1>Staff</h1><table id=staff><thead><tr><th>Name</thead><tbody>"
        + "".join(f"<tr><td>Joe {i}<td>Post" for i in range(20))
        + "</tbody></table><script src=jquery.js></script><script>$('#staff').DataTable()</script>"
    ),
    "error-404": page("<h1>404</h1><p>Not found</p><a href=/>Home</a><script src=/a.js></script>"),
    "infinite-served": page(
        f'{NAV}<main><h1>News</h1><div id="feed">'
        + "".join(f"<article><h2><a href=/{i}>Story {i}</a></h2><p>{words(12)}</p></article>" for i in range(10))
        + f'</div><div class="loader">Loading…</div></main>{FOOTER}<script src=/feed.js></script>'
    ),
    "maps": page(
        '<h1>Where we are</h1><p>Main Street 1, open daily from nine to five.</p><div id="map"></div><script src=maps.js></script><script>L.map("map")</script>'
    ),
    "code-docs": page(
        f'{NAV}<main><h1>Templates</h1>{text(40)}<pre><code>&lt;div id="app"&gt;{{{{ title }}}}&lt;/div&gt;</code></pre></main><script src=/prism.js></script>'
    ),
    "jinja-leftover": page(
        f"{NAV}<main><h1>Guide</h1>{text(200)}<p>Hello {{{{ name }}}}</p></main><script src=/a.js></script>"
    ),
    "amp": page(
        f"<main><h1>Story</h1>{text(60)}<amp-img src=a.jpg></amp-img><amp-ad></amp-ad></main>",
        head='<script async src="https://cdn.ampproject.org/v0.js"></script>',
    ),
    "turbo-drive": page(
        f'{NAV}<main><h1>Issue</h1>{text(30)}<turbo-frame id="reply" src="/r" loading="lazy"></turbo-frame></main><script src=turbo.js></script>'
    ),
    "chinese": page(
        "<main><h1>关于我们</h1><p>"
        + "我们是一家成立于一九九八年的公司专门生产优质的瓷器和茶具产品销往世界各地深受客户喜爱"
        + "</p></main><div id=app-download></div><script src=/a.js></script>"
    ),
    "redirect-button": page(
        f"<h1>Thanks</h1><p>{words(20)}</p><script>document.querySelector('b')?.addEventListener('click',()=>location.href='/x')</script>"
    ),
    "framebuster": page(
        "<h1>Hello</h1><p>Welcome to our small site.</p><script>if (top != self) top.location = self.location</script>"
    ),
    "image-only": page("<a href=/enter><img src=splash.jpg></a><script src=/a.js></script>"),
    "video": page("<h1>Film</h1><video controls src=a.mp4></video><script src=/player.js></script>"),
    "svg-chart-ssr": page(f"<h1>Chart</h1><p>{words(20)}</p><svg><text>1</text></svg><script src=/c.js></script>"),
    "lang-select": page(
        "<a href=/en>English</a> <a href=/de>Deutsch</a> <a href=/fr>Français</a><script src=/a.js></script>"
    ),
    "year": page(
        "<h1>Baker</h1><p>Fresh bread daily.</p><footer>© <script>document.write(new Date().getFullYear())</script></footer>"
    ),
    "empty-cols": page(
        '<div class="container"><div class="row"><div class="col"></div><div class="col"><h1>Welcome</h1><p>Our hotel lies by the lake.</p></div><div class="col"></div></div></div><script src=bootstrap.js></script>'
    ),
    "spacer-sections": page(
        f'<section class="hero" style="background:url(x.jpg)"></section><section><h1>Welcome</h1><p>{words(25)}</p></section><section id="bg2"></section><script src=a.js></script>'
    ),
    "old-frameset-noframes": page(
        '<p>Plain page of nineteen ninety eight with a counter.</p><script>document.write("<img src=/count.cgi?" + screen.width + ">")</script>'
    ),
    "gdpr-page": page(
        f'{NAV}<main><h1>Privacy</h1>{text(300)}</main><div id="onetrust-consent-sdk"></div><script src=/a.js></script>'
    ),
    "react-stream": page(
        f'<div id="root"><main><!--$?--><template id="B:0"></template><p>Loading</p><!--/$--></main></div><div hidden id="S:0">{text(80)}</div><script>$RC=function(b,a){{}};$RC("B:0","S:0")</script><script src=/m.js></script>'
    ),
    "linklist": page(f"<h1>Index</h1><ul>{MENU}</ul><script src=/a.js></script>"),
    "linklist-modal": page(f"<h1>Index</h1><ul>{MENU}</ul><div id=modal></div><script src=/a.js></script>"),
    "carousel-divs": page(
        f'<div class="slider-list" data-slick></div><h1>Hi</h1><p>{words(70)}</p><script src=slick.js></script>'
    ),
    "menu-hidden": page(
        f'<div class="menu" hidden>{MENU}</div><main><h1>Hi</h1><p>{words(40)}</p></main><script src=/a.js></script>'
    ),
    "pulse-dot": page(
        f'<h1>Live now <span class="animate-pulse"></span></h1><p>{words(30)}</p><script src=/a.js></script>'
    ),
    "hero-empty-sections": page(
        f'<div class="hero-image"></div><div class="content"><h1>Hotel</h1><p>{words(25)}</p></div><div class="card-image"></div><div class="map-wrapper"></div><script src=/a.js></script>'
    ),
    "bootstrap-cols": page(
        f'<div class="row"><div class="col-md-4"></div><div class="col-md-8"><h1>Doc</h1><p>{words(25)}</p></div></div><script src=/bootstrap.js></script>'
    ),
    "toc-aside": page(
        f"{NAV}<aside><div id=toc></div></aside><main><h1>Doc</h1>{text(60)}</main><script src=toc.js></script>"
    ),
    "flash": page(f'<div id="flash-messages"></div><h1>Wiki</h1><p>{words(10)}</p><script src=/a.js></script>'),
    "forum": page(
        "<div id=main><table><tr><td>Topic<td>Author</tr><tr><td><a href=1>One thing</a><td>Joe</table></div><div id=quickreply></div><script src=/f.js></script>"
    ),
    "svg-sprite": page(
        f'<div style="display:none"><svg><symbol id=a></symbol></svg></div><h1>Hi there</h1><p>{words(12)}</p><script src=/a.js></script>'
    ),
    "status-json": page('<pre>{"ok": true}</pre><script src=/a.js></script>'),
    "thanks": page("<h1>Thank you</h1><p>We have got your message.</p><a href=/>Back</a><script src=/a.js></script>"),
    "theme-script": page(f'<script>document.documentElement.classList.add("js")</script><h1>Hi</h1><p>{words(20)}</p>'),
    "https-redirect": page(
        '<script>if (location.protocol != "https:") location.protocol = "https:"</script><h1>Hi</h1><p>Small page here.</p>'
    ),
    "framebuster2": page(
        "<script>if(window.top!==window.self)window.top.location.href=window.location.href;</script><p>Small page here.</p>"
    ),
}


def needed(html: str) -> str | None:
    response = HtmlResponse("https://example.com/", body=html.encode(), encoding="utf-8")
    return needs_script(response.selector.root, response.url)


@pytest.mark.parametrize("name", SHELLS)
def test_shells_need_the_browser(name: str) -> None:
    assert needed(SHELLS[name]) is not None


@pytest.mark.parametrize("name", PAGES)
def test_pages_do_not(name: str) -> None:
    assert needed(PAGES[name]) is None
