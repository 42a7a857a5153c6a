"""Train from Python, translate, and look inside: python examples/train_from_python.py

Two minutes on two cores. In a terminal a bar shows the steps; the log is what is set up here.
"""

import argparse
import logging
from pathlib import Path

import translator
from translator.config import TrainingConfig
from translator.inspection.views import picture
from translator.inspection.what_if import what_if


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--max_steps", type=int, default=1300, metavar="N")
    parser.add_argument("--run", type=Path, help="run directory to create")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")

    config = translator.Config(training=TrainingConfig(max_steps=options.max_steps))
    outcome = translator.train(config, run=options.run)
    for split, scores in outcome.scores.items():
        print(f"{split}: {scores.bleu}")

    model = translator.load(outcome.run)
    sentence = "The man turns on the lamp."
    print(*model.translate([sentence, "The woman bought the hat and hid it."]), sep="\n")

    inspection = model.inspect(sentence)
    print(inspection)
    for step, piece in enumerate(inspection.writes):
        looked_at = inspection.source[inspection.weights[:, :, step].mean(axis=(0, 1)).argmax()]
        print(f"{piece} was written while the heads looked most at {looked_at}")

    without = what_if(inspection, model, ablate={(1, 0): "zero"})
    print("without head 1 of layer 2, log-probabilities change by", without.changes.round(2))
    picture.save(inspection, outcome.run / "attention.png", layer=2)
    print(f"a picture is in {outcome.run / 'attention.png'}")


if __name__ == "__main__":  # training starts processes, which import this file
    main()
