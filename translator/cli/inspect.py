"""The command `inspect`: what attention did, on screen, in files, as links, or on a served page."""

import logging
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jsonargparse import Namespace

from translator.cli import options as command_line
from translator.cli.selection import OF_BEAM, load, search_settings
from translator.cli.streams import read_lines, typed_lines, write_line
from translator.errors import ConfigError, InspectionError

if TYPE_CHECKING:
    from translator.decoding.translator import Translator
    from translator.inspection.alignment import Reader, Units
    from translator.inspection.inspection import Inspection

logger = logging.getLogger(__name__)

PICTURES = ("png", "svg", "pdf")
FILES = (*PICTURES, "html", "npz", "json")
"""Pictures first: only they can still be refused, for a layer or head that is not there."""
VIEWS = ("matrix", "what_if", "pharaoh", "serve")
STORY = "the story of one row"
EFFECTS = {
    "layer": (STORY, "matrix", "pharaoh", *PICTURES),
    "head": (STORY, "matrix", "pharaoh", *PICTURES),
    "step": (STORY,),
    "mean": PICTURES,
    "attention": PICTURES,
    "by": (*PICTURES, "pharaoh"),
    "rows": ("pharaoh",),
    "chosen_by": ("pharaoh",),
    "units": ("pharaoh",),
    "input": ("pharaoh",),
    "tgt_input": ("pharaoh",),
    "port": ("serve",),
}
"""What each option has an effect on."""
SUFFIXES = {"html": (".html", ".htm")}


def inspect(argv: Sequence[str], prog: str) -> int:
    """Show what attention did for a sentence."""
    options = command_line.inspect_parser(prog).parse_args(argv)
    outputs = _outputs(options)
    _check_effect(options, outputs)
    files = {name: Path(options[name]) for name in FILES if options[name] is not None}
    for name, path in files.items():
        _check_file(name, path)
    text = _text_to_inspect(options, outputs)

    _, translator = load(options.run, options.device)
    translator.decoding = search_settings(options, translator.decoding)
    if options.serve:
        _serve(translator, text, options.port)
    elif options.pharaoh:
        _print_links(translator, text, options)
    elif text is not None:
        inspection = _inspect(translator, text, options.tgt)
        if files:
            _write_files(inspection, translator, files, options)
        else:
            write_line(_view(inspection, translator, options))
    return 0


def _outputs(options: Namespace) -> list[str]:
    """Files, or one view. Raises ConfigError for what does not go together."""
    views = [name for name in VIEWS if options[name] not in (None, False)]
    files = [name for name in FILES if options[name] is not None]
    if len(views) > 1 or (views and files):
        one, other, *_ = (f"--{name}" for name in [*views, *files])
        raise ConfigError(f"{one} and {other} exclude each other: give one of them")
    return views or files or [STORY]


def _check_effect(options: Namespace, outputs: Sequence[str]) -> None:
    """Raises ConfigError for an option that would have no effect."""
    for name, on in EFFECTS.items():
        if options[name] not in (None, False) and not set(on) & set(outputs):
            ways = " or ".join(where if where == STORY else f"--{where}" for where in on)
            raise ConfigError(f"--{name} would have no effect: it goes with {ways}")
    searched_for = options.tgt is None and options.tgt_input is None
    given = [f"--{name}" for name in OF_BEAM if options[name] is not None]
    if given and not searched_for:
        one = "--tgt" if options.tgt is not None else "--tgt_input"
        raise ConfigError(f"{one} is not searched for: leave out {' and '.join(given)}")


def _text_to_inspect(options: Namespace, outputs: Sequence[str]) -> str | None:
    """None where the texts are lines or will be typed. Raises ConfigError for none or many."""
    if options.tgt is not None and "serve" in outputs:
        raise ConfigError("--tgt and --serve exclude each other: give one of them")
    if len(options.text) > 1:
        raise ConfigError(f"there are {len(options.text)} texts: give one sentence, in quotes")
    if not options.text:
        if not {"pharaoh", "serve"} & set(outputs):
            raise ConfigError('there is no text: give a sentence, like "A dog runs."')
        if options.tgt is not None:
            raise ConfigError("--tgt is the translation of one text: give the text, or --tgt_input")
        return None
    [text] = options.text
    if not text.strip():
        raise ConfigError("the text is blank: give a sentence")
    for name in ("input", "tgt_input"):
        if options[name] is not None:
            raise ConfigError(f"--{name} and a text exclude each other: give one of them")
    return str(text)


