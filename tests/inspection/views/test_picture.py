"""Pictures of attention: they show the record, the same bytes each time, or say why not."""

from pathlib import Path

import numpy as np
import pytest
from inspected import made_up
from matplotlib.figure import Figure

from translator.errors import InspectionError
from translator.inspection.inspection import Inspection
from translator.inspection.views.picture import draw, save

SOURCE = ["▁A", "▁<script>", "🐕", "▁$x$", "</s>"]
WRITES = ["▁Männer", "▁grüßen", "</s>"]
N, H, T, S = 2, 4, 3, 5


@pytest.fixture
def inspection() -> Inspection:
    generator = np.random.default_rng(1)
    weights = generator.dirichlet(np.ones(S), (N, H, T))
    return made_up(SOURCE, WRITES, weights, norms=3 * generator.random((N, H, T, S)))


def test_every_panel_shows_its_head(inspection: Inspection) -> None:
    figure = draw(inspection)

    for number, (layer, head) in enumerate(np.ndindex(N, H)):
        assert figure.axes[number].get_title() == f"layer {layer + 1}, head {head + 1}"
        np.testing.assert_array_equal(panel(figure, number), inspection.weights[layer, head])
        assert figure.axes[number].collections[0].get_clim() == (0, 1)


def test_one_head_by_norms_has_labels_and_numbers(inspection: Inspection) -> None:
    figure = draw(inspection, 2, 3, "norms")

    axes = figure.axes[0]
    np.testing.assert_array_equal(panel(figure, 0), inspection.norms[1, 2])
    assert axes.collections[0].get_clim() == (0, pytest.approx(inspection.norms.max()))
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == ["<s> → Männer", "Männer → grüßen", "grüßen → </s>"]
    columns = [label.get_text() for label in axes.get_xticklabels()]
    assert columns == ["A", "<script>", "\ufffd", "$x$", "</s>"]
    titles = [text.get_text() for text in figure.texts]
    assert "source: the encoder answers (K, V)" in titles
    assert "target: the decoder asks (Q)\nreads → writes" in titles
    assert f"{inspection.norms[1, 2, 0, 0]:.2f}".removeprefix("0") == axes.texts[0].get_text()


def test_the_mean_is_over_what_was_chosen(inspection: Inspection) -> None:
    figure = draw(inspection, layer=2, mean=True)

    np.testing.assert_allclose(panel(figure, 0), inspection.weights[1].mean(axis=0))
    assert "layer 2, mean of all heads" in figure.texts[-1].get_text()


@pytest.mark.parametrize("layer", [None, 1])
def test_the_axes_are_named_in_the_middle_of_all_panels(
    inspection: Inspection, layer: int | None
) -> None:
    figure = draw(inspection, layer)
    panels = figure.axes[:-1]  # without the scale
    columns, rows = (
        next(text for text in figure.texts if text.get_text().startswith(name))
        for name in ("source: ", "target: ")
    )

    boxes = [axes.get_position() for axes in panels]
    assert columns.get_position()[0] == pytest.approx((boxes[0].x0 + boxes[-1].x1) / 2)
    assert rows.get_position()[1] == pytest.approx((boxes[0].y1 + boxes[-1].y0) / 2)
    assert rows.get_tightbbox().x1 < min(axes.get_tightbbox().x0 for axes in panels)
    assert columns.get_tightbbox().y1 < min(axes.get_tightbbox().y0 for axes in panels)


def test_heads_stand_in_several_rows_where_the_sentence_is_long() -> None:
    source = [*(f"▁w{number}" for number in range(40)), "</s>"]
    weights = np.full((N, H, T, len(source)), 1 / len(source))

    figure = draw(made_up(source, WRITES, weights))

    lefts = [round(axes.get_position().x0, 6) for axes in figure.axes[: N * H]]
    assert lefts == [lefts[0], lefts[1]] * 4


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_the_same_inspection_gives_the_same_bytes(
    inspection: Inspection, tmp_path: Path, suffix: str
) -> None:
    for name in ("one", "two"):
        save(inspection, tmp_path / f"{name}{suffix}", layer=1, head=1)

    one, two = sorted(tmp_path.iterdir())
    assert one.read_bytes() == two.read_bytes()


def test_what_cannot_be_drawn_is_said_and_nothing_is_written(
    inspection: Inspection, tmp_path: Path
) -> None:
    with pytest.raises(InspectionError, match=r"dog\.gif must end in \.png, \.svg or \.pdf"):
        save(inspection, tmp_path / "dog.gif")
    with pytest.raises(InspectionError, match=r"there is no layer 3: the model has 1 to 2"):
        save(inspection, tmp_path / "dog.png", layer=3)
    with pytest.raises(InspectionError, match=r"there is no head 0: the model has 1 to 4"):
        save(inspection, tmp_path / "dog.png", head=0)
    with pytest.raises(InspectionError, match=r"dog\.png cannot be written \(No such file"):
        save(inspection, tmp_path / "missing" / "dog.png", layer=1, head=1)

    assert not list(tmp_path.iterdir())


def panel(figure: Figure, number: int) -> np.ndarray:
    values = figure.axes[number].collections[0].get_array()
    return np.ma.getdata(values).reshape(T, S)
