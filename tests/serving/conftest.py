"""A run that has learned three sentences by heart, a server of it, and a browser."""

from collections.abc import Iterator

import pytest
from browsers import installed, launch
from inspected import ENGLISH, GERMAN
from playwright.sync_api import Browser, sync_playwright
from served import EN_DE, Server, serving
from tiny_runs import learned_run

from translator.decoding.translator import Translator
from translator.experiment.run_directory import RunDirectory


@pytest.fixture(scope="session")
def run(trained_translator: Translator, tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    folder = tmp_path_factory.mktemp("served")
    for language, texts in (("en", ENGLISH), ("de", GERMAN)):
        (folder / f"validation.{language}").write_text("\n".join([*texts, ""]), encoding="utf-8")
    return learned_run(folder / "meadow", folder, trained_translator)


@pytest.fixture(scope="session")
def server(run: RunDirectory) -> Iterator[Server]:
    with serving({EN_DE: run}) as server:
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = installed("chromium")
    with sync_playwright() as playwright:
        browser = launch(playwright, "chromium", path)
        yield browser
        browser.close()
