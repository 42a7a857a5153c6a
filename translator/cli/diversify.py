"""The command `diversify`: trained models write training text for others."""

from pathlib import Path

from translator.cli.options import BEAM_SETTINGS
from translator.cli.parser import Namespace
from translator.cli.streams import write_line
from translator.compute.device import choose_device
from translator.compute.invocation import command
from translator.experiment.diversification import diversify
from translator.experiment.pipeline import log_texts
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
        device=choose_device(options.device),
        search={name: options[name] for name in BEAM_SETTINGS if options[name] is not None},
        on_done=log_texts,
    )
    write_line("\n".join(f"{name}: {count:,} pairs" for name, count in counts.items()))
    write_line(f"train on all: {command('train', '--corpus.source', options.output)} ...")
    return 0
