"""Settings of the example: the add-on in one line, and one feed for each class of items."""

import sys
from importlib.util import find_spec

if not find_spec("scrapy_c4"):
    # Said by `scrapyd-deploy`, which then fails, and not only when a job does.
    sys.exit("scrapy_c4 is missing: pip install scrapy-c4 where Scrapy runs (the environment of a Scrapyd server)")

BOT_NAME = "example"
# The add-on brings the spider c4 by itself, except to `scrapy list`, which Scrapyd asks.
SPIDER_MODULES = ["scrapy_c4.spiders", "example.spiders"]

ADDONS = {"scrapy_c4.Addon": 500}
EXTENSIONS = {"example.local_site.LocalSite": 100, "example.summary.Summary": 500}

ROBOTSTXT_OBEY = True
CONCURRENT_REQUESTS = 8
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
LOG_LEVEL = "INFO"

# A job of Scrapyd has a folder of its own.
FEED_URI_PARAMS = "example.summary.feed_uri_params"
FEEDS = {
    "output/%(job)spages.jsonl": {"format": "jsonlines", "item_classes": ["scrapy_c4.PageItem"], "overwrite": True},
    "output/%(job)slinks.jsonl": {"format": "jsonlines", "item_classes": ["scrapy_c4.LinkItem"], "overwrite": True},
    "output/%(job)smedia.csv": {"format": "csv", "item_classes": ["scrapy_c4.MediaItem"], "overwrite": True},
    "output/%(job)stables.jsonl": {"format": "jsonlines", "item_classes": ["scrapy_c4.TableItem"], "overwrite": True},
    "output/%(job)sextracted.jsonl": {
        "format": "jsonlines",
        "item_classes": ["scrapy_c4.ExtractedItem"],
        "overwrite": True,
        "store_empty": False,
    },
    # What spiders yield by themselves.
    "output/%(job)sitems.jsonl": {
        "format": "jsonlines",
        "item_classes": ["builtins.dict"],
        "overwrite": True,
        "store_empty": False,
    },
}
C4_CAPTURE_STORE = "output/captures"
