"""Numbered spiders: each shows one idea. ``scrapy crawl c4`` is the ready-made one of the add-on."""
