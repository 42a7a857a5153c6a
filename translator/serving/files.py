"""Translated documents, kept in memory for a while."""

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

KEPT_SECONDS = 600
KEPT_BYTES = 100_000_000
"""Of all files together; beyond it the oldest go."""


@dataclass(frozen=True)
class File:
    """A document, and what its owner calls it."""

    name: str
    data: bytes


class KeptFiles:
    """Files by names that nobody can guess."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._files: OrderedDict[str, tuple[float, File]] = OrderedDict()

    def add(self, file: File, suffix: str) -> str:
        """The name by which it can be had."""
        self._drop_old()
        name = f"{secrets.token_urlsafe(24)}{suffix}"
        self._files[name] = (self._clock(), file)
        while sum(len(kept.data) for _, kept in self._files.values()) > KEPT_BYTES:
            self._files.popitem(last=False)
        return name

    def get(self, name: str) -> File | None:
        """None for a file that never existed or has expired."""
        self._drop_old()
        _, file = self._files.get(name, (0.0, None))
        return file

    def _drop_old(self) -> None:
        for name, (added, _) in list(self._files.items()):
            if self._clock() - added > KEPT_SECONDS:
                del self._files[name]
