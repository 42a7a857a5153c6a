"""Writes docs/page.html, the living page of the embedded corpus's model, and its picture.

    python train.py --run runs/scenes
    python docs/_generate/living_page.py

The weights are in int8, so that the file stays below 3 MB. With `--refresh` the model that the page
already holds is wrapped in today's scripts and style: that takes no run, and no browser.
"""

import argparse
import json
import re
from pathlib import Path

import translator
from translator.experiment.run_directory import RunDirectory
from translator.experiment.run_page import page_of_run
from translator.inspection.page.document import document

DOCS = Path(__file__).parents[1]
PAGE = DOCS / "page.html"
PICTURE = DOCS / "page.png"
SENTENCE = "The thirsty child found an old map and read it."
SIZE = {"width": 1120, "height": 860}
"""Of the browser's window, in pixels: the first screen."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, default=Path("runs/scenes"))
    parser.add_argument("--refresh", action="store_true", help="keep the model, renew the rest")
    options = parser.parse_args()
    if options.refresh:
        PAGE.write_text(refreshed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
        return
    html = page_of_run(
        RunDirectory(options.run), translator.load(options.run), text=SENTENCE, precision="int8"
    )
    PAGE.write_text(html, encoding="utf-8")
    take_picture()


def refreshed(html: str) -> str:
    """The same model, and what stands beside it, with today's scripts and style."""
    held = re.findall(r'<script type="application/json" id="([^"]+)">(.*?)</script>', html)
    (_, model), *parts = [(name, json.loads(content)) for name, content in held]
    return document(model, parts=dict(parts))


def take_picture() -> None:
    """Of the page's first screen, by Chromium."""
    from playwright.sync_api import sync_playwright  # of the tests, not needed for --refresh

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium")
        page = browser.new_page(viewport=SIZE, color_scheme="light", device_scale_factor=1.5)  # type: ignore[arg-type]
        page.goto(PAGE.as_uri())
        page.wait_for_selector("#check:not(:empty)")
        page.screenshot(path=PICTURE)
        browser.close()


if __name__ == "__main__":
    main()
