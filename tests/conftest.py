from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import scrapy
from hypothesis import settings
from scrapy.utils.reactor import install_reactor

from tests.project import Project
from tests.site import Site

# The same examples in every run: a failure is one of the change, not of the day. Time limits would measure the machine.
settings.register_profile("tests", derandomize=True, deadline=None)
settings.load_profile("tests")

if scrapy.version_info < (2, 15):
    # A crawler without a reactor came later.
    install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)
