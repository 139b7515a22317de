from __future__ import annotations

import copy
import gc
import pickle
import subprocess
import sys
from typing import Any

import pytest
from scrapy.settings import Settings

from scrapy_c4 import LLMConfig, LLMExtractionStrategy
from scrapy_c4.llm.cache import AnswerCache
from scrapy_c4.llm.litellm_loader import known_providers, load_litellm
from scrapy_c4.llm.secret import scrub
from scrapy_c4.llm_settings import LLMSettings
from scrapy_c4.options import OptionError, Options

TOKEN = "tok-0123456789abcdef"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "provider is missing"),
        ({"provider": None}, "provider is missing"),
        ({"provider": "gpt-4o"}, "must be vendor/model"),
        ({"provider": "openai/"}, "must be vendor/model"),
        ({"provider": "/x"}, "must be vendor/model"),
        ({"provider": " openai/x"}, "must be vendor/model"),
        ({"provider": "opnai/x"}, "did you mean openai?"),
        ({"provider": "aws/titan"}, "knows no vendor 'aws'"),
        ({"provider": "openai/x", "temprature": 1}, "temprature is not a parameter; did you mean temperature?"),
        (
            {"provider": "openai/x", "temperature": 3},
            "temperature = 3 is not possible: it must be a number from 0 to 2",
        ),
        ({"provider": "openai/x", "temperature": "hot"}, "temperature = 'hot' is not possible"),
        ({"provider": "openai/x", "max_tokens": 0}, "a whole number above 0"),
        ({"provider": "openai/x", "top_p": 1.5}, "a number from 0 to 1"),
        ({"provider": "openai/x", "frequency_penalty": 5}, "from -2 to 2"),
        ({"provider": "openai/x", "stop": 5}, "a text or a list of texts"),
        ({"provider": "openai/x", "n": 0}, "a whole number above 0"),
        ({"provider": "openai/x", "backoff_max_attempts": 0}, "a whole number above 0"),
        ({"provider": "openai/x", "base_url": "example.com"}, "must be an http"),
        ({"provider": "openai/x", "base_url": "file:///etc/passwd"}, "must be an http"),
        ({"provider": "openai/x", "api_token": "env:C4_NO_SUCH_VARIABLE"}, "environment variable is not set"),
        ({"provider": "openai/x", "api_token": 5}, "must be a text"),
    ],
)
def test_what_is_wrong_is_said(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message.replace("?", r"\?")):
        LLMConfig(**arguments)


def test_every_vendor_of_litellm_is_known() -> None:
    import litellm

    assert {str(getattr(p, "value", p)) for p in litellm.provider_list} == known_providers()
    # The same without importing it.
    code = (
        "import sys; from scrapy_c4.llm.litellm_loader import known_providers as known;"
        " assert 'litellm' not in sys.modules; print(*known())"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert set(found) == known_providers()


def test_the_token_shows_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    config = LLMConfig("openai/x", api_token=TOKEN, base_url=f"http://me:{TOKEN}@127.0.0.1/v1?api_key={TOKEN}")
    strategy = LLMExtractionStrategy(config, extra_args={"extra_headers": {"X-Key": TOKEN}})
    for shown in (config, strategy, config.api_token, vars(LLMConfig("openai/x", TOKEN)), [config]):
        assert TOKEN not in repr(shown)
        assert TOKEN not in str(shown)
    assert config.token() == TOKEN
    assert copy.deepcopy(config).token() == TOKEN
    assert copy.copy(config).arguments()["api_key"] == TOKEN
    plain = LLMConfig("openai/x", api_token=TOKEN, temperature=0.5)
    dumped = pickle.dumps(plain)
    assert TOKEN.encode() not in dumped
    loaded = pickle.loads(dumped)
    assert (loaded.provider, loaded.temperature) == ("openai/x", 0.5)
    with pytest.raises(OptionError, match="use env:NAME"):
        loaded.token()
    monkeypatch.setenv("MY_TOKEN", TOKEN)
    named = pickle.loads(pickle.dumps(LLMConfig("openai/x", api_token="env:MY_TOKEN")))
    assert named.token() == TOKEN
    assert TOKEN not in repr(named)
    for wrong in (
        {"provider": "openai", "api_token": TOKEN},
        f'{{"strategy": "llm", "provider": "x", "api_token": "{TOKEN}"}}',
    ):
        with pytest.raises(OptionError) as raised:
            Options.of({"extraction": wrong if isinstance(wrong, str) else {"strategy": "llm", **wrong}})
        assert TOKEN not in str(raised.value)


def test_a_strategy_pickles_without_its_token() -> None:
    strategy = LLMExtractionStrategy(
        LLMConfig("openai/x", api_token=TOKEN), "Do.", {"type": "object"}, overlap_rate=0.2
    )
    strategy.count_tokens("x")
    dumped = pickle.dumps(strategy)
    assert TOKEN.encode() not in dumped
    loaded = pickle.loads(dumped)
    assert (loaded.instruction, loaded.overlap_rate, loaded.schema.record) == ("Do.", 0.2, {"type": "object"})


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"Incorrect key {TOKEN}.", "Incorrect key ***."),
        ("Authorization: Bearer abc.def-ghi", "Authorization: *** ***"),
        ("key sk-abcDEF123456 is wrong", "key *** is wrong"),
        ("https://x.example/v1?key=AIzaSyD-1234567890&x=1", "https://x.example/v1?key=***&x=1"),
        ('{"api_key": "s3cr3t-value"}', '{"api_key": "***"}'),
        ("http://user:pass@host/x", "http://***@host/x"),
        ("max_tokens: 1000, total_tokens=5", "max_tokens: 1000, total_tokens=5"),
        ("This model's maximum context length is 8192 tokens.", "This model's maximum context length is 8192 tokens."),
    ],
)
def test_scrubbing(text: str, shown: str) -> None:
    assert scrub(text, [TOKEN]) == shown


