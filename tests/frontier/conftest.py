from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.frontier.redis_server import SERVER, RedisServer


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    if SERVER is None:
        pytest.skip("redis-server is not installed")
    server = RedisServer(Path(tmp_path_factory.mktemp("redis")))
    yield server
    server.close()
