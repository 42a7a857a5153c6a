"""Keep memory that was freed: the next training step wants it again.

glibc returns buffers above 128 kB to the kernel as soon as they are freed, and every step faults
the same pages in again. Raising two thresholds of its allocator ends that. Nothing changes in the
results, and nothing happens where there is no glibc.
"""

import ctypes
import sys

# malloc.h: the options of mallopt, and the largest threshold that it accepts on 64 bits.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
LARGEST_MMAP_THRESHOLD = 32 * 1024 * 1024


def keep_freed_memory() -> bool:
    """Returns whether the allocator took the settings."""
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    took_mmap = mallopt(M_MMAP_THRESHOLD, LARGEST_MMAP_THRESHOLD)
    return bool(took_mmap and mallopt(M_TRIM_THRESHOLD, 2**31 - 1))
