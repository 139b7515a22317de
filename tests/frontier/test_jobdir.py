"""Stopping and going on: JOBDIR, and what it becomes when a crawl is killed."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from scrapy import Spider
from scrapy.utils.test import get_crawler

from scrapy_c4.frontier import JobDirGuard
from scrapy_c4.frontier.jobdir import MARK
from scrapy_c4.options import OptionError
from tests.frontier.fleet import SPIDER, Tree, wait_until
from tests.project import Crawl, Project
from tests.site import Site

SIZE = 120
C4 = {"score_links": True, "link_preview": {"query": "tides", "timeout": 20}}


def crawl_until(site: Site, project: Project, url: str, pages: int, with_signal: int, **settings: Any) -> Crawl:
    """Crawl on the JOBDIR ``job`` and send ``with_signal`` once ``pages`` pages were asked for; 0: to the end."""
    project.write(
        SPIDER,
        {
            "JOBDIR": "job",
            "EXTENSIONS": {"probes.Probe": 0, "scrapy_c4.frontier.JobDirGuard": 500},
            "CONCURRENT_REQUESTS": 4,
            "FEEDS": {"%(time)s.jsonl": {"format": "jsonlines"}},
            **settings,
        },
    )
    asked = len(site.asked)
    process = project.start("t", "-a", f"url={url}", "-a", f"c4={json.dumps(C4)}")
    if with_signal:
        wait_until(lambda: len(site.asked) >= asked + pages, f"{pages} requests")
        process.send_signal(with_signal)
    return project.finish(process)


def pages_of(items: list[dict[str, Any]]) -> Counter[str]:
    return Counter(item["url"] for item in items if "url" in item)


def test_going_on_after_ctrl_c_loses_no_page_and_doubles_none(site: Site, project: Project) -> None:
    tree = Tree(site, SIZE)

    def feeds(run: int) -> dict[str, Any]:
        # Not named by the time: a crawl may end in the second it began in, and the next would go on in its files.
        return {f"{run}.jsonl": {"format": "jsonlines"}, f"{run}.csv": {"format": "csv", "fields": ["url", "href"]},
                f"{run}.xml": {"format": "xml"}}  # fmt: skip

    crawls = [
        crawl_until(site, project, tree.url, 60, signal.SIGINT, FEEDS=feeds(1)),
        crawl_until(site, project, tree.url, 60, signal.SIGTERM, FEEDS=feeds(2)),
        crawl_until(site, project, tree.url, 0, 0, FEEDS=feeds(3)),
    ]
    assert [crawl.stats["reason"] for crawl in crawls] == ["shutdown", "shutdown", "finished"]
    for crawl in crawls:
        assert crawl.returncode == 0
        assert "c4/jobdir/unclean_count" not in crawl.stats, crawl.log
        assert "Traceback" not in crawl.log, crawl.log
    total = sum(crawl.stats["item_scraped_count"] for crawl in crawls)

    # Every feed of every run is whole.
    lines = [json.loads(line) for path in project.path.glob("*.jsonl") if path.name != "items.jsonl"
             for line in path.read_text("utf-8").splitlines()]  # fmt: skip
    assert pages_of(lines) == dict.fromkeys(tree.urls, 1)
    assert len(lines) == total
    rows = [row for path in project.path.glob("*.csv") for row in csv.DictReader(path.open(newline=""))]
    assert len(rows) == total
    assert Counter(row["url"] for row in rows if row["url"]) == dict.fromkeys(tree.urls, 1)
    trees = [etree.parse(path) for path in project.path.glob("*.xml")]
    assert sum(len(tree.getroot()) for tree in trees) == total

    # The options of requests came back from the disk, and previews went on.
    assert all(item["c4"] == C4 for item in lines if "c4" in item)
    statuses = Counter((item["head_extraction_status"], item["head_extraction_error"]) for item in lines
                       if "href" in item)  # fmt: skip
    assert statuses.keys() <= {("valid", None), ("failed", "the crawl is stopping")}
    assert statuses["valid", None] > SIZE


def test_a_killed_crawl_is_noticed(site: Site, project: Project) -> None:
    tree = Tree(site, SIZE)
    killed = crawl_until(site, project, tree.url, 60, signal.SIGKILL)
    assert killed.returncode == -signal.SIGKILL

    asked = len(site.asked)
    refused = crawl_until(site, project, tree.url, 0, 0, C4_JOBDIR_STRICT=True)
    assert len(site.asked) == asked
    assert not refused.stats  # the spider was not even opened
    assert "JOBDIR = 'job' is not possible: JOBDIR job was left by a crawl that was killed (process" in refused.log
    assert "Traceback" not in refused.log, refused.log

    # Refusing has not hidden the trace.
    again = crawl_until(site, project, tree.url, 0, 0)
    assert again.stats["c4/jobdir/unclean_count"] == 1
    assert "ERROR: JOBDIR job was left by a crawl that was killed" in again.log
    assert "marked as seen and will not be made again" in again.log
    assert "C4_JOBDIR_STRICT" in again.log


def guard(jobdir: Path, **settings: Any) -> tuple[JobDirGuard, Any]:
    crawler = get_crawler(Spider, {"JOBDIR": str(jobdir), **settings})
    return JobDirGuard.from_crawler(crawler), crawler.stats.get_value("c4/jobdir/unclean_count")


def write(jobdir: Path, **files: str) -> None:
    for name, content in files.items():
        path = jobdir / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode("latin-1"))


CLEAN: dict[str, dict[str, str]] = {
    "nothing": {},
    "stopped": {"requests_seen": "\0\x14" + 20 * "x", "requests_queue__active_json": "[]"},
    "began and did nothing": {"requests_seen": ""},
}
KILLED: dict[str, tuple[dict[str, str], str]] = {
    "marked": (
        {"requests_seen": "", MARK.replace(".", "_"): '{"host": "elsewhere", "pid": 7}'},
        "process 7 on elsewhere",
    ),
    "marked before it began": ({MARK.replace(".", "_"): ""}, "killed"),
    "mark of something else": ({MARK.replace(".", "_"): "[1]"}, "killed"),
    "mark that is no text": ({MARK.replace(".", "_"): "\xff\xfe\0"}, "killed"),
    "mark without an end": ({MARK.replace(".", "_"): "[" * 1_000_000}, "killed"),
    "mark with a line of its own": ({MARK.replace(".", "_"): '{"pid": 7, "host": "a\\nERROR"}'}, "killed. What"),
    "resumed and killed": (
        {"requests_seen": 5 * ("\0\x14" + 20 * "x"), "requests_queue__active_json": "[]", MARK.replace(".", "_"): "{}"},
        "5 requests or more are marked as seen",
    ),
    "by Scrapy alone": ({"requests_seen": 3 * ("\0\x14" + 20 * "x")}, "3 requests or more"),
    "by an older Scrapy": ({"requests_seen": 2 * (40 * "f" + "\n")}, "2 requests or more"),
    "before the fingerprints were written": ({"requests_seen": "", "requests_queue__0": "x"}, "0 requests or more"),
}


@pytest.mark.parametrize("files", CLEAN.values(), ids=CLEAN)
def test_a_jobdir_in_order_says_nothing(tmp_path: Path, files: dict[str, str]) -> None:
    write(tmp_path, **files)
    _, unclean = guard(tmp_path, C4_JOBDIR_STRICT=True)
    assert unclean is None


@pytest.mark.parametrize(("files", "message"), KILLED.values(), ids=KILLED)
def test_a_jobdir_of_a_killed_crawl_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, files: dict[str, str], message: str
) -> None:
    write(tmp_path, **files)
    with pytest.raises(OptionError, match="was left by a crawl that was killed"):
        guard(tmp_path, C4_JOBDIR_STRICT="true")
    _, unclean = guard(tmp_path)
    assert unclean == 1
    assert message in caplog.text


@pytest.mark.parametrize("kind", ["folder", "pipe", "loop"])
def test_what_is_no_mark(tmp_path: Path, caplog: pytest.LogCaptureFixture, kind: str) -> None:
    mark = tmp_path / MARK
    if kind == "folder":
        mark.mkdir()
    elif kind == "pipe":
        os.mkfifo(mark)
    else:
        mark.symlink_to(mark)
    extension, unclean = guard(tmp_path)
    assert unclean == 1
    extension.spider_opened()
    extension.spider_closed()
    assert mark.exists() == (kind == "folder")
    assert ("cannot be marked" in caplog.text) == (kind == "folder")


@pytest.mark.parametrize("content", ["", "garbage", '{"127.0.0.1": [0', "[" * 100_000, "5", '{"a": 5}', "\xff"])
def test_a_damaged_list_of_queues_ends_in_one_line(site: Site, project: Project, content: str) -> None:
    write(project.path, job__requests_seen="\0\x14" + 20 * "x", job__requests_queue__active_json=content)
    crawl = crawl_until(site, project, f"{site.url}/", 0, 0)
    assert crawl.returncode == 1
    assert site.asked == []
    assert "JOBDIR = 'job' is not possible: what it still had to crawl cannot be read" in crawl.log
    assert "Traceback" not in crawl.log, crawl.log


def test_a_jobdir_in_use_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    script = (
        "import sys; from scrapy import Spider; from scrapy.crawler import Crawler;"
        "from scrapy_c4.frontier import JobDirGuard;"
        "JobDirGuard.from_crawler(Crawler(Spider, {'JOBDIR': sys.argv[1]})).spider_opened(); print(flush=True);"
        "input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout
        assert other.stdout.readline() == b"\n"
        _, unclean = guard(tmp_path)
        assert unclean == 1
        assert f"in use by another crawl (process {other.pid} on " in caplog.text
        other.communicate(b"\n")
    caplog.clear()
    guard(tmp_path)
    assert f"killed (process {other.pid} on " in caplog.text


def test_the_mark_is_there_while_the_crawl_is(tmp_path: Path) -> None:
    extension, _ = guard(tmp_path)
    assert not (tmp_path / MARK).exists()
    extension.spider_opened()
    assert json.loads((tmp_path / MARK).read_text())["pid"] == os.getpid()
    extension.spider_closed()
    assert not (tmp_path / MARK).exists()


def test_an_impossible_setting_stops_the_crawl(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="C4_JOBDIR_STRICT = 'perhaps' is not possible: it must be True or False"):
        guard(tmp_path, C4_JOBDIR_STRICT="perhaps")
