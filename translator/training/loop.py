"""The training loop, visible from end to end. It sees ids, never text.

Resuming is exact because no random state is carried over: the order of an epoch and subword
sampling follow from (seed, epoch), and the generators of dropout are reseeded before each step (see
training/gradients.py). A checkpoint holds the weights, their average, the optimizer's moments and
the plain numbers of `TrainState`, and nothing else.
"""

import math
import time
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from types import NoneType
from typing import Any, Literal

import torch
from torch import Tensor, nn

from translator.compute.distributed import World
from translator.config import PAD_ID, TrainingConfig
from translator.errors import DivergedError
from translator.model.transformer import Transformer
from translator.text.batching import IdPair, batches_of, collate
from translator.training.gradients import Step, StepGradients, count_target_tokens
from translator.training.loss import fused_translation_loss
from translator.training.optimizers import (
    Muon,
    learning_rate_at,
    set_lengths,
    update_average,
)

Validation = Mapping[str, float | str]
"""`loss`, `bleu`, `chrf` and the signatures of the latter, as metrics.jsonl keeps them."""
Rank = list[float]
"""The key by which validations are compared, higher is better: the chosen metric, then chrF, then
the negated loss. A list, since it passes through JSON."""
EpochBatches = Callable[[int, int], Generator[list[IdPair], None, None]]
Ending = Literal["finished", "stopped early", "interrupted"]
OnStep = Callable[[float, float], None]
"""Called after each step with the mean loss since the last line of the log and the target tokens
per second."""
ADAMW_MOMENTS = ("step", "exp_avg", "exp_avg_sq")


@dataclass
class TrainState:
    """Where training stands, in plain numbers."""

    step: int = 0
    """Steps taken."""
    epoch: int = 0
    position: int = 0
    """Batches of this epoch already used."""
    seconds: float = 0.0
    """Time spent so far, validations included, over all resumptions."""
    best_rank: Rank | None = None
    """Rank of the best validation, and its step."""
    best_step: int = 0
    stale: int = 0
    """Validations since then."""
    loss_sum: float = 0.0
    """Summed over the target tokens since the last line of the log."""
    num_tokens: int = 0
    """Number of these tokens."""

    @property
    def mean_loss(self) -> float:
        """In nats per target token since the last line of the log."""
        return self.loss_sum / self.num_tokens

    def __post_init__(self) -> None:
        kinds: dict[str, Any] = {"seconds": float, "loss_sum": float, "best_rank": (list, NoneType)}
        for name, value in vars(self).items():  # read from a file
            if not isinstance(value, kinds.get(name, int)):
                raise TypeError(f"{name} is {value!r}")


@dataclass
class Learner:
    """The model and everything that it needs to continue training: exactly what a checkpoint
    holds."""

    model: Transformer
    average: Transformer
    optimizers: list[torch.optim.Optimizer]
    state: TrainState

    def tensors(self) -> dict[str, Tensor]:
        """Everything but the state, by name."""
        named = dict(self.model.named_parameters())
        tensors = {f"model.{name}": parameter.data for name, parameter in named.items()}
        for name, parameter in self.average.named_parameters():
            tensors[f"average.{name}"] = parameter.data
        for optimizer in self.optimizers:
            for name, parameter in named.items():
                for moment, value in optimizer.state.get(parameter, {}).items():
                    tensors[f"optimizer.{moment}.{name}"] = value
        return tensors

    def restore(self, tensors: Mapping[str, Tensor], state: TrainState) -> None:
        """Continue from the tensors that `tensors()` returned at `state`.

        Raises KeyError or ValueError for tensors of another model.
        """
        self.state = state
        with torch.no_grad():
            for name, parameter in self.average.named_parameters():
                parameter.copy_(_of_shape(parameter, tensors, f"average.{name}"))
            for name, parameter in self.model.named_parameters():
                parameter.copy_(_of_shape(parameter, tensors, f"model.{name}"))
            names = {parameter: name for name, parameter in self.model.named_parameters()}
            for optimizer in self.optimizers:
                moments = ("momentum",) if isinstance(optimizer, Muon) else ADAMW_MOMENTS
                for parameter in (p for group in optimizer.param_groups for p in group["params"]):
                    name, device = names[parameter], parameter.device
                    optimizer.state[parameter] = {
                        moment: tensors[f"optimizer.{moment}.{name}"].to(device)
                        for moment in moments
                    }


