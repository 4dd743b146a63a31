"""One browser for all tests; they skip, and say so, where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import Chromium, written
from page_runs import PageRun, big_run, draw_pictures, page_run


@pytest.fixture(scope="session")
def _chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    browser = Chromium(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.driver.quit()


@pytest.fixture
def chromium(_chromium: Chromium) -> Iterator[Chromium]:
    """The browser; a test ends with a console that complained of nothing and files alone asked for."""
    yield _chromium
    _chromium.collect()
    assert _chromium.complaints == []
    assert [url for url in _chromium.requests if not url.startswith(("file:", "data:", "about:"))] == []


@pytest.fixture(scope="session")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> PageRun:
    """Two classes, 36 photographs in four views, all with pictures."""
    made = page_run(tmp_path_factory.mktemp("small") / "run")
    draw_pictures(made)
    return made


@pytest.fixture(scope="session")
def small_page(small_run: PageRun) -> Path:
    """Its page."""
    return written(small_run)


@pytest.fixture(scope="session")
def large_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of 10,000 views, each judged by four models; none has a picture."""
    return written(big_run(tmp_path_factory.mktemp("large") / "run"))
