"""The example project on a real Scrapyd: deployed as an egg, scheduled, cancelled, on a server that lacks things."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from scrapy_c4 import _processes as processes
from tests.site import Answer, Site
from tests.test_faults import LAUNCH

for module in ("scrapyd", "scrapyd_client"):
    pytest.importorskip(module, reason=f"{module} is not installed: pip install -r tests/requirements.txt")

pytestmark = pytest.mark.scrapyd

EXAMPLE = Path(__file__).parent.parent / "example_project"
CONF = """\
[scrapyd]
bind_address = 127.0.0.1
http_port = {port}
poll_interval = 0.2
max_proc = 2
jobs_to_keep = 100
username = someone
password = secret
"""
#: Runs first in every process of the server: what the file names is not on this machine.
SITECUSTOMIZE = """
import os, pathlib, sys

missing = (pathlib.Path(__file__).parent / "missing").read_text().split()
if "browser" in missing:
    missing.remove("browser")
    os.environ["PLAYWRIGHT_BROWSERS_PATH"] = os.path.dirname(__file__)
    access = os.access
    os.access = lambda path, *args, **kwargs: "chrom" not in str(path) and access(path, *args, **kwargs)
sys.modules.update(dict.fromkeys(missing))
"""
CALM = {"PLAYWRIGHT_LAUNCH_OPTIONS": LAUNCH}
PLAIN = {"C4_RENDER": "never"}
_open = build_opener(ProxyHandler({})).open


def until(found: Callable[[], Any], what: Callable[[], str], seconds: float = 90) -> None:
    """Asks ``found`` again and again until it is true."""
    end = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < end, f"waited {seconds} s for {what()}"
        time.sleep(0.1)


class Job:
    def __init__(self, server: Server, spider: str, name: str):
        self.server, self.name = server, name
        self.log_file = server.path / "logs" / "example" / spider / f"{name}.log"
        self.folder = server.path / "output" / name

    def state(self) -> dict[str, Any]:
        jobs = self.server.ask("listjobs.json?project=example")
        states = {job["id"]: {**job, "state": s} for s in ("pending", "running", "finished") for job in jobs[s]}
        return states[self.name]

    def is_finished(self) -> bool:
        return bool(self.state()["state"] == "finished")

    def end(self) -> Job:
        until(self.is_finished, lambda: f"the end of {self.name}; its log: {self.log[-3000:]}")
        return self

    @property
    def log(self) -> str:
        return self.log_file.read_text("utf-8") if self.log_file.exists() else ""

    def errors(self) -> list[str]:
        return [line for line in self.log.splitlines() if " ERROR: " in line or " CRITICAL: " in line]

    def feed(self, name: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / f"{name}.jsonl").read_text("utf-8").splitlines()]


class Server:
    """Scrapyd in ``path``, with a copy of the example project next to it."""

    def __init__(self, path: Path):
        self.path = path / "server"
        self.project = path / "project"
        self.python = path / "python"
        shutil.copytree(EXAMPLE, self.project, ignore=shutil.ignore_patterns("output", "build", "*.egg-info"))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        cfg = self.project / "scrapy.cfg"
        target = f"127.0.0.1:{port}/\nusername = someone\npassword = secret"
        cfg.write_text(cfg.read_text().replace("localhost:6800/", target))
        self.url = f"http://127.0.0.1:{port}/"
        self.path.mkdir()
        self.python.mkdir()
        (self.path / "scrapyd.conf").write_text(CONF.format(port=port))
        (self.python / "sitecustomize.py").write_text(SITECUSTOMIZE)
        self.lack()
        # Nothing of the user's, and no proxy between the server and what it asks.
        self.env = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")} | {"HOME": str(path)}
        self.log_file = open(path / "scrapyd.log", "wb")  # noqa: SIM115
        self.process = subprocess.Popen(
            [sys.executable, "-m", "scrapyd"], cwd=self.path, stdout=self.log_file, stderr=subprocess.STDOUT,
            env={**self.env, "PYTHONPATH": str(self.python)},
        )  # fmt: skip
        self.jobs = 0

    @property
    def log(self) -> str:
        return Path(self.log_file.name).read_text("utf-8")

    def lack(self, *names: str) -> None:
        """From now on, processes find none of these modules ("browser": no browser)."""
        (self.python / "missing").write_text(" ".join(names))

    def ask(self, what: str, *fields: tuple[str, str]) -> dict[str, Any]:
        request = Request(self.url + what, urlencode(fields).encode() if fields else None)
        request.add_header("Authorization", "Basic c29tZW9uZTpzZWNyZXQ=")
        with _open(request, timeout=60) as response:
            answer: dict[str, Any] = json.load(response)
        assert answer["status"] == "ok", answer
        return answer

    def is_up(self) -> bool:
        assert self.process.poll() is None, self.log
        try:
            return bool(self.ask("daemonstatus.json"))
        except (URLError, OSError):
            return False

    def deploy(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "scrapyd_client.deploy", "local"], cwd=self.project, env=self.env,
            capture_output=True, text=True, timeout=120,
        )  # fmt: skip

    def schedule(self, spider: str, settings: dict[str, Any] | None = None, **arguments: str) -> Job:
        """As ``curl schedule.json -d 'setting=NAME=VALUE' -d argument=value`` does it."""
        self.jobs += 1
        job = Job(self, spider, f"job-{self.jobs}")
        texts = {k: v if isinstance(v, str) else json.dumps(v) for k, v in (settings or {}).items()}
        fields = [("project", "example"), ("spider", spider), ("jobid", job.name), *arguments.items()]
        self.ask("schedule.json", *fields, *(("setting", f"{k}={v}") for k, v in texts.items()))
        return job

    def close(self) -> None:
        family = processes.family(processes.process(self.process.pid))
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        processes.kill(processes.family(family))
        self.log_file.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("scrapyd"))
    try:
        until(server.is_up, lambda: f"Scrapyd; its log: {server.log[-3000:]}")
        deployed = server.deploy()
        assert '"status": "ok"' in deployed.stdout, deployed
        yield server
    finally:
        server.close()


@pytest.fixture
def lacking(server: Server) -> Iterator[Callable[..., None]]:
    yield server.lack
    server.lack()


@pytest.fixture
def pages(site: Site) -> Site:
    site.pages["/"] = (
        "<title>Harbour</title><h1>Harbour</h1><p id=js>plain</p>"
        "<script>document.getElementById('js').textContent = 'made by a script'</script>"
        "<p>When to sail: <a href=/tides>tides</a>, where to eat: <a href=/fish>fish</a></p>"
    )
    site.pages["/tides"] = "<title>Tides of the year</title><p>High water and low water, every day.</p>"
    site.pages["/fish"] = "<title>Fried fish</title><p>Every day but Monday.</p>"
    return site


def test_without_scrapyd(server: Server) -> None:
    """The same project with ``scrapy crawl``: one folder of feeds, whose names are printed."""
    crawl = subprocess.run(
        [sys.executable, "-m", "scrapy", "crawl", "links"], cwd=server.project, env=server.env,
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    feed = server.project / "output" / "links.jsonl"
    assert crawl.returncode == 0, crawl.stderr
    assert "Best links:" in crawl.stdout
    assert f"{feed}  ({feed.stat().st_size:,} bytes)" in crawl.stdout
    assert len(feed.read_text("utf-8").splitlines()) > 5


def test_egg(server: Server) -> None:
    """What is deployed is an egg, with the pages of the bundled site in it; all spiders are known, c4 too."""
    (egg,) = (server.path / "eggs" / "example").glob("*.egg")
    names = zipfile.ZipFile(egg).namelist()
    site = [str(p.relative_to(EXAMPLE)) for p in (EXAMPLE / "example" / "site").rglob("*") if p.is_file()]
    assert len(site) > 20
    assert set(site) <= set(names)
    assert not any(name.startswith("scrapy_c4/") for name in names)
    spiders = server.ask("listspiders.json?project=example")["spiders"]
    assert spiders == ["c4", "drop_in", "extract", "links", "media", "tables", "tour"]


def test_plain_page(server: Server, pages: Site) -> None:
    """Settings as JSON, options of a page as arguments; the folder of feeds is the job's own."""
    preview = {"query": "tides of the year", "max_links": 5}
    job = server.schedule(
        "c4", {**PLAIN, "C4_LINK_PREVIEW": preview}, url=pages.url + "/", score_links="1", follow="internal", depth="1"
    )
    other = server.schedule("c4", {**PLAIN, "C4_EMIT": ["page"]}, url=json.dumps([pages.url + "/fish"]))
    links = {link["text"]: link for link in job.end().feed("links")}
    assert job.errors() == []
    assert links["tides"]["head_data"]["title"] == "Tides of the year"
    assert links["tides"]["total_score"] > links["fish"]["total_score"] > 0
    assert {page["title"] for page in job.feed("pages")} == {"Harbour", "Tides of the year", "Fried fish"}
    assert [page["title"] for page in other.end().feed("pages")] == ["Fried fish"]
    assert other.feed("links") == []


