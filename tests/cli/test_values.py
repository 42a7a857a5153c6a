"""Values on the command line: text is text, an empty one is a mistake, a number is a number."""

import importlib
import re
from typing import Annotated, Any, Literal

import pytest

from translator.cli.values import read_value
from translator.config import Source
from translator.errors import ConfigError
from translator.rules import between

WORDS = [
    "null",
    "Null",
    "~",
    "1e3",
    "{a: b}",
    "yes",
    "- x",
    "a: b",
    "'a'",
    "#",
    " b ",
    "0o7",
]


@pytest.mark.parametrize("word", WORDS)
def test_text_is_taken_as_it_is_written(word: str) -> None:
    translate = read("translate", [f"--input={word}", f"--run={word}"])
    inspect = read("inspect", [f"--tgt={word}", word])
    train = read("train", [f"--corpus.source={word}", f"--resume={word}"])

    assert translate.input == translate.run == word
    assert inspect.tgt == word
    assert inspect.text == [word]
    assert train.resume == word
    assert train.given == {"corpus": {"source": word}}
    assert read("translate", [word, word]).text == [word, word]


def test_a_bracket_begins_a_list_of_corpora() -> None:
    typed = "--corpus.source=[{source: A, weight: 2}, '[x]']"

    options = read("train", [typed])

    parts = (Source(source="A", weight=2.0), Source(source="[x]"))
    assert options.given == {"corpus": {"source": parts}}


@pytest.mark.parametrize("text", ["[a, b", "[a]: b", "[" * 600, "[a] [b]", "[\0]"])
def test_what_begins_like_a_list_and_is_none_is_refused(text: str) -> None:
    message = (
        "--corpus.source begins like a list but is not a list: write one as [A, {source: B, "
        "weight: 2}], or ./ before a name that begins with a bracket"
    )

    with pytest.raises(ConfigError, match=f"^{re.escape(message)}$"):
        read("train", [f"--corpus.source={text}"])


def test_an_entry_of_a_list_is_named_by_its_number() -> None:
    message = "--corpus.source, entry 2: weight is 2000.0: it must be from 0.01 to 1,000"

    with pytest.raises(ConfigError, match=f"^{re.escape(message)}$"):
        read("train", ["--corpus.source=[A, {source: B, weight: 2e3}]"])


def test_one_source_of_other_commands_is_no_list() -> None:
    assert read("evaluate", ["--source=[x]"]).source == "[x]"


def test_null_is_no_revision() -> None:
    options = read("train", ["--corpus.revision=null"])

    assert options.given == {"corpus": {"revision": None}}


@pytest.mark.parametrize(
    ("command", "option"),
    [
        *(("train", name) for name in ("--run", "--resume", "--init_from", "--device")),
        *(("train", name) for name in ("--corpus.source", "--corpus.revision", "--model.d_ff")),
        *(("translate", name) for name in ("--run", "--ensemble", "--input", "--engine")),
        *(("evaluate", name) for name in ("--split", "--source", "--baseline", "--beam_size")),
        *(("inspect", name) for name in ("--tgt", "--what_if", "--html", "--png", "--json")),
        *(("inspect", name) for name in ("--tgt_input", "--input", "--npz", "--by", "--step")),
        *(("heads", name) for name in ("--split", "--source", "--sentences", "--json")),
        *(("export", name) for name in ("--source", "--format", "--quantization")),
        *(("diversify", name) for name in ("--forward", "--backward", "--output", "--source")),
        *(("diversify", name) for name in ("--monolingual_src", "--monolingual_tgt", "--tag")),
    ],
)
@pytest.mark.parametrize("value", ["", "  "])
def test_an_empty_value_is_refused_since_a_variable_was_unset(
    command: str, option: str, value: str
) -> None:
    with pytest.raises(ConfigError, match=f"^{option} is empty: give a value, or leave it out$"):
        read(command, [f"{option}={value}"])


@pytest.mark.parametrize("command", ["evaluate", "export", "heads"])
def test_an_empty_run_is_refused(command: str) -> None:
    with pytest.raises(ConfigError, match=r"^runs? is empty: give a value, or leave it out$"):
        read(command, [""])


