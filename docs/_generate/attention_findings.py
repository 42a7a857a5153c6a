"""The sentences of docs/attention.md that state what was found, each chosen by the numbers.

Another model may say the opposite; then the page does, too.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from translator.inspection.explanation import AT_STAKE
from translator.inspection.words import Array


def bleu(several: dict[str, float], one: dict[str, float]) -> str:
    """By split."""
    better = [several[split] > one[split] for split in several]
    if all(better):
        return "Several heads translate better here"
    if not any(better):
        return "One head translates no worse here"
    return "Neither translates better on every split here"


def alike(most: float) -> str:
    """`most`: the share of rows in which the two heads that are most alike agree, 0 to 1."""
    if most >= 0.9:
        return "these two do nearly the same"
    if most >= 0.5:
        return "no two of them do the same, though some overlap"
    return "they do look at different tokens"


def importance(effects: Array) -> str:
    """`effects`: nats lost without each head."""
    if effects.max() > 2 * effects.min():
        return "Nor are they equally important."
    return "They are about equally important."


def backing_up(alone: Array, together: Array) -> str:
    """Nats lost without each head (N, H), and without all heads of each layer (N,)."""
    more = (together > 1.5 * alone.sum(axis=1)) & (together > AT_STAKE)
    if more.all():
        return (
            "The effects of single heads do not add up. When one head is muted, the others make "
            "up for it; when all heads of a layer are muted, far more is lost."
        )
    if more.any():
        layers = ", ".join(str(layer + 1) for layer in np.flatnonzero(more))
        return (
            f"The effects of single heads do not always add up: in layer {layers}, far more is "
            f"lost when all heads are muted together."
        )
    return "The effects of single heads about add up here: no head makes up for another."


def layers_of_one_head(one: Array, several: Array) -> str:
    """Nats lost without each layer's only head, and without all of its several heads: (N,) both."""
    if ((one < 2 * several) & (several < 2 * one)).all():
        return "A layer with one head matters about as much as a layer with several."
    compared = "more" if one.sum() > several.sum() else "less"
    return f"A layer with one head matters {compared}, all in all, than a layer with several."


def cosine_order(agrees: float) -> str:
    """`agrees`: the share of rows in which the same token comes first by both."""
    if agrees >= 0.95:
        return "As a ranking, then, it nearly is the cosine."
    if agrees >= 0.75:
        return "As a ranking, then, it is like the cosine, but not the same."
    return "Even as a ranking, then, it is not the cosine."


def same_position(share: float, gold: float) -> str:
    """The weight on a decoding step's own position, 0 to 1: of attention, of the gold alignment."""
    if share >= 0.5:
        return "Yes, here it does."
    if share <= gold + 0.05:
        return "No, and no more than the word order explains."
    return "No, but more than the word order explains."


def sinks(share: float, even: float) -> str:
    """The weight on punctuation and </s> in rows that write a word, and an even share of it."""
    if share > even:
        return "Punctuation and `</s>` are such places:"
    return "Punctuation and `</s>` often serve as such places, but hardly in this model:"


def rows_belong(writes: float, reads: float) -> str:
    """Alignment error rates."""
    if writes < reads:
        return "To the word that it writes."
    return "To the word that it reads."


def heaviest(top1: float) -> str:
    """The share of decoding steps at which the heaviest token costs most."""
    by = "if you take the mean of all heads and ask only for the heaviest token."
    if top1 >= 0.75:
        return f"Usually, {by}"
    if top1 >= 0.5:
        return f"More often than not, {by}"
    return f"Seldom, even {by}"


def views(top1: Mapping[str, Array]) -> str:
    """By view (3,): how often its heaviest token is the one that costs most, 0 to 1, and the ends
    of its interval."""
    first, *others = sorted(top1, key=lambda view: -top1[view][0])
    share = f"{100 * top1[first][0]:.0f}%"
    alike = [view for view in others if top1[view][2] >= top1[first][1]]
    if not alike:
        return f"Of all views, {first} find it most often, in {share}."
    return (
        f"In this sample it is found most often by {first}, in {share}, but the interval overlaps "
        f"with that of {' and '.join(alike)}."
    )


def hiding(heaviest: float, best: float) -> str:
    """Nats lost when the heaviest token is hidden, and when it is the best choice of one."""
    if heaviest >= 0.9 * best:
        return "Hiding the heaviest token costs nearly as much as the best choice of one."
    if heaviest >= 0.5 * best:
        return "Hiding the heaviest token costs more than half as much as the best choice of one."
    return "Hiding the heaviest token costs far less than the best choice of one."


def keeping(heaviest: float, random: float) -> str:
    """Nats lost when only the three heaviest tokens are kept, and when they are three at random."""
    if heaviest <= 0.1 * random:
        return "The three heaviest tokens alone are nearly enough."
    if heaviest <= 0.5 * random:
        return (
            "The three heaviest tokens alone are not enough, but far better than three at random."
        )
    return "The three heaviest tokens alone are hardly better than three at random."


def pruning(bleu: Sequence[float]) -> str:
    """BLEU with no head removed, with one, and so on to all."""
    spare = next((gone for gone, one in enumerate(bleu[1:]) if one < bleu[0] - 1), len(bleu) - 1)
    if spare == 0:
        return "None of them can be spared: without the first one, BLEU falls by more than a point."
    heads = "1 head" if spare == 1 else f"{spare} heads"
    return f"Of {len(bleu) - 1} heads, {heads} can go before BLEU has fallen by more than a point."


def start(step: int, *, fallen: float, in_all: float) -> str:
    """Until `step` the weights stay as they were, and the loss falls by `fallen` of `in_all` nats
    that it falls over the whole training."""
    if step == 0 or fallen < 0.1 * in_all:
        return "Attention changes from the very first steps on."
    return (
        f"For the first {step} steps the weights hardly change, while the loss already falls by "
        f"{fallen:.1f} of the {in_all:.1f} nats that it falls in all: what can be learned first, "
        "such as which words are frequent, does not need the source."
    )


def lead(reigns: Sequence[tuple[int, int]]) -> str:
    """Layers, from 0, whose best head errs least, each with the step from which on it does."""
    *earlier, (last, since) = reigns
    if not earlier:
        return f"From step {since} on, the head that errs least is one of layer {last + 1}."
    before, until = earlier[-1]
    which = "the deeper layer" if last > before else "the layer before it"
    return (
        f"From step {until} on, the head that errs least is one of layer {before + 1}; from step "
        f"{since} on, it is one of layer {last + 1}: {which} overtakes."
    )


def order(*, looks: int | None, translates: int | None) -> str:
    """The steps at which the error of the best head is halved, and half of the BLEU is reached, or
    None."""
    if looks is None or translates is None:
        return "The error of the head that aligns best in the end is never halved."
    if looks < translates:
        return (
            f"Looking comes first: the error of the head that aligns best in the end is halved at "
            f"step {looks}, half of the final BLEU is reached at step {translates}."
        )
    if looks == translates:
        return (
            f"Looking and translating go together: at step {looks}, the error of the head that "
            "aligns best in the end is halved, and half of the final BLEU is reached."
        )
    return (
        f"Translating comes first: half of the final BLEU is reached at step {translates}, the "
        f"error of the head that aligns best in the end is halved at step {looks}."
    )


def best(head: str, errors: Sequence[tuple[int, float]]) -> str:
    """Of the head that aligns best in the end: some steps and its errors, in percent."""
    course = [f"{error:.0f}% at step {step}" for step, error in errors]
    return f"Head {head} errs by {', '.join(course[:-1])} and {course[-1]}."
