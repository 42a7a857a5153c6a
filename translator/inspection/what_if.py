"""What if attention had been another? The model's own answer, measured.

The written tokens are read again while cross-attention, or what it may look at, is changed; what
counts is how far the log-probability of each written token moves. Many changes run as one batch.

Shape letters: B interventions side by side, N layers, H heads, T steps, S source positions,
V vocab_size.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal, get_args

import numpy as np
import torch
from torch import Tensor

from translator.config import BOS_ID, EOS_ID
from translator.decoding.candidates import NEVER_GENERATED
from translator.decoding.search import max_target_length
from translator.decoding.translator import Translator
from translator.errors import InspectionError
from translator.inspection.record import Inspection, evaluating
from translator.inspection.words import Array
from translator.model.attention import Edit
from translator.model.transformer import Transformer

Ablation = Literal["zero", "uniform", "permute"]
ABLATIONS: tuple[Ablation, ...] = get_args(Ablation)

BATCH_SIZE = 16
"""Interventions computed at once."""


@dataclass(frozen=True, kw_only=True)
class Intervention:
    """What is changed; layers, heads, positions and steps count from 0."""

    ablate: Mapping[tuple[int, int], Ablation] = field(default_factory=dict)
    """By (layer, head) of cross-attention. "zero": the head contributes nothing, as if its rows of
    W_O were zero. "uniform": all source positions alike. "permute": each row is moved on, around
    the end, by half the source, so every weight goes to a position far away."""
    drop: tuple[int, ...] = ()
    """Source positions that nobody may look at, neither encoder nor decoder: their keys are masked
    in every layer. The other positions stay where they are; a source typed without the token
    would also move those behind it."""
    override: Mapping[tuple[int, int, int], tuple[float, ...]] = field(default_factory=dict)
    """By (layer, head, step) of cross-attention: S weights, none negative, that sum to 1."""


@dataclass(frozen=True, kw_only=True, eq=False)
class WhatIf:
    """What the model would have said."""

    intervention: Intervention
    changes: Array
    """(T,): how far the log-probability of each written token moved; below 0 is less probable."""
    new_top: list[str]
    """T pieces: the most probable token at each step."""
    top_changed: list[bool]
    """T: whether that was another one before."""
    translation: str | None = None
    """By greedy search, where it was asked for."""
    greedy_translation: str | None = None
    """The same search without the intervention: what to compare with."""


def try_out(
    inspection: Inspection, intervention: Intervention, *, redecode: bool = False
) -> WhatIf:
    """One intervention; see `Inspection.what_if`."""
    [result] = try_all(inspection, [intervention])
    if not redecode:
        return result
    translator = translator_of(inspection)
    before, after = (
        _greedy(translator, inspection.source_ids, change)
        for change in (Intervention(), intervention)
    )
    return WhatIf(
        intervention=intervention,
        changes=result.changes,
        new_top=result.new_top,
        top_changed=result.top_changed,
        translation=after,
        greedy_translation=before,
    )


def what_if_all(inspection: Inspection) -> list[WhatIf]:
    """Each head zeroed, made uniform, permuted; each layer uniform; each source token dropped."""
    heads = [(layer, head) for layer, head in np.ndindex(inspection.weights.shape[:2])]
    whole = {layer: [place for place in heads if place[0] == layer] for layer, _ in heads}
    return try_all(
        inspection,
        [Intervention(ablate={place: how}) for how in ABLATIONS for place in heads]
        + [Intervention(ablate=dict.fromkeys(places, "uniform")) for places in whole.values()]
        + [Intervention(drop=(position,)) for position in range(len(inspection.source))],
    )


def head_effects(inspection: Inspection, how: Ablation = "zero") -> Array:
    """(N, H, T): the change of each written token's log-probability without each head."""
    shape = inspection.weights.shape[:2]
    heads = [Intervention(ablate={(layer, head): how}) for layer, head in np.ndindex(shape)]
    changes = np.stack([result.changes for result in try_all(inspection, heads)])
    return changes.reshape(*shape, -1)


def try_all(inspection: Inspection, interventions: Sequence[Intervention]) -> list[WhatIf]:
    """Many interventions, in their order. Raises InspectionError as `Inspection.what_if` does."""
    translator = translator_of(inspection)
    for intervention in interventions:
        _check(intervention, inspection)
    [unchanged_TV] = _logprobs(translator.model, inspection, [Intervention()])
    results: list[WhatIf] = []
    for start in range(0, len(interventions), BATCH_SIZE):
        batch = interventions[start : start + BATCH_SIZE]
        for one, changed_TV in zip(
            batch, _logprobs(translator.model, inspection, batch), strict=True
        ):
            results.append(_compare(translator, inspection, one, unchanged_TV, changed_TV))
    return results


def translator_of(inspection: Inspection) -> Translator:
    """Raises InspectionError if there is none."""
    if inspection.translator is None:
        raise InspectionError(
            "this inspection was loaded from a file and has no model to try anything out with: "
            "inspect the sentence again"
        )
    return inspection.translator


def _compare(
    translator: Translator,
    inspection: Inspection,
    intervention: Intervention,
    before_TV: Tensor,
    after_TV: Tensor,
) -> WhatIf:
    steps = torch.arange(len(inspection.writes))
    moved_T = (after_TV - before_TV)[steps, inspection.write_ids]
    old_T, new_T = before_TV.argmax(dim=-1), after_TV.argmax(dim=-1)
    return WhatIf(
        intervention=intervention,
        changes=moved_T.numpy(),
        new_top=translator.tokenizer.pieces(new_T.tolist()),
        top_changed=(old_T != new_T).tolist(),
    )


