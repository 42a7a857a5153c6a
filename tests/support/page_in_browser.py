"""How the browser tests of the page read numbers off it."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from inspected import D_MODEL, HEADS

if TYPE_CHECKING:
    from playwright.sync_api import Page

D_HEAD = D_MODEL // HEADS
SHOWN = 0.00051
"""Half of the last digit shown, and the rounding of float32."""

PATIENCE = 20_000
"""Milliseconds. What a test waits for comes at once, unless the machine has other work."""

Opener = Callable[..., "Page"]
"""Of the fixture `show`: opens the page with some panels."""

in_both_browsers = pytest.mark.parametrize("browser", ["chromium", "firefox"], indirect=True)
"""For a test or, as `pytestmark`, a file: runs in Chromium and in Firefox.

Playwright cannot tell Firefox of a colour scheme, reduced motion, forced colours or print: what
needs them runs in Chromium alone. Firefox reports no request for a `file:` address.
"""


def watch(page: "Page", asked: list[str], complaints: list[str]) -> None:
    """Append the addresses that the page asks for, and what goes wrong in it."""
    page.set_default_timeout(PATIENCE)
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))


def axe(page: "Page") -> list[str]:
    """What axe finds wrong in the page: a line for each rule and element."""
    from axe_playwright_python.sync_playwright import Axe

    violations = Axe().run(page).response["violations"]
    return [
        f"{found['id']}: {found['help']}: {node['html']}"
        for found in violations
        for node in found["nodes"]
    ]


def plain(piece: str) -> str:
    return piece.replace("▁", "") or piece


def number(text: str) -> float:
    return float(text.replace("\u2212", "-").replace("∞", "inf").replace("%", ""))


def last_numbers(page: "Page", grid: str) -> np.ndarray:
    """(rows, columns): the number that ends what each cell of a grid says of itself, or NaN."""
    labels = page.evaluate(
        "id => [...document.getElementById(id).querySelectorAll('[role=row]')].map(row =>"
        " [...row.querySelectorAll('[role=gridcell]')].map(cell => cell.ariaLabel))"
        ".filter(row => row.length)",
        grid,
    )
    return np.array([[ending(cell) for cell in row] for row in labels])


def ending(text: str) -> float:
    last = text.split()[-1]
    return number(last) if re.search(r"\d$", last) else np.nan


def column(page: "Page", table: str, at: int) -> np.ndarray:
    cells = page.locator(f"[aria-label='{table}'] tbody tr").evaluate_all(
        "(rows, at) => rows.map(row => row.children[at].innerText)", at
    )
    return np.array([number(cell.split()[-1]) for cell in cells])


def choose(page: "Page", layer: int, head: int, step: int) -> None:
    for name, value in (("layer", layer), ("head", head), ("step", step)):
        page.select_option(f"#at-{name}", str(value))


def softmax(x: np.ndarray) -> np.ndarray:
    powers = np.exp(x - x.max())
    return powers / powers.sum()


def downloaded(page: "Page", button: str) -> str:
    with page.expect_download() as download:
        page.click(f"#{button}")
    return Path(download.value.path()).read_text(encoding="utf-8")
