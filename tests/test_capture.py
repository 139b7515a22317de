# ruff: noqa: E501
"""Captures: from the browser into a store or the item."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from scrapy.pipelines.files import FilesPipeline
from scrapy.utils.test import get_crawler

from scrapy_c4.artifact_pipeline import ArtifactPipeline
from scrapy_c4.artifacts import artefact_paths, missing_captures
from scrapy_c4.browser.capture import Capture
from scrapy_c4.items import LinkItem, PageItem
from scrapy_c4.options import OptionError, Options
from scrapy_c4.responses import RenderedResponse
from tests.browser.conftest import LOCAL_ONLY
from tests.project import Project
from tests.site import Site

PICTURE = b"\x89PNG picture"


def pipeline(**settings: Any) -> ArtifactPipeline:
    return ArtifactPipeline.from_crawler(get_crawler(settings_dict=settings))


def process(pipeline: ArtifactPipeline, item: Any) -> Any:
    return asyncio.run(pipeline.process_item(item))


def page(url: str = "http://site.test/../../etc/passwd", **capture: Any) -> PageItem:
    item = PageItem(url=url)
    item.capture = Capture(**{"screenshot": PICTURE, **capture})
    return item


def test_a_folder(tmp_path: Path) -> None:
    store = tmp_path / "shots"
    item = page(pdf=b"%PDF", mhtml=b"MIME", truncated=["screenshot"])
    process(pipeline(C4_CAPTURE_STORE=str(store)), item)
    folder = artefact_paths(item.url, {"screenshot": PICTURE, "pdf": b"%PDF", "mhtml": b"MIME"})["pdf"].split("/")[0]
    assert folder.startswith(hashlib.sha1(item.url.encode()).hexdigest())
    assert item.screenshot == {
        "path": f"{folder}/screenshot.png",
        "checksum": hashlib.md5(PICTURE).hexdigest(),
        "type": "image/png",
        "truncated": True,
    }
    assert item.pdf["path"] == f"{folder}/page.pdf"
    assert item.mhtml["type"] == "multipart/related"
    assert {path.name: path.read_bytes() for path in (store / folder).iterdir()} == {
        "screenshot.png": PICTURE, "page.pdf": b"%PDF", "page.mhtml": b"MIME",
    }  # fmt: skip
    # The bytes are not kept for as long as the item is.
    assert item.capture is None


def test_the_same_url_with_another_look_is_not_written_over(tmp_path: Path) -> None:
    store = pipeline(C4_CAPTURE_STORE=str(tmp_path))
    first, same, other = page(), page(), page(screenshot=b"other")
    for item in (first, same, other):
        process(store, item)
    assert first.screenshot == same.screenshot
    assert first.screenshot["path"] != other.screenshot["path"]
    assert (tmp_path / first.screenshot["path"]).read_bytes() == PICTURE


def test_names_come_from_the_url_that_was_asked_for() -> None:
    paths = artefact_paths("http://site.test/<script>/\ud800", {"screenshot": PICTURE})
    assert set(paths["screenshot"]) <= set("0123456789abcdef-/screenshot.png")


def test_inline(tmp_path: Path) -> None:
    item = page(inline=True)
    process(pipeline(C4_CAPTURE_STORE=str(tmp_path / "none")), item)
    assert base64.b64decode(item.screenshot) == PICTURE
    assert not (tmp_path / "none").exists()


def test_a_store_that_fails_costs_the_capture_only(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    item = page(pdf=b"%PDF")
    store = pipeline(C4_CAPTURE_STORE=str(tmp_path / "file"))
    process(store, item)
    assert item.screenshot is None
    assert [error["action"] for error in item.errors] == ["store screenshot", "store pdf"]
    assert item.errors[0]["message"]
    assert store._stats.get_value("c4/artifact/error_count/screenshot") == 1


def test_other_stores_are_those_of_the_files_pipeline(monkeypatch: pytest.MonkeyPatch) -> None:
    from twisted.internet.defer import succeed

    kept: dict[str, Any] = {}

    class Bucket:
        def __init__(self, uri: str):
            self.uri = uri

        def persist_file(self, path: str, buf: Any, info: Any, meta: Any = None, headers: Any = None) -> Any:
            kept[self.uri + path] = (buf.getvalue(), headers)
            return succeed(None)

    monkeypatch.setitem(FilesPipeline.STORE_SCHEMES, "s3", Bucket)
    item = page()
    process(pipeline(C4_CAPTURE_STORE="s3://bucket/x/"), item)
    assert kept == {"s3://bucket/x/" + item.screenshot["path"]: (PICTURE, {"Content-Type": "image/png"})}


def test_settings_of_the_cloud_stores_are_taken_from_the_project() -> None:
    pipeline(C4_CAPTURE_STORE="s3://b/", AWS_ACCESS_KEY_ID="key", FILES_STORE_S3_ACL="public-read")._store_settings()
    store: Any = FilesPipeline.STORE_SCHEMES["s3"]
    assert (store.AWS_ACCESS_KEY_ID, store.POLICY) == ("key", "public-read")


def test_without_a_store_the_item_says_so() -> None:
    item = page()
    process(pipeline(C4_CAPTURE_STORE=""), item)
    assert "C4_CAPTURE_STORE" in item.errors[0]["message"]


def test_an_unknown_store_stops_the_start() -> None:
    with pytest.raises(OptionError, match=r"C4_CAPTURE_STORE = 'gopher://x'.*s3://"):
        pipeline(C4_CAPTURE_STORE="gopher://x")
    with pytest.raises(OptionError, match=r"'gopher://user:\*\*\*@x/'"):
        pipeline(C4_CAPTURE_STORE="gopher://user:hidden@x/")


def test_other_items_pass() -> None:
    link = LinkItem("http://a.test/", "http://b.test/")
    assert process(pipeline(), link) is link
    assert process(pipeline(), {"a": 1}) == {"a": 1}


@pytest.mark.browser
def test_captures_of_a_crawl(project: Project, site: Site) -> None:
    site.pages["/stored"] = "<title>../../x</title><p>A page</p><div class=cookie-bar style='position:fixed'>Ok?</div>"
    site.pages["/inline"] = "<title>i</title><p>A page</p>"
    spider = f'''
class T(scrapy.Spider):
    name = "t"
    async def start(self):
        yield scrapy.Request("{site.url}/stored", meta={{"c4": {{"pdf": True, "capture_mhtml": True, "screenshot": True}}}})
        yield scrapy.Request("{site.url}/inline", meta={{"c4": {{"screenshot": "#none", "pdf": True, "capture_inline": True}}}})
    def parse(self, response):
        pass
'''
    settings = {
        "C4_RENDER": "always",
        "C4_EMIT": ["page"],
        "C4_REMOVE_OVERLAY_ELEMENTS": True,
        "C4_CAPTURE_STORE": "shots",
        "PLAYWRIGHT_LAUNCH_OPTIONS": {"args": LOCAL_ONLY},
    }
    crawl = project.crawl(spider, settings=settings)
    pages = {page["title"]: page for page in crawl.of("PageItem")}
    stored, inline = pages["../../x"], pages["i"]
    for name, start in (("screenshot", b"\x89PNG"), ("pdf", b"%PDF"), ("mhtml", b"From:")):
        data = (project.path / "shots" / stored[name]["path"]).read_bytes()
        assert data.startswith(start)
        assert hashlib.md5(data).hexdigest() == stored[name]["checksum"]
        assert crawl.stats[f"c4/artifact/stored_count/{name}"] == (2 if name == "pdf" else 1)
    assert stored["rendered"] is True
    assert stored["errors"] == []
    assert crawl.stats["c4/render/removed_overlay_count"] == 1
    assert base64.b64decode(inline["pdf"]).startswith(b"%PDF")
    assert inline["screenshot"] is None
    assert [error["action"] for error in inline["errors"]] == ["screenshot"]
    json.dumps(pages)


def test_captures_of_pages_that_no_browser_made_are_errors(project: Project, site: Site) -> None:
    site.pages["/"] = "<title>plain</title><p>A page</p>"
    spider = f'''
class T(scrapy.Spider):
    name = "t"
    start_urls = ["{site.url}/"]
    def parse(self, response):
        pass
'''
    settings = {
        "C4_EMIT": ["page"],
        "C4_SCREENSHOT": True,
        "C4_CAPTURE_MHTML": True,
        "HTTPCACHE_ENABLED": True,
        "HTTPCACHE_DIR": str(project.path / "cache"),
    }
    for render, message in (
        ("never", "the page was not rendered"),
        ("always", "the page came from the HTTP cache, which has none of it"),
    ):
        (page,) = project.crawl(spider, settings={**settings, "C4_RENDER": render}).of("PageItem")
        assert (page["title"], page["screenshot"], page["pdf"]) == ("plain", None, None)
        assert page["errors"] == [
            {"action": name, "type": "NotRendered", "message": message} for name in ("screenshot", "mhtml")
        ]


def test_a_capture_that_failed_is_named_once() -> None:
    capture = Capture(pdf=b"%PDF", errors=[{"action": "screenshot", "type": "TimeoutError", "message": "late"}])
    response = RenderedResponse("http://a.test/", capture=capture, flags=["playwright", "cached"])
    options = Options.of({"screenshot": True, "pdf": True, "capture_mhtml": True})
    assert [error["action"] for error in missing_captures(response, options)] == ["mhtml"]
