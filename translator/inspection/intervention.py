"""What-if in a line of text: `2.1=zero`, `2=uniform`, `drop=4,5`, `2.1@3=0,0.9,0.1`.

Layer 2 head 1 is zeroed; every head of layer 2 is made uniform; nobody may look at the source
pieces 4 and 5; at step 3, layer 2 head 1 has these weights. All count from 1; several changes,
separated by blanks, happen together.
"""

import re

from translator.errors import ConfigError
from translator.inspection.what_if import ABLATIONS, Ablation, Intervention

SYNTAX = f"2.1=zero, 2=uniform (or {ABLATIONS[2]}), drop=4,5 or 2.1@3=0,0.9,0.1"

_CHANGE = re.compile(r"(\d+)(?:\.(\d+)(?:@(\d+))?)?=(\S+)", re.ASCII)


def parse_changes(text: str, shape: tuple[int, ...]) -> Intervention:
    """`shape` is that of the weights: layers, heads, steps, source pieces.

    Raises ConfigError for what is no change, or names something that is not there.
    """
    num_layers, num_heads, num_steps, num_source = shape
    ablate: dict[tuple[int, int], Ablation] = {}
    override: dict[tuple[int, int, int], tuple[float, ...]] = {}
    drop: list[int] = []
    if not text.strip():
        raise ConfigError(f"--what_if is blank: give changes like {SYNTAX}")
    for change in text.split():
        if change.startswith("drop="):
            pieces = change.removeprefix("drop=").split(",")
            drop += [_number(piece, num_source, "source piece", change) - 1 for piece in pieces]
            continue
        match = _CHANGE.fullmatch(change)
        if match is None:
            raise ConfigError(f"--what_if {change} is no change: give changes like {SYNTAX}")
        layer = _number(match[1], num_layers, "layer", change) - 1
        if match[3]:
            head = _number(match[2], num_heads, "head", change) - 1
            step = _number(match[3], num_steps, "step", change) - 1
            if (layer, head, step) in override:
                raise ConfigError(f"--what_if {change}: that row has other weights already")
            override[layer, head, step] = _weights(match[4], num_source, change)
            continue
        how = next((known for known in ABLATIONS if known == match[4]), None)
        if how is None:
            raise ConfigError(
                f"--what_if {change}: a head can be made {', '.join(ABLATIONS)}, not {match[4]}"
            )
        heads = range(num_heads)
        if match[2]:
            heads = heads[_number(match[2], num_heads, "head", change) - 1 :][:1]
        for head in heads:
            if ablate.setdefault((layer, head), how) != how:
                raise ConfigError(
                    f"--what_if {change}: layer {layer + 1} head {head + 1} is made "
                    f"{ablate[layer, head]} already"
                )
    if len(set(drop)) == num_source:
        raise ConfigError("--what_if drops every source piece: leave one to look at")
    return Intervention(ablate=ablate, drop=tuple(drop), override=override)


def _number(text: str, size: int, what: str, change: str) -> int:
    if not text:
        raise ConfigError(f"--what_if {change}: a {what} is missing, they are 1 to {size}")
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= size):
        raise ConfigError(f"--what_if {change}: there is no {what} {text}, they are 1 to {size}")
    return int(text)


def _weights(text: str, num_source: int, change: str) -> tuple[float, ...]:
    try:
        weights = tuple(float(number) for number in text.split(","))
    except ValueError:
        weights = ()
    right_sum = len(weights) == num_source and abs(sum(weights) - 1) < 1e-3
    if not (right_sum and min(weights) >= 0):
        raise ConfigError(
            f"--what_if {change}: give {num_source} weights, one a source piece, separated by "
            f"commas, none negative, that sum to 1"
        )
    return weights
