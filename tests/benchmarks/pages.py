"""The pages that benchmarks read: those of a folder, or the few of the example project."""

from __future__ import annotations

import gzip
from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "example_project" / "example" / "site"


def pages_of(folder: str | Path) -> dict[str, bytes]:
    """The pages in ``folder`` and below it, ``*.html`` or ``*.html.gz``, by a name for each."""
    files = sorted(file for file in Path(folder).rglob("*.html*") if file.suffix in (".html", ".gz"))
    return {
        "-".join(file.relative_to(folder).parts).partition(".")[0]: (
            gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        )
        for file in files
    }
