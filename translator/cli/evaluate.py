"""The command `evaluate`: translates and scores a held-out split."""

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from translator.cli.parser import Namespace
from translator.cli.selection import choose_beam, choose_sampling, held_out_name, load
from translator.cli.streams import write_line
from translator.compute.files import short_name, write_atomically
from translator.decoding.minimum_bayes_risk import most_alike_first
from translator.decoding.strategies import Sampling, Strategy
from translator.decoding.translator import Translator
from translator.errors import TranslatorError
from translator.evaluation import compare
from translator.experiment.breakdown import (
    Training,
    by_length,
    by_rarity,
    by_unseen,
    count_words,
    sentence_table,
    word_table,
    worst,
)
from translator.experiment.held_out import load_held_out
from translator.experiment.run_directory import RunDirectory
from translator.experiment.scoring import keep_scores, score_split
from translator.inspection.page.worst import Failure, Seen, worst_html
from translator.text.corpus import load_corpus
from translator.text.tables import Pair

NUM_WORST = 50
"""Sentences on the page of the worst translations."""


def run(options: Namespace, prog: str) -> int:
    """Score a run on a held-out split."""
    chosen, translator = load(options.run, options.device, ensemble=options.ensemble)
    chosen.results.load()  # a broken file is refused before anything is translated
    baseline = load(options.baseline, options.device)[1] if options.baseline else None
    pairs = load_held_out(chosen, options.split, options.source)
    sources, references = [src for src, _ in pairs], [tgt for _, tgt in pairs]
    training = _training_words(options, chosen)  # refused before anything is translated
    strategy: Strategy = (
        choose_sampling(options, options.mbr)
        if options.mbr
        else choose_beam(options, translator.decoding)
    )
    hypotheses = _translate(translator, sources, strategy)
    name = results_name(options, chosen.step)
    scores = score_split(name, pairs, hypotheses)
    write_line(f"{chosen.path} on {name}: {len(pairs)} sentences, {strategy}\n{scores}")
    _show_failures(options, chosen, pairs, hypotheses, training)
    refusal: TranslatorError | None = None
    try:
        keep_scores(chosen, name, scores, hypotheses, strategy)
    except TranslatorError as error:  # a read-only run can still be compared
        refusal = error
    if baseline:
        write_line(f"against {options.baseline}, paired bootstrap:")
        baseline_hypotheses = _translate(baseline, sources, strategy)
        for test in compare(hypotheses, baseline_hypotheses, references):
            write_line(str(test))
    if refusal:
        raise refusal
    return 0


def results_name(options: Namespace, step: int | None) -> str:
    """The name of the results: the split and everything else that affects the scores."""
    name = held_out_name(options)
    if step is not None:
        name = f"{name}-at-step-{step}"
    if options.ensemble:
        name = f"{name}-ensemble-of-{options.ensemble.count(',') + 2}"
    return f"{name}-mbr-{options.mbr}" if options.mbr else name


def _training_words(options: Namespace, run: RunDirectory) -> Training:
    """How often each word occurs in the run's training text; empty if it is not needed."""
    if not set(options.by) & {"rare", "unseen"} and options.html is None:
        return Training(Counter(), Counter())
    corpus = run.load_config().corpus
    return count_words(load_corpus(corpus).train, corpus.name)


def _show_failures(
    options: Namespace,
    run: RunDirectory,
    pairs: Sequence[Pair],
    hypotheses: Sequence[str],
    training: Training,
) -> None:
    """The requested scores of groups of sentences or words, and the page of the worst sentences."""
    for way in dict.fromkeys(options.by):
        write_line("")
        if way == "length":
            write_line(sentence_table("source words", by_length(pairs, hypotheses)))
        elif way == "unseen":
            groups = by_unseen(pairs, hypotheses, training.src)
            write_line(sentence_table("unseen source words", groups))
        else:
            write_line(word_table(by_rarity([tgt for _, tgt in pairs], hypotheses, training.tgt)))
    if options.html is not None:
        failures = [
            Failure(row + 1, chrf, *pairs[row], hypotheses[row])
            for row, chrf in worst(pairs, hypotheses, NUM_WORST)
        ]
        name = short_name(run.path)
        page = worst_html(
            failures,
            Seen(training.src, training.tgt),
            title=f"Where {name} fails",
            lead=f"The {len(failures)} of {len(pairs):,} sentences of {held_out_name(options)} "
            "whose translations have the lowest chrF2, worst first.",
            about=f"{run.path} on {held_out_name(options)}; chrF2 per sentence.",
        )
        write_atomically(Path(options.html), page.encode())
        write_line(options.html)


def _translate(translator: Translator, texts: Sequence[str], strategy: Strategy) -> list[str]:
    """Translate with a progress bar on a terminal; of samples, the one most similar to all is
    returned."""
    with tqdm(total=len(texts), unit="sentence", disable=not sys.stderr.isatty()) as bar:

        def advance(num_done: int) -> None:
            bar.update(num_done)

        found = translator.translate_all(texts, strategy, on_done=advance)
    if isinstance(strategy, Sampling):
        found = [most_alike_first(drawn) for drawn in found]
    return [best.text for best, *_ in found]
