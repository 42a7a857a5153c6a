"""Limits of single requests and of all requests together."""

import math
from dataclasses import dataclass
from typing import Annotated

from translator.rules import between

MAX_FILE = 10_000_000
"""Bytes of a document."""
NUM_ASKERS = 10_000
"""Keys or addresses that are remembered for the rate limit."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """`translator serve` has an option for each."""

    max_characters: Annotated[int, between(1, 10_000_000)] = 10_000
    """Characters of a request."""
    max_waiting: Annotated[int, between(1, 100_000)] = 256
    """Requests that may wait at a time; others are refused at once."""
    timeout: Annotated[float, between(0.1, 3600)] = 30.0
    """Seconds that a request may take to arrive, and then to be translated."""
    requests_per_minute: Annotated[int, between(0, 1_000_000)] = 0
    """Requests of each key, or of each address without keys; 0 is no limit."""

    @property
    def max_bytes(self) -> int:
        """Of a request with that many characters: the longest one is 12 bytes, escaped in JSON
        or in a form."""
        return 12 * self.max_characters + 10_000


class RateLimit:
    """For each asker a bucket of a minute's requests, which fills up steadily."""

    def __init__(self, requests_per_minute: int) -> None:
        self._most = requests_per_minute
        self._left: dict[str, tuple[float, float]] = {}
        """Requests left to an asker, and the time, in seconds, when they were counted."""

    def seconds_to_wait(self, asker: str, now: float) -> int:
        """0 takes a request out of the asker's bucket; else how soon there will be one."""
        if self._most == 0:
            return 0
        left, counted = self._left.pop(asker, (self._most, now))
        left = min(self._most, left + (now - counted) * self._most / 60)
        is_allowed = left >= 1
        self._left[asker] = (left - is_allowed, now)
        if len(self._left) > NUM_ASKERS:  # the first one has not asked for the longest time
            del self._left[next(iter(self._left))]
        return 0 if is_allowed else math.ceil((1 - left) * 60 / self._most)
