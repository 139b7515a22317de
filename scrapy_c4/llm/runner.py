"""LLMRunner: fills items by asking models about their pages."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scrapy_c4.llm.asking import THREAD_CHARACTERS, Asker, Limits, read_answer
from scrapy_c4.llm.errors import LLMError, MissingDependency
from scrapy_c4.llm.litellm_loader import load_litellm
from scrapy_c4.llm.merge import Part
from scrapy_c4.llm.secret import scrub
from scrapy_c4.llm.usage import Budget, TokenUsage
from scrapy_c4.options import OptionError

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrapy_c4.items import ExtractedItem
    from scrapy_c4.llm.chunking import Chunk
    from scrapy_c4.llm.strategy import LLMExtractionStrategy

__all__ = ["LLMRunner", "Limits"]

logger = logging.getLogger(__name__)


@dataclass
class _Page:
    """What the chunks of a page share."""

    strategy: LLMExtractionStrategy
    url: str
    total: int
    budget: Budget


@dataclass
class _Outcome:
    """What became of a chunk."""

    part: Part
    errors: list[LLMError]
    usage: TokenUsage | None = None
    cached: bool = False


def _ignore(name: str, value: float = 1) -> None:
    pass


class LLMRunner:
    """Asks models about items' pages, several at once. One per crawl; everything happens in its event loop.

    ``count`` is called with the name of a statistic (``call_count``, ``error_count/refused``, …) and a number to add.
    """

    def __init__(self, limits: Limits | None = None, count: Callable[..., None] = _ignore):
        self.limits = limits or Limits()
        self.asker = Asker(self.limits, count)
        self._stat = count
        self._tasks: set[asyncio.Task[_Outcome]] = set()
        self._stopped = False
        self._turn = asyncio.Lock()

    async def fill(self, item: ExtractedItem) -> None:
        """Fill ``data``, ``errors``, ``usage`` and ``chunks`` of an item with a job. What fails is on the item."""
        job, item.job = item.job, None
        if job is None:
            return
        strategy, url = job.strategy, job.page_url
        self._stat("page_count")
        try:
            chunks = await self._chunks(strategy, job.text)
        except Exception as error:
            if not isinstance(error, (OptionError, MissingDependency)):
                logger.exception("The text of %(url)s could not be cut into chunks", {"url": url})
            failure = self._counted(LLMError("provider_error", scrub(str(error), strategy.secrets())))
            item.errors.append(failure.as_dict())
            return
        del job
        budget = Budget("of the page", self.limits.max_tokens_page, self.limits.max_cost_page)
        page = _Page(strategy, url, len(chunks), budget)
        tasks = [asyncio.ensure_future(self._chunk(page, chunk)) for chunk in chunks]
        self._tasks.update(tasks)
        try:
            outcomes = await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            self._tasks.difference_update(tasks)
        _write(item, strategy, chunks, outcomes)

    async def _chunks(self, strategy: LLMExtractionStrategy, text: str) -> list[Chunk]:
        # One page at a time: what they all wait for is loaded once, and pages that come together hold up the loop no
        # longer than one of them. Small ones need no thread, which would only fight with the loop for the interpreter.
        async with self._turn:
            if not strategy.loaded:
                await asyncio.to_thread(_load, strategy)
            if len(text) <= THREAD_CHARACTERS:
                chunks = strategy.chunks(text)
                await asyncio.sleep(0)
                return chunks
        return await asyncio.to_thread(strategy.chunks, text)

    def stop(self) -> None:
        """Mark what is not answered yet as ``timeout``, and whatever still comes; ``fill`` returns at once."""
        self._stopped = True
        for task in self._tasks:
            task.cancel()

    async def _chunk(self, page: _Page, chunk: Chunk) -> _Outcome:
        strategy = page.strategy
        outcome = _Outcome(Part(overlaps=chunk.overlap > 0), [])
        try:
            if self._stopped:
                raise asyncio.CancelledError
            answer = await self.asker.ask(strategy, strategy.messages(chunk, page.total, page.url), page.budget)
            outcome.cached = answer.cached
            if not answer.cached:
                outcome.usage = answer.usage
            reading = await read_answer(strategy, answer)
            outcome.part.records, outcome.errors = reading.records, reading.errors
        except LLMError as error:
            outcome.errors = [error]
        except asyncio.CancelledError:
            if not self._stopped:
                raise
            outcome.errors = [LLMError("timeout", "the crawl was stopped before the model had answered")]
        except (OptionError, MissingDependency) as error:
            outcome.errors = [LLMError("provider_error", str(error))]
        except Exception as error:
            message = scrub(repr(error), strategy.secrets())
            logger.error(
                "Chunk %(number)d of %(url)s failed: %(error)s",
                {"number": chunk.number, "url": page.url, "error": message},
            )
            outcome.errors = [LLMError("provider_error", message)]
        self._stat("chunk_count")
        for failure in outcome.errors:
            failure.message = scrub(failure.message, strategy.secrets())
            self._counted(failure)
        if strategy.verbose:
            _log(page, chunk, outcome)
        return outcome

    def _counted(self, error: LLMError) -> LLMError:
        self._stat(f"error_count/{error.type}")
        return error


def _load(strategy: LLMExtractionStrategy) -> None:
    load_litellm()
    strategy.count_tokens("")


def _log(page: _Page, chunk: Chunk, outcome: _Outcome) -> None:
    logger.info(
        "Chunk %(number)d of %(total)d of %(url)s: %(records)d records, %(errors)s",
        {
            "number": chunk.number,
            "total": page.total,
            "url": page.url,
            "records": len(outcome.part.records),
            "errors": ", ".join(error.type for error in outcome.errors) or "no errors",
        },
    )


def _write(item: ExtractedItem, strategy: LLMExtractionStrategy, chunks: list[Chunk], outcomes: list[_Outcome]) -> None:
    usage, calls = TokenUsage(), 0
    item.data = strategy.merge([outcome.part for outcome in outcomes])
    item.chunks = []
    for chunk, outcome in zip(chunks, outcomes, strict=True):
        item.errors += [{**error.as_dict(), "chunk": chunk.number} for error in outcome.errors]
        if outcome.usage is not None:
            usage.add(outcome.usage)
            calls += 1
        item.chunks.append(
            {
                "number": chunk.number,
                "heading_path": list(chunk.heading_path),
                "start": chunk.start,
                "end": chunk.end,
                "tokens": chunk.tokens,
                "status": outcome.errors[0].type if outcome.errors else "ok",
                "records": len(outcome.part.records),
                "cached": outcome.cached,
            }
        )
    item.usage = {"calls": calls, **usage.as_dict()}
