"""Small made-up reports of heads: no value was measured, but every value is in range."""

from dataclasses import replace
from typing import Any, get_args

import numpy as np

from translator.evaluation import Estimate, PairedBootstrap
from translator.inspection.alignment import Reader
from translator.inspection.heads.comparison import OF_HEADS, HeadComparison
from translator.inspection.heads.report import (
    Alignment,
    Contributions,
    Explained,
    HeadReport,
    Pruned,
    Way,
)
from translator.inspection.inspection import Rows
from translator.inspection.matching import match_heads
from translator.inspection.words import Array

VIEWS = ("weights", "norms", "alti", "gradient_x_input")
PARTS = ("embedding", "self-attention", "cross-attention", "feed-forward", "biases")


def made_up_report(layers: int = 2, heads: int = 3, seed: int = 1, **changes: Any) -> HeadReport:
    """A report that depends only on the arguments; `changes` are fields of HeadReport."""
    draws = np.random.default_rng(seed)

    def single(low: float, high: float, *shape: int) -> Array:
        return draws.uniform(low, high, shape).astype(np.float32)

    def estimates(low: float, high: float, *shape: int) -> Array:
        """Means and their intervals, (*shape, 3)."""
        means = single(low, high, *shape)
        reach = (high - low) * single(0.01, 0.05, *shape)
        return np.stack([means, means - reach, means + reach], axis=-1)

    zeroed = estimates(-0.01, 0.3, layers, heads)
    parts = {part: estimates(-1, 4) for part in PARTS}
    report = HeadReport(
        run="meadow",
        split="test",
        num_sentences=200,
        num_rows=2345,
        bleu=96.5,
        bleu_signature="nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0",
        pattern={
            "entropy": estimates(0.5, 2.5, layers, heads),
            "largest": estimates(0.3, 0.9, layers, heads),
            "sink_share": estimates(0, 0.5, layers, heads),
            "same_position": estimates(0, 0.6, layers, heads),
            "coverage": estimates(0.4, 0.9, layers, heads),
        },
        zeroed=zeroed,
        uniform=estimates(0, 0.2, layers, heads),
        bleu_without=single(90, 96.5, layers, heads),
        layer_zeroed=estimates(1, 4, layers),
        layer_bleu_without=single(5, 60, layers),
        pruning=_pruned(zeroed[..., 0]),
        alignment=Alignment(
            num_sentences=180,
            by_weights=single(0.05, 0.9, layers, heads),
            by_norms=single(0.05, 0.9, layers, heads),
            chosen=Reader(),
            chosen_on_validation=0.031,
            chosen_here=0.034,
            best_head=(layers - 1, 1),
            best_head_here=0.06,
            ways=[
                Way(
                    rows=rows,
                    by="norms",
                    chosen_by="both",
                    best_head=(0, heads - 1),
                    best_head_on_validation=0.06,
                    best_head_here=0.07,
                    mean_on_validation=0.04,
                    mean_here=0.05,
                )
                for rows in get_args(Rows)
            ],
        ),
        contributions=Contributions(
            source_share=estimates(0.5, 0.7),
            head_logit=estimates(-0.5, 1.5, layers, heads),
            part_logit={**parts, "total": np.sum(list(parts.values()), axis=0)},
        ),
        explained={
            **{view: Explained(top1=estimates(0.5, 0.8), **_tests(estimates)) for view in VIEWS},
            **{view: Explained(top1=None, **_tests(estimates)) for view in ("best", "random")},
        },
        num_explained=1234,
    )
    return replace(report, **changes)


def _tests(estimates: Any) -> dict[str, Array]:
    return {"comprehensiveness": estimates(0.2, 5, 3), "sufficiency": estimates(0.2, 5, 3)}


def _pruned(zeroed: Array) -> list[Pruned]:
    """Pruning steps from a good translator to a blind one, cheapest head first."""
    places = [divmod(int(head), zeroed.shape[1]) for head in zeroed.argsort(axis=None)]
    share = np.linspace(0, 1, len(places) + 1)
    return [
        Pruned(removed=place, bleu=float(96.5 * (1 - one**3)), lost=float(5 * one**2))
        for place, one in zip([None, *places], share, strict=True)
    ]


def made_up_comparison(a: HeadReport, b: HeadReport, seed: int = 3) -> HeadComparison:
    """A comparison of two reports that depends only on the arguments."""
    draws = np.random.default_rng(seed)
    matching = match_heads(
        draws.uniform(0, 1, (*a.zeroed.shape[:2], *b.zeroed.shape[:2])).astype(np.float32)
    )
    means = draws.uniform(-0.2, 0.2, (len(OF_HEADS), len(matching.pairs), 1))
    differences = (means + 0.08 * np.array([0, -1, 1])).astype(np.float32)
    return HeadComparison(
        a=a,
        b=b,
        bleu=_tested("BLEU", a.bleu, b.bleu),
        chrf=_tested("chrF2", 97.1, 97.2),
        ter=_tested("TER", 2.2, 2.1),
        matching=matching,
        differences=dict(zip(OF_HEADS, differences, strict=True)),
        source_share=np.array([0.031, 0.012, 0.048], dtype=np.float32),
        layer_zeroed=differences[0, :2] if len(a.zeroed) == len(b.zeroed) == 2 else None,
    )


def _tested(name: str, a: float, b: float) -> PairedBootstrap:
    """The test of `b` against `a`."""
    return PairedBootstrap(
        name=name,
        system=Estimate(value=b, mean=b - 0.1, confidence=0.8),
        baseline=Estimate(value=a, mean=a + 0.1, confidence=0.9),
        p_value=0.0123,
        signature="nrefs:1|bs:1000",
    )
