"""The command `evaluate`: a held-out split, translated and scored."""

import sys
from collections.abc import Sequence

from tqdm import tqdm

from translator.cli.parser import Namespace
from translator.cli.selection import choose_beam, choose_sampling, held_out_name, load
from translator.cli.streams import write_line
from translator.decoding.minimum_bayes_risk import most_alike_first
from translator.decoding.strategies import Sampling, Strategy
from translator.decoding.translator import Translator
from translator.errors import TranslatorError
from translator.evaluation import compare
from translator.experiment.held_out import load_held_out
from translator.experiment.scoring import keep_scores, score_split


def run(options: Namespace, prog: str) -> int:
    """Score a run on a held-out split."""
    chosen, translator = load(options.run, options.device, ensemble=options.ensemble)
    chosen.results.load()  # a broken file is refused before anything is translated
    baseline = load(options.baseline, options.device)[1] if options.baseline else None
    pairs = load_held_out(chosen, options.split, options.source)
    sources, references = [src for src, _ in pairs], [tgt for _, tgt in pairs]
    strategy: Strategy = (
        choose_sampling(options, options.mbr)
        if options.mbr
        else choose_beam(options, translator.decoding)
    )
    hypotheses = _translate(translator, sources, strategy)
    name = results_name(options, chosen.step)
    scores = score_split(name, pairs, hypotheses)
    write_line(f"{chosen.path} on {name}: {len(pairs)} sentences, {strategy}\n{scores}")
    refusal: TranslatorError | None = None
    try:
        keep_scores(chosen, name, scores, hypotheses, strategy)
    except TranslatorError as error:  # a run that cannot be written to is compared, too
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
    """Of the results: the split, and what else decides about them."""
    name = held_out_name(options)
    if step is not None:
        name = f"{name}-at-step-{step}"
    if options.ensemble:
        name = f"{name}-ensemble-of-{options.ensemble.count(',') + 2}"
    return f"{name}-mbr-{options.mbr}" if options.mbr else name


def _translate(translator: Translator, texts: Sequence[str], strategy: Strategy) -> list[str]:
    """With a progress bar where somebody watches; of samples, the one most like all."""
    with tqdm(total=len(texts), unit="sentence", disable=not sys.stderr.isatty()) as bar:

        def advance(num_done: int) -> None:
            bar.update(num_done)

        found = translator.translate_all(texts, strategy, on_done=advance)
    if isinstance(strategy, Sampling):
        found = [most_alike_first(drawn) for drawn in found]
    return [best.text for best, *_ in found]
