"""The command `push`: uploads a run to the hub."""

from translator.cli.parser import Namespace
from translator.cli.streams import write_line
from translator.compute.invocation import command
from translator.experiment.packing import push
from translator.experiment.run_directory import local_run


def run(options: Namespace, prog: str) -> int:
    """Upload a run to the hub."""
    chosen = local_run(options.run)
    address = push(chosen, options.name, public=options.public, license_id=options.license)
    write_line(f"{chosen} is at {address}")
    write_line(f"translate: {command('translate', '--run', options.name)} TEXT")
    return 0
