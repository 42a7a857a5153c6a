"""The command `inspect`: what it writes, prints and refuses."""

import os
import pty
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from inspected import ENGLISH, GERMAN, SHAPE
from learned import made_up_learning
from tiny_runs import save_model

from translator.cli.main import run_command
from translator.config import Config, CorpusConfig, DecodingConfig, TokenizerConfig
from translator.decoding.translator import Translator
from translator.experiment.learning_record import LearningRecord
from translator.experiment.loading import load_translator
from translator.experiment.run_directory import RunDirectory
from translator.experiment.run_page import page_of_run
from translator.inspection.alignment import Reader, Units, align, pharaoh
from translator.inspection.contrast import contrast
from translator.inspection.learning_storage import load_learning
from translator.inspection.record import inspect_pair, inspect_translation
from translator.inspection.storage import load_inspection
from translator.inspection.views import learning_picture, picture
from translator.inspection.views.contrast import as_contrast
from translator.inspection.views.learning import as_learning

TEXT = ENGLISH[1]


@pytest.fixture(scope="module")
def run(trained_translator: Translator, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A run directory with the model that the tests of inspection share."""
    folder = RunDirectory(tmp_path_factory.mktemp("runs") / "run")
    corpus = tmp_path_factory.mktemp("corpus")
    for language, texts in (("en", ENGLISH), ("de", GERMAN)):
        lines = "".join(f"{text}\n" for text in texts)
        (corpus / f"validation.{language}").write_text(lines, encoding="utf-8")
    config = Config(
        corpus=CorpusConfig(source=str(corpus)),
        tokenizer=TokenizerConfig(vocab_size=330),
        model=SHAPE,
        decoding=DecodingConfig(beam_size=3),
    )
    folder.create(config)
    folder.save_tokenizer(trained_translator.tokenizer)
    save_model(folder, trained_translator.model, trained_translator.tokenizer)
    return str(folder.path)


@pytest.mark.slow
def test_every_file_that_is_asked_for_is_written_and_named(
    run: str, tmp_path: Path, trained_translator: Translator
) -> None:
    names = [f"dog.{kind}" for kind in ("html", "png", "svg", "pdf", "npz", "json")]
    options = [part for name in names for part in (f"--{name[4:]}", name)]

    done = process(run, *options, TEXT, cwd=tmp_path)

    assert done.stderr.startswith("the page in float16: 3 of 3 validation sentences translated")
    assert len(done.stderr.splitlines()) == 1
    assert sorted(done.stdout.split()) == sorted(names)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)
    expected = inspect_translation(trained_translator, TEXT)
    for name in ("dog.npz", "dog.json"):
        found = load_inspection(tmp_path / name)
        np.testing.assert_array_equal(found.weights, expected.weights)
        np.testing.assert_array_equal(found.cross_attn[1].values, expected.cross_attn[1].values)
    folder = RunDirectory(Path(run))
    page = page_of_run(folder, load_translator(folder), "float16", text=TEXT)
    assert (tmp_path / "dog.html").read_text(encoding="utf-8") == page
    assert (tmp_path / "dog.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "dog.pdf").read_bytes().startswith(b"%PDF")
    assert ET.parse(tmp_path / "dog.svg").getroot().tag.endswith("svg")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "arguments"),
    [
        ("", {}),
        ("--layer 2 --head 3", {"layer": 2, "head": 3}),
        ("--head 4 --by norms", {"head": 4, "by": "norms"}),
        ("--mean --layer 1", {"layer": 1, "mean": True}),
        ("--attention encoder --layer 3", {"which": "encoder", "layer": 3}),
        ("--attention decoder --mean", {"which": "decoder", "mean": True}),
    ],
)
def test_options_choose_what_a_picture_shows(
    run: str,
    tmp_path: Path,
    trained_translator: Translator,
    options: str,
    arguments: dict[str, object],
) -> None:
    command = ["--run", run, *options.split(), "--svg", str(tmp_path / "a.svg"), TEXT]
    assert run_command("inspect", command, "inspect") == 0

    picture.save(inspect_translation(trained_translator, TEXT), tmp_path / "b.svg", **arguments)

    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


@pytest.mark.parametrize(
    ("options", "reader", "units"),
    [
        ("", Reader(), "words"),
        ("--layer 1 --head 4 --by weights", Reader(layer=0, head=3, by="weights"), "words"),
        ("--rows reads --units pieces", Reader(rows="reads"), "pieces"),
        ("--chosen_by target --units spaced", Reader(chosen_by="target"), "spaced"),
    ],
)
def test_links_are_a_line_a_pair_and_blank_for_blank(
    run: str,
    tmp_path: Path,
    trained_translator: Translator,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    options: str,
    reader: Reader,
    units: Units,
) -> None:
    (tmp_path / "in.en").write_text(f"{ENGLISH[0]}\n\n{ENGLISH[2]}\n", encoding="utf-8")
    (tmp_path / "in.de").write_text(f"{GERMAN[0]}\nx\n{GERMAN[2]}\n", encoding="utf-8")

    files = ["--input", str(tmp_path / "in.en"), "--tgt_input", str(tmp_path / "in.de")]

    code = run_command("inspect", ["--run", run, "--pharaoh", *files, *options.split()], "inspect")

    first, last = (
        pharaoh(align(inspect_pair(trained_translator, ENGLISH[n], GERMAN[n]), reader, units))
        for n in (0, 2)
    )
    assert (code, capfd.readouterr().out) == (0, f"{first}\n\n{last}\n")
    [said] = caplog.messages
    layer = "the mean of all layers" if reader.layer is None else "layer 1"
    assert f"{layer}, " in said
    assert f"by {reader.by}, in the rows that {reader.rows[:-1]} a target word" in said


def test_links_are_blank_where_nothing_is_seen_and_count_words_as_they_are_given(
    run: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "in.en").write_text("\ufeff\u200b \x00\nTwo \u2060 men\n", encoding="utf-8")
    (tmp_path / "in.de").write_text("Ein\n<pad> Männer\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    files = ["--input", "in.en", "--tgt_input", "in.de", "--units", "spaced"]
    code = run_command("inspect", ["--run", run, "--pharaoh", *files], "inspect")

    blank, links, end = capfd.readouterr().out.split("\n")
    assert (code, blank, end) == (0, "", "")
    linked = [link.split("-") for link in links.split()]
    assert {src for src, _ in linked} == {"0", "2"}
    assert {tgt for _, tgt in linked} == {"0", "1"}


@pytest.mark.parametrize("broken", ["--input", "--tgt_input"])
def test_a_file_that_is_not_utf_8_is_refused_with_its_line(
    run: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], broken: str
) -> None:
    files = []
    for option in ("--input", "--tgt_input"):
        path = tmp_path / option[2:]
        path.write_text("A dog.\nMänner.\n", "latin-1" if option == broken else "utf-8")
        files += [option, str(path)]

    assert run_command("inspect", ["--run", run, "--pharaoh", *files], "inspect") == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert f"{broken[2:]} line 2 is not UTF-8 (byte 0xe4): save the file as UTF-8" in err


@pytest.mark.parametrize("name", ["by", "rows", "chosen_by"])
def test_the_help_names_the_default_by_which_links_are_read(
    capsys: pytest.CaptureFixture[str], name: str
) -> None:
    with pytest.raises(SystemExit):
        run_command("inspect", ["--help"], "inspect")

    options = re.split(r"\n  (?=-)", capsys.readouterr().out)
    [described] = [option for option in options if option.startswith(f"--{name} ")]
    default = getattr(Reader(), name)
    assert f"({default})" in described or f"--pharaoh {default}" in described


@pytest.mark.slow
def test_links_of_standard_input_and_of_one_text_are_those_of_the_models_own_translation(
    run: str, tmp_path: Path, trained_translator: Translator
) -> None:
    inspection = inspect_translation(trained_translator, TEXT)
    expected = pharaoh(align(inspection, Reader())) + "\n"

    assert process(run, "--pharaoh", TEXT, cwd=tmp_path).stdout == expected
    given = process(run, "--pharaoh", cwd=tmp_path, stdin=f"{TEXT}\r\n{TEXT}")
    assert given.stdout == 2 * expected


@pytest.mark.slow
@pytest.mark.parametrize(
    ("variables", "expected"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
)
def test_colour_is_for_a_terminal_whose_owner_wants_it(
    run: str, tmp_path: Path, variables: dict[str, str], expected: bool
) -> None:
    shown = on_a_terminal(command(run, TEXT), cwd=tmp_path, variables=variables)

    assert TEXT in shown
    assert ("\x1b[36m" in shown) == expected


@pytest.mark.slow
def test_no_colour_goes_into_a_pipe(run: str, tmp_path: Path) -> None:
    assert "\x1b" not in process(run, TEXT, cwd=tmp_path).stdout


@pytest.mark.slow
def test_text_is_utf_8_whatever_the_locale(run: str, tmp_path: Path) -> None:
    done = subprocess.run(
        command(run, "--tgt", "Grüße 🐕", "Ümlaut ☃"),
        capture_output=True,
        cwd=tmp_path,
        env={**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
        check=True,
    )

    assert done.stdout.decode("utf-8").startswith("Ümlaut ☃\nGrüße 🐕\n(given by the user)\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "there is no text: give a sentence"),
        (["A", "dog"], "there are 2 texts: give one sentence, in quotes"),
        ([" "], "the text is blank"),
        (["--png", "a.jpg", "hi"], "--png takes a file that ends in .png, not a.jpg"),
        (["--json", "A dog runs."], "--json takes a file that ends in .json, not A dog runs."),
        (["--svg", "no/a.svg", "hi"], "--svg no/a.svg: there is no folder no: make it first"),
        (["--npz", "folder.npz", "hi"], "--npz folder.npz is not an ordinary file"),
        (["--html", "a.html", "--matrix", "hi"], "--matrix and --html exclude each other"),
        (["--step", "3", "--png", "a.png", "hi"], "--step would have no effect: it goes with the"),
        (["--layer", "1", "--npz", "a.npz", "hi"], "--layer would have no effect"),
        (["--mean", "hi"], "--mean would have no effect: it goes with --png or --svg or --pdf"),
        (["--rows", "reads", "hi"], "--rows would have no effect: it goes with --pharaoh"),
        (["--input", "a", "hi"], "--input would have no effect: it goes with --pharaoh"),
        (["--pharaoh", "--input", "a", "hi"], "--input and a text exclude each other"),
        (["--pharaoh", "--input", "nowhere"], "--input nowhere cannot be read: No such file"),
        (["--pharaoh", "--tgt", "x"], "the translation of one text: give the text, or --tgt_input"),
        (["--html", "a.html", "--tgt", "x"], "--tgt is the translation of one text: give the text"),
        (["--html", "a.html", "--json", "a.json"], "there is no text: give a sentence"),
        (["--weights_over_training", "hi"], "--weights_over_training would have no effect"),
        (["--weights", "int8", "hi"], "--weights would have no effect: it goes with --html"),
        (
            ["--json", "a.json", "--source", "x", "hi"],
            "--source would have no effect",
        ),
        (["--html", "a.html", "--weights", "int4", "hi"], "--weights is 'int4': it must be one of"),
        (["--pharaoh", "--layer", "3", TEXT], "--layer is 3: the model has layers 1 to 2"),
        (["--tgt", "x", "--beam_size", "2", "hi"], "--beam_size would have no effect: --tgt"),
        (["--step", "two", "hi"], "--step is 'two': it must be a whole number"),
        (["--by", "size", "hi"], "--by is 'size': it must be one of weights, norms"),
        (["--html", "a.html", "--png", "a.png", "--layer", "9", TEXT], "there is no layer 9"),
        ([TEXT, "--what_if", "1.1=zero 1=uniform"], "layer 1 head 1 is already set to zero"),
        (["--contrast", "Ein", "--json", "a.json", TEXT], "--contrast and --json exclude each"),
        (["--contrast", "Ein", "--layer", "1", TEXT], "--layer would have no effect"),
        (["--contrast", "Ein", "--step", "99", TEXT], "--step is 99: the translation has decoding"),
        (["--contrast", "Ein", "--step", "1", TEXT], "is what decoding step 1 writes"),
        ([TEXT, "--what_if", "drop="], "--what_if drop=: a source piece is missing; they are 1"),
    ],
)
def test_a_refused_option_is_one_sentence_and_nothing_is_written(
    run: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.npz").mkdir()

    code = run_command("inspect", ["--run", run, *arguments], prog="inspect")

    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    refusal = err.splitlines()[-1]
    assert refusal.startswith("error: ")
    assert message in refusal
    assert [path.name for path in tmp_path.iterdir()] == ["folder.npz"]


def test_a_word_that_was_not_written_is_contrasted_at_the_step_that_is_asked_for(
    run: str, trained_translator: Translator, capfd: pytest.CaptureFixture[str]
) -> None:
    inspection = inspect_translation(trained_translator, TEXT)
    found = contrast(inspection, trained_translator, "Zwei", 1)

    code = run_command("inspect", ["--run", run, "--contrast=Zwei", "--step=2", TEXT], "inspect")

    expected = as_contrast(inspection, found, "Zwei", is_step_given=True)
    assert (code, capfd.readouterr().out) == (0, f"{expected}\n")


def test_unequal_numbers_of_texts_and_translations_are_refused(
    run: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "en").write_text("A dog.\nTwo men.\n", encoding="utf-8")
    (tmp_path / "de").write_text("Ein Hund.\n", encoding="utf-8")
    files = ["--input", str(tmp_path / "en"), "--tgt_input", str(tmp_path / "de")]

    assert run_command("inspect", ["--run", run, "--pharaoh", *files], "inspect") == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert "has 1 lines for 2 texts: give one translation per line" in err


def test_a_page_needs_no_sentence_and_takes_the_weights_and_the_text_that_are_asked_for(
    run: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "one.jsonl").write_text('{"en": "Two men sit.", "de": "x"}\n', encoding="utf-8")
    options = ["--html", "a.html", "--weights", "int8", "--source", "one.jsonl"]

    assert run_command("inspect", ["--run", run, *options], "inspect") == 0

    assert capfd.readouterr().out == "a.html\n"
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert '"precision": "int8"' in page
    assert '"text": "Two men sit.", "tgt": null' in page


def test_a_page_that_is_refused_leaves_nothing_behind(
    run: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("translator.experiment.agreement.LEAST_SAME", 1.1)
    files = ["--html", "a.html", "--png", "a.png", "--json", "a.json"]

    assert run_command("inspect", ["--run", run, *files, TEXT], "inspect") == 2

    out, err = capsys.readouterr()
    assert out == ""
    assert "has no page in float16: 3 of 3" in err
    assert list(tmp_path.iterdir()) == []


def test_learning_is_shown_or_written_into_every_file_that_is_asked_for(
    run: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    learning = made_up_learning()
    monkeypatch.setattr(LearningRecord, "load", lambda self, name: replace(learning, name=name))
    monkeypatch.chdir(tmp_path)

    assert run_command("inspect", ["--learning", run], "inspect") == 0
    assert capfd.readouterr().out == as_learning(replace(learning, name=run)) + "\n"

    files = [part for kind in ("svg", "npz", "json") for part in (f"--{kind}", f"a.{kind}")]
    assert (
        run_command(
            "inspect", ["--learning", run, *files, "--layer", "2", "--head", "3"], "inspect"
        )
        == 0
    )
    assert capfd.readouterr().out == "a.svg\na.npz\na.json\n"
    learning_picture.save(replace(learning, name=run), tmp_path / "b.svg", layer=2, head=3)
    assert Path("a.svg").read_bytes() == Path("b.svg").read_bytes()
    for name in ("a.npz", "a.json"):
        loaded = load_learning(tmp_path / name)
        assert (loaded.name, len(loaded.snapshots)) == (run, len(learning.snapshots))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["RUN"], "RUN has no record of learning: give a run that this"),
        (["RUN@300"], "--learning shows all steps of a run: leave @300 out"),
        (["nowhere"], "there is no run directory nowhere"),
        (["RUN", "A dog."], "a text would have no effect: --learning takes a run, and goes with"),
        (["RUN", "--html", "a.html"], "--html would have no effect: --learning takes a run"),
        (["RUN", "--run", "RUN"], "--run would have no effect: --learning takes a run"),
        (["RUN", "--npz", "a.npz", "--head", "1"], "--head would have no effect: --learning takes"),
        (["RUN", "--mean", "--png", "a.png"], "--mean would have no effect: --learning takes"),
        (["RUN", "--png", "a.jpg"], "--png takes a file that ends in .png, not a.jpg"),
    ],
)
def test_a_record_of_learning_that_cannot_be_shown_is_one_sentence(
    run: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    given = [argument.replace("RUN", run) for argument in arguments]

    code = run_command("inspect", ["--learning", *given], prog="inspect")

    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert message.replace("RUN", run) in err
    assert list(tmp_path.iterdir()) == []


def on_a_terminal(arguments: list[str], cwd: Path, variables: dict[str, str]) -> str:
    """What a pseudo-terminal is sent."""
    master, slave = pty.openpty()
    plain = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    environment = {**plain, "TERM": "xterm", **variables}
    process = subprocess.Popen(arguments, stdout=slave, cwd=cwd, env=environment)
    os.close(slave)
    sent = b""
    try:
        while part := os.read(master, 4096):
            sent += part
    except OSError:  # Linux says so that nobody writes any more
        pass
    os.close(master)
    assert process.wait() == 0
    return sent.decode("utf-8")


def command(run: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "translator", "inspect", "--run", run, *arguments]


def process(
    run: str, *arguments: str, cwd: Path, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command(run, *arguments),
        input=stdin,
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    return done
