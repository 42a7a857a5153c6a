"""Heads beside a gold alignment: the rule is chosen on validation, its error is of another split."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import get_args

import numpy as np

from translator.inspection.alignment import (
    Agreement,
    Chooser,
    GoldPair,
    Reader,
    best_reader,
)
from translator.inspection.heads.report import Alignment, Head, Way
from translator.inspection.inspection import Quantity, Rows
from translator.inspection.words import Array
from translator.text.alignments import Links
from translator.text.tables import Pair

Agreements = Mapping[Reader, Agreement]
"""Of every way to read, every head and the mean of all: what `alignment.agreements` counts."""


@dataclass(frozen=True, kw_only=True)
class Gold:
    """What the corpus says of words that belong together."""

    validation: Sequence[GoldPair]
    here: Mapping[Pair, Links]
    """Of the split that is surveyed."""


def gold_pairs(pairs: Sequence[Pair], links: Mapping[Pair, Links]) -> list[GoldPair]:
    """Those of `pairs` that have links."""
    return [
        GoldPair(src=src, tgt=tgt, sure=frozenset(links[src, tgt]))
        for src, tgt in pairs
        if (src, tgt) in links
    ]


def align_heads(validation: Agreements, here: Agreements, num_sentences: int) -> Alignment:
    """`here` is of `num_sentences` sentences of the split; both have every way to read."""
    chosen, best = best_reader(validation), best_reader(_single_heads(validation))
    return Alignment(
        num_sentences=num_sentences,
        by_weights=_by_head(here, replace(chosen, by="weights")),
        by_norms=_by_head(here, replace(chosen, by="norms")),
        chosen=chosen,
        chosen_on_validation=validation[chosen].aer,
        chosen_here=here[chosen].aer,
        best_head=_head(best),
        best_head_here=here[best].aer,
        ways=[
            _way(validation, here, Reader(rows=rows, by=by, chosen_by=chosen_by))
            for rows, by, chosen_by in product(get_args(Rows), get_args(Quantity), get_args(Chooser))
        ],
    )


def _way(validation: Agreements, here: Agreements, mean: Reader) -> Way:
    """Of the way of `mean`, which is that of all heads."""
    alike = {
        reader: agreement
        for reader, agreement in _single_heads(validation).items()
        if replace(reader, layer=None, head=None) == mean
    }
    best = best_reader(alike)
    return Way(
        rows=mean.rows,
        by=mean.by,
        chosen_by=mean.chosen_by,
        best_head=_head(best),
        best_head_here=here[best].aer,
        mean_here=here[mean].aer,
    )


def _single_heads(agreements: Agreements) -> Agreements:
    return {reader: of for reader, of in agreements.items() if reader.head is not None}


def _by_head(agreements: Agreements, rule: Reader) -> Array:
    """(N, H): the error of each head by that rule."""
    heads = sorted({_head(reader) for reader in _single_heads(agreements)})
    num_layers, num_heads = (size + 1 for size in heads[-1])
    errors = [agreements[replace(rule, layer=layer, head=head)].aer for layer, head in heads]
    return np.array(errors, dtype=np.float32).reshape(num_layers, num_heads)


def _head(reader: Reader) -> Head:
    assert reader.layer is not None and reader.head is not None
    return reader.layer, reader.head
