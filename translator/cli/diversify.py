"""The command `diversify`: trained models write training text for others."""

import json
from pathlib import Path

from translator.cli.options.common import BEAM_SETTINGS
from translator.cli.parser import Namespace
from translator.cli.streams import write_line
from translator.compute.device import choose_device
from translator.compute.invocation import command
from translator.config import DiversificationConfig
from translator.experiment.diversification import diversify
from translator.experiment.one_language import BACK, FORWARD, OneLanguage
from translator.experiment.run_directory import find_run


def run(options: Namespace, prog: str) -> int:
    """Write new training pairs with trained models."""
    counts = diversify(
        [find_run(name) for name in options.forward],
        [find_run(name) for name in options.backward],
        Path(options.output),
        source=options.source,
        distill=options.distill,
        samples=options.samples,
        one_language=OneLanguage(
            src=options.monolingual_src,
            tgt=options.monolingual_tgt,
            back_translation=options.back_translation or DiversificationConfig.back_translation,
            tag=options.tag,
        ),
        device=choose_device(options.device),
        search={name: options[name] for name in BEAM_SETTINGS if options[name] is not None},
    )
    write_line("\n".join(f"{name}: {count:,} pairs" for name, count in counts.items()))
    write_line(f"train on all: {command('train', '--corpus.source', _written(options))} ...")
    return 0


def _written(options: Namespace) -> str:
    """The new corpus as YAML: the folder, or a list of the folder and its subfolders."""
    files = {BACK: options.monolingual_tgt, FORWARD: options.monolingual_src}
    parts = [str(Path(options.output) / name) for name, file in files.items() if file is not None]
    return json.dumps([options.output, *parts]) if parts else options.output
