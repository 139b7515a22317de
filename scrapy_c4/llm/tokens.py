"""How many tokens a text has for a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy_c4.llm.errors import MissingDependency
from scrapy_c4.llm.litellm_loader import load_litellm

if TYPE_CHECKING:
    from collections.abc import Callable

#: UTF-8 bytes per token where no tokenizer is at hand: right for English markdown, careful for other scripts.
_BYTES_PER_TOKEN = 3.5


def estimate_tokens(text: str) -> int:
    """Tokens of ``text`` for no model in particular."""
    return -(-len(text.encode("utf-8", "replace")) * 2 // 7)


def token_counter(provider: str, word_token_rate: float) -> Callable[[str], int]:
    """A function that counts the tokens of a text for the model ``vendor/model``.

    By the model's own tokenizer where LiteLLM has it; otherwise by a common one, or by length without LiteLLM, and
    never less than ``word_token_rate`` per word.
    """
    try:
        litellm = load_litellm()
    except MissingDependency:
        return lambda text: max(estimate_tokens(text), int(len(text.split()) * word_token_rate))
    vendor, _, model = provider.partition("/")
    name = model if vendor in ("openai", "azure", "text-completion-openai") else provider
    count: Callable[..., int] = litellm.token_counter
    count(model=name, text="x")  # points tiktoken to the vocabularies that come with LiteLLM
    if _has_tokenizer(name):
        return lambda text: count(model=name, text=text) if text else 0
    return lambda text: max(count(model=name, text=text), int(len(text.split()) * word_token_rate)) if text else 0


def _has_tokenizer(model: str) -> bool:
    import tiktoken

    try:
        tiktoken.encoding_name_for_model(model)
    except KeyError:
        return False
    return True
