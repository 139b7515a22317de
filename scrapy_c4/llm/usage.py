"""Tokens and money: what calls used, and budgets that end a crawl's spending."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from scrapy_c4.llm.errors import LLMError


@dataclass(slots=True)
class TokenUsage:
    """Of one call, or of several together. ``cost`` is USD; None where the price is not known."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0
    cost: float | None = None

    def add(self, other: TokenUsage) -> None:
        self.prompt_tokens += other.prompt_tokens
        self.completion_tokens += other.completion_tokens
        self.total_tokens += other.total_tokens
        if other.cost is not None:
            self.cost = (self.cost or 0.0) + other.cost

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class Prices:
    """USD per token of a model; ``known`` is False where nobody says."""

    def __init__(self, prompt: float | None, completion: float | None, cached_prompt: float | None = None):
        self.known = prompt is not None and completion is not None
        self._prompt = prompt or 0.0
        self._completion = completion or 0.0
        self._cached = self._prompt if cached_prompt is None else cached_prompt

    def cost(self, prompt_tokens: float, completion_tokens: float, cached_tokens: int = 0) -> float | None:
        if not self.known:
            return None
        fresh = max(0.0, prompt_tokens - cached_tokens)
        return fresh * self._prompt + cached_tokens * self._cached + completion_tokens * self._completion


@dataclass
class Reservation:
    """What a call is expected to use."""

    tokens: float
    #: None where the price is not known.
    cost: float | None
    #: False while no call has told what this crawl's calls use.
    certain: bool = True


Expect = Callable[[], Reservation]


class Budget:
    """What may be spent, in tokens and USD. A call is only begun when what it may use is still there.

    While other calls are under way, one that does not fit waits for what they really use.
    """

    def __init__(self, scope: str, max_tokens: int | None, max_cost: float | None):
        self.scope = scope
        self.max_tokens = max_tokens
        self.max_cost = max_cost
        self.limited = max_tokens is not None or max_cost is not None
        self._used_tokens = self._used_cost = 0.0
        self._reserved_tokens = self._reserved_cost = 0.0
        self._pending = 0
        self._waiting: deque[tuple[asyncio.Future[Reservation], Expect]] = deque()

    async def reserve(self, expect: Expect) -> Reservation:
        """Set aside what a call is expected to use; raises LLMError ``over_budget`` when it is not there."""
        expected = expect()
        if self.max_cost is not None and expected.cost is None:
            raise LLMError(
                "over_budget",
                f"the cost {self.scope} is limited, but the price of the model is not known:"
                " set input_cost_per_token and output_cost_per_token",
            )
        if not self.limited or (not self._waiting and self._fits(expected)):
            return self._take(expected)
        future: asyncio.Future[Reservation] = asyncio.get_running_loop().create_future()
        self._waiting.append((future, expect))
        self._go_on()
        try:
            return await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled() and not future.exception():
                self.settle(future.result(), 0, 0)
            raise

    def settle(self, reservation: Reservation, tokens: float, cost: float | None) -> None:
        """Replace what was reserved by what was used."""
        self._pending -= 1
        self._reserved_tokens -= reservation.tokens
        self._reserved_cost -= reservation.cost or 0.0
        self._used_tokens += tokens
        self._used_cost += cost or 0.0
        self._go_on()

    def _take(self, expected: Reservation) -> Reservation:
        self._pending += 1
        self._reserved_tokens += expected.tokens
        self._reserved_cost += expected.cost or 0.0
        return expected

    def _fits(self, expected: Reservation) -> bool:
        if self._pending and not expected.certain:
            # One call finds out what this model uses.
            return False
        tokens = self._used_tokens + self._reserved_tokens + expected.tokens
        if self.max_tokens is not None and tokens > self.max_tokens:
            return False
        cost = self._used_cost + self._reserved_cost + (expected.cost or 0.0)
        # Sums of prices are not exact.
        return self.max_cost is None or cost <= self.max_cost * (1 + 1e-9)

    def _go_on(self) -> None:
        while self._waiting:
            future, expect = self._waiting[0]
            if not future.done():
                if self._fits(expected := expect()):
                    future.set_result(self._take(expected))
                elif self._pending:
                    return
                else:
                    future.set_exception(LLMError("over_budget", self._message()))
            self._waiting.popleft()

    def _message(self) -> str:
        if self.max_tokens is not None:
            return f"{self._used_tokens:.0f} of the {self.max_tokens} tokens {self.scope} are used"
        return f"{self._used_cost:.6f} of the {self.max_cost} USD {self.scope} are used"


class Forecast:
    """What a call will use, by what calls have used so far."""

    def __init__(self) -> None:
        self._calls = 0
        self._estimated = self._prompt = self._completion = 0.0

    def expect(self, estimated_prompt: int, max_tokens: int | None, prices: Prices) -> Reservation:
        """For a call whose prompt has about ``estimated_prompt`` tokens."""
        prompt, completion = float(estimated_prompt), 0.0
        if self._calls:
            prompt *= self._prompt / self._estimated
            completion = self._completion / self._calls
            completion = completion if max_tokens is None else min(completion, max_tokens)
        return Reservation(prompt + completion, prices.cost(prompt, completion), self._calls > 0)

    def learn(self, estimated_prompt: int, usage: TokenUsage) -> None:
        self._calls += 1
        self._estimated += max(1, estimated_prompt)
        self._prompt += usage.prompt_tokens
        self._completion += usage.completion_tokens
