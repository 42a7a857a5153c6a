"""The command `evaluate`: a held-out split, translated and scored."""

import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from translator.cli import options as command_line
from translator.cli.selection import check_search, load, sampling, search_settings
from translator.cli.streams import write_line

if TYPE_CHECKING:
    from jsonargparse import Namespace

    from translator.decoding.candidates import Strategy
    from translator.decoding.translator import Translator


def evaluate(argv: Sequence[str], prog: str) -> int:
    """Score a run on a held-out split."""
    options = command_line.evaluate_parser(prog).parse_args(argv)
    check_search(options, samples=bool(options.mbr), draws="--mbr")

    from translator.evaluation import compare
    from translator.experiment.experiment import keep_scores
    from translator.text.corpus import load_split

    run, translator = load(options.run, options.device, ensemble=options.ensemble)
    corpus = run.load_config().corpus
    if options.source:
        corpus = dataclasses.replace(corpus, source=options.source, revision=None)
    pairs = load_split(corpus, options.split)
    sources, references = [src for src, _ in pairs], [tgt for _, tgt in pairs]
    translator.decoding = search_settings(options, translator.decoding)
    strategy = sampling(options, options.mbr) if options.mbr else translator.beam_search()
    hypotheses = _translate(translator, sources, strategy)
    name = _name(options, run.step)
    scores = keep_scores(run, name, pairs, hypotheses, strategy)
    write_line(f"{run.path} on {name}: {len(pairs)} sentences, {strategy}\n{scores}")
    if options.baseline:
        _, baseline = load(options.baseline, options.device)
        baseline.decoding = translator.decoding
        write_line(f"against {options.baseline}, paired bootstrap:")
        of_baseline = _translate(baseline, sources, strategy)
        for comparison in compare(hypotheses, of_baseline, references):
            write_line(str(comparison))
    return 0


def _name(options: "Namespace", step: int | None) -> str:
    """Of the results: the split, and what else decides about them."""
    from translator.text.sources import SPLIT_NAMES

    name: str = SPLIT_NAMES.get(options.split, options.split)
    if options.source:
        name = f"{Path(options.source).name}-{name}"
    if step is not None:
        name = f"{name}-at-step-{step}"
    if options.ensemble:
        name = f"{name}-ensemble-of-{options.ensemble.count(',') + 2}"
    return f"{name}-mbr-{options.mbr}" if options.mbr else name


def _translate(translator: "Translator", texts: Sequence[str], strategy: "Strategy") -> list[str]:
    """With a progress bar where somebody watches; of samples, the one most like all."""
    from tqdm import tqdm

    from translator.decoding.candidates import Sampling
    from translator.decoding.minimum_bayes_risk import most_alike_first

    with tqdm(total=len(texts), unit="sentence", disable=not sys.stderr.isatty()) as bar:

        def advance(num_done: int) -> None:
            bar.update(num_done)

        found = translator.translate_all(texts, strategy, on_done=advance)
    if isinstance(strategy, Sampling):
        found = [most_alike_first(drawn) for drawn in found]
    return [best.text for best, *_ in found]
