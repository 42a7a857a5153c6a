"""The risk and its gradient: of what the model draws, by how good it is, and of nothing else."""

import dataclasses
import random
from collections.abc import Iterator, Sequence

import pytest
import torch
from torch import Tensor

from translator.compute.distributed import World
from translator.config import (
    EOS_ID,
    Config,
    MinimumRiskConfig,
    ModelConfig,
    TokenizerConfig,
    TrainingConfig,
)
from translator.decoding.candidates import Sampling
from translator.decoding.search import Hypothesis, decode
from translator.model.transformer import Transformer
from translator.text.batching import IdPair, collate
from translator.training.gradients import seed_of
from translator.training.minimum_risk import RiskGradients, first_phase, risk_of, second_phase

VOCAB_SIZE = 17
SHAPE = ModelConfig(
    d_model=12, num_heads=3, d_ff=20, num_encoder_layers=1, num_decoder_layers=2, dropout=0.0
)
RISK = MinimumRiskConfig(max_steps=9, samples=5, temperature=0.8, batch_tokens=50)
TRAINING = second_phase(Config(minimum_risk=RISK)).training


@pytest.fixture(autouse=True)
def _threads_as_before() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_the_risk_of_two_candidates_is_as_worked_by_hand() -> None:
    # Mean log-probabilities of -1 and -1 - log 3: of the two, 3/4 and 1/4.
    good = hypothesis([5, EOS_ID], [-1.0, -1.0])
    bad = hypothesis([6, 7, 8, EOS_ID], [-2.0986123] * 4)

    risk, weights = risk_of([good, bad], rewards=[0.9, 0.5])

    # Expected reward 0.8; weights q (r - 0.8) / length.
    assert risk == pytest.approx(0.2)
    assert weights == pytest.approx([0.75 * 0.1 / 2, 0.25 * -0.3 / 4])


def test_a_lone_candidate_teaches_nothing() -> None:
    risk, weights = risk_of([hypothesis([5, EOS_ID], [-1.0, -2.0])], rewards=[0.3])

    assert (risk, weights) == (pytest.approx(0.7), [0.0])


@pytest.mark.parametrize("num_threads", [1, 2, 3])
def test_the_gradient_is_the_slope_of_the_expected_risk(num_threads: int) -> None:
    torch.set_num_threads(num_threads)
    model, pairs = make_model(), pairs_of(7)
    gradients = RiskGradients(model, RISK, TRAINING, World(), reward)

    risk = gradients.of_step([pairs[:3], pairs[3:]], step=4)

    # From the same draws, with every probability in the open and torch to differentiate.
    sampling = Sampling(temperature=0.8, num_samples=5, seed=seed_of(TRAINING.seed, 4))
    expected = torch.zeros(())
    for (src, tgt), drawn in zip(
        pairs, decode(model, [src for src, _ in pairs], sampling), strict=True
    ):
        candidates = {tuple(each.ids) for each in drawn}
        scores = torch.stack([mean_log_probability(model, src, ids) for ids in candidates])
        rewards = torch.tensor([reward(ids, tgt) for ids in candidates])
        expected = expected + 1 - scores.softmax(dim=0) @ rewards
    expected = expected / len(pairs)
    assert 0 < risk < 1
    assert risk == pytest.approx(expected.item(), rel=1e-5)
    slopes = torch.autograd.grad(expected, list(model.parameters()))
    assert max(slope.abs().max() for slope in slopes) > 1e-3
    for parameter, slope in zip(model.parameters(), slopes, strict=True):
        assert parameter.grad is not None
        torch.testing.assert_close(parameter.grad, slope, rtol=1e-3, atol=1e-6)


def test_what_is_drawn_follows_from_seed_and_step_alone() -> None:
    pairs = pairs_of(5)
    seeds_and_steps = ((1, 3), (1, 3), (1, 4), (2, 3))

    first, again, next_step, other_seed = (
        gradients_at(make_model(), pairs, step, dataclasses.replace(TRAINING, seed=seed))
        for seed, step in seeds_and_steps
    )

    assert torch.equal(first, again)
    assert not torch.equal(first, next_step)
    assert not torch.equal(first, other_seed)


