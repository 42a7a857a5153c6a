"""Fine-tune a run in several ways: what each gains on new text and forgets of the old.

    python benchmarks/fine_tuning.py runs/scenes data/kitchen

A second call resumes where the first was stopped. The table shows only validation BLEU with greedy
decoding: test sets are not for choosing.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import measuring

from translator import evaluation
from translator.decoding.strategies import BeamSearch
from translator.experiment.loading import load_translator
from translator.experiment.run_directory import RunDirectory, find_run
from translator.text.corpus import load_split

TRAIN = Path(__file__).resolve().parents[1] / "train.py"
WAYS = (
    # How often an epoch reads the new pairs for each pass over the old pairs (0: new pairs only),
    # the learning rates of AdamW and Muon, and the number of steps.
    (0, 6e-3, 0.014, 100),
    (0, 1e-3, 0.0025, 100),
    (0, 6e-4, 0.0014, 100),
    (0, 1e-3, 0.0025, 200),
    (250, 1e-3, 0.0025, 200),
    (250, 2e-3, 0.005, 200),
)


def main() -> None:
    """Train the missing runs; print the table."""
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").splitlines()[0], allow_abbrev=False
    )
    parser.add_argument("donor", help="run to begin with")
    parser.add_argument("source", help="corpus of the new text")
    parser.add_argument("--output", type=Path, default=Path("runs/fine_tuning"))
    options = parser.parse_args()
    donor = find_run(options.donor)
    own = str(donor.load_config().corpus.main)
    rows = [["before fine-tuning", "", "", "", *scores(donor, options.source, own)]]
    for weight, adamw, muon, steps in WAYS:
        run = RunDirectory(options.output / f"weight-{weight}-muon-{muon}-steps-{steps}")
        if not run.card_file.exists():
            parts = [{"source": options.source, "weight": weight}, own]
            fine_tune(
                run,
                f"--init_from={donor}",
                f"--corpus.source={json.dumps(parts) if weight else options.source}",
                f"--training.learning_rate={adamw}",
                f"--training.muon_learning_rate={muon}",
                f"--training.max_steps={steps}",
                f"--training.warmup_steps={steps // 10}",
                f"--training.eval_every={steps}",
            )
        row = [str(weight or "alone"), f"{muon:g}", f"{adamw:g}", str(steps)]
        rows.append([*row, *scores(run, options.source, own)])
    header = ["weight of the new text", "Muon", "AdamW", "steps", "BLEU, new text", "old text"]
    measuring.print_table(header, rows)


def fine_tune(run: RunDirectory, *arguments: str) -> None:
    """Train the run, or resume it."""
    begun = run.config_file.exists()
    command = [f"--resume={run.path}"] if begun else [*arguments, f"--run={run.path}"]
    # Standard output of the training contains test scores, which are not for choosing.
    done = subprocess.run([sys.executable, str(TRAIN), *command], stdout=subprocess.DEVNULL)
    if done.returncode != 0:
        measuring.refuse(f"train.py {' '.join(command)} ended with code {done.returncode}")


def scores(run: RunDirectory, *sources: str) -> Sequence[str]:
    """BLEU of greedy translations of the validation text of each corpus."""
    translator, corpus = load_translator(run), run.load_config().corpus
    found = []
    for source in sources:
        pairs = load_split(corpus, "validation", source)
        texts = translator.translate([src for src, _ in pairs], BeamSearch(beam_size=1))
        found.append(f"{evaluation.bleu(texts, [tgt for _, tgt in pairs]).value:.2f}")
    return found


if __name__ == "__main__":
    main()
