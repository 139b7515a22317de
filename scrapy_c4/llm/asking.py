"""Questions to models, within the limits of a crawl: cache, budget, turn, attempts."""

from __future__ import annotations

import asyncio
import logging
import random
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from scrapy_c4.llm.cache import AnswerCache
from scrapy_c4.llm.calls import Answer, call, has_structured_output, prices_of, refuses_response_format
from scrapy_c4.llm.errors import LLMError
from scrapy_c4.llm.gate import Gate
from scrapy_c4.llm.tokens import estimate_tokens
from scrapy_c4.llm.usage import Budget, Forecast, TokenUsage

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from scrapy_c4.llm.prompts import Messages
    from scrapy_c4.llm.replies import Reading
    from scrapy_c4.llm.strategy import LLMExtractionStrategy

logger = logging.getLogger(__name__)

#: Texts of more characters are worked on in a thread.
THREAD_CHARACTERS = 20_000
#: Seconds after which an endpoint that was given up is tried again.
_TRY_AGAIN_AFTER = 30.0


@dataclass(frozen=True)
class Limits:
    """What holds for all calls of a crawl. None: no limit."""

    concurrency: int = 10
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    #: Seconds for one call.
    timeout: float = 60.0
    #: Seconds for one chunk, from its first call on, with all its attempts and the waits between them.
    deadline: float = 300.0
    max_tokens_total: int | None = None
    max_cost_total: float | None = None
    max_tokens_page: int | None = None
    max_cost_page: float | None = None
    #: A folder for answers.
    cache: str | os.PathLike[str] | None = None


async def read_answer(strategy: LLMExtractionStrategy, answer: Answer) -> Reading:
    """The records in an answer; raises LLMError."""
    if sum(len(choice.content or "") for choice in answer.choices) > THREAD_CHARACTERS:
        return await asyncio.to_thread(strategy.read, answer.choices)
    return strategy.read(answer.choices)


class Asker:
    """Asks models. ``count`` is called with the name of a statistic (``call_count``, …) and a number to add."""

    def __init__(self, limits: Limits, count: Callable[..., None]):
        self._limits = limits
        self._stat = count
        self._gate = Gate(
            limits.concurrency,
            limits.requests_per_minute,
            limits.tokens_per_minute,
            give_up_after=limits.deadline,
            try_again_after=_TRY_AGAIN_AFTER,
        )
        self._budget = Budget("of the crawl", limits.max_tokens_total, limits.max_cost_total)
        self._forecast = Forecast()
        self._cache = AnswerCache(limits.cache) if limits.cache else None
        self._cache_failed = False
        #: The models, at their places, that take no ``response_format``.
        self._without_format: set[tuple[str, str | None]] = set()

    async def ask(self, strategy: LLMExtractionStrategy, messages: Messages, page: Budget) -> Answer:
        """The answer to ``messages`` under the strategy's parameters; raises LLMError."""
        if self._cache is None:
            return await self._within_budget(strategy, messages, page)
        config = strategy.llm_config
        arguments = {**config.parameters, **strategy.extra_args, **self._format(strategy)}
        key = self._cache.key(config.provider, config.base_url, arguments, messages)
        if (stored := await asyncio.to_thread(self._cache.load, key)) is not None:
            try:
                answer = Answer.from_dict(stored)
            except (TypeError, KeyError):
                logger.debug("A stored answer is unreadable: %(key)s", {"key": key})
            else:
                self._stat("cache_hit_count")
                return answer
        answer = await self._within_budget(strategy, messages, page)
        await self._store(strategy, key, answer)
        return answer

    def _format(self, strategy: LLMExtractionStrategy) -> dict[str, Any]:
        """The parameter that asks for structured output, where the model has it."""
        config, schema = strategy.llm_config, strategy.schema
        if schema is None or "response_format" in strategy.extra_args:
            return {}
        if (config.provider, config.base_url) in self._without_format or not has_structured_output(config):
            return {}
        wanted = schema.response_format()
        return {} if wanted is None else {"response_format": wanted}

    async def _store(self, strategy: LLMExtractionStrategy, key: str, answer: Answer) -> None:
        """Keep an answer that gave data."""
        assert self._cache is not None
        try:
            if (await read_answer(strategy, answer)).errors:
                return
            await asyncio.to_thread(self._cache.store, key, answer.as_dict())
        except LLMError:
            return
        except OSError as error:
            if not self._cache_failed:
                logger.warning("Answers cannot be kept: %(error)s", {"error": error})
            self._cache_failed = True

    async def _within_budget(self, strategy: LLMExtractionStrategy, messages: Messages, page: Budget) -> Answer:
        estimate = sum(estimate_tokens(message["content"]) for message in messages)
        max_tokens = {**strategy.llm_config.parameters, **strategy.extra_args}.get("max_tokens")
        limit = max_tokens if isinstance(max_tokens, int) else None
        expect = partial(self._forecast.expect, estimate, limit, prices_of(strategy.llm_config))
        used = TokenUsage()
        of_page = await page.reserve(expect)
        try:
            of_crawl = await self._budget.reserve(expect)
            try:
                answer = await self._attempts(strategy, messages, of_crawl.tokens)
                used = answer.usage
                self._forecast.learn(estimate, used)
            finally:
                self._budget.settle(of_crawl, used.total_tokens, used.cost)
        finally:
            page.settle(of_page, used.total_tokens, used.cost)
        strategy.add_usage(used)
        self._stat("call_count")
        self._stat("prompt_tokens", used.prompt_tokens)
        self._stat("completion_tokens", used.completion_tokens)
        if used.cost is not None:
            self._stat("cost", used.cost)
        return answer

    async def _attempts(self, strategy: LLMExtractionStrategy, messages: Messages, tokens: float) -> Answer:
        """Call until there is an answer, as often and as long as the limits allow."""
        config, limits, now = strategy.llm_config, self._limits, asyncio.get_running_loop().time
        delay, attempt = config.backoff_base_delay, 0
        ticket = await self._gate.enter(config.endpoint, tokens)
        # The wait for the first turn is the crawl's, not the endpoint's.
        deadline = now() + limits.deadline
        while True:
            error: LLMError | None = None
            structured = self._format(strategy)
            try:
                timeout = min(limits.timeout, deadline - now())
                arguments = {**config.arguments(), **strategy.extra_args, **structured}
                return await call(arguments, messages, prices_of(config), timeout, strategy.secrets())
            except LLMError as failure:
                error = failure
            finally:
                self._gate.leave(ticket, error)
            if structured and refuses_response_format(error):
                logger.info("%(model)s takes no response_format: asking without", {"model": config.provider})
                self._without_format.add((config.provider, config.base_url))
                ticket = await self._gate.enter(config.endpoint, tokens, again=True)
                continue
            if not error.retryable:
                raise error
            wait = delay * (1 + random.random() / 4)
            delay *= config.backoff_exponential_factor
            if error.retry_after is None:
                attempt += 1
            else:
                # The endpoint is paused for all until then; as it said when to come again, no attempt is used up.
                wait = max(wait, error.retry_after)
            if attempt >= config.backoff_max_attempts or now() + wait >= deadline:
                raise error
            self._stat("retry_count")
            await asyncio.sleep(wait)
            try:
                turn = self._gate.enter(config.endpoint, tokens, again=True)
                ticket = await asyncio.wait_for(turn, deadline - now())
            except asyncio.TimeoutError:
                raise error from None
