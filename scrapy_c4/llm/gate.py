"""Who may call now: one limit for the crawl, rates, and a fair share for each endpoint by how it behaves."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scrapy_c4.llm.errors import LLMError

if TYPE_CHECKING:
    from collections.abc import Hashable


@dataclass
class Endpoint:
    """One place to send calls to, with one set of limits."""

    #: Calls at once: halved when the endpoint fails, one more for every answer.
    share: float
    active: int = 0
    queue: deque[tuple[asyncio.Future[None], float]] = field(default_factory=deque)
    paused_until: float = 0.0
    failing_since: float | None = None
    shrunk_at: float = 0.0
    #: The last failure of an endpoint that was given up: its calls fail at once, but for one from time to time.
    down: LLMError | None = None
    next_try: float = 0.0


@dataclass
class Ticket:
    endpoint: Endpoint
    begun: float


class Gate:
    """Lets calls through in turn. Everything happens in the event loop's thread."""

    def __init__(
        self,
        concurrency: int,
        requests_per_minute: int | None = None,
        tokens_per_minute: int | None = None,
        *,
        give_up_after: float = 300.0,
        try_again_after: float = 30.0,
        minute: float = 60.0,
    ):
        self._limit = concurrency
        self._requests = requests_per_minute
        self._tokens = tokens_per_minute
        self._give_up_after = give_up_after
        self._try_again_after = try_again_after
        self._minute = minute
        self._active = 0
        self._endpoints: dict[Hashable, Endpoint] = {}
        #: When each of the last minute's calls began, and its tokens.
        self._recent: deque[list[float]] = deque()
        self._recent_tokens = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._next: asyncio.Handle | None = None

    async def enter(self, key: Hashable, tokens: float, *, again: bool = False) -> Ticket:
        """Wait for leave to call, before all others when ``again``; raises LLMError for an endpoint given up."""
        loop = asyncio.get_running_loop()
        endpoint = self._endpoints.get(key)
        if endpoint is None:
            endpoint = self._endpoints[key] = Endpoint(share=self._limit)
        if endpoint.down is not None and loop.time() < endpoint.next_try:
            raise endpoint.down
        if endpoint.down is not None:
            endpoint.next_try = loop.time() + self._try_again_after
        future: asyncio.Future[None] = loop.create_future()
        if again:
            endpoint.queue.appendleft((future, tokens))
        else:
            endpoint.queue.append((future, tokens))
        self._admit()
        try:
            await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled() and not future.exception():
                self._free(endpoint)
            raise
        return Ticket(endpoint, loop.time())

    def leave(self, ticket: Ticket, error: LLMError | None) -> None:
        """A call is over. ``error`` is what the endpoint failed with; None when it answered."""
        endpoint, now = ticket.endpoint, asyncio.get_running_loop().time()
        if error is None:
            endpoint.share = min(self._limit, endpoint.share + 1)
            endpoint.failing_since = endpoint.down = None
        elif error.fatal:
            self._give_up(endpoint, error, now)
        elif error.retryable:
            if endpoint.failing_since is None:
                endpoint.failing_since = now
            if ticket.begun >= endpoint.shrunk_at:
                # Once for all calls that were under way together.
                endpoint.share = max(1.0, endpoint.share / 2)
                endpoint.shrunk_at = now
            if error.retry_after is not None:
                endpoint.paused_until = max(endpoint.paused_until, now + error.retry_after)
            if now - endpoint.failing_since > self._give_up_after:
                self._give_up(endpoint, error, now)
        self._free(endpoint)

    def _give_up(self, endpoint: Endpoint, error: LLMError, now: float) -> None:
        endpoint.down = LLMError(error.type, f"not called, as the endpoint failed before: {error.message}")
        endpoint.next_try = now + self._try_again_after
        queue, endpoint.queue = endpoint.queue, deque()
        for future, _ in queue:
            if not future.done():
                future.set_exception(endpoint.down)

    def _free(self, endpoint: Endpoint) -> None:
        endpoint.active -= 1
        self._active -= 1
        self._admit()

    def _admit(self) -> None:
        """Let in whoever may come, one endpoint after the other.

        One call in a turn of the event loop: calls that begin together are answered together, and while the loop works
        through their answers and prepares as many new calls, no call would be under way.
        """
        if self._next is not None:
            return
        loop = asyncio.get_running_loop()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._active >= self._limit:
            return
        now = loop.time()
        waits: list[float] = []
        for key, endpoint in self._endpoints.items():
            while endpoint.queue and endpoint.queue[0][0].done():
                endpoint.queue.popleft()
            if not endpoint.queue or endpoint.active >= int(endpoint.share):
                continue
            tokens = endpoint.queue[0][1]
            wait = max(endpoint.paused_until - now, self._rate_wait(now, tokens))
            if wait > 0:
                waits.append(wait)
                continue
            future, _ = endpoint.queue.popleft()
            endpoint.active += 1
            self._active += 1
            if self._requests is not None or self._tokens is not None:
                self._recent.append([now, tokens])
                self._recent_tokens += tokens
            future.set_result(None)
            # To the end of the round.
            self._endpoints[key] = self._endpoints.pop(key)
            self._next = loop.call_soon(self._admit_next)
            return
        if waits:
            self._timer = loop.call_later(min(waits) + 0.001, self._admit)

    def _admit_next(self) -> None:
        self._next = None
        self._admit()

    def _rate_wait(self, now: float, tokens: float) -> float:
        """Seconds until the rates allow a call of ``tokens``: never more than the limit in any minute."""
        recent = self._recent
        while recent and recent[0][0] <= now - self._minute:
            self._recent_tokens -= recent.popleft()[1]
        if not recent:
            return 0.0
        wait = 0.0
        if self._requests is not None and len(recent) >= self._requests:
            wait = recent[len(recent) - self._requests][0] + self._minute - now
        if self._tokens is not None:
            excess = self._recent_tokens + tokens - self._tokens
            for begun, used in recent:
                if excess <= 0:
                    break
                excess -= used
                wait = max(wait, begun + self._minute - now)
        return max(wait, 0.0)
