"""A real Chromium without a window: opens a page from disk, hears its console, sees its requests."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from page_runs import PageRun
from selenium import webdriver
from selenium.webdriver import ActionChains
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from iad_eval.reports.document import Block

QUIET = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--window-size=1400,1000",
)


class Chromium:
    """One browser with what tests ask of it: a page from disk, its console, its requests."""

    def __init__(self, profile: Path) -> None:
        binary, driver = shutil.which("chromium"), shutil.which("chromedriver")
        if binary is None or driver is None:
            pytest.skip("Chromium or its driver is not installed: .ci/set-up-browser installs both")
        options = webdriver.ChromeOptions()
        options.binary_location = binary
        for flag in (*QUIET, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(service=Service(driver), options=options)
        self.complaints: list[str] = []
        self.requests: list[str] = []

    def show(self, page: Path, *, fragment: str = "", width: int = 1280, dark: bool = False) -> None:
        """Opens a page, as if by a double click, in a window of ``width`` pixels."""
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        still = {
            "name": "prefers-reduced-motion",
            "value": "reduce",
        }  # or a click may meet a page that scrolls
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme, still]})
        self.driver.get("about:blank")
        self.collect()
        self.complaints.clear()
        self.requests.clear()
        self.driver.get(f"{page.as_uri()}{fragment}")
        self.wait("performance.getEntriesByName('iad-gallery-ready').length === 1")

    def ask(self, expression: str, *arguments: Any) -> Any:
        """The value of an expression in the page."""
        return self.driver.execute_script(f"return {expression}", *arguments)

    def run(self, statements: str, *arguments: Any) -> Any:
        """Runs statements in the page."""
        return self.driver.execute_script(statements, *arguments)

    def wait(self, expression: str, seconds: float = 10) -> None:
        """Until an expression is true in the page."""
        WebDriverWait(self.driver, seconds, 0.02).until(lambda _: self.ask(expression))

    def click(self, at: str | WebElement) -> None:
        """Clicks on an element, itself or its selector, in the middle of the window."""
        element = self.driver.find_element("css selector", at) if isinstance(at, str) else at
        self.run("arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })", element)
        element.click()

    def press(self, *keys: str) -> None:
        """Types keys where the focus is."""
        ActionChains(self.driver).send_keys(*keys).perform()

    def collect(self) -> None:
        """Moves what the console and the network said so far into the two lists."""
        self.complaints += [str(entry["message"]) for entry in self._log("browser")]
        for entry in self._log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                self.requests.append(message["params"]["request"]["url"])

    def _log(self, kind: str) -> list[dict[str, Any]]:
        return list(self.driver.get_log(kind))  # type: ignore[no-untyped-call]  # selenium's is


def written(made: PageRun, *more: Block, **how: Any) -> Path:
    """The page of a run, written where its pictures lie."""
    path = made.run / "report.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(made.page(*more, **how), encoding="utf-8")
    return path
