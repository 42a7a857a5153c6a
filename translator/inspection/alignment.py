"""Word alignment read from cross-attention, and how well it agrees with a gold alignment.

A matrix of attention, target words by source words, is read in one of two directions: each target
word chooses the source word that has the most of its attention, or each source word chooses the
target word whose row gives it the most. Both together are the union, in which words of either side
can have several partners (Och and Ney 2003). The rows of a target word are either those that
*write* its pieces, or those that *read* them, one decoding step later (Chen et al. 2020). <s> and
</s> are left out before the largest is taken.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal, get_args

import numpy as np

from translator.errors import InspectionError
from translator.inspection.inspection import Inspection, Quantity, Rows
from translator.inspection.words import SPACED, WORD, Array, Word, merge, ordinary_words
from translator.text.normalization import normalize
from translator.text.tokenizer import SPECIALS

Link = tuple[int, int]
"""Source word and target word, from 0."""

Units = Literal["words", "spaced", "pieces"]
"""Units of links: words and single punctuation characters, units between white space, or pieces."""
Chooser = Literal["target", "source", "both"]
"""The side whose words each choose a partner."""


@dataclass(frozen=True)
class Agreement:
    """Counts of an alignment against gold, which add up over sentences (Och and Ney 2003)."""

    links: int = 0
    """|A|: links found."""
    sure: int = 0
    """|S|: sure gold links."""
    found_sure: int = 0
    """|A and S|"""
    found_possible: int = 0
    """|A and P|; sure links are possible links, too."""

    @property
    def aer(self) -> float:
        """Alignment error rate, 0 to 1: 1 - (|A and S| + |A and P|) / (|A| + |S|)."""
        total = self.links + self.sure
        return 1 - (self.found_sure + self.found_possible) / total if total else 0.0

    @property
    def precision(self) -> float:
        """|A and P| / |A|"""
        return self.found_possible / self.links if self.links else 0.0

    @property
    def recall(self) -> float:
        """|A and S| / |S|"""
        return self.found_sure / self.sure if self.sure else 0.0

    def __add__(self, other: "Agreement") -> "Agreement":
        return Agreement(
            self.links + other.links,
            self.sure + other.sure,
            self.found_sure + other.found_sure,
            self.found_possible + other.found_possible,
        )


@dataclass(frozen=True, kw_only=True)
class GoldPair:
    """A sentence, its translation, and the gold links of their words."""

    src: str
    tgt: str
    sure: frozenset[Link]
    possible: frozenset[Link] = frozenset()
    """Possible links besides the sure ones."""


@dataclass(frozen=True, kw_only=True)
class Reader:
    """One way to read an alignment from cross-attention.

    The defaults have the lowest error on the validation split of data/scenes, among all ways
    without a chosen head; Python and the command line both use them.
    """

    layer: int | None = None
    """From 0; None is the mean of all."""
    head: int | None = None
    """From 0; None is the mean of all."""
    by: Quantity = "norms"
    """Attention weights, or the norms of contributions."""
    rows: Rows = "writes"
    """Which rows belong to a target word: those that write it, or those that read it."""
    chosen_by: Chooser = "both"
    """The side whose words each choose a partner."""


def align(inspection: Inspection, reader: Reader, units: Units = "words") -> list[Link]:
    """The links of words, or of other units, sorted by source, then target.

    Raises InspectionError for a layer or head that does not exist.
    """
    matrix, shape = getattr(inspection, reader.by), inspection.weights.shape
    for name, index, size in (("layer", reader.layer, shape[0]), ("head", reader.head, shape[1])):
        if index is not None and not 0 <= index < size:
            raise InspectionError(f"there is no {name} {index}: they are 0 to {size - 1}")
    by_words = _merge(matrix, inspection, reader.rows, units)
    return _links(_pick(by_words, reader), reader.chosen_by)


def pharaoh(links: Iterable[Link]) -> str:
    """0-0 1-2 ...: source-target, from 0, as alignment tools write it."""
    return " ".join(f"{src}-{tgt}" for src, tgt in links)


def count_as_given(links: Iterable[Link], src: str, tgt: str) -> list[Link]:
    """Links of what white space separates, counted in the texts before they were normalized.

    There a word may be invisible and so gone, or hold the tokenizer's sign for a space and so be
    several.
    """
    src_words, tgt_words = (
        [at for at, word in enumerate(text.split()) for _ in normalize(word).split()]
        for text in (src, tgt)
    )
    return sorted({(src_words[src_at], tgt_words[tgt_at]) for src_at, tgt_at in links})


def compare(links: Iterable[Link], gold: GoldPair) -> Agreement:
    """Count what agrees."""
    found = set(links)
    return Agreement(
        links=len(found),
        sure=len(gold.sure),
        found_sure=len(found & gold.sure),
        found_possible=len(found & (gold.sure | gold.possible)),
    )


def agreements(inspection: Inspection, pair: GoldPair) -> dict[Reader, Agreement]:
    """Every head and the mean of all, every quantity, convention and direction.

    Raises InspectionError where gold names a word that is not there.
    """
    check_words(inspection.source, inspection.writes, pair)
    found = {}
    for by, rows in product(get_args(Quantity), get_args(Rows)):
        matrix = _merge(getattr(inspection, by), inspection, rows, "words")
        places = [(None, None), *np.ndindex(matrix.shape[:2])]
        for (layer, head), chosen_by in product(places, get_args(Chooser)):
            reader = Reader(layer=layer, head=head, by=by, rows=rows, chosen_by=chosen_by)
            found[reader] = compare(_links(_pick(matrix, reader), chosen_by), pair)
    return found


def check_words(source: Sequence[str], writes: Sequence[str], pair: GoldPair) -> None:
    """Raises InspectionError where gold has words that are not in the pieces of both texts."""
    num_source, num_written = (len(ordinary_words(pieces)) for pieces in (source, writes))
    for src, tgt in pair.sure | pair.possible:
        if not (0 <= src < num_source and 0 <= tgt < num_written):
            raise InspectionError(
                f"the gold alignment of {pair.src!r} has {src}-{tgt}, but there are {num_source} "
                f"source and {num_written} target words: a word is a sequence of letters, or a "
                "single punctuation character"
            )


def total(sentences: Iterable[Mapping[Reader, Agreement]]) -> dict[Reader, Agreement]:
    """The agreement over all sentences together."""
    totals: dict[Reader, Agreement] = {}
    for sentence in sentences:
        for reader, agreement in sentence.items():
            totals[reader] = totals.get(reader, Agreement()) + agreement
    return totals


def best_reader(agreements: Mapping[Reader, Agreement]) -> Reader:
    """The reader with the lowest error rate: choose it on other sentences than the reported
    ones."""
    return min(agreements, key=lambda reader: agreements[reader].aer)


def _merge(matrix: Array, inspection: Inspection, rows: Rows, units: Units) -> Array:
    """(N, H, T, S) of pieces -> (N, H, target words, source words), no special tokens."""
    targets = _in_units(getattr(inspection, rows), units)
    return merge(matrix, targets, _in_units(inspection.source, units))


def _pick(matrix: Array, reader: Reader) -> Array:
    """(N, H, T, S) -> (T, S): one head, or a mean."""
    layers = matrix if reader.layer is None else matrix[[reader.layer]]
    heads = layers if reader.head is None else layers[:, [reader.head]]
    return heads.mean(axis=(0, 1))


def _in_units(pieces: Sequence[str], units: Units) -> list[Word]:
    """The words, or the pieces as if each were one, without special tokens."""
    if units == "pieces":  # text never becomes a piece that is spelled like a special token
        special = SPECIALS.values()
        return [Word(piece, (at,)) for at, piece in enumerate(pieces) if piece not in special]
    return ordinary_words(pieces, WORD if units == "words" else SPACED)


def _links(matrix: Array, chosen_by: Chooser) -> list[Link]:
    """Links from a matrix (target words, source words); none if either side has no words."""
    links: set[Link] = set()
    if 0 in matrix.shape:  # the maximum of nothing is an error in numpy
        return []
    if chosen_by != "source":
        links |= {(int(src), tgt) for tgt, src in enumerate(matrix.argmax(axis=1))}
    if chosen_by != "target":
        links |= {(src, int(tgt)) for src, tgt in enumerate(matrix.argmax(axis=0))}
    return sorted(links)
