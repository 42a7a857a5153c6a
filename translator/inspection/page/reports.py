"""Reports as pages: one HTML file each, which looks like the living page but has no model in it.

The same report gives the same bytes. Text goes in as JSON and is shown as text.
"""

from translator.inspection.comparison import Comparison, comparison_as_json
from translator.inspection.heads.comparison import HeadComparison
from translator.inspection.heads.report import HeadReport
from translator.inspection.heads.storage import as_json
from translator.inspection.page.document import document


def heads_html(report: HeadReport) -> str:
    """The page of what the heads of a run are worth."""
    return _html("heads", as_json(report))


def two_runs_html(comparison: HeadComparison) -> str:
    """The page of two runs over one split, head by head."""
    return _html("two_runs", as_json(comparison))


def sentence_html(comparison: Comparison) -> str:
    """The page of two translators over one sentence."""
    data = comparison_as_json(comparison)
    del data["read"]  # its attention stands in "weights", too
    data["own"] = [{"translation": own.translation, "how": own.how} for own in comparison.own]
    return _html("sentence", data)


def _html(kind: str, data: dict[str, object]) -> str:
    return document({kind: data}, "report", styles=["report"])
