"""Tokens and money: what calls used, and budgets that end a crawl's spending."""

from __future__ import annotations

import asyncio
from collections import deque
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
    tokens: float
    cost: float


class Budget:
    """What may be spent, in tokens and USD. A call is only begun when what it may use is still there.

    While other calls are under way, one that does not fit waits for what they really use.
    """

    def __init__(self, scope: str, max_tokens: int | None, max_cost: float | None):
        self.scope = scope
        self.max_tokens = max_tokens
        self.max_cost = max_cost
        self.limited = max_tokens is not None or max_cost is not None
        self._used = Reservation(0, 0)
        self._reserved = Reservation(0, 0)
        self._pending = 0
        self._known = False
        self._waiting: deque[tuple[asyncio.Future[Reservation], Reservation]] = deque()

    async def reserve(self, tokens: float, cost: float | None) -> Reservation:
        """Set tokens and money aside for a call; raises LLMError ``over_budget`` when they are not there."""
        if self.max_cost is not None and cost is None:
            raise LLMError(
                "over_budget",
                f"the cost {self.scope} is limited, but the price of the model is not known:"
                " set input_cost_per_token and output_cost_per_token",
            )
        wanted = Reservation(tokens, cost or 0.0)
        if not self.limited or (not self._waiting and self._fits(wanted)):
            return self._take(wanted)
        future: asyncio.Future[Reservation] = asyncio.get_running_loop().create_future()
        self._waiting.append((future, wanted))
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
        self._known = self._known or tokens > 0
        self._reserved.tokens -= reservation.tokens
        self._reserved.cost -= reservation.cost
        self._used.tokens += tokens
        self._used.cost += cost or 0.0
        self._go_on()

    def _take(self, wanted: Reservation) -> Reservation:
        self._pending += 1
        self._reserved.tokens += wanted.tokens
        self._reserved.cost += wanted.cost
        return wanted

    def _fits(self, wanted: Reservation) -> bool:
        if self._pending and not self._known:
            # Nothing is known yet of what this model uses: one call finds out.
            return False
        tokens = self._used.tokens + self._reserved.tokens + wanted.tokens
        cost = self._used.cost + self._reserved.cost + wanted.cost
        within_tokens = self.max_tokens is None or tokens <= self.max_tokens
        return within_tokens and (self.max_cost is None or cost <= self.max_cost)

    def _go_on(self) -> None:
        while self._waiting:
            future, wanted = self._waiting[0]
            if not future.done():
                if self._fits(wanted):
                    future.set_result(self._take(wanted))
                elif self._pending:
                    return
                else:
                    future.set_exception(LLMError("over_budget", self._message()))
            self._waiting.popleft()

    def _message(self) -> str:
        if self.max_tokens is not None:
            return f"{self._used.tokens:.0f} of the {self.max_tokens} tokens {self.scope} are used"
        return f"{self._used.cost:.6f} of the {self.max_cost} USD {self.scope} are used"


class Forecast:
    """What a call will use, by what calls have used so far."""

    def __init__(self) -> None:
        self._calls = 0
        self._estimated = self._prompt = self._completion = 0.0

    def of(self, estimated_prompt: int, max_tokens: int | None) -> tuple[float, float]:
        """Prompt and completion tokens to expect."""
        ratio = self._prompt / self._estimated if self._estimated else 1.0
        completion = self._completion / self._calls if self._calls else 500.0
        return estimated_prompt * ratio, completion if max_tokens is None else min(completion, max_tokens)

    def learn(self, estimated_prompt: int, usage: TokenUsage) -> None:
        self._calls += 1
        self._estimated += estimated_prompt
        self._prompt += usage.prompt_tokens
        self._completion += usage.completion_tokens