def _of_shape(parameter: Tensor, tensors: Mapping[str, Tensor], name: str) -> Tensor:
    if tensors[name].shape != parameter.shape:  # copy_ would broadcast it if it could
        raise ValueError(f"{name} is {list(tensors[name].shape)}, not {list(parameter.shape)}")
    return tensors[name]


def ignore(loss: float, rate: float) -> None:
    """The default of `on_step`."""


def train(
    learner: Learner,
    config: TrainingConfig,
    *,
    gradients: StepGradients,
    world: World,
    epoch_batches: EpochBatches,
    evaluate: Callable[[Transformer], Validation],
    snapshot_steps: Collection[int],
    take_snapshot: Callable[[Transformer], None],
    save: Callable[[], None],
    log: Callable[[Mapping[str, object]], None],
    should_stop: Callable[[], bool],
    on_step: OnStep = ignore,
) -> Ending:
    """Train from `learner.state` to `config.max_steps`, or until training stops early.

    `gradients` computes the gradient of a step. `epoch_batches(epoch, position)` yields the batches
    of an epoch, as ids, from a position on. `evaluate(average)` scores the averaged weights.
    `take_snapshot(average)` records them after each of the `snapshot_steps` (0 is before the first
    step) and when training stops early. `save` writes a checkpoint, and `log` takes a line of
    metrics.jsonl. `on_step` and `should_stop` are called after each step. Raises DivergedError if a
    loss is not finite.
    """
    state = learner.state
    speed = _Speed()
    started = time.perf_counter() - state.seconds
    if state.step == 0 and 0 in snapshot_steps:
        take_snapshot(learner.average)
    with closing(_steps(state, config, epoch_batches)) as steps:
        while state.step < config.max_steps and not _is_stale(state, config):
            batches = next(steps)
            learning_rate = learning_rate_at(state.step, config)
            step_started = time.perf_counter()
            loss, grad_norm = training_step(learner, gradients, batches, config, learning_rate)
            state.step += 1
            num_tokens = count_target_tokens(batches)
            state.loss_sum += loss * num_tokens
            state.num_tokens += num_tokens
            speed.add(num_tokens, time.perf_counter() - step_started)
            state.seconds = time.perf_counter() - started

            on_step(state.mean_loss, speed.rate)
            if state.step % config.log_every == 0:
                log(_train_event(state, speed, learning_rate, grad_norm))
                state.loss_sum, state.num_tokens = 0.0, 0
                speed = _Speed()
            is_due = state.step % config.eval_every == 0 or state.step == config.max_steps
            if is_due:
                validation = evaluate(learner.average)
                _judge(state, _rank(validation, config.metric))
                state.seconds = time.perf_counter() - started
                log({"event": "validation", **_position(state), **validation})
            # Before the checkpoint: a run resumed from there does not take this snapshot again.
            if state.step in snapshot_steps or _is_stale(state, config):
                take_snapshot(learner.average)
            if is_due:
                save()
            if state.step < config.max_steps and world.sum(should_stop())[0]:
                if not is_due:
                    save()
                return "interrupted"
    return "stopped early" if _is_stale(state, config) else "finished"


