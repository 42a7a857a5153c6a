"""Batches: what is shifted and padded, and what an epoch's plan promises."""

import random
from typing import Any

import numpy as np
import pytest
import torch

from translator.config import BOS_ID, EOS_ID, PAD_ID
from translator.errors import CorpusError
from translator.text.batching import IdPair, Plan, collate, even, lengths_of, pack, plan_epoch


def test_the_decoder_reads_the_target_shifted_by_one() -> None:
    batch = collate([([7, 8, EOS_ID], [9, 10, 11, EOS_ID])])

    assert batch.src.tolist() == [[7, 8, EOS_ID]]
    assert batch.tgt_in.tolist() == [[BOS_ID, 9, 10, 11]]
    assert batch.tgt_out.tolist() == [[9, 10, 11, EOS_ID]]


def test_shorter_rows_are_padded_on_the_right_and_the_mask_marks_the_padding() -> None:
    batch = collate([([7, EOS_ID], [9, EOS_ID]), ([5, 6, 7, EOS_ID], [8, 9, EOS_ID])])

    assert batch.src.tolist() == [[7, EOS_ID, PAD_ID, PAD_ID], [5, 6, 7, EOS_ID]]
    assert batch.src_key_padding_mask.tolist() == [[False, False, True, True], [False] * 4]
    assert batch.tgt_in.tolist() == [[BOS_ID, 9, PAD_ID], [BOS_ID, 8, 9]]
    assert batch.tgt_out.tolist() == [[9, EOS_ID, PAD_ID], [8, 9, EOS_ID]]


