"""Browser pages that have more than one visit: quick, and nothing of one visit is seen by the next."""

from __future__ import annotations

from typing import Any

import pytest

from tests.project import Crawl, Project
from tests.site import Answer, Site
from tests.test_render import LAUNCH

pytestmark = pytest.mark.browser

SPIDER = """
class Spider(PageMixin, scrapy.Spider):
    name = "t"

    async def start(self):
        for n, path in enumerate(self.paths.split()):
            meta = {"c4": {"render": "always", "page_timeout": 20000}}
            url = path if path.startswith("http") else self.base + path
            yield scrapy.Request(url, meta=meta, priority=-n, dont_filter=True, errback=self.failed)

    def parse(self, response):
        is_page = isinstance(response, scrapy.http.HtmlResponse)
        text = " ".join(response.css("p::text").getall()) if is_page else response.text
        yield {"url": response.url, "text": text, "flags": response.flags, "meta": sorted(response.meta)}

    def on_console(self, message):
        pass

    def failed(self, failure):
        yield {"url": failure.request.url, "error": type(failure.value).__name__}
"""
OWN = "<p id=p></p><script>p.textContent = [location.search, window.name, sessionStorage.length, %s].join()</script>"


def crawl(project: Project, site: Site, paths: list[str], spider: str = SPIDER, **settings: Any) -> Crawl:
    settings = {"PLAYWRIGHT_LAUNCH_OPTIONS": LAUNCH, "CONCURRENT_REQUESTS": 1, "C4_EMIT": [], **settings}
    return project.crawl(spider, "-a", f"base={site.url}", "-a", f"paths={' '.join(paths)}", settings=settings)


def texts(result: Crawl) -> list[str]:
    return [item.get("text", item.get("error")) for _, item in result.items]


def test_a_page_has_many_visits_and_forgets_each(project: Project, site: Site) -> None:
    site.pages["/"] = OWN % "history.state" + "<script>name = 'mine'; sessionStorage.a = 1; history.state</script>"
    result = crawl(project, site, [f"/?{n}" for n in range(12)], C4_PAGE_MAX_VISITS=5)
    assert texts(result) == [f"?{n},,0," for n in range(12)]
    assert result.stats["playwright/page_count"] == result.stats["playwright/page_count/closed"] == 3
    assert result.stats["c4/render/page_reused_count"] == 9
    assert not any("c4_shared_page" in item["meta"] for _, item in result.items)


@pytest.mark.parametrize(
    ("path", "change", "settings"),
    [
        ("/?%d", "", {"C4_PAGE_MAX_VISITS": 1}),
        # From one document to another part of it there is no way through the network.
        ("/#%d", "", {}),
        ("/?%d", "meta['c4']['screenshot'] = 'viewport'", {"C4_CAPTURE_INLINE": True}),
        ("/?%d", "meta['playwright_page_methods'] = [PageMethod('wait_for_timeout', 1)]", {}),
        ("/?%d", "meta['playwright_page_event_handlers'] = {'console': 'on_console'}", {}),
    ],
)  # fmt: skip
def test_visits_that_have_a_page_of_their_own(
    project: Project, site: Site, path: str, change: str, settings: dict[str, Any]
) -> None:
    site.pages["/"] = OWN % "location.hash"
    spider = "from scrapy_playwright.page import PageMethod\n" + SPIDER.replace(
        "            yield scrapy.Request", f"            {change}\n            yield scrapy.Request", 1
    )
    result = crawl(project, site, [path % n for n in range(3)], spider, **settings)
    assert len(set(texts(result))) == 3
    assert result.stats["playwright/page_count"] == 3
    assert "c4/render/page_reused_count" not in result.stats


@pytest.mark.parametrize("slots", [1, 2])
def test_visits_wait_for_the_pages_there_are(project: Project, site: Site, slots: int) -> None:
    site.pages["/"] = OWN % 0
    limits = {"CONCURRENT_REQUESTS": 8, "PLAYWRIGHT_MAX_PAGES_PER_CONTEXT": slots}
    result = crawl(project, site, [f"/?{n}" for n in range(24)], **limits)
    assert sorted(texts(result)) == sorted(f"?{n},,0,0" for n in range(24))
    assert result.stats["playwright/page_count"] <= 2 * slots + 1
    assert result.stats["playwright/page_count"] == result.stats["playwright/page_count/closed"]


def test_contexts_are_renewed_by_visits(project: Project, site: Site) -> None:
    site.pages["/"] = OWN % 0
    result = crawl(project, site, [f"/?{n}" for n in range(12)], C4_CONTEXT_MAX_PAGES=4, CONCURRENT_REQUESTS=2)
    assert sorted(texts(result)) == sorted(f"?{n},,0,0" for n in range(12))
    assert result.stats["c4/render/context_recycled_count"] == 2
    assert result.stats["playwright/page_count"] == result.stats["playwright/page_count/closed"]


# Its name is taken from it when it has been read.
LATER = "<p>late</p><script>name = 'mine'; setInterval(() => {{ if (name === '') {{ {} }} }}, 1)</script>"


