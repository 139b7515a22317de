"""LLM extraction through ``scrapy crawl``: real LiteLLM against a local server of the OpenAI protocol."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest

from scrapy_c4.llm.errors import ERROR_TYPES
from tests.llm.openai_server import ChatServer
from tests.project import Crawl, Project
from tests.site import Site

TOKEN = "sk-very-secret-0123456789"
SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "price": {"type": "integer"}},
    "required": ["name", "price"],
}
#: A spider that asks about its pages itself, one behaviour of the server per page.
SPIDER = """
from scrapy_c4 import LLMConfig, LLMExtractionStrategy, analyze

class T(scrapy.Spider):
    name = "t"

    async def start(self):
        for url in self.settings.getlist("URLS"):
            yield scrapy.Request(url)

    def parse(self, response):
        behaviour = response.url.rpartition("/")[2].partition("-")[0]
        yield self.strategy(behaviour).prepare(analyze(response))
        yield {"seen": response.url}

    strategies = {}

    def strategy(self, behaviour):
        if behaviour not in self.strategies:
            self.strategies[behaviour] = LLMExtractionStrategy(
                LLMConfig("openai/test", api_token=self.settings["TOKEN"], backoff_base_delay=0.05,
                          base_url=self.settings["SERVER"] % behaviour),
                schema=self.settings.getdict("SCHEMA"),
                chunk_token_threshold=self.settings.getint("THRESHOLD", 2048),
            )
        return self.strategies[behaviour]
