# ruff: noqa: E501
"""Scrolling pages and virtual lists, in real Chromium."""

from __future__ import annotations

import time
from typing import Any

import pytest
from parsel import Selector

from tests.browser.conftest import Browser
from tests.site import Answer, Site

pytestmark = pytest.mark.browser

ENDLESS = """<title>feed</title><style>html{scroll-behavior:smooth} p{height:180px}</style><div id=feed></div><script>
let batch = 0, busy = false;
async function more() {
  if (busy || batch >= BATCHES) return;
  busy = true;
  const rows = await (await fetch('/batch?' + batch)).json();
  batch++;
  for (const row of rows) { const p = document.createElement('p'); p.textContent = row; feed.append(p); }
  busy = false;
}
more();
addEventListener('scroll', () => { if (scrollY + innerHeight > document.body.scrollHeight - 50) more(); });
</script>"""


def feed(site: Site, batches: int, pause: float = 0.15) -> None:
    def batch(path: str) -> Answer:
        time.sleep(pause)
        number = int(path.partition("?")[2])
        rows = ", ".join(f'"row {number * 10 + i}"' for i in range(10))
        return Answer(f"[{rows}]", headers={"Content-Type": "application/json"})

    site.pages["/batch"] = batch


def test_a_page_that_grows_is_scrolled_to_its_end(browser: Browser, web: Site) -> None:
    feed(web, 6)
    web.pages["/feed"] = ENDLESS.replace("BATCHES", "6")
    visited = browser.visit(
        web.url + "/feed", scan_full_page=True, scroll_delay=0.02, js_code="document.title = 'at ' + scrollY"
    )
    assert visited.capture.errors == []
    assert [f"row {i}" for i in range(60)] == Selector(visited.html).css("p::text").getall()
    assert "<title>at 0</title>" in visited.html


def test_a_page_that_takes_a_moment_before_it_grows_is_scrolled_to_its_end(browser: Browser, web: Site) -> None:
    web.pages["/moment"] = """<style>p{height:180px}</style><div id=feed></div><script>
let n = 0, busy = false;
function more() { for (const end = n + 10; n < end; n++) feed.append(Object.assign(document.createElement('p'), {textContent: n})); busy = false; }
addEventListener('scroll', () => {
  if (!busy && n < 40 && scrollY + innerHeight > document.body.scrollHeight - 50) { busy = true; setTimeout(more, 600); }
});
more();</script>"""
    visited = browser.visit(web.url + "/moment", scan_full_page=True, scroll_delay=0)
    assert visited.capture.errors == []
    assert Selector(visited.html).css("p::text").getall() == [str(n) for n in range(40)]


def test_a_page_without_an_end_is_kept_and_says_so(browser: Browser, web: Site) -> None:
    feed(web, 0, pause=0)
    web.pages["/endless"] = ENDLESS.replace("BATCHES", "1e9")
    visited = browser.visit(web.url + "/endless", scan_full_page=True, scroll_delay=0, page_timeout=3000)
    assert "was not reached" in visited.errors["scan_full_page"]
    assert len(Selector(visited.html).css("p")) > 20


def test_an_application_that_scrolls_inside_its_window_is_scrolled_there(browser: Browser, web: Site) -> None:
    feed(web, 3)
    web.pages["/app"] = (
        "<style>body{margin:0;overflow:hidden;height:100vh} #box{height:100vh;overflow-y:auto}</style><div id=box>"
        + ENDLESS.replace("BATCHES", "3")
        .replace("addEventListener('scroll'", "box.addEventListener('scroll'")
        .replace("scrollY + innerHeight", "box.scrollTop + box.clientHeight")
        .replace("document.body.scrollHeight", "box.scrollHeight")
        + "</div>"
    )
    visited = browser.visit(web.url + "/app", scan_full_page=True, scroll_delay=0.02)
    assert visited.capture.errors == []
    assert len(Selector(visited.html).css("p")) == 30


