"""How fast translating is, beside JoeyNMT and transformers with the same weights.

    python benchmarks/translating.py --run RUN --source FOLDER

Measures sentences per second over the test split, the time per single sentence, and a cold start.
Peers get the run's weights, and the share of their translations that equal ours is printed. Marian
has no pre-norm models, so Marian gets random weights and writes as many tokens as our model. Each
system runs in its own process, and the systems alternate round by round. The batch size of a peer
is the fastest of a few, tried first.
"""

import argparse
import dataclasses
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import measuring
import torch
from conversion import to_joeynmt
from joeynmt_config import joeynmt_config
from measuring import COMMAND_LINE, HERE, Measured, System, median, median_ratio

import translator
from translator.config import CorpusConfig, ModelConfig
from translator.decoding.translator import Translator
from translator.errors import TranslatorError
from translator.experiment.ctranslate2_export import Quantization
from translator.experiment.export import export
from translator.experiment.run_directory import RunDirectory
from translator.experiment.transformers_export import write_transformers
from translator.text.corpus import load_split

OURS, OURS_GREEDY = "ours, beam 5", "ours, greedy"
SYSTEMS = (
    OURS,
    OURS_GREEDY,
    "ours, ctranslate2 float32, beam 5",
    "ours, ctranslate2 int8, beam 5",
    "JoeyNMT, beam 5",
    "JoeyNMT, greedy",
    "Pegasus, beam 5",
    "Pegasus, greedy",
    "Marian, random weights, beam 5",
)
QUANTIZATIONS: dict[str, Quantization] = {
    "ours, ctranslate2 float32, beam 5": "float32",
    "ours, ctranslate2 int8, beam 5": "int8",
}
BATCH_SIZES = (8, 32, 100)
"""Batch sizes in sentences, tried with each peer on SAMPLE sentences."""
SAMPLE = 100
SENTENCE = "A dog runs."


@dataclass(frozen=True)
class Tasks:
    """The files with the sentences to translate."""

    whole: Path
    """All sentences, for our systems and transformers."""
    part: Path
    """Evenly spaced sentences, for a peer that would need minutes for all."""
    sample: Path
    """Even fewer sentences, to try batch sizes and to translate one by one."""


def main() -> None:
    """Print the tables."""
    given = options()
    try:
        german = translator.load(given.run)
        sources = [src for src, _ in load_split(CorpusConfig(source=given.source), "test")]
    except TranslatorError as error:
        measuring.refuse(str(error))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tasks = write_tasks(folder, given, german, sources[: given.sentences])
        write_peers(folder, german, RunDirectory(Path(given.run)).load_config().model)
        try:
            systems = prepare(folder, tasks, given)
        except TranslatorError as error:  # an export needs its package
            measuring.refuse(str(error))
        batch_sizes = {name: best_batch_size(name, systems[name], tasks) for name in systems}
        sized = {name: with_batch_size(systems[name], batch_sizes[name]) for name in systems}
        measured = measuring.alternate(sized, given.rounds)
        single = measuring.alternate(single_systems(folder, tasks, given), given.rounds)
    measuring.print_machine()
    print_throughput(measured, batch_sizes, given.rounds)
    print_agreement(measured)
    print_single(single, given.rounds)
    print_cold_start(given.run, 2 * given.rounds)


def options() -> argparse.Namespace:
    """The command line."""
    parser = measuring.parser(__doc__, SYSTEMS)
    parser.add_argument("--run", required=True, help="run directory of the model")
    parser.add_argument("--sentences", type=int, default=1000, help="of the test split")
    parser.add_argument(
        "--joeynmt_sentences", type=int, default=200, help="evenly spaced among them, for JoeyNMT"
    )
    return parser.parse_args()


