"""Lines unlike any ordinary text, and checks that translation and inspection survive them."""

import dataclasses
import itertools
import json
import random
import re
from typing import get_args

from translator.decoding.minimum_bayes_risk import most_alike_first
from translator.decoding.strategies import BeamSearch, Sampling, Strategy
from translator.decoding.translator import Translator
from translator.errors import TranslatorError
from translator.inspection.alignment import Reader, Units, align, pharaoh
from translator.inspection.inspection import Inspection
from translator.inspection.measures import measure
from translator.inspection.record import inspect_pair, inspect_translation
from translator.inspection.views.terminal import as_table
from translator.text.normalization import normalize

CHOSEN = [
    *("", " ", "\t", "\u3000", "\u200b", "\ufeff", "\x00", "▁", "▅", "\u2028", "\r", "\x85\x1c"),
    *("<s>", "</s>", "<pad>", "<unk>", "<0x41>", "<0xFF> </s></s>", "⁇", "▁a▁", "<s>" * 99),
    *("\ud83d", "\udc36\ud83d", "a\udfffb", "\ufffd", "\ufffe\uffff", "\U0010ffff", "\ue000"),
    *("\u0308", "\u0316\u0301" * 99, "a" + "\u0308" * 99, "\u200d" * 9, "a\u200d\u200db", "\u0344"),
    *("👩‍👩‍👧‍👦", "🏳️‍🌈🏴\U000e0067\U000e007f", "1️⃣", "🐕" * 99, "👍🏽" * 9),
    *(
        "كلب يجري",
        "\u202eكلب\u202c",
        "می‌خواهم",
        "क्‍ष",
        "狗在跑。猫！" * 9,
        "ไทย",
        "각각",
        "ﷺ",
        "ﬁ½²…™",
    ),
    *("\x1b[31mred\x1b[0m", "\x1b[A\x1b[", "\x07" * 9, "a\x08b", "a\rb", "a\nb", "a\\nb", "\x7f"),
    *("$1 \\1 %s {0} {", '"""', "'; --", "{}", "[]", "null", "NaN", "-0", "1e999", "0" * 99),
    *(
        "x" * 999,
        "." * 999,
        "! " * 99,
        "a. " * 99,
        "…" * 99,
        "a,“" * 99,
        "( ) " * 9,
        "x" * 99 + " a",
    ),
    *("I" * 9 + "\u0307", "İıſẞß", "ǅ", "\u1100\u1161", "A" * 31 + " " * 99 + "b", "a\u00adb" * 9),
]
CHARACTERS = [
    *map(chr, range(0xA0)),  # including every control character
    *"\u00ad\u200b\u200c\u200d\u200e\u2028\u202e\u2060\ufe0f\ufeff\U000e0061▁▅",
    *"abcäß éж中あ한אअ🐕👩½…„“”.,;:!?'()<>",
    *("\u0301", "\u0316", "\ud800", "\udfff", "\ue000", "\ufffe", "\U0001f3fd"),
]
STRATEGIES: dict[str, Strategy] = {
    "greedy": BeamSearch(beam_size=1),
    "beam search": BeamSearch(beam_size=2, num_best=2),
    "sampling": Sampling(num_samples=2),
}


READERS = [Reader(), Reader(by="weights", rows="reads", chosen_by="target")]
Faults = dict[str, str]
"""From each line, spelled in ASCII, to what went wrong with the line."""


def hostile_lines(count: int, seed: int = 1, longest: int = 40) -> list[str]:
    """CHOSEN and random lines of up to `longest` characters, `count` lines in all."""
    rng = random.Random(seed)
    drawn = (
        "".join(rng.choices(rng.sample(CHARACTERS, k=9), k=rng.randint(1, longest)))
        for _ in range(count)
    )
    return [*CHOSEN, *drawn][:count]


def faults_of_translating(translator: Translator, lines: list[str], strategy: Strategy) -> Faults:
    """Checks for one writable line of translation per line; also by minimum Bayes risk if the
    strategy samples."""
    found = translator.translate_all(lines, strategy)
    assert len(found) == len(lines), f"{len(found)} translations of {len(lines)} lines"
    faults: Faults = {}
    for line, ranked in zip(lines, found, strict=True):
        if isinstance(strategy, Sampling):
            ranked = [*ranked, *most_alike_first(ranked)]
        is_blank = not normalize(line)
        for translation in ranked:
            written = json.dumps(dataclasses.asdict(translation), ensure_ascii=False)
            if len(f"{translation.text} ".splitlines()) != 1 or "\n" in written:
                faults[ascii(line)] = f"is more than one line: {written!a}"
            if not written.encode(errors="replace") or (is_blank and translation.text):
                faults[ascii(line)] = f"is blank, its translation not: {written!a}"
    return faults


def faults_of_inspecting(translator: Translator, lines: list[str]) -> Faults:
    """Checks each line, paired with the model's translation and with itself: inspected, linked and
    stored, or refused with a sentence."""
    faults: Faults = {}
    for line in lines:
        try:
            for inspection in (
                inspect_translation(translator, line, BeamSearch(beam_size=1)),
                inspect_pair(translator, line, line),
            ):
                _look_at(inspection)
        except TranslatorError as error:
            if len(str(error).splitlines()) != 1:
                faults[ascii(line)] = f"is refused in several lines: {error!a}"
        except Exception as error:
            faults[ascii(line)] = f"fails: {error!r}"
    return faults


def _look_at(inspection: Inspection) -> None:
    for units, reader in itertools.product(get_args(Units), READERS):
        written = pharaoh(align(inspection, reader, units))
        assert all(re.fullmatch(r"\d+-\d+", link) for link in written.split()), written
    as_table(inspection).encode()
    measure(inspection)