@pytest.mark.parametrize(
    ("what", "reused"),
    [
        ("clearInterval(1); location = '/elsewhere'", 3),
        ("clearInterval(1); open('/elsewhere')", 9),
        ("history.pushState({}, '', '/other')", 9),
        ("onbeforeunload = () => 'no'; onpagehide = () => { const t = Date.now(); while (Date.now() < t + 100); }", 9),
        # These go on for ever, so some visits are repeated in new pages, and then all of that site have new pages.
        ("location = '/elsewhere?' + performance.now()", None),
        ("location = 'about:blank'", None),
        ("fetch('/data').then(() => { location = '/elsewhere' })", None),
        ("location.reload()", None),
        ("for (;;);", None),
    ],
)
def test_what_a_page_does_after_its_visit(project: Project, site: Site, what: str, reused: int | None) -> None:
    site.pages.update({"/": LATER.format(what), "/plain": OWN % 0, "/elsewhere": "<p>elsewhere", "/data": ""})
    result = crawl(project, site, [path for n in range(5) for path in (f"/?{n}", f"/plain?{n}")])
    assert texts(result) == [text for n in range(5) for text in ("late", f"?{n},,0,0")]
    assert all(item["flags"] == ["playwright"] for _, item in result.items)
    assert [item["url"] for _, item in result.items[1::2]] == [f"{site.url}/plain?{n}" for n in range(5)]
    assert result.stats["c4/render/page_reused_count"] >= (reused or 3)
    assert result.stats["playwright/page_count"] == result.stats["playwright/page_count/closed"]
    if reused:  # nor do they ask for anything between the visits
        assert sorted(set(site.paths()) - {"/favicon.ico"}) == sorted(
            {item["url"].removeprefix(site.url) for _, item in result.items}
        )
    assert "Traceback" not in result.log
    assert "never retrieved" not in result.log


def test_other_headers(project: Project, site: Site) -> None:
    """Each visit sends the headers of its request, and no others."""
    site.pages["/"] = OWN % "navigator.userAgent"
    spider = SPIDER.replace(
        "meta=meta,", "meta=meta, headers={'User-Agent': f'agent {n // 2}', f'X-{n}': 'y'} if n < 4 else {},"
    )
    result = crawl(project, site, [f"/?{n}" for n in range(6)], spider, USER_AGENT="crawler")
    agents = ["agent 0", "agent 0", "agent 1", "agent 1", "crawler", "crawler"]
    assert texts(result) == [f"?{n},,0,{agent}" for n, agent in enumerate(agents)]
    asked = [asked for asked in site.asked if asked.path.startswith("/?")]
    assert [asked.headers["user-agent"] for asked in asked] == agents
    assert [[name for name in asked.headers if name.startswith("x-")] for asked in asked] == [
        ["x-0"], ["x-1"], ["x-2"], ["x-3"], [], [],
    ]  # fmt: skip
    assert result.stats["playwright/page_count"] == 1


def test_servers_that_do_not_answer(project: Project, site: Site) -> None:
    """They are asked once."""
    site.pages["/"] = OWN % 0
    gone = Site()
    gone.close()
    result = crawl(project, site, [path for n in range(3) for path in (f"/?{n}", f"{gone.url}/{n}")])
    assert [item.get("error") for _, item in result.items] == [None, "DownloadFailedError"] * 3
    assert result.stats["c4/render/error_count/ERR_CONNECTION_REFUSED"] == 3
    assert result.stats["c4/render/page_reused_count"] == 3
    assert "c4/render/page_repeated_count" not in result.stats


def test_answers_that_are_no_pages(project: Project, site: Site) -> None:
    """A used page that gets one still shows the last document."""
    site.pages.update(
        {
            "/": OWN % 0,
            "/data": Answer('{"p": 1}', headers={"Content-Type": "application/json"}),
            "/file": Answer("x", headers={"Content-Disposition": "attachment; filename=x.html"}),
            "/nothing": Answer(status=204),
            "/gone": Answer("<p>gone", status=404),
        }
    )
    paths = ["/data", "/file", "/nothing", "/gone"]
    result = crawl(
        project, site, [p for n, path in enumerate(paths) for p in (f"/?{n}", path)], HTTPERROR_ALLOW_ALL=True
    )
    found = {item["url"].removeprefix(site.url): item for _, item in result.items}
    assert [found[f"/?{n}"]["text"] for n in range(len(paths))] == [f"?{n},,0,0" for n in range(len(paths))]
    assert found["/gone"]["text"] == "gone"
    assert [found[path].get("text") for path in paths[:3]] == ['{"p": 1}', "", ""]
    assert result.stats["playwright/page_count"] == result.stats["playwright/page_count/closed"]


def test_a_visit_that_wants_a_page_of_its_own_gets_the_slot_of_one_that_waits(project: Project, site: Site) -> None:
    site.pages["/"] = OWN % 0
    spider = SPIDER.replace(
        "meta = {", "meta = {**({'playwright_page_init_callback': 'spiders.init'} if n % 2 else {}), "
    )
    spider = "async def init(page, request):\n    pass\n" + spider
    started = [f"/?{n}" for n in range(10)]
    result = crawl(project, site, started, spider, PLAYWRIGHT_MAX_PAGES_PER_CONTEXT=1)
    assert texts(result) == [f"?{n},,0,0" for n in range(10)]
    assert result.stats["playwright/page_count"] == result.stats["playwright/page_count/closed"] == 10


def test_pages_that_are_open_at_the_same_time_are_all_drawn(project: Project, site: Site) -> None:
    site.pages["/lazy"] = """<title>t</title>
<style>div{height:900px}</style>""" + "".join(f"<div><p data-n={n}></p></div>" for n in range(8)) + """<script>
const watch = new IntersectionObserver(seen => seen.forEach(({isIntersecting, target}) => {
  if (isIntersecting) target.textContent = target.dataset.n;
}));
document.querySelectorAll("p").forEach(p => watch.observe(p));
</script>"""  # fmt: skip
    options = '"scan_full_page": True, "scroll_delay": 0.05, "page_timeout": 40000'
    spider = SPIDER.replace('"page_timeout": 20000', options)
    result = crawl(project, site, [f"/lazy?{n}" for n in range(6)], spider, CONCURRENT_REQUESTS=6)
    assert texts(result) == ["0 1 2 3 4 5 6 7"] * 6
    assert result.stats["playwright/page_count/max_concurrent"] > 3
