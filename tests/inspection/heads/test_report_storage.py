"""Reports of heads as files: what comes back, and what is refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from reported import made_up_report

from translator.errors import InspectionError
from translator.inspection.heads.report import HeadReport
from translator.inspection.heads.storage import as_json, load_report, save_report


@pytest.mark.parametrize("changes", [{}, {"alignment": None, "explained": None}])
def test_a_report_comes_back_to_6_significant_digits(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    report = made_up_report(2, 3, **changes)
    save_report(report, tmp_path / "a.json")

    found = load_report(tmp_path / "a.json")

    assert as_json(found) == as_json(report)
    np.testing.assert_allclose(found.zeroed, report.zeroed, rtol=1e-5)
    assert found.pruning[1].removed == report.pruning[1].removed
    save_report(found, tmp_path / "b.json")
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


def test_json_has_the_fields_as_they_are(tmp_path: Path) -> None:
    uniform = np.array([[[1 / 3, 0.25, 123456.789], [2, np.nan, -0.000123456789]]])
    save_report(made_up_report(1, 2, uniform=uniform), tmp_path / "a.json")

    content = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))

    assert list(content) == ["schema", "version", *HeadReport.__dataclass_fields__]
    assert (content["schema"], content["version"]) == ("translator.heads", 1)
    assert content["uniform"] == [[[0.333333, 0.25, 123457], [2, None, -0.000123457]]]
    assert content["pruning"][0]["removed"] is None
    assert content["pruning"][1].keys() == {"removed", "bleu", "lost"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "a.json cannot be read: No such file or directory"),
        ("{", "a.json is not a report of heads: give a file that translator heads --json wrote"),
        ('{"schema": "translator.inspection"}', "a.json is not a report of heads: give a file"),
        (
            '{"schema": "translator.heads", "version": 9}',
            "a.json has version 9 of the format, but this program reads 1: write it again with "
            "translator heads --json",
        ),
        (
            '{"schema": "translator.heads", "version": 1}',
            "a.json is incomplete (KeyError('alignment')): write it again with translator heads "
            "--json",
        ),
    ],
)
def test_what_is_no_report_is_refused(tmp_path: Path, content: str | None, message: str) -> None:
    if content is not None:
        (tmp_path / "a.json").write_text(content, encoding="utf-8")

    with pytest.raises(InspectionError) as refusal:
        load_report(tmp_path / "a.json")

    assert message in str(refusal.value)
