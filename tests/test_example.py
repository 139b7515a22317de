"""The site of the example project."""

from __future__ import annotations

import socket
import struct
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest

EXAMPLE = Path(__file__).parent.parent / "example_project"


def test_clients_that_leave_are_no_errors_of_the_local_site(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(str(EXAMPLE))
    from example.local_site import LocalSite  # type: ignore[import-not-found]

    site = LocalSite()
    url = urlsplit(site.url)
    for _ in range(10):
        with socket.create_connection((url.hostname, url.port)) as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.sendall(b"GET /old-harbour HTTP/1.1\r\nHost: x\r\n\r\n" * 3)
    time.sleep(0.3)
    with urllib.request.urlopen(site.url) as answer:
        assert answer.status == 200
    site.close()
    assert capsys.readouterr().err == ""
