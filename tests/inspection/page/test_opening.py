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
from translator.inspection.what_if import WhatIf, head_effects, what_if

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
            assert weights == pytest.approx((0.7, 0.2, 0.1))  # the two heaviest are exchanged
            factor, is_replaced = said[place]
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

    assert choose_opening(an_inspection(*tried), trained_translator) == (1, 3, 1)


def test_otherwise_the_probability_counts_and_not_its_logarithm(
    tried: dict[Place, tuple[float, bool]], trained_translator: Translator
) -> None:
    # Step 0 falls from 0.9 to 0.45, step 1 from 0.5 to 0.2.
    tried |= {(1, 0, 1): (0.4, False), (0, 2, 0): (0.5, False), (0, 3, 0): (1.1, False)}

    assert choose_opening(an_inspection(*tried), trained_translator) == (0, 2, 0)


def test_the_last_token_is_left_out(
    tried: dict[Place, tuple[float, bool]], trained_translator: Translator
) -> None:
    tried |= {(1, 1, 1): (0.9, False), (0, 0, 2): (0.1, True)}

    assert choose_opening(an_inspection(*tried), trained_translator) == (1, 1, 1)


def test_where_no_weights_are_divided_it_is_the_head_that_matters_most(
    monkeypatch: pytest.MonkeyPatch, trained_translator: Translator
) -> None:
    effects = np.zeros((2, 4, 3))
    effects[1, 2, 0], effects[0, 3, 1], effects[0, 1, 2] = 0.4, -0.7, 5.0
    monkeypatch.setattr(opening, "head_effects", lambda *_: effects)

    assert choose_opening(an_inspection(), trained_translator) == (0, 3, 1)


def test_of_too_many_rows_those_are_tried_whose_exchange_moves_most_weight(
    monkeypatch: pytest.MonkeyPatch,
    tried: dict[Place, tuple[float, bool]],
    trained_translator: Translator,
) -> None:
    monkeypatch.setattr(opening, "MOST_TRIED", 2)
    tried |= {(0, 1, 0): (0.9, False), (1, 3, 1): (0.9, False)}
    inspection = an_inspection(*tried, (0, 0, 0))
    inspection.cross_attn[0].weights[0, 0] = [0.5, 0.4, 0.1]

    assert choose_opening(inspection, trained_translator) == (0, 1, 0)


def test_each_row_tried_by_itself_finds_the_same(inspected_translator: Translator) -> None:
    inspection = inspect_pair(inspected_translator, "A dog runs", "Ein Hund")
    ranks: dict[Place, tuple[bool, float]] = {}
    for place in np.ndindex(inspection.weights.shape[:3]):
        row = list(inspection.weights[place])
        first, second = sorted(range(len(row)), key=row.__getitem__)[:-3:-1]
        if place[2] == len(inspection.writes) - 1 or row[second] < 0.15:
            continue
        row[first], row[second] = row[second], row[first]
        result = what_if(inspection, inspected_translator, override={place: row})
        before = inspection.logprobs[place[2]]
        fall = np.exp(before) - np.exp(before + result.changes[place[2]])
        other = result.new_top[place[2]] != inspection.writes[place[2]]
        ranks[place] = (other and result.top_changed[place[2]], fall)

    found = choose_opening(inspection, inspected_translator)

    if not ranks:
        effects = np.abs(head_effects(inspection, inspected_translator))[..., :-1]
        assert effects[found] == effects.max()
    else:
        assert ranks[found] == pytest.approx(max(ranks.values()), abs=1e-5)