def training_step(
    learner: Learner,
    gradients: StepGradients,
    batches: Step,
    config: TrainingConfig,
    learning_rate: float,
) -> tuple[float, float]:
    """One step of the optimizer and of the average.

    Returns the loss in nats per target token and the gradient norm before clipping. Raises
    DivergedError, before the step, if either is not finite.
    """
    step = learner.state.step
    loss = gradients.compute(batches, step)
    # Without clipping, the norm is still measured.
    grad_norm = nn.utils.clip_grad_norm_(
        learner.model.parameters(), config.max_grad_norm or math.inf
    ).item()
    if not (math.isfinite(loss) and math.isfinite(grad_norm)):
        raise DivergedError(
            f"the loss is {loss} and the gradient norm {grad_norm} at step {step + 1}, "
            f"learning rate {learning_rate:.2e}: try a lower training.learning_rate, more "
            f"training.warmup_steps, or a lower training.max_grad_norm"
        )
    # Nothing has changed yet: a run that diverges here can resume from its last checkpoint.
    embedding = learner.model.embedding.weight.data
    lengths = embedding.norm(dim=1, keepdim=True)
    for optimizer in learner.optimizers:
        for group in optimizer.param_groups:
            group["lr"] = learning_rate * group["lr_ratio"]
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    # FixNorm (Nguyen and Chiang 2018): embeddings keep their initial norm, about 1, and learn only
    # their direction, so that rare words are scored on a par with common words.
    set_lengths(embedding, lengths)
    update_average(learner.average, learner.model, config.average_decay, step + 1)
    return loss, grad_norm


@torch.inference_mode()
def held_out_loss(
    model: Transformer, pairs: Sequence[IdPair], *, batch_tokens: int, world: World
) -> float:
    """Cross-entropy in nats per target token, without smoothing; each process does its share.

    Raises DivergedError if it is not finite.
    """
    model.eval()
    device = next(model.parameters()).device
    share = world.share(list(pairs))
    longest = max((max(map(len, pair)) for pair in share), default=1)
    loss, num_tokens = 0.0, 0
    # A held-out pair may be longer than a training batch; such a pair is a batch of its own.
    for rows in batches_of(share, max(batch_tokens, longest)):
        batch = collate([share[row] for row in rows]).to(device)
        states = model(batch.src, batch.src_key_padding_mask, batch.tgt_in)
        loss += fused_translation_loss(
            states, model.embedding.weight, batch.tgt_out, smoothing=0.0
        ).item()
        num_tokens += int((batch.tgt_out != PAD_ID).sum())
    loss, total = world.sum(loss, num_tokens)
    if not math.isfinite(loss):
        raise DivergedError(
            f"the validation loss is {loss}: the last steps spoiled the weights; try a lower "
            "training.learning_rate, or more training.warmup_steps"
        )
    return loss / total


def _steps(
    state: TrainState, config: TrainingConfig, epoch_batches: EpochBatches
) -> Generator[Step, None, None]:
    """The batches of each step from `state` on, epoch after epoch without end."""
    while True:
        with closing(epoch_batches(state.epoch, state.position)) as batches:
            while step := list(islice(batches, config.accumulate)):
                state.position += len(step)
                yield step
        state.epoch, state.position = state.epoch + 1, 0


def _rank(validation: Validation, metric: str) -> Rank:
    """See `Rank`. Ties are common if a corpus is small or BLEU is 0."""
    loss, chrf = float(validation["loss"]), float(validation["chrf"])
    return [-loss if metric == "loss" else float(validation[metric]), chrf, -loss]


def _judge(state: TrainState, rank: Rank) -> None:
    """Remember in `state` whether this validation is the best so far."""
    if state.best_rank is None or rank > state.best_rank:
        state.best_rank, state.best_step, state.stale = rank, state.step, 0
    else:
        state.stale += 1


def _is_stale(state: TrainState, config: TrainingConfig) -> bool:
    """Whether there have been `patience` validations since the best one."""
    return 0 < config.patience <= state.stale


class _Speed:
    """Target tokens per second since the last line of the log, or since training was resumed."""

    def __init__(self) -> None:
        self._num_tokens, self._seconds = 0, 0.0

    def add(self, num_tokens: int, seconds: float) -> None:
        self._num_tokens += num_tokens
        self._seconds += seconds

    @property
    def rate(self) -> float:
        return self._num_tokens / self._seconds


def _position(state: TrainState) -> dict[str, object]:
    return {"step": state.step, "epoch": state.epoch, "seconds": round(state.seconds, 2)}


def _train_event(
    state: TrainState, speed: _Speed, learning_rate: float, grad_norm: float
) -> dict[str, object]:
    return {
        "event": "train",
        **_position(state),
        "loss": state.mean_loss,
        "learning_rate": learning_rate,
        "grad_norm": grad_norm,
        "target_tokens_per_second": speed.rate,
    }
