"""One training: the loop of an experiment, its validations, and the scores at its end."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, replace
from itertools import islice

from translator import evaluation
from translator.decoding.strategies import BeamSearch
from translator.experiment.experiment import Experiment, describe
from translator.experiment.held_out import keep_held_out
from translator.experiment.model_card import write_model_card
from translator.experiment.progress_log import ProgressLog
from translator.experiment.recorder import Recorder
from translator.experiment.resuming import fixed_facts
from translator.experiment.run_directory import RunDirectory
from translator.experiment.scoring import keep_scores, score_split, translate_split
from translator.experiment.tensorboard_log import tensorboard_log
from translator.inspection.learning import snapshot_steps
from translator.inspection.record import MAX_TOKENS
from translator.inspection.snapshot import Watched, choose_sentences
from translator.model.transformer import Transformer
from translator.text.alignments import Links, load_alignments
from translator.text.tables import Pair
from translator.training.cuda_graphs import GraphedGradients
from translator.training.gradients import Gradients, StepGradients
from translator.training.loop import (
    Ending,
    OnStep,
    held_out_loss,
    ignore,
    train,
)

logger = logging.getLogger(__name__)

GREEDY = BeamSearch(beam_size=1)
NUM_SAMPLES = 3
"""Validation sentences whose translations are shown at each validation."""


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
            facts=fixed_facts(experiment, run),
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


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s"
