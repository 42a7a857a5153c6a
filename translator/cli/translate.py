"""The command `translate`: sentences, files, or what is typed."""

import dataclasses
import json
from collections.abc import Sequence

from translator.cli.documents import with_notice
from translator.cli.parser import Namespace
from translator.cli.selection import choose_beam, choose_sampling, languages, load
from translator.cli.streams import check_given, flush, read_batches, write_line
from translator.config import DecodingConfig
from translator.decoding.minimum_bayes_risk import most_alike_first
from translator.decoding.strategies import Strategy
from translator.decoding.translator import Translation


def run(options: Namespace, prog: str) -> int:
    """Translate sentences, files, or what is typed."""
    check_given(*options.text, options.prefix)
    given = with_notice([options.text], "the text") if options.text else None
    chosen, translator = load(options.run, options.device, options.engine, options.ensemble)
    strategy = _strategy(options, translator.decoding)
    num_done = 0
    for texts in given or read_batches(options.input, prompt=languages(chosen)):
        translations = translator.translate_all(
            texts, strategy, prefix=options.prefix, first_line=num_done + 1
        )
        if options.mbr:
            translations = [most_alike_first(drawn)[: options.num_best] for drawn in translations]
        num_done += len(texts)
        for text, found in zip(texts, translations, strict=True):
            write_line(_as_json(text, found) if options.json else found[0].text)
        flush()
    return 0


def _strategy(options: Namespace, decoding: DecodingConfig) -> Strategy:
    if options.sample or options.mbr:
        return choose_sampling(options, options.mbr or options.num_best)
    return choose_beam(options, decoding, num_best=options.num_best)


def _as_json(text: str, found: Sequence[Translation]) -> str:
    best, *others = [dataclasses.asdict(translation) for translation in found]
    return json.dumps({"source": text, **best, "alternatives": others}, ensure_ascii=False)
