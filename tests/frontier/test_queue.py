"""LeaseQueue and LeaseDupeFilter against a real Redis."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from redis import ConnectionError as RedisConnectionError
from scrapy import Request, Spider
from scrapy.utils.test import get_crawler

from scrapy_c4.frontier import LeaseDupeFilter, LeaseQueue
from scrapy_c4.options import OptionError
from tests.frontier.fleet import SETTINGS
from tests.frontier.redis_server import RedisServer
from tests.project import Project

pytestmark = pytest.mark.redis
KEY = "s:requests"


class S(Spider):
    name = "s"


@pytest.fixture(autouse=True)
def _empty(redis_server: RedisServer) -> Iterator[None]:
    yield
    redis_server.client.flushall()


def worker(redis_server: RedisServer, **settings: Any) -> LeaseQueue:
    """A worker without an engine: with the next call, what it has popped is finished."""
    all_settings = {
        **SETTINGS,
        "REDIS_URL": redis_server.url,
        "EXTENSIONS": {"scrapy_c4.frontier.LeaseKeeper": 500},
        **settings,
    }
    crawler = get_crawler(S, all_settings)
    crawler.spider = S.from_crawler(crawler)
    queue = LeaseQueue(redis_server.client, crawler.spider, KEY)
    queue.in_progress = set
    return queue


def request(n: int, priority: int = 0, **meta: Any) -> Request:
    return Request(f"http://127.0.0.1/{n}", priority=priority, meta=meta)


def path(popped: Request | None) -> int | None:
    return int(popped.url.rpartition("/")[2]) if popped else None


def lose(redis_server: RedisServer, queue: LeaseQueue) -> None:
    """Let time pass until ``queue``'s worker counts as gone."""
    redis_server.client.zadd(f"{KEY}:workers", {queue.worker: 1}, xx=True)


def test_best_first_and_counted_until_finished(redis_server: RedisServer) -> None:
    queue = worker(redis_server)
    for n, priority in enumerate([0, 5, -5, 10**6]):
        queue.push(request(n, priority))
    assert len(queue) == 4
    popped = []
    for left in (4, 3, 2, 1):
        popped.append(path(queue.pop()))
        assert len(queue) == left
    assert popped == [3, 1, 0, 2]
    assert queue.pop() is None
    assert len(queue) == 0


def test_leases_of_a_lost_worker_come_back_in_their_order(redis_server: RedisServer) -> None:
    lost, alive = worker(redis_server), worker(redis_server)
    for n, priority in enumerate([1, 30, 20, 10]):
        lost.push(request(n, priority, c4={"screenshot": True}))
    in_flight: set[Request] = set()
    lost.in_progress = lambda: in_flight
    for n in (1, 2, 3):
        popped = lost.pop()
        assert path(popped) == n
        in_flight.add(popped)  # type: ignore[arg-type]
    assert list(alive.give_back_lost()) == []
    lose(redis_server, lost)
    assert len(alive) == 4
    assert list(alive.give_back_lost()) == [(lost.worker, 3, 0)]
    assert len(alive) == 4
    back = [alive.pop() for _ in range(4)]
    assert [path(r) for r in back] == [1, 2, 3, 0]
    assert all(r and r.meta["c4"] == {"screenshot": True} for r in back)


def test_a_worker_that_was_only_slow_takes_nothing_away(redis_server: RedisServer) -> None:
    slow, other = worker(redis_server), worker(redis_server)
    slow.push(request(1))
    slow.push(request(2))
    assert path(slow.pop()) == 1
    lose(redis_server, slow)
    slow.keep()  # just in time: its request is finished by now
    assert list(other.give_back_lost()) == []
    assert path(slow.pop()) == 2
    lose(redis_server, slow)
    assert [given for _, given, _ in other.give_back_lost()] == [1]
    slow.keep()  # too late
    assert path(other.pop()) == 2


def test_leaving_gives_back_what_is_not_finished(redis_server: RedisServer) -> None:
    queue, other = worker(redis_server), worker(redis_server)
    queue.push(request(1))
    assert path(queue.pop()) == 1
    assert queue.leave() == 0
    assert len(other) == 0
    queue.push(request(2))
    held = queue.pop()
    assert held
    queue.in_progress = lambda: {held}
    assert queue.leave() == 1
    assert path(other.pop()) == 2
    assert redis_server.client.hlen(f"{KEY}:returns") == 0


def test_a_request_that_ends_its_workers_is_put_aside(redis_server: RedisServer) -> None:
    alive = worker(redis_server, C4_LEASE_RETURNS=2)
    alive.push(request(666))
    for expected in [(1, 0), (1, 0), (0, 1)]:
        victim = worker(redis_server)
        assert path(victim.pop()) == 666
        lose(redis_server, victim)
        assert [(given, aside) for _, given, aside in alive.give_back_lost()] == [expected]
    assert len(alive) == 0
    assert redis_server.client.llen(alive.aside_key) == 1


def test_an_answer_lost_on_its_way_loses_no_request(redis_server: RedisServer) -> None:
    queue = worker(redis_server)
    for n in range(3):
        queue.push(request(n))
    popped = path(queue.pop())
    queue._last_id -= 1  # the client asks again, with the same lease
    queue._leased.clear()
    assert path(queue.pop()) == popped
    assert len(queue) == 3


