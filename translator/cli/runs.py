"""The command `runs`: lists and deletes runs."""

import io
import json
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from translator.cli.parser import Namespace
from translator.cli.streams import write_line
from translator.compute.files import folder_size
from translator.compute.invocation import command
from translator.errors import ConfigError
from translator.experiment.run_deletion import deletable, delete
from translator.experiment.run_files import RunFiles
from translator.experiment.run_list import RunSummary, list_runs
from translator.inspection.views.columns import visible

DEFAULT = "runs"
UNLIMITED = 1000
"""Columns of a table that is not shown on a terminal."""
KEYS: dict[str, Callable[[RunSummary], Any]] = {
    "date": lambda run: run.changed,
    "name": lambda run: str(run.path),
    "bleu": lambda run: run.bleu.value if run.bleu else -1,
    "steps": lambda run: run.step or 0,
    "parameters": lambda run: run.num_parameters or 0,
    "size": lambda run: run.num_bytes,
}
STYLES = {"training": "green", "interrupted": "yellow", "broken": "red", "no run": "dim"}


def run(options: Namespace, prog: str) -> int:
    """List runs, or delete some."""
    if options.delete:
        return _delete(deletable(options.delete), asks=not options.yes)
    folder = Path(options.folder or DEFAULT)
    is_new = options.folder is None and not folder.exists()  # nothing was trained here yet
    found = sorted([] if is_new else list_runs(folder), key=KEYS[options.sort])
    if options.json:
        write_line(json.dumps([_as_json(one) for one in found], indent=2, ensure_ascii=False))
    elif found:
        write_line(_table(found))
    else:
        write_line(f"there are no runs in {folder}: train one with {command('train')}")
    return 0


def _as_json(summary: RunSummary) -> dict[str, Any]:
    changed = time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(summary.changed))
    return {**asdict(summary), "path": str(summary.path), "changed": changed}


def _table(summaries: Sequence[RunSummary]) -> str:
    """The table, with problems and sums in separate lines below."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("run", overflow="fold")
    table.add_column("state", no_wrap=True)
    table.add_column("corpus", overflow="fold")
    for name in ("steps", "BLEU", "weights", "size"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("trained", overflow="fold", min_width=10)
    for summary in summaries:
        table.add_row(*_cells(summary))
    text = io.StringIO()
    is_watched = sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if is_watched else UNLIMITED
    Console(file=text, width=width, force_terminal=is_watched).print(table)
    rows = [line.rstrip() for line in text.getvalue().splitlines()]
    problems = [visible(f"{one.state}: {one.problem}") for one in summaries if one.problem]
    size = sum(one.num_bytes for one in summaries)
    sums = (
        f"{len(summaries)} in all, {_megabytes(size)}. BLEU is cased and on the test split; * is "
        "validation BLEU of the chosen weights"
    )
    return "\n".join([*filter(None, rows), "", *problems, sums])


def _cells(one: RunSummary) -> list[Text]:
    date = time.strftime("%Y-%m-%d %H:%M", time.localtime(one.changed))
    cells = [
        str(one.path),
        one.state,
        f"{one.corpus} {'→'.join(one.direction)}" if one.corpus and one.direction else "",
        _steps(one),
        _bleu(one),
        f"{one.num_parameters / 1e6:.2f} M" if one.num_parameters else "",
        _megabytes(one.num_bytes),
        date,
    ]
    styles = {1: STYLES.get(one.state, "")}
    return [Text(visible(cell), styles.get(at, "")) for at, cell in enumerate(cells)]


def _steps(one: RunSummary) -> str:
    """Steps taken, and the total if there are more to come."""
    if one.step is None:
        return ""
    is_over = one.state == "finished" or one.step == one.max_steps
    return f"{one.step:,}" if is_over else f"{one.step:,}/{one.max_steps:,}"


def _bleu(one: RunSummary) -> str:
    """BLEU, with a mark if it is not on the test split."""
    if one.bleu is None:
        return ""
    return f"{one.bleu.value:.2f}{' ' if one.bleu.split == 'test' else '*'}"


def _delete(runs: Sequence[RunFiles], *, asks: bool) -> int:
    sizes = [folder_size(one.path) for one in runs]
    if asks and not _is_sure(runs, sizes):
        write_line("nothing was deleted")
        return 1
    for one, size in zip(runs, sizes, strict=True):
        delete(one)
        write_line(f"deleted {one.path}, {_megabytes(size)}")
    return 0


def _is_sure(runs: Sequence[RunFiles], sizes: Sequence[int]) -> bool:
    if sys.stdin is None or not sys.stdin.isatty():
        raise ConfigError(
            "--delete asks for a confirmation, and there is no terminal to ask on: add --yes"
        )
    for one, size in zip(runs, sizes, strict=True):
        print(f"{one.path}, {_megabytes(size)}", file=sys.stderr)
    these = "this run" if len(runs) == 1 else f"these {len(runs)} runs"
    print(f"delete {these}? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _megabytes(num_bytes: int) -> str:
    return f"{num_bytes / 1e6:,.1f} MB"
