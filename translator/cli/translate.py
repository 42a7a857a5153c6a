"""The command `translate`: translates sentences, files or typed lines."""

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

from translator.cli.documents import with_notice
from translator.cli.options.translate import document_suffix
from translator.cli.parser import Namespace
from translator.cli.selection import choose_beam, choose_sampling, languages, load
from translator.cli.streams import check_given, flush, read_batches, write_line
from translator.compute.files import write_atomically
from translator.config import DecodingConfig
from translator.decoding.minimum_bayes_risk import most_alike_first
from translator.decoding.strategies import Strategy
from translator.decoding.translator import Translation, Translator
from translator.documents.document import translate_document
from translator.documents.word_links import reader_of
from translator.errors import ConfigError, CorpusError


def run(options: Namespace, prog: str) -> int:
    """Translate sentences, files or typed lines."""
    suffix = document_suffix(options)
    if suffix is not None:
        return _translate_document(Path(options.input), suffix, options)
    check_given(*options.text, options.prefix)
    given = with_notice([options.text], "the text") if options.text else None
    chosen, translator = load(options.run, options.device, options.engine, options.ensemble)
    num_done = 0
    for texts in given or read_batches(options.input, prompt=languages(chosen)):
        translations = _translate(translator, texts, options, num_done + 1)
        num_done += len(texts)
        for text, found in zip(texts, translations, strict=True):
            write_line(_as_json(text, found) if options.json else found[0].text)
        flush()
    return 0


def _translate(
    translator: Translator, texts: Sequence[str], options: Namespace, first_line: int | None
) -> list[list[Translation]]:
    """As many translations per text as the options ask for, best first."""
    translations = translator.translate_all(
        texts,
        _strategy(options, translator.decoding),
        prefix=options.prefix,
        first_line=first_line,
    )
    if options.mbr:
        return [most_alike_first(drawn)[: options.num_best] for drawn in translations]
    return translations


def _translate_document(file: Path, suffix: str, options: Namespace) -> int:
    """Write the translation atomically."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise ConfigError(f"--input {file} cannot be read: {error.strerror}") from None
    output = Path(options.output)
    if not output.parent.is_dir():
        raise ConfigError(f"--output {output}: there is no folder {output.parent}: make it first")
    _, translator = load(options.run, options.device, options.engine, options.ensemble)

    def translate(texts: Sequence[str]) -> list[str]:
        return [best.text for best, *_ in _translate(translator, texts, options, None)]

    try:
        translated = translate_document(data, suffix, translate, reader_of(translator))
    except CorpusError as error:
        raise CorpusError(f"{file} cannot be translated: {error}") from None
    write_atomically(output, translated)
    return 0


def _strategy(options: Namespace, decoding: DecodingConfig) -> Strategy:
    if options.sample or options.mbr:
        return choose_sampling(options, options.mbr or options.num_best)
    return choose_beam(options, decoding, num_best=options.num_best)


def _as_json(text: str, found: Sequence[Translation]) -> str:
    best, *others = [dataclasses.asdict(translation) for translation in found]
    return json.dumps({"source": text, **best, "alternatives": others}, ensure_ascii=False)