def test_nothing_is_dropped() -> None:
    dropping = dataclasses.replace(SHAPE, dropout=0.5, attention_dropout=0.5, layer_dropout=0.5)

    found = gradients_at(make_model(dropping), pairs_of(5), step=2)

    assert torch.equal(found, gradients_at(make_model(), pairs_of(5), step=2))


def test_where_all_candidates_are_alike_good_the_gradient_is_zero() -> None:
    model = make_model()
    gradients = RiskGradients(model, RISK, TRAINING, World(), reward=lambda *_: 1.0)

    assert gradients.of_step([pairs_of(5)], step=0) == pytest.approx(0, abs=1e-6)

    for parameter in model.parameters():
        assert parameter.grad is not None
        torch.testing.assert_close(parameter.grad, torch.zeros_like(parameter))


def test_what_is_rewarded_becomes_probable() -> None:
    model, pairs = make_model(), pairs_of(6)

    def short(hypothesis: Sequence[int], _: Sequence[int]) -> float:
        return 1 / len(hypothesis)

    gradients = RiskGradients(model, RISK, TRAINING, World(), short)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    risks = []
    for step in range(30):
        risks.append(gradients.of_step([pairs], step))
        optimizer.step()

    assert sum(risks[-5:]) / 5 < sum(risks[:5]) / 5 - 0.2


def test_the_second_phase_is_a_training_with_settings_of_its_own() -> None:
    config = Config(
        tokenizer=TokenizerConfig(sampling=0.1),
        training=TrainingConfig(
            seed=7, max_steps=900, accumulate=3, consistency=0.0, patience=4, metric="chrf"
        ),
        minimum_risk=MinimumRiskConfig(max_steps=10, batch_tokens=77, learning_rate=0.01),
    )

    second = second_phase(config)

    training = second.training
    assert second.tokenizer.sampling == 0
    assert (training.max_steps, training.batch_tokens, training.learning_rate) == (10, 77, 0.01)
    assert (training.accumulate, training.patience, training.label_smoothing) == (1, 0, 0)
    assert (training.optimizer, training.schedule, training.warmup_steps) == ("adamw", "linear", 0)
    assert (training.seed, training.metric) == (7, "chrf")
    assert training.eval_every == 3  # of 10 steps, so that there are four validations
    by_loss = dataclasses.replace(config.training, metric="loss")
    assert second_phase(dataclasses.replace(config, training=by_loss)).training.metric == "bleu"
    assert second_phase(config, longest=78).training.batch_tokens == 78
    assert first_phase(config) == dataclasses.replace(config, minimum_risk=MinimumRiskConfig())


def reward(hypothesis: Sequence[int], reference: Sequence[int]) -> float:
    """Some number of both, from 0 to 1."""
    return random.Random(f"{list(hypothesis)} {list(reference)}").random()


def mean_log_probability(model: Transformer, src: list[int], ids: Sequence[int]) -> Tensor:
    batch = collate([(src, list(ids))])
    memory = model.encode(batch.src, batch.src_key_padding_mask)
    logits = model.decode(batch.tgt_in, memory, batch.src_key_padding_mask)
    return logits.log_softmax(dim=-1).gather(2, batch.tgt_out.unsqueeze(2)).mean()


def gradients_at(
    model: Transformer, pairs: list[IdPair], step: int, training: TrainingConfig = TRAINING
) -> Tensor:
    RiskGradients(model, RISK, training, World(), reward).of_step([pairs], step)
    return torch.cat([parameter.grad.flatten() for parameter in model.parameters()])


def hypothesis(ids: list[int], logprobs: list[float]) -> Hypothesis:
    return Hypothesis(ids=ids, logprobs=logprobs, score=sum(logprobs) / len(logprobs))


def make_model(shape: ModelConfig = SHAPE) -> Transformer:
    torch.manual_seed(3)
    return Transformer(shape, VOCAB_SIZE).eval()


def pairs_of(count: int) -> list[IdPair]:
    rng = random.Random(count)

    def row() -> list[int]:
        return [*rng.choices(range(4, VOCAB_SIZE), k=rng.randint(1, 5)), EOS_ID]

    return [(row(), row()) for _ in range(count)]
