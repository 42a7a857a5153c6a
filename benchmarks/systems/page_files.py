"""Shared by the programs that measure pages: the model in a page file, and a browser."""

import json
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SCRIPT = "benchmarks/systems/translate_page.js"
_MODEL = re.compile(r'<script type="application/json" id="model">(.*?)</script>', re.DOTALL)


def model_in(page: Path) -> dict[str, Any]:
    """The model embedded in a page."""
    [text] = _MODEL.findall(page.read_text(encoding="utf-8"))
    model: dict[str, Any] = json.loads(text)
    return model


@contextmanager
def chromium() -> Iterator[Any]:
    """The system's Chromium, just started. Ends the program if there is none."""
    from playwright.sync_api import sync_playwright  # of requirements-dev.txt

    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        sys.exit("there is no Chromium on this machine: install it, or leave its systems out")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()