def write_tasks(
    folder: Path, given: argparse.Namespace, german: Translator, sources: Sequence[str]
) -> Tasks:
    """Write the sentences to translate and the lengths of our translations, which Marian copies."""
    found = [best for best, *_ in german.translate_all(sources)]

    def write(name: str, number: int) -> Path:
        chosen = range(0, len(sources), max(1, len(sources) // number))[:number]
        task = {
            "run": given.run,
            "sources": [sources[index] for index in chosen],
            "lengths": [len(found[index].tokens) for index in chosen],
            "length_penalty": german.decoding.length_penalty,
        }
        file = folder / f"{name}.json"
        file.write_text(json.dumps(task))
        return file

    return Tasks(
        write("whole", len(sources)),
        write("part", min(given.joeynmt_sentences, len(sources))),
        write("sample", min(SAMPLE, len(sources))),
    )


def write_peers(folder: Path, german: Translator, model: ModelConfig) -> None:
    """Write our model in the format of each peer."""
    weights = german.model.state_dict()
    shape = dataclasses.asdict(model)
    (folder / "shape.json").write_text(
        json.dumps(shape | {"vocab_size": german.tokenizer.vocab_size})
    )
    write_transformers(german, folder / "pegasus")
    config = joeynmt_config(folder, german.tokenizer, shape)
    config["testing"] = {
        "load_model": str(folder / "joeynmt.ckpt"),
        "beam_alpha": german.decoding.length_penalty,
        "generate_unk": False,
    }
    config["data"]["test"] = "unused"  # JoeyNMT requires a path, but does not read it
    (folder / "joeynmt.yaml").write_text(json.dumps(config))  # JSON is YAML
    torch.save({"model_state": to_joeynmt(weights)}, folder / "joeynmt.ckpt")


def prepare(folder: Path, tasks: Tasks, given: argparse.Namespace) -> dict[str, System]:
    """How to run each requested system, without its batch size."""
    return {name: make_system(name, folder, tasks, given) for name in given.systems}


def make_system(name: str, folder: Path, tasks: Tasks, given: argparse.Namespace) -> System:
    """How to run one system."""
    beam = ["--beam_size", "1" if name.endswith("greedy") else "5"]
    if name.startswith("ours"):
        engine: list[str | Path] = []
        if name in QUANTIZATIONS:
            run = exported(folder, given, QUANTIZATIONS[name])
            engine = ["--engine", "ctranslate2", "--run", run]
        return System(
            program="translate_ours.py",
            arguments=[tasks.whole, *beam, *engine],
            environment=COMMAND_LINE,
        )
    if name.startswith("JoeyNMT"):
        return System(
            program="translate_joeynmt.py",
            arguments=[tasks.part, folder / "joeynmt.yaml", *beam],
            python=measuring.peer_python(given.peers, "joeynmt"),
        )
    return System(
        program="translate_transformers.py",
        arguments=[tasks.whole, folder, *beam, "--model", name.split(",")[0].lower()],
        python=measuring.peer_python(given.peers, "transformers"),
    )


def exported(folder: Path, given: argparse.Namespace, quantization: Quantization) -> Path:
    """A copy of the run, exported."""
    copy = folder / quantization
    shutil.copytree(given.run, copy, ignore=shutil.ignore_patterns("checkpoints", "ctranslate2"))
    pairs = load_split(CorpusConfig(source=given.source), "validation")
    agreement = export(RunDirectory(copy), "ctranslate2", quantization, pairs)
    print(f"{quantization}: {agreement}", file=sys.stderr)
    return copy


def with_batch_size(system: System, batch_size: int | None) -> System:
    """The same system with a batch size."""
    if batch_size is None:
        return system
    return replace(system, arguments=[*system.arguments, "--batch_size", str(batch_size)])


def best_batch_size(name: str, system: System, tasks: Tasks) -> int | None:
    """The fastest of a few on the sample; our systems keep their default, which is in tokens."""
    if name.startswith("ours"):
        return None
    small = replace(system, arguments=[tasks.sample, *system.arguments[1:]])
    print(f"{name}: trying batches of {BATCH_SIZES} sentences ...", file=sys.stderr, flush=True)
    speeds = {size: measure_speed(with_batch_size(small, size)) for size in BATCH_SIZES}
    return max(speeds, key=lambda size: speeds[size])


def measure_speed(system: System) -> float:
    """Sentences per second in one run."""
    return float(measuring.measure(system)[measuring.SPEED])


def single_systems(folder: Path, tasks: Tasks, given: argparse.Namespace) -> dict[str, System]:
    """The systems that are also timed one sentence at a time, with greedy decoding."""
    systems = {}
    for name in (OURS_GREEDY, "Pegasus, greedy"):
        if name in given.systems:
            system = make_system(name, folder, tasks, given)
            systems[name] = replace(
                system, arguments=[tasks.sample, *system.arguments[1:], "--single"]
            )
    return systems


def print_throughput(
    measured: Mapping[str, Sequence[Measured]], batch_sizes: Mapping[str, int | None], rounds: int
) -> None:
    """Print sentences per second."""

    def row(name: str, runs: Sequence[Measured]) -> list[str]:
        ours = measured.get(OURS_GREEDY if name.endswith("greedy") else OURS)
        return [
            name,
            str(runs[0]["version"]),
            str(runs[0]["threads"]),
            str(batch_sizes[name] or "default"),
            str(len(runs[0]["translations"])),
            f"{median(runs):,.1f}",
            f"{median_ratio(ours, runs):.2f}" if ours else "",
            f"{median(runs, 'peak_mb'):,.0f}",
        ]

    print(f"medians of {rounds} runs; ratios to ours with the same beam")
    header = ["system", "version", "threads", "batch", "sentences", "sentences/s"]
    header += ["ours / it", "peak MB"]
    measuring.print_table(header, [row(name, runs) for name, runs in measured.items()])


def print_agreement(measured: Mapping[str, Sequence[Measured]]) -> None:
    """Print the share of translations by each peer with our weights that equal ours."""
    for name, runs in measured.items():
        ours = measured.get(OURS_GREEDY if name.endswith("greedy") else OURS)
        if name in (OURS, OURS_GREEDY) or "Marian" in name or not ours:
            continue
        theirs = dict(zip(runs[0]["sources"], runs[0]["translations"], strict=True))
        expected = dict(zip(ours[0]["sources"], ours[0]["translations"], strict=True))
        same = sum(expected[source] == text for source, text in theirs.items())
        print(f"{name}: {same} of {len(theirs)} translations as ours ({same / len(theirs):.1%})")


def print_single(single: Mapping[str, Sequence[Measured]], rounds: int) -> None:
    """Print milliseconds per sentence."""
    for name, runs in single.items():
        milliseconds = 1000 / median(runs)
        print(f"{name}, one sentence at a time: {milliseconds:.1f} ms (median of {rounds} runs)")


def print_cold_start(run: str, rounds: int) -> None:
    """Print the time of one cold-start translation, beside that of the import of torch it needs."""
    ours = [sys.executable, str(HERE.parent / "translate.py"), "--run", run, SENTENCE]
    torch_alone = [sys.executable, "-c", "import torch"]
    seconds_of(ours), seconds_of(torch_alone)
    pairs = [(seconds_of(ours), seconds_of(torch_alone)) for _ in range(rounds)]
    translated, imported = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(one / other for one, other in pairs)
    print(
        f"cold start: {translated:.2f} s for translate.py, {imported:.2f} s for import torch, "
        f"{ratio:.2f} times (medians of {rounds})"
    )


def seconds_of(command: Sequence[str]) -> float:
    """Wall-clock time of a process."""
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
