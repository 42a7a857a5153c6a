"""How well cross-attention aligns words: error rates on the embedded corpus's gold alignment.

    python benchmarks/alignment.py runs/scenes

The model reads the reference translations. For weights and norms, for rows by what they read and
by what they write, in one direction and in both: the head that is best on validation, and the mean
of all heads, with AER (and precision and recall) in percent on test. Last, the least error that
one link a target word can reach: gold has words with several partners, and with none.
"""

import sys
from itertools import product
from pathlib import Path

import translator
from translator.inspection.alignment import (
    Agreement,
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
    for symmetric, by, rows in product((False, True), ("weights", "norms"), ("reads", "writes")):
        for mean in (False, True):
            candidates = {
                reader: agreement
                for reader, agreement in validation.items()
                if (reader.symmetric, reader.by, reader.rows) == (symmetric, by, rows)
                and (reader.head is None) == mean
            }
            best = best_reader(candidates)
            print(describe(best), numbers(test[best]), sep="  ")
    print("one link each at best", numbers(sum(map(one_link_each, gold["test"]), Agreement())))


def one_link_each(pair: GoldPair) -> Agreement:
    """Each target word linked to one partner, a right one where there is any."""
    targets = {tgt for _, tgt in pair.sure}
    num_words = max(targets) + 1  # every sentence ends in a mark that is aligned
    return Agreement(num_words, len(pair.sure), len(targets), len(targets))


def describe(reader: Reader) -> str:
    where = (
        "all heads, mean" if reader.head is None else f"layer {reader.layer}, head {reader.head}"
    )
    direction = "both directions" if reader.symmetric else "one direction"
    return f"{direction:<15}  {reader.by:<7}  {reader.rows:<6}  {where:<15}"


def numbers(agreement: Agreement) -> str:
    aer, precision, recall = agreement.aer, agreement.precision, agreement.recall
    return f"AER {100 * aer:.2f} (precision {100 * precision:.1f}, recall {100 * recall:.1f})"


if __name__ == "__main__":
    main()
