"""What can go wrong with a chunk, by name."""

from __future__ import annotations

from typing import Any

#: The values of ``type`` in ``ExtractedItem.errors``.
ERROR_TYPES = (
    "refused",
    "truncated",
    "invalid_json",
    "schema_mismatch",
    "rate_limited",
    "timeout",
    "provider_error",
    "over_budget",
)
_MAX_MESSAGE = 500


class LLMError(Exception):
    """A chunk that gave no data. ``type`` is one of :data:`ERROR_TYPES`; the message holds no credentials."""

    def __init__(self, type: str, message: str, *, retryable: bool = False, retry_after: float | None = None):
        super().__init__(message)
        self.type = type
        self.message = message if len(message) <= _MAX_MESSAGE else message[:_MAX_MESSAGE] + "…"
        #: Whether the same call may succeed later.
        self.retryable = retryable
        #: Seconds that the provider asked to wait.
        self.retry_after = retry_after
        #: Whether every further call to the endpoint would fail alike (a wrong key, an unknown model).
        self.fatal = False

    def as_dict(self) -> dict[str, Any]:
        return {"type": self.type, "message": self.message}


class MissingDependency(ImportError):
    """The extra ``llm`` is not installed."""

    def __init__(self, package: str):
        super().__init__(f"{package} is needed for LLM extraction: pip install scrapy-c4[llm]")