def test_requests_not_pushed_finish_nothing(redis_server: RedisServer) -> None:
    queue, other = worker(redis_server), worker(redis_server)
    queue.push(request(1))
    assert path(queue.pop()) == 1
    name = queue.worker
    up, queue.server = queue.server, type(queue.server)(port=1, retry=None)
    with pytest.raises(RedisConnectionError):
        queue.push(request(2))
    queue.server = up
    queue.keep()
    assert queue.worker != name
    redis_server.client.zadd(f"{KEY}:workers", {name: 1})
    assert list(other.give_back_lost()) == [(name, 1, 0)]


def test_unreadable_requests_are_put_aside_and_said(
    redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    queue = worker(redis_server)
    bad = [b"\x80\x04pickle", b'{"url":"http://127.0.0.1/","callback":"missing"}', b'{"url":"no url"}']
    redis_server.client.zadd(KEY, dict.fromkeys(bad, -9))
    queue.push(request(1))
    assert path(queue.pop()) == 1
    assert sorted(redis_server.client.lrange(queue.aside_key, 0, -1)) == sorted(bad)
    assert queue._crawler.stats.get_value("c4/frontier/unreadable_count") == 3
    assert sum("cannot be read" in record.getMessage() for record in caplog.records) == 3
    assert queue.pop() is None
    assert len(queue) == 0


def test_leases_of_others_that_make_no_sense(redis_server: RedisServer) -> None:
    """They stop neither the return of the ones that do, nor the end of the crawl."""
    queue, other, client = worker(redis_server), worker(redis_server), redis_server.client
    queue.push(request(1, priority=3))
    assert path(other.pop()) == 1
    client.hset(f"{KEY}:leases:{other.worker}", mapping={"a": "nospace", "b": "abc x", "c": "nan y", "d": ""})
    client.hset(f"{KEY}:leases:", "1", "no worker")
    client.set(f"{KEY}:leases:text", "x")
    client.hset(f"{KEY}:returns", hashlib.sha1(client.hget(f"{KEY}:leases:{other.worker}", "1")[3:]).hexdigest(), "x")
    lose(redis_server, other)
    client.zadd(f"{KEY}:workers", {"": 0, "text": 0, b"\xff\xfe": 0})
    assert len(queue) == 6
    returned = {name: counts for name, *counts in queue.give_back_lost()}
    assert returned == {other.worker: [1, 4], "": [0, 1], "text": [0, 0], "\\xff\\xfe": [0, 0]}
    assert path(queue.pop()) == 1
    queue.leave()
    assert set(client.lrange(queue.aside_key, 0, -1)) == {b"nospace", b"x", b"y", b"", b"worker"}
    assert len(queue) == 0


@pytest.mark.parametrize("key", [KEY, f"{KEY}:workers"])
def test_a_key_that_is_no_queue_stops_the_crawl(redis_server: RedisServer, key: str) -> None:
    redis_server.client.rpush(key, "x")
    with pytest.raises(OptionError, match=f"SCHEDULER_QUEUE_KEY: {key} in Redis is a list"):
        worker(redis_server)


@pytest.mark.parametrize("url", ["redis://:not-for-logs@127.0.0.1:1/0", "nonsense", "redis://127.0.0.1:port/0"])
def test_without_redis_the_start_ends_in_one_line(project: Project, url: str) -> None:
    crawl = project.crawl("class T(scrapy.Spider):\n    name = 't'", settings={**SETTINGS, "REDIS_URL": url})
    assert crawl.returncode == 1
    assert "REDIS_URL: the shared frontier is out of reach: " in crawl.log
    assert "Traceback" not in crawl.log, crawl.log
    assert "not-for-logs" not in crawl.log


def test_nobody_empties_the_queue_of_others(redis_server: RedisServer) -> None:
    queue, other = worker(redis_server), worker(redis_server)
    seen = LeaseDupeFilter.from_spider(queue.spider)
    assert not seen.request_seen(request(1))
    assert not seen.request_seen(request(2))
    assert path(other.pop()) is not None
    seen.clear()
    queue.clear()
    assert len(queue) == 2
    assert seen.request_seen(request(1))
    lose(redis_server, other)
    seen.clear()
    queue.clear()
    assert redis_server.client.keys() == []


def test_seen_and_queued_are_one_step(redis_server: RedisServer) -> None:
    queue = worker(redis_server)
    seen = LeaseDupeFilter.from_spider(queue.spider)
    new = request(1)
    assert not seen.request_seen(new)
    assert len(queue) == 1  # a process killed here has lost nothing
    queue.push(new)  # the scheduler does so with what was not seen
    assert len(queue) == 1
    assert seen.request_seen(request(1))
    queue.push(request(1, dont_filter=True))
    assert len(queue) == 2


@pytest.mark.parametrize("name", ["C4_LEASE_SECONDS", "C4_LEASE_RETURNS"])
@pytest.mark.parametrize("value", [0, -1, "many", ""])
def test_impossible_settings_stop_the_crawl(redis_server: RedisServer, name: str, value: Any) -> None:
    with pytest.raises(OptionError, match=f"{name} = .* is not possible: it must be a whole number above 0"):
        worker(redis_server, **{name: value})


def test_without_its_keeper_the_queue_does_not_start(redis_server: RedisServer) -> None:
    with pytest.raises(ValueError, match=r"needs the extension scrapy_c4\.frontier\.LeaseKeeper"):
        worker(redis_server, EXTENSIONS={})
