"""The tables of README.md that are made from the code. ``python -m tests.readme`` writes them."""

from __future__ import annotations

from dataclasses import MISSING, Field
from pathlib import Path
from typing import Any

from scrapy_c4.llm_settings import LLMSettings
from scrapy_c4.options import LinkPreviewConfig, Options

README = Path(__file__).parent.parent / "README.md"


def _default(field: Field[Any]) -> str:
    value = field.default if field.default is not MISSING else field.default_factory()  # type: ignore[misc]
    if isinstance(value, list) and len(value) > 6:
        return f"the {len(value)} known ones"
    return f"`{value!r}`"


def table(cls: Any, heading: str, label: str) -> str:
    rows = [f"| {heading} | type | default | meaning |", "|---|---|---|---|"]
    for name, field in cls.declarations().items():
        kind, doc = field.metadata["kind"], field.metadata["doc"].replace("|", "\\|")
        if not field.metadata["per_request"]:
            doc += " Crawl-wide."
        rows.append(f"| `{label.format(name=name, NAME=name.upper())}` | {kind.name} | {_default(field)} | {doc} |")
    return "\n".join(rows)


TABLES = {
    "settings table": table(Options, "setting", "C4_{NAME}"),
    "llm settings table": table(LLMSettings, "setting", "C4_LLM_{NAME}"),
    "link_preview table": table(LinkPreviewConfig, "key", "{name}"),
}


def made(text: str) -> str:
    """``text`` with the tables as the code has them."""
    for name, content in TABLES.items():
        before, rest = text.split(f"<!-- {name} -->\n")
        after = rest.split(f"<!-- end of {name} -->\n")[1]
        text = f"{before}<!-- {name} -->\n{content}\n<!-- end of {name} -->\n{after}"
    return text


if __name__ == "__main__":
    README.write_text(made(README.read_text("utf-8")), "utf-8")
