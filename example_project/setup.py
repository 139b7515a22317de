"""Builds the egg for Scrapyd; the one scrapyd-client would make by itself leaves out the pages of the site."""

from setuptools import find_packages, setup

setup(
    name="example",
    version="1.0",
    packages=find_packages(),
    package_data={"example": ["site/*", "site/*/*"]},
    entry_points={"scrapy": ["settings = example.settings"]},
)
