"""LiteLLM, imported on first use, silent and offline but for the calls themselves."""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import re
import sys
import threading
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from scrapy_c4._undisturbed import undisturbed
from scrapy_c4.llm.errors import MissingDependency

#: They log URLs (Gemini's hold the key), prompts and answers.
_TALKATIVE = ("httpx", "httpcore", "openai", "aiohttp")
_ERROR_PRINTERS = ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy")
_lock = threading.Lock()
_loaded: Any = None


def load_litellm() -> Any:
    """The module ``litellm``. The first call takes seconds: make it in a thread. Raises MissingDependency."""
    global _loaded
    with _lock:
        if _loaded is None:
            # Importing it would fetch its price list from the network.
            os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
            _silence()
            # The collector would take 40 % of the import, and later, each time it goes through what is made here, a
            # third of a second of the crawl.
            with undisturbed():
                try:
                    import litellm
                except ImportError as error:
                    raise MissingDependency("litellm") from error
                _silence()
                litellm.telemetry = False
                litellm.suppress_debug_info = True
                # Tokenizers would be fetched from the network; bundled ones stand in for them.
                litellm.disable_hf_tokenizer_download = True
                _warm_up(litellm)
                gc.freeze()
            _loaded = litellm
    return _loaded


def _silence() -> None:
    for name in _TALKATIVE:
        logger = logging.getLogger(name)
        if logger.level == logging.NOTSET:
            logger.setLevel(logging.WARNING)
    if "LITELLM_LOG" not in os.environ:
        for name in _ERROR_PRINTERS:
            # Errors reach the item, without credentials.
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def _warm_up(litellm: Any) -> None:
    """Have the modules imported that LiteLLM imports with its first call, which will be in the event loop."""
    with contextlib.suppress(Exception):
        import openai.resources.chat.completions  # noqa: F401

        litellm.completion(model="openai/x", messages=[{"role": "user", "content": "x"}], mock_response="x")
        litellm.token_counter(model="x", text="x")


@lru_cache(maxsize=1)
def known_providers() -> frozenset[str]:
    """The vendors LiteLLM knows, read without importing it; empty when it is not installed."""
    if "litellm" in sys.modules:
        names = getattr(sys.modules["litellm"], "provider_list", ())
        found = frozenset(str(getattr(name, "value", name)) for name in names)
        if found:
            return found
    spec = find_spec("litellm")
    if spec is None or not spec.submodule_search_locations:
        return frozenset()
    path = Path(next(iter(spec.submodule_search_locations)), "types", "utils.py")
    try:
        source = path.read_text("utf-8")
    except OSError:
        return frozenset()
    _, found_class, rest = source.partition("\nclass LlmProviders(")
    body = re.split(r"\n(?=[^\s#])", rest, maxsplit=1)[0] if found_class else ""
    return frozenset(re.findall(r"^    \w+ = [\"']([^\"'\n]+)[\"']", body, re.MULTILINE))


def model_entry(provider: str) -> dict[str, Any]:
    """What LiteLLM's bundled list says of ``vendor/model``: prices, abilities; empty for an unknown model.

    Its functions of that purpose ask some vendors over the network, so the list itself is read.
    """
    prices = load_litellm().model_cost
    vendor, _, model = provider.partition("/")
    for name in (provider, model):
        entry = prices.get(name)
        if isinstance(entry, dict) and (name == provider or _vendor_of(entry) == vendor):
            return entry
    return {}


def _vendor_of(entry: dict[str, Any]) -> str:
    vendor = str(entry.get("litellm_provider", ""))
    return "vertex_ai" if vendor.startswith("vertex_ai") else vendor
