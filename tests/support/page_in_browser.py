"""How the browser tests operate the page, and how they read words and numbers from it."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from inspected import D_MODEL, HEADS
from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import TimeoutError as BrowserTimeout

D_HEAD = D_MODEL // HEADS
SHOWN = 0.00051
"""Half of the last digit shown, and the rounding of float32."""

OPENING = "A dog."
"""The text that the page opens with: not in the training data, so that the model is unsure."""

ODD = "A girl runs across the bench."
"""A sentence whose translation has two spaces in a row."""

MARKUP = "</script><img src=x onerror=alert(1)>"

PATIENCE = 20_000
"""Milliseconds. What a test waits for comes at once, unless the machine is busy."""

in_both_browsers = pytest.mark.parametrize(
    "browser", ["chromium", pytest.param("firefox", marks=pytest.mark.campaign)], indirect=True
)
"""For a test: runs in Chromium and, among the campaigns, in Firefox. Its file starts each of them
once, if its other tests are `in_chromium`.

Playwright cannot set a colour scheme, reduced motion, forced colours or print in Firefox: tests
that need one of these run only in Chromium. Firefox reports no request for a `file:` address.
"""

in_chromium = pytest.mark.parametrize("browser", ["chromium"], indirect=True)


class Opener:
    """Opens the page in a browser, and records what goes wrong."""

    def __init__(
        self, browser: Browser, file: Path, ready: Callable[[Page], Page] | None = None
    ) -> None:
        """`ready` waits for the page; the default waits for the living page's first answer."""
        self._browser = browser
        self._file = file
        self._ready = ready or drawn
        self._pages: list[Page] = []
        self._asked: list[str] = []
        self._complaints: list[str] = []

    def __call__(
        self, place: str = "", *, path: Path | None = None, width: int = 1200, **media: Any
    ) -> Page:
        """The page, once it is ready. `place` is the place that the address names."""
        context = self._browser.new_context(viewport={"width": width, "height": 900}, **media)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("request", lambda request: self._asked.append(request.url))
        page.on("console", lambda message: self._complaints.append(message.text))
        page.on("pageerror", lambda error: self._complaints.append(str(error)))
        page.add_init_script(
            "window.refused = [];"
            "addEventListener('securitypolicyviolation', e => refused.push(e.violatedDirective))"
        )
        page.goto(f"{(path or self._file).as_uri()}#{place}")
        self._pages.append(page)
        return self._ready(page)

    def shared(self) -> Page:
        """The first page that was opened."""
        return self._pages[0] if self._pages else self()

    def check(self) -> None:
        """No request has left any page, no script complained, and the policy refused nothing."""
        assert not self._complaints
        assert not any(page.evaluate("refused") for page in self._pages)
        assert all(url.startswith(("file:", "data:", "blob:")) for url in self._asked)

    def close(self) -> None:
        for page in self._pages:
            page.context.close()


def axe(page: Page, *rules: str, within: str = "html") -> list[str]:
    """The violations that axe finds in a part of the page, by these rules or by all: one line per
    rule and element."""
    from axe_playwright_python.sync_playwright import Axe

    # Reporting the passed rules takes longer than checking them.
    options = {"resultTypes": ["violations"]} | ({"runOnly": list(rules)} if rules else {})
    violations = Axe().run(page, context=within, options=options).response["violations"]
    return [
        f"{found['id']}: {found['help']}: {node['html']}"
        for found in violations
        for node in found["nodes"]
    ]


def drawn(page: Page) -> Page:
    """The page, once it has answered and drawn all sections."""
    expect(page.locator("body:not([aria-busy]) #german")).to_have_count(1)
    return page


def settled(page: Page) -> Page:
    """The page, once it also knows the effect of every single change."""
    waiting = page.locator("#verdict, #section-7 p", has_text="is reading the translation again")
    expect(waiting).to_have_count(0)
    expect(page.locator("body:not([aria-busy]):not([data-measuring])")).to_have_count(1)
    return page


