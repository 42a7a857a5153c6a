"""An entry of the board: what is recorded of each seed, what its rules are, and its score."""

import itertools
import json
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from translator import evaluation

ENTRIES = Path(__file__).parent / "entries"
TARGET = 40.0
"""Validation BLEU, greedy."""
SIGNATURE = "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp"
"""Of that BLEU; sacreBLEU's version follows."""
MOST_PAIRS = 29_000
LEAST_SEEDS = 3
P_VALUE = 0.05
STANDARD = 100.0
"""Thousand million floating-point operations a second: a machine on which a minute is a minute."""
STEADY = 1.25
"""How far the products before and after a seed may lie apart."""
SLACK = 0.01
"""BLEU: two machines may round a translation differently."""


class EntryError(Exception):
    """What keeps an entry off the board, in one sentence."""


@dataclass(frozen=True)
class Validation:
    """A validation that the clock saw."""

    step: int
    seconds: float
    """Since the command began."""
    bleu: float


@dataclass(frozen=True)
class Seed:
    """One training, measured from outside."""

    seed: int
    command: list[str]
    products: tuple[float, float]
    """Thousand million operations a second in matrix products, before and after."""
    validations: list[Validation]
    bleu: float
    """Greedy, of the finished run, scored by `measure.py` on its translations."""

    @property
    def seconds(self) -> float:
        """Until the first validation that reaches TARGET, teachers and all. Raises EntryError."""
        for validation in self.validations:
            if validation.bleu >= TARGET:
                return validation.seconds
        best = max((validation.bleu for validation in self.validations), default=0.0)
        raise EntryError(f"seed {self.seed} does not reach {TARGET:g}: its best is {best:.2f}")

    @property
    def minutes(self) -> float:
        """On a standard machine."""
        return self.seconds / 60 * statistics.mean(self.products) / STANDARD


@dataclass(frozen=True)
class Entry:
    """A way to train, and what it took."""

    folder: Path
    about: dict[str, Any]
    """entry.json: `name`, `by`, `date`, `code` (where it is, with a commit), `idea`."""
    seeds: list[Seed]

    @property
    def minutes(self) -> list[float]:
        """Of each seed, on a standard machine. Raises EntryError."""
        return [seed.minutes for seed in self.seeds]


def load(folder: Path) -> Entry:
    """Raises EntryError for files that are missing or broken."""
    try:
        about = json.loads((folder / "entry.json").read_text(encoding="utf-8"))
        missing = [key for key in ("name", "by", "date", "code", "idea") if not about.get(key)]
        if missing:
            raise EntryError(f"{folder}/entry.json has no {' and no '.join(missing)}")
        seeds = [_seed(file) for file in sorted(folder.glob("seed-*.json"))]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise EntryError(f"{folder} cannot be read: {error}") from error
    return Entry(folder, about, sorted(seeds, key=lambda seed: seed.seed))


def _seed(file: Path) -> Seed:
    found = json.loads(file.read_text(encoding="utf-8"))
    found["validations"] = [Validation(**each) for each in found["validations"]]
    found["products"] = tuple(map(float, found["products"]))
    return Seed(**found)


def save(folder: Path, seed: Seed) -> None:
    text = json.dumps(asdict(seed), indent=1, ensure_ascii=False)
    (folder / f"seed-{seed.seed}.json").write_text(f"{text}\n", encoding="utf-8")


def check(entry: Entry, references: Sequence[str]) -> None:
    """Hold an entry against the rules; `references` are those of validation. Raises EntryError."""
    numbers = [seed.seed for seed in entry.seeds]
    if len(numbers) < LEAST_SEEDS or numbers != list(range(1, len(numbers) + 1)):
        raise EntryError(f"the seeds are {numbers}: give all from 1 to {LEAST_SEEDS} or more")
    forms = {tuple(_without_seed(seed)) for seed in entry.seeds}
    if len(forms) > 1:
        raise EntryError("the seeds were trained by commands that differ in more than the seed")
    for seed in entry.seeds:
        try:
            _check_seed(entry.folder, seed, references)
        except EntryError as error:
            raise EntryError(f"seed {seed.seed}: {error}") from error
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise EntryError(f"seed {seed.seed} cannot be read: {error}") from error


