from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any

import pytest

from scrapy_c4.llm.errors import LLMError
from scrapy_c4.llm.gate import Gate
from scrapy_c4.llm.usage import Budget, Forecast, Prices, Reservation, TokenUsage


def run(main: Callable[[], Awaitable[Any]]) -> Any:
    return asyncio.run(asyncio.wait_for(main(), 30))  # type: ignore[arg-type]


def test_never_more_in_a_minute_than_allowed() -> None:
    minute, begun = 0.3, []

    async def main() -> None:
        gate = Gate(100, requests_per_minute=4, tokens_per_minute=1000, minute=minute)
        now = asyncio.get_running_loop().time

        async def call(tokens: float) -> None:
            ticket = await gate.enter("x", tokens)
            begun.append((now(), tokens))
            gate.leave(ticket, None)

        # The last one alone is more than a minute's tokens: it goes when nothing else does.
        await asyncio.gather(*(call(tokens) for tokens in [10] * 9 + [600] * 4 + [5000]))

    run(main)
    assert len(begun) == 14
    for at, _ in begun:
        window = [tokens for time, tokens in begun if at <= time < at + minute * 0.99]
        assert len(window) <= 4
        assert sum(window) <= 1000 or window == [5000]


def test_calls_begin_one_after_the_other() -> None:
    async def main() -> None:
        gate, begun = Gate(8), []

        async def call(number: int) -> None:
            await gate.enter("xy"[number % 2], 1)
            begun.append(number)

        tasks = [asyncio.ensure_future(call(number)) for number in range(12)]
        counts = []
        while len(begun) < 8:
            await asyncio.sleep(0)
            counts.append(len(begun))
        await asyncio.sleep(0.01)
        assert all(after - before <= 1 for before, after in pairwise(counts))
        assert len(begun) == 8
        for task in tasks:
            task.cancel()

    run(main)


def test_an_endpoint_that_fails_gets_fewer_turns_and_more_again() -> None:
    async def main() -> None:
        gate = Gate(8)
        most = active = 0

        async def call(error: LLMError | None) -> None:
            nonlocal most, active
            ticket = await gate.enter("x", 1)
            active += 1
            most = max(most, active)
            await asyncio.sleep(0.01)
            active -= 1
            gate.leave(ticket, error)

        failure = LLMError("provider_error", "500", retryable=True)
        await asyncio.gather(*(call(failure) for _ in range(8)))
        assert most == 8
        most = 0
        await asyncio.gather(*(call(failure) for _ in range(12)))
        assert most == 4
        most = 0
        await asyncio.gather(*(call(None) for _ in range(60)))
        assert most == 8

    run(main)


def test_retry_after_pauses_the_endpoint_and_no_other() -> None:
    async def main() -> None:
        gate = Gate(2)
        now = asyncio.get_running_loop().time
        ticket = await gate.enter("x", 1)
        gate.leave(ticket, LLMError("rate_limited", "", retryable=True, retry_after=0.2))
        paused = now()
        waiting = asyncio.ensure_future(gate.enter("x", 1))
        gate.leave(await gate.enter("y", 1), None)
        assert not waiting.done()
        await waiting
        assert now() - paused >= 0.2

    run(main)


def test_a_call_again_comes_first() -> None:
    async def main() -> None:
        gate = Gate(1)
        order: list[str] = []

        async def call(name: str, again: bool = False) -> None:
            ticket = await gate.enter("x", 1, again=again)
            order.append(name)
            await asyncio.sleep(0.01)
            gate.leave(ticket, None)

        tasks = [asyncio.ensure_future(call(name)) for name in "abc"]
        await asyncio.sleep(0)
        tasks.append(asyncio.ensure_future(call("again", again=True)))
        await asyncio.gather(*tasks)
        assert order == ["a", "again", "b", "c"]

    run(main)


