"""Is attention an explanation? Its ranking of the source beside two that do not look at it.

*Leave one out*: how far the log-probability of the written token moves when nobody may look at a
source position (see `Intervention.drop`). *Gradient x input*: how fast it moves when that
position's embedding is scaled. Both by size alone: what holds a word back matters too. Agreement
is Spearman's rank correlation over the source positions, </s> included. It says whether attention
orders them as these do, for this sentence and this model; neither of the two is the truth.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from translator.decoding.translator import Translator
from translator.inspection.inspection import Inspection
from translator.inspection.intervention import Intervention
from translator.inspection.record import evaluating
from translator.inspection.what_if import BATCH_SIZE, check_model, intervene
from translator.inspection.words import Array
from translator.model.transformer import Transformer


@dataclass(frozen=True, kw_only=True, eq=False)
class Explanation:
    """Of each written token (T) over source positions (S). Correlations of constants are NaN."""

    leave_one_out: Array
    """(T, S): the token's log-probability minus that without the source position."""
    gradient_x_input: Array
    """(T, S): d log-probability / d scale of the source position's embedding."""
    weights_leave_one_out: Array
    """(T,): rank correlation, of the mean over layers and heads, as the three below."""
    norms_leave_one_out: Array
    """(T,)"""
    weights_gradient: Array
    """(T,)"""
    norms_gradient: Array
    """(T,)"""


def explain(inspection: Inspection, translator: Translator) -> Explanation:
    """Raises InspectionError for a translator that did not make the inspection."""
    hidden = [Intervention(drop=(position,)) for position in range(len(inspection.source))]
    changes = [result.changes for result in intervene(inspection, translator, hidden)]
    leave_one_out = -np.stack(changes, axis=-1)
    gradient = gradient_x_input(inspection, translator)
    weights, norms = inspection.weights.mean((0, 1)), inspection.norms.mean((0, 1))
    return Explanation(
        leave_one_out=leave_one_out,
        gradient_x_input=gradient,
        weights_leave_one_out=rank_correlation(weights, np.abs(leave_one_out)),
        norms_leave_one_out=rank_correlation(norms, np.abs(leave_one_out)),
        weights_gradient=rank_correlation(weights, np.abs(gradient)),
        norms_gradient=rank_correlation(norms, np.abs(gradient)),
    )


def gradient_x_input(inspection: Inspection, translator: Translator) -> Array:
    """(T, S). Raises InspectionError for a translator that did not make the inspection."""
    model = translator.model
    check_model(inspection, model)
    steps = range(len(inspection.writes))
    with evaluating(model), torch.enable_grad():
        gradients = [
            _gradient(model, inspection, steps[start : start + BATCH_SIZE])
            for start in steps[::BATCH_SIZE]
        ]
    return torch.cat(gradients).float().cpu().numpy()


def _gradient(model: Transformer, inspection: Inspection, steps: Sequence[int]) -> Tensor:
    """(B, S) for B decoding steps: a copy of the sentence for each, one backward pass for all."""
    device = next(model.parameters()).device
    src = torch.tensor([inspection.source_ids] * len(steps), device=device)
    nothing_hidden = torch.zeros_like(src, dtype=torch.bool)
    scale_BS1 = torch.ones(*src.shape, 1, device=device, requires_grad=True)

    def scaled(_module: object, _inputs: object, embedded_BSD: Tensor) -> Tensor:
        return embedded_BSD * scale_BS1

    hook = model.embedding.register_forward_hook(scaled)
    try:
        memory = model.encode(src, nothing_hidden)
    finally:
        hook.remove()
    tgt_in = torch.tensor([inspection.read_ids] * len(steps), device=device)
    logits_BTV = model.logits(tgt_in, memory, nothing_hidden)
    written = torch.tensor([inspection.write_ids[step] for step in steps], device=device)
    logprobs_BV = logits_BTV[range(len(steps)), steps].log_softmax(dim=-1)
    (gradient_BS1,) = torch.autograd.grad(
        logprobs_BV.gather(1, written.unsqueeze(1)).sum(), scale_BS1
    )
    return gradient_BS1.squeeze(-1)


def rank_correlation(a: Array, b: Array) -> Array:
    """Spearman's, over the last axis; equal values share the mean of their ranks."""
    ranks_a, ranks_b = _centred_ranks(a), _centred_ranks(b)
    sizes = np.sqrt((ranks_a**2).sum(-1) * (ranks_b**2).sum(-1))
    nothing = np.full_like(sizes, np.nan)
    return np.divide((ranks_a * ranks_b).sum(-1), sizes, where=sizes > 0, out=nothing).astype(
        np.float32
    )


def _centred_ranks(values: Array) -> NDArray[np.float64]:
    """How many are smaller minus how many are larger, halved: the rank from the middle."""
    return np.sign(values[..., :, None] - values[..., None, :]).sum(-1) / 2.0