def test_rendered_page(server: Server, pages: Site) -> None:
    job = server.schedule("c4", {**CALM, "C4_SCREENSHOT": "viewport"}, url=pages.url + "/", wait_for="css:#js").end()
    (page,) = job.feed("pages")
    assert job.errors() == []
    assert page["rendered"] is True
    assert "made by a script" in page["markdown"]
    assert (server.path / "output/captures" / page["screenshot"]["path"]).read_bytes().startswith(b"\x89PNG")


def test_site_inside_the_egg(server: Server) -> None:
    links = server.schedule("links")
    tour = server.schedule("tour", {**CALM, "C4_SCREENSHOT": "0", "CLOSESPIDER_PAGECOUNT": "4"}, depth="1")
    previews = {link["head_extraction_status"] for link in links.end().feed("links")}
    assert links.errors() == []
    assert "valid" in previews
    rendered = tour.end().feed("pages")
    assert tour.errors() == []
    assert rendered
    assert all(page["rendered"] and page["status"] == 200 for page in rendered)


@pytest.mark.parametrize("signal", ["INT", "KILL"])
def test_cancel(server: Server, site: Site, signal: str) -> None:
    """A job whose pages hang for ten minutes ends, and so do its browser and its driver."""

    def hang(handler: Any) -> None:
        handler.wfile.write(b"<title>never ends</title><script src=/more></script>")
        handler.wfile.flush()
        handler.rfile.read(1)  # until the browser goes away

    site.pages.update(dict.fromkeys(["/1", "/2", "/more"], Answer(write=hang)))
    job = server.schedule("c4", CALM, url=f"{site.url}/1 {site.url}/2", page_timeout="600000")
    until(lambda: {"/1", "/2"} <= set(site.paths()), lambda: f"the browser; log: {job.log[-3000:]}")
    tree = processes.family(processes.process(job.state()["pid"]))
    programs = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in tree]
    assert any(b"chrom" in program for program in programs)
    assert any(b"playwright" in program for program in programs)

    fields = {"project": "example", "job": job.name, "signal": signal}
    assert server.ask("cancel.json", *fields.items())["prevstate"] == "running"
    until(job.is_finished, lambda: f"the cancelled job; log: {job.log[-3000:]}", 40)
    until(lambda: not processes.family(tree), lambda: f"the end of {processes.family(tree)}", 10)
    if signal == "INT":
        assert "'finish_reason': 'shutdown'" in job.log
        assert job.feed("pages") == []