def _without_seed(seed: Seed) -> Iterator[str]:
    for word in seed.command:
        yield word.replace(f"seed-{seed.seed}", "seed-N").replace(f"seed={seed.seed}", "seed=N")


def _check_seed(folder: Path, seed: Seed, references: Sequence[str]) -> None:
    slow, fast = sorted(seed.products)
    if not 0 < fast <= STEADY * slow:
        raise EntryError(
            f"the machine was not steady: {slow:.0f} and {fast:.0f} thousand million operations a "
            "second before and after"
        )
    text = (folder / f"seed-{seed.seed}.yaml").read_text(encoding="utf-8")
    settings = yaml.safe_load(text)
    _check_settings(settings, seed.seed)
    num_pairs = _check_log(folder / f"seed-{seed.seed}.jsonl", seed)
    if num_pairs > MOST_PAIRS and not settings["diversification"]["models"]:
        raise EntryError(f"{num_pairs} training pairs, more than {MOST_PAIRS}")
    lines = (folder / f"seed-{seed.seed}.de").read_text(encoding="utf-8").split("\n")[:-1]
    if len(lines) != len(references):
        raise EntryError(f"{len(lines)} translations of {len(references)} validation sentences")
    score = evaluation.bleu(lines, references)
    best = max(validation.bleu for validation in seed.validations)
    for what, bleu in (("measured", seed.bleu), ("logged", best)):
        if abs(score.value - bleu) > SLACK:
            raise EntryError(f"the translations have BLEU {score.value:.2f}, {bleu:.2f} was {what}")


def _check_settings(settings: dict[str, Any], number: int) -> None:
    """For text or weights from elsewhere."""
    corpus = settings["corpus"]
    if settings.get("init_from"):
        raise EntryError(f"training begins with the weights of {settings['init_from']}")
    for name in ("monolingual_src", "monolingual_tgt"):
        if corpus.get(name):
            raise EntryError(f"training has more text: corpus.{name}")
    if not isinstance(corpus["source"], str):
        raise EntryError("training has several corpora")
    if settings["training"]["seed"] != number:
        raise EntryError(f"the settings have seed {settings['training']['seed']}")


def _check_log(file: Path, seed: Seed) -> int:
    """What the run says of itself has to be what the clock saw. Returns the training pairs."""
    events = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    logged = [event for event in events if event["event"] == "validation"]
    if [event["step"] for event in logged] != [each.step for each in seed.validations]:
        raise EntryError("the validations of the log are not those that were measured")
    for event, seen in zip(logged, seed.validations, strict=True):
        if event["bleu"] != seen.bleu or event["seconds"] > seen.seconds:
            raise EntryError(f"step {seen.step} of the log is not what was measured")
        if not event["bleu_signature"].startswith(SIGNATURE):
            raise EntryError(f"BLEU is {event['bleu_signature']}, not {SIGNATURE}")
    if any(a.seconds >= b.seconds for a, b in itertools.pairwise(seed.validations)):
        raise EntryError("time goes backwards")
    return int(next(event["pairs"]["train"] for event in events if event["event"] == "corpus"))


def p_value(new: Sequence[float], old: Sequence[float]) -> float:
    """How often chance alone gives `new` a mean as far below that of `old`: the exact one-sided
    permutation test (Fisher 1935). Three seeds against three have 1/20 at best."""
    both = [*new, *old]
    wanted = sum(new) + 1e-9
    draws = list(itertools.combinations(both, len(new)))
    return sum(sum(draw) <= wanted for draw in draws) / len(draws)


def table(entries: Sequence[Entry]) -> str:
    """Markdown: the records, oldest first. An entry that does not beat the one before it, by the
    significance rule, is no record and stands in no table. Raises EntryError."""
    rows = ["| date | minutes | of each seed | what | by | code |", "|---|---:|---|---|---|---|"]
    record: list[float] | None = None
    for entry in sorted(entries, key=lambda each: str(each.about["date"])):
        minutes = entry.minutes
        if record is not None and p_value(minutes, record) > P_VALUE:
            continue
        record = minutes
        about, each = entry.about, ", ".join(f"{one:.1f}" for one in minutes)
        name = f"[{about['name']}](entries/{entry.folder.name}): {about['idea']}"
        rows.append(
            f"| {about['date']} | **{statistics.mean(minutes):.1f}** | {each} | {name} "
            f"| {about['by']} | {about['code']} |"
        )
    return "\n".join(rows)
