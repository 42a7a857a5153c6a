"""Write the four splits: `python data/scenes/generate.py [--out DIR]`. The same every time."""

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from grammar.held_out import HELD_OUT
from grammar.kinds import invent
from grammar.meaning import Feature
from grammar.pairs import Pair, realize, tokenize
from grammar.scenes import Inventor

SEED = 2017
SIZES = {"train": 20_000, "validation": 500, "test": 500, "challenge": 500}
AT_LEAST = 3  # challenge sentences for each held-out combination
MAX_TOKENS = 17  # with punctuation, on either side


@dataclass(frozen=True)
class Example:
    kind: str
    pair: Pair

    @property
    def held_out(self) -> frozenset[Feature]:
        """The combinations of lexeme and construction that training must not show."""
        return self.pair.features & HELD_OUT


def splits() -> dict[str, list[Example]]:
    """Sentences with a held-out combination go to `challenge`, the others are dealt at random."""
    ordinary_needed = SIZES["train"] + SIZES["validation"] + SIZES["test"]
    ordinary: list[Example] = []
    challenge: list[Example] = []
    shown: Counter[Feature] = Counter()
    for example in examples():
        if not example.held_out:
            if len(ordinary) < ordinary_needed:
                ordinary.append(example)
        elif _is_welcome(example, shown, room=SIZES["challenge"] - len(challenge)):
            shown.update(example.held_out)
            challenge.append(example)
        if len(ordinary) == ordinary_needed and len(challenge) == SIZES["challenge"]:
            break
    Random(SEED).shuffle(ordinary)
    dealt = iter(ordinary)
    found = {
        name: [next(dealt) for _ in range(size)]
        for name, size in SIZES.items()
        if name != "challenge"
    }
    return found | {"challenge": challenge}


def _is_welcome(example: Example, shown: Counter[Feature], room: int) -> bool:
    """Each held-out combination gets its share of the challenge, the rare ones at least theirs."""
    at_most = SIZES["challenge"] // len(HELD_OUT) + 1
    reserved = sum(max(0, AT_LEAST - shown[feature]) for feature in HELD_OUT)
    limit = at_most if room > reserved else AT_LEAST if room else 0
    return any(shown[feature] < limit for feature in example.held_out)


def examples() -> Iterator[Example]:
    """All that the grammar makes, without end; no sentence twice."""
    return _distinct(_invented(SEED))


def _invented(seed: int) -> Iterator[Example]:
    inventor = Inventor(seed)
    while True:
        kind, scene = invent(inventor)
        yield Example(kind, realize(scene))


def _distinct(examples: Iterable[Example]) -> Iterator[Example]:
    """Examples of moderate length, no sentence of which was seen before on its side."""
    english: dict[str, str] = {}
    german: set[str] = set()
    for example in examples:
        pair = example.pair
        if max(len(tokenize(pair.en)), len(tokenize(pair.de))) > MAX_TOKENS:
            continue
        if english.setdefault(pair.en, pair.de) != pair.de:
            raise ValueError(f"{pair.en!r} has two translations: {pair.de!r}, {english[pair.en]!r}")
        if pair.de not in german:
            german.add(pair.de)
            yield example


def line(pair: Pair) -> str:
    record = {"en": pair.en, "de": pair.de, "alignment": [list(link) for link in pair.alignment]}
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n"


def write(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, examples in splits().items():
        text = "".join(line(example.pair) for example in examples)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8", newline="\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, metavar="DIR")
    write(parser.parse_args().out)


if __name__ == "__main__":
    main()
