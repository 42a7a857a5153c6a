"""One training run, from the corpus to the model card.

This module connects the independent parts: text becomes ids, the loop gets batches and a function
that translates and scores, and the results are written to the run directory.
"""

import dataclasses
import logging
import os
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from copy import deepcopy
from dataclasses import asdict, dataclass, field, replace
from itertools import chain, islice

import numpy as np
import torch

from translator import evaluation
from translator.compute.distributed import World
from translator.compute.workers import num_cores
from translator.config import Config, CorpusConfig, TrainingConfig
from translator.decoding.strategies import BeamSearch
from translator.decoding.translator import Translator
from translator.errors import CorpusError, RunError
from translator.experiment.checkpoint import unpack
from translator.experiment.held_out import keep_held_out
from translator.experiment.model_card import write_model_card
from translator.experiment.progress_log import ProgressLog
from translator.experiment.recorder import Recorder
from translator.experiment.run_directory import RunDirectory, origin
from translator.experiment.scoring import keep_scores, score_split, translate_split
from translator.experiment.tensorboard_log import tensorboard_log
from translator.inspection.learning import snapshot_steps
from translator.inspection.record import MAX_TOKENS
from translator.inspection.snapshot import Watched, choose_sentences
from translator.model.transformer import Transformer
from translator.text.alignments import Links, load_alignments
from translator.text.batching import IdPair
from translator.text.corpus import Corpus, load_corpus
from translator.text.encoding import encode, encode_pairs, learn_vocabulary
from translator.text.epochs import Epochs
from translator.text.stored import StoredIds
from translator.text.tables import Pair
from translator.text.tokenizer import Tokenizer
from translator.training.cuda_graphs import GraphedGradients
from translator.training.gradients import Gradients, StepGradients
from translator.training.loop import (
    Ending,
    Learner,
    OnStep,
    TrainState,
    held_out_loss,
    ignore,
    train,
)
from translator.training.optimizers import make_optimizers

logger = logging.getLogger(__name__)

GREEDY = BeamSearch(beam_size=1)
PLAN = 2
"""Version of the planning of batches; with another version, a resumed training is not bit for bit
the same."""
MAX_SAMPLERS = 8
"""Processes that sample subwords for a GPU."""
NUM_SAMPLES = 3
"""Validation sentences whose translations are shown at each validation."""


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
        numbers=corpus.numbers[kept],
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


def restore(experiment: Experiment, run: RunDirectory) -> Experiment:
    """Restore the learner from the newest checkpoint of `run`. Nothing is written.

    Raises RunError if the checkpoint is damaged, or has other settings, another vocabulary or
    another corpus than the experiment.
    """
    tensors, facts = run.checkpoints.load_newest()
    file = run.checkpoints.file_of(max(run.checkpoints.files()))
    run.check_origin(file, facts, experiment.config, experiment.tokenizer)
    here = _environment(experiment)
    if facts.get("init_from") != run.init_from():
        donor, donor_then = (
            each or "no other run" for each in (run.init_from(), facts.get("init_from"))
        )
        raise RunError(
            f"{run.config_file} says that training began with the weights of {donor}, "
            f"but {file} names {donor_then}: copy the whole run directory again"
        )
    try:
        same_text = facts["corpus_sha256"] == experiment.corpus.sha256
        before = {name: facts[name] for name in here}
        state, made_for = TrainState(**facts["state"]), int(facts["max_src_length"])
        if same_text:
            experiment.learner.restore(tensors, state)
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(
            f"{file} does not fit this version ({error}): resume with the version that wrote it, "
            f"or begin a new run with --init_from {shlex.quote(str(run.path))}"
        ) from error
    if not same_text:
        config = experiment.config
        text = run.diversified_folder if config.diversification.models else config.corpus.name
        raise RunError(
            f"the corpus {text} is not the one that {run.path} was trained on: restore that "
            "corpus, or name its new place with --corpus.source; to train on another corpus, use "
            f"--init_from {shlex.quote(str(run.path))}"
        )
    for name in here:
        if before[name] != here[name]:
            logger.warning(
                "%s was %s and is now %s: training continues, but not bit for bit as before",
                name,
                before[name],
                here[name],
            )
    return replace(experiment, made_for=made_for)


