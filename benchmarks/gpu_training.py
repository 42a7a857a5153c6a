"""How fast training is on a GPU: operation by operation, or captured as CUDA graphs.

    python benchmarks/gpu_training.py --source FOLDER

Target tokens per second (</s> counted, padding not) of whole training steps, optimizer included,
with the model of configs/multi30k.yaml. The ways alternate, round by round, in one process; graphs
are captured before the timing.
"""

import argparse
import dataclasses
import statistics
import time
from copy import deepcopy
from itertools import islice
from typing import Literal

import measuring
import torch

from translator.compute.device import choose_device
from translator.compute.distributed import World
from translator.config import Config, CorpusConfig, ModelConfig, TokenizerConfig, TrainingConfig
from translator.errors import TranslatorError
from translator.experiment.experiment import Experiment, prepare
from translator.training.cuda_graphs import GraphedGradients
from translator.training.gradients import Gradients, Step, StepGradients, count_target_tokens
from translator.training.loop import Learner, TrainState, training_step
from translator.training.optimizers import make_optimizers

GPU = torch.device("cuda")
Kind = Literal["operations", "graphs"]
Precision = Literal["float32", "bfloat16"]
WAYS: dict[str, tuple[Kind, Precision, bool]] = {
    "operations, float32": ("operations", "float32", False),
    "operations, TF32": ("operations", "float32", True),
    "operations, bfloat16": ("operations", "bfloat16", False),
    "graphs, float32": ("graphs", "float32", False),
    "graphs, TF32": ("graphs", "float32", True),
    "graphs, bfloat16": ("graphs", "bfloat16", False),
}


@dataclasses.dataclass
class Way:
    """A way to train: its own model, and how the gradients are computed."""

    learner: Learner
    gradients: StepGradients
    config: TrainingConfig
    is_tf32: bool

    def seconds(self, steps: list[Step]) -> float:
        """Seconds that these steps take."""
        torch.backends.cuda.matmul.allow_tf32 = self.is_tf32
        torch.cuda.synchronize()
        started = time.perf_counter()
        for batches in steps:
            training_step(self.learner, self.gradients, batches, self.config, 1e-3)
            self.learner.state.step += 1
        torch.cuda.synchronize()
        return time.perf_counter() - started


def main() -> None:
    """Print the table."""
    given = options()
    if not torch.cuda.is_available():
        measuring.refuse("this machine has no GPU that torch can use")
    config = Config(
        corpus=CorpusConfig(source=given.source),
        tokenizer=TokenizerConfig(vocab_size=6000),
        model=ModelConfig(num_encoder_layers=4, num_decoder_layers=3, dropout=0.15),
        training=TrainingConfig(batch_tokens=given.batch_tokens),
    )
    try:
        experiment = prepare(config, choose_device("cuda"), World())
    except TranslatorError as error:
        measuring.refuse(str(error))
    steps = first_steps(experiment, given.steps)
    ways = {name: make(experiment, name) for name in given.systems}
    for name, way in ways.items():
        print(f"{name}: first pass in {way.seconds(steps):.1f} s", flush=True)
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(given.rounds):
        for name, way in ways.items():
            seconds[name].append(way.seconds(steps))
    print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}")
    print(f"medians of {given.rounds} runs of {given.steps} steps of {given.batch_tokens} tokens")
    num_tokens = sum(count_target_tokens(batches) for batches in steps)
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    measuring.print_table(
        ["training", "target tokens/s", "ms a step"],
        [
            [name, f"{num_tokens / value:,.0f}", f"{1000 * value / given.steps:.1f}"]
            for name, value in medians.items()
        ],
    )


def options() -> argparse.Namespace:
    """The command line."""
    parser = measuring.parser(__doc__, tuple(WAYS))
    parser.add_argument("--steps", type=int, default=100, help="steps of each run")
    parser.add_argument("--batch_tokens", type=int, default=2048)
    return parser.parse_args()


def first_steps(experiment: Experiment, number: int) -> list[Step]:
    """The first batches of the first epoch, one per step."""
    return [[batch] for batch in islice(experiment.epochs.batches(0), number)]


def make(experiment: Experiment, name: str) -> Way:
    """A way to train, starting from the experiment's initial weights."""
    kind, precision, is_tf32 = WAYS[name]
    config = dataclasses.replace(experiment.config.training, precision=precision)
    model = deepcopy(experiment.learner.model)
    learner = Learner(model, deepcopy(model), make_optimizers(model, config), TrainState())
    if kind == "graphs":
        return Way(learner, GraphedGradients(model, config, GPU), config, is_tf32)
    return Way(learner, Gradients(model, config, GPU, World()), config, is_tf32)


if __name__ == "__main__":
    main()
