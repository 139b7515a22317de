"""A redis-server of its own: a free port of 127.0.0.1, nothing on disk, ended by its process."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path

import redis

SERVER = shutil.which("redis-server")


class RedisServer:
    def __init__(self, path: Path):
        assert SERVER is not None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._path = path
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            [str(SERVER), "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
             "--dir", str(self._path)],
            cwd=self._path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.client = redis.Redis(port=self.port)
        deadline = time.monotonic() + 20
        while True:
            try:
                self.client.ping()
                return
            except redis.ConnectionError:
                assert self._process.poll() is None, "redis-server did not start"
                assert time.monotonic() < deadline, "redis-server does not answer"
                time.sleep(0.05)

    def restart(self) -> None:
        """End the server, with its data written down, and start it again."""
        self.client.shutdown(save=True)
        self._process.wait(10)
        self.start()

    def close(self) -> None:
        self.client.close()
        self._process.terminate()
        self._process.wait(10)
