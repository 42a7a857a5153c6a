"""Config files: text stays text, and each mistake is one sentence with file and line."""

import itertools
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import translator
from translator.cli.config_file import LARGEST, read_config_file
from translator.cli.main import run_command
from translator.cli.options.train import read as train_options
from translator.config import Source
from translator.errors import ConfigError

SECTIONS = "sections: corpus, tokenizer, model, training, decoding, diversification"
BOMB = "".join(
    [
        'a: &a ["lol", "lol", "lol", "lol", "lol", "lol", "lol", "lol", "lol"]\n',
        *(f"{b}: &{b} [{', '.join(9 * [f'*{a}'])}]\n" for a, b in itertools.pairwise("abcdefghi")),
    ]
)


@pytest.mark.parametrize("word", ["null", "Null", "~", "no", "yes", "0123456", "1e3", "2026-01-01"])
def test_a_word_is_text_where_text_is_wanted(word: str, tmp_path: Path) -> None:
    assert read(tmp_path, f"corpus:\n  tgt_column: {word}") == {"corpus": {"tgt_column": word}}
    assert read(tmp_path, f"corpus: {{tgt_column: '{word}'}}") == {"corpus": {"tgt_column": word}}


@pytest.mark.parametrize(
    ("written", "value"),
    [("null", None), ("'null'", "null"), ('"null"', "null"), ("0123456", "0123456"), ("no", "no")],
)
def test_null_is_no_revision_unless_it_stands_in_quotes(
    written: str, value: str | None, tmp_path: Path
) -> None:
    assert read(tmp_path, f"corpus: {{revision: {written}}}") == {"corpus": {"revision": value}}


@pytest.mark.parametrize(
    ("written", "value"),
    [("1e-4", 0.0001), ("1.0e-05", 0.00001), (".5", 0.5), ("+2", 2.0), ("1_0", 10.0)],
)
def test_a_number_may_be_written_as_python_reads_it(
    written: str, value: float, tmp_path: Path
) -> None:
    found = read(tmp_path, f"training: {{learning_rate: {written}}}")

    assert found == {"training": {"learning_rate": value}}


def test_a_whole_number_may_be_written_as_a_power_of_ten(tmp_path: Path) -> None:
    found = read(tmp_path, "training: {max_steps: 2.5e3, warmup_steps: '1e2'}")

    assert found == {"training": {"max_steps": 2500, "warmup_steps": 100}}


@pytest.mark.parametrize(
    ("written", "value"), [("true", True), ("No", False), ("on", True), ("OFF", False)]
)
def test_a_switch_is_true_or_false_yes_or_no_on_or_off(
    written: str, value: bool, tmp_path: Path
) -> None:
    assert read(tmp_path, f"corpus: {{drop_empty: {written}}}") == {"corpus": {"drop_empty": value}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", " has no settings: add some, or leave out --config"),
        ("# training:\n#   max_steps: 4\n", " has no settings: add some, or leave out --config"),
        ("null", f", line 1: the file must have {SECTIONS}"),
        ("5", f", line 1: the file must have {SECTIONS}"),
        ("[training]", f", line 1: the file must have {SECTIONS}"),
        ("training:", ", line 1: training must have settings, as in max_steps: 100"),
        ("\nmodel: 5", ", line 2: model must have settings, as in max_steps: 100"),
        ("model: [5]", ", line 1: model must have settings, as in max_steps: 100"),
        (
            "training:\n  max_stepz: 4",
            ", line 2: there is no setting training.max_stepz: did you mean training.max_steps?",
        ),
        ("trainign: {max_steps: 4}", "there is no setting trainign: did you mean training?"),
        ("? [a]\n: 4", ", line 1: there is no setting a list"),
        ("<<: {model: {}}", ", line 1: there is no setting <<"),
        (
            "training:\n  max_steps: soon",
            ", line 2: training.max_steps is 'soon': it must be a whole number",
        ),
        ("training: {max_steps: null}", "training.max_steps is 'null': it must be a whole number"),
        ("training: {max_steps: 0x10}", "training.max_steps is '0x10': it must be a whole number"),
        ("training: {max_steps: 1e-3}", "training.max_steps is '1e-3': it must be a whole number"),
        ("training: {max_steps: true}", "training.max_steps is 'true': it must be a whole number"),
        ("training: {max_steps: 0}", "training.max_steps is 0: it must be from 1 to"),
        ("training: {max_steps: }", "training.max_steps is empty: give a value, or leave it out"),
        ("training: {max_steps: [1]}", "training.max_steps is a list or a section: give one value"),
        ("training: {learning_rate: .nan}", "learning_rate is '.nan': it must be a number"),
        ("training: {learning_rate: nan}", "learning_rate is nan: it must be above 0"),
        ("training: {learning_rate: 1e400}", "learning_rate is inf: it must be above 0"),
        ("corpus: {drop_empty: 3}", "corpus.drop_empty is '3': it must be true or false"),
        ("corpus: {source: []}", "corpus.source is an empty list: give at least one corpus"),
        ("corpus: {source: {source: a}}", "corpus.source is a section: give text, or a list"),
        ("corpus: {source: [a, [b]]}", "corpus.source, entry 2 is a list: give text, or a mapping"),
        ("corpus: {source: [a, '']}", "corpus.source, entry 2: source is '': it must be one line"),
        (
            "\ncorpus: {source: [a, {source: b, weight: 0}]}",
            ", line 2: corpus.source, entry 2: weight is 0.0: it must be from 0.01 to 1,000",
        ),
        (
            "corpus: {source: [{source: b, weight: much}]}",
            "corpus.source, entry 1: weight is 'much': it must be a number",
        ),
        (
            "corpus: {source: [{source: b, weight: [2]}]}",
            "corpus.source, entry 1: weight is a list or a section: give one value",
        ),
        (
            "corpus: {source: [{source: b, wieght: 2}]}",
            "corpus.source, entry 1 has 'wieght': it may have source and weight, no more",
        ),
        (
            "corpus: {source: [{source: b, source: c}]}",
            "corpus.source, entry 1 has source twice: give it once",
        ),
        ("corpus: {source: [{weight: 2}]}", "corpus.source, entry 1 has no source: name a folder"),
        ("corpus: {source: [b, a, b]}", "corpus.source has b more than once: list it once, with a"),
        ("corpus: {source: ''}", "corpus.source is empty: give a value, or leave it out"),
        (
            "model: {d_ff: 4}\ntraining: {max_steps: 4}\nmodel: {d_ff: 8}",
            ", line 3: model is already set in line 1",
        ),
        ("model:\n  d_ff: 4\n  d_ff: 8", ", line 3: model.d_ff is already set in line 2"),
        ("training: [", ", line 1: this is not valid YAML: "),
        ("training:\n\tmax_steps: 4", ", line 2: this is not valid YAML: found character '\\t'"),
        ("model: {d_ff: \x07}", ", line 1: this is not valid YAML: special characters"),
        (
            "model: {d_ff: 4}\n---\nmodel: {d_ff: 8}",
            "line 2: this is not valid YAML: but found another",
        ),
        ("model: *there", ", line 1: this is not valid YAML: found undefined alias 'there'"),
        (BOMB, ", line 1: there is no setting a"),
        (f"model: {{d_ff: {'[' * 600}}}", " is nested too deeply: write sections with"),
        ("#" * (LARGEST + 1), f" has more than {LARGEST:,} bytes: it is not a config file"),
    ],
)
def test_a_mistake_in_a_config_file_is_one_sentence_with_file_and_line(
    text: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")

    code = run_command("train", ["--config", str(tmp_path / "mine.yaml")], prog="train.py")

    err = capsys.readouterr().err
    assert code == 2
    assert "mine.yaml" in err
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "nowhere.yaml",
            "--config nowhere.yaml: there is no such file; the configs that come with the "
            "program are large, multi30k, multi30k_best, multi30k_captions, multi30k_night",
        ),
        (".", "--config . cannot be read: Is a directory"),
        ("", "--config is empty: give a file, or leave it out"),
    ],
)
def test_a_config_file_that_cannot_be_read_is_refused(name: str, message: str) -> None:
    with pytest.raises(ConfigError, match=f"^{message}$"):
        read_config_file(name)


