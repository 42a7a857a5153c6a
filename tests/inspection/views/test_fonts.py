"""A font that has the characters is found, or the user is told what to install."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from inspected import made_up
from matplotlib.font_manager import fontManager

from translator.inspection.views import fonts
from translator.inspection.views.fonts import families_for
from translator.inspection.views.picture import draw, save


@pytest.fixture(autouse=True)
def _fonts_of_a_test_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(fontManager, "ttflist", list(fontManager.ttflist))
    fonts._chosen.cache_clear()
    yield
    fonts._chosen.cache_clear()


def test_what_matplotlibs_own_font_has_needs_no_other(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(fonts, "findSystemFonts", None)  # which would take its time

    assert families_for(["Männer → grüßen", "Привет", "▁"]) == (["DejaVu Sans"], {})
    assert not caplog.messages


def test_characters_that_no_font_has_are_replaced_and_named_once_for_all_files(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"no font")
    installed(monkeypatch, broken, make_font(tmp_path, "Last Resort Boxes", "狗🐕"))
    weights = np.full((2, 4, 1, 2), 0.5)

    figure = draw(made_up(["▁狗", "🐕\x00"], ["▁狗\n"], weights))
    for suffix in ("png", "svg"):
        other = made_up(["▁狗", "</s>"], ["</s>"], weights)
        save(other, tmp_path / f"dog.{suffix}", layer=1, head=1)

    assert caplog.messages == [
        f"no installed font has {missing}: the picture shows \ufffd instead; install a font for "
        "the script, for example one of the Noto fonts"
        for missing in ("狗 🐕", "狗")
    ]
    columns = [label.get_text() for label in figure.axes[4].get_xticklabels()]
    assert columns == ["\ufffd", "\ufffd\ufffd"]


@pytest.mark.parametrize("suffix", [".png", ".svg", pytest.param(".pdf", marks=pytest.mark.slow)])
def test_installed_fonts_that_have_the_characters_draw_them(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path, suffix: str
) -> None:
    dogs, cats = (
        make_font(tmp_path, "Made Up Dogs", "狗犬"),
        make_font(tmp_path, "Made Up Cats", "猫"),
    )
    inspection = made_up(["▁狗", "猫"], ["</s>"], np.full((1, 1, 1, 2), 0.5))
    installed(monkeypatch, dogs, cats)

    save(inspection, tmp_path / f"glyphs{suffix}")

    assert not caplog.messages
    families, replacements = families_for(["狗猫"])
    assert families == ["DejaVu Sans", "Made Up Cats", "Made Up Dogs"]
    assert replacements == {}
    columns = [label.get_text() for label in draw(inspection).axes[0].get_xticklabels()]
    assert columns == ["狗", "猫"]


def installed(monkeypatch: pytest.MonkeyPatch, *files: Path) -> None:
    """Only these, whatever this machine has."""
    fonts._chosen.cache_clear()
    monkeypatch.setattr(fonts, "findSystemFonts", lambda: [str(file) for file in files])


def make_font(folder: Path, family: str, characters: str) -> Path:
    """Each character is a square."""
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for corner in ((0, 700), (700, 700), (700, 0)):
        pen.lineTo(corner)
    pen.closePath()
    names = [".notdef", *(f"uni{ord(character):X}" for character in characters)]
    builder = FontBuilder(1000)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap(dict(zip(map(ord, characters), names[1:], strict=True)))
    builder.setupGlyf(dict.fromkeys(names, pen.glyph()))
    builder.setupHorizontalMetrics(dict.fromkeys(names, (800, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": family, "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    file = folder / f"{family}.ttf"
    builder.save(file)
    return file
