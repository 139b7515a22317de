"""What is to be asked about one page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scrapy_c4.llm.strategy import LLMExtractionStrategy


@dataclass(eq=False)
class LLMJob:
    """A page's text and the strategy for it: nothing that would keep the response alive."""

    strategy: LLMExtractionStrategy
    text: str
    page_url: str
    #: Whether somebody works on it.
    started: bool = False
