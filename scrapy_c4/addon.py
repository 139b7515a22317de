"""The add-on: the whole set-up in one line, ``ADDONS = {"scrapy_c4.Addon": 500}``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.utils.misc import load_object

from scrapy_c4.llm_settings import LLMSettings
from scrapy_c4.startup import clear_option_errors, crawl_options

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings

#: (setting, component, order): what a manual set-up lists.
COMPONENTS = (
    ("DOWNLOADER_MIDDLEWARES", "scrapy_c4.security.EgressMiddleware", 40),
    ("DOWNLOADER_MIDDLEWARES", "scrapy_c4.downloadermiddlewares.RenderMiddleware", 950),
    ("SPIDER_MIDDLEWARES", "scrapy_c4.llm_pipeline.LLMDetachMiddleware", 20),
    ("SPIDER_MIDDLEWARES", "scrapy_c4.spidermiddlewares.ExtractMiddleware", 550),
    ("ITEM_PIPELINES", "scrapy_c4.pipelines.ExcludePipeline", 50),
    ("ITEM_PIPELINES", "scrapy_c4.pipelines.LinkScorePipeline", 100),
    ("ITEM_PIPELINES", "scrapy_c4.pipelines.LLMPipeline", 150),
    ("ITEM_PIPELINES", "scrapy_c4.pipelines.ArtifactPipeline", 200),
    ("EXTENSIONS", "scrapy_c4.extensions.LinkPreview", 500),
    ("EXTENSIONS", "scrapy_c4.frontier.JobDirGuard", 500),
    ("EXTENSIONS", "scrapy_c4.frontier.LeaseKeeper", 500),
    # MEMUSAGE_* for the crawl together with its browser.
    ("EXTENSIONS", "scrapy.extensions.memusage.MemoryUsage", None),
    ("EXTENSIONS", "scrapy_c4.memusage.TreeMemoryUsage", 0),
)
SPIDERS = "scrapy_c4.spiders"
HANDLER = "scrapy_c4.downloadhandlers.GuardedDownloadHandler"
#: Plain settings, where the project does not say otherwise.
DEFAULTS = {"DOWNLOAD_MAXSIZE": 32 * 1024 * 1024, "DOWNLOAD_WARNSIZE": 8 * 1024 * 1024}


class Addon:
    """Puts the components of scrapy_c4 into the settings, at ``addon`` priority: below everything a project sets."""

    _crawler: Crawler | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Addon:
        addon = cls()
        addon._crawler = crawler
        return addon

    @classmethod
    def update_pre_crawler_settings(cls, settings: BaseSettings) -> None:
        """Makes the spider ``c4`` known; first in the list, so that a project's own ``c4`` goes before it."""
        modules = settings.getlist("SPIDER_MODULES")
        if SPIDERS not in modules:
            settings.set("SPIDER_MODULES", [SPIDERS, *modules], settings.getpriority("SPIDER_MODULES") or "addon")

    def update_settings(self, settings: BaseSettings) -> None:
        with clear_option_errors(self._crawler):
            crawl_options(settings)
            LLMSettings.from_settings(settings)
        for setting, path, order in COMPONENTS:
            settings.setdefault_in_component_priority_dict(setting, load_object(path), order)
        handlers = settings.getdict("DOWNLOAD_HANDLERS")
        for scheme in ("http", "https"):
            # A handler of the user's own, None included, stays.
            if scheme not in handlers:
                handlers[scheme] = HANDLER
        settings.set("DOWNLOAD_HANDLERS", handlers, settings.getpriority("DOWNLOAD_HANDLERS") or "addon")
        for name, value in DEFAULTS.items():
            settings.set(name, value, "addon")
