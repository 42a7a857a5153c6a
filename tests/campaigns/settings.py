"""Draw odd values for every setting, by option, by file and from Python, for as long as you like.

    python tests/campaigns/settings.py --examples 5000

Prints how many were tried, taken and refused, and each one that failed: that was neither taken,
and read back the same from config.yaml, nor refused in one sentence. The exit code is 1 if any did.
The short form runs with the tests: tests/cli/test_odd_settings.py.
"""

import argparse
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from odd_settings import WAYS, Way, fields, is_taken, objects, texts


def main() -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--examples", type=int, default=1000, help="Of each way (1000).")
    parser.add_argument("--seed", type=int, help="Draws the same again; by default another.")
    options = parser.parse_args()
    number = random.getrandbits(32) if options.seed is None else options.seed
    counts: Counter[str] = Counter()
    for way in WAYS:
        _try(way, options.examples, number, counts)
    print(
        f"seed {number}: {counts.total()} tried, {counts['taken']} taken, "
        f"{counts['refused']} refused, {counts['failed']} failed"
    )
    return 1 if counts["failed"] else 0


def _try(way: Way, examples: int, number: int, counts: Counter[str]) -> None:
    """Every failure is printed, and none ends the campaign."""

    @seed(number)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(fields, objects if way == "python" else texts)
    def each(place: tuple[str, str], value: object) -> None:
        with tempfile.TemporaryDirectory() as folder:
            try:
                counts["taken" if is_taken(way, *place, value, Path(folder)) else "refused"] += 1
            except Exception as error:
                counts["failed"] += 1
                print(f"{way} {'.'.join(place)} {value!r:.200}: {type(error).__name__}: {error}")

    each()


if __name__ == "__main__":
    sys.exit(main())
