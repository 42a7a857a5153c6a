"""An inspection as one HTML file that needs nothing else, and asks nobody for anything.

The same inspection gives the same bytes. Text goes in as JSON and is shown as text.
"""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from translator.config import PAD_ID
from translator.errors import InspectionError
from translator.experiment.run_directory import write_atomically
from translator.inspection.explanation import explain
from translator.inspection.page.document import document
from translator.inspection.record import KINDS, AttentionLayer, Inspection, evaluating
from translator.inspection.what_if import ABLATIONS, WhatIf, translator_of, what_if_all
from translator.inspection.words import Array, words_of
from translator.model.transformer import DecoderLayer

Packed = Mapping[str, object]
"""{"shape": [...], "data": float32, little-endian, row by row, in base64}"""


def as_html(inspection: Inspection) -> str:
    """The page. What-if and explanation are in it where the inspection carries its translator."""
    return document("page.html", data={"data": _data(inspection)}, scripts=["page.js"])


def as_served_html(inspection: Inspection, served: Mapping[str, str]) -> str:
    """The page with one more script, which reads `served`: "text" for the text field, and "notice".

    The page may call the server that it came from, and nothing else.
    """
    return document(
        "page.html",
        data={"data": _data(inspection), "served": served},
        scripts=["served.js", "page.js"],  # the first listens to the second
        may={"form-action": "'self'", "connect-src": "'self'"},
    )


def save_page(inspection: Inspection, path: Path) -> None:
    """Write the page, whole or not at all. Raises InspectionError where it cannot be written."""
    try:
        write_atomically(path, as_html(inspection).encode("utf-8"))
    except OSError as error:
        raise InspectionError(f"{path} cannot be written: {error.strerror}") from None


def _data(inspection: Inspection) -> dict[str, object]:
    results = what_if_all(inspection) if inspection.translator else []
    layer, head, step = _opening(inspection, results)
    return {
        "text": inspection.text,
        "translation": inspection.translation,
        "how": inspection.how,
        "source": inspection.source,
        "reads": inspection.reads,
        "writes": inspection.writes,
        "sourceWords": _words(inspection.source),
        "readsWords": _words(inspection.reads),
        "writesWords": _words(inspection.writes),
        "logprobs": inspection.logprobs.tolist(),
        "alternatives": inspection.alternatives,
        "start": {"layer": layer, "head": head, "step": step},
        "cross": [_cross(one) for one in inspection.cross_attn],
        "memory": _pack(inspection.cross_attn[0].memory),
        "matrices": {
            kind: [
                {"weights": _pack(one.weights), "norms": _pack(one.norms)}
                for one in getattr(inspection, kind)
            ]
            for kind in KINDS
        },
        "pad": _pad(inspection) if inspection.translator else None,
        "whatIf": _what_ifs(inspection, results),
        "explanation": _explanation(inspection) if inspection.translator else None,
    }


def _opening(inspection: Inspection, results: Sequence[WhatIf]) -> tuple[int, int, int]:
    """Layer, head, step from 0: the head and word where zeroing a head moved most; without a
    model, where one contribution is longest. The end of the sentence is not asked, if there is
    more."""
    num_steps = max(1, len(inspection.writes) - 1)
    norms = inspection.norms
    effects: Array = norms.max(axis=-1)[..., :num_steps]
    zeroed = [one for one in results if list(one.intervention.ablate.values()) == ["zero"]]
    # A model of one head and layer zeroes once, too: heads come first and in their order.
    zeroed = zeroed[: norms.shape[0] * norms.shape[1]]
    if zeroed:
        changes = np.abs(np.stack([one.changes for one in zeroed]))
        effects = changes.reshape(*norms.shape[:2], -1)[..., :num_steps]
    layer, head, step = np.unravel_index(effects.argmax(), effects.shape)
    return int(layer), int(head), int(step)


def _cross(layer: AttentionLayer) -> dict[str, object]:
    return {
        "queryInput": _pack(layer.query_input),
        "queries": _pack(layer.queries),
        "keys": _pack(layer.keys),
        "values": _pack(layer.values),
        "mask": layer.mask.astype(int).tolist(),
        "wO": _pack(layer.w_o),
        "bO": _pack(layer.b_o),
    }


@torch.inference_mode()
def _pad(inspection: Inspection) -> dict[str, object]:
    """Keys and values (H, K) of each layer for one <pad> behind the sentence, as the model computes
    them when the sentence stands in a batch with a longer one, and then hides."""
    model = translator_of(inspection).model
    src = torch.tensor([[*inspection.source_ids, PAD_ID]], device=next(model.parameters()).device)
    layers = []
    with evaluating(model):
        memory = model.encode(src, src == PAD_ID)[:, -1:]
        for layer in model.decoder_layers:
            assert isinstance(layer, DecoderLayer)
            key, value = layer.cross_attn.project_memory(key=memory, value=memory)
            layers.append(
                {
                    "key": _pack(key[0, :, 0].float().cpu().numpy()),
                    "value": _pack(value[0, :, 0].float().cpu().numpy()),
                }
            )
    return {"layers": layers}


def _what_ifs(inspection: Inspection, results: Sequence[WhatIf]) -> list[dict[str, object]]:
    """In the order of `what_if_all`, each with the kind of change that it is."""
    if not results:
        return []
    num_layers, num_heads, _, num_source = inspection.weights.shape
    heads = [how for how in ABLATIONS for _ in range(num_layers * num_heads)]
    kinds = heads + ["layer"] * num_layers + ["drop"] * num_source
    return [
        {
            "kind": kind,
            "ablate": [[*place, how] for place, how in result.intervention.ablate.items()],
            "drop": list(result.intervention.drop),
            "changes": _finite(result.changes),
            "newTop": result.new_top,
            "topChanged": result.top_changed,
        }
        for kind, result in zip(kinds, results, strict=True)
    ]


def _explanation(inspection: Inspection) -> dict[str, object]:
    result = explain(inspection)
    correlations = {
        name: _finite(values) for name, values in vars(result).items() if values.ndim == 1
    }
    return {
        **correlations,
        "leaveOneOut": _pack(result.leave_one_out),
        "gradientXInput": _pack(result.gradient_x_input),
    }


def _finite(values: Array) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in values]


def _words(pieces: Sequence[str]) -> list[dict[str, object]]:
    return [{"text": word.text, "pieces": list(word.pieces)} for word in words_of(pieces)]


def _pack(values: Array) -> Packed:
    little = np.ascontiguousarray(values, dtype="<f4")
    return {
        "shape": list(little.shape),
        "data": base64.b64encode(little.tobytes()).decode("ascii"),
    }
