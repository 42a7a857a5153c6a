"""A made-up record of learning."""

import numpy as np

from translator.inspection.learning import WHOLE, Learning, Probe, Snapshot

# All different, so that a swapped axis cannot pass by luck.
ENCODER_LAYERS, DECODER_LAYERS, HEADS = 3, 2, 4
STEPS = (0, 25, 50, 100, 200, 400, 800)
PROBES = [
    Probe(
        text="A dog runs.",
        tgt="Ein Hund.",
        source=["▁A", "▁dog", "▁runs", ".", "</s>"],
        reads=["<s>", "▁Ein", "▁Hund", "."],
        writes=["▁Ein", "▁Hund", ".", "</s>"],
        alignment=[(0, 0), (1, 1), (3, 2)],
    ),
    Probe(
        text="It rains.",
        tgt="Es regnet.",
        source=["▁It", "▁rains", "</s>"],
        reads=["<s>", "▁Es"],
        writes=["▁Es", "▁regnet"],
        alignment=[(0, 0), (1, 1)],
    ),
    Probe(
        text="Two men sit there $x$.",
        tgt="Zwei Männer sitzen dort.",
        source=["▁Two", "▁men", "▁sit", "▁there", "▁$x$", ".", "</s>"],
        reads=["<s>", "▁Zwei", "▁Männer", "▁sitzen", "▁dort", "."],
        writes=["▁Zwei", "▁Männer", "▁sitzen", "▁dort", ".", "</s>"],
        alignment=[(0, 0), (1, 1), (2, 2)],
    ),
]


def made_up_learning(*, gold: bool = True) -> Learning:
    """Attention grows sharper from step to step. Layer 1 leads at first, layer 2 from step 200 on.

    At the end, head 2.4 has the fewest errors, then head 1.2.
    """
    generator = np.random.default_rng(1)
    snapshots = []
    for number, step in enumerate(STEPS):
        share = number / (len(STEPS) - 1)
        snapshots.append(
            Snapshot(
                step=step,
                bleu=100 * share**2,
                loss=5 - 4.5 * share,
                entropy=(2.5 - 1.6 * share - _ranks() / 10).astype(np.float32),
                aer=_errors(step) if gold else None,
                probabilities=[
                    generator.random(len(probe.writes), dtype=np.float32) for probe in PROBES
                ],
                attention=[
                    {
                        "encoder_self_attn": _weights(
                            generator, share, ENCODER_LAYERS, probe.source, probe.source
                        ),
                        "decoder_self_attn": _weights(
                            generator, share, DECODER_LAYERS, probe.reads, probe.reads
                        ),
                        "cross_attn": _weights(
                            generator, share, DECODER_LAYERS, probe.reads, probe.source
                        ),
                    }
                    for probe in PROBES
                ],
            )
        )
    return Learning(
        name="runs/made-up",
        probes=PROBES if gold else [_without_gold(probe) for probe in PROBES],
        snapshots=snapshots,
        num_sentences=9,
        bleu_signature="nrefs:1|case:mixed",
    )


def _ranks() -> np.ndarray:
    return np.arange(DECODER_LAYERS * HEADS).reshape(DECODER_LAYERS, HEADS)


def _errors(step: int) -> np.ndarray:
    first, second = (0.4, 0.9) if step < 200 else (0.35, 0.1)
    errors = np.array([[0.9, first, 0.95, 0.8], [0.85, 0.7, 0.75, second]])
    return (errors if step else np.full_like(errors, 0.9)).astype(np.float32)


def _weights(
    generator: np.random.Generator, share: float, num_layers: int, rows: list, columns: list
) -> np.ndarray:
    scores = 5 * share * generator.random((num_layers, HEADS, len(rows), len(columns)))
    weights = np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)
    return (WHOLE * weights).round().astype(np.uint8)


def _without_gold(probe: Probe) -> Probe:
    fields = {**vars(probe), "alignment": None}
    return Probe(**fields)
