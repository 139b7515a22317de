"""Item pipeline: put the captures of a page into a store, or into the item."""

from __future__ import annotations

import asyncio
import base64
import logging
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scrapy.exceptions import NotConfigured
from scrapy.pipelines.files import FilesPipeline, FSFilesStore
from scrapy.utils.defer import ensure_awaitable

from scrapy_c4.artifacts import artefact_paths, checksum
from scrapy_c4.browser.capture import MEDIA_TYPES
from scrapy_c4.items import PageItem
from scrapy_c4.options import OptionError, Options, masked
from scrapy_c4.startup import clear_option_errors

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    # typing.Self requires Python 3.11
    from typing_extensions import Self

    from scrapy_c4.browser.capture import Capture

logger = logging.getLogger(__name__)


class ArtifactPipeline:
    """Stores screenshots, PDFs and MHTML through the stores of Scrapy's files pipeline (folder, S3, GCS, FTP).

    ``item.screenshot``, ``item.pdf`` and ``item.mhtml`` become ``{"path", "checksum", "type"}``, and ``"truncated"``
    where they show only the beginning of the page. What cannot be stored is an entry of ``item.errors``.
    """

    def __init__(self, crawler: Crawler):
        options = Options.from_settings(crawler.settings)
        if not options.enabled:
            raise NotConfigured
        self._uri = options.capture_store
        if self._uri and self._scheme not in FilesPipeline.STORE_SCHEMES:
            allowed = "a folder, " + ", ".join(f"{scheme}://" for scheme in FilesPipeline.STORE_SCHEMES if scheme)
            raise OptionError(f"C4_CAPTURE_STORE = {masked(self._uri)} is not possible: it must be {allowed}")
        self._settings = crawler.settings
        self._stats = crawler.stats

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        with clear_option_errors(crawler):
            return cls(crawler)

    @property
    def _scheme(self) -> str:
        uri = self._uri or ""
        # As Scrapy does, for Windows paths like C:\some\dir.
        return "file" if Path(uri).is_absolute() else urlsplit(uri).scheme

    @cached_property
    def _store(self) -> Any:
        # Made with the first capture: a crawl without captures leaves no folder behind and needs no cloud client.
        self._store_settings()
        return FilesPipeline.STORE_SCHEMES[self._scheme](self._uri or "")

    def _store_settings(self) -> None:
        """Give the stores the project's AWS_*, GCS_* and FTP_* settings, as the files pipeline does for itself."""
        FilesPipeline._update_stores(self._settings)

    async def process_item(self, item: Any) -> Any:
        if isinstance(item, PageItem) and item.capture is not None:
            capture: Capture = item.capture
            artefacts = capture.artefacts()
            paths = artefact_paths(item.requested_url or item.url, artefacts)
            for name, data in artefacts.items():
                await self._place(item, capture, name, paths[name], data)
            item.capture = None
        return item

    async def _place(self, item: PageItem, capture: Capture, name: str, path: str, data: bytes) -> None:
        try:
            value: dict[str, Any] | str
            if capture.inline:
                value = await asyncio.to_thread(lambda: base64.b64encode(data).decode("ascii"))
            else:
                value = {"path": path, "checksum": checksum(data), "type": MEDIA_TYPES[name]}
                if name in capture.truncated:
                    value["truncated"] = True
                await self._persist(path, data, MEDIA_TYPES[name])
        except Exception as error:
            self._stats.inc_value(f"c4/artifact/error_count/{name}")
            logger.error("Storing the %s of %s failed: %s", name, item.url, error)
            item.errors.append(
                {"action": f"store {name}", "type": type(error).__name__, "message": str(error)[:500] or repr(error)}
            )
        else:
            setattr(item, name, value)
            self._stats.inc_value(f"c4/artifact/stored_count/{name}")

    async def _persist(self, path: str, data: bytes, media_type: str) -> None:
        if not self._uri:
            raise OptionError("C4_CAPTURE_STORE is not set")
        if isinstance(self._store, FSFilesStore):
            # The one store that writes where it is called; the others bring a thread of their own.
            await asyncio.to_thread(self._store.persist_file, path, BytesIO(data), None)  # type: ignore[arg-type]
        else:
            result = self._store.persist_file(path, BytesIO(data), None, headers={"Content-Type": media_type})
            if result is not None:
                await ensure_awaitable(result)
