"""Two translators and one sentence: the translation of each, and its attention on the same target.

A is the first, B the second. Their own translations may differ, and rows of attention of different
words cannot be compared; so both also read one target. Letters of shapes are those of
`inspection.py`.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from translator.decoding.translator import Translator
from translator.errors import InspectionError
from translator.inspection.inspection import Inspection
from translator.inspection.matching import HeadPair, Matching, common_words, match_heads, overlaps
from translator.inspection.record import inspect_pair, inspect_translation, record_pass
from translator.inspection.words import Array, merge

SCHEMA = "translator.comparison"
VERSION = 1

Units = Literal["pieces", "words"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison:
    """Two translators on one sentence. In a tuple of two, A comes first."""

    names: tuple[str, str]
    """The names of the runs."""
    text: str
    own: tuple[Inspection, Inspection]
    """Each with its own translation."""
    target: str
    """What both read."""
    target_by: Literal["A", "B", "user"]
    """Who wrote `target`."""
    read: tuple[Inspection, Inspection]
    """Each reading `target`."""
    logprobs: Array
    """(2, 2): the log-probability that A, B (rows) gives to the whole translation by A, B
    (columns), in nats, as tokenized by the reader's own vocabulary."""
    units: Units
    """The units of the rows and columns below: pieces if both have the same ones, otherwise
    words."""
    rows: Sequence[str]
    """T: what each row writes of `target`."""
    columns: Sequence[str]
    """S: the source."""
    weights: tuple[Array, Array]
    """(N, H, T, S) of cross-attention as both read `target`; numbers of layers and heads may
    differ."""
    matching: Matching

    def difference(self, pair: HeadPair) -> Array:
        """(T, S): weights of B's head minus those of A's, -1 to 1; a row sums to 0."""
        a, b = self.weights
        return b[pair.second] - a[pair.first]


class Common(NamedTuple):
    """The attention of two inspections in the same rows and columns; see `Comparison`."""

    units: Units
    rows: list[str]
    columns: list[str]
    weights: tuple[Array, Array]


def in_common(a: Inspection, b: Inspection) -> Common:
    """Of two inspections of one source and one target."""
    if a.source == b.source and a.writes == b.writes:
        return Common("pieces", a.writes, a.source, (a.weights, b.weights))
    source, source_b = common_words(a.source, b.source)
    targets, targets_b = common_words(a.writes, b.writes)
    return Common(
        units="words",
        rows=[word.text for word in targets],
        columns=[word.text for word in source],
        weights=(merge(a.weights, targets, source), merge(b.weights, targets_b, source_b)),
    )


def compare_translators(
    translators: tuple[Translator, Translator],
    names: tuple[str, str],
    text: str,
    tgt: str | None = None,
) -> Comparison:
    """Translate `text` with both, and let both read `tgt`: by default A's translation, or B's if
    A's is blank.

    Raises InspectionError for a text or `tgt` that is blank or too long, and if both translations
    are blank.
    """
    a, b = translators
    own = inspect_translation(a, text), inspect_translation(b, text)
    target, target_by = _target(own, tgt)
    read = inspect_pair(a, text, target), inspect_pair(b, text, target)
    common = in_common(*read)
    return Comparison(
        names=names,
        text=own[0].text,
        own=own,
        target=target,
        target_by=target_by,
        read=read,
        logprobs=np.array(
            [[_logprob(reader, text, writer.translation) for writer in own] for reader in (a, b)],
            dtype=np.float32,
        ),
        **common._asdict(),
        matching=match_heads(overlaps(*common.weights).mean(axis=-1)),
    )


def comparison_as_json(comparison: Comparison) -> dict[str, Any]:
    """The fields of a Comparison, lists for its pairs and arrays; inspections in their short form.

    Weights, likenesses and log-probabilities are rounded to six decimals.
    """
    matching = comparison.matching
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "names": list(comparison.names),
        "text": comparison.text,
        "own": [
            {"translation": own.translation, "how": own.how, **_in_short(own)}
            for own in comparison.own
        ],
        "target": comparison.target,
        "target_by": comparison.target_by,
        "read": [_in_short(read) for read in comparison.read],
        "logprobs": _rounded(comparison.logprobs),
        "units": comparison.units,
        "rows": list(comparison.rows),
        "columns": list(comparison.columns),
        "weights": [_rounded(weights) for weights in comparison.weights],
        "matching": {
            "pairs": [asdict(pair) for pair in matching.pairs],
            "only_first": [asdict(pair) for pair in matching.only_first],
            "only_second": [asdict(pair) for pair in matching.only_second],
            "likeness": _rounded(matching.likeness),
        },
    }


def _in_short(inspection: Inspection) -> dict[str, Any]:
    """Tokens and cross-attention."""
    return {
        "source": inspection.source,
        "reads": inspection.reads,
        "writes": inspection.writes,
        "logprobs": _rounded(inspection.logprobs),
        "weights": _rounded(inspection.weights),
    }


def _rounded(array: Array) -> Any:
    """Nested lists."""
    return array.astype(float).round(6).tolist()


def _target(
    own: tuple[Inspection, Inspection], tgt: str | None
) -> tuple[str, Literal["A", "B", "user"]]:
    if tgt is not None:
        return tgt, "user"
    if own[0].translation.strip():
        return own[0].translation, "A"
    if own[1].translation.strip():
        return own[1].translation, "B"
    raise InspectionError(
        "both translations are blank, so there is nothing to compare: give a translation with --tgt"
    )


def _logprob(translator: Translator, text: str, tgt: str) -> float:
    """Of `tgt`, which may be blank, as the translation of `text`."""
    source, target = translator.tokenizer.encode_all([text, tgt])
    *_, logprobs_TV = record_pass(translator.model, source, target)
    return float(logprobs_TV[range(len(target)), target].sum())
