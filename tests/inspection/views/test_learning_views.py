"""How a run learned, in the terminal and as a picture: the record's own numbers."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from learned import DECODER_LAYERS, HEADS, PROBES, STEPS, made_up_learning
from matplotlib.figure import Figure

from translator.errors import InspectionError
from translator.inspection.learning import WHOLE, Learning
from translator.inspection.views.columns import display_width
from translator.inspection.views.learning import as_learning, tell
from translator.inspection.views.learning_picture import draw, draw_probe, save

MIDDLE = 0
"""The probe of middle length."""


def test_the_tables_have_the_numbers_of_every_head_at_each_step() -> None:
    learning = made_up_learning()

    shown = as_learning(learning)

    rows = [line.split() for line in shown.splitlines() if line[:6].strip().isdigit()]
    for number, snapshot in enumerate(learning.snapshots):
        step, bleu, loss, *entropies = rows[number]
        assert (int(step), float(bleu)) == (STEPS[number], pytest.approx(snapshot.bleu, abs=0.051))
        assert float(loss) == pytest.approx(snapshot.loss, abs=0.00051)
        np.testing.assert_allclose(
            [float(one) for one in entropies], flat(snapshot.entropy), atol=0.0051
        )
        step, *errors = rows[len(STEPS) + number]
        assert int(step) == STEPS[number]
        found = [float(error.strip("*")) for error in errors]
        np.testing.assert_allclose(found, 100 * flat(snapshot.aer), atol=0.51)
        starred = [error.startswith("*") for error in errors]
        assert starred.index(True) == flat(snapshot.aer).argmin()
        assert starred.count(True) == 1


def test_everything_fits_into_80_columns_and_only_a_terminal_gets_colours() -> None:
    for learning in (made_up_learning(), made_up_learning(gold=False), with_heads(6, 8)):
        assert max(map(display_width, as_learning(learning).splitlines())) <= 80

    assert "\x1b" not in as_learning(made_up_learning())
    assert "\x1b[33m   *10\x1b[0m" in as_learning(made_up_learning(), colours=True)


def test_of_many_heads_the_best_of_each_layer_is_shown() -> None:
    learning = with_heads(3, 8)

    shown = as_learning(learning)

    assert "Entropy in bits, of the best head of each layer" in shown
    heads = [int(one[:,].argmin()) + 1 for one in learning.snapshots[-1].aer]
    names = [f"{layer}.{head}" for layer, head in enumerate(heads, start=1)]
    assert f"  step   BLEU   loss   {'   '.join(names)}" in shown


def test_a_long_record_is_shown_at_a_dozen_steps() -> None:
    first, *_ = made_up_learning().snapshots
    many = [replace(first, step=5 * number) for number in range(45)]

    shown = as_learning(replace(made_up_learning(gold=False), snapshots=many))

    steps = [int(line[:6]) for line in shown.splitlines() if line[:6].strip().isdigit()]
    assert len(steps) == 24
    assert (steps[0], steps[11]) == (0, 220)


@pytest.mark.parametrize(
    ("learning", "sentences"),
    [
        (
            made_up_learning(),
            [
                "a row are nearly alike: 2.43 bits of 2.44 possible",
                "BLEU is 0.0 before training and 100.0 after step 800; half of the final BLEU is "
                "reached by step 400.",
                "Head 2.4 aligns best in the end: its error goes from 90% to 10%, halved by step "
                "200.",
                "A head of layer 1 errs least from step 0 on, one of layer 2 from step 200 on.",
            ],
        ),
        (
            made_up_learning(gold=False),
            [
                "Head 2.4 has the lowest entropy in the end, 0.20 bits;",
                "before training it had 1.80.",
                "A head of layer 2 has the lowest entropy all along.",
            ],
        ),
        (
            replace(made_up_learning(), snapshots=made_up_learning().snapshots[:1]),
            ["Nothing has been learned yet: this is before the first step."],
        ),
    ],
    ids=["gold", "no gold", "before training"],
)
def test_what_happened_is_said_in_words(learning: Learning, sentences: Sequence[str]) -> None:
    for sentence in sentences:
        assert sentence in tell(learning)


def test_a_picture_shows_the_probe_of_middle_length_and_the_best_head_at_each_step() -> None:
    learning = made_up_learning()

    figure = draw(learning)

    for number, snapshot in enumerate(learning.snapshots):
        expected = snapshot.attention[MIDDLE]["cross_attn"][1, 3] / WHOLE
        np.testing.assert_array_equal(panel(figure, number), expected)
        assert figure.axes[number].get_title() == f"step {snapshot.step}"
    texts = [text.get_text() for text in figure.texts]
    assert "How attention was learned: cross-attention of head 2.4" in texts
    rows = [one.get_text() for one in figure.axes[0].get_yticklabels()]
    assert rows == ["<s> → Ein", "Ein → Hund", "Hund → .", ". → </s>"]


def test_layer_and_head_choose_the_rows_of_a_picture() -> None:
    learning = made_up_learning()

    for (layer, head), heads in (
        ((2, None), [(1, head) for head in range(HEADS)]),
        ((None, 3), [(layer, 2) for layer in range(DECODER_LAYERS)]),
        ((1, 2), [(0, 1)]),
    ):
        figure = draw(learning, layer, head)
        for row, place in enumerate(heads):
            first = learning.snapshots[0].attention[MIDDLE]["cross_attn"][place] / WHOLE
            np.testing.assert_array_equal(panel(figure, row * len(STEPS)), first)
        titles = {axes.get_title() for axes in figure.axes}
        assert f"{'' if len(heads) == 1 else 'head 2.3, '}step 800" in titles


def test_curves_show_every_head_over_all_steps_and_mark_the_steps_that_are_shown() -> None:
    learning = made_up_learning()

    bleu, errors, entropy = draw(learning).axes[-3:]

    assert lines(bleu) == [[snapshot.bleu for snapshot in learning.snapshots]]
    expected = np.stack([100 * flat(snapshot.aer) for snapshot in learning.snapshots]).T
    np.testing.assert_allclose(lines(errors), expected)
    expected = np.stack([flat(snapshot.entropy) for snapshot in learning.snapshots]).T
    np.testing.assert_allclose(lines(entropy), expected)
    assert [one.get_text() for one in bleu.get_xticklabels()] == [str(step) for step in STEPS]
    widths = [line.get_linewidth() for line in errors.get_lines()[len(STEPS) :]]
    assert widths.index(max(widths)) == 7
    assert len(draw(made_up_learning(gold=False)).axes) == len(STEPS) + 1 + 2


@pytest.mark.parametrize(
    ("shape", "names"),
    [
        ((2, 3), [f"layer {layer}, head {head}" for layer in (1, 2) for head in (1, 2, 3)]),
        ((3, 8), [f"layer {layer}, mean" for layer in (1, 2, 3)]),
    ],
)
def test_a_probe_at_one_step_has_a_panel_a_head_or_of_many_heads_a_layer(
    shape: tuple[int, int], names: Sequence[str]
) -> None:
    probe = PROBES[MIDDLE]
    size = (len(probe.writes), len(probe.source))
    weights = np.random.default_rng(3).dirichlet(np.ones(size[1]), (*shape, size[0]))

    figure = draw_probe(probe, weights.astype(np.float32), 25)

    panels = [axes for axes in figure.axes if axes.get_title()]
    assert [axes.get_title() for axes in panels] == names
    expected = weights.mean(axis=1) if "mean" in names[0] else weights.reshape(-1, *size)
    for axes, values in zip(panels, expected, strict=True):
        np.testing.assert_allclose(axes.collections[0].get_array(), values, rtol=1e-6)
    assert "Cross-attention after step 25" in [text.get_text() for text in figure.texts]


def test_a_head_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InspectionError, match="there is no layer 3: the model has 1 to 2"):
        save(made_up_learning(), tmp_path / "a.png", layer=3)
    with pytest.raises(InspectionError, match="there is no head 0: the model has 1 to 4"):
        save(made_up_learning(), tmp_path / "a.png", head=0)
    assert not list(tmp_path.iterdir())


def flat(of_heads: np.ndarray | None) -> np.ndarray:
    assert of_heads is not None
    return of_heads.ravel()


def lines(axes) -> list[list[float]]:
    """What is drawn over the lines that mark steps."""
    return [list(line.get_ydata()) for line in axes.get_lines()[len(STEPS) :]]


def panel(figure: Figure, number: int) -> np.ndarray:
    values = figure.axes[number].collections[0].get_array()
    probe = PROBES[MIDDLE]
    return np.ma.getdata(values).reshape(len(probe.writes), len(probe.source))


def with_heads(num_layers: int, num_heads: int) -> Learning:
    """The same record of a larger model."""
    generator = np.random.default_rng(2)
    learning = made_up_learning()
    shape = (num_layers, num_heads)
    snapshots = [
        replace(
            snapshot,
            entropy=generator.random(shape),
            aer=generator.random(shape),
            attention=[
                {
                    kind: generator.integers(0, WHOLE, (*shape, *matrices.shape[2:]), np.uint8)
                    for kind, matrices in probe.items()
                }
                for probe in snapshot.attention
            ],
        )
        for snapshot in learning.snapshots
    ]
    return replace(learning, snapshots=snapshots)
