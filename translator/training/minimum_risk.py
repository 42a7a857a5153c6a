"""Minimum-risk training (Shen et al. 2016): a model learns from translations of its own.

Likelihood makes every reference token probable after a right beginning, and knows neither of what
the model writes by itself nor of the score that this will have. Here the model draws translations
of training sources, each is rewarded by its likeness to the reference, and the model moves towards
those that are better than what it may expect of itself, and away from the others.

Ids in, a gradient out: what rewards them is handed in.
"""

import dataclasses
import itertools
import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from translator.compute.distributed import World
from translator.compute.workers import num_workers, workers
from translator.config import Config, MinimumRiskConfig, TrainingConfig
from translator.decoding.candidates import Sampling
from translator.decoding.search import Hypothesis, decode
from translator.model.transformer import Transformer
from translator.text.batching import IdPair, collate, pack
from translator.training.gradients import Step, batch_loss, seed_of

Reward = Callable[[Sequence[int], Sequence[int]], float]
"""How good a translation is beside the reference, both as ids: from 0 to 1."""
VALIDATIONS = 4
MOST_TOKENS = 4096
"""Padded tokens of candidates that one thread reads at once."""


def first_phase(config: Config) -> Config:
    """The same training by likelihood alone."""
    return dataclasses.replace(config, minimum_risk=MinimumRiskConfig())


def second_phase(config: Config, longest: int = 0) -> Config:
    """What `config` says of minimum-risk training, as settings of a training like any other.

    A batch has room for one pair of `longest` tokens, whatever the configuration says: the first
    phase has learned it. Subwords are not sampled: translating does not either. The best weights
    are not chosen by the loss, which rises.
    """
    risk = config.minimum_risk
    training = dataclasses.replace(
        config.training,
        max_steps=risk.max_steps,
        batch_tokens=max(risk.batch_tokens, longest),
        accumulate=1,
        optimizer="adamw",
        learning_rate=risk.learning_rate,
        warmup_steps=0,
        schedule="linear",
        label_smoothing=0.0,
        consistency=0.0,
        average_decay=min(config.training.average_decay, 0.99),
        eval_every=math.ceil(risk.max_steps / VALIDATIONS),
        metric="bleu" if config.training.metric == "loss" else config.training.metric,
        patience=0,
        compile=False,
    )
    tokenizer = dataclasses.replace(config.tokenizer, sampling=0.0)
    return dataclasses.replace(config, training=training, tokenizer=tokenizer)


class RiskGradients:
    """The gradients of the risk: how far a drawn translation is expected to be from reward 1.

    As in Shen et al., the expectation is over the translations drawn of a source, each once, by
    their probabilities among these. A translation's weight there is the exponential of its mean
    log-probability a token (Edunov et al. 2018), so that short ones are not preferred. Nothing is
    dropped: these are the probabilities that decoding uses.
    """

    def __init__(
        self,
        model: Transformer,
        risk: MinimumRiskConfig,
        training: TrainingConfig,
        world: World,
        reward: Reward,
    ) -> None:
        self._model, self._risk, self._training = model, risk, training
        self._world, self._reward = world, reward
        self._parameters = list(model.parameters())

    def of_step(self, batches: Step, step: int) -> float:
        """Leave the step's gradient in `.grad` of each parameter; returns the mean risk, 0 to 1."""
        everyones = list(itertools.chain.from_iterable(batches))
        pairs = self._world.share(everyones)
        sampling = Sampling(
            temperature=self._risk.temperature,
            num_samples=self._risk.samples,
            seed=seed_of(self._training.seed, step),
        )
        drawn = decode(self._model, [src for src, _ in pairs], sampling)
        risks: list[float] = []
        rows: list[tuple[IdPair, float]] = []
        for (src, tgt), hypotheses in zip(pairs, drawn, strict=True):
            candidates = list({tuple(each.ids): each for each in hypotheses}.values())
            risk, weights = risk_of(candidates, [self._reward(c.ids, tgt) for c in candidates])
            risks.append(risk)
            for candidate, weight in zip(candidates, weights, strict=True):
                rows.append(((src, candidate.ids), weight / len(everyones)))
        # A lone candidate, or one as good as the mean, has nothing to say.
        self._set_gradients([row for row in rows if row[1]])
        return self._world.sum(sum(risks))[0] / len(everyones)

    def _set_gradients(self, rows: list[tuple[IdPair, float]]) -> None:
        total = [torch.zeros_like(parameter) for parameter in self._parameters]
        self._model.eval()
        number = num_workers(self._parameters[0].device)
        with workers(number) as pool:
            # In the order of the batches, so that sums do not depend on who was faster.
            for gradients in pool.map(self._gradients_of, _batches(rows, number)):
                torch._foreach_add_(total, list(gradients))
        self._world.add_up(total)
        for parameter, gradient in zip(self._parameters, total, strict=True):
            parameter.grad = gradient

    def _gradients_of(self, rows: list[tuple[IdPair, float]]) -> Sequence[Tensor]:
        pairs, weights = zip(*rows, strict=True)
        batch = collate(pairs, weights).to(self._parameters[0].device)
        loss = batch_loss(self._model, self._model, batch, self._training)
        return torch.autograd.grad(loss, self._parameters)


def risk_of(
    candidates: Sequence[Hypothesis], rewards: Sequence[float]
) -> tuple[float, list[float]]:
    """The risk of one source, 0 to 1, and how much each candidate's loss counts in its gradient.

    With q the probabilities among the candidates, by their scores, and r the rewards, the risk is
    the sum of q (1 - r), and its slope by a score is q (mean of r - r). The score of a sample is
    minus its cross-entropy over its length, so the weight of that is q (r - mean of r) / length.
    """
    rewards_C = torch.tensor(rewards)
    probs_C = torch.tensor([candidate.score for candidate in candidates]).softmax(dim=0)
    expected = probs_C @ rewards_C
    lengths_C = torch.tensor([len(candidate.ids) for candidate in candidates])
    weights_C = probs_C * (rewards_C - expected) / lengths_C
    return 1 - expected.item(), weights_C.tolist()


def _batches(rows: list[tuple[IdPair, float]], num_parts: int) -> list[list[tuple[IdPair, float]]]:
    """Rows of about the same length, in about `num_parts` parts or more."""
    rows = sorted(rows, key=lambda row: max(map(len, row[0])))
    lengths = [max(map(len, pair)) for pair, _ in rows]
    share = math.ceil(sum(lengths) / num_parts)
    budget = max(min(MOST_TOKENS, share), *lengths, 1)
    return [[rows[index] for index in part] for part in pack(range(len(rows)), lengths, budget)]
