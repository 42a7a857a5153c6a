"""Cross-attention as text: one row worked in full, a heatmap, the matrix, and what-if results.

Layers, heads, decoding steps and source positions count from 1 in options and output, from 0 in
`Place` and everywhere else.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from translator.decoding.translator import Translator
from translator.errors import ConfigError
from translator.inspection.inspection import AttentionLayer, Inspection
from translator.inspection.measures import is_sink
from translator.inspection.views.columns import WIDTH, display_width, fit, paint, visible, wrap
from translator.inspection.what_if import WhatIf, head_effects, what_if
from translator.inspection.words import Array

MAX_LINES = 40
"""The most lines in a table. One more line sums up the rest, which `as_table` shows."""
NO_EFFECT = 0.01
"""Smaller changes of a log-probability (1% of the probability) count as no effect."""

_BAR_WIDTH = 12
PIECE_WIDTH = 14
_EIGHTHS = " ▏▎▍▌▋▊▉"
_SHADES = ((0.75, "█"), (0.5, "▓"), (0.25, "▒"), (0.1, "░"), (0.0, "·"))


@dataclass(frozen=True, kw_only=True)
class Place:
    """One row of one head, and why it was chosen; numbers count from 0."""

    layer: int
    head: int
    step: int
    why_step: str
    why_head: str


def check_place(
    inspection: Inspection,
    layer: int | None = None,
    head: int | None = None,
    step: int | None = None,
) -> None:
    """Raises ConfigError for a number that does not exist; numbers count from 1."""
    num_layers, num_heads, num_steps, _ = inspection.weights.shape
    for name, asked, size, what in (
        ("layer", layer, num_layers, "the model has layers"),
        ("head", head, num_heads, "the model has heads"),
        ("step", step, num_steps, "the translation has decoding steps"),
    ):
        if asked is not None and not 1 <= asked <= size:
            raise ConfigError(f"--{name} is {asked}: {what} 1 to {size}")


def choose_place(
    inspection: Inspection,
    translator: Translator,
    layer: int | None = None,
    head: int | None = None,
    step: int | None = None,
) -> Place:
    """The place asked for; what is not given is chosen where zeroing a head has the largest effect.

    The arguments count from 1. A decoding step is chosen from those that write letters or digits,
    if there are any.

    Raises ConfigError for a number that does not exist, and InspectionError for a translator that
    did not make the inspection.
    """
    check_place(inspection, layer, head, step)
    effects = np.abs(head_effects(inspection, translator))
    allowed = np.ones(effects.shape, dtype=bool)
    for axis, asked in enumerate((layer, head, step)):
        if asked is not None:
            shape = [-1 if axis == other else 1 for other in range(3)]
            allowed &= (np.arange(effects.shape[axis]) == asked - 1).reshape(shape)
    writes_word = ~is_sink(inspection.writes)
    if step is None and writes_word.any():
        allowed &= writes_word
    best = np.where(allowed, effects, -1).argmax()
    at_layer, at_head, at_step = (int(at) for at in np.unravel_index(best, effects.shape))
    return Place(
        layer=at_layer,
        head=at_head,
        step=at_step,
        why_step=_why_step(layer, head, step),
        why_head=_why_head(layer, head),
    )


def as_story(
    inspection: Inspection, translator: Translator, place: Place, *, colours: bool = False
) -> str:
    """The translation, one row worked in full, and the heatmap of its head; 80 columns.

    Raises InspectionError for a translator that did not make the inspection.
    """
    parts = [
        sentence(inspection, colours),
        _title(inspection, place, colours),
        _row(inspection, place, colours),
        _joined(inspection.cross_attn[place.layer], place),
        _outcome(inspection, translator, place),
        heatmap(inspection, place, colours=colours),
    ]
    return "\n\n".join(parts)


def heatmap(inspection: Inspection, place: Place, *, colours: bool = False) -> str:
    """Target by source, one character per weight; a long sentence is cut to a part with `place`."""
    weights = inspection.cross_attn[place.layer].weights[place.head]
    num_steps, num_source = weights.shape
    room = WIDTH - 2 * PIECE_WIDTH - 7
    cell = 3 if 3 * num_source <= room else 1
    columns = _window(num_source, room // cell, int(weights[place.step].argmax()))
    steps = _window(num_steps, MAX_LINES, place.step)
    shown = ""
    if len(columns) < num_source or len(steps) < num_steps:
        shown = (
            f" (decoding steps {steps[0] + 1} to {steps[-1] + 1} of {num_steps}, source "
            f"{columns[0] + 1} to {columns[-1] + 1} of {num_source}; --matrix has all)"
        )
    lines = [
        wrap(
            f"The whole sentence, layer {place.layer + 1} head {place.head + 1}: "
            f"{num_steps} decoding steps x {num_source} source pieces, numbered as above{shown}"
        ),
        f"{fit('reads', PIECE_WIDTH)}    {fit('writes', PIECE_WIDTH)}  {_ruler(columns, cell)}",
    ]
    for step in steps:
        cells = "".join(f"{_shade(weights[step, at]):>{cell}}" for at in columns)
        marker = ">" if step == place.step else " "
        label = f"{piece_column(inspection.reads[step])} -> {piece_column(inspection.writes[step])}"
        line = f"{label} {marker}{paint(cells, 'encoder', colours)}"
        lines.append(line.rstrip())
    lines.append("█ at least 0.75   ▓ 0.5   ▒ 0.25   ░ 0.1   · less; each row sums to 1")
    return "\n".join(lines)


def as_what_if(inspection: Inspection, asked: str, result: WhatIf) -> str:
    """One line per decoding step: the probability of what was written, before and after, and the
    new most probable piece."""
    lines = [
        wrap(f"What if {asked}? Read again with that change:"),
        f"step  {fit('wrote', PIECE_WIDTH)}        p     then Δ log p  most probable then",
    ]
    changes, before = result.changes.tolist(), inspection.logprobs.tolist()
    for step, (change, logprob) in enumerate(zip(changes, before, strict=True)):
        new = f"  {visible(result.new_top[step])}" if result.top_changed[step] else ""
        moved = round(change, 2) + 0.0
        numbers = f"{chance(logprob):>9}{chance(logprob + change):>9}{moved:>+8.2f}"
        lines.append(f"{step + 1:>4}  {piece_column(inspection.writes[step])}{numbers}{new}")
    if np.abs(result.changes).max() < NO_EFFECT:
        lines.append("No written piece changed by 1%: the intervention did not matter here.")
    if result.translation is not None:
        lines.append(
            wrap(f"greedy before: {visible(result.greedy_translation or '')}", indent="  ")
        )
        lines.append(wrap(f"greedy after:  {visible(result.translation)}", indent="  "))
    return "\n".join(lines)


def as_table(inspection: Inspection, layer: int | None = None, head: int | None = None) -> str:
    """One line per decoding step, one column per source piece, weights in percent.

    Layer and head count from 1; None is the mean over all. Raises ConfigError for a layer or
    head that does not exist.
    """
    check_place(inspection, layer, head)
    weights = inspection.weights
    layers = weights if layer is None else weights[layer - 1 : layer]
    heads = layers if head is None else layers[:, head - 1 : head]
    written = [
        visible(f"{reads} -> {writes}")
        for reads, writes in zip(inspection.reads, inspection.writes, strict=True)
    ]
    label_width = max(map(display_width, written))
    columns = [visible(piece) for piece in inspection.source]
    widths = [max(4, display_width(piece)) for piece in columns]
    header = " ".join(
        " " * (width - display_width(piece)) + piece
        for piece, width in zip(columns, widths, strict=True)
    )
    lines = [
        f"cross-attention, {_name('layer', layer)}, {_name('head', head)}: percent of each row's "
        "weight (Q: decoder, K and V: encoder)",
        f"{'reads -> writes':<{label_width}}  {header}",
    ]
    for label, row in zip(written, heads.mean(axis=(0, 1)).tolist(), strict=True):
        cells = " ".join(
            f"{100 * weight:>{width}.0f}" for weight, width in zip(row, widths, strict=True)
        )
        lines.append(f"{fit(label, label_width)}  {cells}")
    return "\n".join(lines)


def sentence(inspection: Inspection, colours: bool) -> str:
    """The text, its translation, and how the translation came about."""
    translation = wrap(visible(inspection.translation))
    return "\n".join(
        [
            wrap(visible(inspection.text)),
            "\n".join(paint(line, "bold", colours) for line in translation.split("\n")),
            f"({inspection.how})",
        ]
    )


def _title(inspection: Inspection, place: Place, colours: bool) -> str:
    attention = inspection.cross_attn[place.layer]
    reads, writes = visible(inspection.reads[place.step]), visible(inspection.writes[place.step])
    num_source, d_model, d_head = len(inspection.source), attention.w_o.shape[0], attention.d_head
    step = (
        f"Decoding step {place.step + 1} of {len(inspection.writes)} reads {reads} and writes "
        f"{writes} ({place.why_step})."
    )
    head = (
        f"Its row of cross-attention in layer {place.layer + 1} of "
        f"{len(inspection.cross_attn)}, head {place.head + 1} of {attention.num_heads} "
        f"({place.why_head}):"
    )
    query = f"1 x {d_model} -> 1 x {d_head}"
    memory = f"{num_source} x {d_model} -> {num_source} x {d_head}"
    return "\n".join(
        [
            wrap(step),
            wrap(head),
            paint(f"  Q  decoder's state, W_Q               {query:>24}", "decoder", colours),
            paint(f"  K  encoder's output, W_K              {memory:>24}", "encoder", colours),
            paint(f"  V  encoder's output, W_V              {memory:>24}", "encoder", colours),
        ]
    )


def _row(inspection: Inspection, place: Place, colours: bool) -> str:
    attention = inspection.cross_attn[place.layer]
    at = place.head, place.step
    weights, norms = attention.weights[at], attention.norms[at]
    root = f"/sqrt({attention.d_head})"
    lines = [
        f"     {fit('source', PIECE_WIDTH)}      q.k {root:>10}  mask softmax "
        f"{'':{_BAR_WIDTH}} ||a v W_O||"
    ]
    shown = _heaviest(weights)
    for source in shown:
        mask = "-inf" if attention.mask[place.step, source] else "."
        bar = paint(_bar(float(weights[source])), "encoder", colours)
        lines.append(
            f"{source + 1:>4} {piece_column(inspection.source[source])}"
            f"{attention.scores[at][source]:>9.2f} {attention.scaled[at][source]:>10.2f} {mask:>5}"
            f" {weights[source]:>7.3f} {bar} {norms[source]:>11.2f}"
        )
    rest = len(weights) - len(shown)
    if rest:
        left = 1 - float(weights[shown].sum())
        lines.append(f"     {rest} more, with the least weight, together {max(left, 0):.3f}")
    lines.append(f"     {fit('sum', PIECE_WIDTH)}{'':26} {weights.sum():>7.3f}")
    return "\n".join(lines)


def _joined(attention: AttentionLayer, place: Place) -> str:
    context = attention.context[place.head, place.step]
    concat, output = attention.concat[place.step], attention.output[place.step]
    heads = f"the {attention.num_heads} heads' contexts in a row"
    return "\n".join(
        f"{name:<8} {what:<31} 1 x {vector.size:<4} {_vector(vector)}"
        for name, what, vector in (
            ("context", "softmax times V, summed", context),
            ("concat", heads, concat),
            ("W_O", "concat times W_O, plus b_O", output),
        )
    )


def _outcome(inspection: Inspection, translator: Translator, place: Place) -> str:
    """What was written, the alternatives, and the effect of zeroing the head."""
    step = place.step
    wrote, logprob = visible(inspection.writes[step]), float(inspection.logprobs[step])
    others = [
        f"{visible(other.piece)} {chance(other.logprob)}"
        for other in inspection.alternatives[step]
        if other.piece != inspection.writes[step]
    ]
    result = what_if(inspection, translator, ablate={(place.layer, place.head): "zero"})
    change = float(result.changes[step])
    if abs(change) < NO_EFFECT:
        effect = (
            f"p({wrote}) stays at {chance(logprob)}: its pattern did not matter for this piece."
        )
    else:
        verb = "falls" if change < 0 else "rises"
        effect = f"p({wrote}) {verb} from {chance(logprob)} to {chance(logprob + change)}"
        top = visible(result.new_top[step])
        effect += f", and {top} becomes the most probable." if result.top_changed[step] else "."
    return "\n".join(
        [
            wrap(
                f"wrote {wrote}, p {chance(logprob)}; runners-up: {', '.join(others)}",
                indent="  ",
            ),
            wrap(f"Without this head {effect}", indent="  "),
        ]
    )


def _why_step(layer: int | None, head: int | None, step: int | None) -> str:
    if step is not None:
        return "as asked"
    if layer is not None and head is not None:
        return "where this head matters most"
    return "where one head matters most; --step chooses"


def _why_head(layer: int | None, head: int | None) -> str:
    if layer is not None and head is not None:
        return "as asked"
    among = ""
    if layer is not None:
        among = " of this layer"
    elif head is not None:
        among = f" of all heads {head}"
    return f"the most influential head{among} at this decoding step, by measured effect"


def _heaviest(weights: Array) -> list[int]:
    """The MAX_LINES positions with the largest weights, in sentence order."""
    order = np.argsort(-weights, kind="stable")[:MAX_LINES]
    return sorted(int(at) for at in order)


def _window(size: int, room: int, around: int) -> range:
    """At most `room` numbers of range(size), with `around` in the middle if possible."""
    start = max(0, min(around - room // 2, size - room))
    return range(start, min(size, start + room))


def _ruler(columns: Sequence[int], cell: int) -> str:
    """Numbers from 1 above the columns: all, or every tenth if space is short."""
    if cell > 1:
        return "".join(f"{at + 1:>{cell}}" for at in columns)
    marks = [" "] * len(columns)
    for place, at in enumerate(columns):
        number = str(at + 1)
        if (at + 1) % 10 == 0 and place + 1 >= len(number):
            marks[place + 1 - len(number) : place + 1] = number
    return "".join(marks).rstrip()


def _shade(weight: float) -> str:
    return next(shade for least, shade in _SHADES if weight >= least)


def _bar(weight: float) -> str:
    whole, eighths = divmod(round(8 * _BAR_WIDTH * weight), 8)
    return f"{'█' * whole}{_EIGHTHS[eighths].strip()}".ljust(_BAR_WIDTH)


def piece_column(piece: str) -> str:
    """`piece` in exactly PIECE_WIDTH columns."""
    return fit(visible(piece), PIECE_WIDTH)


def chance(logprob: float) -> str:
    """The probability with three decimals, or one significant digit if it is below 0.001."""
    probability = float(np.exp(logprob))
    return f"{probability:.3f}" if probability >= 0.001 else f"{probability:.0e}"


def _vector(vector: Array) -> str:
    numbers = " ".join(f"{number:.2f}" for number in vector[:4])
    return f"[{numbers} ...]" if vector.size > 4 else f"[{numbers}]"


def _name(what: str, number: int | None) -> str:
    return f"mean of all {what}s" if number is None else f"{what} {number}"
