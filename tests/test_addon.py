from __future__ import annotations

from typing import Any

import pytest
from scrapy.settings import BaseSettings, Settings
from scrapy.utils.misc import load_object

from scrapy_c4 import Addon
from scrapy_c4.options import OptionError

#: The manual set-up, as README gives it.
MANUAL: dict[str, Any] = {
    "DOWNLOADER_MIDDLEWARES": {
        "scrapy_c4.security.EgressMiddleware": 40,
        "scrapy_c4.downloadermiddlewares.RenderMiddleware": 950,
    },
    "SPIDER_MIDDLEWARES": {
        "scrapy_c4.llm_pipeline.LLMDetachMiddleware": 20,
        "scrapy_c4.spidermiddlewares.ExtractMiddleware": 550,
    },
    "ITEM_PIPELINES": {
        "scrapy_c4.pipelines.ExcludePipeline": 50,
        "scrapy_c4.pipelines.LinkScorePipeline": 100,
        "scrapy_c4.pipelines.LLMPipeline": 150,
        "scrapy_c4.pipelines.ArtifactPipeline": 200,
    },
    "EXTENSIONS": {
        "scrapy_c4.extensions.LinkPreview": 500,
        "scrapy_c4.frontier.JobDirGuard": 500,
        "scrapy_c4.frontier.LeaseKeeper": 500,
        "scrapy.extensions.memusage.MemoryUsage": None,
        "scrapy_c4.memusage.TreeMemoryUsage": 0,
    },
    "DOWNLOAD_HANDLERS": {
        "http": "scrapy_c4.downloadhandlers.GuardedDownloadHandler",
        "https": "scrapy_c4.downloadhandlers.GuardedDownloadHandler",
    },
    "DOWNLOAD_MAXSIZE": 32 * 1024 * 1024,
    "DOWNLOAD_WARNSIZE": 8 * 1024 * 1024,
}


def plain(settings: BaseSettings) -> dict[str, Any]:
    """All settings, with components as classes, so that paths and classes compare equal."""
    result: dict[str, Any] = {}
    for name in settings:
        value = settings[name]
        if name in MANUAL and isinstance(value, BaseSettings):
            merged = settings.getwithbase(name)
            result[name] = {
                (key if name == "DOWNLOAD_HANDLERS" else load_object(key)): load_object(v) if isinstance(v, str) else v
                for key, v in merged.items()
            }
        else:
            result[name] = value
    return result


def with_addon(values: dict[str, Any] | None = None) -> Settings:
    settings = Settings(values)
    Addon().update_settings(settings)
    return settings


def test_the_addon_makes_the_settings_of_the_manual_setup() -> None:
    assert plain(with_addon()) == plain(Settings(MANUAL))


def test_the_readme_shows_that_manual_setup() -> None:
    from pathlib import Path

    readme = (Path(__file__).parent.parent / "README.md").read_text("utf-8")
    block = readme.split("<!-- manual set-up -->")[1].split("```python\n")[1].split("```")[0]
    shown: dict[str, Any] = {}
    exec(block, shown)
    assert {name: shown[name] for name in MANUAL} == MANUAL


def test_what_a_project_sets_stays() -> None:
    own = {
        "DOWNLOADER_MIDDLEWARES": {"scrapy_c4.downloadermiddlewares.RenderMiddleware": 960},
        "ITEM_PIPELINES": {"scrapy_c4.pipelines.LinkScorePipeline": None},
        "DOWNLOAD_HANDLERS": {"http": "scrapy.core.downloader.handlers.http11.HTTP11DownloadHandler", "https": None},
        "DOWNLOAD_MAXSIZE": 5,
    }
    settings = with_addon(own)
    orders = {load_object(k).__name__: v for k, v in settings.getdict("DOWNLOADER_MIDDLEWARES").items()}
    pipelines = {load_object(k).__name__: v for k, v in settings.getdict("ITEM_PIPELINES").items()}
    assert orders["RenderMiddleware"] == 960
    assert pipelines["LinkScorePipeline"] is None
    assert pipelines["ExcludePipeline"] == 50
    assert settings.getdict("DOWNLOAD_HANDLERS") == own["DOWNLOAD_HANDLERS"]
    assert settings.getint("DOWNLOAD_MAXSIZE") == 5


def test_project_priority_settings_come_after_the_addon() -> None:
    settings = with_addon()
    settings.set("DOWNLOAD_MAXSIZE", 7, "project")
    assert settings.getint("DOWNLOAD_MAXSIZE") == 7


def test_a_wrong_option_stops_the_startup() -> None:
    with pytest.raises(OptionError, match="C4_RENDER = 'maybe' is not possible: it must be one of always, never, auto"):
        with_addon({"C4_RENDER": "maybe"})
