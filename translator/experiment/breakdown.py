"""Where a model fails: scores by source length, by the frequency of reference words in the training
text, and by source words that the training text lacks."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, groupby

from translator import evaluation
from translator.compute.progress import watched
from translator.evaluation import Score, words
from translator.text.stored import StoredPairs
from translator.text.tables import Pair

LENGTHS = (5, 10, 15, 20, 30, 50)
"""Words of a source: the upper ends of the groups but the last."""
COUNTS = (0, 1, 4, 9, 99, 999)
"""Occurrences in training: the upper ends of the groups but the last."""
UNSEEN = (0, 1, 2)
"""Unseen words of a source: the upper ends of the groups but the last."""


@dataclass(frozen=True)
class Sentences:
    """A group of sentences of a split."""

    name: str
    number: int
    words: int
    """Words of their references."""
    ratio: float
    """Words of the translations, for each word of the references."""
    bleu: Score
    chrf: Score


@dataclass(frozen=True)
class Words:
    """The words of a split that occur about as often in training."""

    name: str
    number: int
    """Occurrences in the references."""
    written: int
    """Occurrences in the translations."""
    right: int
    """Occurrences in both: for each word, the smaller of the two counts."""

    @property
    def recall(self) -> float:
        """Recall: the share of reference words that were written, in percent."""
        return 100 * self.right / self.number if self.number else 0.0

    @property
    def precision(self) -> float:
        """Precision: the share of written words that occur in the references, in percent."""
        return 100 * self.right / self.written if self.written else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall (Neubig et al. 2019, section 2.1)."""
        total = self.number + self.written
        return 200 * self.right / total if total else 0.0


@dataclass(frozen=True)
class Training:
    """How often each word occurs in the training text."""

    src: Counter[str]
    tgt: Counter[str]


def count_words(train: StoredPairs, name: str) -> Training:
    """The word counts of the training text of the corpus `name`."""
    found = Training(Counter(), Counter())
    batches = (train.batch(number) for number in range(train.num_batches))
    for batch in watched(batches, f"counting the words of {name}", len(train), "pairs", len):
        for side, counts in enumerate((found.src, found.tgt)):
            counts.update(chain(*words([pair[side] for pair in batch])))
    return found


def by_length(pairs: Sequence[Pair], hypotheses: Sequence[str]) -> list[Sentences]:
    """The sentences grouped by the words of their sources."""
    lengths = [len(each) for each in words([src for src, _ in pairs])]
    return _sentences(lengths, LENGTHS, pairs, hypotheses)


def by_unseen(
    pairs: Sequence[Pair], hypotheses: Sequence[str], training: Mapping[str, int]
) -> list[Sentences]:
    """The sentences grouped by how many words of their sources are not in `training`."""
    sources = words([src for src, _ in pairs])
    counts = [sum(word not in training for word in each) for each in sources]
    return _sentences(counts, UNSEEN, pairs, hypotheses)


def by_rarity(
    references: Sequence[str], hypotheses: Sequence[str], training: Mapping[str, int]
) -> list[Words]:
    """The words of the references grouped by how often they occur in `training`."""
    number, written, right = Counter[int](), Counter[int](), Counter[int]()
    for reference, hypothesis in zip(words(references), words(hypotheses), strict=True):
        theirs, ours = Counter(reference), Counter(hypothesis)
        for counts, total in ((theirs, number), (ours, written), (theirs & ours, right)):
            for word, count in counts.items():
                total[_group(training.get(word, 0), COUNTS)] += count
    return [
        Words(_range(group, COUNTS), number[group], written[group], right[group])
        for group in sorted(number | written)
    ]


def worst(pairs: Sequence[Pair], hypotheses: Sequence[str], limit: int) -> list[tuple[int, float]]:
    """The sentences with the lowest chrF, worst first, without exact translations: index, from 0,
    and score."""
    scores = evaluation.sentence_chrf(hypotheses, [tgt for _, tgt in pairs])
    wrong = [row for row, (_, tgt) in enumerate(pairs) if hypotheses[row] != tgt]
    return [(row, scores[row]) for row in sorted(wrong, key=scores.__getitem__)[:limit]]


def _sentences(
    values: Sequence[int], ends: Sequence[int], pairs: Sequence[Pair], hypotheses: Sequence[str]
) -> list[Sentences]:
    groups = [_group(value, ends) for value in values]
    order = sorted(range(len(pairs)), key=groups.__getitem__)
    found = []
    for group, rows in groupby(order, key=groups.__getitem__):
        chosen = list(rows)
        ours, theirs = [hypotheses[row] for row in chosen], [pairs[row][1] for row in chosen]
        num_words = sum(map(len, words(theirs)))
        found.append(
            Sentences(
                name=_range(group, ends),
                number=len(chosen),
                words=num_words,
                ratio=sum(map(len, words(ours))) / max(1, num_words),
                bleu=evaluation.bleu(ours, theirs),
                chrf=evaluation.chrf(ours, theirs),
            )
        )
    return found


def _group(value: int, ends: Sequence[int]) -> int:
    return sum(value > end for end in ends)


def _range(group: int, ends: Sequence[int]) -> str:
    """2-4, or 5 where there is one number, or 1,000 and more."""
    first = ends[group - 1] + 1 if group else min(1, ends[0])
    if group == len(ends):
        return f"{first:,} and more"
    return f"{first:,}" if first == ends[group] else f"{first:,}-{ends[group]:,}"


def sentence_table(what: str, groups: Sequence[Sentences]) -> str:
    """Lines for a terminal; `what` the sentences are grouped by."""
    rows = [(what, "sentences", "words", "BLEU", "chrF2", "length")]
    rows += [
        (
            group.name,
            f"{group.number:,}",
            f"{group.words:,}",
            f"{group.bleu.value:.2f}",
            f"{group.chrf.value:.2f}",
            f"{group.ratio:.2f}",
        )
        for group in groups
    ]
    return _table(rows)


def word_table(groups: Sequence[Words]) -> str:
    """Lines for a terminal."""
    rows = [("times in training", "words", "written", "right", "recall", "precision", "F1")]
    rows += [
        (
            group.name,
            f"{group.number:,}",
            f"{group.written:,}",
            f"{group.right:,}",
            f"{group.recall:.1f}",
            f"{group.precision:.1f}",
            f"{group.f1:.1f}",
        )
        for group in groups
    ]
    return _table(rows)


def _table(rows: Sequence[Sequence[str]]) -> str:
    """The first column on the left, numbers on the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if number else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
