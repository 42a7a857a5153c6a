"""Batches: what is shifted and padded, and what an epoch's plan promises."""

import random

import pytest
import torch

from translator.config import BOS_ID, EOS_ID, PAD_ID
from translator.errors import CorpusError
from translator.text.batching import IdPair, collate, even, pack, plan_epoch


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

    plan = plan_epoch(pairs, batch_tokens=120, seed=3, epoch=2)

    assert sorted(index for rows in plan for index in rows) == list(range(503))


def test_no_batch_is_over_the_budget_of_padded_tokens() -> None:
    pairs = random_pairs(count=503)

    plan = plan_epoch(pairs, batch_tokens=120, seed=3, epoch=2)

    sizes = [padded_tokens([pairs[index] for index in rows]) for rows in plan]
    assert max(sizes) <= 120
    assert sum(sizes) / len(sizes) > 90  # and the budget is used


def test_pairs_of_like_length_share_a_batch() -> None:
    pairs = random_pairs(count=503)

    plan = plan_epoch(pairs, batch_tokens=120, seed=3, epoch=2)

    real = sum(len(tgt) for _, tgt in pairs)
    padded = sum(len(rows) * max(len(pairs[index][1]) for index in rows) for rows in plan)
    assert real / padded > 0.95


def test_both_sides_have_less_padding_than_if_pairs_were_ordered_by_target_then_source() -> None:
    pairs = random_pairs(count=3001, differ_by=5)
    by_target = sorted(range(3001), key=lambda index: [*map(len, reversed(pairs[index]))])
    longer = [max(len(src), len(tgt)) for src, tgt in pairs]

    plan = plan_epoch(pairs, batch_tokens=300, seed=3, epoch=2)

    found = padding_share(pairs, plan)
    assert found < 0.75 * padding_share(pairs, pack(by_target, longer, 300))
    assert found < 0.1


def test_the_plan_follows_from_seed_and_epoch_alone() -> None:
    pairs = random_pairs(count=211)
    plan = plan_epoch(pairs, batch_tokens=80, seed=3, epoch=2)
    random.seed(0)
    torch.manual_seed(0)

    assert plan_epoch(pairs, batch_tokens=80, seed=3, epoch=2) == plan
    assert plan_epoch(pairs, batch_tokens=80, seed=3, epoch=1) != plan
    assert plan_epoch(pairs, batch_tokens=80, seed=4, epoch=2) != plan


def test_epochs_do_not_batch_the_same_pairs_together_again() -> None:
    pairs = random_pairs(count=503)

    first, second = (
        {frozenset(rows) for rows in plan_epoch(pairs, batch_tokens=80, seed=1, epoch=epoch)}
        for epoch in (0, 1)
    )

    assert len(first & second) < len(first) / 10


def test_a_pair_longer_than_the_budget_is_refused_with_both_numbers() -> None:
    with pytest.raises(CorpusError, match=r"31 tokens, more than training.batch_tokens \(30\)"):
        plan_epoch([([5] * 31, [5] * 4)], batch_tokens=30, seed=1, epoch=0)


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