"""


@pytest.fixture
def server() -> Iterator[ChatServer]:
    server = ChatServer()
    yield server
    server.close()


def page(*names: str) -> str:
    items = "".join(f"<p>ITEM {name} COSTS {number}</p>" for number, name in enumerate(names, 1))
    return f"<html><head><title>t</title></head><body><h1>Things</h1>{items}</body></html>"


def long_page(items: int) -> str:
    """Several chunks of 200 tokens."""
    words = " ".join(f"word{n}" for n in range(30))
    items_html = "".join(f"<h2>Part {n}</h2><p>ITEM n{n} COSTS {n}</p><p>{words}</p>" for n in range(items))
    return f"<html><head><title>t</title></head><body><h1>Things</h1>{items_html}</body></html>"


def settings_for(site: Site, server: ChatServer, paths: list[str], **more: Any) -> dict[str, Any]:
    return {
        "URLS": [site.url + path for path in paths],
        "SERVER": server.url("%s"),
        "TOKEN": TOKEN,
        "SCHEMA": SCHEMA,
        "C4_EMIT": [],
        "SPIDER_MIDDLEWARES": {"scrapy_c4.llm_pipeline.LLMDetachMiddleware": 20},
        "C4_LLM_TIMEOUT": 4,
        "C4_LLM_DEADLINE": 9,
        **more,
    }


def crawl(project: Project, settings: dict[str, Any], spider: str = SPIDER) -> Crawl:
    done = project.crawl(spider, settings=settings)
    assert done.returncode == 0, done.log
    return done


def by_behaviour(done: Crawl) -> dict[str, dict[str, Any]]:
    return {item["page_url"].rpartition("/")[2]: item for item in done.of("ExtractedItem")}


def test_every_kind_of_answer_ends_as_data_or_typed_error(project: Project, site: Site, server: ChatServer) -> None:
    two = [{"name": "a", "price": 1}, {"name": "b", "price": 2}]
    expected: dict[str, tuple[list[Any], list[str]]] = {
        "ok": (two, []),
        "nousage": (two, []),
        "limited": (two, []),
        "flaky": (two, []),
        "thinking": (two, []),
        "sloppy": (two, []),
        "alwayslimited": ([], ["rate_limited"]),
        "longlimited": ([], ["rate_limited"]),
        "broken": ([], ["provider_error"]),
        "denied": ([], ["provider_error"]),
        "nohtml": ([], ["provider_error"]),
        "hang": ([], ["timeout"]),
        "drip": ([], ["timeout"]),
        "truncated": ([], ["truncated"]),
        "secretlytruncated": ([], ["truncated"]),
        "refuse": ([], ["refused"]),
        "refuseinprose": ([], ["refused"]),
        "filtered": ([], ["refused"]),
        "empty": ([], ["invalid_json"]),
        "garbage": ([], ["invalid_json"]),
        "wrongtypes": ([{"name": "good", "price": 3}], ["schema_mismatch"]),
    }
    for behaviour in expected:
        site.pages[f"/{behaviour}"] = page("a", "b")
    done = crawl(
        project, settings_for(site, server, [f"/{name}" for name in expected], C4_LLM_CONCURRENCY=30, LOG_LEVEL="DEBUG")
    )
    items = by_behaviour(done)
    assert {name: (item["data"], [e["type"] for e in item["errors"]]) for name, item in items.items()} == expected

    # What it took, on the item and in the stats.
    assert items["ok"]["usage"] == {
        "calls": 1, "prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120, "cost": None,
    }  # fmt: skip
    assert items["nousage"]["usage"]["prompt_tokens"] > 50
    [chunk] = items["ok"]["chunks"]
    assert (chunk["number"], chunk["status"], chunk["records"], chunk["start"]) == (1, "ok", 2, 0)
    errors = [error["type"] for item in items.values() for error in item["errors"]]
    for name in ERROR_TYPES:
        assert done.stats.get(f"c4/llm/error_count/{name}", 0) == errors.count(name)
    assert done.stats["c4/llm/page_count"] == done.stats["c4/llm/chunk_count"] == len(expected)
    assert done.stats["c4/llm/call_count"] == sum(item["usage"]["calls"] for item in items.values())
    assert f"LLM: {len(expected)} pages" in done.log

    # Retry-After was respected, a wait beyond the deadline not begun.
    first, second = [call.begun for call in server.calls if call.behaviour == "limited"]
    assert second - first >= 1
    assert [call.behaviour for call in server.calls].count("longlimited") == 1
    assert [call.behaviour for call in server.calls].count("broken") == 3

    # The server told the key in an error, and got it in a header; nobody else did.
    assert any(TOKEN in call.headers["authorization"] for call in server.calls)
    left = done.log + json.dumps(done.items) + json.dumps(done.stats)
    assert TOKEN not in left
    assert "LiteLLM:" not in done.log
    assert "Unclosed" not in done.log
    assert "never awaited" not in done.log


def test_the_crawl_goes_on_while_models_think(project: Project, site: Site, server: ChatServer) -> None:
    """Sixty pages of 150 kB, more than Scrapy lets wait in its pipelines, and an endpoint that never answers."""
    filler = "<!-- " + "x" * 150_000 + " -->"
    for number in range(60):
        site.pages[f"/hang-{number}"] = page("a") + filler
    for number in range(5):
        site.pages[f"/ok-{number}"] = page(f"k{number}")
    paths = [f"/hang-{n}" for n in range(60)] + [f"/ok-{n}" for n in range(5)]
    settings = settings_for(
        site, server, paths, C4_LLM_TIMEOUT=8, C4_LLM_DEADLINE=8, C4_LLM_CONCURRENCY=80, CONCURRENT_REQUESTS=4
    )
    done = crawl(project, settings)
    items = done.items
    assert len(done.of("ExtractedItem")) == 65
    assert len(done.of("dict")) == 65
    order = [item.get("seen") or item["page_url"] for _, item in items]
    names = [cls for cls, _ in items]
    # Every page has come in, and those with a good model are done, before the first of the others gives up.
    first_timeout = next(i for i, (cls, item) in enumerate(items) if cls == "ExtractedItem" and item["errors"])
    assert names[:first_timeout].count("dict") == 65
    assert sum("/ok-" in url for url in order[:first_timeout]) == 10
    assert done.stats["c4/llm/error_count/timeout"] == 60


def test_a_stopped_crawl_waits_for_answers_and_marks_the_rest(project: Project, site: Site, server: ChatServer) -> None:
    for number in range(3):
        site.pages[f"/slow-{number}"] = page(f"s{number}")
        site.pages[f"/hang-{number}"] = page(f"h{number}")
    paths = [f"/{kind}-{number}" for number in range(3) for kind in ("slow", "hang")]
    settings = settings_for(
        site, server, paths, C4_LLM_TIMEOUT=100, C4_LLM_DEADLINE=200, C4_LLM_DRAIN_TIMEOUT=4,
        ITEM_PIPELINES={"spiders.Writer": 900},
    )  # fmt: skip
    writer = '''
class Writer:
    """A user's pipeline that cannot write once it is closed."""

    def open_spider(self):
        self.file = open("written.txt", "w")

    def process_item(self, item):
        self.file.write(type(item).__name__ + "\\n")
        return item

    def close_spider(self):
        self.file.close()
