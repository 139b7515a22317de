"""Structured data from any page by a language model: chunks, prompts, calls through LiteLLM, answers, costs.

Nothing here imports LiteLLM before the first call; ``pip install scrapy-c4[llm]`` brings it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scrapy_c4.llm.config import LLMConfig
    from scrapy_c4.llm.generate import generate_schema
    from scrapy_c4.llm.runner import Limits, LLMRunner
    from scrapy_c4.llm.strategy import LLMExtractionStrategy

_HOMES = {
    "LLMConfig": "config",
    "LLMExtractionStrategy": "strategy",
    "LLMRunner": "runner",
    "Limits": "runner",
    "generate_schema": "generate",
}
__all__ = ["LLMConfig", "LLMExtractionStrategy", "LLMRunner", "Limits", "generate_schema"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
