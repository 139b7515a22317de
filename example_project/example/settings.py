"""Settings of the example: the add-on in one line, and one feed for each class of items."""

BOT_NAME = "example"
SPIDER_MODULES = ["example.spiders"]

ADDONS = {"scrapy_c4.Addon": 500}
EXTENSIONS = {"example.local_site.LocalSite": 100, "example.summary.Summary": 500}

ROBOTSTXT_OBEY = True
CONCURRENT_REQUESTS = 8
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
LOG_LEVEL = "INFO"

FEEDS = {
    "output/pages.jsonl": {"format": "jsonlines", "item_classes": ["scrapy_c4.PageItem"], "overwrite": True},
    "output/links.jsonl": {"format": "jsonlines", "item_classes": ["scrapy_c4.LinkItem"], "overwrite": True},
    "output/media.csv": {"format": "csv", "item_classes": ["scrapy_c4.MediaItem"], "overwrite": True},
    "output/tables.jsonl": {"format": "jsonlines", "item_classes": ["scrapy_c4.TableItem"], "overwrite": True},
    "output/extracted.jsonl": {
        "format": "jsonlines",
        "item_classes": ["scrapy_c4.ExtractedItem"],
        "overwrite": True,
        "store_empty": False,
    },
}
C4_CAPTURE_STORE = "output/captures"