@torch.inference_mode()
def _logprobs(
    model: Transformer, inspection: Inspection, interventions: Sequence[Intervention]
) -> Tensor:
    """(B, T, V) on the CPU."""
    tgt_in = torch.tensor([inspection.read_ids] * len(interventions))
    with evaluating(model):
        return _Changed(model, inspection.source_ids, interventions).logprobs(tgt_in).cpu()


class _Changed:
    """A model that has read one source under B interventions, and decodes under them."""

    def __init__(
        self, model: Transformer, source: list[int], interventions: Sequence[Intervention]
    ) -> None:
        self.model = model
        self.device = next(model.parameters()).device
        src = torch.tensor([source] * len(interventions), device=self.device)
        self.hidden = torch.zeros_like(src, dtype=torch.bool)
        for row, intervention in enumerate(interventions):
            self.hidden[row, list(intervention.drop)] = True
        self.memory = model.encode(src, self.hidden)
        self.edits: list[Edit] = [
            partial(_edit, layer, interventions) for layer in range(len(model.decoder_layers))
        ]

    def logprobs(self, tgt_in_BT: Tensor) -> Tensor:
        """(B, T, V)"""
        logits = self.model.decode(
            tgt_in_BT.to(self.device), self.memory, self.hidden, cross_attn_edits=self.edits
        )
        return logits.float().log_softmax(dim=-1)


def _edit(
    layer: int, interventions: Sequence[Intervention], weights_BHTS: Tensor, mask_B1TS: Tensor
) -> Tensor:
    """Change each sentence's weights as its intervention says for this layer."""
    edited_BHTS = weights_BHTS.clone()
    for row, intervention in enumerate(interventions):
        visible_S = ~mask_B1TS[row, 0, 0]
        for (at, head), how in intervention.ablate.items():
            if at == layer:
                edited_BHTS[row, head] = _ablated(edited_BHTS[row, head], visible_S, how)
        for (at, head, step), weights in intervention.override.items():
            if at == layer and step < edited_BHTS.size(2):
                edited_BHTS[row, head, step] = torch.tensor(weights)
    return edited_BHTS


def _ablated(weights_TS: Tensor, visible_S: Tensor, how: Ablation) -> Tensor:
    if how == "zero":
        return torch.zeros_like(weights_TS)
    if how == "uniform":
        return (visible_S / visible_S.sum()).to(weights_TS.dtype).expand_as(weights_TS)
    permuted_TS = torch.zeros_like(weights_TS)
    seen_TS = weights_TS[:, visible_S]
    permuted_TS[:, visible_S] = seen_TS.roll(seen_TS.size(1) // 2, dims=1)
    return permuted_TS


@torch.inference_mode()
def _greedy(translator: Translator, source: list[int], intervention: Intervention) -> str:
    """Greedy search by whole passes: slower than cached steps, but only it can be edited."""
    ids = [BOS_ID]
    with evaluating(translator.model):
        changed = _Changed(translator.model, source, [intervention])
        for _ in range(max_target_length(len(source))):
            logprobs_V = changed.logprobs(torch.tensor([ids]))[0, -1]
            logprobs_V[NEVER_GENERATED] = -torch.inf
            ids.append(int(logprobs_V.argmax()))
            if ids[-1] == EOS_ID:
                break
    return translator.tokenizer.decode(ids[1:])


def _check(intervention: Intervention, inspection: Inspection) -> None:
    num_layers, num_heads, num_steps, num_source = inspection.weights.shape
    for place in intervention.ablate:
        if len(place) != 2:
            raise InspectionError(f"ablate has {place}: a head is (layer, head)")
    for row in intervention.override:
        if len(row) != 3:
            raise InspectionError(f"override has {row}: a row is (layer, head, step)")
    for layer, head in (place[:2] for place in [*intervention.ablate, *intervention.override]):
        if not (0 <= layer < num_layers and 0 <= head < num_heads):
            raise InspectionError(
                f"there is no head {head} in layer {layer}: layers are 0 to {num_layers - 1}, "
                f"heads 0 to {num_heads - 1}"
            )
    for how in intervention.ablate.values():
        if how not in ABLATIONS:
            raise InspectionError(f"a head cannot be made {how!r}: use {', '.join(ABLATIONS)}")
    for position in intervention.drop:
        if not 0 <= position < num_source:
            raise InspectionError(
                f"source position {position} cannot be dropped: they are 0 to {num_source - 1}"
            )
    if len(set(intervention.drop)) == num_source:
        raise InspectionError("every source position is dropped: leave one to look at")
    for (layer, head, step), weights in intervention.override.items():
        where = f"override of layer {layer}, head {head}, step {step}"
        if not 0 <= step < num_steps:
            raise InspectionError(f"{where}: steps are 0 to {num_steps - 1}")
        if len(weights) != num_source:
            raise InspectionError(
                f"{where} has {len(weights)} weights: give {num_source}, one a source position"
            )
        if not (min(weights) >= 0 and abs(sum(weights) - 1) < 1e-3):
            raise InspectionError(
                f"{where} sums to {sum(weights):g}, the least is {min(weights):g}: weights are "
                f"not negative and sum to 1"
            )
        for position in intervention.drop:
            if weights[position] > 0:
                raise InspectionError(
                    f"{where} looks at source position {position}, which is dropped: give it 0"
                )
