"""The command `cache`: shows or empties the cache of prepared text."""

import time

from translator.cli.parser import Namespace
from translator.cli.streams import write_line
from translator.compute.cache import cache_folder, clear, entries


def run(options: Namespace, prog: str) -> int:
    """List the entries of the cache, or remove them."""
    folder = cache_folder()
    found = entries(folder)
    size = sum(num_bytes for _, num_bytes, _ in found)
    if options.clear:
        clear(folder)
        write_line(f"removed {_megabytes(size)} of prepared text from {folder}")
        return 0
    for entry, num_bytes, last_use in found:
        used = time.strftime("%Y-%m-%d %H:%M", time.localtime(last_use))
        write_line(f"{_megabytes(num_bytes):>12}  last used {used}  {entry.name}")
    write_line(f"{_megabytes(size):>12}  in {folder}")
    return 0


def _megabytes(num_bytes: int) -> str:
    return f"{num_bytes / 1e6:,.1f} MB"
