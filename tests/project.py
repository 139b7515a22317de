"""A throw-away Scrapy project: real ``scrapy crawl`` in a process of its own, its items, stats and log read back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
SPIDERS = "import scrapy\nfrom scrapy_c4.spiders import *\n"
PROBES = '''
import json
from itemadapter import ItemAdapter
from scrapy import signals

class StatsWriter:
    def __init__(self, crawler):
        self.crawler = crawler
        crawler.signals.connect(self.spider_closed, signal=signals.spider_closed)
        crawler.signals.connect(self.engine_stopped, signal=signals.engine_stopped)

    @classmethod
    def from_crawler(cls, crawler):
        return cls(crawler)

    def spider_closed(self, reason):
        self.reason = reason

    def more(self):
        return {}

    def engine_stopped(self):
        # Other handlers of spider_closed may still have been at work on the stats.
        with open("stats.json", "w", encoding="utf-8") as file:
            json.dump({"reason": self.reason, **self.crawler.stats.get_stats(), **self.more()}, file, default=str)

class Probe(StatsWriter):
    """Writes every item that leaves the pipelines, and the stats of the crawl."""

    def __init__(self, crawler):
        super().__init__(crawler)
        self.items = open("items.jsonl", "w", encoding="utf-8")
        crawler.signals.connect(self.item_scraped, signal=signals.item_scraped)

    def item_scraped(self, item):
        line = {"class": type(item).__name__, "item": ItemAdapter(item).asdict()}
        self.items.write(json.dumps(line) + "\\n")

    def spider_closed(self, reason):
        super().spider_closed(reason)
        self.items.close()

class Stats(StatsWriter):
    """Writes the stats, and the memory of the process as the crawl went on."""

    def __init__(self, crawler):
        super().__init__(crawler)
        self.memory = []
        crawler.signals.connect(self.response_received, signal=signals.response_received)

    def response_received(self):
        with open("/proc/self/statm") as file:
            self.memory.append(int(file.read().split()[1]) * 4096 // 2**20)

    def more(self):
        return {"memory": [self.memory[len(self.memory) * n // 4 - 1] for n in (1, 2, 3, 4)] if self.memory else []}
'''
BASE_SETTINGS: dict[str, Any] = {
    "SPIDER_MODULES": ["spiders"],
    "ADDONS": {"scrapy_c4.Addon": 500},
    "EXTENSIONS": {"probes.Probe": 0},
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
    "LOG_LEVEL": "INFO",
    "C4_RENDER": "never",
    "RETRY_ENABLED": False,
}


@dataclass
class Crawl:
    returncode: int
    log: str
    stats: dict[str, Any]
    items: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def of(self, name: str) -> list[dict[str, Any]]:
        """The items of the class ``name``."""
        return [item for cls, item in self.items if cls == name]


class Project:
    def __init__(self, path: Path):
        self.path = path

    def write(self, spiders: str, settings: dict[str, Any] | None = None) -> None:
        merged = {**BASE_SETTINGS, **(settings or {})}
        (self.path / "scrapy.cfg").write_text("[settings]\ndefault = settings\n")
        (self.path / "settings.py").write_text("".join(f"{k} = {v!r}\n" for k, v in merged.items()))
        (self.path / "probes.py").write_text(PROBES)
        (self.path / "spiders.py").write_text(SPIDERS + spiders)

    def command(self, *args: str) -> list[str]:
        return [sys.executable, "-W", "error::DeprecationWarning:scrapy_c4", "-m", "scrapy", *args]

    @property
    def env(self) -> dict[str, str]:
        # The scrapy_c4 under test may not be the installed one.
        path = os.pathsep.join([str(self.path), str(ROOT)])
        return {**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": "0"}

    def start(self, name: str, *args: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command("crawl", name, *args),
            cwd=self.path, env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, encoding="utf-8",
        )  # fmt: skip

    def finish(self, process: subprocess.Popen[str], timeout: float = 90) -> Crawl:
        try:
            _, log = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            _, log = process.communicate()
            raise AssertionError(f"the crawl did not end within {timeout} s:\n{log[-3000:]}") from None
        stats, items = self.path / "stats.json", self.path / "items.jsonl"
        crawl = Crawl(process.returncode, log, json.loads(stats.read_text()) if stats.exists() else {})
        if items.exists():
            for line in items.read_text("utf-8").splitlines():
                entry = json.loads(line)
                crawl.items.append((entry["class"], entry["item"]))
        return crawl

    def crawl(
        self, spiders: str, *args: str, settings: dict[str, Any] | None = None, name: str = "t", timeout: float = 90
    ) -> Crawl:
        """Run ``scrapy crawl name *args`` on a project with these spiders and settings."""
        for left in ("stats.json", "items.jsonl"):
            (self.path / left).unlink(missing_ok=True)
        self.write(spiders, settings)
        return self.finish(self.start(name, *args), timeout)
