"""Changes in a line of text: read from 1, or refused in one sentence."""

import pytest

from translator.errors import ConfigError
from translator.inspection.intervention import parse_intervention


def test_changes_are_read_from_1() -> None:
    found = parse_intervention("2.1=zero 1=uniform drop=3,1 2.3@5=0,1,0", (2, 3, 5, 3))

    uniform = {(0, head): "uniform" for head in range(3)}
    assert found.ablate == {(1, 0): "zero", **uniform}
    assert found.drop == (2, 0)
    assert found.override == {(1, 2, 4): (0.0, 1.0, 0.0)}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (" ", "is blank"),
        ("bad", "bad is not a change"),
        ("3.1=zero", "there is no layer 3; they are 1 to 2"),
        ("1.4=zero", "there is no head 4; they are 1 to 3"),
        ("1.1=loud", "zero, uniform, permute, not loud"),
        ("drop=0", "there is no source piece 0"),
        ("drop=1,2,3", "drops every source piece"),
        ("1.1@6=0,0,1", "there is no decoding step 6"),
        ("1.1@2=0,0.5", "give 3 weights"),
        ("1.1@2=0,nan,1", "give 3 weights"),
        ("1.1@2=0,inf,1", "give 3 weights"),
        ("1.1@2=0,-1,2", "give 3 weights"),
        ("1.1@2=0,٠,1", "give 3 weights"),
        ("drop=²", "there is no source piece ²"),
        ("drop=٣", "there is no source piece ٣"),
        ("drop=-1", "there is no source piece -1"),
        ("drop=" + 5000 * "9", "there is no source piece 9{5000}; they are 1 to 3"),
        ("drop=" + 5000 * "0", "there is no source piece 0{5000}; they are 1 to 3"),
        (5000 * "9" + "=zero", "there is no layer 9{5000}; they are 1 to 2"),
        ("1." + 5000 * "9" + "=zero", "there is no head 9{5000}; they are 1 to 3"),
        ("٣=zero", "is not a change"),
        (
            "drop=3 2.1@4=0.5,0,0.5",
            "2.1@4 looks at source piece 3, which is dropped: set its weight to 0",
        ),
    ],
)
def test_changes_that_cannot_be_made_are_refused(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_intervention(text, (2, 3, 5, 3))


def test_zeros_before_a_number_change_nothing() -> None:
    zeros = 5000 * "0"

    found = parse_intervention(f"drop={zeros}3 {zeros}2.{zeros}1=zero", (2, 3, 5, 3))

    assert found == parse_intervention("drop=3 2.1=zero", (2, 3, 5, 3))
