"""What if attention had been different? The model's own answer, measured.

The decoder reads the written tokens again while cross-attention, or the visible source, is changed;
the result is the change in log-probability of each written token. Many interventions run as one
batch.

Shape letters: B interventions side by side, N layers, H heads, T decoding steps, S source
positions, V vocab_size.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from torch import Tensor

from translator.config import BOS_ID, EOS_ID
from translator.decoding.candidates import NEVER_GENERATED
from translator.decoding.search import max_target_length
from translator.decoding.translator import Translator
from translator.errors import InspectionError
from translator.inspection.inspection import Inspection
from translator.inspection.intervention import Ablation, Intervention, check_intervention
from translator.inspection.record import evaluating
from translator.inspection.words import Array
from translator.model.attention import Edit
from translator.model.transformer import DecoderLayer, Transformer

BATCH_SIZE = 16
"""Interventions computed at once."""


@dataclass(frozen=True, kw_only=True, eq=False)
class WhatIf:
    """The output of the model under an intervention."""

    intervention: Intervention
    changes: Array
    """(T,): the change in log-probability of each written token; below 0 is less probable."""
    new_top: list[str]
    """T pieces: the most probable token at each decoding step."""
    top_changed: list[bool]
    """T: whether another token was the most probable before."""
    translation: str | None = None
    """The greedy translation, if requested."""
    greedy_translation: str | None = None
    """The greedy translation without the intervention, for comparison."""


def what_if(
    inspection: Inspection,
    translator: Translator,
    *,
    ablate: Mapping[tuple[int, int], Ablation] | None = None,
    drop: Sequence[int] = (),
    override: Mapping[tuple[int, int, int], Sequence[float]] | None = None,
    redecode: bool = False,
) -> WhatIf:
    """The output of `translator` with changed cross-attention.

    `Intervention` explains `ablate`, `drop` and `override`. With `redecode`, the text is also
    translated again, by greedy search. Of an ensemble, only the first model is used. Raises
    InspectionError for a head, position or decoding step that does not exist, and for a translator
    that did not make the inspection.
    """
    intervention = Intervention(
        ablate=dict(ablate or {}),
        drop=tuple(drop),
        override={place: tuple(row) for place, row in (override or {}).items()},
    )
    [result] = intervene(inspection, translator, [intervention])
    if not redecode:
        return result
    before, after = (
        _greedy(translator, inspection.source_ids, change)
        for change in (Intervention(), intervention)
    )
    return replace(result, translation=after, greedy_translation=before)


def head_effects(inspection: Inspection, translator: Translator, how: Ablation = "zero") -> Array:
    """(N, H, T): the change of each written token's log-probability without each head.

    Raises InspectionError for a translator that did not make the inspection.
    """
    shape = inspection.weights.shape[:2]
    heads = [Intervention(ablate={(layer, head): how}) for layer, head in np.ndindex(shape)]
    changes = np.stack([result.changes for result in intervene(inspection, translator, heads)])
    return changes.reshape(*shape, -1)


def intervene(
    inspection: Inspection, translator: Translator, interventions: Sequence[Intervention]
) -> list[WhatIf]:
    """A result for each intervention, in their order. Raises InspectionError as `what_if` does."""
    check_model(inspection, translator.model)
    for intervention in interventions:
        check_intervention(intervention, inspection)
    [unchanged_TV] = _logprobs(translator.model, inspection, [Intervention()])
    results: list[WhatIf] = []
    for start in range(0, len(interventions), BATCH_SIZE):
        batch = interventions[start : start + BATCH_SIZE]
        changed_BTV = _logprobs(translator.model, inspection, batch)
        results += [
            _compare(translator, inspection, intervention, unchanged_TV, changed_TV)
            for intervention, changed_TV in zip(batch, changed_BTV, strict=True)
        ]
    return results


def check_model(inspection: Inspection, model: Transformer) -> None:
    """Raises InspectionError for another model than the one that made the inspection.

    The inspection holds W_O of every layer, which identifies the model.
    """
    w_o = [
        layer.cross_attn.out_proj.weight.detach().T.float().cpu().numpy()
        for layer in model.decoder_layers
        if isinstance(layer, DecoderLayer)
    ]
    recorded = [layer.w_o for layer in inspection.cross_attn]
    if len(w_o) != len(recorded) or not all(map(np.array_equal, w_o, recorded)):
        raise InspectionError(
            "the inspection was made with another model: give the translator that made it, or "
            "inspect the sentence again"
        )


def _compare(
    translator: Translator,
    inspection: Inspection,
    intervention: Intervention,
    before_TV: Tensor,
    after_TV: Tensor,
) -> WhatIf:
    steps = torch.arange(len(inspection.writes))
    moved_T = after_TV[steps, inspection.write_ids] - before_TV[steps, inspection.write_ids]
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
        return _ChangedModel(model, inspection.source_ids, interventions).logprobs(tgt_in).cpu()


class _ChangedModel:
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
        logits = self.model.logits(
            tgt_in_BT.to(self.device), self.memory, self.hidden, cross_attn_edits=self.edits
        )
        return logits.float().log_softmax(dim=-1)


def _edit(
    layer: int, interventions: Sequence[Intervention], weights_BHTS: Tensor, mask_B1TS: Tensor
) -> Tensor:
    """Change each sentence's weights as its intervention says for this layer."""
    # The computed weights are not modified in place: each row of the batch has its own change.
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
    """Greedy search by whole forward passes: slower than with a cache, but only whole passes can be
    edited."""
    ids = [BOS_ID]
    with evaluating(translator.model):
        changed = _ChangedModel(translator.model, source, [intervention])
        for _ in range(max_target_length(len(source))):
            logprobs_V = changed.logprobs(torch.tensor([ids]))[0, -1]
            logprobs_V[NEVER_GENERATED] = -torch.inf
            ids.append(int(logprobs_V.argmax()))
            if ids[-1] == EOS_ID:
                break
    return translator.tokenizer.text(ids[1:])
