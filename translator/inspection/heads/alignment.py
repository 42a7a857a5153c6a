"""Heads compared with a gold alignment: rules are chosen on validation, errors are measured on a
split."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import get_args

import numpy as np

from translator.errors import InspectionError
from translator.inspection.alignment import (
    Agreement,
    Chooser,
    GoldPair,
    Reader,
    best_reader,
    check_words,
)
from translator.inspection.heads.report import Alignment, Head, Way
from translator.inspection.inspection import Quantity, Rows
from translator.inspection.words import Array
from translator.text.alignments import Links
from translator.text.tables import Pair
from translator.text.tokenizer import Tokenizer

logger = logging.getLogger(__name__)

Agreements = Mapping[Reader, Agreement]
"""The agreement of every way to read, for every head and for the mean of all, as
`alignment.agreements` counts."""


@dataclass(frozen=True, kw_only=True)
class Gold:
    """The gold alignments of a corpus."""

    validation: Sequence[GoldPair]
    here: Mapping[Pair, GoldPair]
    """The links of the measured split."""


def make_gold(
    validation: Mapping[Pair, Links], here: Mapping[Pair, Links], tokenizer: Tokenizer
) -> Gold | None:
    """From the links of the validation split and of the measured split. None if either has none;
    with a warning if they count words differently."""
    gold = Gold(validation=list(_gold_pairs(validation).values()), here=_gold_pairs(here))
    try:
        for pair in [*gold.validation, *gold.here.values()]:
            src, tgt = (tokenizer.pieces(tokenizer.encode(text)) for text in (pair.src, pair.tgt))
            check_words(src, tgt, pair)
    except InspectionError as error:
        logger.warning("heads are not compared with the gold alignment: %s", error)
        return None
    return gold if gold.validation and gold.here else None


def _gold_pairs(links: Mapping[Pair, Links]) -> dict[Pair, GoldPair]:
    return {
        (src, tgt): GoldPair(src=src, tgt=tgt, sure=frozenset(sure))
        for (src, tgt), sure in links.items()
    }


def align_heads(validation: Agreements, here: Agreements, num_sentences: int) -> Alignment:
    """`here` is of `num_sentences` sentences of the split; both have every way to read."""
    chosen, best = best_reader(validation), best_reader(_single_heads(validation))
    ways = product(get_args(Rows), get_args(Quantity), get_args(Chooser))
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
            for rows, by, chosen_by in ways
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
        best_head_on_validation=validation[best].aer,
        best_head_here=here[best].aer,
        mean_on_validation=validation[mean].aer,
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
    assert reader.layer is not None
    assert reader.head is not None
    return reader.layer, reader.head
