"""The command `inspect`: shows attention, or how it was learned, on screen and in files."""

import json
import logging
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

from translator.cli.documents import with_notice
from translator.cli.options.inspect import FILES, PICTURES
from translator.cli.parser import Namespace
from translator.cli.selection import languages, load, load_both, names_of_both, search_settings
from translator.cli.streams import check_given, flush, read_batches, write_line
from translator.compute.files import write_atomically
from translator.errors import ConfigError, InspectionError, RunError
from translator.experiment.loading import TrainedTranslator
from translator.experiment.run_directory import RunDirectory, find_run
from translator.experiment.run_page import page_of_run
from translator.inspection.alignment import Reader, Units, align, count_as_given, pharaoh
from translator.inspection.comparison import compare_translators, comparison_as_json
from translator.inspection.contrast import contrast
from translator.inspection.inspection import Inspection
from translator.inspection.intervention import parse_intervention
from translator.inspection.learning import Learning
from translator.inspection.learning_storage import save_learning
from translator.inspection.page.reports import sentence_html
from translator.inspection.storage import save_inspection
from translator.inspection.views import comparison as comparison_view
from translator.inspection.views import terminal
from translator.inspection.views.columns import shows_colour
from translator.inspection.views.contrast import as_contrast
from translator.inspection.views.learning import as_learning
from translator.inspection.views.terminal import check_place
from translator.inspection.what_if import what_if
from translator.text.normalization import normalize

logger = logging.getLogger(__name__)


def run(options: Namespace, prog: str) -> int:
    """Show what attention did for a sentence, or how it was learned."""
    files = {name: Path(options[name]) for name in FILES if options[name] is not None}
    if options.learning is not None:
        _show_learning(find_run(options.learning), files, options)
        return 0
    check_given(*options.text, options.tgt or "")
    [given] = with_notice([options.text], "the text")
    text: str | None = given[0] if given else None
    if options.compare and text is not None:
        _compare(text, files, options)
        return 0
    run, translator = load(options.run, options.device)
    translator = replace(translator, decoding=search_settings(options, translator.decoding))
    if options.pharaoh:
        _print_links(translator, text, options, languages(run))
    elif files:
        _write_files(run, translator, text, files, options)
    elif text is not None:
        write_line(_view(translator.inspect(text, options.tgt), translator, options))
    return 0


def _view(inspection: Inspection, translator: TrainedTranslator, options: Namespace) -> str:
    """The output on the terminal."""
    if options.matrix:
        return terminal.as_table(inspection, options.layer, options.head)
    if options.what_if is not None:
        asked = parse_intervention(options.what_if, inspection.weights.shape)
        result = what_if(
            inspection,
            translator,
            ablate=asked.ablate,
            drop=asked.drop,
            override=asked.override,
            redecode=True,
        )
        return terminal.as_what_if(inspection, options.what_if, result)
    if options.contrast is not None:
        return _view_contrast(inspection, translator, options)
    place = terminal.choose_place(inspection, translator, options.layer, options.head, options.step)
    return terminal.as_story(inspection, translator, place, colours=shows_colour(sys.stdout))


def _view_contrast(
    inspection: Inspection, translator: TrainedTranslator, options: Namespace
) -> str:
    check_place(inspection, step=options.step)
    step = None if options.step is None else options.step - 1
    found = contrast(inspection, translator, options.contrast, step)
    return as_contrast(
        inspection,
        found,
        options.contrast,
        is_step_given=step is not None,
        colours=shows_colour(sys.stdout),
    )


def _compare(text: str, files: dict[str, Path], options: Namespace) -> None:
    """Compare two runs on a sentence on screen, or in files, printing their names."""
    runs, translators = load_both(options.compare, options.device)
    a, b = (
        replace(translator, decoding=search_settings(options, translator.decoding))
        for translator in translators
    )
    comparison = compare_translators((a, b), names_of_both(runs), text, options.tgt)
    if not files:
        pair = comparison_view.choose_pair(comparison, options.layer, options.head)
        write_line(comparison_view.as_comparison(comparison, pair))
    for name, path in files.items():
        content = (
            sentence_html(comparison)
            if name == "html"
            else f"{json.dumps(comparison_as_json(comparison), ensure_ascii=False)}\n"
        )
        write_atomically(path, content.encode())
        write_line(str(path))


