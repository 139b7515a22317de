"""A local server that speaks the chat protocols of OpenAI, Anthropic and Ollama, with scripted behaviours.

The first part of the path names the behaviour: ``http://127.0.0.1:<port>/refuse/v1/chat/completions``. ``ok`` really
reads its prompt: it answers with the things that the page names in lines ``ITEM <name> COSTS <price>``.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

_ITEM = re.compile(r"ITEM (\w+) COSTS (\d+)")
_FENCE = re.compile(r"<page-(\w+)>\n(.*)\n</page-\1>", re.DOTALL)


@dataclass
class Call:
    behaviour: str
    payload: dict[str, Any]
    headers: dict[str, str]
    begun: float
    path: str

    @property
    def system(self) -> str:
        parts = [self.payload.get("system", "")] + [m["content"] for m in self._messages if m["role"] == "system"]
        return "\n".join(map(_text, parts))

    @property
    def user(self) -> str:
        if "prompt" in self.payload:
            return str(self.payload["prompt"])
        return _text([m["content"] for m in self._messages if m["role"] == "user"][-1])

    @property
    def _messages(self) -> list[dict[str, Any]]:
        return self.payload.get("messages", [])

    @property
    def page(self) -> str:
        found = _FENCE.search(self.user)
        return found.group(2) if found else ""


def _text(content: Any) -> str:
    if isinstance(content, list):
        return "".join(part.get("text", "") for part in content)
    return str(content)


def records_of(text: str) -> list[dict[str, Any]]:
    return [{"name": name, "price": int(price)} for name, price in _ITEM.findall(text)]


def completion(
    content: str | None, *, finish_reason: str = "stop", usage: dict[str, Any] | bool | None = True, **message: Any
) -> dict[str, Any]:
    body: dict[str, Any] = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "test",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": content, **message},
                "finish_reason": finish_reason,
            }
        ],
    }
    if usage is True:
        usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
    if usage:
        body["usage"] = usage
    return body


Behaviour = Callable[[Call], Awaitable[Any]]


@dataclass
class ChatServer:
    """``calls`` remembers every request; ``at_once`` the most that were in work together."""

    delay: float = 0.0
    calls: list[Call] = field(default_factory=list)
    at_once: int = 0
    behaviours: dict[str, Behaviour] = field(default_factory=dict)
    port: int = 0
    _active: int = 0

    def __post_init__(self) -> None:
        self._seen: dict[str, int] = {}
        started = threading.Event()
        self._loop = asyncio.new_event_loop()

        def run() -> None:
            asyncio.set_event_loop(self._loop)
            self._loop.run_until_complete(self._start())
            started.set()
            self._loop.run_forever()

        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()
        assert started.wait(10)

    async def _start(self) -> None:
        app = web.Application(client_max_size=50_000_000)
        app.router.add_post("/{behaviour}/{rest:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]

    def close(self) -> None:
        async def stop() -> None:
            await self._runner.cleanup()
            left = asyncio.all_tasks() - {asyncio.current_task()}
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)
            self._loop.call_soon(self._loop.stop)

        asyncio.run_coroutine_threadsafe(stop(), self._loop)
        self._thread.join(10)

    def url(self, behaviour: str) -> str:
        """The base URL of an OpenAI endpoint."""
        return f"http://127.0.0.1:{self.port}/{behaviour}/v1"

    def root(self, behaviour: str) -> str:
        """The base URL of endpoints of other shapes."""
        return f"http://127.0.0.1:{self.port}/{behaviour}"

    def nth(self, key: str) -> int:
        """How often this was asked for, now included."""
        self._seen[key] = self._seen.get(key, 0) + 1
        return self._seen[key]

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        payload = await request.json()
        name = request.match_info["behaviour"]
        call = Call(name, payload, {k.lower(): v for k, v in request.headers.items()}, time.monotonic(), request.path)
        self.calls.append(call)
        self._active += 1
        self.at_once = max(self.at_once, self._active)
        try:
            if self.delay:
                await asyncio.sleep(self.delay)
            behaviour = self.behaviours.get(name) or getattr(self, f"_{name}")
            answer = await behaviour(call)
        finally:
            self._active -= 1
        if isinstance(answer, web.StreamResponse):
            return answer
        if request.path.endswith("/messages"):
            answer = _as_anthropic(answer)
        elif "/api/" in request.path:
            answer = _as_ollama(answer, request.path)
        return web.json_response(answer)

    async def _ok(self, call: Call) -> Any:
        return completion(json.dumps({"items": records_of(call.page)}))

    async def _nousage(self, call: Call) -> Any:
        return completion(json.dumps({"items": records_of(call.page)}), usage=None)

    async def _slow(self, call: Call) -> Any:
        await asyncio.sleep(3)
        return await self._ok(call)

    async def _hang(self, call: Call) -> Any:
        await asyncio.sleep(300)

    async def _drip(self, call: Call) -> Any:
        """A byte now and then: never silent, never done."""
        return _Dripping(headers={"Content-Type": "application/json"})

    async def _limited(self, call: Call) -> Any:
        """Each question once 429 with Retry-After, then an answer."""
        if self.nth(call.behaviour + call.user) == 1:
            return _error(429, "rate limit reached", "rate_limit_exceeded", {"Retry-After": "1"})
        return await self._ok(call)

    async def _alwayslimited(self, call: Call) -> Any:
        return _error(429, "rate limit reached", "rate_limit_exceeded", {"Retry-After": "1"})

    async def _longlimited(self, call: Call) -> Any:
        return _error(429, "rate limit reached", "rate_limit_exceeded", {"Retry-After": "3600"})

    async def _flaky(self, call: Call) -> Any:
        """Each question once 500, then an answer."""
        if self.nth(call.behaviour + call.user) == 1:
            return _error(500, "boom", "server_error")
        return await self._ok(call)

    async def _broken(self, call: Call) -> Any:
        return _error(500, "boom", "server_error")

    async def _denied(self, call: Call) -> Any:
        """As some servers do, tells the key in its message."""
        key = call.headers.get("authorization", "")
        return _error(401, f"Incorrect API key provided: {key.removeprefix('Bearer ')} ({key})", "invalid_api_key")

    async def _nohtml(self, call: Call) -> Any:
        return web.Response(text="<html><body>Bad gateway</body></html>", content_type="text/html")

    async def _noformat(self, call: Call) -> Any:
        if "response_format" in call.payload:
            return _error(400, "'response_format' is not supported by this model", "invalid_request_error")
        return await self._ok(call)

    async def _truncated(self, call: Call) -> Any:
        return completion('{"items": [{"name": "a", "price": 1}, {"na', finish_reason="length")

    async def _secretlytruncated(self, call: Call) -> Any:
        return completion('{"items": [{"name": "a", "price": 1}, {"na')

    async def _refuse(self, call: Call) -> Any:
        return completion(None, refusal="I can't help with that.")

    async def _refuseinprose(self, call: Call) -> Any:
        return completion("I'm sorry, but I can't assist with that request.")

    async def _filtered(self, call: Call) -> Any:
        return completion("", finish_reason="content_filter")

    async def _empty(self, call: Call) -> Any:
        return completion("")

    async def _garbage(self, call: Call) -> Any:
        return completion("lorem ipsum dolor sit amet")

    async def _wrongtypes(self, call: Call) -> Any:
        return completion('{"items": [{"name": "good", "price": 3}, {"name": "bad", "price": "three"}]}')

    async def _thinking(self, call: Call) -> Any:
        draft = '<think>Perhaps {"items": [{"name": "draft", "price": 0}]}?</think>'
        return completion(draft + "\nHere you are:\n```json\n" + json.dumps(records_of(call.page)) + "\n```\nBye.")

    async def _sloppy(self, call: Call) -> Any:
        inner = ", ".join(f"{{'name': '{r['name']}', 'price': {r['price']},}}" for r in records_of(call.page))
        return completion(f"[{inner}]")


class _Dripping(web.StreamResponse):
    async def prepare(self, request: web.BaseRequest) -> Any:
        writer = await super().prepare(request)
        with contextlib.suppress(ConnectionError):
            for _ in range(600):
                await self.write(b" ")
                await asyncio.sleep(0.1)
        return writer


def _error(status: int, message: str, code: str, headers: dict[str, str] | None = None) -> web.Response:
    body = {"error": {"message": message, "type": code, "param": None, "code": code}}
    return web.json_response(body, status=status, headers=headers)


def _as_anthropic(body: dict[str, Any]) -> dict[str, Any]:
    choice = body["choices"][0]
    reason = {"stop": "end_turn", "length": "max_tokens"}.get(choice["finish_reason"], choice["finish_reason"])
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "test",
        "content": [{"type": "text", "text": choice["message"]["content"]}],
        "stop_reason": reason,
        "stop_sequence": None,
        "usage": {"input_tokens": 100, "output_tokens": 20},
    }


def _as_ollama(body: dict[str, Any], path: str) -> dict[str, Any]:
    if path.endswith("/show"):
        return {"model_info": {}, "template": "", "details": {}}
    choice = body["choices"][0]
    content = choice["message"]["content"]
    return {
        "model": "test",
        "created_at": "2026-01-01T00:00:00Z",
        **({"message": {"role": "assistant", "content": content}} if path.endswith("/chat") else {"response": content}),
        "done": True,
        "done_reason": choice["finish_reason"],
        "prompt_eval_count": 100,
        "eval_count": 20,
    }
