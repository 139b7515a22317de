"""Names of stored captures. Pure: nothing that a site says gets into them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_FILE_NAMES = {"screenshot": "screenshot.png", "pdf": "page.pdf", "mhtml": "page.mhtml"}


def artefact_paths(url: str, artefacts: Mapping[str, bytes]) -> dict[str, str]:
    """The path of each artefact of a page below the store, by its name.

    ``<SHA-1 of the URL>-<8 digits of the content>/screenshot.png``: one folder per page, and another one when the same
    URL looked different, so that no item ever points to a file that was written over.
    """
    content = hashlib.sha1(usedforsecurity=False)
    for name in sorted(artefacts):
        content.update(hashlib.sha1(artefacts[name], usedforsecurity=False).digest())
    page = hashlib.sha1(url.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()
    return {name: f"{page}-{content.hexdigest()[:8]}/{_FILE_NAMES[name]}" for name in artefacts}


def checksum(data: bytes) -> str:
    """MD5 in hexadecimal digits, as Scrapy's files pipeline gives it."""
    return hashlib.md5(data, usedforsecurity=False).hexdigest()