def _show_learning(run: RunDirectory, files: dict[str, Path], options: Namespace) -> None:
    """On screen, or in files, printing their names."""
    if run.step is not None:
        raise RunError(f"--learning shows all steps of a run: leave @{run.step} out")
    run.load_config()  # refuses anything but a run
    learning = run.learning_record.load(str(run.path))
    if learning is None or not learning.snapshots:
        raise RunError(
            f"{run.path} has no record of learning: give a run that this version trained"
        )
    if not files:
        write_line(as_learning(learning, colours=shows_colour(sys.stdout)))
    for name, path in files.items():
        if name in PICTURES:
            _save_learning_picture(learning, path, options)
        else:
            save_learning(learning, path)
        write_line(str(path))


def _save_learning_picture(learning: Learning, path: Path, options: Namespace) -> None:
    from translator.inspection.views import learning_picture  # matplotlib is slow

    learning_picture.save(learning, path, options.layer, options.head)


def _write_files(
    run: RunDirectory,
    translator: TrainedTranslator,
    text: str | None,
    files: dict[str, Path],
    options: Namespace,
) -> None:
    """Write each and print its name. The page comes first, which may be refused."""
    if "html" in files:
        page = page_of_run(
            run,
            translator,
            options.weights or "float16",
            text=text,
            tgt=options.tgt,
            source=options.source,
            over_training=options.weights_over_training,
        )
    inspection = None if text is None else translator.inspect(text, options.tgt)
    for name, path in files.items():
        if name == "html":
            write_atomically(path, page.encode())
        elif inspection is not None and name in PICTURES:
            _save_picture(inspection, path, options)
        elif inspection is not None:
            save_inspection(inspection, path)
        write_line(str(path))


def _save_picture(inspection: Inspection, path: Path, options: Namespace) -> None:
    from translator.inspection.views import picture  # matplotlib is slow, and seldom asked for

    picture.save(
        inspection,
        path,
        options.layer,
        options.head,
        options.by or "weights",
        which=options.attention or "cross",
        mean=options.mean,
    )


def _print_links(
    translator: TrainedTranslator, text: str | None, options: Namespace, prompt: str
) -> None:
    """A line of links for each text; blank lines for blank texts."""
    asked = {name: options[name] for name in ("by", "rows", "chosen_by")}
    reader = Reader(
        layer=None if options.layer is None else options.layer - 1,
        head=None if options.head is None else options.head - 1,
        **{name: value for name, value in asked.items() if value is not None},
    )
    units: Units = options.units or "words"
    for number, (src, tgt) in enumerate(_pairs(text, options, prompt), start=1):
        if number == 1:
            logger.info("%s", _describe_reader(options, reader, units))
        if not normalize(src) or (tgt is not None and not normalize(tgt)):
            write_line("")
            continue
        try:
            inspection = translator.inspect(src, tgt)
        except InspectionError as error:
            raise InspectionError(f"line {number}: {error}") from None
        check_place(inspection, options.layer, options.head)
        links = align(inspection, reader, units)
        if units == "spaced":
            links = count_as_given(links, src, inspection.translation if tgt is None else tgt)
        write_line(pharaoh(links))
        flush()


def _describe_reader(options: Namespace, reader: Reader, units: str) -> str:
    """The notice on standard error that describes the links."""
    layer = "the mean of all layers" if options.layer is None else f"layer {options.layer}"
    counted = "what white space separates" if units == "spaced" else units
    head = "the mean of all heads" if options.head is None else f"head {options.head}"
    whose = {
        "target": "of each target word",
        "source": "of each source word",
        "both": "of each target and of each source word",
    }
    return (
        f"links of {counted}, source-target, from 0: the largest in {layer}, {head}, by "
        f"{reader.by}, in the rows that {reader.rows[:-1]} a target word, {whose[reader.chosen_by]}"
    )


def _pairs(text: str | None, options: Namespace, prompt: str) -> Iterator[tuple[str, str | None]]:
    """Texts with their translations, if any are given. Raises ConfigError for unequal numbers."""
    if text is not None:
        yield text, options.tgt
    elif options.tgt_input is not None:
        texts, tgts = (
            list(chain.from_iterable(read_batches(file, option)))
            for file, option in ((options.input, "--input"), (options.tgt_input, "--tgt_input"))
        )
        if len(texts) != len(tgts):
            raise ConfigError(
                f"--tgt_input {options.tgt_input} has {len(tgts)} lines for {len(texts)} texts: "
                "give one translation per line"
            )
        yield from zip(texts, tgts, strict=True)
    else:
        batches = read_batches(options.input, prompt=prompt)
        yield from ((line, None) for line in chain.from_iterable(batches))
