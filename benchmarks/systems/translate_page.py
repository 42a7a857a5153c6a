"""Sentences per second of a page's engine: translate_page.py PAGE TASK --engine node|chromium ...

The engine comes from the page's source files, the model from the page.
"""

import argparse
import json
import statistics
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from measuring import HERE, report
from page_files import SCRIPT, chromium, model_in

FOLDER = "http://page.test/"
"""Where Chromium, which imports no modules from files, finds the repository."""
IN_NODE = f"""
import {{ readFileSync }} from "node:fs";
import {{ millisecondsOf }} from "./{SCRIPT}";
const {{ model, texts, beamSize }} = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(await millisecondsOf(model, texts, beamSize)));
"""
IN_CHROMIUM = f"""
async ({{ model, texts, beamSize }}) => {{
  const {{ millisecondsOf }} = await import("{FOLDER}{SCRIPT}");
  return millisecondsOf(model, texts, beamSize);
}}
"""


def main() -> None:
    """Report the speed of the median sentence."""
    options = argparse.ArgumentParser()
    options.add_argument("page", type=Path)
    options.add_argument("task", type=Path)
    options.add_argument("--engine", choices=["node", "chromium"], required=True)
    options.add_argument("--beam_size", type=int, required=True)
    given = options.parse_args()
    texts = json.loads(given.task.read_text())["sources"]
    asked = {"model": model_in(given.page), "texts": texts, "beamSize": given.beam_size}
    milliseconds, version = (in_node if given.engine == "node" else in_chromium)(asked)
    report(1000 / statistics.median(milliseconds), version=version, threads=1)


def in_node(asked: dict[str, Any]) -> tuple[list[float], str]:
    """The result of the script in Node, and Node's version."""
    command = ["node", "--input-type=module", "--eval", IN_NODE]
    printed = subprocess.check_output(command, input=json.dumps(asked), cwd=HERE.parent, text=True)
    version = subprocess.check_output(["node", "--version"], text=True)
    return json.loads(printed), f"Node {version.strip().removeprefix('v')}"


def in_chromium(asked: dict[str, Any]) -> tuple[list[float], str]:
    """The result of the script in Chromium, and Chromium's version."""
    with chromium() as browser:
        page = browser.new_page()
        page.route(f"{FOLDER}**", serve)
        page.goto(FOLDER)
        page.set_default_timeout(600_000)
        return page.evaluate(IN_CHROMIUM, asked), f"Chromium {browser.version}"


def serve(route: Any) -> None:
    """Serve a file of the repository, or an empty page."""
    path = HERE.parent / urlsplit(route.request.url).path.lstrip("/")
    if path.is_file():
        route.fulfill(path=path, content_type="text/javascript")
    else:
        route.fulfill(body="", content_type="text/html")


if __name__ == "__main__":
    main()
