"""Browsers in other processes, which end in mid-crawl and come back."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from scrapy_c4 import _processes as processes
from scrapy_c4.browser.find import launch_options
from tests.browser.conftest import LOCAL_ONLY
from tests.frontier.fleet import wait_until
from tests.project import Project
from tests.site import Site

pytestmark = pytest.mark.browser
SPIDER = """
class T(scrapy.Spider):
    name = "t"

    async def start(self):
        for n in range(int(self.pages)):
            yield scrapy.Request(f"{self.url}/{n}")

    def parse(self, response):
        yield {"path": response.url.rpartition("/")[2], "text": response.css("p::text").get()}
"""
SETTINGS: dict[str, Any] = {
    "C4_RENDER": "always", "C4_EMIT": [], "RETRY_ENABLED": True, "CONCURRENT_REQUESTS": 2, "C4_BROWSER_TIMEOUT": 5,
}  # fmt: skip


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class RemoteBrowser:
    """A Chromium (``cdp``) or a Playwright server (``connect``) on a port of 127.0.0.1."""

    def __init__(self, kind: str, path: Path):
        self.port = free_port()
        options = launch_options({"args": LOCAL_ONLY})
        if kind == "cdp":
            self.settings = {"PLAYWRIGHT_CDP_URL": f"http://127.0.0.1:{self.port}"}
            self._command = [
                options["executable_path"], "--headless", "--no-sandbox", *options["args"],
                f"--user-data-dir={path / 'profile'}", f"--remote-debugging-port={self.port}", "about:blank",
            ]  # fmt: skip
        else:
            self.settings = {"PLAYWRIGHT_CONNECT_URL": f"ws://127.0.0.1:{self.port}/c4"}
            config = path / "server.json"
            config.write_text(
                json.dumps(
                    {"executablePath": options["executable_path"], "args": options["args"], "host": "127.0.0.1",
                     "port": self.port, "wsPath": "/c4"}
                )
            )  # fmt: skip
            self._command = [
                sys.executable, "-m", "playwright", "launch-server", "--browser=chromium", f"--config={config}",
            ]  # fmt: skip
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(self._listens, "the browser")

    def _listens(self) -> bool:
        assert self._process.poll() is None, "the browser did not start"
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def kill(self) -> None:
        processes.kill(processes.family(processes.process(self._process.pid)))
        self._process.wait(10)


@pytest.fixture(params=["cdp", "connect"])
def browser(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RemoteBrowser]:
    if "executable_path" not in launch_options({}):
        pytest.skip("needs a Chromium outside Playwright's own folder")
    browser = RemoteBrowser(request.param, tmp_path)
    yield browser
    browser.kill()


def test_a_remote_browser_that_ends_and_comes_back_loses_no_page(
    site: Site, project: Project, browser: RemoteBrowser
) -> None:
    pages = 12
    site.pages = {f"/{n}": "<p>server</p><script>document.querySelector('p').textContent = 'browser'</script>"
                  for n in range(pages)}  # fmt: skip
    project.write(SPIDER, {**SETTINGS, **browser.settings})
    crawl = project.start("t", "-a", f"url={site.url}", "-a", f"pages={pages}")
    wait_until(lambda: len(site.asked) >= 4, "four pages")
    browser.kill()
    browser.start()
    done = project.finish(crawl)
    assert done.returncode == 0, done.log
    assert sorted(int(item["path"]) for _, item in done.items) == list(range(pages)), done.log
    assert {item["text"] for _, item in done.items} == {"browser"}
    assert done.stats["c4/render/browser_replaced_count"] == 1
    assert done.stats["playwright/context_count/remote/True"] >= 2
