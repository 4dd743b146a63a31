"""Real photographs, and an LVLM's run on drawn parts merged in: from the session to the open page."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from chromium import Chromium
from driving import CASE_FILE
from real_data import mvtec
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

CARDS = "[...document.querySelectorAll('a.card')]"
COUNT = "document.getElementById('count').textContent"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bottle in four views by a detector and a trivial model; two drawn classes by the embedded LVLM."""
    folder = tmp_path_factory.mktemp("real")
    (folder / "test_cases.py").write_text(CASE_FILE)
    bottle = (
        "--iad-dataset",
        f"mvtec:{mvtec()}",
        "--iad-model",
        "patch-knn",
        "--iad-model",
        "always-anomalous",
    )
    _type(folder, "pytest", *bottle, "-n2", "--iad-page", "yes", "--iad-run", "bottle")
    drawn = ("--iad-model", "qwen2-vl-tiny", "--iad-class", "hex_nut", "--iad-class", "tile")
    _type(folder, "pytest", *drawn, "--iad-page", "yes", "--iad-run", "drawn")
    _type(folder, "iad_eval", "merge", "bottle", "drawn", "-o", "whole")
    start = time.perf_counter()
    _type(folder, "iad_eval", "report", "whole", "--vs-paper")
    print(f"the report took {time.perf_counter() - start:.1f} s")
    return folder / "whole" / "report.html"


def _type(folder: Path, *command: str) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_page_of_real_photographs_filters_sorts_and_follows_links(chromium: Chromium, page: Path) -> None:
    chromium.show(page)
    photographs = 83 + 2 * 72
    assert chromium.ask(COUNT) == f"{4 * photographs} views of {photographs} photographs"
    leads = chromium.ask("[...document.querySelectorAll('.lead')].map((each) => each.textContent)")
    assert [lead.partition(" judges ")[0] for lead in leads] == [
        "mvtec: patch-knn",
        "synthetic: qwen2-vl-tiny (oneshot-specific)",
    ]

    for name, value in (("dataset", "mvtec"), ("defect", "contamination"), ("model", "patch-knn")):
        Select(chromium.driver.find_element(By.NAME, name)).select_by_value(value)
    assert chromium.ask(COUNT) == "84 views of 21 photographs"
    chromium.click("#outcomes [data-outcome=wrong]")
    assert chromium.ask(f"{CARDS}.every((card) => card.textContent.includes('patch-knn: normal'))")
    assert not chromium.ask(f"{CARDS}.some((card) => card.textContent.includes('not asked'))")

    table = "document.querySelector('[id^=mvtec-share-of-photographs] table')"
    chromium.click(chromium.driver.execute_script(f"return {table}.querySelectorAll('thead button')[3]"))
    assert chromium.ask(f"{table}.tBodies[0].rows[0].cells[0].textContent") == "patch-knn"

    chromium.show(page, fragment="#photo=synthetic/tile/test/crack/006&view=timestamp")
    chromium.wait("document.querySelector('#photo img.base').naturalWidth > 0")
    chromium.wait("document.querySelector('#photo .outline').naturalWidth > 0")
    assert chromium.ask("document.querySelector('#photo .quote').textContent").startswith(("Yes", "No"))
    assert chromium.ask("[...document.querySelectorAll('#photo tbody th')].length") == 1

    chromium.show(page, fragment="#photo=mvtec/bottle/test/broken_large/000&view=rotated")
    chromium.press("m")
    chromium.wait("document.querySelector('#photo .heat').naturalWidth > 0")
    chromium.wait("document.querySelectorAll('#photo figure img.base')[1].naturalWidth > 0")  # the reference
