"""The settings of a crawl's calls to language models, declared once: ``C4_LLM_<NAME>``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scrapy_c4 import _kinds as kinds
from scrapy_c4.options import LLM_PREFIX, _Declared, _option

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

    # typing.Self requires Python 3.11
    from typing_extensions import Self

_COUNT = kinds.optional(kinds.POSITIVE_INT)
_MONEY = kinds.optional(kinds.POSITIVE_FLOAT)


@dataclass(frozen=True)
class LLMSettings(_Declared):
    """What holds for all calls to language models in a crawl."""

    concurrency: int = _option(10, kinds.POSITIVE_INT, "Calls at once.")
    requests_per_minute: int | None = _option(None, _COUNT, "Calls begun in any minute; None: no limit.")
    tokens_per_minute: int | None = _option(None, _COUNT, "Tokens asked for in any minute; None: no limit.")
    timeout: float = _option(60.0, kinds.POSITIVE_FLOAT, "Seconds for one call, to the last byte of the answer.")
    deadline: float = _option(
        300.0, kinds.POSITIVE_FLOAT, "Seconds for one chunk from its first call on, further calls and waits included."
    )
    max_tokens_total: int | None = _option(None, _COUNT, "Tokens for the crawl; chunks after that are `over_budget`.")
    max_cost_total: float | None = _option(None, _MONEY, "USD for the crawl; chunks after that are `over_budget`.")
    max_tokens_page: int | None = _option(None, _COUNT, "Tokens for one page; chunks after that are `over_budget`.")
    max_cost_page: float | None = _option(None, _MONEY, "USD for one page; chunks after that are `over_budget`.")
    cache: bool = _option(False, kinds.BOOL, "Keep answers on disk, and use them when the same is asked again.")
    cache_dir: str = _option("c4-llm", kinds.TEXT, "Folder of the answers, inside the project's `.scrapy`.")
    drain_timeout: float = _option(
        60.0, kinds.NON_NEGATIVE_FLOAT, "Seconds to wait for pending answers when the crawl is being stopped."
    )
    max_pending: int = _option(
        1000, kinds.POSITIVE_INT, "Pages that may wait for a model; further ones hold the crawl up."
    )

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> Self:
        """From the ``C4_LLM_*`` settings; raises :exc:`~scrapy_c4.options.OptionError` naming the one that is wrong."""
        values = {
            name[len(LLM_PREFIX) :].lower(): settings[name]
            for name in settings
            if isinstance(name, str) and name.startswith(LLM_PREFIX)
        }
        return cls(**cls._parse(values, LLM_PREFIX + "{NAME}"))
