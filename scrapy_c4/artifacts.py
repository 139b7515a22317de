"""What captures are called in a store, and which of them are missing. Pure: nothing a site says gets into names."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scrapy.http import Response

    from scrapy_c4.options import Options

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


def missing_captures(response: Response, options: Options) -> list[dict[str, Any]]:
    """An entry for ``PageItem.errors`` for each capture that was asked for of a page that no browser made for it."""
    asked = {"screenshot": options.screenshot, "pdf": options.pdf, "mhtml": options.capture_mhtml}
    capture = getattr(response, "capture", None)
    told = set() if capture is None else {*capture.artefacts(), *(error["action"] for error in capture.errors)}
    message = "the page was not rendered"
    if "cached" in response.flags:
        message = "the page came from the HTTP cache, which has none of it"
    return [
        {"action": name, "type": "NotRendered", "message": message}
        for name, wanted in asked.items()
        if wanted and name not in told
    ]
