"""``make bench``: every benchmark in turn, and a table of their ratios.

``python -m tests.benchmarks [--pages FOLDER] [--quick]``; FOLDER holds real pages as ``*.html`` or ``*.html.gz``;
without it the small ones of the example are taken. With Crawl4AI in an environment of its own, name its Python in
CRAWL4AI_PYTHON.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.benchmarks.pages import EXAMPLE


def module(name: str, *args: str) -> Any:
    """Run one benchmark in a process of its own; its last JSON value is the result."""
    started = time.monotonic()
    done = subprocess.run([sys.executable, "-m", f"tests.benchmarks.{name}", *args], capture_output=True, text=True)
    print(f"\n== {name} ({time.monotonic() - started:.0f} s)", flush=True)
    print(done.stdout.strip() or done.stderr[-2000:], flush=True)
    if done.returncode != 0:
        return {"failed": f"exit status {done.returncode}"}
    if done.stdout.lstrip().startswith("{"):
        return json.loads(done.stdout)
    return dict(re.findall(r"^(scrapy_c4 / \w+): ([\d.]+)", done.stdout, re.MULTILINE))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=Path, default=EXAMPLE)
    parser.add_argument("--quick", action="store_true")
    args = parser.parse_args()
    if not args.pages.is_dir():
        raise SystemExit(f"{args.pages} is no folder: name one of *.html or *.html.gz with --pages")
    folder = os.environ["PAGES"] = str(args.pages)
    results = {
        "extraction per page": module("extract", folder),
        "plain crawl": module("plain", folder, "400" if args.quick else "2000"),
        "previews": module("previews"),
        "rendered crawl": module("render", "--pages", "20" if args.quick else "100", "--rounds", "1"),
        "model calls": module("llm", "100" if args.quick else "500"),
        "memory of rendered visits": module("render_memory", "--visits", "200" if args.quick else "600"),
    }
    print("\n| benchmark | figure | value |\n|---|---|---|")
    for name, result in results.items():
        for key, value in result.items():
            print(f"| {name} | {key} | {value} |")


if __name__ == "__main__":
    main()
