"""The full proof of the shared frontier: ``python -m tests.frontier.soak`` crawls 10,000 pages with three workers and
kills two of them at random times; ``python -m tests.frontier.soak --memory`` measures what a request takes in Redis.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scrapy import Request, Spider
from scrapy.utils.test import get_crawler
from scrapy_redis.dupefilter import RFPDupeFilter
from scrapy_redis.queue import PriorityQueue

from scrapy_c4.frontier import LeaseDupeFilter, LeaseQueue
from tests.frontier.fleet import SETTINGS, Fleet, Tree, wait_until
from tests.frontier.redis_server import RedisServer
from tests.site import Site


def crawl(pages: int, workers: int, kills: int, seed: int, c4: dict[str, Any], folder: Path) -> bool:
    """Crawl, kill, restart; print figures. True if every page is there and no more doubled than were in flight."""
    chance = random.Random(seed)
    server, site = RedisServer(folder), Site()
    tree = Tree(site, pages)
    fleet = Fleet(folder, server.url, settings={"C4_LEASE_SECONDS": 10, "LOG_LEVEL": "WARNING"})
    args = ("-a", f"url={tree.url}", "-a", f"c4={json.dumps(c4)}")
    try:
        started = time.monotonic()
        pids = [fleet.start(*args) for _ in range(workers)]
        in_flight = []
        for at in sorted(chance.sample(range(pages // 10, pages * 9 // 10), kills)):
            wait_until(lambda at=at: len(site.asked) >= at, f"{at} requests", 600)  # type: ignore[misc]
            in_flight.append(fleet.kill(pids.pop(chance.randrange(len(pids)))))
            pids.append(fleet.start(*args))
        stats = fleet.finish(900)
        seconds = time.monotonic() - started
        found = fleet.pages()
        lost = sorted(set(tree.urls) - found.keys())
        doubled = sum(found.values()) - len(found)
        given_back = sum(s.get("c4/frontier/given_back_count", 0) for s in stats)
        left = sorted(key.decode() for key in server.client.scan_iter())
        print(
            f"{pages} pages, {workers} workers, {kills} killed with {in_flight} requests in flight, seed {seed}:\n"
            f"  {seconds:.1f} s, {pages / seconds:.0f} pages/s with starts and waits\n"
            f"  lost {len(lost)}, doubled {doubled}, given back {given_back}, asked of the site {len(site.asked)}\n"
            f"  left in Redis: {', '.join(left)}"
        )
        return not lost and doubled <= sum(in_flight) and len(found) == pages
    finally:
        fleet.close()
        site.close()
        server.close()


class S(Spider):
    name = "s"


def memory(count: int, folder: Path) -> None:
    """Print the bytes of Redis memory that a queued request and a seen URL take."""
    server = RedisServer(folder)
    crawler = get_crawler(
        S, {**SETTINGS, "REDIS_URL": server.url, "EXTENSIONS": {"scrapy_c4.frontier.LeaseKeeper": 500}}
    )
    spider = crawler.spider = S.from_crawler(crawler)
    ours = LeaseQueue(server.client, spider, "s:requests")
    seen = LeaseDupeFilter(server.client, "s:dupefilter")
    seen._fingerprint = crawler.request_fingerprinter.fingerprint

    def request(n: int, meta: dict[str, Any]) -> Request:
        return Request(f"https://www.example.com/catalogue/section-{n % 97}/product-{n:010d}.html", meta=meta)

    bare, options = {"depth": 5}, {"depth": 5, "c4": {"render": "always", "screenshot": True, "link_preview": True}}
    cases: dict[str, Callable[[int], Any]] = {
        "LeaseQueue, JSON": lambda n: ours.push(request(n, bare)),
        'LeaseQueue, JSON, meta["c4"] of three options': lambda n: ours.push(request(n, options)),
        "PriorityQueue of scrapy-redis, pickle": lambda n: theirs.push(request(n, bare)),
        "LeaseDupeFilter": lambda n: server.client.sadd(seen.key, seen._fingerprint(request(n, bare))),
        "RFPDupeFilter of scrapy-redis": lambda n: theirs_seen.request_seen(request(n, bare)),
    }
    theirs = PriorityQueue(server.client, spider, "s:requests")
    theirs_seen = RFPDupeFilter(server.client, "s:dupefilter")
    try:
        for name, put in cases.items():
            server.client.flushall()
            before = server.client.info("memory")["used_memory"]
            started = time.monotonic()
            for n in range(count):
                put(n)
            seconds = time.monotonic() - started
            used = (server.client.info("memory")["used_memory"] - before) / count
            print(f"{name}: {used:.0f} bytes each, {count / seconds:.0f} a second")
    finally:
        server.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--kills", type=int, default=2)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--c4", type=json.loads, default={}, help="options of every request, as JSON")
    parser.add_argument("--memory", action="store_true", help="measure Redis memory instead, with 10 times --pages")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if args.memory:
            memory(10 * args.pages, Path(folder))
            return 0
        return 0 if crawl(args.pages, args.workers, args.kills, args.seed, args.c4, Path(folder)) else 1


if __name__ == "__main__":
    sys.exit(main())
