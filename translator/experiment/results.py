"""results.json: the scores of a finished model, with the scored translations next to it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from translator.compute.files import make_folder, write_atomically
from translator.errors import RunError

BEFORE = "-before"
"""Suffix of the name of a split that was scored with the initial weights of a fine-tuning."""


@dataclass(frozen=True)
class Results:
    """The results of one run. Processes add to them one after the other."""

    file: Path
    hypotheses_folder: Path
    """The translations, one file per split."""

    def load(self) -> dict[str, Any]:
        """Scores by split; empty before the first evaluation. Raises RunError if it is broken."""
        if not self.file.exists():
            return {}
        try:
            results = json.loads(self.file.read_bytes())
        except ValueError:
            results = None
        if not isinstance(results, dict) or not all(map(_has_scores, results.values())):
            raise RunError(
                f"{self.file} is broken or was not written by this program: correct the file or "
                "move it away, and evaluate again"
            )
        return results

    def changes(self) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
        """The splits that were scored before and after a fine-tuning, with both scores."""
        found = self.load()
        return {
            split: (found[f"{split}{BEFORE}"], scores)
            for split, scores in found.items()
            if f"{split}{BEFORE}" in found
        }

    def add(self, split: str, scores: Mapping[str, Any], hypotheses: Sequence[str]) -> None:
        """Add the scores of one split. Raises OSError if they cannot be written."""
        lines = "".join(f"{hypothesis}\n" for hypothesis in hypotheses)
        make_folder(self.hypotheses_folder)
        write_atomically(self.hypotheses_folder / f"{split}.txt", lines.encode())
        text = json.dumps({**self.load(), split: scores}, indent=2, ensure_ascii=False)
        write_atomically(self.file, f"{text}\n".encode())


def _has_scores(result: object) -> bool:
    """Whether this has the form of the scores of a split."""
    if not isinstance(result, dict):
        return False
    found = [result.get(name) for name in ("bleu", "bleu_lowercased", "chrf", "ter")]
    return all(
        isinstance(one, dict)
        and isinstance(one.get("value"), (int, float))
        and {"name", "signature"} <= one.keys()
        for one in found
    )
