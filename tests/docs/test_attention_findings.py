"""docs/attention.md: other numbers, another sentence."""

from dataclasses import replace

import attention_findings as findings
import numpy as np
import pytest

from translator.inspection.explanation import Faithfulness, MeanLosses

FOUND = Faithfulness(
    num_sentences=5,
    num_steps=31,
    top1_weights=0.8,
    top1_norms=0.7,
    comprehensiveness=MeanLosses(
        lost_heaviest=[4.0, 5.0, 6.0], lost_best=[4.2, 5.5, 6.6], lost_random=[0.4, 0.8, 1.2]
    ),
    sufficiency=MeanLosses(
        lost_heaviest=[1.5, 0.7, 0.3], lost_best=[1.0, 0.2, 0.1], lost_random=[6.0, 5.5, 5.0]
    ),
    head_alone=[[0.2, 0.1]],
    layer_together=[2.0],
)


@pytest.mark.parametrize(
    ("one", "said"),
    [
        ({"test": 95.0, "challenge": 80.0}, "Several heads translate better here"),
        ({"test": 97.0, "challenge": 91.0}, "One head translates no worse here"),
        ({"test": 97.5, "challenge": 80.0}, "Neither translates better on every split here"),
    ],
    ids=["several", "one", "neither"],
)
def test_who_translates_better_is_said_of_every_split(one: dict[str, float], said: str) -> None:
    assert findings.bleu({"test": 97.0, "challenge": 90.0}, one) == said


def test_heads_are_alike_as_far_as_they_agree() -> None:
    assert findings.alike(0.95) == "these two do nearly the same"
    assert findings.alike(0.6).startswith("no two of them do the same")
    assert findings.alike(0.2) == "they do look at different tokens"


def test_heads_are_of_equal_importance_where_they_cost_alike() -> None:
    assert findings.importance(np.array([[0.17, 0.02]])).startswith("Nor are they equally")
    assert findings.importance(np.array([[0.17, 0.12]])) == "They are about equally important."


@pytest.mark.parametrize(
    ("together", "said"),
    [
        ([0.5, 2.8], "do not add up"),
        ([0.1, 2.8], "do not always add up: in layer 2, far more is lost"),
        ([0.1, 0.6], "about add up here"),
        ([0.1, 0.1], "about add up here"),
    ],
    ids=["both layers", "one layer", "neither", "less"],
)
def test_heads_back_each_other_up_where_all_cost_more_than_each(
    together: list[float], said: str
) -> None:
    alone = np.array([[0.06, 0.03], [0.4, 0.15]])

    assert said in findings.backing_up(alone, np.array(together))


def test_a_layer_with_one_head_is_compared_with_a_whole_layer() -> None:
    several = np.array([0.4, 2.9])

    assert "about as much as" in findings.layers_of_one_head(np.array([0.3, 2.5]), several)
    assert "matters less" in findings.layers_of_one_head(np.array([0.1, 2.5]), several)
    assert "matters more" in findings.layers_of_one_head(np.array([0.3, 6.5]), several)


def test_the_order_is_that_of_the_cosine_or_not() -> None:
    assert "nearly is the cosine" in findings.cosine_order(0.97)
    assert "like the cosine, but" in findings.cosine_order(0.9)
    assert "not the cosine" in findings.cosine_order(0.5)


def test_attention_looks_at_its_own_position_as_often_as_the_word_order_explains_or_more() -> None:
    assert findings.same_position(0.8, gold=0.3).startswith("Yes")
    assert "no more than the word order explains" in findings.same_position(0.25, gold=0.3)
    assert "but more than the word order explains" in findings.same_position(0.45, gold=0.3)


def test_marks_are_a_place_for_unused_weight_where_they_get_more_than_their_share() -> None:
    assert "are such places" in findings.sinks(0.3, even=0.2)
    assert "hardly in this model" in findings.sinks(0.1, even=0.2)


def test_a_row_belongs_to_the_word_with_the_lower_error_rate() -> None:
    assert findings.rows_belong(writes=0.07, reads=0.8) == "To the word that it writes."
    assert findings.rows_belong(writes=0.8, reads=0.07) == "To the word that it reads."


def test_a_large_weight_is_a_reason_as_often_as_hiding_it_hurts_most() -> None:
    assert findings.heaviest(0.88).startswith("Usually")
    assert findings.heaviest(0.6).startswith("More often than not")
    assert findings.heaviest(0.3).startswith("Seldom")


@pytest.mark.parametrize(
    ("lost", "said"),
    [(4.0, "nearly as much as"), (3.0, "more than half as much as"), (0.5, "far less than")],
)
def test_hiding_the_heaviest_token_is_compared_with_the_best_choice(lost: float, said: str) -> None:
    losses = replace(FOUND.comprehensiveness, lost_heaviest=[lost, 5.0, 6.0])

    assert said in findings.hiding(replace(FOUND, comprehensiveness=losses))


@pytest.mark.parametrize(
    ("lost", "said"),
    [(0.3, "nearly enough"), (2.0, "not enough, but far better"), (4.5, "hardly better than")],
)
def test_keeping_the_three_heaviest_is_compared_with_a_random_three(lost: float, said: str) -> None:
    losses = replace(FOUND.sufficiency, lost_heaviest=[1.5, 0.7, lost])

    assert said in findings.keeping(replace(FOUND, sufficiency=losses))
