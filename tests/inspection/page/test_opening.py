"""The row at which the page opens, on cases made by hand and against every row tried by itself."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from inspected import made_up

from translator.decoding.translator import Translator
from translator.inspection.inspection import Inspection
from translator.inspection.intervention import Intervention
from translator.inspection.page import opening
from translator.inspection.page.opening import choose_opening
from translator.inspection.record import inspect_pair
from translator.inspection.what_if import WhatIf, what_if

SOURCE, WRITES = ["▁A", "▁dog", "</s>"], ["▁Ein", "▁Hund", "</s>"]
ALONE, DIVIDED = [0.9, 0.1, 0.0], [0.2, 0.7, 0.1]
Place = tuple[int, int, int]


def an_inspection(*divided: Place) -> Inspection:
    """Of 2 layers, 4 heads, 3 decoding steps: weight lies on one token, but in `divided` rows."""
    weights = np.tile(np.array(ALONE), (2, 4, 3, 1))
    for place in divided:
        weights[place] = DIVIDED
    logprobs = np.log(np.array([0.9, 0.5, 0.8], dtype=np.float32))
    return replace(made_up(SOURCE, WRITES, weights), logprobs=logprobs)


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> dict[Place, tuple[float, bool]]:
    """What a test says of rows: by what factor exchanging weights changes the written token's
    probability, and whether another becomes the most probable."""
    said: dict[Place, tuple[float, bool]] = {}

    def intervene(
        inspection: Inspection, _: object, interventions: Sequence[Intervention]
    ) -> list[WhatIf]:
        results = []
        for intervention in interventions:
            [(place, weights)] = intervention.override.items()
            row = inspection.weights[place]  # DIVIDED or ALONE: the first two are the heaviest
            assert weights == pytest.approx((row[1], row[0], row[2]))
            factor, is_replaced = said.get(place, (1.0, False))
            changes = np.zeros(3)
            changes[place[2]] = np.log(factor)
            new = ["▁Eine" if is_replaced else piece for piece in WRITES]
            results.append(
                WhatIf(
                    intervention=intervention,
                    changes=changes,
                    new_top=new,
                    top_changed=[is_replaced] * 3,
                )
            )
        return results

    monkeypatch.setattr(opening, "intervene", intervene)
    return said


def test_a_row_whose_exchange_changes_the_word_goes_before_a_larger_fall(
    tried: dict[Place, tuple[float, bool]], trained_translator: Translator
) -> None:
    tried |= {(0, 1, 0): (0.1, False), (1, 2, 1): (0.8, True), (1, 3, 1): (0.5, True)}

    assert choose_opening(an_inspection(*tried), trained_translator).place == (1, 3, 1)


def test_otherwise_the_probability_counts_and_not_its_logarithm(
    tried: dict[Place, tuple[float, bool]], trained_translator: Translator
) -> None:
    # Step 0 falls from 0.9 to 0.45, step 1 from 0.5 to 0.2.
    tried |= {(1, 0, 1): (0.4, False), (0, 2, 0): (0.5, False), (0, 3, 0): (1.1, False)}

    assert choose_opening(an_inspection(*tried), trained_translator).place == (0, 2, 0)


def test_the_last_token_is_left_out(
    tried: dict[Place, tuple[float, bool]], trained_translator: Translator
) -> None:
    tried |= {(1, 1, 1): (0.9, False), (0, 0, 2): (0.1, True)}

    assert choose_opening(an_inspection(*tried), trained_translator).place == (1, 1, 1)


def test_of_rows_whose_exchange_changes_the_word_a_divided_one_goes_first(
    tried: dict[Place, tuple[float, bool]], trained_translator: Translator
) -> None:
    tried |= {(0, 2, 1): (0.8, True), (1, 1, 0): (0.1, True), (1, 0, 1): (0.2, False)}
    alone = an_inspection((1, 0, 1))

    assert choose_opening(an_inspection((0, 2, 1)), trained_translator).place == (0, 2, 1)
    assert choose_opening(alone, trained_translator).place == (1, 1, 0)


def test_of_too_many_rows_the_most_divided_are_tried(
    monkeypatch: pytest.MonkeyPatch,
    tried: dict[Place, tuple[float, bool]],
    trained_translator: Translator,
) -> None:
    monkeypatch.setattr(opening, "MOST_TRIED", 2)
    tried |= {(0, 1, 0): (0.9, False), (1, 3, 1): (0.9, False), (0, 0, 0): (0.1, True)}

    divided = an_inspection((0, 1, 0), (1, 3, 1))
    assert choose_opening(divided, trained_translator).place == (0, 1, 0)


def test_each_row_tried_by_itself_finds_the_same(inspected_translator: Translator) -> None:
    inspection = inspect_pair(inspected_translator, "A dog runs", "Ein Hund")
    ranks: dict[Place, tuple[bool, bool, float]] = {}
    for place in np.ndindex(inspection.weights.shape[:3]):
        row = list(inspection.weights[place])
        first, second = sorted(range(len(row)), key=row.__getitem__)[:-3:-1]
        if place[2] == len(inspection.writes) - 1:
            continue
        is_divided = row[second] >= 0.15
        row[first], row[second] = row[second], row[first]
        result = what_if(inspection, inspected_translator, override={place: row})
        before = inspection.logprobs[place[2]]
        fall = np.exp(before) - np.exp(before + result.changes[place[2]])
        other = result.new_top[place[2]] != inspection.writes[place[2]]
        is_replaced = other and result.top_changed[place[2]]
        ranks[place] = (is_replaced, is_replaced and is_divided, fall)

    found = choose_opening(inspection, inspected_translator)

    assert ranks[found.place] == pytest.approx(max(ranks.values()), abs=1e-5)
    assert found[:3] == pytest.approx(ranks[found.place], abs=1e-5)
