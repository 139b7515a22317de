"""Real workers with a real Redis: nothing lost, nothing doubled beyond what was in flight."""

from __future__ import annotations

import json
import random
from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import LOCAL_ONLY
from tests.frontier.fleet import SPIDER, Fleet, Tree, wait_until
from tests.frontier.redis_server import RedisServer
from tests.site import Site

pytestmark = pytest.mark.redis
C4 = {"score_links": True, "link_preview": {"query": "tides", "timeout": 20, "exclude_patterns": ["*?n=1[0-9]"]}}


@pytest.fixture
def fleet(tmp_path: Path, redis_server: RedisServer) -> Iterator[Callable[..., Fleet]]:
    redis_server.client.flushall()
    fleets = []

    def make(**kwargs: Any) -> Fleet:
        fleets.append(Fleet(tmp_path, redis_server.url, **kwargs))
        return fleets[-1]

    yield make
    for started in fleets:
        started.close()


def test_three_workers_crawl_each_page_once(site: Site, redis_server: RedisServer, fleet: Callable[..., Fleet]) -> None:
    tree = Tree(site, 150, flaky=range(10, 20))
    # So few at once that no worker can take, while the site waits, all that there is to do.
    workers = fleet(settings={"RETRY_ENABLED": True, "CONCURRENT_REQUESTS": 4})
    tree.open.clear()
    for _ in range(3):
        workers.start("-a", f"url={tree.url}", "-a", f"c4={json.dumps(C4)}")
    wait_until(lambda: len(redis_server.client.keys("t:requests:leases:*")) == 3, "three busy workers")
    tree.open.set()
    stats = workers.finish()
    assert workers.pages() == dict.fromkeys(tree.urls, 1)
    assert [s["reason"] for s in stats] == ["finished"] * 3
    assert sum(s.get("retry/count", 0) for s in stats) == 10
    # Every worker has had its part, and nothing is left but the fingerprints.
    assert min(s.get("item_scraped_count", 0) for s in stats) > 0
    assert redis_server.client.keys() == [b"t:dupefilter"]
    marks = [item for item in workers.items() if "c4" in item]
    assert all(mark["c4"] == C4 for mark in marks)
    links = [item for item in workers.items() if "href" in item]
    assert len(links) == 149 + 150
    for link in links:
        n = int(link["href"].partition("=")[2])
        assert link["head_extraction_status"] == ("skipped" if 10 <= n < 20 else "valid"), link
        if link["head_data"]:
            assert (link["contextual_score"] > 0) == ("tides" in link["head_data"]["title"])
    for log in workers.logs:
        assert "Traceback" not in log, log
        assert "scrapy_c4" not in "\n".join(line for line in log.splitlines() if "Warning" in line)


def test_workers_killed_in_mid_crawl_lose_nothing(
    site: Site, redis_server: RedisServer, fleet: Callable[..., Fleet]
) -> None:
    seed = random.randrange(10**6)
    chance = random.Random(seed)
    tree = Tree(site, 300)
    workers = fleet()
    args = ("-a", f"url={tree.url}", "-a", "c4={}")
    pids = [workers.start(*args) for _ in range(3)]
    in_flight = 0
    for at in sorted(chance.sample(range(30, 250), 2)):
        wait_until(lambda at=at: len(site.asked) >= at, f"{at} requests")  # type: ignore[misc]
        in_flight += workers.kill(pids.pop(chance.randrange(len(pids))))
        pids.append(workers.start(*args))
    stats = workers.finish()
    pages = workers.pages()
    assert sorted(pages) == sorted(tree.urls), f"seed {seed}"
    assert sum(pages.values()) - tree.size <= in_flight, f"seed {seed}"
    # A worker may have been killed that had given something back.
    assert sum(s.get("c4/frontier/given_back_count", 0) for s in stats) <= in_flight, f"seed {seed}"
    # A worker that was killed with nothing in progress needs nobody to look after it.
    assert set(redis_server.client.keys()) <= {b"t:dupefilter", b"t:requests:workers"}


@pytest.mark.browser
def test_rendered_pages_survive_the_queue_and_a_killed_worker(site: Site, fleet: Callable[..., Fleet]) -> None:
    tree = Tree(site, 9)
    tree.extra = "<p id=p>server</p><script>p.textContent = 'browser'</script>"
    workers = fleet(
        spider=SPIDER.replace("LinkMixin", "PageMixin").replace("from self.extract_links", "self.extract_page"),
        settings={
            "C4_RENDER": "always",
            "CONCURRENT_REQUESTS": 2,
            "PLAYWRIGHT_LAUNCH_OPTIONS": {"args": LOCAL_ONLY},
        },
    )
    c4 = {"screenshot": "viewport", "capture_inline": True, "wait_for": "css:ul"}
    args = ("-a", f"url={tree.url}", "-a", f"c4={json.dumps(c4)}")
    first = workers.start(*args)
    wait_until(lambda: len(site.asked) >= 4, "four pages")
    in_flight = workers.kill(first)
    assert in_flight
    for _ in range(2):
        workers.start(*args)
    workers.finish(120)
    pages = [item for item in workers.items() if "markdown" in item]
    assert {page["url"] for page in pages} == set(tree.urls)
    assert len(pages) <= tree.size + in_flight
    for page in pages:
        assert page["rendered"]
        assert "browser" in page["markdown"]
        assert b64decode(page["screenshot"]).startswith(b"\x89PNG")


def test_a_crawl_rides_over_a_redis_that_is_away(
    site: Site, redis_server: RedisServer, fleet: Callable[..., Fleet]
) -> None:
    tree = Tree(site, 200)
    worker = fleet(settings={"REDIS_PARAMS": {"socket_connect_timeout": 1}})
    worker.start("-a", f"url={tree.url}", "-a", "c4={}")
    wait_until(lambda: len(site.asked) >= 60, "60 requests")
    redis_server.restart()
    (stats,) = worker.finish()
    pages = worker.pages()
    assert sorted(pages) == sorted(tree.urls), worker.logs[-1]
    assert stats["reason"] == "finished"
