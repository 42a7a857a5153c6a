"""Under which name the scores of an evaluation are kept."""

from pathlib import Path

import pytest

from translator.cli.checks import evaluate_options
from translator.cli.evaluate import results_name


@pytest.mark.parametrize(
    ("arguments", "step", "name"),
    [
        ([], None, "test"),
        (["--split", "validation"], None, "validation"),
        (["--source", "data/news"], None, "news-test"),
        (["--source", "news/"], None, "news-test"),
        (["--source", "."], None, "here-test"),
        (["--source", "below/.."], None, "here-test"),
        (["--source", ".news"], 7, ".news-test-at-step-7"),
        (["--ensemble", "a,b"], None, "test-ensemble-of-3"),
        (["--mbr", "8"], 7, "test-at-step-7-mbr-8"),
    ],
)
def test_results_are_named_after_what_decided_about_them(
    arguments: list[str],
    step: int | None,
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    assert results_name(evaluate_options(arguments, "translator evaluate"), step) == name
