"""docs/attention.md: its prose is the template's, and its script fills it from any model."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from attention import check

REPOSITORY = Path(__file__).parents[2]
DOCS = REPOSITORY / "docs"
TEMPLATE = (DOCS / "_generate/attention.template.md").read_text(encoding="utf-8")
PAGE = (DOCS / "attention.md").read_text(encoding="utf-8")
SMALL = shlex.split(
    "--corpus.source ./scenes --model.d_model 16 --model.d_ff 24 --model.num_encoder_layers 1 "
    "--tokenizer.vocab_size 330 --training.batch_tokens 256 --training.max_steps 40 "
    "--training.warmup_steps 4 --training.eval_every 20 --decoding.beam_size 2"
)


def test_the_prose_of_the_page_is_that_of_the_template() -> None:
    check(TEMPLATE, PAGE)


@pytest.mark.parametrize(
    ("template", "page"),
    [
        ("a {{x}} b {{$ c}}\n", "a 1 c 2\n"),
        ("a {{x}} b\n", "a 1 b\nand more\n"),
        ("a {{x}} b\n", "More: a 1 b\n"),
        ("a {{x}} b\n", "a  b\n"),
        ("a {{x}} b {{y}} c\n", "a 1 b 2 b\n"),
    ],
    ids=["other prose", "more at the end", "more at the beginning", "nothing", "not filled"],
)
def test_a_page_that_was_edited_by_hand_is_found(template: str, page: str) -> None:
    with pytest.raises(ValueError, match="the page "):
        check(template, page)


def test_no_measured_number_is_typed_into_the_template() -> None:
    places, citations = r"\{\{\$ .+\}\}|\{\{\w+\}\}", r"et al\. \d{4}\]\(https://\S+\)"
    prose = re.sub(f"{places}|{citations}", "", TEMPLATE)

    assert re.findall(r"\d+[.,]\d+|\d+ ?%|\d\d+", prose) == []


def test_every_picture_of_the_page_is_there_and_none_besides() -> None:
    shown = set(re.findall(r"\]\((attention-\S+\.png)\)", PAGE))

    assert shown == {path.name for path in DOCS.glob("attention-*.png")}
    assert sum(path.stat().st_size for path in DOCS.glob("attention-*.png")) < 1_000_000


@pytest.mark.campaign
def test_the_script_fills_the_page_from_models_trained_anew(tmp_path: Path) -> None:
    make_corpus(tmp_path / "scenes")
    for name, heads in (("several", "2"), ("one", "1")):
        python("train.py", "--run", name, "--model.num_heads", heads, *SMALL, cwd=tmp_path)
    (tmp_path / "page").mkdir()

    # It asserts on its way what holds for any model: of masks, padding, rows computed alone.
    python(
        *shlex.split("docs/_generate/attention.py --run several --single one --out page"),
        cwd=tmp_path,
    )

    page = (tmp_path / "page/attention.md").read_text(encoding="utf-8")
    check(TEMPLATE, page)
    assert "{{" not in page
    assert "nan" not in page
    commands = re.findall(r"^\$ (python .+)\n(.+)", page, re.MULTILINE)
    assert len(commands) == TEMPLATE.count("{{$ ") + 1  # one shows its output as the translation
    shapes = re.search(
        r"^\| Q, queries .*\| (\d+) x 16, as 2 heads of \1 x 8 \|$", page, re.MULTILINE
    )
    assert shapes
    assert len(re.findall(r"^decoding step \d+ +reads", page, re.MULTILINE)) == int(shapes[1])
    # In the table of heads, and in that of heads removed one after the other.
    assert page.count("\n| layer 1, head ") == 2 + 2
    for name in re.findall(r"\]\((attention-\S+\.png)\)", page):
        assert (tmp_path / "page" / name).read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_the_training_commands_of_the_page_are_accepted(tmp_path: Path) -> None:
    make_corpus(tmp_path / "scenes")
    commands = re.findall(r"^ +python (train\.py .+)$", TEMPLATE, re.MULTILINE)

    assert commands
    for command in commands:
        python(*shlex.split(command), "--corpus.source", "./scenes", "--dry_run", cwd=tmp_path)


def make_corpus(folder: Path) -> None:
    """A little of the embedded corpus, with its gold alignment."""
    folder.mkdir()
    for split, size in (("train", 140), ("validation", 4), ("test", 3)):
        file = REPOSITORY / f"data/scenes/{split}.jsonl"
        lines = file.read_text(encoding="utf-8").splitlines()[:size]
        (folder / file.name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def python(script: str, *arguments: str, cwd: Path) -> None:
    done = subprocess.run(
        [sys.executable, REPOSITORY / script, *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
