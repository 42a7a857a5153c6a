"""Why one token and not another, as text: what each source token and decoder part adds."""

from collections.abc import Sequence

import numpy as np

from translator.inspection.contrast import Contrast
from translator.inspection.heads.report import Head, head_name
from translator.inspection.inspection import Inspection
from translator.inspection.views.columns import fit, signed, visible, wrap
from translator.inspection.views.terminal import (
    MAX_LINES,
    PIECE_WIDTH,
    chance,
    piece_column,
    sentence,
)
from translator.inspection.words import Array

NUM_HEADS = 3
"""Number of heads with a column of their own."""
_BAR_WIDTH = 12
_SPEAKS_FOR, _SPEAKS_AGAINST = "█", "░"


def as_contrast(
    inspection: Inspection,
    found: Contrast,
    word: str,
    *,
    is_step_given: bool,
    colours: bool = False,
) -> str:
    """The whole contrast, in 80 columns; steps, heads and source pieces count from 1."""
    return "\n\n".join(
        [
            sentence(inspection, colours),
            _question(inspection, found, word, is_step_given),
            _source(inspection, found),
            _parts(inspection, found),
            _meaning(inspection, found),
        ]
    )


def _question(inspection: Inspection, found: Contrast, word: str, is_step_given: bool) -> str:
    step, written, other = found.step, _written(inspection, found), visible(found.other)
    lead, logprob = float(found.parts.logit[step]), float(inspection.logprobs[step])
    lines = [
        f"Why {written} and not {other}? Decoding step {step + 1} of {len(inspection.writes)} "
        f"reads {visible(inspection.reads[step])} and writes {written}, p {chance(logprob)}; "
        f"{other} has p {chance(found.logprob)}, and its logit is {abs(lead):.2f} "
        f"{'lower' if lead >= 0 else 'higher'}."
    ]
    if not found.is_whole:
        lines.append(f"{visible(word)} has several pieces; {other} is the first.")
    if not is_step_given:
        lines.append(
            f"{other} comes closest to being written at this step; --step chooses another."
        )
    return wrap(" ".join(lines))


def _source(inspection: Inspection, found: Contrast) -> str:
    """One line per source piece: what it adds through all heads and through the strongest."""
    by_head = found.parts.cross_attn[:, :, found.step]
    by_source = by_head.sum(axis=(0, 1))
    heads = _strongest(by_head)
    columns = {head_name(head): by_head[head] for head in heads}
    if len(heads) < by_head[..., 0].size:
        columns["others"] = by_source - sum(columns.values())
    shown = np.sort(np.argsort(-np.abs(by_source), kind="stable")[:MAX_LINES])
    longest = np.abs(by_source).max()

    def line(number: str, piece: str, total: float, bar: str, cells: Sequence[float]) -> str:
        numbers = "".join(f"{signed(cell):>8}" for cell in cells)
        return f"{number:>4} {piece} {signed(total):>8}  {bar:{_BAR_WIDTH}}{numbers}".rstrip()

    lines = [
        wrap(_strongest_piece(inspection, found)),
        f"     {fit('source', PIECE_WIDTH)} {'adds':>8}  {'':{_BAR_WIDTH}}"
        + "".join(f"{name:>8}" for name in columns),
    ]
    for at in shown:
        cells = [column[at] for column in columns.values()]
        piece = piece_column(inspection.source[at])
        bar = _bar(by_source[at] / longest if longest else 0.0)
        lines.append(line(str(at + 1), piece, by_source[at], bar, cells))
    rest = np.setdiff1d(np.arange(len(by_source)), shown)
    if rest.size:
        cells = [column[rest].sum() for column in columns.values()]
        piece = fit(f"{rest.size} more", PIECE_WIDTH)
        lines.append(line("", piece, by_source[rest].sum(), "", cells))
    sums = [column.sum() for column in columns.values()]
    lines.append(line("", fit("sum", PIECE_WIDTH), by_source.sum(), "", sums))
    return "\n".join(lines)


def _strongest_piece(inspection: Inspection, found: Contrast) -> str:
    """The title of the table of source pieces: which one adds most, and through which head."""
    by_head = found.parts.cross_attn[:, :, found.step]
    by_source = by_head.sum(axis=(0, 1))
    most = int(np.abs(by_source).argmax())
    spoken_for = inspection.writes[found.step] if by_source[most] > 0 else found.other
    head = _strongest(by_head[..., [most]])[0]
    return (
        f"What each source piece adds through cross-attention, and through which heads. The most, "
        f"{signed(by_source[most])} for {visible(spoken_for)}, comes from "
        f"{visible(inspection.source[most])}, {signed(by_head[*head, most])} of it through head "
        f"{head_name(head)}:"
    )


def _parts(inspection: Inspection, found: Contrast) -> str:
    """One line per part of the decoder, and the sum of all parts."""
    names = {
        "cross-attention": "the source, through cross-attention, as above",
        "self-attention": "the target prefix, through self-attention",
        "feed-forward": "the feed-forward blocks",
        "embedding": f"{visible(inspection.reads[found.step])}, which was read, and its position",
        "biases": "biases, whatever was read",
        "total": "all parts together",
    }
    sums = {name: float(part[found.step]) for name, part in found.parts.sums().items()}
    longest = max(abs(part) for name, part in sums.items() if name != "total")
    lines = [wrap("All that makes the difference of the two logits:")]
    for name, what in names.items():
        bar = "" if name == "total" or not longest else _bar(sums[name] / longest)
        lines.append(f"     {fit(what, 50)} {signed(sums[name]):>8}  {bar}".rstrip())
    return "\n".join(lines)


def _meaning(inspection: Inspection, found: Contrast) -> str:
    written, other = _written(inspection, found), visible(found.other)
    return wrap(
        f"{_SPEAKS_FOR} and + speak for {written}, {_SPEAKS_AGAINST} and - for {other}. The parts "
        f"sum to the difference exactly, but only because the scale of the last norm is kept as it "
        f"was; without a part, that scale would change. A part counts for what it adds by itself. "
        f"What later layers make of it counts as theirs: a feed-forward block, for example, works "
        f"on what attention brought."
    )


def _written(inspection: Inspection, found: Contrast) -> str:
    return visible(inspection.writes[found.step])


def _strongest(by_head: Array) -> list[Head]:
    """(N, H, S) -> at most NUM_HEADS heads, largest sum of absolute contributions first."""
    order = np.argsort(-np.abs(by_head).sum(axis=-1), axis=None, kind="stable")[:NUM_HEADS]
    layers, heads = np.unravel_index(order, by_head.shape[:2])
    return list(zip(layers.tolist(), heads.tolist(), strict=True))


def _bar(share: float) -> str:
    """A bar for `share` (-1 to 1) of the longest bar."""
    return (_SPEAKS_FOR if share > 0 else _SPEAKS_AGAINST) * round(_BAR_WIDTH * abs(share))
