"""Whether an export of a run translates validation sentences as the run itself does."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from translator.decoding.translator import Translator
from translator.evaluation import bleu, chrf, compose
from translator.inspection.page.engine import Precision
from translator.text.tables import Pair

Translate = Callable[[Sequence[str]], list[str]]
"""Texts in, the same number of translations out."""

NUM_COMPARED: dict[Precision, int] = {"float32": 200, "float16": 200, "int8": 1000}
"""Validation sentences that both translate. In int8, about a tenth of the translations differ,
which changed BLEU on 200 sentences by +0.3 for one run and by -0.4 for another."""
LEAST_SAME = 0.99
"""float32 and float16: the share of sentences that both must translate to the same text."""
MOST_BETWEEN = 0.3
"""int8: the largest difference in BLEU and in chrF. chrF changes less, and also works if all
references are too short for BLEU."""


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """The same sentences translated by the run itself and by its export."""

    precision: Precision
    sentences: int
    same: int
    """Number of equal translations, character by character, in any Unicode normal form."""
    bleu: float
    """BLEU of the run itself."""
    bleu_exported: float
    bleu_signature: str
    chrf: float
    chrf_exported: float
    chrf_signature: str

    @property
    def is_close(self) -> bool:
        """Whether the export may be used."""
        if self.precision != "int8":
            return self.same >= LEAST_SAME * self.sentences
        apart = abs(self.bleu - self.bleu_exported), abs(self.chrf - self.chrf_exported)
        return max(apart) <= MOST_BETWEEN

    @property
    def bound(self) -> str:
        """The condition of `is_close`."""
        if self.precision != "int8":
            return f"at least {LEAST_SAME:.0%} must be the same"
        return f"each may differ by at most {MOST_BETWEEN}"

    def __str__(self) -> str:
        return (
            f"{self.same} of {self.sentences} validation sentences translated the same, "
            f"BLEU {self.bleu_exported:.2f} against {self.bleu:.2f} ({self.bleu_signature}), "
            f"chrF {self.chrf_exported:.2f} against {self.chrf:.2f} ({self.chrf_signature})"
        )


def compare(
    ours: Translator, theirs: Translate, precision: Precision, pairs: Sequence[Pair]
) -> Agreement:
    """Translate the first sources of `pairs` by both, with the configured search."""
    compared = pairs[: NUM_COMPARED[precision]]
    sources, references = [src for src, _ in compared], [tgt for _, tgt in compared]
    our_texts, their_texts = ours.translate(sources), theirs(sources)
    our_bleu, their_bleu = bleu(our_texts, references), bleu(their_texts, references)
    our_chrf, their_chrf = chrf(our_texts, references), chrf(their_texts, references)
    return Agreement(
        precision=precision,
        sentences=len(compared),
        same=sum(a == b for a, b in zip(compose(our_texts), compose(their_texts), strict=True)),
        bleu=our_bleu.value,
        bleu_exported=their_bleu.value,
        bleu_signature=our_bleu.signature,
        chrf=our_chrf.value,
        chrf_exported=their_chrf.value,
        chrf_signature=our_chrf.signature,
    )
