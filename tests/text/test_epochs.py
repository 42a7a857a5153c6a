"""The batches of an epoch: planned from the seed, fetched from files, sampled by processes."""

import itertools
import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from translator.compute.workers import map_ahead
from translator.config import CorpusConfig, TokenizerConfig
from translator.text import epochs as module
from translator.text.batching import IdPair, plan_epoch
from translator.text.corpus import load_corpus
from translator.text.encoding import encode
from translator.text.epochs import Epochs
from translator.text.tokenizer import train_tokenizer

BATCH_TOKENS = 90


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    nouns = ["dog", "house", "bird", "window", "teacher", "child", "river", "garden"]
    lines = [
        f"the {a} sees the {b}" + f" and the {c}" * (number % 4)
        for number, (a, b, c) in enumerate(itertools.permutations(nouns, 3))
    ]
    for split, some in (("train", lines[6:]), ("val", lines[:3]), ("test", lines[3:6])):
        (folder / f"{split}.en").write_text("\n".join(some))
        (folder / f"{split}.de").write_text("\n".join(line.upper() for line in some))
    return folder


@pytest.fixture(scope="module")
def make(corpus: Path) -> Callable[..., Epochs]:
    found = load_corpus(CorpusConfig(source=str(corpus), drop_overlap=False))
    texts = itertools.chain.from_iterable(found.train)
    tokenizer = train_tokenizer(texts, TokenizerConfig(vocab_size=330))

    def with_settings(sampling: float = 0.0, seed: int = 1, **others: object) -> Epochs:
        return Epochs(
            tokenizer=tokenizer,
            sampling=sampling,
            pairs=found.train,
            ids=encode(found, tokenizer),
            batch_tokens=BATCH_TOKENS,
            seed=seed,
            **others,
        )

    return with_settings


def listed(epochs: Epochs, epoch: int, position: int = 0) -> list[list[IdPair]]:
    return list(epochs.batches(epoch, position))


def test_batches_are_those_of_the_plan_from_any_position_on(make: Callable[..., Epochs]) -> None:
    epochs = make()
    plan = plan_epoch(epochs.lengths, batch_tokens=BATCH_TOKENS, seed=1, epoch=2)
    expected = [[epochs.ids[row] for row in rows.tolist()] for rows in plan]

    assert listed(epochs, 2) == expected
    assert listed(epochs, 2, 5) == expected[5:]
    assert listed(epochs, 3) != expected
    assert listed(epochs, 2, len(expected)) == []


@pytest.mark.parametrize("kept_from_forking", [False, True])
def test_what_is_sampled_follows_from_seed_epoch_and_place_whoever_does_it(
    make: Callable[..., Epochs], kept_from_forking: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = listed(make(sampling=0.2), 1)
    if kept_from_forking:
        monkeypatch.setattr("translator.compute.workers.may_fork", lambda number: False)

    assert listed(make(sampling=0.2, num_workers=2), 1) == reference
    assert listed(make(sampling=0.2), 1, 7) == reference[7:]
    assert listed(make(sampling=0.2, seed=2), 1) != reference
    assert listed(make(sampling=0.2), 2) != reference
    text = make().tokenizer.text
    assert sorted(text(src) for src, _ in itertools.chain(*reference)) == sorted(
        src for src, _ in make().pairs
    )


def test_batches_have_about_as_many_tokens_with_sampling_as_without(
    make: Callable[..., Epochs],
) -> None:
    def tokens(epochs: Epochs) -> float:
        sizes = [len(b) * max(max(map(len, pair)) for pair in b) for b in epochs.batches(0)]
        return float(np.mean(sizes))

    plain, sampled = tokens(make()), tokens(make(sampling=0.3))

    assert abs(sampled / plain - 1) < 0.2


def test_the_next_epoch_is_planned_while_this_one_is_learned(
    make: Callable[..., Epochs], monkeypatch: pytest.MonkeyPatch
) -> None:
    planned: list[int] = []

    def note(*arguments: object, epoch: int, **others: object) -> object:
        planned.append(epoch)
        return plan_epoch(*arguments, epoch=epoch, **others)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "plan_epoch", note)
    epochs = make()
    with closing(epochs.batches(0)) as batches:
        next(batches)
        epochs.plan(1)

    assert planned == [0, 1]


def test_repeats_are_those_of_the_plan(make: Callable[..., Epochs]) -> None:
    num_pairs = len(make().pairs)

    epochs = make(repeats=np.where(np.arange(num_pairs) < 10, 3.0, 0.0))

    counts = [pair for batch in epochs.batches(0) for pair in batch]
    assert len(counts) == 30
    assert all(pair in list(epochs.ids[:10]) for pair in counts)


def test_results_come_in_order_from_other_processes_that_end_when_nobody_takes_more() -> None:
    with closing(map_ahead(lambda item: (item, os.getpid()), range(50), 2)) as found:
        first = [next(found) for _ in range(5)]

    assert [item for item, _ in first] == list(range(5))
    assert os.getpid() not in {process for _, process in first}
