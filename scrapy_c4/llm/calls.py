"""One call to a model through LiteLLM: no retries, one deadline, errors by name and without credentials."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from scrapy_c4.llm.errors import LLMError
from scrapy_c4.llm.litellm_loader import load_litellm, model_entry
from scrapy_c4.llm.replies import Choice
from scrapy_c4.llm.secret import scrub
from scrapy_c4.llm.tokens import estimate_tokens
from scrapy_c4.llm.usage import Prices, TokenUsage

if TYPE_CHECKING:
    from scrapy_c4.llm.config import LLMConfig
    from scrapy_c4.llm.prompts import Messages


@dataclass
class Answer:
    """What a model said, and what it took."""

    choices: list[Choice]
    usage: TokenUsage = field(default_factory=TokenUsage)
    #: Taken from the cache: nothing was spent.
    cached: bool = False

    def as_dict(self) -> dict[str, Any]:
        return {"choices": [asdict(choice) for choice in self.choices], "usage": self.usage.as_dict()}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Answer:
        """An answer from the cache; raises TypeError or KeyError for something else."""
        return cls([Choice(**choice) for choice in values["choices"]], TokenUsage(**values["usage"]), cached=True)


def prices_of(config: LLMConfig) -> Prices:
    entry = model_entry(config.provider)
    prompt, completion = config.input_cost_per_token, config.output_cost_per_token
    return Prices(
        entry.get("input_cost_per_token") if prompt is None else prompt,
        entry.get("output_cost_per_token") if completion is None else completion,
        entry.get("cache_read_input_token_cost") if prompt is None else None,
    )


def has_structured_output(config: LLMConfig) -> bool:
    """Whether the model takes a JSON schema as ``response_format``, as far as LiteLLM knows."""
    return bool(model_entry(config.provider).get("supports_response_schema"))


async def call(
    arguments: dict[str, Any], messages: Messages, prices: Prices, timeout: float, secrets: list[str]
) -> Answer:
    """Ask once; raises :exc:`LLMError`. ``timeout`` seconds are for everything, to the last byte."""
    litellm = load_litellm()
    failure: LLMError | None = None
    response: Any = None
    try:
        # One layer of retries is enough: ours, which knows the crawl's limits.
        request = litellm.acompletion(
            **arguments,
            messages=messages,
            num_retries=0,
            max_retries=0,
            timeout=timeout,
        )
        response = await asyncio.wait_for(request, timeout)
    except asyncio.TimeoutError:
        failure = LLMError("timeout", f"no answer within {timeout:g} s", retryable=True)
    except Exception as error:
        failure = _named(error, secrets, timeout)
    if failure is not None:
        # Raised here, so that it does not bring along the original, which may hold the key.
        raise failure
    try:
        return _answer(response, messages, prices)
    except (AttributeError, TypeError, IndexError, KeyError) as error:
        raise LLMError("provider_error", f"the answer has no usual shape: {scrub(repr(error))}") from None


def _answer(response: Any, messages: Messages, prices: Prices) -> Answer:
    choices = []
    for choice in response.choices or []:
        message = choice.message
        content = message.content
        if not content and getattr(message, "tool_calls", None):
            # Some providers give structured output this way.
            content = message.tool_calls[0].function.arguments
        refusal = getattr(message, "refusal", None) or (getattr(message, "provider_specific_fields", None) or {}).get(
            "refusal"
        )
        choices.append(Choice(content, choice.finish_reason, refusal))
    usage = getattr(response, "usage", None)
    prompt = int(getattr(usage, "prompt_tokens", None) or 0)
    completion = int(getattr(usage, "completion_tokens", None) or 0)
    if not prompt and not completion:
        # The provider does not tell.
        prompt = sum(estimate_tokens(message["content"]) for message in messages)
        completion = sum(estimate_tokens(choice.content or "") for choice in choices)
    details = getattr(usage, "prompt_tokens_details", None)
    cached = int(getattr(details, "cached_tokens", None) or 0)
    cost = prices.cost(prompt, completion, cached)
    return Answer(choices, TokenUsage(prompt, completion, prompt + completion, cost))


_FORMAT_WORDS = ("response_format", "response format", "json_schema", "output_config", "structured output")
_FATAL_STATUSES = (401, 403, 404)
_PASSING_STATUSES = (408, 409, 425, 500, 502, 503, 504, 529)


def _named(error: Exception, secrets: list[str], timeout: float) -> LLMError:
    """``error`` of LiteLLM as one of ours."""
    litellm = load_litellm()
    message = scrub(" ".join(str(getattr(error, "message", None) or error).split()), secrets)
    status = getattr(error, "status_code", None)
    if isinstance(error, litellm.exceptions.Timeout):
        return LLMError("timeout", f"no answer within {timeout:g} s", retryable=True)
    if isinstance(error, litellm.exceptions.ContentPolicyViolationError):
        return LLMError("refused", message)
    wait = _retry_after(error)
    if isinstance(error, litellm.exceptions.RateLimitError) or status == 429:
        # An empty account does not fill up while we wait.
        passing = "insufficient_quota" not in message
        named = LLMError("rate_limited", message, retryable=passing, retry_after=wait)
        named.fatal = not passing
        return named
    passing = status in _PASSING_STATUSES or isinstance(error, litellm.exceptions.APIConnectionError)
    named = LLMError("provider_error", message or type(error).__name__, retryable=passing, retry_after=wait)
    named.fatal = status in _FATAL_STATUSES
    return named


def _retry_after(error: Exception) -> float | None:
    """The seconds that the answer's ``Retry-After`` asks for."""
    response = getattr(error, "response", None)
    for headers in (getattr(response, "headers", None), getattr(error, "litellm_response_headers", None)):
        if not headers:
            continue
        for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
            value = headers.get(name)
            if value is None:
                continue
            try:
                seconds = float(value) / unit
            except ValueError:
                try:
                    date = parsedate_to_datetime(value)
                except (TypeError, ValueError):
                    continue
                if date.tzinfo is None:
                    date = date.replace(tzinfo=timezone.utc)
                seconds = (date - datetime.now(timezone.utc)).total_seconds()
            if seconds == seconds:
                return max(0.0, seconds)
    return None


def refuses_response_format(error: LLMError) -> bool:
    """Whether a server said that it does not take ``response_format``."""
    message = error.message.lower()
    return error.type == "provider_error" and not error.fatal and any(word in message for word in _FORMAT_WORDS)
