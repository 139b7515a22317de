"""Finding a browser."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scrapy_c4.browser import find


@pytest.fixture
def nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without any browser."""
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "playwright"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(find, "_PLACES", {})
    (tmp_path / "bin").mkdir()
    return tmp_path


def install(path: Path) -> str:
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


def test_no_browser_says_what_to_run(nothing: Path) -> None:
    with pytest.raises(find.BrowserNotFound, match=r"playwright install chromium.*apt-get install chromium"):
        find.find_browser()
    with pytest.raises(find.BrowserNotFound):
        find.launch_options({"headless": True})


def test_a_browser_on_the_path(nothing: Path) -> None:
    chrome = install(nothing / "bin" / "google-chrome")
    assert find.find_browser() == chrome
    chromium = install(nothing / "bin" / "chromium")
    assert find.find_browser() == chromium


def test_a_browser_in_a_usual_place(nothing: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chrome = install(nothing / "Google Chrome")
    monkeypatch.setattr(find, "_PLACES", {sys.platform: ("/nonexistent", chrome)})
    assert find.find_browser() == chrome


def test_the_browser_that_playwright_installed_comes_first(nothing: Path) -> None:
    install(nothing / "bin" / "chromium")
    browsers = json.loads((find._driver_package() / "browsers.json").read_text())["browsers"]
    revision = next(b["revision"] for b in browsers if b["name"] == "chromium-headless-shell")
    folder = nothing / "playwright" / f"chromium_headless_shell-{revision}"
    folder.mkdir(parents=True)
    # Without the marker the download was cut off.
    assert find.find_browser() is not None
    (folder / "INSTALLATION_COMPLETE").touch()
    assert find.find_browser() is None
    assert find.find_browser(headless=False) is not None
    assert "executable_path" not in find.launch_options({})


def test_launch_options_of_the_user_stay(nothing: Path) -> None:
    given = {"executable_path": "/opt/mine", "args": ["--mute-audio"], "timeout": 5}
    options = find.launch_options(given)
    assert options["executable_path"] == "/opt/mine"
    assert options["args"][0] == "--mute-audio"
    assert options["timeout"] == 5
    assert given["args"] == ["--mute-audio"]
    assert find.launch_options({"channel": "chrome"})["channel"] == "chrome"
    assert ("--no-sandbox" in options["args"]) == (os.geteuid() == 0)
    assert find.launch_options({"executable_path": "/x", "args": ["--no-sandbox"]})["args"] == ["--no-sandbox"]


@pytest.mark.parametrize("is_there", [True, False])
def test_the_script_that_installs_one_asks_whether_there_is_one(tmp_path: Path, is_there: bool) -> None:
    """``.ci/install-browser`` on a machine with a browser, and on one that gets it by then."""
    programs = tmp_path / "bin"
    programs.mkdir()
    if is_there:
        install(programs / "chromium")
    installer = programs / "apt-get"
    installer.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/log\n{shutil.which("cp")} "$0" {programs}/chromium\n')
    installer.chmod(0o755)
    (programs / "id").write_text("#!/bin/sh\necho 0\n")
    (programs / "id").chmod(0o755)
    # The places where a browser may be are not those of the machine that runs this test.
    python = programs / "python"
    code = "import runpy, sys; sys.platform = 'none'; runpy.run_module('scrapy_c4.browser.find', run_name='__main__')"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{code}"\n')
    python.chmod(0o755)
    environment = {"PATH": str(programs), "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path)}
    script = Path(__file__).parents[2] / ".ci" / "install-browser"
    done = subprocess.run(["/bin/sh", script, python], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "log").exists() is not is_there
