"""Browsers and Node for the tests of pages.

The browsers are Debian's. Playwright drives Chromium by Chromium's own protocol, Firefox by
WebDriver BiDi. If a browser or Node is missing, its tests are skipped; in CI, they fail.
"""

import os
import shutil

import pytest
from playwright.sync_api import Browser, Playwright

COMMANDS = {
    "chromium": (("chromium", "chromium-browser"), "chromium"),
    "firefox": (("firefox-esr", "firefox"), "firefox-esr"),
    "node": (("node", "nodejs"), "nodejs"),
}
"""The names that each program may have, and its package."""

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def launch(playwright: Playwright, name: str, path: str) -> Browser:
    if name == "firefox":
        return playwright.firefox.launch(channel="moz-firefox", executable_path=path)
    return playwright.chromium.launch(executable_path=path, args=FLAGS)


def installed(name: str) -> str:
    """The path of a program. If the program is missing, the test is skipped; in CI, it fails."""
    commands, package = COMMANDS[name]
    for command in commands:
        if path := shutil.which(command):
            return path
    advice = f"no {name.title()} on this machine: apt-get install {package}"
    if os.environ.get("CI") == "true":
        pytest.fail(advice)
    pytest.skip(advice)
