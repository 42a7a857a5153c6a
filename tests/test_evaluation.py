"""Scores: what sacreBLEU's own command prints, each with its signature; and significance."""

import json
import logging
import subprocess
import sys
import unicodedata
from dataclasses import asdict
from pathlib import Path

import pytest
from sacrebleu.metrics.bleu import BLEU

from translator.evaluation import Score, bleu, bleu_can_rise, chrf, compare, score, ter

REFERENCES = [
    "Ein Hund rennt über die Wiese.",
    "Zwei Männer sitzen auf einer Bank, und eine Frau liest.",
    "Das Mädchen trägt ein rotes Kleid.",
]
HYPOTHESES = [
    "Ein Hund läuft über die Wiese.",
    "Zwei Männer sitzen auf der Bank, und eine Frau liest.",
    "das Mädchen hat ein rotes Kleid.",
]


def test_a_perfect_translation_has_the_best_value_of_every_score() -> None:
    scores = score(REFERENCES, REFERENCES)

    assert scores.bleu.value == pytest.approx(100)
    assert scores.bleu_lowercased.value == pytest.approx(100)
    assert scores.chrf.value == pytest.approx(100)
    assert scores.ter.value == 0


def test_bleu_is_what_the_formula_gives_by_hand() -> None:
    # 7 of 8 tokens, 5 of 7 pairs, 4 of 6 triples, 3 of 5 quadruples match; lengths are equal.
    found = bleu(["a b c d e f x h"], ["a b c d e f g h"])

    assert found.value == pytest.approx(100 * (7 / 8 * 5 / 7 * 4 / 6 * 3 / 5) ** 0.25)


def test_ter_counts_edits_per_hundred_reference_words() -> None:
    found = ter(["a b x d e"], ["a b c d e"])

    assert found.value == pytest.approx(100 / 5)


