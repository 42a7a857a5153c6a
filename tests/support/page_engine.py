"""The page's engine in Node, without a page: tests/inspection/page/js/parity.js."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from translator.decoding.strategies import BeamSearch, Strategy
from translator.decoding.translator import Translator
from translator.inspection.intervention import Intervention
from translator.inspection.page.engine import Precision, embed_model

PARITY = Path(__file__).parents[1] / "inspection/page/js/parity.js"


class PageEngine:
    """The page's engine with an embedded `translator`; the page does the rounding."""

    def __init__(self, translator: Translator, precision: Precision, folder: Path) -> None:
        model = folder / f"{precision}.json"
        model.write_text(json.dumps(embed_model(translator, precision)), "utf-8")
        self._process = subprocess.Popen(
            [node(), str(PARITY), str(model)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def ask(self, *calls: Sequence[Any]) -> list[Any]:
        """The answer to each [name, *arguments]."""
        return [answer for answer, _ in self.ask_and_time(*calls)]

    def ask_and_time(self, *calls: Sequence[Any]) -> list[tuple[Any, float]]:
        """Each answer, with the CPU milliseconds that it took."""
        asked, answers = self._process.stdin, self._process.stdout
        assert asked
        assert answers
        asked.write(f"{json.dumps(calls)}\n")
        asked.flush()
        line = answers.readline()
        assert line, "the engine failed; what it said of that stands above"
        return [(each["answer"], each["milliseconds"]) for each in json.loads(line)]

    def __enter__(self) -> "PageEngine":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()


def node() -> str:
    found = shutil.which("node")
    if found is None and os.environ.get("CI") == "true":
        pytest.fail("no Node: apt-get install nodejs")
    if found is None:
        pytest.skip("no Node on this machine: apt-get install nodejs")
    return found


def strategy_in_page(strategy: Strategy) -> Mapping[str, Any]:
    if isinstance(strategy, BeamSearch):
        return {
            "kind": "beam",
            "beamSize": strategy.beam_size,
            "lengthPenalty": strategy.length_penalty,
            "numBest": strategy.num_best,
        }
    return {
        "kind": "sampling",
        "temperature": strategy.temperature,
        "topK": strategy.top_k,
        "topP": strategy.top_p,
        "numSamples": strategy.num_samples,
        "seed": strategy.seed,
    }


def intervention_in_page(intervention: Intervention) -> Mapping[str, Any]:
    return {
        "ablate": {_key(place): how for place, how in intervention.ablate.items()},
        "drop": list(intervention.drop),
        "override": {_key(place): list(row) for place, row in intervention.override.items()},
    }


def _key(place: tuple[int, ...]) -> str:
    return ".".join(map(str, place))
