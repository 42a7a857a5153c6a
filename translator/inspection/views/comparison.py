"""Two translators on one sentence, in a terminal: translations, matched heads, their matrices.

Layers and heads count from 1 in options and output, from 0 everywhere else.
"""

from collections.abc import Iterator, Sequence
from itertools import takewhile
from textwrap import indent

from translator.errors import ConfigError
from translator.inspection.comparison import Comparison
from translator.inspection.heads.report import head_name
from translator.inspection.matching import HeadPair, Matching
from translator.inspection.views.columns import WIDTH, display_width, fit, visible, wrap
from translator.inspection.words import Array

_LABEL_WIDTH = 14
_LEAST_CELL, _WIDEST_CELL = 4, 12
_SIDES = ("A", "B")


def choose_pair(
    comparison: Comparison, layer: int | None = None, head: int | None = None
) -> HeadPair:
    """The least similar pair whose head of A has this layer and number, both counted from 1.

    If no such head has a partner, each is paired with the most similar head of B. Raises
    ConfigError for a layer or head that A does not have.
    """
    num_layers, num_heads = comparison.weights[0].shape[:2]
    for name, asked, size in (("layer", layer, num_layers), ("head", head, num_heads)):
        if asked is not None and not 1 <= asked <= size:
            raise ConfigError(f"--{name} is {asked}: {comparison.names[0]} has {name}s 1 to {size}")
    matching = comparison.matching
    matched, others = (
        [
            pair
            for pair in pairs
            if layer in (None, pair.first[0] + 1) and head in (None, pair.first[1] + 1)
        ]
        for pairs in (matching.pairs, matching.only_first)
    )
    return min(matched or others, key=lambda pair: pair.likeness)


def as_comparison(comparison: Comparison, pair: HeadPair) -> str:
    """The translations, how probable each model finds them, all matched heads, and the matrices of
    `pair`; 80 columns."""
    parts = [
        _translations(comparison),
        _logprobs(comparison),
        _matched(comparison),
        _matrices(comparison, pair),
    ]
    return "\n\n".join(parts)


def _translations(comparison: Comparison) -> str:
    lines = [wrap(visible(comparison.text))]
    for side, name, own in zip(_SIDES, comparison.names, comparison.own, strict=True):
        lines += [
            wrap(f"{side}, {visible(name)}, {own.how}:", indent="   "),
            indent(wrap(visible(own.translation), WIDTH - 3), "   "),
        ]
    return "\n".join([*lines, wrap(_where_they_part(comparison))])


def _where_they_part(comparison: Comparison) -> str:
    a, b = (visible(own.translation) for own in comparison.own)
    if a == b:
        return "Both write the same."
    words, others = a.split(), b.split()
    same = takewhile(lambda both: both[0] == both[1], zip(words, others, strict=False))
    num = len(list(same))
    rests = [" ".join(each[num:][:3]) for each in (words, others)]
    then = [
        f'{side} writes "{rest}"' if rest else f"{side} ends"
        for side, rest in zip(_SIDES, rests, strict=True)
    ]
    if num == 0:
        return f"They part at the first word: {then[0]}, {then[1]}."
    return f'They part after word {num}, "{words[num - 1]}": {then[0]}, {then[1]}.'


def _logprobs(comparison: Comparison) -> str:
    lines = [f"{'log-probability, in nats':<26}{'of what A writes':>20}{'of what B writes':>20}"]
    for side, row in zip(_SIDES, comparison.logprobs.tolist(), strict=True):
        lines.append(f"{f'  given by {side}':<26}{row[0]:>20.2f}{row[1]:>20.2f}")
    return "\n".join(lines)


def _matched(comparison: Comparison) -> str:
    matching = comparison.matching
    whose = {"A": "A's translation", "B": "B's translation", "user": "the translation given"}
    lines = [
        wrap(
            f"Heads of cross-attention, matched one to one by pattern while both read "
            f"{whose[comparison.target_by]}, in {comparison.units}. Likeness is the overlap of "
            f"their rows: 1 is the same pattern, 0 is no weight in common."
        ),
        "  A     B     likeness",
    ]
    for pair in matching.pairs:
        names = f"  {head_name(pair.first):<6}{head_name(pair.second):<6}"
        bar = "█" * round(20 * pair.likeness)
        lines.append(f"{names}{pair.likeness:>8.3f}  {bar}".rstrip())
    return "\n".join([*lines, *without_partner(matching)])


def without_partner(matching: Matching) -> list[str]:
    """A line each for the heads of A and of B that have no partner, where there are any."""
    of_a = [(pair.first, pair.second, pair.likeness) for pair in matching.only_first]
    of_b = [(pair.second, pair.first, pair.likeness) for pair in matching.only_second]
    lines = []
    for side, other, heads in (("A", "B", of_a), ("B", "A", of_b)):
        if heads:
            named = [
                f"{head_name(head)} ({head_name(nearest)}, {likeness:.3f})"
                for head, nearest, likeness in heads
            ]
            what = f"Heads of {side} without a partner (and the most alike head of {other})"
            lines.append(wrap(f"{what}: {', '.join(named)}", indent="  "))
    return lines


def _matrices(comparison: Comparison, pair: HeadPair) -> str:
    a, b = comparison.weights
    names = [f"A's head {head_name(pair.first)}", f"B's head {head_name(pair.second)}"]
    tables = [
        (names[0], a[pair.first], ""),
        (names[1], b[pair.second], ""),
        (f"{names[1]} minus {names[0]}", comparison.difference(pair), "+"),
    ]
    unit = comparison.units[:-1]
    title = wrap(
        f"Weights of {names[0]} and {names[1]} (likeness {pair.likeness:.3f}), in percent: a row "
        f"for each {unit} that is written, a column for each source {unit}."
    )
    return "\n".join(
        [title, *(_table(comparison, name, weights, sign) for name, weights, sign in tables)]
    )


def _table(comparison: Comparison, name: str, weights: Array, sign: str) -> str:
    """The table, split into as many blocks of columns as needed, one below the other."""
    columns = [visible(column) for column in comparison.columns]
    widths = [min(max(_LEAST_CELL, display_width(text)), _WIDEST_CELL) for text in columns]
    percent = (100 * weights).round().astype(int).tolist()
    lines = [f"{name}:"]
    for block in _blocks(widths):
        header = [_right(columns[at], widths[at]) for at in block]
        lines.append(" ".join([" " * _LABEL_WIDTH, *header]))
        for label, row in zip(comparison.rows, percent, strict=True):
            cells = [
                f"{row[at]:>{sign}{widths[at]}}" if row[at] else "·".rjust(widths[at])
                for at in block
            ]
            lines.append(" ".join([fit(visible(label), _LABEL_WIDTH), *cells]))
    return "\n".join(lines)


def _blocks(widths: Sequence[int]) -> Iterator[range]:
    """Ranges of columns that fit beside the labels."""
    start, used = 0, _LABEL_WIDTH
    for at, width in enumerate(widths):
        if used + 1 + width > WIDTH:
            yield range(start, at)
            start, used = at, _LABEL_WIDTH
        used += 1 + width
    yield range(start, len(widths))


def _right(text: str, width: int) -> str:
    cut = fit(text, width).rstrip()
    return " " * (width - display_width(cut)) + cut