'''
    project.write(SPIDER + writer, settings)
    process = project.start("t")
    deadline = time.monotonic() + 60
    while len(server.calls) < 6 and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    done = project.finish(process)
    assert done.stats["reason"] == "shutdown"
    items = by_behaviour(done)
    assert {name: [error["type"] for error in item["errors"]] for name, item in items.items()} == {
        **{f"slow-{n}": [] for n in range(3)},
        **{f"hang-{n}": ["timeout"] for n in range(3)},
    }
    assert [items[f"slow-{n}"]["data"][0]["name"] for n in range(3)] == ["s0", "s1", "s2"]
    assert (project.path / "written.txt").read_text().split().count("ExtractedItem") == 6
    assert "ERROR" not in done.log.replace("log_count/ERROR", "")
    assert done.stats.get("log_count/ERROR", 0) == 0


def test_the_budget_of_the_crawl(project: Project, site: Site, server: ChatServer) -> None:
    paths = [f"/ok-{number}" for number in range(20)]
    site.pages.update({path: page("a") for path in paths})
    priced = SPIDER.replace('"openai/test"', '"openai/test", input_cost_per_token=1e-6, output_cost_per_token=0')
    limits = {"C4_LLM_MAX_TOKENS_TOTAL": 1000, "C4_LLM_MAX_COST_TOTAL": 1.0}
    done = crawl(project, settings_for(site, server, paths, **limits), priced)
    items = done.of("ExtractedItem")
    # 120 tokens, 0.0001 USD a call.
    assert len(items) == 20
    assert len([item for item in items if not item["errors"]]) == len(server.calls) == 8
    assert {error["type"] for item in items for error in item["errors"]} == {"over_budget"}
    assert sum(item["usage"]["total_tokens"] for item in items) == 960
    assert (done.stats["c4/llm/prompt_tokens"], done.stats["c4/llm/completion_tokens"]) == (800, 160)
    assert done.stats["c4/llm/cost"] == pytest.approx(0.0008)
    assert "cost 0.000800 USD" in done.log


def test_the_budget_of_a_page(project: Project, site: Site, server: ChatServer) -> None:
    site.pages["/ok-long"] = long_page(30)
    site.pages["/ok-short"] = page("a")
    settings = settings_for(site, server, ["/ok-long", "/ok-short"], THRESHOLD=200, C4_LLM_MAX_TOKENS_PAGE=1000,
                            C4_LLM_MAX_PENDING=1)  # fmt: skip
    items = by_behaviour(crawl(project, settings))
    assert items["ok-long"]["usage"]["total_tokens"] == 960
    assert {chunk["status"] for chunk in items["ok-long"]["chunks"]} == {"ok", "over_budget"}
    assert items["ok-short"]["data"] == [{"name": "a", "price": 1}]


def test_answers_are_kept_on_disk(project: Project, site: Site, server: ChatServer) -> None:
    site.pages.update({"/ok": page("a"), "/garbage": page("a")})
    settings = settings_for(site, server, ["/ok", "/garbage"], C4_LLM_CACHE=True)
    first = crawl(project, settings)
    assert (len(server.calls), first.stats.get("c4/llm/cache_hit_count")) == (2, None)
    # Another page is another question, and what was no answer is asked again.
    site.pages["/ok-other"] = page("b")
    settings["URLS"].append(site.url + "/ok-other")
    second = crawl(project, settings)
    assert sorted(call.behaviour for call in server.calls[2:]) == ["garbage", "ok"]
    assert by_behaviour(second)["ok-other"]["data"] == [{"name": "b", "price": 1}]
    assert second.stats["c4/llm/cache_hit_count"] == 1
    ok = by_behaviour(second)["ok"]
    assert ok["data"] == [{"name": "a", "price": 1}]
    assert ok["usage"]["total_tokens"] == 0
    assert ok["chunks"][0]["cached"] is True
    kept = [file.read_text() for file in (project.path / ".scrapy" / "c4-llm").rglob("*.json")]
    assert len(kept) == 2
    assert TOKEN not in "".join(kept)


def test_plain_data_in_a_setting(
    project: Project, site: Site, server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A spider that knows nothing of models, as Scrapyd would run it: JSON, and the key in a variable."""
    monkeypatch.setenv("MY_LLM_KEY", TOKEN)
    site.pages["/a"] = page("a", "b")
    spider = f"""
class T(scrapy.Spider):
    name = "t"
    start_urls = [{(site.url + "/a")!r}]

    def parse(self, response):
        yield {{"own": True}}
"""
    extraction = {
        "strategy": "llm", "provider": "openai/gpt-4o-mini", "api_token": "env:MY_LLM_KEY",
        "base_url": server.url("ok"), "instruction": "All things with their prices.", "schema": SCHEMA,
        "temperature": 0.2, "max_tokens": 300,
    }  # fmt: skip
    done = project.crawl(spider, "-s", f"C4_EXTRACTION={json.dumps(extraction)}", settings={"LOG_LEVEL": "DEBUG"})
    assert done.returncode == 0, done.log
    [item] = done.of("ExtractedItem")
    assert item["data"] == [{"name": "a", "price": 1}, {"name": "b", "price": 2}]
    assert item["usage"]["cost"] == pytest.approx(100 * 0.15e-6 + 20 * 0.6e-6)
    assert done.stats["c4/llm/cost"] == pytest.approx(item["usage"]["cost"])
    [call] = server.calls
    assert (call.payload["model"], call.payload["temperature"], call.payload["max_tokens"]) == ("gpt-4o-mini", 0.2, 300)
    assert call.payload["response_format"]["type"] == "json_schema"
    assert "All things with their prices." in call.system
    assert call.headers["authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in done.log + json.dumps(done.items) + json.dumps(done.stats)


def test_pages_that_another_process_reads(project: Project, site: Site, server: ChatServer) -> None:
    paths = [f"/{n}" for n in range(12)]
    site.pages = {path: page(f"thing{path[1:]}") for path in paths}
    settings = settings_for(
        site,
        server,
        paths,
        C4_EMIT=["page", "extracted"],
        C4_PROCESSES=1,
        C4_EXTRACTION={
            "strategy": "llm", "provider": "openai/test", "api_token": TOKEN, "base_url": server.url("ok"),
            "schema": SCHEMA,
        },
    )  # fmt: skip
    del settings["SPIDER_MIDDLEWARES"]
    spider = SPIDER[: SPIDER.index("        behaviour =")] + "        yield {}\n"
    done = crawl(project, settings, spider)
    assert sorted(item["data"][0]["name"] for item in done.of("ExtractedItem")) == sorted(
        f"thing{n}" for n in range(12)
    )
    assert len(done.of("PageItem")) == 12
    assert done.stats["c4/extract/helped_count"] > 0


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("C4_LLM_CONCURRENCY", "0", "C4_LLM_CONCURRENCY = '0' is not possible: it must be a whole number above 0"),
        ("C4_LLM_CONCURENCY", "5", "did you mean C4_LLM_CONCURRENCY?"),
        ("C4_EXTRACTION", '{"strategy": "llm", "provider": "opnai/x"}', "did you mean openai?"),
        ("C4_EXTRACTION", '{"strategy": "llm", "provider": "openai/x", "temprature": 1}', "did you mean temperature?"),
        ("C4_EXTRACTION", '{"strategy": "llm", "provider": "openai/x", "api_token": "env:NO_SUCH"}', "is not set"),
    ],
)
def test_wrong_settings_stop_the_crawl(project: Project, setting: str, value: str, message: str) -> None:
    done = project.crawl('class T(scrapy.Spider):\n    name = "t"\n', "-s", f"{setting}={value}")
    assert done.returncode != 0
    assert message in done.log
    assert "Traceback" not in done.log