@pytest.mark.parametrize("count", [1, 6, 8])
def test_an_evened_batch_holds_the_same_tokens_and_rows_that_fill_it_have_no_targets(
    count: int,
) -> None:
    pairs = random_pairs(count)

    batch, plain = even(pairs, rows=6, length=4), collate(pairs)

    for ours, theirs in (
        (batch.src, plain.src),
        (batch.tgt_in, plain.tgt_in),
        (batch.tgt_out, plain.tgt_out),
    ):
        assert ours.size(0) == (6 if count <= 6 else 12)
        assert ours.size(1) == -(-theirs.size(1) // 4) * 4
        assert torch.equal(ours[:count, : theirs.size(1)], theirs)
        assert (ours[:count, theirs.size(1) :] == PAD_ID).all()
    assert (batch.src[count:, 0] == EOS_ID).all()
    assert (batch.tgt_out[count:] == PAD_ID).all()
    assert torch.equal(batch.src_key_padding_mask, batch.src == PAD_ID)


def test_an_epoch_has_every_pair_exactly_once() -> None:
    pairs = random_pairs(count=503)

    plan = plan_of(pairs, batch_tokens=120, seed=3, epoch=2)

    assert sorted(index for rows in plan for index in rows) == list(range(503))


def test_no_batch_is_over_the_budget_of_padded_tokens() -> None:
    pairs = random_pairs(count=503)

    plan = plan_of(pairs, batch_tokens=120, seed=3, epoch=2)

    sizes = [padded_tokens([pairs[index] for index in rows]) for rows in plan]
    assert max(sizes) <= 120
    assert sum(sizes) / len(sizes) > 90  # and the budget is used


def test_pairs_of_like_length_share_a_batch() -> None:
    pairs = random_pairs(count=503)

    plan = plan_of(pairs, batch_tokens=120, seed=3, epoch=2)

    real = sum(len(tgt) for _, tgt in pairs)
    padded = sum(len(rows) * max(len(pairs[index][1]) for index in rows) for rows in plan)
    assert real / padded > 0.95


def test_both_sides_have_less_padding_than_if_pairs_were_ordered_by_target_then_source() -> None:
    pairs = random_pairs(count=3001, differ_by=5)
    by_target = sorted(range(3001), key=lambda index: [*map(len, reversed(pairs[index]))])
    runs = [by_target[at : at + 20] for at in range(0, 3001, 20)]

    plan = plan_of(pairs, batch_tokens=300, seed=3, epoch=2)

    found = padding_share(pairs, plan)
    assert found < 0.75 * padding_share(pairs, runs)
    assert found < 0.1


def test_the_plan_follows_from_seed_and_epoch_alone() -> None:
    pairs = random_pairs(count=211)
    plan = listed(plan_of(pairs, batch_tokens=80, seed=3, epoch=2))
    random.seed(0)
    torch.manual_seed(0)

    assert listed(plan_of(pairs, batch_tokens=80, seed=3, epoch=2)) == plan
    for seed, epoch in ((3, 1), (4, 2), (3 + 2**32, 2)):
        assert listed(plan_of(pairs, batch_tokens=80, seed=seed, epoch=epoch)) != plan


def test_epochs_do_not_batch_the_same_pairs_together_again() -> None:
    pairs = random_pairs(count=503)

    first, second = (
        set(map(frozenset, listed(plan_of(pairs, batch_tokens=80, seed=1, epoch=epoch))))
        for epoch in (0, 1)
    )

    assert len(first & second) < len(first) / 10


def test_a_pair_longer_than_the_budget_is_refused_with_both_numbers() -> None:
    with pytest.raises(CorpusError, match=r"31 tokens, more than training.batch_tokens \(30\)"):
        plan_of([([5] * 31, [5] * 4)], batch_tokens=30, seed=1, epoch=0)


def test_a_run_of_ascending_lengths_is_as_long_as_the_budget_allows() -> None:
    lengths = np.array([1, 1, 1, 2, 3, 3, 3, 3, 5, 9])

    #  4 * 2 <= 9 < 5 * 3, then 3 * 3, then 1 * 3 (2 * 5 > 9), 1 * 5, 1 * 9
    assert pack(lengths, 9).tolist() == [[0, 4], [4, 7], [7, 8], [8, 9], [9, 10]]
    assert pack(lengths[:0], 9).tolist() == []


def test_repeats_say_how_often_a_pair_comes_and_the_part_after_the_point_how_probable_it_is() -> (
    None
):
    pairs = random_pairs(count=900)
    repeats = np.repeat([2.0, 0.0, 1.25], 300)

    plans = [
        listed(plan_of(pairs, batch_tokens=80, seed=3, epoch=epoch, repeats=repeats))
        for epoch in (0, 1)
    ]

    for plan in plans:
        counts = np.bincount([row for rows in plan for row in rows], minlength=900)
        assert set(counts[:300]) == {2}
        assert set(counts[300:600]) == {0}
        assert set(counts[600:]) == {1, 2}
        assert 0.18 < (counts[600:] == 2).mean() < 0.32
    assert plans[0] != plans[1]


def plan_of(pairs: list[IdPair], **settings: Any) -> Plan:
    return plan_epoch(lengths_of(pairs), **settings)


def listed(plan: Plan) -> list[list[int]]:
    return [rows.tolist() for rows in plan]


def random_pairs(count: int, differ_by: int = 1) -> list[IdPair]:
    generator = random.Random(5)
    lengths = [generator.randint(2, 17) for _ in range(count)]
    return [
        (
            [6] * max(1, length + generator.randint(-differ_by, differ_by + 1)) + [EOS_ID],
            [7] * length + [EOS_ID],
        )
        for length in lengths
    ]


def padded_tokens(pairs: list[IdPair]) -> int:
    return len(pairs) * max(max(len(src), len(tgt)) for src, tgt in pairs)


def padding_share(pairs: list[IdPair], plan: list[list[int]]) -> float:
    """Of all tokens of both sides."""
    batches = [collate([pairs[index] for index in rows]) for rows in plan]
    is_padding = [ids == PAD_ID for batch in batches for ids in (batch.src, batch.tgt_out)]
    return sum(int(mask.sum()) for mask in is_padding) / sum(mask.numel() for mask in is_padding)
