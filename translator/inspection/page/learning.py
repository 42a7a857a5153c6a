"""A record of learning as the page has it, for js/learning.js.

A weight changes little from snapshot to snapshot. So the bytes of a cell stand one after the other,
one a snapshot, and all of them are deflated.
"""

import base64
import zlib
from collections.abc import Sequence

import numpy as np

from translator.inspection.inspection import KINDS
from translator.inspection.learning import Learning, Probe
from translator.inspection.words import Array, ordinary_words


def embed_learning(learning: Learning, begins_with: str | None) -> dict[str, object]:
    """Ready for JSON; lists have an entry a snapshot.

    `begins_with` is the run whose weights this one began with; without it they were random.
    "attention" is of each probe and, in the order of KINDS, of each kind: (N, H, queries, memory,
    snapshots) bytes.
    """
    snapshots = learning.snapshots
    return {
        "beginsWith": begins_with,
        "numSentences": learning.num_sentences,
        "signature": learning.bleu_signature,
        "probes": [_embed_probe(probe) for probe in learning.probes],
        "steps": [snapshot.step for snapshot in snapshots],
        "bleu": [round(snapshot.bleu, 2) for snapshot in snapshots],
        "loss": [round(snapshot.loss, 4) for snapshot in snapshots],
        "entropy": [_short(snapshot.entropy) for snapshot in snapshots],
        "aer": [None if snapshot.aer is None else _short(snapshot.aer) for snapshot in snapshots],
        "probabilities": [list(map(_short, snapshot.probabilities)) for snapshot in snapshots],
        "attention": base64.b64encode(zlib.compress(_attention(learning), level=9)).decode("ascii"),
    }


def _embed_probe(probe: Probe) -> dict[str, object]:
    return {
        "text": probe.text,
        "source": probe.source,
        "reads": probe.reads,
        "writes": probe.writes,
        "gold": None if probe.alignment is None else _cells(probe, probe.alignment),
    }


def _cells(probe: Probe, links: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Row and column of every two pieces whose words are linked."""
    source, writes = ordinary_words(probe.source), ordinary_words(probe.writes)
    return [
        (row, column)
        for src, tgt in links
        for row in writes[tgt].pieces
        for column in source[src].pieces
    ]


def _attention(learning: Learning) -> bytes:
    return b"".join(
        np.stack([each.attention[at][kind] for each in learning.snapshots], axis=-1).tobytes()
        for at in range(len(learning.probes))
        for kind in KINDS
    )


def _short(numbers: Array) -> list[object]:
    """With four digits that count, which is more than the page shows."""
    digits = [float(f"{number:.4g}") for number in numbers.ravel()]
    rounded: list[object] = np.reshape(digits, numbers.shape).tolist()
    return rounded
