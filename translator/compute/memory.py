"""Whether freed memory stays in the process: usually, since the next training step needs it again.

glibc returns buffers above 128 kB to the kernel as soon as they are freed, and every step faults
the same pages in again. Raising two thresholds of its allocator prevents this if all threads share
one arena: memory in further arenas is returned in any case. Results do not change, and without
glibc nothing happens.
"""

import ctypes
import sys
from typing import Any

# malloc.h: the options of mallopt, and the largest threshold that it accepts on 64 bits.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
LARGEST_MMAP_THRESHOLD = 32 * 1024 * 1024


def keep_freed_memory() -> bool:
    """From now on, keep it. Returns whether the allocator took the settings."""
    mallopt = _of_glibc("mallopt")
    if mallopt is None:
        return False
    settings = {
        M_MMAP_THRESHOLD: LARGEST_MMAP_THRESHOLD,
        M_TRIM_THRESHOLD: 2**31 - 1,
        M_ARENA_MAX: 1,
    }
    return all([mallopt(option, value) for option, value in settings.items()])


def give_back_freed_memory() -> None:
    """Once, return it to the kernel: after a task that needed far more memory than a step."""
    trim = _of_glibc("malloc_trim")
    if trim is not None:
        trim(0)


def _of_glibc(name: str) -> Any:
    """A function of the allocator; None where there is none."""
    if not sys.platform.startswith("linux"):
        return None
    return getattr(ctypes.CDLL(None), name, None)