def rewind(experiment: Experiment, run: RunDirectory) -> None:
    """Restore the files of `run` to the step to which `restore` went back."""
    state = experiment.learner.state
    best = unpack(run.checkpoints.file_of(state.best_step)) if state.best_step else None
    run.forget_after(state.step)
    run.initial_file.unlink(missing_ok=True)
    run.checkpoints.prune(state.best_step)
    if run.load_config().corpus != experiment.config.corpus:
        run.move_corpus(experiment.config)
    # The run may have been killed before the best weights became the model, or after the weights of
    # a step that will be repeated did.
    if best:
        run.promote(*best)


def run_training(
    experiment: Experiment,
    run: RunDirectory,
    should_stop: Callable[[], bool],
    on_step: OnStep = ignore,
) -> Ending:
    """Train from the learner's state; the results go into `run`, which exists already.

    `on_step` and `should_stop` are called after each step.
    """
    with _recording(experiment, run) as recorder:
        return _train(experiment, run, recorder, should_stop, on_step)


@contextmanager
def _recording(experiment: Experiment, run: RunDirectory) -> Iterator[Recorder | None]:
    """Keeps the held-out text in `run` and yields a recorder of learning; None on all processes but
    the main one."""
    if not experiment.world.is_main:
        yield None
        return
    config, state = experiment.training, experiment.learner.state
    corpus = experiment.config.corpus
    held_out = {**experiment.corpus.held_out, **experiment.donor_text}
    # Diversified text has the held-out pairs of the corpus without their alignments.
    links = load_alignments(corpus, *experiment.corpus.held_out)
    keep_held_out(run, held_out, corpus, links)
    folder = run.tensorboard_folder
    shown = tensorboard_log(folder, config.max_steps, state.step) if config.tensorboard else None
    with shown or nullcontext() as board:
        yield Recorder(
            run,
            config,
            watched=_watched(experiment, links),
            facts=_fixed_facts(experiment, run),
            progress=ProgressLog(config.max_steps, state.step, state.seconds),
            board=board,
        )


def _train(
    experiment: Experiment,
    run: RunDirectory,
    recorder: Recorder | None,
    should_stop: Callable[[], bool],
    on_step: OnStep,
) -> Ending:
    config, world, learner = experiment.training, experiment.world, experiment.learner

    def save() -> None:
        state = learner.state
        if recorder is None:
            return
        tensors, facts = learner.tensors(), {**recorder.facts, "state": asdict(state)}
        # First what resuming needs: the model of the run can be made again from it.
        run.checkpoints.save(state.step, tensors, facts, best_step=state.best_step)
        run.initial_file.unlink(missing_ok=True)
        # A run that is stopped before its first validation must also be able to translate.
        if state.best_step in (0, state.step):
            run.promote(tensors, facts)

    def look(average: Transformer) -> None:
        if recorder is not None:
            recorder.look(average, learner.state.step)

    def log(event: Mapping[str, object]) -> None:
        if recorder is not None:
            recorder.log(event)

    if learner.state.step == 0:
        sizes = {name: len(pairs) for name, pairs in experiment.corpus.splits.items()}
        cleaning = experiment.corpus.cleaning
        log({"event": "corpus", "step": 0, "pairs": sizes, "dropped_from_train": cleaning})
    return train(
        learner,
        config,
        gradients=make_gradients(experiment),
        world=world,
        epoch_batches=experiment.epochs.batches,
        evaluate=lambda average: _validate(experiment, average, recorder),
        snapshot_steps=snapshot_steps(config.max_steps),
        take_snapshot=look,
        save=save,
        log=log,
        should_stop=should_stop,
        on_step=on_step,
    )


def make_gradients(experiment: Experiment) -> StepGradients:
    """A single GPU replays graphs; CPUs and several processes run operation by operation."""
    config, model = experiment.config.training, experiment.learner.model
    if experiment.device.type == "cuda" and experiment.world.size == 1:
        return GraphedGradients(model, config, experiment.device)
    return Gradients(model, config, experiment.device, experiment.world)


