"""The command `pack`: copies the files of a run that others need."""

from pathlib import Path

from translator.cli.parser import Namespace
from translator.cli.streams import write_line
from translator.compute.invocation import command
from translator.experiment.packing import pack
from translator.experiment.run_directory import find_run


def run(options: Namespace, prog: str) -> int:
    """Copy the files of a run that others need."""
    chosen, output = find_run(options.run), Path(options.output)
    whole, packed = pack(chosen, output)
    write_line(f"{output}: {packed / 1e6:.1f} MB of the {whole / 1e6:.1f} MB of {chosen}")
    if output.is_dir():
        write_line(f"translate: {command('translate', '--run', output)} TEXT")
    return 0