def _check_file(name: str, path: Path) -> None:
    """Raises ConfigError, before anything is computed, for a place that cannot be written to."""
    suffixes = SUFFIXES.get(name, (f".{name}",))
    if path.suffix.lower() not in suffixes:
        raise ConfigError(f"--{name} takes a file that ends in {suffixes[0]}, not {path}")
    if not path.parent.is_dir():
        raise ConfigError(f"--{name} {path}: there is no folder {path.parent}: make it first")
    if path.exists() and not path.is_file():
        raise ConfigError(f"--{name} {path} is no ordinary file: choose another name")
    if not os.access(path.parent, os.W_OK):
        raise ConfigError(f"--{name} {path}: nothing can be written into {path.parent}")


def _inspect(translator: "Translator", text: str, tgt: str | None) -> "Inspection":
    from translator.inspection.record import inspect_pair, inspect_translation

    if tgt is None:
        return inspect_translation(translator, text)
    return inspect_pair(translator, text, tgt)


def _view(inspection: "Inspection", translator: "Translator", options: Namespace) -> str:
    """What the terminal shows."""
    from translator.inspection.intervention import parse_intervention
    from translator.inspection.views import terminal
    from translator.inspection.views.columns import shows_colour
    from translator.inspection.what_if import what_if

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
    place = terminal.choose_place(inspection, translator, options.layer, options.head, options.step)
    return terminal.as_story(inspection, translator, place, colours=shows_colour(sys.stdout))


def _write_files(
    inspection: "Inspection",
    translator: "Translator",
    files: dict[str, Path],
    options: Namespace,
) -> None:
    """Write each and print its name."""
    from translator.inspection.page.page import save_page
    from translator.inspection.storage import save_inspection

    for name, path in files.items():
        if name == "html":
            save_page(inspection, translator, path)
        elif name in PICTURES:
            _save_picture(inspection, path, options)
        else:
            save_inspection(inspection, path)
        write_line(str(path))


def _save_picture(inspection: "Inspection", path: Path, options: Namespace) -> None:
    from translator.inspection.views import picture

    picture.save(
        inspection,
        path,
        options.layer,
        options.head,
        options.by or "weights",
        which=options.attention or "cross",
        mean=options.mean,
    )


def _print_links(translator: "Translator", text: str | None, options: Namespace) -> None:
    """A line of links for each text, blank for blank."""
    from translator.inspection.alignment import Reader, align, pharaoh
    from translator.inspection.views.terminal import check_place

    asked = {name: options[name] for name in ("by", "rows", "chosen_by")}
    reader = Reader(
        layer=None if options.layer is None else options.layer - 1,
        head=None if options.head is None else options.head - 1,
        **{name: value for name, value in asked.items() if value is not None},
    )
    units: Units = options.units or "words"
    for number, (src, tgt) in enumerate(_pairs(text, options), start=1):
        if number == 1:
            logger.info("%s", _describe_reader(options, reader, units))
        if not src.strip() or (tgt is not None and not tgt.strip()):
            write_line("")
            continue
        try:
            inspection = _inspect(translator, src, tgt)
        except InspectionError as error:
            raise InspectionError(f"line {number}: {error}") from None
        check_place(inspection, options.layer, options.head)
        write_line(pharaoh(align(inspection, reader, units)))
        sys.stdout.buffer.flush()


def _describe_reader(options: Namespace, reader: "Reader", units: str) -> str:
    """What stands on standard error beside the links."""
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


def _pairs(text: str | None, options: Namespace) -> Iterator[tuple[str, str | None]]:
    """Texts with their translations, if any are given. Raises ConfigError for unequal numbers."""
    if text is not None:
        yield text, options.tgt
    elif options.tgt_input is not None:
        texts, tgts = (
            list(read_lines(options.input)),
            list(read_lines(options.tgt_input, "--tgt_input")),
        )
        if len(texts) != len(tgts):
            raise ConfigError(
                f"--tgt_input {options.tgt_input} has {len(tgts)} lines for {len(texts)} texts: "
                f"give one translation a line"
            )
        yield from zip(texts, tgts, strict=True)
    elif options.input is None and sys.stdin.isatty():
        yield from ((line, None) for lines in typed_lines() for line in lines)
    else:
        yield from ((line, None) for line in read_lines(options.input))


def _serve(translator: "Translator", text: str | None, port: int | None) -> None:
    """Serve the page until Ctrl-C."""
    from translator.inspection.page.server import DEFAULT_PORT, Server, Workbench

    workbench = Workbench(translator)
    with Server(workbench, DEFAULT_PORT if port is None else port) as server:
        if text is not None:
            workbench.page(text)  # a text that cannot be inspected is refused here
        write_line(server.url(text))
        sys.stdout.buffer.flush()
        logger.info("open that in a browser on this machine; Ctrl-C ends it")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            workbench.close()
            logger.info("ended")
