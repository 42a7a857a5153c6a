"""Contributions to written tokens, as sums: see `translator.inspection.contributions`."""

from collections.abc import Mapping

from translator.decoding.translator import Translator
from translator.inspection.contributions import alti, attribute_logits, runners_up
from translator.inspection.heads.intervals import Sums, estimate
from translator.inspection.heads.report import Contributions
from translator.inspection.inspection import Inspection

_PART = "logit by "


def contribution_sums(inspection: Inspection, translator: Translator) -> dict[str, Sums]:
    """Over decoding steps; what `contributions` needs."""
    num_steps = len(inspection.writes)
    others = runners_up(inspection, translator)
    parts = attribute_logits(inspection, translator, inspection.write_ids, less=others)
    totals = {
        "source_share": alti(inspection, translator).by_source.sum(),
        "head_logit": parts.cross_attn.sum(axis=(2, 3)),
        **{f"{_PART}{name}": part.sum() for name, part in parts.sums().items()},
    }
    return {name: Sums(total, num_steps) for name, total in totals.items()}


def contributions(sums: Mapping[str, Sums]) -> Contributions:
    """The means of many sentences."""
    return Contributions(
        source_share=estimate(sums["source_share"]),
        head_logit=estimate(sums["head_logit"]),
        part_logit={
            name.removeprefix(_PART): estimate(part)
            for name, part in sums.items()
            if name.startswith(_PART)
        },
    )
