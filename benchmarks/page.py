"""How fast the living page translates, beside the program, and how large its file is.

    python benchmarks/page.py --run RUN

Translates one sentence at a time, on one thread, with the weights of RUN. The page's engine runs in
Chromium and in Node. Each system runs in its own process, and the systems alternate round by round.
Needs Node, Chromium and requirements-dev.txt.
"""

import argparse
import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import get_args

import measuring
from measuring import COMMAND_LINE, Measured, System, median, median_ratio

import translator
from translator.decoding.translator import Translator
from translator.errors import TranslatorError
from translator.experiment.run_directory import find_run
from translator.inspection.page.engine import Precision
from translator.inspection.page.page import as_html
from translator.text.corpus import load_split

BEAMS = {"greedy": 1, "beam 5": 5}
OURS, FIRST = "the program", "the page, from opening it to its first translation"
ENGINES = {"the page in Chromium": "chromium", "its engine in Node": "node"}
SYSTEMS = (
    *(f"{where}, {beam}" for where in (OURS, *ENGINES) for beam in BEAMS),
    FIRST,
)
ONE_THREAD = {"OMP_NUM_THREADS": "1"}


def main() -> None:
    """Print the tables."""
    given = options()
    try:
        german = translator.load(given.run)
        corpus = find_run(given.run).load_config().corpus
        sources = [src for src, _ in load_split(corpus, "test", given.source)]
    except TranslatorError as error:
        measuring.refuse(str(error))
    chosen = sources[:: max(1, len(sources) // given.sentences)][: given.sentences]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pages = write_pages(folder, german, chosen)
        task = folder / "task.json"
        task.write_text(json.dumps({"run": given.run, "sources": chosen}))
        [first] = german.translate(chosen[:1])
        systems = {
            system: make_system(system, pages["float16"], task, first) for system in given.systems
        }
        measured = measuring.alternate(systems, given.rounds)
        sizes = {precision: page.stat().st_size for precision, page in pages.items()}
    measuring.print_machine()
    print_times(measured, given.rounds, len(chosen))
    print_sizes(german, sizes)


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").splitlines()[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--run", required=True, help="run directory of the model")
    parser.add_argument("--source", help="corpus of the sentences, if not the run's")
    parser.add_argument("--sentences", type=int, default=100, help="evenly spaced, of the test set")
    parser.add_argument("--systems", nargs="+", choices=SYSTEMS, default=SYSTEMS)
    parser.add_argument("--rounds", type=int, default=5, help="runs of each system")
    return parser.parse_args()


def write_pages(
    folder: Path, german: Translator, sentences: Sequence[str]
) -> dict[Precision, Path]:
    """Write a page in each precision, as the command does."""
    pages = {}
    for precision in get_args(Precision):
        html = as_html(
            german,
            name="benchmark",
            precision=precision,
            text=sentences[0],
            checks=sentences[:20],
            examples=sentences[:8],
        )
        pages[precision] = folder / f"{precision}.html"
        pages[precision].write_text(html, encoding="utf-8")
    return pages


def make_system(name: str, page: Path, task: Path, first: str) -> System:
    """The command for one system; `first` is the translation that the page shows first."""
    if name == FIRST:
        return System(program="open_page.py", arguments=[page, first])
    where, _, beam = name.rpartition(", ")
    search = ["--beam_size", str(BEAMS[beam])]
    if where == OURS:
        return System(
            program="translate_ours.py",
            arguments=[task, *search, "--single"],
            environment={**COMMAND_LINE, **ONE_THREAD},
        )
    engine = ["--engine", ENGINES[where]]
    return System(program="translate_page.py", arguments=[page, task, *search, *engine])


def print_times(measured: Mapping[str, Sequence[Measured]], rounds: int, sentences: int) -> None:
    """Print milliseconds, and their ratio to the program's with the same search."""

    def row(name: str, runs: Sequence[Measured]) -> list[str]:
        ours = measured.get(f"{OURS}, {name.rpartition(', ')[2]}")
        ratio = f"{median_ratio(ours, runs):.2f}" if ours else ""
        return [name, str(runs[0]["version"]), f"{1000 / median(runs):.1f}", ratio]

    print(f"one of {sentences} sentences at a time: the median one, medians of {rounds} runs")
    measuring.print_table(
        ["system", "version", "ms", "times the program's"],
        [row(name, runs) for name, runs in measured.items()],
    )


def print_sizes(german: Translator, sizes: Mapping[Precision, int]) -> None:
    """Print the size of the page in MB (10**6 bytes), by precision."""
    parameters = sum(parameter.numel() for parameter in german.model.parameters())
    print(f"the file of a model of {parameters:,} parameters")
    measuring.print_table(
        ["weights", "MB"],
        [[precision, f"{size / 1e6:.2f}"] for precision, size in sizes.items()],
    )


if __name__ == "__main__":
    main()