def put_back(page: Page) -> None:
    """Reset the page to its initial state, except for its place and its unfolded parts."""
    page.mouse.move(0, 0)
    drawn(page)
    if page.locator("#reset").count():
        page.click("#reset")
    if page.input_value("#text") != OPENING:
        page.fill("#text", OPENING)
    expect(page.locator("#changed")).to_have_count(0)
    expect(page.locator("[id^=source-]")).to_have_count(7)
    drawn(page)
    if page.locator("[id^=source-][aria-pressed=true]").count():
        page.press("[id^=source-][aria-pressed=true]", "Enter")
    drawn(page)


def german(page: Page) -> str:
    """The translation on the page."""
    return in_one_line(page.inner_text("#german"))


def choose(page: Page, layer: int, head: int, step: int) -> None:
    """Go to a row of cross-attention; all numbers count from 0."""
    for name, value in (("layer", layer), ("head", head), ("step", step)):
        page.select_option(f"#at-{name}", str(value))
    drawn(page)


def unfold(page: Page, *keys: str) -> None:
    """Open these parts of the page, or all parts if none is named."""
    settled(page)  # so that no redraw is pending
    page.evaluate(
        "keys => document.querySelectorAll('details').forEach(one => {"
        " one.open ||= !keys.length || keys.includes(one.id.slice('fold-'.length)) })",
        keys,
    )
    expect(page.locator("details[open] > div:empty")).to_have_count(0)


def focused(page: Page) -> str:
    """The id of the focused element; empty if no element has the focus."""
    found: str = page.evaluate("document.activeElement.id")
    return found


def names_of(pieces: Sequence[str]) -> list[str]:
    """The page's names for the pieces of a sentence: without the word marker; the¹, the²."""
    short = [_spelt(piece.replace("▁", "") or piece) for piece in pieces]
    counts, seen = Counter(short), Counter[str]()
    names = []
    for name in short:
        seen[name] += 1
        names.append(name if counts[name] == 1 else name + _raised(seen[name]))
    return names


def _spelt(piece: str) -> str:
    """The character of a byte piece whose byte alone is a character."""
    byte = re.fullmatch("<0x([0-7].)>", piece)
    return chr(int(byte[1], 16)) if byte else piece


def _raised(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))


def bare(name: str) -> str:
    """The name without its number."""
    return name.rstrip("⁰¹²³⁴⁵⁶⁷⁸⁹")


def in_one_line(text: str) -> str:
    return " ".join(text.split())


def number(text: str) -> float:
    return float(re.sub("[%<>+,;]", "", text.replace("\u2212", "-").replace("∞", "inf")))


def chance(probability: float) -> Any:
    """What the page may show in percent: two significant digits, or whole percent from 10 on."""
    return pytest.approx(100 * probability, rel=0.051, abs=0.51 if probability > 0.095 else 0.005)


def last_numbers(page: Page, grid: str) -> np.ndarray:
    """(rows, columns): the number at the end of each grid cell's description, or NaN."""
    labels = page.evaluate(
        "id => [...document.getElementById(id).querySelectorAll('[role=row]')].map(row =>"
        " [...row.querySelectorAll('[role=gridcell]')].map(cell => cell.ariaLabel))"
        ".filter(row => row.length)",
        grid,
    )
    return np.array([[_ending(cell) for cell in row] for row in labels])


def _ending(text: str) -> float:
    last = text.split()[-1]
    return number(last) if re.search(r"\d$", last) else np.nan


def cells(page: Page, table: str) -> list[list[str]]:
    """The cells in the body of a table, row by row."""
    found: list[list[str]] = page.locator(f"[aria-label='{table}'] tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.children].map(cell => cell.innerText.trim()))"
    )
    return found


def column(page: Page, table: str, at: int) -> np.ndarray:
    """The numbers at the end of a column's cells; empty cells are left out."""
    return np.array([number(line[at].split()[-1]) for line in cells(page, table) if line[at]])


def downloaded(page: Page, button: str) -> str:
    """The saved file. On a busy machine Chromium may drop one of several downloads in a row."""
    try:
        with page.expect_download(timeout=PATIENCE / 2) as download:
            page.click(f"#{button}")
    except BrowserTimeout:
        with page.expect_download() as download:
            page.click(f"#{button}")
    return Path(download.value.path()).read_text(encoding="utf-8")
