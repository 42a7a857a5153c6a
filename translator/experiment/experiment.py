"""An experiment: everything that a run needs before its first step.

This module connects the independent parts: text becomes ids, and a model, its optimizers and the
batches are made from the settings.
"""

import dataclasses
import logging
import os
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from itertools import chain

import numpy as np
import torch

from translator import evaluation
from translator.compute.distributed import World
from translator.compute.workers import num_cores
from translator.config import Config, CorpusConfig, TrainingConfig
from translator.decoding.translator import Translator
from translator.errors import CorpusError
from translator.model.transformer import Transformer
from translator.text.batching import IdPair
from translator.text.corpus import Corpus, load_corpus
from translator.text.encoding import encode, encode_pairs, learn_vocabulary
from translator.text.epochs import Epochs
from translator.text.stored import StoredIds
from translator.text.tables import Pair
from translator.text.tokenizer import Tokenizer
from translator.training.loop import (
    Learner,
    TrainState,
)
from translator.training.optimizers import make_optimizers

logger = logging.getLogger(__name__)

MAX_SAMPLERS = 8
"""Processes that sample subwords for a GPU."""


@dataclass(frozen=True)
class Experiment:
    """Everything that a run needs before its first step."""

    config: Config
    corpus: Corpus
    tokenizer: Tokenizer
    epochs: Epochs
    """Batches of the training text."""
    validation: list[IdPair]
    """The validation pairs as ids."""
    learner: Learner
    device: torch.device
    world: World
    donor_text: Mapping[str, Sequence[Pair]] = field(default_factory=dict)
    """The test text of the donor, by name, if it differs from the run's own."""
    made_for: int = 0
    """The longest source, in ids, that the initial weights were trained on; 0 for random
    weights."""

    @property
    def training(self) -> TrainingConfig:
        """The settings of the loop: if BLEU cannot rise, chrF selects the best weights."""
        config = self.config.training
        references = [tgt for _, tgt in self.corpus.held_out["validation"]]
        if config.metric == "bleu" and not evaluation.bleu_can_rise(references):
            return replace(config, metric="chrf")
        return config

    @property
    def max_src_length(self) -> int:
        """The longest source that the model is trained on, in ids; longer sources are translated in
        parts."""
        of_training = int(self.epochs.lengths[:, 0].max())
        longest = max(of_training, *(len(src) for src, _ in self.validation))
        return max(self.made_for, min(longest, self.config.training.batch_tokens))

    def translator(self, model: Transformer) -> Translator:
        """Text to text with `model`."""
        return Translator(
            model, self.tokenizer, self.config.decoding, max_src_length=self.max_src_length
        )


def prepare(
    config: Config,
    device: torch.device,
    world: World,
    tokenizer: Tokenizer | None = None,
    text: CorpusConfig | None = None,
    donor_text: Mapping[str, Sequence[Pair]] | None = None,
) -> Experiment:
    """Read the corpus, learn the vocabulary (unless one is given), make the model.

    `text` is read instead of the corpus: the output of `diversification`. Pairs in `donor_text`,
    which measures what a run with a donor forgets, are not trained on. Raises CorpusError for text
    that cannot be trained on.
    """
    donor_text = donor_text or {}
    corpus = load_corpus(text or config.corpus, [*chain(*donor_text.values())])
    own = corpus.held_out["test"]
    if tokenizer is None:
        tokenizer = learn_vocabulary(corpus, config.tokenizer)
    corpus, ids = _without_longer(corpus, encode(corpus, tokenizer), config.training.batch_tokens)
    epochs = Epochs(
        tokenizer=tokenizer,
        sampling=config.tokenizer.sampling,
        pairs=corpus.train,
        ids=ids,
        batch_tokens=config.training.batch_tokens,
        seed=config.training.seed,
        repeats=corpus.repeats,
        num_workers=_num_samplers(device),
    )
    validation = encode_pairs(tokenizer, corpus.held_out["validation"])
    # The weights depend only on the seed, whatever random numbers were used before.
    torch.manual_seed(config.training.seed)
    model = Transformer(config.model, tokenizer.vocab_size).to(device)
    optimizers = make_optimizers(model, config.training)
    learner = Learner(model, deepcopy(model), optimizers, TrainState())
    experiment = Experiment(
        config,
        corpus,
        tokenizer,
        epochs,
        validation,
        learner,
        device,
        world,
        donor_text={name: pairs for name, pairs in donor_text.items() if pairs != own},
    )
    if experiment.training != config.training:
        logger.warning(
            "all validation references are under %d tokens, so exact translations have BLEU 0: "
            "chrF chooses the best weights",
            evaluation.BLEU_ORDER,
        )
    return experiment


def _num_samplers(device: torch.device) -> int:
    """A GPU consumes batches faster than one process segments them."""
    if device.type == "cpu":
        return 1
    processes = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))  # of torchrun, on this machine
    return max(1, min(MAX_SAMPLERS, num_cores() // processes - 1))


def _without_longer(corpus: Corpus, ids: StoredIds, batch_tokens: int) -> tuple[Corpus, StoredIds]:
    """Drop training pairs longer than a batch, such as a word of thousands of letters or endless
    repetitions by a teacher. Raises CorpusError if none is left."""
    fits = ids.lengths.max(axis=1) <= batch_tokens
    if not fits.any():
        raise CorpusError(
            f"each of the {len(ids)} training pairs has more tokens than a batch: raise "
            f"training.batch_tokens ({batch_tokens})"
        )
    dropped = corpus.numbers[~fits]
    if len(dropped):
        logger.warning(
            "dropped %d of %d training pairs, longer than training.batch_tokens (%d): pairs %s%s "
            "of the source",
            len(dropped),
            len(ids),
            batch_tokens,
            ", ".join(map(str, dropped[:10])),
            ", ..." if len(dropped) > 10 else "",
        )
    kept = np.flatnonzero(fits)
    corpus = dataclasses.replace(
        corpus,
        train=corpus.train.select(kept),
        repeats=None if corpus.repeats is None else corpus.repeats[kept],
        cleaning={**corpus.cleaning, "longer than a batch": len(dropped)},
    )
    return corpus, ids.select(kept)


def start_from(
    experiment: Experiment, weights: Mapping[str, torch.Tensor], max_src_length: int
) -> Experiment:
    """Begin with these weights, trained on sources of at most `max_src_length` ids; everything else
    starts from scratch."""
    for model in (experiment.learner.model, experiment.learner.average):
        model.load_state_dict(weights)
    return replace(experiment, made_for=max_src_length)


def describe(experiment: Experiment) -> str:
    """Device, size and corpus, in one line."""
    model, corpus = experiment.learner.model, experiment.corpus
    parameters = sum(parameter.numel() for parameter in model.parameters())
    pairs = ", ".join(f"{len(split):,} {name}" for name, split in corpus.splits.items())
    threads = f"{torch.get_num_threads()} threads"
    device = f"cpu ({threads})" if experiment.device.type == "cpu" else _gpu_name(experiment)
    processes = f" x {experiment.world.size} processes" if experiment.world.size > 1 else ""
    return (
        f"{device}{processes} | {parameters / 1e6:.2f} M parameters, "
        f"vocabulary {experiment.tokenizer.vocab_size:,} | pairs: {pairs}"
    )


def _gpu_name(experiment: Experiment) -> str:
    return f"{experiment.device} ({torch.cuda.get_device_name(experiment.device)})"
