"""docs/attention.md: other numbers, another sentence."""

import attention_findings as findings
import numpy as np
import pytest


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
    assert said in findings.hiding(lost, best=4.2)


@pytest.mark.parametrize(
    ("lost", "said"),
    [(0.3, "nearly enough"), (2.0, "not enough, but far better"), (4.5, "hardly better than")],
)
def test_keeping_the_three_heaviest_is_compared_with_a_random_three(lost: float, said: str) -> None:
    assert said in findings.keeping(lost, random=5.0)


def test_a_view_finds_the_token_best_where_no_other_interval_overlaps_with_its_own() -> None:
    top1 = {
        "weights": np.array([0.70, 0.66, 0.74]),
        "norms": np.array([0.80, 0.77, 0.83]),
        "ALTI+": np.array([0.79, 0.76, 0.82]),
    }

    assert "but the interval overlaps with that of ALTI+." in findings.views(top1)
    top1["ALTI+"] -= 0.1
    assert findings.views(top1) == "Of all views, norms find it most often, in 80%."


@pytest.mark.parametrize(
    ("bleu", "said"),
    [
        ([97.0, 96.9, 96.1, 95.9, 0.1], "Of 4 heads, 2 heads can go before BLEU"),
        ([97.0, 96.9, 95.0, 96.5, 0.1], "Of 4 heads, 1 head can go before BLEU"),
        ([97.0, 95.9, 96.5], "None of them can be spared: without the first one, BLEU falls"),
        ([0.2, 0.1, 0.1], "Of 2 heads, 2 heads can go"),
    ],
    ids=["two", "one", "none", "all"],
)
def test_heads_can_be_spared_until_bleu_has_fallen_by_a_point(bleu: list[float], said: str) -> None:
    assert findings.pruning(bleu).startswith(said)


def test_learning_begins_without_attention_where_the_loss_falls_while_weights_stay() -> None:
    said = findings.start(50, fallen=2.7, in_all=8.2)
    assert "50 steps the weights hardly change, while the loss already falls by 2.7 of the" in said
    early = "Attention changes from the very first steps on."
    assert findings.start(50, fallen=0.7, in_all=8.2) == early
    assert findings.start(0, fallen=0.0, in_all=8.2) == early


@pytest.mark.parametrize(
    ("reigns", "said"),
    [
        ([(0, 0)], "From step 0 on, the head that errs least is one of layer 1."),
        ([(1, 0), (0, 40), (1, 220)], "it is one of layer 2: the deeper layer overtakes."),
        ([(1, 40), (0, 220)], "it is one of layer 1: the layer before it overtakes."),
    ],
    ids=["one", "deeper", "earlier"],
)
def test_the_layer_that_leads_in_the_end_has_overtaken_another_one_or_none(
    reigns: list[tuple[int, int]], said: str
) -> None:
    assert findings.lead(reigns).endswith(said)


@pytest.mark.parametrize(
    ("looks", "translates", "said"),
    [
        (150, 220, "Looking comes first"),
        (220, 220, "Looking and translating go together"),
        (300, 220, "Translating comes first"),
        (None, 220, "is never halved"),
    ],
)
def test_looking_or_translating_comes_first(
    looks: int | None, translates: int | None, said: str
) -> None:
    assert said in findings.order(looks=looks, translates=translates)