def test_no_browser(server: Server, pages: Site, lacking: Callable[..., None]) -> None:
    lacking("browser")
    job = server.schedule("c4", url=pages.url + "/").end()
    assert any("no browser was found: run `playwright install chromium`" in line for line in job.errors())
    assert "'finish_reason': 'c4_browser_lost'" in job.log
    assert "/" not in pages.paths()


def test_no_litellm(server: Server, pages: Site, lacking: Callable[..., None]) -> None:
    lacking("litellm")
    llm = {"strategy": "llm", "provider": "openai/gpt-4o-mini", "api_token": "none", "instruction": "List the tides."}
    job = server.schedule("c4", {**PLAIN, "C4_EXTRACTION": llm}, url=pages.url + "/").end()
    (line,) = job.errors()
    assert "litellm is needed for LLM extraction: pip install scrapy-c4[llm]" in line
    assert "Traceback" not in job.log
    assert pages.paths() == []


def test_no_scrapy_c4(server: Server, lacking: Callable[..., None]) -> None:
    """Scrapyd has no log of a job yet when the settings are read; so it is the deployment that fails."""
    server.ask("listspiders.json?project=example")  # which is kept, so that jobs can be scheduled
    lacking("scrapy_c4")
    answer = json.loads(server.deploy().stdout)
    assert answer["status"] == "error"
    assert answer["message"].startswith("RunnerError: scrapy_c4 is missing: pip install scrapy-c4")
    assert len(answer["message"].splitlines()) == 1
    job = server.schedule("links").end()
    assert job.log == ""
    assert "scrapy_c4 is missing: pip install scrapy-c4" in server.log


@pytest.mark.parametrize(
    ("settings", "arguments", "message"),
    [
        ({"C4_RENDER": "nevr"}, {}, "C4_RENDER = 'nevr' is not possible: it must be one of always, never, auto"),
        ({"C4_SCORE_LINK": "1"}, {}, "C4_SCORE_LINK is not an option; did you mean C4_SCORE_LINKS?"),
        ({"C4_LINK_PREVIEW": '{"query": "tides"'}, {}, 'C4_LINK_PREVIEW = \'{"query": "tides"\' is not possible'),
        ({}, {"rendr": "never"}, "spider argument rendr is not an option; did you mean spider argument render?"),
    ],
)
def test_wrong_options(
    server: Server, pages: Site, settings: dict[str, str], arguments: dict[str, str], message: str
) -> None:
    job = server.schedule("c4", settings, url=pages.url + "/", **arguments).end()
    (line,) = job.errors()
    assert message in line
    assert "Traceback" not in job.log
    (died,) = [line for line in server.log.splitlines() if "Process died" in line and f"job='{job.name}'" in line]
    assert "exitstatus=1" in died
    assert pages.paths() == []
