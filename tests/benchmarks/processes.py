"""Processes that benchmarks start and end."""

from __future__ import annotations

import subprocess
import sys
from types import TracebackType


class Server:
    """``tests.benchmarks.server`` in a process of its own."""

    def __init__(self, *args: str):
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.server", *args],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        self.url = f"http://127.0.0.1:{int(self._process.stdout.readline())}"

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()
