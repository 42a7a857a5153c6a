"""What docs/attention.md says of attention beside the gold alignment, in numbers."""

from collections.abc import Mapping, Sequence
from typing import Literal

import attention_findings as findings
import numpy as np
from attention_facts import Facts, percent
from attention_survey import Survey

from translator.decoding.translator import Translator
from translator.inspection.alignment import (
    Agreement,
    Chooser,
    GoldPair,
    Reader,
    best_reader,
    evaluate_alignment,
)
from translator.inspection.inspection import Rows
from translator.inspection.words import group_into_words

Gold = Mapping[Literal["validation", "test"], Sequence[GoldPair]]


def position_facts(translator: Translator, gold: Sequence[GoldPair], found: Survey) -> Facts:
    """How often attention looks at its own position, and how often it would if it followed gold."""
    same, favourite = found["same_position"], found["favourite is same position"]
    by_gold = [step for pair in gold for step in _gold_on_own_position(translator, pair)]
    layer, head = np.unravel_index(favourite.argmax(), favourite.shape)
    share = float(same.mean())
    return {
        "same_position": percent(share),
        "same_position_head": f"layer {layer + 1}, head {head + 1}",
        "same_position_best": percent(float(favourite.max())),
        "same_encoder": percent(float(found["same position, encoder"].mean())),
        "same_decoder": percent(float(found["same position, decoder"].mean())),
        "gold_same": percent(float(np.mean(by_gold))),
        "position_verdict": findings.same_position(share, float(np.mean(by_gold))),
    }


def _gold_on_own_position(translator: Translator, pair: GoldPair) -> list[float]:
    """The weight on the decoding step's own position if it were shared evenly among the tokens of
    the words that gold links with what it writes; </s> looks at </s>. Steps without link are left
    out."""
    tokenizer = translator.tokenizer
    source, writes = (
        group_into_words(tokenizer.pieces(tokenizer.encode(text))) for text in (pair.src, pair.tgt)
    )
    links = [*pair.sure, (len(source) - 1, len(writes) - 1)]
    shares = []
    for number, word in enumerate(writes):
        seen = [at for src, tgt in links if tgt == number for at in source[src].pieces]
        shares += [seen.count(step) / len(seen) for step in word.pieces if seen]
    return shares


def alignment_facts(
    translator: Translator, gold: Gold
) -> tuple[Facts, dict[tuple[int, int], float]]:
    """Error rates on test of what is best on validation; and of each head, by writes and norms."""
    validation, test = (evaluate_alignment(translator, gold[split]) for split in gold)
    facts: Facts = {}
    for rows in ("writes", "reads"):
        for chosen_by in ("target", "source"):
            best = _best_head(validation, rows, chosen_by)
            facts[f"aer_{rows}_{chosen_by}"] = f"{100 * test[best].aer:.1f} %"
            facts[f"aer_{rows}_{chosen_by}_head"] = _place(best)
    own = Reader(by="norms", chosen_by="source")
    facts["aer_mean"] = f"{100 * test[own].aer:.1f} %"
    by_head = {
        (reader.layer, reader.head): agreement.aer
        for reader, agreement in test.items()
        if (reader.by, reader.rows, reader.chosen_by) == ("norms", "writes", "source")
        and reader.layer is not None
        and reader.head is not None
    }
    by_row = [test[_best_head(validation, rows, "source")].aer for rows in ("writes", "reads")]
    facts["rows_belong"] = findings.rows_belong(*by_row)
    return facts, by_head


def _best_head(validation: Mapping[Reader, Agreement], rows: Rows, chosen_by: Chooser) -> Reader:
    heads = {
        reader: agreement
        for reader, agreement in validation.items()
        if (reader.by, reader.rows, reader.chosen_by) == ("norms", rows, chosen_by)
        and reader.head is not None
    }
    return best_reader(heads)


def _place(reader: Reader) -> str:
    assert reader.layer is not None
    assert reader.head is not None
    return f"layer {reader.layer + 1}, head {reader.head + 1}"
