"""Translate a run's sentences in Node with the page's engine and in Python, and compare.

    python tests/campaigns/page_parity.py --run runs/scenes --sentences 500

Prints, for greedy search and the configured beam: how many translations are the same, the largest
difference of a token's log-probability, and how long both take. Python has the weights as the page
has them. The exit code is 1 if fewer than 99 % are the same. The short form runs with the tests:
tests/inspection/page/test_engine.py.
"""

import argparse
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import get_args

import torch

REPOSITORY = Path(__file__).parents[2]
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "tests/support")]

from page_engine import PageEngine, strategy_in_page  # noqa: E402

from translator.decoding.search import decode  # noqa: E402
from translator.decoding.strategies import BeamSearch  # noqa: E402
from translator.decoding.translator import Translator  # noqa: E402
from translator.errors import TranslatorError  # noqa: E402
from translator.experiment.loading import load  # noqa: E402
from translator.experiment.run_directory import find_run  # noqa: E402
from translator.inspection.page.engine import Precision, rounded  # noqa: E402
from translator.text.corpus import load_split  # noqa: E402


def main() -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", help="Run directory; by default the newest run.")
    parser.add_argument("--split", default="test", help="Of the run's corpus (test).")
    parser.add_argument("--source", help="Where the corpus is, if not where it was.")
    parser.add_argument("--sentences", type=int, default=500, help="The first of the split (500).")
    parser.add_argument("--precision", default="float16", choices=get_args(Precision))
    options = parser.parse_args()
    pairs = load_split(find_run(options.run).load_config().corpus, options.split, options.source)
    texts = [src for src, _ in pairs[: options.sentences]]
    translator = load(options.run)
    beam = translator.beam_search()
    torch.set_num_threads(1)  # as the page
    with (
        tempfile.TemporaryDirectory() as folder,
        PageEngine(translator, options.precision, Path(folder)) as engine,
    ):
        program = rounded(translator, options.precision)
        sources = _compare_ids(program, engine, texts)
        greedy = _compare(program, engine, sources, replace(beam, beam_size=1))
        return 0 if min(greedy, _compare(program, engine, sources, beam)) >= 0.99 else 1


def _compare_ids(program: Translator, engine: PageEngine, texts: list[str]) -> list[list[int]]:
    sources = program.tokenizer.encode_all(texts)
    found = engine.ask(*[["encode", text] for text in texts])
    print(f"pieces: {_num_same(found, sources)} of {len(texts)} the same")
    return sources


def _compare(
    program: Translator, engine: PageEngine, sources: list[list[int]], strategy: BeamSearch
) -> float:
    """The share that is the same."""
    started = time.process_time()
    expected = [decode(program.model, [source], strategy)[0][0] for source in sources]
    seconds = time.process_time() - started
    timed = engine.ask_and_time(
        *[["decode", source, strategy_in_page(strategy)] for source in sources]
    )
    found = [hypotheses[0] for hypotheses, _ in timed]
    num_same = _num_same([each["ids"] for each in found], [each.ids for each in expected])
    largest = max(
        abs(a - b)
        for each, other in zip(found, expected, strict=True)
        if each["ids"] == other.ids
        for a, b in zip(each["logprobs"], other.logprobs, strict=True)
    )
    in_page, in_python = sum(ms for _, ms in timed), 1000 * seconds
    print(
        f"beam {strategy.beam_size}: {num_same} of {len(sources)} translations the same, "
        f"log-probabilities within {largest:.1e}, {in_page / len(sources):.1f} ms a sentence in "
        f"the page, {in_python / len(sources):.1f} in Python (one by one; the processor's time)"
    )
    return num_same / len(sources)


def _num_same(found: list[list[int]], expected: list[list[int]]) -> int:
    return sum(ids == other for ids, other in zip(found, expected, strict=True))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except TranslatorError as error:
        sys.exit(f"error: {error}")