#: Where the application scrolls, with the style of its parts: {name: (markup with FEED, the scroller)}.
INNER = {
    "below the margin of the body": (
        "<style>#box{height:100vh;overflow-y:auto}</style><div id=box>FEED</div>", "box",
    ),
    "below a head": (
        "<style>body{margin:0} header{height:60px} #box{height:100vh;overflow-y:auto}</style><header>x</header><div id=box>FEED</div>",
        "box",
    ),
    "the body": (
        "<style>html,body{height:100%;margin:0;overflow-x:hidden}</style>FEED", "document.body",
    ),
    "in a shadow root": (
        "<style>html,body{height:100%;margin:0;overflow:hidden} x-content{display:block;height:100%}</style><x-content>"
        "<template shadowrootmode=open><style>#s{height:100%;overflow-y:auto}</style><div id=s><slot></slot></div></template>"
        "FEED</x-content>",
        "document.querySelector('x-content').shadowRoot.getElementById('s')",
    ),
    "beside a list of chapters": (
        "<style>body{margin:0} aside,#box{float:left;height:100vh;overflow-y:auto} aside{width:20%} #box{width:80%}</style>"
        "<aside><div style='height:90000px'></div></aside><div id=box>FEED</div>",
        "box",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", INNER)
def test_what_scrolls_is_found(browser: Browser, web: Site, kind: str) -> None:
    markup, scroller = INNER[kind]
    script = """<div id=feed></div><script>
addEventListener('DOMContentLoaded', () => {
  const scroller = SCROLLER;
  let n = 0;
  const more = () => {
    for (const end = n + 10; n < end; n++) feed.append(Object.assign(document.createElement('p'), {textContent: n}));
  };
  more();
  scroller.addEventListener('scroll', () => {
    if (n < 40 && scroller.scrollTop + scroller.clientHeight > scroller.scrollHeight - 50) more();
  });
});</script>"""
    feed = "<style>p{height:180px}</style>" + script.replace("SCROLLER", scroller)
    web.pages["/inner"] = "<!DOCTYPE html>" + markup.replace("FEED", feed)
    visited = browser.visit(web.url + "/inner", scan_full_page=True, scroll_delay=0)
    assert visited.capture.errors == []
    assert Selector(visited.html).css("p::text").getall() == [str(n) for n in range(40)]


def test_a_box_with_much_in_it_is_no_main_part_of_a_page_that_scrolls(browser: Browser, web: Site) -> None:
    web.pages["/boxed"] = (
        "<!DOCTYPE html><title>0</title><div style='height:1500px'></div><pre style='height:300px;overflow:auto'>"
        + "line\n" * 5000
        + "</pre><div style='height:1500px'></div><script>document.querySelector('pre').addEventListener('scroll',"
        "() => { document.title = 'scrolled' })</script>"
    )
    visited = browser.visit(web.url + "/boxed", scan_full_page=True, scroll_delay=0)
    assert visited.capture.errors == []
    assert "<title>0</title>" in visited.html


# Every kind of list has 37 items whose visible texts repeat; data-n tells them apart here.
TEXTS = "const text = i => ['同じ', '🎉', 'same', '2026', ''][i % 5] || 'item ' + i; const N = 37;"
ROW = "(i) => `<div class=row data-n=${i}><b>${text(i)}</b><img alt=a></div>`"
VIRTUAL: dict[str, str] = {
    # Rows at absolute places in a tall content, as react-window and TanStack make them.
    "absolute": """<style>#list{height:300px;overflow:auto;position:relative} .row{position:absolute;height:40px;width:100%}</style>
<div id=list><div id=inner style="position:relative"></div></div><script>TEXTS
inner.style.height = N * 40 + 'px';
function show() {
  const first = Math.max(0, Math.floor(list.scrollTop / 40) - 2), last = Math.min(N, first + 12);
  inner.innerHTML = '';
  for (let i = first; i < last; i++) inner.insertAdjacentHTML('beforeend', (ROW)(i).replace('<div', `<div style="top:${i * 40}px"`));
}
list.addEventListener('scroll', () => requestAnimationFrame(show)); show();</script>""",
    # A pool of nodes that are used again, in an order of their own, with heights that differ.
    "pool": """<style>#list{height:300px;overflow:auto} #inner{position:relative} .row{position:absolute;left:0}</style>
<div id=list><div id=inner></div></div><script>TEXTS
const height = i => 30 + (i * 7) % 25, tops = [0];
for (let i = 0; i < N; i++) tops.push(tops[i] + height(i));
inner.style.height = tops[N] + 'px';
const pool = [];
for (let k = 0; k < 16; k++) { const row = document.createElement('div'); row.className = 'row'; pool.push(row); inner.append(row); }
function show() {
  let first = 0;
  while (first < N - 1 && tops[first + 1] < list.scrollTop - 20) first++;
  pool.forEach((row) => row.style.display = 'none');
  for (let i = first; i < Math.min(N, first + 16); i++) {
    const row = pool[(i * 5) % 16];
    row.style.cssText = `transform:translateY(${tops[i]}px);height:${height(i)}px`;
    row.dataset.n = i;
    row.innerHTML = `<b>${text(i)}</b><img alt=a>`;
  }
}
list.addEventListener('scroll', show); show();</script>""",
    # Room is kept by an element above and one below; items come late and show a placeholder first.
    "spacers": """<style>#list{height:300px;overflow:auto} .row{height:40px}</style>
<div id=list><h2>Heading of the list</h2><div id=inner><div id=above></div><div id=below></div></div></div><script>TEXTS
const loaded = new Set();
function show() {
  const first = Math.max(0, Math.floor((list.scrollTop - 60) / 40)), last = Math.min(N, first + 10);
  inner.querySelectorAll('.row').forEach(r => r.remove());
  above.style.height = first * 40 + 'px'; below.style.height = (N - last) * 40 + 'px';
  for (let i = first; i < last; i++) {
    below.insertAdjacentHTML('beforebegin', loaded.has(i) ? (ROW)(i) : '<div class=row><i>…</i></div>');
    if (!loaded.has(i)) setTimeout(() => { loaded.add(i); clearTimeout(window.t); window.t = setTimeout(show, 5); }, 30);
  }
}
list.addEventListener('scroll', show); show();</script>""",
    # The page itself scrolls, the list only shows a window of rows.
    "page": """<style>.row{height:90px}</style><h1>Above</h1><ul id=list style="padding:0"></ul><p>Below</p><script>TEXTS
function show() {
  const first = Math.max(0, Math.floor((scrollY - 100) / 90) - 1), last = Math.min(N, first + 14);
  list.style.paddingTop = first * 90 + 'px'; list.style.paddingBottom = (N - last) * 90 + 'px';
  list.innerHTML = '';
  for (let i = first; i < last; i++) list.insertAdjacentHTML('beforeend', `<li class=row data-n=${i}><b>${text(i)}</b><img alt=a></li>`);
}
addEventListener('scroll', show); show();</script>""",
    # The body scrolls, not the window.
    "body": """<style>html,body{height:100%;margin:0;overflow-x:hidden} #list{position:relative} .row{position:absolute;height:40px}</style>
<div id=list></div><script>TEXTS
list.style.height = N * 40 + 'px';
function show() {
  const first = Math.max(0, Math.floor(document.body.scrollTop / 40) - 2), last = Math.min(N, first + 24);
  list.innerHTML = '';
  for (let i = first; i < last; i++) list.insertAdjacentHTML('beforeend', (ROW)(i).replace('<div', `<div style="top:${i * 40}px"`));
}
document.body.addEventListener('scroll', show); show();</script>""",
    # The page scrolls a little, and a part of the container much.
    "inside": """<style>body{margin:0} #list{height:500px} #box{height:510px;overflow:auto;position:relative}
.row{position:absolute;height:60px;width:100%}</style>
<div id=list><div id=box></div></div><p style="height:400px"><script>TEXTS
function show() {
  const first = Math.max(0, Math.floor(box.scrollTop / 60) - 2), last = Math.min(N, first + 14);
  box.innerHTML = `<div style="height:${N * 60}px"></div>`;
  for (let i = first; i < last; i++) box.insertAdjacentHTML('beforeend', (ROW)(i).replace('<div', `<div style="top:${i * 60}px"`));
}
box.addEventListener('scroll', show); show();</script>""",
    # The end of the list brings other items into the same place and goes back to the top.
    "replaced": """<style>#list{height:300px;overflow:auto} .row{height:60px}</style><div id=list></div><script>TEXTS
let first = 0;
function show() { list.innerHTML = ''; for (let i = first; i < Math.min(N, first + 10); i++) list.insertAdjacentHTML('beforeend', (ROW)(i)); }
list.addEventListener('scroll', () => {
  if (list.scrollTop + list.clientHeight >= list.scrollHeight - 2 && first + 10 < N) { first += 8; show(); list.scrollTop = 1; }
});
show();</script>""",
    # A list that only grows: nothing is to be done.
    "growing": """<style>#list{height:300px;overflow:auto} .row{height:60px}</style><div id=list></div><script>TEXTS
let n = 0;
function more() { for (const end = Math.min(N, n + 10); n < end; n++) list.insertAdjacentHTML('beforeend', (ROW)(n)); }
list.addEventListener('scroll', () => { if (list.scrollTop + list.clientHeight >= list.scrollHeight - 2) setTimeout(more, 60); });
more();</script>""",
    # A table whose head is no item.
    "table": """<style>#list{height:300px;overflow:auto;display:block} tr{height:40px}</style>
<div id=list><table><thead><tr><th>Heading</th></tr></thead><tbody id=inner></tbody></table></div><script>TEXTS
function show() {
  const first = Math.max(0, Math.floor(list.scrollTop / 40) - 1), last = Math.min(N, first + 11);
  const row = i => `<tr class=row data-n=${i}><td><b>${text(i)}</b><img alt=a></td></tr>`;
  let rows = `<tr style="height:${first * 40}px"></tr>`;
  for (let i = first; i < last; i++) rows += row(i);
  inner.innerHTML = rows + `<tr style="height:${(N - last) * 40}px"></tr>`;
}
list.addEventListener('scroll', show); show();</script>""",
}  # fmt: skip


@pytest.mark.parametrize("kind", VIRTUAL)
def test_every_item_of_a_virtual_list_is_kept_once_in_order(browser: Browser, web: Site, kind: str) -> None:
    web.pages["/" + kind] = "<title>t</title>" + VIRTUAL[kind].replace("TEXTS", TEXTS).replace("ROW", ROW)
    visited = browser.visit(
        f"{web.url}/{kind}", virtual_scroll={"container_selector": "#list", "wait_after_scroll": 0.03}
    )
    page = Selector(visited.html)
    assert visited.capture.errors == []
    assert [int(n) for n in page.css("#list .row::attr(data-n)").getall()] == list(range(37))
    if kind in ("spacers", "table"):
        assert "Heading" in " ".join(page.css("#list ::text").getall())


#: (real heights of rows, height that the list assumes, rows in a window, rows by which windows begin)
GUESSED = {
    "higher": ("44", 40, 20, 1),
    "much higher": ("60", 40, 24, 1),
    "lower": ("25", 40, 20, 1),
    "in large windows": ("44", 40, 60, 20),
    "of many heights": ("20 * (1 + (i * 7) % 4)", 40, 60, 20),
}


@pytest.mark.parametrize("kind", GUESSED)
def test_a_virtual_list_that_guesses_the_heights_of_its_rows(browser: Browser, web: Site, kind: str) -> None:
    height, assumed, window, step = GUESSED[kind]
    web.pages["/guessed"] = f"""<style>#list{{height:400px;overflow:auto}}</style><div id=list></div><script>
const N = 120, height = i => {height};
function show() {{
  const top = Math.floor(list.scrollTop / {assumed} / {step}) * {step} - Math.ceil({step} / 2);
  const first = Math.max(0, Math.min(N - {window}, top)), last = first + {window};
  let rows = `<div style="height:${{first * {assumed}}}px"></div>`;
  for (let i = first; i < last; i++) rows += `<p class=row style="margin:0;height:${{height(i)}}px">row ${{i}}</p>`;
  list.innerHTML = rows + `<div style="height:${{(N - last) * {assumed}}}px"></div>`;
}}
list.addEventListener('scroll', show); show();</script>"""
    virtual = {"container_selector": "#list", "wait_after_scroll": 0}
    visited = browser.visit(web.url + "/guessed", virtual_scroll=virtual, page_timeout=40_000)
    assert visited.capture.errors == []
    assert Selector(visited.html).css(".row::text").getall() == [f"row {n}" for n in range(120)]


#: How rows that are components with a shadow root of their own come by what they show.
COMPONENTS = {
    "attribute": (
        "constructor() { super(); this.attachShadow({mode: 'open'}) } static get observedAttributes() { return ['data-n'] }"
        "attributeChangedCallback() { this.shadowRoot.innerHTML = `<style>b{color:red}</style><b>row ${this.dataset.n}</b>` }"
    ),
    "property": (
        "constructor() { super(); this.attachShadow({mode: 'open'}) }"
        "set item(n) { this.shadowRoot.innerHTML = `<p><b>row ${n}</b><x-end></x-end></p>` }"
    ),
    "when connected": (
        "set item(n) { this.n = n }"
        "connectedCallback() { (this.shadowRoot || this.attachShadow({mode: 'open'})).innerHTML = `<b>row ${this.n}</b>` }"
    ),
}


@pytest.mark.parametrize("kind", COMPONENTS)
def test_a_virtual_list_of_components_keeps_what_they_show(browser: Browser, web: Site, kind: str) -> None:
    web.pages["/components"] = """<style>#list{height:300px;overflow:auto;position:relative}
x-row{display:block;position:absolute;height:40px;width:100%}</style><div id=list></div><script>
customElements.define('x-end', class extends HTMLElement {
  constructor() { super(); this.attachShadow({mode: 'open'}).innerHTML = '<i>end</i>'; }
});
customElements.define('x-row', class extends HTMLElement { BODY });
function show() {
  const first = Math.max(0, Math.floor(list.scrollTop / 40) - 2), last = Math.min(37, first + 12);
  list.innerHTML = `<div style="height:${37 * 40}px"></div>`;
  for (let i = first; i < last; i++) {
    const row = document.createElement('x-row');
    row.style.top = i * 40 + 'px';
    row.dataset.n = row.item = i;
    list.append(row);
  }
}
list.addEventListener('scroll', show); show();</script>""".replace("BODY", COMPONENTS[kind])
    visited = browser.visit(
        web.url + "/components", virtual_scroll={"container_selector": "#list", "wait_after_scroll": 0.02}
    )
    page = Selector(visited.html)
    assert visited.capture.errors == []
    assert page.css("x-row b::text").getall() == [f"row {n}" for n in range(37)]
    assert len(page.css("x-row i")) == (37 if kind == "property" else 0)


@pytest.mark.parametrize("kind", ["absolute", "pool", "table", "page", "body", "spacers"])
def test_items_that_are_all_the_same_are_counted_by_their_places(browser: Browser, web: Site, kind: str) -> None:
    page = VIRTUAL[kind].replace("TEXTS", "const text = i => 'same', N = 37;").replace("ROW", ROW)
    web.pages["/same" + kind] = page.replace(" data-n=${i}", "").replace("row.dataset.n = i", "")
    visited = browser.visit(
        f"{web.url}/same{kind}", virtual_scroll={"container_selector": "#list", "wait_after_scroll": 0.03}
    )
    assert Selector(visited.html).css("#list .row b::text").getall() == ["same"] * 37


@pytest.mark.parametrize(
    ("options", "fewest", "most", "error"),
    [
        ({"scroll_count": 2}, 18, 30, None),
        ({"scroll_by": 100_000}, 37, 37, None),
        ({"scroll_by": 60}, 37, 37, None),
        ({"container_selector": "#nothing"}, 10, 14, "no element matches #nothing"),
    ],
)
def test_virtual_scroll_options(
    browser: Browser, web: Site, options: dict[str, Any], fewest: int, most: int, error: str | None
) -> None:
    web.pages["/options"] = VIRTUAL["absolute"].replace("TEXTS", TEXTS).replace("ROW", ROW)
    visited = browser.visit(
        web.url + "/options",
        virtual_scroll={"container_selector": "#list", "wait_after_scroll": 0.02, **options},
    )
    rows = [int(n) for n in Selector(visited.html).css(".row::attr(data-n)").getall()]
    assert fewest <= len(rows) <= most
    assert rows == list(range(len(rows)))
    if error is None:
        assert visited.capture.errors == []
    else:
        assert error in visited.errors["virtual_scroll"]


#: Lists that look for their place by its id whenever they show themselves: SHOWN is their markup.
SHOWN = {
    "flat": "ROWS",
    "nested": "<section><ul>ROWS</ul></section>",
}
AGAIN = """<!DOCTYPE html><title>t</title><style>body{margin:0} .row{height:40px}</style><div id=list></div><script>
const N = 90;
function show() {
  const first = Math.max(0, Math.floor(scrollY / 40) - 2), last = Math.min(N, first + 24);
  let rows = `<div style="height:${first * 40}px"></div>`;
  for (let i = first; i < last; i++) rows += `<div class=row data-n=${i}>row ${i}</div>`;
  document.getElementById('list').innerHTML = `SHOWN`.replace('ROWS', rows + `<div style="height:${(N - last) * 40}px"></div>`);
}
addEventListener('scroll', show); show();</script>"""


@pytest.mark.parametrize("shown", SHOWN)
@pytest.mark.parametrize(
    "options",
    [
        {"wait_for_images": True},
        {"scan_full_page": True, "scroll_delay": 0},
        {"js_code": "window.scrollTo(0, 0)"},
        {"js_code": "show()"},
        {"js_code": "new Promise(done => { setInterval(show, 20); setTimeout(done, 100) })"},
        # What the page shows is taken back, and shown again, and so on: it has to end.
        {"js_code": "new MutationObserver(() => { if (document.querySelectorAll('.row').length > 30) show() }).observe(document.querySelector('#list'), {childList: true, subtree: true}); show()"},
    ],
    ids=["images", "scan", "scroll", "script", "timer", "observer"],
)  # fmt: skip
def test_what_a_list_shows_again_takes_no_items_out(
    browser: Browser, web: Site, shown: str, options: dict[str, Any]
) -> None:
    web.pages["/again"] = AGAIN.replace("SHOWN", SHOWN[shown])
    virtual = {"container_selector": "#list", "wait_after_scroll": 0.02}
    visited = browser.visit(web.url + "/again", virtual_scroll=virtual, **options)
    assert visited.capture.errors == []
    rows = Selector(visited.html).css(".row::attr(data-n)").getall()
    if "MutationObserver" in options.get("js_code", ""):
        assert rows
    else:
        assert rows == [str(n) for n in range(90)]


@pytest.mark.parametrize(
    ("code", "rows"),
    [
        ("document.querySelectorAll('.row').forEach((row, n) => { if (n % 10) row.remove(); })", range(0, 90, 10)),
        ("document.querySelector('.row').parentElement.append(document.querySelector('.row'))", [*range(1, 90), 0]),
        ("document.querySelector('.row').insertAdjacentHTML('beforebegin', '<p class=row data-n=-1></p>')", range(-1, 90)),
        ("scrollTo(0, 0); document.querySelectorAll('.row').forEach(row => { row.dataset.n = row.dataset.n * 2 })",
         range(0, 180, 2)),
        ("document.querySelector('#list').remove()", []),
    ],
    ids=["removed", "moved", "added", "changed", "all"],
)  # fmt: skip
def test_scripts_of_the_user_change_the_items(browser: Browser, web: Site, code: str, rows: Any) -> None:
    web.pages["/again"] = AGAIN.replace("SHOWN", "ROWS")
    virtual = {"container_selector": "#list", "wait_after_scroll": 0.02}
    visited = browser.visit(web.url + "/again", virtual_scroll=virtual, js_code=code)
    assert visited.capture.errors == []
    assert Selector(visited.html).css(".row::attr(data-n)").getall() == [str(n) for n in rows]


# When the time is up in the middle of a scrolling, the list still answers to it, and finds itself by its id.
@pytest.mark.parametrize("answer", ["requestAnimationFrame(show)", "setTimeout(show, 500)"])
def test_a_virtual_list_without_an_end_is_kept_and_says_so(browser: Browser, web: Site, answer: str) -> None:
    endless = VIRTUAL["absolute"].replace("TEXTS", TEXTS.replace("37", "1000000")).replace("ROW", ROW)
    assert "requestAnimationFrame(show)" in endless
    web.pages["/endlesslist"] = endless.replace("requestAnimationFrame(show)", answer)
    visited = browser.visit(
        web.url + "/endlesslist",
        page_timeout=8000,
        virtual_scroll={"container_selector": "#list", "wait_after_scroll": 0.6},
        delay_before_return_html=0.5,
    )
    rows = [int(n) for n in Selector(visited.html).css(".row::attr(data-n)").getall()]
    error = visited.errors["virtual_scroll"]
    assert "was not reached" in error
    assert f" {len(rows)} items" in error
    assert len(rows) > 12
    assert rows == list(range(len(rows)))
