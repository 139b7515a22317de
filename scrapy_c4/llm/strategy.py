"""LLMExtractionStrategy: what to ask a model about a page, and how to read what it says."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from scrapy_c4 import _kinds as kinds
from scrapy_c4._kinds import Kind
from scrapy_c4.items import ExtractedItem
from scrapy_c4.llm import prompts
from scrapy_c4.llm.chunking import Chunk, chunk_text
from scrapy_c4.llm.config import PARAMETERS as CONFIG_PARAMETERS
from scrapy_c4.llm.config import LLMConfig, check_value, reject_unknown
from scrapy_c4.llm.job import LLMJob
from scrapy_c4.llm.merge import Part, merge_records
from scrapy_c4.llm.page_text import INPUT_FORMATS, page_text
from scrapy_c4.llm.replies import Choice, Reading, read_choices
from scrapy_c4.llm.schemas import RecordSchema
from scrapy_c4.llm.tokens import token_counter
from scrapy_c4.llm.usage import TokenUsage
from scrapy_c4.options import OptionError

if TYPE_CHECKING:
    # typing.Self requires Python 3.11
    from typing_extensions import Self

    from scrapy_c4.analysis import PageAnalysis

logger = logging.getLogger(__name__)

_RATE = Kind("float", "a number from 0 to below 1", kinds.UNIT_FLOAT.parse)
_KINDS: dict[str, Kind] = {
    "instruction": kinds.TEXT,
    "extraction_type": kinds.choice("schema", "block"),
    "chunk_token_threshold": kinds.POSITIVE_INT,
    "overlap_rate": _RATE,
    "word_token_rate": kinds.POSITIVE_FLOAT,
    "apply_chunking": kinds.BOOL,
    "input_format": kinds.choice(*INPUT_FORMATS),
    "verbose": kinds.BOOL,
}
_PARAMETERS = ("llm_config", "instruction", "schema", *list(_KINDS)[1:], "extra_args")
#: Arguments of a call that are not the user's to give.
_RESERVED = {
    "api_key": "LLMConfig(api_token=…)",
    "api_base": "LLMConfig(base_url=…)",
    "base_url": "LLMConfig(base_url=…)",
    "model": "LLMConfig(provider=…)",
    "messages": "instruction",
    "stream": None,
    "timeout": "the setting C4_LLM_TIMEOUT",
    "num_retries": "LLMConfig(backoff_max_attempts=…)",
    "max_retries": "LLMConfig(backoff_max_attempts=…)",
}
#: The calls that ``usages`` remembers; ``total_usage`` counts all.
_MAX_USAGES = 10_000


class LLMExtractionStrategy:
    """Structured data from pages by a language model.

    ``schema`` (JSON schema, its JSON text or a pydantic model; of a list or of one object) says what to extract,
    ``instruction`` tells the model more. Without a schema the model chooses the fields, and with
    ``extraction_type="block"`` it gives ``{"index", "tags", "content"}`` blocks. ``input_format``: ``markdown``,
    ``fit_markdown`` (markdown where there is none) or ``html`` (the cleaned HTML). Texts of more than
    ``chunk_token_threshold`` tokens are asked about in chunks that share ``overlap_rate`` of their length, unless
    ``apply_chunking`` is off; ``word_token_rate`` is the least number of tokens per word to assume for models whose
    tokenizer is not known. ``extra_args`` go to the model with every call.

    Raises :exc:`~scrapy_c4.options.OptionError` for unknown parameters and impossible values.
    """

    def __init__(
        self,
        llm_config: LLMConfig | None = None,
        instruction: str | None = None,
        schema: Any = None,
        extraction_type: str = "schema",
        chunk_token_threshold: int = 2048,
        overlap_rate: float = 0.1,
        word_token_rate: float = 1.3,
        apply_chunking: bool = True,
        input_format: str = "markdown",
        extra_args: Mapping[str, Any] | None = None,
        verbose: bool = False,
        *,
        llmConfig: LLMConfig | None = None,
        **unknown: Any,
    ):
        given = {name: value for name, value in locals().items() if name in _PARAMETERS}
        reject_unknown("LLMExtractionStrategy", unknown, _PARAMETERS)
        if llm_config is not None and llmConfig is not None:
            raise OptionError("LLMExtractionStrategy: llm_config and llmConfig are the same parameter")
        config = llm_config if llm_config is not None else llmConfig
        if not isinstance(config, LLMConfig):
            raise OptionError("LLMExtractionStrategy: llm_config is missing: it must be an LLMConfig")
        self.llm_config: LLMConfig = config
        self._given = {**given, "llm_config": config}
        self.instruction: str | None = self._check("instruction", instruction)
        self.schema = None if schema is None or schema == "" else RecordSchema(schema)
        self.extraction_type: str = self._check("extraction_type", extraction_type)
        if self.schema is not None and self.extraction_type == "block":
            logger.warning("A schema makes extraction_type 'schema'; 'block' is ignored")
            self.extraction_type = "schema"
        self.chunk_token_threshold: int = self._check("chunk_token_threshold", chunk_token_threshold)
        self.overlap_rate: float = self._check("overlap_rate", overlap_rate)
        if self.overlap_rate >= 1:
            raise OptionError(f"LLMExtractionStrategy: overlap_rate = {overlap_rate!r} is not possible: below 1 only")
        self.word_token_rate: float = self._check("word_token_rate", word_token_rate)
        self.apply_chunking: bool = self._check("apply_chunking", apply_chunking)
        self.input_format: str = self._check("input_format", input_format)
        self.verbose: bool = self._check("verbose", verbose)
        self.extra_args = _check_extra(extra_args)
        self._system = prompts.system_prompt(self.instruction, self._shape())
        self._count: Callable[[str], int] | None = None
        self._usages: deque[TokenUsage] = deque(maxlen=_MAX_USAGES)
        self._calls = 0
        #: The sum of all calls.
        self.total_usage = TokenUsage()

    @staticmethod
    def _check(name: str, value: Any) -> Any:
        return check_value("LLMExtractionStrategy", name, value, _KINDS[name])

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """A strategy from plain data, the option ``extraction``.

        Its keys are the parameters of this class and of :class:`LLMConfig`, side by side, or the latter's as the dict
        ``llm_config``. Raises :exc:`~scrapy_c4.options.OptionError`.
        """
        values = {str(key): value for key, value in config.items() if key != "strategy"}
        if isinstance(made := values.get("made"), cls):
            return made
        nested = values.pop("llm_config", None)
        if isinstance(nested, LLMConfig):
            return cls(nested, **values)
        if nested is not None and not isinstance(nested, Mapping):
            raise OptionError("LLMExtractionStrategy: llm_config must be a dict of LLMConfig's parameters")
        reject_unknown("LLMExtractionStrategy", values, (*CONFIG_PARAMETERS, *_PARAMETERS))
        model = {name: values.pop(name) for name in CONFIG_PARAMETERS if name in values}
        return cls(LLMConfig(**{**(nested or {}), **model}), **values)

    @property
    def config(self) -> dict[str, Any]:
        """This strategy as the option ``extraction``. It is not plain data: it may hold a token."""
        return {"strategy": "llm", "made": self}

    def prepare(self, analysis: PageAnalysis) -> ExtractedItem:
        """The item for a page, still to be filled: :class:`~scrapy_c4.pipelines.LLMPipeline` asks the model."""
        return self.prepare_text(page_text(analysis, self.input_format), analysis.url)

    def prepare_text(self, text: str, page_url: str) -> ExtractedItem:
        """The item for a page's text in ``input_format``, still to be filled."""
        item = ExtractedItem(page_url=page_url, strategy="llm")
        item.job = LLMJob(self, prompts.clean_page(text, html=self._is_html), page_url)
        return item

    async def extract(self, text: str, url: str = "") -> ExtractedItem:
        """Ask the model about a text without a crawl, under the default limits. Needs a running asyncio loop."""
        from scrapy_c4.llm.runner import LLMRunner

        item = self.prepare_text(text, url)
        await LLMRunner().fill(item)
        return item

    @property
    def _is_html(self) -> bool:
        return self.input_format.endswith("html")

    def _shape(self) -> str:
        if self.schema is not None:
            return prompts.schema_shape(self.schema)
        return prompts.BLOCK_SHAPE if self.extraction_type == "block" else prompts.INFERRED_SHAPE

    @property
    def loaded(self) -> bool:
        """Whether LiteLLM and the model's tokenizer are in memory."""
        return self._count is not None

    def count_tokens(self, text: str) -> int:
        """The tokens of ``text`` for the model. The first call imports LiteLLM: make it in a thread."""
        if self._count is None:
            self._count = token_counter(self.llm_config.provider, self.word_token_rate)
        return self._count(text)

    def chunks(self, text: str) -> list[Chunk]:
        """``text`` in pieces for one call each. Takes about 0.2 ms for 1,000 characters."""
        if not text.strip():
            return []
        if not self.apply_chunking:
            return [Chunk(1, text, 0, len(text), 0, self.count_tokens(text))]
        return chunk_text(text, self.chunk_token_threshold, self.overlap_rate, self.count_tokens, html=self._is_html)

    def messages(self, chunk: Chunk, total: int, url: str) -> prompts.Messages:
        return prompts.messages(self._system, prompts.page_prompt(chunk, total, url))

    def read(self, choices: list[Choice]) -> Reading:
        """The records of a call's answer; raises :exc:`~scrapy_c4.llm.errors.LLMError`."""
        return read_choices(choices, self.schema)

    def merge(self, parts: list[Part]) -> list[Any]:
        """The records of the page from those of its chunks."""
        schema = self.schema
        return merge_records(
            parts,
            container=schema is not None and schema.is_container,
            single=schema is not None and not schema.is_list,
            blocks=self.extraction_type == "block",
        )

    def secrets(self) -> list[str]:
        """What must never be shown."""
        headers = self.extra_args.get("extra_headers")
        values = headers.values() if isinstance(headers, Mapping) else ()
        return self.llm_config.secrets() + [value for value in values if isinstance(value, str)]

    @property
    def usages(self) -> list[TokenUsage]:
        """The usage of each call, the last 10,000 of them."""
        return list(self._usages)

    def add_usage(self, usage: TokenUsage) -> None:
        self._calls += 1
        self._usages.append(usage)
        self.total_usage.add(usage)

    def show_usage(self) -> None:
        """Print what the calls used so far."""
        total = self.total_usage
        print(f"Total usage: {total.total_tokens} tokens across {self._calls} chunk calls")
        print(f"  prompt {total.prompt_tokens}, completion {total.completion_tokens}, cost {_money(total.cost)}")
        print(f"{'call':>6} {'prompt':>10} {'completion':>10} {'total':>10}  cost")
        first = self._calls - len(self._usages) + 1
        for number, usage in enumerate(self._usages, first):
            print(
                f"{number:>6} {usage.prompt_tokens:>10} {usage.completion_tokens:>10} {usage.total_tokens:>10}"
                f"  {_money(usage.cost)}"
            )

    def __reduce__(self) -> tuple[Any, ...]:
        return _made_again, (type(self), self._given)

    def __deepcopy__(self, memo: Any) -> Self:
        # Copies of settings shall count usage in the one place where the user looks.
        return self

    def __repr__(self) -> str:
        return f"LLMExtractionStrategy({self.llm_config!r}, extraction_type={self.extraction_type!r})"


def _made_again(cls: type[LLMExtractionStrategy], given: dict[str, Any]) -> LLMExtractionStrategy:
    return cls(**given)


def _money(cost: float | None) -> str:
    return "unknown" if cost is None else f"{cost:.6f} USD"


def _check_extra(extra: Any) -> dict[str, Any]:
    if extra is None:
        return {}
    if not isinstance(extra, Mapping):
        raise OptionError("LLMExtractionStrategy: extra_args must be a dict")
    for name in extra:
        if name in _RESERVED:
            instead = f": use {_RESERVED[name]}" if _RESERVED[name] else ""
            raise OptionError(f"LLMExtractionStrategy: extra_args cannot hold {name!r}{instead}")
    return dict(extra)
