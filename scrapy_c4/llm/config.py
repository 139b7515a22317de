"""LLMConfig: which model to ask, where, with what credentials and parameters."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scrapy_c4 import _kinds as kinds
from scrapy_c4._kinds import Kind
from scrapy_c4.llm.litellm_loader import known_providers
from scrapy_c4.llm.secret import Secret, scrub
from scrapy_c4.options import OptionError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable


def _ranged(low: float, high: float) -> Kind:
    def parse(value: Any) -> float:
        number: float = kinds.FLOAT.parse(value)
        if not low <= number <= high:
            raise ValueError
        return number

    return Kind("float", f"a number from {low:g} to {high:g}", parse)


def _parse_stop(value: Any) -> str | list[str]:
    if isinstance(value, str) and value:
        return value
    if isinstance(value, (list, tuple)) and value and all(isinstance(part, str) for part in value):
        return list(value)
    raise ValueError


_STOP = Kind("str or list of str", "a text or a list of texts", _parse_stop)

#: Parameters that are sent to the model as they are.
MODEL_PARAMETERS: dict[str, Kind] = {
    "temperature": _ranged(0, 2),
    "max_tokens": kinds.POSITIVE_INT,
    "top_p": kinds.UNIT_FLOAT,
    "frequency_penalty": _ranged(-2, 2),
    "presence_penalty": _ranged(-2, 2),
    "stop": _STOP,
    "n": kinds.POSITIVE_INT,
}
_OWN_PARAMETERS: dict[str, Kind] = {
    "backoff_base_delay": kinds.NON_NEGATIVE_FLOAT,
    "backoff_max_attempts": kinds.POSITIVE_INT,
    "backoff_exponential_factor": _ranged(1, 10),
    "input_cost_per_token": kinds.NON_NEGATIVE_FLOAT,
    "output_cost_per_token": kinds.NON_NEGATIVE_FLOAT,
}
#: Vendors with one endpoint of their own, whose usual variable holds the key for that.
_PUBLIC_VENDORS = frozenset(
    ["openai", "anthropic", "gemini", "mistral", "groq", "deepseek", "openrouter", "xai", "cohere", "together_ai",
     "perplexity", "fireworks_ai"]
)  # fmt: skip
#: Every parameter, in order.
PARAMETERS = ("provider", "api_token", "base_url", *MODEL_PARAMETERS, *_OWN_PARAMETERS)


def check_value(label: str, name: str, value: Any, kind: Kind) -> Any:
    """``value`` as ``kind`` reads it; raises OptionError with the name and what is allowed."""
    try:
        return kind.parse(value)
    except ValueError as error:
        detail = str(error) or f"it must be {kind.allowed}"
        raise OptionError(f"{label}: {name} = {value!r} is not possible: {detail}") from None


def reject_unknown(label: str, given: Iterable[str], known: Iterable[str]) -> None:
    known = list(known)
    for name in given:
        if name not in known:
            raise OptionError(f"{label}: {name} is not a parameter{nearest(name, known)}")


class LLMConfig:
    """A model and how to reach it. Immutable.

    ``provider`` is ``vendor/model`` as LiteLLM names them. ``api_token`` is the token, or ``env:NAME`` for that of an
    environment variable (read when it is used); without it LiteLLM takes the vendor's usual variable, unless calls go
    to a ``base_url``, which is for custom endpoints. ``temperature``, ``max_tokens``, ``top_p``,
    ``frequency_penalty``, ``presence_penalty``, ``stop`` and ``n`` are sent when given. A call that fails for a passing
    reason is made up to ``backoff_max_attempts`` times (3), after ``backoff_base_delay`` seconds (2.0), each wait
    ``backoff_exponential_factor`` times (2.0) the last. ``input_cost_per_token`` and ``output_cost_per_token`` are
    USD, for models whose prices LiteLLM does not know.

    The token shows in no repr, pickle or error: a literal token does not survive pickling, ``env:NAME`` does.
    Raises :exc:`~scrapy_c4.options.OptionError` for whatever is unknown or impossible.
    """

    def __init__(
        self,
        provider: str | None = None,
        api_token: str | Secret | None = None,
        base_url: str | None = None,
        temperature: float | None = None,
        max_tokens: int | None = None,
        top_p: float | None = None,
        frequency_penalty: float | None = None,
        presence_penalty: float | None = None,
        stop: str | list[str] | None = None,
        n: int | None = None,
        backoff_base_delay: float | None = None,
        backoff_max_attempts: int | None = None,
        backoff_exponential_factor: float | None = None,
        input_cost_per_token: float | None = None,
        output_cost_per_token: float | None = None,
        **unknown: Any,
    ):
        reject_unknown("LLMConfig", unknown, PARAMETERS)
        self.provider = _check_provider(provider)
        self.api_token = _check_token(api_token)
        self.base_url = _check_url(base_url)
        given = dict(zip(MODEL_PARAMETERS, (
            temperature, max_tokens, top_p, frequency_penalty, presence_penalty, stop, n,
        ), strict=True))  # fmt: skip
        self.parameters: dict[str, Any] = {
            name: check_value("LLMConfig", name, value, MODEL_PARAMETERS[name])
            for name, value in given.items()
            if value is not None
        }
        self.backoff_base_delay: float = self._own("backoff_base_delay", backoff_base_delay, 2.0)
        self.backoff_max_attempts: int = self._own("backoff_max_attempts", backoff_max_attempts, 3)
        self.backoff_exponential_factor: float = self._own(
            "backoff_exponential_factor", backoff_exponential_factor, 2.0
        )
        self.input_cost_per_token: float | None = self._own("input_cost_per_token", input_cost_per_token, None)
        self.output_cost_per_token: float | None = self._own("output_cost_per_token", output_cost_per_token, None)

    def _own(self, name: str, value: Any, default: Any) -> Any:
        return default if value is None else check_value("LLMConfig", name, value, _OWN_PARAMETERS[name])

    @property
    def vendor(self) -> str:
        return self.provider.partition("/")[0]

    @property
    def endpoint(self) -> tuple[str, str, Secret | str | None]:
        """What calls that share a rate limit and an availability have in common."""
        return (self.provider, self.base_url or "", self.api_token)

    def token(self) -> str | None:
        """The token itself; raises OptionError when it cannot be had."""
        if isinstance(self.api_token, Secret):
            value = self.api_token.reveal()
            if value is None:
                raise OptionError(
                    "LLMConfig: a literal api_token is not kept when the configuration is pickled; use env:NAME"
                )
            return value
        return None if self.api_token is None else _from_environment(self.api_token)

    def secrets(self) -> list[str]:
        """What must never be shown."""
        found = []
        with contextlib.suppress(OptionError):
            found.append(self.token())
        parts = urlsplit(self.base_url or "")
        found += [parts.username, parts.password]
        return [secret for secret in found if secret]

    def arguments(self) -> dict[str, Any]:
        """Keywords for LiteLLM, token included: for the call only."""
        arguments: dict[str, Any] = {"model": self.provider, **self.parameters}
        token = self.token()
        if token is None and self.base_url and self.vendor in _PUBLIC_VENDORS:
            # Else LiteLLM would send the key for the vendor's own endpoint to this one.
            token = "none"
        if token is not None:
            arguments["api_key"] = token
        if self.base_url:
            arguments["api_base"] = self.base_url
        return arguments

    def __getattr__(self, name: str) -> Any:
        if name in MODEL_PARAMETERS:
            return self.__dict__.get("parameters", {}).get(name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __repr__(self) -> str:
        shown = {"base_url": scrub(self.base_url)} if self.base_url else {}
        parts = [f"{name}={value!r}" for name, value in {**shown, **self.parameters}.items()]
        if self.api_token is not None:
            parts.insert(0, f"api_token={self.api_token!r}")
        return f"LLMConfig({', '.join([repr(self.provider), *parts])})"

    def __getstate__(self) -> dict[str, Any]:
        return dict(self.__dict__)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)


def _check_provider(provider: Any) -> str:
    if not isinstance(provider, str):
        raise OptionError("LLMConfig: provider is missing: it must be vendor/model, for example openai/gpt-4o-mini")
    vendor, slash, model = provider.partition("/")
    if not slash or not vendor or not model.strip() or provider != provider.strip():
        raise OptionError(
            f"LLMConfig: provider = {provider!r} is not possible: it must be vendor/model, for example"
            " openai/gpt-4o-mini"
        )
    providers = known_providers()
    if providers and vendor not in providers:
        raise OptionError(
            f"LLMConfig: provider = {provider!r} is not possible: LiteLLM knows no vendor {vendor!r}"
            f"{nearest(vendor, providers)}"
        )
    return provider


def _check_token(token: Any) -> Secret | str | None:
    if token is None or token == "":
        return None
    if isinstance(token, Secret):
        return token
    if not isinstance(token, str):
        raise OptionError("LLMConfig: api_token must be a text, or env:NAME")
    if token.startswith("env:"):
        _from_environment(token)
        return token
    return Secret(token)


def _from_environment(token: str) -> str:
    name = token[len("env:") :].strip()
    value = os.environ.get(name, "").strip()
    if not value:
        raise OptionError(f"LLMConfig: api_token = {token!r} is not possible: that environment variable is not set")
    return value


def _check_url(url: Any) -> str | None:
    if url is None or url == "":
        return None
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
    except (ValueError, AttributeError, TypeError):
        usable = False
    if not usable:
        raise OptionError(f"LLMConfig: base_url = {scrub(str(url))!r} is not possible: it must be an http(s) URL")
    return str(url)
