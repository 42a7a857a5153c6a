"""Train several configurations, each with several seeds, one after the other: one table, one plot.

    python benchmarks/sweep.py benchmarks/sweeps/learning.yaml --source FOLDER --seeds 1 2 3

The file lists options of train.py: `common` holds those of all runs, `configurations` maps each
name to its further options. A second call resumes where the first was stopped and repeats no
finished run. The table shows only validation scores, at each run's best step: test sets are not for
choosing.
"""

import argparse
import re
import shlex
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import measuring
import yaml
from bleu_by_minutes import curve_of, plot

from translator.experiment.run_directory import RunDirectory

TRAIN = Path(__file__).resolve().parents[1] / "train.py"


def main() -> None:
    """Train the missing runs; print the table; draw the plot."""
    options = parse_options()
    sweep = yaml.safe_load(options.sweep.read_text(encoding="utf-8"))
    last = ["--corpus.source", options.source]  # after every --config, which may name another
    runs: dict[str, list[Path]] = {}
    for name, arguments in sweep["configurations"].items():
        runs[name] = [
            trained(
                options.output / folder_name(name, seed),
                [*shlex.split(sweep["common"]), *shlex.split(arguments), *last],
                seed,
            )
            for seed in options.seeds
        ]
    print_results(runs)
    if options.plot:
        plot({name: curve_of(paths[0]) for name, paths in runs.items()}, options.plot)


def parse_options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").splitlines()[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("sweep", type=Path, help="YAML file with the configurations")
    parser.add_argument("--source", required=True, help="folder of the corpus, as for training")
    parser.add_argument("--seeds", nargs="+", type=int, default=[1])
    parser.add_argument("--output", type=Path, default=Path("runs/sweep"), help="where runs go")
    parser.add_argument("--plot", type=Path, help="picture to write, of the first seed's runs")
    return parser.parse_args()


def folder_name(name: str, seed: int) -> str:
    """ "vocabulary 10,000" with seed 2 -> vocabulary-10-000-seed-2"""
    return "-".join([*re.findall(r"\w+", name), "seed", str(seed)])


def trained(path: Path, arguments: Sequence[str], seed: int) -> Path:
    """The finished run `path`; trained or resumed first if the run has no scores yet."""
    run = RunDirectory(path)
    if not run.results.load():
        if run.config_file.exists():
            command = ["--resume", str(path)]
        else:
            command = [*arguments, "--training.seed", str(seed), "--run", str(path)]
        # Standard output of the training contains test scores, which are not for choosing.
        done = subprocess.run([sys.executable, str(TRAIN), *command], stdout=subprocess.DEVNULL)
        if done.returncode != 0:
            measuring.refuse(f"train.py {shlex.join(command)} ended with code {done.returncode}")
    return path


def print_results(runs: Mapping[str, Sequence[Path]]) -> None:
    """Print means over the seeds; with several seeds, BLEU also gets its standard deviation."""

    def row(name: str, paths: Sequence[Path]) -> list[str]:
        best = [best_validation(path) for path in paths]
        minutes = [curve_of(path)[-1][1] for path in paths]
        bleu = [one["bleu"] for one in best]
        spread = f" ± {statistics.stdev(bleu):.2f}" if len(bleu) > 1 else ""
        return [
            name,
            str(len(paths)),
            f"{statistics.fmean(minutes):.1f}",
            f"{statistics.fmean(one['loss'] for one in best):.3f}",
            f"{statistics.fmean(bleu):.2f}{spread}",
            f"{statistics.fmean(one['chrf'] for one in best):.2f}",
        ]

    header = ["configuration", "seeds", "minutes", "validation loss", "BLEU", "chrF"]
    measuring.print_table(header, [row(name, paths) for name, paths in runs.items()])
    some = best_validation(next(iter(runs.values()))[0])
    print(f"validation, greedy, averaged weights; BLEU {some['bleu_signature']}\n")


def best_validation(path: Path) -> Mapping[str, Any]:
    """The best validation by BLEU; ties are broken by chrF, then by the loss."""
    events = RunDirectory(path).metrics.events()
    return max(
        (event for event in events if event["event"] == "validation"),
        key=lambda event: (float(event["bleu"]), float(event["chrf"]), -float(event["loss"])),
    )


if __name__ == "__main__":
    main()
