"""An inspection as one HTML file that needs nothing else, and asks nobody for anything.

The same inspection gives the same bytes. Text goes in as JSON and is shown as text.
"""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from translator.compute.files import write_atomically
from translator.config import PAD_ID
from translator.decoding.translator import Translator
from translator.errors import InspectionError
from translator.inspection.explanation import explain
from translator.inspection.inspection import KINDS, AttentionLayer, Inspection
from translator.inspection.page.document import document
from translator.inspection.record import evaluating
from translator.inspection.what_if import WhatIf, WhatIfs, what_if_all
from translator.inspection.words import Array, group_into_words
from translator.model.fast_attention import project_memory
from translator.model.transformer import DecoderLayer, Transformer

Packed = Mapping[str, object]
"""{"shape": [...], "data": float32, little-endian, row by row, in base64}"""


def as_html(inspection: Inspection, translator: Translator | None) -> str:
    """The page. With the translator that made the inspection, it has what-if and an explanation.

    Raises InspectionError for another translator.
    """
    return document("page.html", data={"data": _data(inspection, translator)}, scripts=["page.js"])


def as_served_html(
    inspection: Inspection, translator: Translator, served: Mapping[str, str]
) -> str:
    """The page with one more script, which reads `served`: "text" for the text field, and "notice".

    The page may call the server that it came from, and nothing else.
    """
    return document(
        "page.html",
        data={"data": _data(inspection, translator), "served": served},
        scripts=["served.js", "page.js"],  # the first listens to the second
        may={"form-action": "'self'", "connect-src": "'self'"},
    )


def save_page(inspection: Inspection, translator: Translator | None, path: Path) -> None:
    """Write the page of `as_html`, whole or not at all.

    Raises InspectionError where it cannot be written, and as `as_html` does.
    """
    try:
        write_atomically(path, as_html(inspection, translator).encode("utf-8"))
    except OSError as error:
        raise InspectionError(f"{path} cannot be written: {error.strerror}") from None


def _data(inspection: Inspection, translator: Translator | None) -> dict[str, object]:
    results = what_if_all(inspection, translator) if translator else None
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
        "pad": _pad(inspection, translator.model) if translator else None,
        "whatIf": _what_ifs(results) if results else [],
        "explanation": _explanation(inspection, translator) if translator else None,
    }


def _opening(inspection: Inspection, results: WhatIfs | None) -> tuple[int, int, int]:
    """Layer, head, decoding step from 0: the head and word where zeroing a head moved most; without
    a model, where one contribution is longest. The last token is left out, unless it is the only
    one."""
    num_steps = max(1, len(inspection.writes) - 1)
    effects: Array = inspection.norms.max(axis=-1)
    if results:
        effects = np.empty(effects.shape, dtype=np.float32)
        for place, result in results.heads["zero"].items():
            effects[place] = np.abs(result.changes)
    effects = effects[..., :num_steps]
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
def _pad(inspection: Inspection, model: Transformer) -> dict[str, object]:
    """Keys and values (H, K) of each layer for one <pad> behind the sentence, as the model computes
    them when the sentence stands in a batch with a longer one, and then hides."""
    src = torch.tensor([[*inspection.source_ids, PAD_ID]], device=next(model.parameters()).device)
    layers = []
    with evaluating(model):
        memory = model.encode(src, src == PAD_ID)[:, -1:]
        for layer in model.decoder_layers:
            assert isinstance(layer, DecoderLayer)
            key, value = project_memory(layer.cross_attn, memory)
            layers.append(
                {
                    "key": _pack(key[0, :, 0].float().cpu().numpy()),
                    "value": _pack(value[0, :, 0].float().cpu().numpy()),
                }
            )
    return {"layers": layers}


def _what_ifs(results: WhatIfs) -> list[dict[str, object]]:
    """Each with the kind of change that it is: what a head was made, "layer" or "drop"."""
    return [
        *(
            _what_if(how, one)
            for how, by_place in results.heads.items()
            for one in by_place.values()
        ),
        *(_what_if("layer", one) for one in results.layers),
        *(_what_if("drop", one) for one in results.dropped),
    ]


def _what_if(kind: str, result: WhatIf) -> dict[str, object]:
    return {
        "kind": kind,
        "ablate": [[*place, how] for place, how in result.intervention.ablate.items()],
        "drop": list(result.intervention.drop),
        "changes": _finite(result.changes),
        "newTop": result.new_top,
        "topChanged": result.top_changed,
    }


def _explanation(inspection: Inspection, translator: Translator) -> dict[str, object]:
    result = explain(inspection, translator)
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
    return [{"text": word.text, "pieces": list(word.pieces)} for word in group_into_words(pieces)]


def _pack(values: Array) -> Packed:
    little = np.ascontiguousarray(values, dtype="<f4")
    return {
        "shape": list(little.shape),
        "data": base64.b64encode(little.tobytes()).decode("ascii"),
    }
