"""Finding a browser to launch: Playwright's own, or one that is installed on the system."""

from __future__ import annotations

import json
import os
import shutil
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_NAMES = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge",
)  # fmt: skip
_PLACES = {
    "linux": (
        "/usr/bin/chromium",
        "/usr/bin/chromium-browser",
        "/usr/lib/chromium/chromium",
        "/usr/lib64/chromium-browser/chromium-browser",
        "/snap/bin/chromium",
        "/opt/google/chrome/chrome",
    ),
    "darwin": (
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    ),
}
ADVICE = (
    "no browser was found: run `playwright install chromium`, or install one on the system "
    "(Debian, Ubuntu: `apt-get install chromium`), or name one in PLAYWRIGHT_LAUNCH_OPTIONS['executable_path']"
)


class BrowserNotFound(RuntimeError):
    """There is no browser to launch; the message says what to do about it."""


def find_browser(*, headless: bool = True) -> str | None:
    """The path of the browser to launch, or None where Playwright has one of its own.

    Raises :exc:`BrowserNotFound`.
    """
    if _playwright_has_chromium(headless):
        return None
    path = _system_browser()
    if path is None:
        raise BrowserNotFound(ADVICE)
    return path


def launch_options(user_options: dict[str, Any]) -> dict[str, Any]:
    """Options for Playwright's ``launch`` of Chromium: the user's, and what this machine needs.

    An ``executable_path`` or ``channel`` of the user's stays. Raises :exc:`BrowserNotFound`.
    """
    options = dict(user_options)
    if not options.get("executable_path") and not options.get("channel"):
        path = find_browser(headless=bool(options.get("headless", True)))
        if path is not None:
            options["executable_path"] = path
    args = list(options.get("args") or ())
    # Chromium's sandbox does not work for root, and without this flag it does not start at all.
    if hasattr(os, "geteuid") and os.geteuid() == 0 and "--no-sandbox" not in args:
        options["args"] = [*args, "--no-sandbox"]
    return options


def _system_browser() -> str | None:
    for name in _NAMES:
        path = shutil.which(name)
        if path:
            return path
    for place in _PLACES.get(sys.platform, ()):
        if os.access(place, os.X_OK):
            return place
    return None


def _playwright_has_chromium(headless: bool) -> bool:
    """Whether ``playwright install`` put the Chromium of this Playwright's version on this machine.

    Asking Playwright itself would start its driver.
    """
    name = "chromium-headless-shell" if headless else "chromium"
    revision = _revisions().get(name)
    if revision is None:
        return False
    folder = _browsers_folder() / f"{name.replace('-', '_')}-{revision}"
    return (folder / "INSTALLATION_COMPLETE").exists()


def _browsers_folder() -> Path:
    chosen = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    if chosen == "0":
        return _driver_package() / ".local-browsers"
    if chosen:
        return Path(chosen)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "ms-playwright"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "ms-playwright"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ms-playwright"


def _driver_package() -> Path:
    spec = find_spec("playwright")
    return Path(spec.origin or "").parent / "driver" / "package" if spec else Path()


@cache
def _revisions() -> dict[str, str]:
    """The browsers of the installed Playwright, name → revision."""
    try:
        listed = json.loads((_driver_package() / "browsers.json").read_text(encoding="utf-8"))
        return {entry["name"]: str(entry["revision"]) for entry in listed["browsers"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


if __name__ == "__main__":
    # For scripts that set up a machine: the browser and success, or what to do about it and failure.
    try:
        print(find_browser() or "Playwright's own")
    except BrowserNotFound as error:
        sys.exit(str(error))