@pytest.mark.parametrize("runs", ["a,", ",a", "a,,b", "a, ,b"])
@pytest.mark.parametrize("command", ["translate", "evaluate"])
def test_an_ensemble_with_a_missing_run_is_refused(command: str, runs: str) -> None:
    with pytest.raises(
        ConfigError, match=f"--ensemble is '{runs}': a run is missing next to a com"
    ):
        read(command, ["--ensemble", runs])


def test_an_empty_text_is_a_line_and_an_empty_prefix_is_none() -> None:
    options = read("translate", ["--prefix", "", "a", ""])

    assert options.prefix == ""
    assert options.text == ["a", ""]


@pytest.mark.parametrize(
    ("text", "hint", "value"),
    [
        ("010", int, 10),
        ("+3", int, 3),
        ("1_000", int, 1000),
        (" 5 ", int, 5),
        ("1e3", int, 1000),
        ("-2.5E+2", int, -250),
        ("9007199254740993e0", int, 2**53 + 1),
        ("-0.0", float, 0.0),
        ("1e-4", float, 0.0001),
        ("Yes", bool, True),
        ("off", bool, False),
        ("b", Literal["a", "b"], "b"),
    ],
)
def test_a_value_is_read_by_its_type(text: str, hint: Any, value: object) -> None:
    assert read_value("--x", hint, text) == value


@pytest.mark.parametrize(
    ("text", "hint", "message"),
    [
        ("null", int, "--x is 'null': it must be a whole number"),
        ("0x10", int, "--x is '0x10': it must be a whole number"),
        ("1.5e0", int, "--x is '1.5e0': it must be a whole number"),
        ("1e-3", int, "--x is '1e-3': it must be a whole number"),
        ("1e100", int, "--x is '1e100': it must be a whole number"),
        ("1.0", int, "--x is '1.0': it must be a whole number"),
        ("1e9", Annotated[int, between(1, 8)], "--x is 1000000000: it must be from 1 to 8"),
        ("True", int, "--x is 'True': it must be a whole number"),
        ("²", int, "--x is '²': it must be a whole number"),
        ("9" * 5000, int, "--x is '9{76}...: it must be a whole number"),
        ("1:30", float, "--x is '1:30': it must be a number"),
        ("null", bool, "--x is 'null': it must be true or false"),
        ("1", bool, "--x is '1': it must be true or false"),
        ("A", Literal["a", "b"], "--x is 'A': it must be one of a, b"),
        ("null", Literal["a", "b"], "--x is 'null': it must be one of a, b"),
        ("9", Annotated[int, between(1, 8)], "--x is 9: it must be from 1 to 8"),
        ("1e400", Annotated[float, between(1, 8)], "--x is inf: it must be from 1 to 8"),
        ("nan", Annotated[float, between(1, 8)], "--x is nan: it must be from 1 to 8"),
    ],
)
def test_what_spells_no_such_value_is_refused(text: str, hint: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=f"^{message}$"):
        read_value("--x", hint, text)


@pytest.mark.parametrize(
    ("command", "arguments", "message"),
    [
        ("translate", ["--beam_size=0"], "--beam_size is 0: it must be from 1 to 1,000"),
        ("translate", ["--length_penalty=11"], "--length_penalty is 11.0: it must be from -10"),
        ("translate", ["--num_best=1001"], "--num_best is 1001: it must be from 1 to 1,000"),
        ("translate", ["--mbr=100000"], "--mbr is 100000: it must be from 2 to 1,000"),
        ("translate", ["--sample", "--temperature=1e-45"], "--temperature is 1e-45: it must be"),
        ("translate", ["--sample", f"--seed={2**64}"], "--seed is 18446744073709551616: it must"),
        ("evaluate", ["--mbr=2", "--top_k=-1"], "--top_k is -1: it must be from 0 to 1,000,000"),
        ("evaluate", ["--mbr=2", "--top_p=0"], "--top_p is 0.0: it must be above 0 and at most 1"),
        ("diversify", ["--samples=1001"], "--samples is 1001: it must be from 0 to 1,000"),
    ],
)
def test_an_absurd_number_is_refused_with_its_option_and_its_bounds(
    command: str, arguments: list[str], message: str
) -> None:
    with pytest.raises(ConfigError, match=f"^{message}"):
        read(command, arguments)


def read(command: str, arguments: list[str]) -> Any:
    module = importlib.import_module(f"translator.cli.options.{command}")
    return module.read(arguments, f"translator {command}")
