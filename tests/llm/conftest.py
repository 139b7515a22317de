from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.llm.openai_server import ChatServer


@pytest.fixture
def server() -> Iterator[ChatServer]:
    server = ChatServer()
    yield server
    server.close()
