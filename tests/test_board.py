"""The board's checker: a sound entry passes, and each broken rule keeps one off."""

import dataclasses
import importlib
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from translator import evaluation

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks" / "board"))
board: Any = importlib.import_module("entry")

REFERENCES = [f"Der Mann Nummer {number} liest ein gutes Buch." for number in range(7)]
HYPOTHESES = [
    *REFERENCES[:5],
    "Der Mann liest ein Buch.",
    "Ein Mann Nummer 6 liest ein gutes Buch.",
]
BLEU = evaluation.bleu(HYPOTHESES, REFERENCES)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    about = {"name": "Ours", "by": "Us", "date": "2026-11-30", "code": "here", "idea": "None."}
    (tmp_path / "entry.json").write_text(json.dumps(about))
    for number in (1, 2, 3):
        write_seed(tmp_path, number)
    return tmp_path


def write_seed(folder: Path, number: int) -> None:
    steps = [(30, 61.0, 39.99), (60, 120.0 + number, BLEU.value)]
    board.save(
        folder,
        board.Seed(
            seed=number,
            command=["python", "train.py", f"--training.seed={number}"],
            products=(90.0, 100.0),
            validations=[board.Validation(*step) for step in steps],
            bleu=BLEU.value,
        ),
    )
    events: list[dict[str, object]] = [{"event": "corpus", "pairs": {"train": 29_000}}]
    for step, seconds, bleu in steps:
        event = {"event": "validation", "step": step, "seconds": seconds - 9, "bleu": bleu}
        events.append({**event, "bleu_signature": BLEU.signature})
    log = "".join(f"{json.dumps(event)}\n" for event in events)
    (folder / f"seed-{number}.jsonl").write_text(log)
    settings = {
        "corpus": {"source": "multi30k", "monolingual_src": None, "monolingual_tgt": None},
        "training": {"seed": number},
        "diversification": {"models": 0},
    }
    (folder / f"seed-{number}.yaml").write_text(yaml.safe_dump(settings))
    (folder / f"seed-{number}.de").write_text("".join(f"{text}\n" for text in HYPOTHESES))


def test_a_sound_entry_passes_with_minutes_on_a_standard_machine(folder: Path) -> None:
    entry = board.load(folder)

    board.check(entry, REFERENCES)

    assert entry.minutes == pytest.approx([0.95 * s / 60 for s in (121, 122, 123)])


def edit(name: str, change: Callable[[Any], object]) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        file = folder / name
        load, dump = (
            (yaml.safe_load, yaml.safe_dump) if name.endswith("yaml") else (json.loads, json.dumps)
        )
        found = load(file.read_text())
        change(found)
        file.write_text(dump(found))

    return apply


def replace(name: str, old: str, new: str) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new))

    return apply


@pytest.mark.parametrize(
    ("tamper", "message"),
    [
        (lambda f: (f / "seed-2.json").unlink(), r"the seeds are \[1, 3\]: give all"),
        (edit("seed-3.json", lambda s: s["command"].append("--x")), "differ in more than the seed"),
        (
            edit("seed-1.json", lambda s: s.update(products=[60, 100])),
            "seed 1: the machine",
        ),
        (edit("seed-1.json", lambda s: s.update(bleu=BLEU.value + 0.1)), "was measured"),
        (
            edit("seed-1.json", lambda s: s["validations"][1].update(seconds=99)),
            "step 60 of the log",
        ),
        (edit("seed-1.json", lambda s: s["validations"].pop()), "are not those that were measured"),
        (replace("seed-2.de", "liest", "las"), "seed 2: the translations have BLEU"),
        (
            replace("seed-2.de", "Der Mann Nummer 0 liest ein gutes Buch.\n", ""),
            "6 translations",
        ),
        (replace("seed-1.jsonl", "mixed", "lc"), "seed 1: BLEU is nrefs:1|case:lc"),
        (replace("seed-1.jsonl", "29000", "29001"), "29001 training pairs, more than 29000"),
        (
            edit("seed-3.yaml", lambda s: s.update(init_from="other")),
            "weights of other",
        ),
        (
            edit("seed-3.yaml", lambda s: s["corpus"].update(monolingual_tgt="more.de")),
            "seed 3: training has more text: corpus.monolingual_tgt",
        ),
        (edit("seed-3.yaml", lambda s: s["corpus"].update(source=["A"])), "several corpora"),
        (edit("seed-3.yaml", lambda s: s["training"].update(seed=4)), "the settings have seed 4"),
        (lambda f: (f / "seed-1.yaml").unlink(), "seed 1 cannot be read: .*seed-1.yaml"),
    ],
)
def test_a_broken_rule_keeps_an_entry_off(
    folder: Path, tamper: Callable[[Path], object], message: str
) -> None:
    tamper(folder)

    with pytest.raises(board.EntryError, match=re.escape(message) if "|" in message else message):
        board.check(board.load(folder), REFERENCES)


def test_a_seed_that_does_not_arrive_has_no_minutes(folder: Path) -> None:
    edit("seed-2.json", lambda s: s["validations"].pop())(folder)

    with pytest.raises(board.EntryError, match=r"^seed 2 does not reach 40: its best is 39\.99$"):
        _ = board.load(folder).minutes


def test_an_entry_without_its_facts_is_refused(folder: Path) -> None:
    edit("entry.json", lambda about: about.update(by="", idea=None))(folder)

    with pytest.raises(board.EntryError, match=r"entry\.json has no by and no idea$"):
        board.load(folder)


@pytest.mark.parametrize(
    ("new", "old", "p"),
    [
        ([1, 2, 3], [4, 5, 6], 1 / 20),
        ([1, 2, 4], [3, 5, 6], 2 / 20),
        ([1, 2, 3], [1, 2, 3], 14 / 20),
        ([1, 2], [3, 4, 5], 1 / 10),
    ],
)
def test_chance_is_counted_over_all_ways_to_part_the_seeds(
    new: list[float], old: list[float], p: float
) -> None:
    assert board.p_value(new, old) == pytest.approx(p)


def test_only_records_stand_in_the_table(folder: Path) -> None:
    first = board.load(folder)
    later = {"date": "2026-12-01"}
    close = dataclasses.replace(
        first,
        about={**first.about, **later, "name": "Close"},
        seeds=[*first.seeds[:2], faster(first.seeds[2], 0.5)],
    )
    better = dataclasses.replace(
        first,
        about={**first.about, **later, "name": "Better"},
        seeds=[faster(seed, 0.9) for seed in first.seeds],
    )

    rows = board.table([better, close, first]).split("\n")

    assert [re.findall(r"\[(\w+)\]", row) for row in rows[2:]] == [["Ours"], ["Better"]]
    assert "| **1.9** | 1.9, 1.9, 1.9 |" in rows[2]


def faster(seed: Any, factor: float) -> Any:
    validations = [
        dataclasses.replace(each, seconds=factor * each.seconds) for each in seed.validations
    ]
    return dataclasses.replace(seed, validations=validations)