@pytest.mark.parametrize(
    ("metric", "options"), [("bleu", []), ("bleu", ["-lc"]), ("chrf", []), ("ter", [])]
)
def test_value_and_signature_are_those_of_the_sacrebleu_command(
    metric: str, options: list[str], tmp_path: Path
) -> None:
    for name, lines in (("ref", REFERENCES), ("hyp", HYPOTHESES)):
        (tmp_path / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    command = [sys.executable, "-m", "sacrebleu", "ref", "-i", "hyp", "-m", metric, "-w", "9"]
    run = subprocess.run([*command, *options], cwd=tmp_path, capture_output=True, check=True)
    theirs = json.loads(run.stdout)

    scores = score(HYPOTHESES, REFERENCES)
    ours = scores.bleu_lowercased if options else getattr(scores, metric)

    assert ours.name == theirs["name"]
    assert ours.value == pytest.approx(theirs["score"], abs=1e-8)
    assert ours.signature == theirs["signature"]


def test_only_lowercased_bleu_ignores_case_and_its_signature_says_so() -> None:
    shouted = [line.upper() for line in REFERENCES]

    scores = score(shouted, REFERENCES)

    assert scores.bleu.value < 50
    assert scores.bleu_lowercased.value == pytest.approx(100)
    assert "case:mixed" in scores.bleu.signature
    assert "case:lc" in scores.bleu_lowercased.signature


def test_one_score_alone_is_the_one_among_all() -> None:
    scores = score(HYPOTHESES, REFERENCES)

    assert bleu(HYPOTHESES, REFERENCES) == scores.bleu
    assert bleu(HYPOTHESES, REFERENCES, lowercase=True) == scores.bleu_lowercased
    assert chrf(HYPOTHESES, REFERENCES) == scores.chrf
    assert ter(HYPOTHESES, REFERENCES) == scores.ter


def test_a_score_is_never_shown_or_stored_without_its_signature() -> None:
    found = Score(name="BLEU", value=36.9449, signature="nrefs:1|case:mixed")

    assert str(found) == "BLEU 36.94 (nrefs:1|case:mixed)"
    stored = json.loads(json.dumps(asdict(score(HYPOTHESES, REFERENCES))))
    assert set(stored) == {"bleu", "bleu_lowercased", "chrf", "ter"}
    assert all(set(entry) == {"name", "value", "signature"} for entry in stored.values())
    assert "version:" in stored["bleu"]["signature"]


def test_scores_are_shown_one_a_line() -> None:
    shown = str(score(HYPOTHESES, REFERENCES)).split("\n")

    assert [line.split()[0] for line in shown] == ["BLEU", "BLEU", "chrF2", "TER"]
    assert all("nrefs:1" in line for line in shown)


@pytest.mark.parametrize(
    "hypothesis", ["", " ", "Ein\nHund", "Ein\r\n\u2028Hund\x85", "\x00", "🐕"]
)
def test_an_odd_hypothesis_does_not_shift_the_others(hypothesis: str) -> None:
    scores = score([hypothesis, *REFERENCES], ["Ein Hund", *REFERENCES])

    assert scores.bleu.value > 80
    assert scores.chrf.value > 80
    assert scores.ter.value < 20


def test_references_are_taken_as_they_stand() -> None:
    assert bleu(["½ Maß „Bier“ …"], ["½ Maß „Bier“ …"]).value == pytest.approx(100)
    assert chrf(["½ Maß „Bier“ …"], ['1/2 Maß "Bier" ...']).value < 80


@pytest.mark.parametrize(
    ("references", "tokenizer", "asian"),
    [
        (["Er heißt 王小明 und wohnt in Köln."], "13a", "no"),
        (["我用Python编程。"], "zh", "yes"),
        (["𠮷野家很好吃。"], "zh", "yes"),
        (["ฉันเป็นนักเรียน"], "char", "no"),
        (["ខ្ញុំជាសិស្ស"], "char", "no"),
        (["Я студент и живу здесь."], "13a", "no"),
        (["मैं एक छात्र हूँ"], "13a", "no"),
        (["", "..."], "13a", "no"),
    ],
)
def test_the_tokens_are_those_of_the_script_and_the_signature_says_so(
    references: list[str], tokenizer: str, asian: str
) -> None:
    scores = score(references, references)
    compared = compare(references, references, references)

    for signature in (scores.bleu, scores.bleu_lowercased, compared[0]):
        assert f"tok:{tokenizer}|" in signature.signature
    for signature in (scores.ter, compared[2]):
        assert f"asian:{asian}|" in signature.signature


@pytest.mark.parametrize(
    ("references", "with_mecab", "without"),
    [
        (["私は学生です。", "東京タワー"], "ja-mecab", "char"),
        (["나는 학생입니다.", "안녕하세요"], "ko-mecab", "13a"),
    ],
)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_japanese_and_korean_are_tokenized_by_mecab_where_it_is_installed(
    references: list[str], with_mecab: str, without: str, form: str
) -> None:
    try:
        BLEU(tokenize=with_mecab)
        expected = with_mecab
    except RuntimeError:
        expected = without
    written = [unicodedata.normalize(form, reference) for reference in references]

    assert f"tok:{expected}" in bleu(written, written).signature


def test_exact_translations_into_text_without_spaces_have_the_best_bleu() -> None:
    chinese = ["一只狗在草地上奔跑。", "两个男人坐在长凳上。"]

    assert bleu(chinese, chinese).value == pytest.approx(100)
    assert ter(["一只狗在草地上走。"], chinese[:1]).value == pytest.approx(100 * 2 / 10)


@pytest.mark.parametrize(
    ("references", "can_rise"),
    [
        (["rot Hund", "alt Katze"], False),
        (["rot Hund", "alt Katze ."], False),
        (["rot Hund", "alt Katze!!"], True),
        (["红色的狗", "猫"], True),
        (["狗狗狗", "猫"], False),
        ([""], False),
    ],
)
def test_bleu_can_rise_where_a_reference_has_four_tokens(
    references: list[str], can_rise: bool
) -> None:
    assert bleu_can_rise(references) == can_rise
    assert (bleu(references, references).value > 0) == can_rise


def test_systems_that_bleu_cannot_tell_apart_are_compared_by_the_other_scores() -> None:
    references = ["rot Hund", "alt Katze", "neu Hut"] * 5

    in_bleu, in_chrf, in_ter = compare(references, ["Auto"] * 15, references)

    assert (in_bleu.system.value, in_bleu.baseline.value, in_bleu.p_value) == (0, 0, 1)
    assert in_chrf.system.value > in_chrf.baseline.value
    assert max(in_chrf.p_value, in_ter.p_value) < 0.01


def test_unicode_forms_make_no_difference() -> None:
    decomposed = [unicodedata.normalize("NFD", line) for line in REFERENCES]
    assert decomposed != REFERENCES

    assert score(HYPOTHESES, decomposed) == score(HYPOTHESES, REFERENCES)
    assert score(decomposed, REFERENCES) == score(REFERENCES, REFERENCES)
    assert compare(decomposed, HYPOTHESES, REFERENCES) == compare(
        REFERENCES, HYPOTHESES, decomposed
    )


def test_lists_of_different_lengths_are_refused_with_both_counts() -> None:
    with pytest.raises(ValueError, match="3 hypotheses but 2 references: they must be parallel"):
        score(HYPOTHESES, REFERENCES[:2])
    with pytest.raises(ValueError, match="2 hypotheses but 3 references"):
        compare(HYPOTHESES, HYPOTHESES[:2], REFERENCES)


def test_nothing_to_score_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing to score"):
        bleu([], [])


def test_one_string_is_no_list_of_translations() -> None:
    with pytest.raises(TypeError, match="lists of strings, not one string"):
        chrf("Ein Hund", "Ein Hund")


def test_a_system_is_not_significantly_different_from_itself() -> None:
    system, _, references = corpus()

    for comparison in compare(system, system, references):
        assert comparison.p_value == 1
        assert comparison.system.value == comparison.baseline.value


def test_one_changed_sentence_is_not_significant() -> None:
    system, _, references = corpus()
    changed = ["Das ist etwas ganz anderes.", *system[1:]]

    for comparison in compare(system, changed, references):
        assert comparison.p_value > 0.05


def test_a_much_worse_baseline_is_significantly_worse() -> None:
    system, worse, references = corpus()

    in_bleu, in_chrf, in_ter = compare(system, worse, references)

    assert [c.name for c in (in_bleu, in_chrf, in_ter)] == ["BLEU", "chrF2", "TER"]
    assert max(c.p_value for c in (in_bleu, in_chrf, in_ter)) < 0.01
    assert in_bleu.system.value > in_bleu.baseline.value
    assert in_chrf.system.value > in_chrf.baseline.value
    assert in_ter.system.value < in_ter.baseline.value


def test_a_comparison_has_the_values_of_the_scores_and_the_test_in_its_signature() -> None:
    system, worse, references = corpus()
    scores, scores_of_worse = score(system, references), score(worse, references)

    comparisons = compare(system, worse, references)

    for comparison, name in zip(comparisons, ("bleu", "chrf", "ter"), strict=True):
        assert comparison.system.value == pytest.approx(getattr(scores, name).value)
        assert comparison.baseline.value == pytest.approx(getattr(scores_of_worse, name).value)
        assert abs(comparison.system.mean - comparison.system.value) < comparison.system.confidence
        assert "bs:1000|seed:12345" in comparison.signature
        assert comparison.signature in str(comparison)
    json.dumps([asdict(comparison) for comparison in comparisons])


def test_comparing_twice_gives_the_same_numbers() -> None:
    system, worse, references = corpus()

    assert compare(system, worse, references) == compare(system, worse, references)


def test_comparing_is_quiet_and_leaves_logging_as_it_was(
    caplog: pytest.LogCaptureFixture,
) -> None:
    system, worse, references = corpus()

    with caplog.at_level(logging.INFO):
        compare(system, worse, references)

    assert caplog.records == []
    assert logging.getLogger("sacrebleu").level == logging.NOTSET


def test_translating_does_not_load_sacrebleu() -> None:
    code = "import sys, translator.cli.translate; assert 'sacrebleu' not in sys.modules"

    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.fixture(autouse=True)
def _usual_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SACREBLEU_SEED", raising=False)


def corpus() -> tuple[list[str], list[str], list[str]]:
    """A good system, a bad one, references."""
    references = [f"Satz {i}: {line}" for i in range(20) for line in REFERENCES]
    system = [f"Satz {i}: {line}" for i in range(20) for line in HYPOTHESES]
    worse = [" ".join(line.split()[::2]) for line in system]
    return system, worse, references