def test_scrubbing_knows_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_VENDOR_API_KEY", "a b/c+value")
    assert scrub("got a b/c+value and a%20b%2Fc%2Bvalue") == "got *** and ***"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"llm_config": None}, "llm_config is missing"),
        ({"llm_config": {"provider": "openai/x"}}, "llm_config is missing"),
        ({"instructions": "x"}, "did you mean instruction?"),
        ({"chunk_token_treshold": 5}, "did you mean chunk_token_threshold?"),
        ({"extraction_type": "blocks"}, "one of schema, block"),
        ({"input_format": "text"}, "one of markdown, fit_markdown, html"),
        ({"overlap_rate": 1}, "below 1"),
        ({"overlap_rate": -0.1}, "a number from 0 to below 1"),
        ({"chunk_token_threshold": 0}, "a whole number above 0"),
        ({"word_token_rate": 0}, "a number above 0"),
        ({"apply_chunking": "maybe"}, "True or False"),
        ({"extra_args": [1]}, "extra_args must be a dict"),
        ({"extra_args": {"api_key": "x"}}, "cannot hold 'api_key': use LLMConfig"),
        ({"extra_args": {"stream": True}}, "cannot hold 'stream'"),
        ({"schema": "{"}, "schema is not JSON"),
        ({"llmConfig": LLMConfig("openai/y")}, "the same parameter"),
    ],
)
def test_strategies_that_cannot_be(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message.replace("?", r"\?")):
        LLMExtractionStrategy(**{"llm_config": LLMConfig("openai/x"), **arguments})


def test_from_plain_data() -> None:
    config = {
        "strategy": "llm", "provider": "openai/x", "temperature": "0.5", "max_tokens": 10, "instruction": "Do.",
        "schema": {"type": "object"}, "input_format": "html", "chunk_token_threshold": "100", "extra_args": {"seed": 1},
    }  # fmt: skip
    strategy = LLMExtractionStrategy.from_config(config)
    assert strategy.llm_config.parameters == {"temperature": 0.5, "max_tokens": 10}
    assert (strategy.input_format, strategy.chunk_token_threshold, strategy.extra_args) == ("html", 100, {"seed": 1})
    nested = LLMExtractionStrategy.from_config({"llm_config": {"provider": "openai/x", "n": 2}, "instruction": "Do."})
    assert nested.llm_config.n == 2
    assert LLMExtractionStrategy.from_config(strategy.config) is strategy
    assert config["provider"] == "openai/x"
    for wrong, message in (
        ({"provider": "openai/x", "temprature": 1}, "temprature is not a parameter; did you mean temperature?"),
        ({"provider": "openai/x", "chunk_treshold": 1}, "chunk_treshold is not a parameter"),
        ({}, "provider is missing"),
    ):
        with pytest.raises(OptionError, match=message.replace("?", r"\?")):
            LLMExtractionStrategy.from_config({"strategy": "llm", **wrong})


def test_settings() -> None:
    assert (
        LLMSettings.from_settings(Settings({"C4_LLM_MAX_COST_TOTAL": "0.5", "C4_RENDER": "never"})).max_cost_total
        == 0.5
    )
    with pytest.raises(OptionError, match=r"C4_LLM_TIMEOUTS is not an option; did you mean C4_LLM_TIMEOUT\?"):
        LLMSettings.from_settings(Settings({"C4_LLM_TIMEOUTS": 5}))
    assert Options.from_settings(Settings({"C4_LLM_CONCURRENCY": 5})) == Options()


def test_keys_of_the_cache_and_files_that_are_broken(tmp_path: Any) -> None:
    cache = AnswerCache(tmp_path / "answers")
    question = ("openai/x", None, {"temperature": 0}, [{"role": "user", "content": "a"}])
    key = cache.key(*question)
    assert key == cache.key(*copy.deepcopy(question))
    others = [
        ("openai/y", *question[1:]),
        (question[0], "http://127.0.0.1/v1", *question[2:]),
        (*question[:2], {"temperature": 1}, question[3]),
        (*question[:3], [{"role": "user", "content": "b"}]),
    ]
    assert len({key, *(cache.key(*other) for other in others)}) == 5
    assert cache.load(key) is None
    cache.store(key, {"choices": []})
    cache.store(key, {"choices": [], "usage": {}})
    assert cache.load(key) == {"choices": [], "usage": {}}
    [file] = (tmp_path / "answers").rglob("*.json")
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    for broken in (b"", b"{", b"[]", b"\xff\xfe"):
        file.write_bytes(broken)
        assert cache.load(key) is None


def test_nothing_heavy_comes_with_the_import() -> None:
    code = (
        "import sys; import scrapy_c4.llm_pipeline, scrapy_c4.llm.generate; from scrapy_c4 import *; "
        "LLMExtractionStrategy(LLMConfig('openai/x', temperature=1)); "
        "print([m for m in ('litellm', 'openai', 'tiktoken', 'json_repair', 'pydantic') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_without_the_extra() -> None:
    code = (
        "import sys, asyncio; sys.modules['litellm'] = None\n"
        "from scrapy_c4 import LLMConfig, LLMExtractionStrategy\n"
        "item = asyncio.run(LLMExtractionStrategy(LLMConfig('openai/x')).extract('text'))\n"
        "print(item.errors)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install scrapy-c4[llm]" in done.stdout


def test_loading_litellm_leaves_the_garbage_collector_on() -> None:
    load_litellm()
    assert gc.isenabled()
    assert gc.get_freeze_count() > 100_000
