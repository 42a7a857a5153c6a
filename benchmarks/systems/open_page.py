"""How soon a page shows its first translation: open_page.py PAGE TRANSLATION

Measured in a freshly started browser, from opening the address to the frame with the translation.
"""

import argparse
import json
from pathlib import Path

from measuring import report
from page_files import chromium

LOOK = """
(translation) => {
  const bare = (text) => text.replace(/\\s/g, "");
  const look = () => {
    const shown = document.querySelector("#german")?.innerText ?? "";
    if (bare(shown) === bare(translation)) {
      window.shown = performance.now();
      document.documentElement.dataset.shown = "";
    } else requestAnimationFrame(look);
  };
  look();
}
"""

options = argparse.ArgumentParser()
options.add_argument("page", type=Path)
options.add_argument("translation")
given = options.parse_args()
with chromium() as browser:
    page = browser.new_page()
    page.add_init_script(f"({LOOK})({json.dumps(given.translation)})")
    page.goto(given.page.resolve().as_uri())
    page.wait_for_selector("html[data-shown]", timeout=60_000)
    seconds = page.evaluate("window.shown") / 1000
    report(1 / seconds, version=f"Chromium {browser.version}", threads=1)