def test_a_config_that_comes_with_the_program_goes_by_its_name_unless_a_file_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    found = read_config_file("multi30k")
    assert found.settings["corpus"] == {"source": "bentrevett/multi30k"}

    (tmp_path / "multi30k").write_text("model: {d_ff: 64}", encoding="utf-8")
    assert read_config_file("multi30k").settings == {"model": {"d_ff": 64}}


def test_a_file_that_is_not_utf_8_is_refused_with_the_line(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_bytes("corpus:\n  source: Bücher\n".encode("latin-1"))

    with pytest.raises(ConfigError, match=r"mine\.yaml, line 2: this is not UTF-8: save the"):
        read_config_file(str(file))


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_bytes(b"\xef\xbb\xbfmodel: {d_ff: 64}")

    assert read_config_file(str(file)).settings == {"model": {"d_ff": 64}}


def test_a_config_file_is_read_as_utf_8_whatever_the_locale(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("# für Bücher\ncorpus: {source: Bücher}\n", encoding="utf-8")
    code = (
        "from translator.cli.config_file import read_config_file\n"
        f"print(ascii(read_config_file({str(file)!r}).settings))"
    )
    environment = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    environment["PYTHONPATH"] = str(Path(translator.__file__).parents[1])

    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True)

    assert done.stdout == b"{'corpus': {'source': 'B\\xfccher'}}\n".replace(b"\xfc", b"\\xfc")


def test_a_list_of_corpora_is_read_as_text_and_weights(tmp_path: Path) -> None:
    found = read(tmp_path, "corpus:\n  source:\n  - {source: null, weight: 2}\n  - 0123\n  - '[x]'")

    assert found == {
        "corpus": {
            "source": (
                Source(source="null", weight=2.0),
                Source(source="0123"),
                Source(source="[x]"),
            )
        }
    }


def test_a_bracket_in_quotes_begins_no_list(tmp_path: Path) -> None:
    assert read(tmp_path, "corpus: {source: '[x]'}") == {"corpus": {"source": "[x]"}}


def test_an_anchor_may_give_a_value_twice(tmp_path: Path) -> None:
    found = read(tmp_path, "model: {d_model: &wide 64, d_ff: *wide}")

    assert found == {"model": {"d_model": 64, "d_ff": 64}}


def test_of_several_files_the_last_counts_and_an_option_counts_more(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("training: {max_steps: 70, seed: 3}\nmodel: {d_ff: 8}")
    (tmp_path / "b.yaml").write_text("training: {max_steps: 80, log_every: 4}")

    options = train_options(
        ["--training.seed=5", f"--config={tmp_path / 'a.yaml'}", f"--config={tmp_path / 'b.yaml'}"],
        "train.py",
    )

    assert options.given == {
        "training": {"max_steps": 80, "seed": 5, "log_every": 4},
        "model": {"d_ff": 8},
    }


def read(folder: Path, text: str) -> dict[str, dict[str, Any]]:
    file = folder / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    return read_config_file(str(file)).settings
