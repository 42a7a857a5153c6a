"""An intervention: changes of attention, checked, and read from a line of text.

In Python layers, heads, positions and decoding steps count from 0. The text counts from 1:
`2.1=zero`, `2=uniform`, `drop=4,5`, `2.1@3=0,0.9,0.1` make head 1 of layer 2 contribute nothing,
make every head of layer 2 uniform, hide the source pieces 4 and 5 from everybody, and give head 1
of layer 2 these weights at decoding step 3. Several changes, separated by blanks, happen together.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from translator.errors import ConfigError, InspectionError
from translator.inspection.inspection import Inspection

Ablation = Literal["zero", "uniform", "permute"]
ABLATIONS: tuple[Ablation, ...] = get_args(Ablation)

_SYNTAX = f"2.1=zero, 2=uniform (or {ABLATIONS[2]}), drop=4,5 or 2.1@3=0,0.9,0.1"

_CHANGE = re.compile(r"(\d+)(?:\.(\d+)(?:@(\d+))?)?=(\S+)", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Intervention:
    """The changes; layers, heads, positions and decoding steps count from 0."""

    ablate: Mapping[tuple[int, int], Ablation] = field(default_factory=dict)
    """By (layer, head) of cross-attention. "zero": the head contributes nothing, as if its rows of
    W_O were zero. "uniform": all source positions alike. "permute": each row is rotated by half the
    source, so that every weight moves to a distant position."""
    drop: tuple[int, ...] = ()
    """Source positions hidden from encoder and decoder: their keys are masked in every layer. The
    other positions keep their places; a source typed without the token would also shift the tokens
    after it."""
    override: Mapping[tuple[int, int, int], tuple[float, ...]] = field(default_factory=dict)
    """By (layer, head, decoding step) of cross-attention: S weights, 0 or more, that sum to 1."""


def check_intervention(intervention: Intervention, inspection: Inspection) -> None:
    """Raises InspectionError for a head, position or decoding step that does not exist, for invalid
    weights, and if no source position is left."""
    num_layers, num_heads, _, num_source = inspection.weights.shape
    for place in intervention.ablate:
        if len(place) != 2:
            raise InspectionError(f"ablate has {place}: a head is (layer, head)")
    for row in intervention.override:
        if len(row) != 3:
            raise InspectionError(f"override has {row}: a row is (layer, head, decoding step)")
    for layer, head in (place[:2] for place in [*intervention.ablate, *intervention.override]):
        if not (0 <= layer < num_layers and 0 <= head < num_heads):
            raise InspectionError(
                f"there is no head {head} in layer {layer}: layers are 0 to {num_layers - 1}, "
                f"heads 0 to {num_heads - 1}"
            )
    for how in intervention.ablate.values():
        if how not in ABLATIONS:
            raise InspectionError(
                f"a head cannot be changed to {how!r}: use {', '.join(ABLATIONS)}"
            )
    for position in intervention.drop:
        if not 0 <= position < num_source:
            raise InspectionError(
                f"source position {position} cannot be dropped: they are 0 to {num_source - 1}"
            )
    if len(set(intervention.drop)) == num_source:
        raise InspectionError("every source position is dropped: keep at least one")
    for row, weights in intervention.override.items():
        _check_weights(row, weights, intervention.drop, inspection)


def parse_intervention(text: str, shape: tuple[int, ...]) -> Intervention:
    """Read a line of text. `shape` is that of the weights: layers, heads, decoding steps, source
    pieces.

    Raises ConfigError for anything but a change, and for places that do not exist.
    """
    num_layers, num_heads, num_steps, num_source = shape
    ablate: dict[tuple[int, int], Ablation] = {}
    override: dict[tuple[int, int, int], tuple[float, ...]] = {}
    drop: list[int] = []
    if not text.strip():
        raise ConfigError(f"--what_if is blank: give changes like {_SYNTAX}")
    for change in text.split():
        if change.startswith("drop="):
            pieces = change.removeprefix("drop=").split(",")
            drop += [_number(piece, num_source, "source piece", change) - 1 for piece in pieces]
            continue
        match = _CHANGE.fullmatch(change)
        if match is None:
            raise ConfigError(f"--what_if {change} is not a change: give changes like {_SYNTAX}")
        layer = _number(match[1], num_layers, "layer", change) - 1
        if match[3]:
            head = _number(match[2], num_heads, "head", change) - 1
            step = _number(match[3], num_steps, "decoding step", change) - 1
            if (layer, head, step) in override:
                raise ConfigError(f"--what_if {change}: that row already has other weights")
            override[layer, head, step] = _read_weights(match[4], num_source, change)
            continue
        how = next((known for known in ABLATIONS if known == match[4]), None)
        if how is None:
            raise ConfigError(
                f"--what_if {change}: a head can be set to {', '.join(ABLATIONS)}, not {match[4]}"
            )
        heads = range(num_heads)
        if match[2]:
            heads = heads[_number(match[2], num_heads, "head", change) - 1 :][:1]
        for head in heads:
            if ablate.setdefault((layer, head), how) != how:
                raise ConfigError(
                    f"--what_if {change}: layer {layer + 1} head {head + 1} is already set to "
                    f"{ablate[layer, head]}"
                )
    if len(set(drop)) == num_source:
        raise ConfigError("--what_if drops every source piece: keep at least one")
    for (layer, head, step), weights in override.items():
        for piece in drop:
            if weights[piece] > 0:
                raise ConfigError(
                    f"--what_if {layer + 1}.{head + 1}@{step + 1} looks at source piece "
                    f"{piece + 1}, which is dropped: set its weight to 0"
                )
    return Intervention(ablate=ablate, drop=tuple(drop), override=override)


def _check_weights(
    place: tuple[int, int, int],
    weights: Sequence[float],
    drop: Sequence[int],
    inspection: Inspection,
) -> None:
    """Checks the weights of one overridden row."""
    (layer, head, step), (*_, num_steps, num_source) = place, inspection.weights.shape
    where = f"override of layer {layer}, head {head}, decoding step {step}"
    if not 0 <= step < num_steps:
        raise InspectionError(f"{where}: decoding steps are 0 to {num_steps - 1}")
    if len(weights) != num_source:
        raise InspectionError(
            f"{where} has {len(weights)} weights: give {num_source}, one per source position"
        )
    if not (min(weights) >= 0 and abs(sum(weights) - 1) < 1e-3):
        raise InspectionError(
            f"{where} sums to {sum(weights):g}, with a least weight of {min(weights):g}: weights "
            "must not be negative and must sum to 1"
        )
    for position in drop:
        if weights[position] > 0:
            raise InspectionError(
                f"{where} looks at source position {position}, which is dropped: set its weight to "
                "0"
            )


def _number(text: str, size: int, what: str, change: str) -> int:
    if not text:
        raise ConfigError(f"--what_if {change}: a {what} is missing; they are 1 to {size}")
    digits = text.lstrip("0")
    # Python refuses numbers of thousands of digits.
    if not (re.fullmatch("[0-9]{1,9}", digits) and 1 <= int(digits) <= size):
        raise ConfigError(f"--what_if {change}: there is no {what} {text}; they are 1 to {size}")
    return int(digits)


def _read_weights(text: str, num_source: int, change: str) -> tuple[float, ...]:
    try:
        weights = tuple(map(float, text.split(","))) if text.isascii() else ()
    except ValueError:
        weights = ()
    right_sum = len(weights) == num_source and abs(sum(weights) - 1) < 1e-3
    if not (right_sum and min(weights) >= 0):
        raise ConfigError(
            f"--what_if {change}: give {num_source} weights, one per source piece, separated by "
            "commas, not negative, with sum 1"
        )
    return weights
