"""How well cross-attention aligns words: error rates on the embedded corpus's gold alignment.

    python benchmarks/alignment.py runs/scenes

The model reads the reference translations. For rows by what they read and by what they write, for
weights and norms, for target words that choose a partner each, source words, and both: the head
that is best on validation, and the mean of all heads, with AER in percent on validation and, with
precision and recall, on test. Last, the least error that one link a word can reach: gold has words
with several partners, and with none.
"""

import sys
from itertools import product
from pathlib import Path
from typing import get_args

import translator
from translator.inspection.alignment import (
    Agreement,
    Chooser,
    GoldPair,
    Reader,
    best_reader,
    evaluate_alignment,
    read_gold,
)

SCENES = Path(__file__).parents[1] / "data/scenes"


def main() -> None:
    """Print a line for each way to read an alignment."""
    model = translator.load(sys.argv[1])
    gold = {split: read_gold(SCENES / f"{split}.jsonl") for split in ("validation", "test")}
    validation, test = (evaluate_alignment(model, pairs) for pairs in gold.values())
    ways = product(("reads", "writes"), ("weights", "norms"), get_args(Chooser), (False, True))
    for rows, by, chosen_by, mean in ways:
        candidates = {
            reader: agreement
            for reader, agreement in validation.items()
            if (reader.rows, reader.by, reader.chosen_by) == (rows, by, chosen_by)
            and (reader.head is None) == mean
        }
        best = best_reader(candidates)
        own = f"validation AER {100 * validation[best].aer:.2f}"
        print(describe(best), own, f"test {numbers(test[best])}", sep="  ")
    for side, chooser in enumerate(("source", "target")):
        least = sum((one_link_each(pair, side) for pair in gold["test"]), Agreement())
        print(f"at best, one link a {chooser} word:", numbers(least))


def one_link_each(pair: GoldPair, side: int) -> Agreement:
    """Each word of a side (0 source, 1 target) linked to one partner, a right one if it has any."""
    aligned = {link[side] for link in pair.sure}
    num_words = max(aligned) + 1  # every sentence ends in a mark that is aligned
    return Agreement(num_words, len(pair.sure), len(aligned), len(aligned))


def describe(reader: Reader) -> str:
    where = (
        "all heads, mean" if reader.head is None else f"layer {reader.layer}, head {reader.head}"
    )
    return f"{reader.rows:<6}  {reader.by:<7}  chosen by {reader.chosen_by:<6}  {where:<15}"


def numbers(agreement: Agreement) -> str:
    aer, precision, recall = agreement.aer, agreement.precision, agreement.recall
    return f"AER {100 * aer:.2f} (precision {100 * precision:.1f}, recall {100 * recall:.1f})"


if __name__ == "__main__":
    main()