def finish(
    experiment: Experiment, run: RunDirectory
) -> tuple[dict[str, evaluation.Scores], dict[str, list[str]]]:
    """Score the best weights on every held-out split but validation, and on a donor's test text,
    and write the model card.

    Returns scores (on the main process only) and translations by split.
    """
    model, _ = run.load_model(experiment.config, experiment.tokenizer)
    translator = experiment.translator(model.to(experiment.device))
    scores, translations = {}, {}
    for split, pairs in {**experiment.corpus.held_out, **experiment.donor_text}.items():
        if split == "validation":
            continue
        translations[split] = translate_split(translator, pairs, None, experiment.world)
        if experiment.world.is_main:
            scores[split] = score_split(split, pairs, translations[split])
            bleu, chrf = scores[split].bleu.value, scores[split].chrf.value
            # Before writing, which can fail.
            logger.info("%s is scored: BLEU %.2f, chrF %.2f", split, bleu, chrf)
            keep_scores(run, split, scores[split], translations[split], translator.beam_search())
    if experiment.world.is_main:
        config = replace(experiment.config, training=experiment.training)
        write_model_card(run, config, describe(experiment))
    return scores, translations


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


def _samples(experiment: Experiment) -> list[int]:
    """The validation pairs that are shown: the first whose source is neither blank nor a whole
    page."""
    fits = (1 < len(src) <= MAX_TOKENS for src, _ in experiment.validation)  # more than </s>
    return list(islice((index for index, fit in enumerate(fits) if fit), NUM_SAMPLES))


def _watched(experiment: Experiment, links: Mapping[Pair, Links]) -> Watched | None:
    """The validation sentences on which learning is recorded."""
    pairs, ids = experiment.corpus.held_out["validation"], experiment.validation
    return choose_sentences(experiment.tokenizer, pairs, ids, links)


def _validate(
    experiment: Experiment, average: Transformer, recorder: Recorder | None
) -> dict[str, float | str]:
    """Loss, and scores of greedy translations by the same functions as the final scores."""
    config, world = experiment.config, experiment.world
    loss = held_out_loss(
        average,
        experiment.validation,
        batch_tokens=config.training.batch_tokens,
        world=world,
    )
    pairs = experiment.corpus.held_out["validation"]
    hypotheses = translate_split(experiment.translator(average), pairs, GREEDY, world)
    references = [tgt for _, tgt in pairs]
    bleu = evaluation.bleu(hypotheses, references)
    chrf = evaluation.chrf(hypotheses, references)
    if recorder is not None:
        state = experiment.learner.state
        logger.info(
            "step %d, %s: validation loss %.3f, greedy %s, chrF %.2f",
            state.step,
            _duration(state.seconds),
            loss,
            f"BLEU {bleu.value:.2f}",
            chrf.value,
        )
        samples = [(pairs[index][0], hypotheses[index]) for index in _samples(experiment)]
        for sample in samples:
            logger.info("    %s -> %s", *sample)
        recorder.show(samples, state.step)
    return {
        "loss": loss,
        "bleu": bleu.value,
        "bleu_signature": bleu.signature,
        "chrf": chrf.value,
        "chrf_signature": chrf.signature,
    }


def _fixed_facts(experiment: Experiment, run: RunDirectory) -> dict[str, object]:
    """The facts that all checkpoints of a training share."""
    return {
        **origin(experiment.config, experiment.tokenizer),
        "max_src_length": experiment.max_src_length,
        "init_from": run.init_from(),
        "corpus_sha256": experiment.corpus.sha256,
        **_environment(experiment),
    }


def _environment(experiment: Experiment) -> dict[str, object]:
    """Everything besides the program that sums of floating-point numbers depend on, and the version
    of the planning of batches."""
    return {
        "plan": PLAN,
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "device": experiment.device.type,
        "processes": experiment.world.size,
    }


def _gpu_name(experiment: Experiment) -> str:
    return f"{experiment.device} ({torch.cuda.get_device_name(experiment.device)})"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s"
