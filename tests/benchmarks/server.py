"""``python -m tests.benchmarks.server KIND``: a fast server for benchmarks in a process of its own.

Prints its port, then serves until its standard input is closed; then prints the bytes it sent.
KIND: ``heads`` (500 pages of 2 MB whose head ends within 4 KB) or ``pages`` (the HTML files of a folder).
"""

from __future__ import annotations

import asyncio
import json
import sys

from tests.benchmarks.pages import pages_of

HEADS = 500


def heads() -> dict[str, tuple[str, bytes]]:
    pages = {"/": ("text/html", b"<title>Start</title>" + b"".join(
        b'<p><a href="/p%d">Page number %d</a></p>' % (n, n) for n in range(HEADS)
    ))}  # fmt: skip
    filler = b"<p>" + b"x" * 1000 + b"</p>"
    for n in range(HEADS):
        head = b"<!DOCTYPE html><html><head><title>Page %d</title>" % n
        head += b"".join(b'<meta name="m%d" content="%s">' % (i, b"c" * 60) for i in range(40)) + b"</head><body>"
        pages[f"/p{n}"] = ("text/html; charset=utf-8", head + filler * ((2_000_000 - len(head)) // len(filler)))
    return pages


def folder(path: str, copies: int) -> dict[str, tuple[str, bytes]]:
    pages = {}
    bodies = list(pages_of(path).values())
    for n in range(copies):
        pages[f"/{n}"] = ("text/html; charset=utf-8", bodies[n % len(bodies)])
    return pages


async def main(kind: str, *args: str) -> None:
    pages = heads() if kind == "heads" else folder(args[0], int(args[1]))
    sent = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        try:
            while True:
                request = await reader.readuntil(b"\r\n\r\n")
                path = request.split(b" ", 2)[1].decode()
                kind, body = pages.get(path, ("", b""))
                status = b"200 OK" if kind else b"404 Not Found"
                writer.write(
                    b"HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
                    % (status, kind.encode() or b"text/plain", len(body))
                )
                for start in range(0, len(body), 16384):
                    writer.write(body[start : start + 16384])
                    await writer.drain()
                    sent += len(body[start : start + 16384])
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    print(json.dumps({"sent": sent}), flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