def test_an_endpoint_is_given_up_and_tried_again() -> None:
    async def main() -> None:
        gate = Gate(1, try_again_after=0.1)
        ticket = await gate.enter("x", 1)
        waiting = asyncio.ensure_future(gate.enter("x", 1))
        await asyncio.sleep(0)
        wrong = LLMError("provider_error", "401")
        wrong.fatal = True
        gate.leave(ticket, wrong)
        for attempt in (waiting, gate.enter("x", 1)):
            with pytest.raises(LLMError, match="failed before: 401"):
                await attempt
        gate.leave(await gate.enter("y", 1), None)
        await asyncio.sleep(0.11)
        ticket = await gate.enter("x", 1)
        with pytest.raises(LLMError):
            await gate.enter("x", 1)
        gate.leave(ticket, None)
        gate.leave(await gate.enter("x", 1), None)

    run(main)


def test_who_is_cancelled_takes_no_place() -> None:
    async def main() -> None:
        gate = Gate(1)
        first = await gate.enter("x", 1)
        waiting = [asyncio.ensure_future(gate.enter("x", 1)) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        gate.leave(first, None)
        waiting[1].cancel()  # let in, and cancelled before it knew
        ticket = await waiting[2]
        gate.leave(ticket, None)
        gate.leave(await gate.enter("x", 1), None)

    run(main)


def test_a_budget_is_used_up_and_not_exceeded() -> None:
    async def main() -> None:
        budget = Budget("of the crawl", 1000, None)
        forecast, prices = Forecast(), Prices(None, None)
        spent = begun = at_once = 0

        async def call() -> None:
            nonlocal spent, begun, at_once
            reserved = await budget.reserve(lambda: forecast.expect(10, None, prices))
            begun += 1
            at_once = max(at_once, begun)
            await asyncio.sleep(0.01)
            begun -= 1
            usage = TokenUsage(60, 40, 100)
            forecast.learn(10, usage)
            spent += usage.total_tokens
            budget.settle(reserved, usage.total_tokens, None)

        results = await asyncio.gather(*(call() for _ in range(30)), return_exceptions=True)
        refused = [result for result in results if isinstance(result, LLMError)]
        assert (spent, len(refused), {error.type for error in refused}) == (1000, 20, {"over_budget"})
        assert "1000 of the 1000 tokens of the crawl" in refused[0].message
        # One to find out, then all that fit.
        assert at_once == 9

    run(main)


def test_a_budget_gives_back_what_failed_calls_had_reserved() -> None:
    async def main() -> None:
        budget = Budget("of the page", 100, None)
        first = await budget.reserve(lambda: Reservation(80, None))
        second = asyncio.ensure_future(budget.reserve(lambda: Reservation(80, None)))
        third = asyncio.ensure_future(budget.reserve(lambda: Reservation(80, None)))
        await asyncio.sleep(0)
        assert not second.done()
        second.cancel()
        budget.settle(first, 0, 0)
        assert (await third).tokens == 80

    run(main)


@pytest.mark.parametrize(("limit", "calls"), [(0.001, 10), (0.00105, 10), (0.00005, 0)])
def test_a_budget_of_money(limit: float, calls: int) -> None:
    async def main() -> int:
        budget = Budget("of the crawl", None, limit)
        prices = Prices(1e-6, 0.0)
        made = 0
        for _ in range(15):
            try:
                reserved = await budget.reserve(lambda: Reservation(100, prices.cost(100, 20)))
            except LLMError as error:
                assert error.type == "over_budget"  # noqa: PT017
                continue
            made += 1
            budget.settle(reserved, 120, prices.cost(100, 20))
        return made

    assert run(main) == calls


def test_prices() -> None:
    assert Prices(None, 1.0).cost(1, 1) is None
    assert Prices(2.0, 3.0).cost(10, 5) == 35
    assert Prices(2.0, 3.0, 0.5).cost(10, 5, cached_tokens=4) == 12 + 2 + 15
    total = TokenUsage()
    total.add(TokenUsage(1, 2, 3, None))
    assert total.cost is None
    total.add(TokenUsage(1, 2, 3, 0.5))
    assert total == TokenUsage(2, 4, 6, 0.5)
