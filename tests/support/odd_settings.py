"""Odd values for every setting: each must be accepted and kept, or refused with a sentence.

Any other outcome is a fault, and raises the original exception or AssertionError.
"""

import dataclasses
from pathlib import Path
from typing import Any, Literal, get_type_hints

import yaml
from hypothesis import strategies as st

from translator.cli.config_file import read_config_file
from translator.cli.options.train import override
from translator.cli.options.train import read as train_options
from translator.config import Config
from translator.errors import ConfigError
from translator.experiment.run_directory import RunDirectory

Way = Literal["option", "file", "python"]
WAYS: tuple[Way, ...] = ("option", "file", "python")
FIELDS = [
    (section, field)
    for section, kind in get_type_hints(Config).items()
    for field in get_type_hints(kind)
]
TEXTS = [("corpus", field) for field in ("source", "revision", "src_column", "tgt_column")]
SPELLINGS = """
null Null ~ true True no off 0 1 -1 -0.0 007 0x10 0o7 1_000 1e3 1e-45 1e400 .5 nan .inf 1:30 300
2500 99999999999 18446744073709551615 18446744073709551616 ² ٣ [x] {a:b} !!int &a *a # | > % @ ` -
-- ? 'a' "a" << = [a,b] [{source:a}] bpe loss muon float32 a,b . .. / ~nobody ß 名 \ufeff
"""
OBJECTS = (
    *(None, True, False, b"a", 1j, 10**5000, float("nan"), float("inf"), Config),
    *(
        [],
        {},
        (),
        ["a"],
        ["a", {"source": "b", "weight": 2}],
        [{"weight": 2}],
        [None],
        {"source": "a"},
    ),
)

# Most texts may be valid values, and more can go wrong with them.
fields = st.one_of(st.sampled_from(FIELDS), st.sampled_from(TEXTS))
texts = st.one_of(
    st.sampled_from(
        [
            "",
            " ",
            " 5 ",
            "a b",
            "9" * 5000,
            "x" * 300,
            "\u2028",
            "\udcff",
            "[a, {source: b, weight: 2}]",
            "[{source: b, weight: x}]",
            "[&a [*a]]",
            "a\0",
            *SPELLINGS.split(),
        ]
    ),
    st.text(st.characters(exclude_categories=()), max_size=8),
    st.integers().map(str),
    st.floats().map(repr),
)
objects = st.one_of(st.sampled_from(OBJECTS), st.integers(), st.floats(), texts)


def is_taken(way: Way, section: str, field: str, value: Any, folder: Path) -> bool:
    """Whether the setting accepts the value; an accepted value must be read back unchanged.
    `folder` is empty."""
    try:
        config = _configured(way, section, field, value, folder)
    except ConfigError as error:
        if len(str(error).splitlines()) != 1:
            raise AssertionError(f"no single line: {error}") from error
        return False
    run = RunDirectory(folder / "run")
    run.create(config)
    assert run.load_config() == config
    assert override(Config(), read_config_file(str(run.config_file)).settings) == config
    return True


def _configured(way: Way, section: str, field: str, value: Any, folder: Path) -> Config:
    if way == "option":
        return _from_command_line(f"--{section}.{field}={value}")
    if way == "file":
        file = folder / "mine.yaml"
        file.write_bytes(f"{section}:\n  {field}: {value}\n".encode(errors="surrogatepass"))
        return _from_command_line(f"--config={file}")
    kind = get_type_hints(Config)[section]
    return dataclasses.replace(Config(), **{section: kind(**{field: value})})


def _from_command_line(*arguments: str) -> Config:
    return override(Config(), train_options(arguments, "train.py").given)


def in_quotes(text: str) -> str:
    """The text quoted for YAML, so that it is always read as this text."""
    return yaml.safe_dump(text, default_style='"', width=10**9, allow_unicode=True).rstrip("\n")
