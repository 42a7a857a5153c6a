"""The cross-attention matrix as text."""

from translator.errors import ConfigError
from translator.inspection.record import Inspection
from translator.inspection.words import Array


def as_table(inspection: Inspection, layer: int | None = None, head: int | None = None) -> str:
    """A line a step, a column a source piece, weights in percent; layer and head count from 1.

    Where they are None, the mean over all. Raises ConfigError for one that is not there.
    """
    weights = inspection.weights
    weights = _pick(weights, layer, "--layer")
    weights = _pick(weights.swapaxes(0, 1), head, "--head").mean(axis=(0, 1))
    written = [
        f"{reads} -> {writes}"
        for reads, writes in zip(inspection.reads, inspection.writes, strict=True)
    ]
    label_width = max(map(len, written))
    widths = [max(4, len(piece)) for piece in inspection.source]
    header = " ".join(
        f"{piece:>{width}}" for piece, width in zip(inspection.source, widths, strict=True)
    )
    lines = [
        f"cross-attention, {_name('layer', layer)}, {_name('head', head)}: percent of each row's "
        "weight (Q: decoder, K and V: encoder)",
        f"{'reads -> writes':<{label_width}}  {header}",
    ]
    for label, row in zip(written, weights.tolist(), strict=True):
        cells = " ".join(
            f"{100 * weight:>{width}.0f}" for weight, width in zip(row, widths, strict=True)
        )
        lines.append(f"{label:<{label_width}}  {cells}")
    return "\n".join(lines)


def _pick(weights: Array, number: int | None, option: str) -> Array:
    """The slice `number` of the first axis, which stays; all of it where None."""
    if number is None:
        return weights
    if not 1 <= number <= weights.shape[0]:
        raise ConfigError(f"{option} is {number}: the model has 1 to {weights.shape[0]}")
    return weights[number - 1 : number]


def _name(what: str, number: int | None) -> str:
    return f"mean of all {what}s" if number is None else f"{what} {number}"
