"""Odd values for every setting, drawn by hypothesis: each is taken and kept, or refused.

The same for as long as one likes: python tests/campaigns/settings.py
"""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from odd_settings import WAYS, Way, fields, in_quotes, is_taken, objects, texts

quick = settings(derandomize=True, max_examples=50, deadline=None, database=None)


@pytest.mark.parametrize("way", WAYS)
def test_an_odd_value_is_taken_and_read_back_the_same_or_refused_in_a_sentence(way: Way) -> None:
    @settings(quick, max_examples=150 if way == "python" else 50)
    @given(fields, objects if way == "python" else texts)
    def hold(place: tuple[str, str], value: Any) -> None:
        with tempfile.TemporaryDirectory() as folder:
            is_taken(way, *place, value, Path(folder))

    hold()


@quick
@given(fields, texts)
def test_an_option_takes_what_a_file_takes_in_quotes(place: tuple[str, str], text: str) -> None:
    if place == ("corpus", "revision") and text == "null":
        return  # in quotes, it is a name
    if place == ("corpus", "source") and text.lstrip().startswith("["):
        return  # in quotes, it begins no list
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        by_option = is_taken("option", *place, text, Path(one))
        by_file = is_taken("file", *place, in_quotes(text), Path(other))

    assert by_option == by_file
