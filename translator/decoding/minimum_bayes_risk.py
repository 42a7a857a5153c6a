"""Minimum Bayes risk decoding: of many sampled translations, the one most similar to all of them.

The samples represent the model's distribution; the one with the highest expected similarity to them
has the least risk (Eikema and Aziz 2020). Similarity is chrF2 (Popović 2015).

Shape suffixes: U different texts, G different n-grams.
"""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from translator.decoding.translator import Translation

MAX_ORDER, RECALL_COUNTS = 6, 2
"""Of chrF2: character n-grams up to this length; recall counts that many times as precision."""


def most_alike_first(drawn: Sequence[Translation]) -> list[Translation]:
    """Each different text of the samples `drawn` once, the one most similar to all samples first.

    `score` becomes the mean chrF2 against all samples, itself included, from 0 to 100. A text that
    was sampled twice counts twice; the first of equal texts is kept.
    """
    counts = Counter(translation.text for translation in drawn)
    first = {translation.text: translation for translation in reversed(drawn)}
    weight_U = np.array(list(counts.values()), dtype=np.float64) / len(drawn)
    expected_U = pairwise_chrf(list(counts)) @ weight_U
    return [
        replace(first[list(counts)[u]], score=float(expected_U[u]))
        for u in np.argsort(-expected_U, kind="stable")
    ]


def pairwise_chrf(texts: Sequence[str]) -> NDArray[np.float64]:
    """(U, U) chrF2, 0 to 100, of each text against each other as its reference.

    The results of sacreBLEU's sentence_score with its defaults, for all pairs at once, on texts in
    Unicode's composed form (NFC).
    """
    texts = [unicodedata.normalize("NFC", text) for text in texts]
    precisions_UU, recalls_UU, num_orders_UU = np.zeros((3, len(texts), len(texts)))
    for order in range(1, MAX_ORDER + 1):
        count_UG = _ngram_counts(["".join(text.split()) for text in texts], order)
        total_U = count_UG.sum(axis=1)
        matches_UU = np.stack([np.minimum(row_G, count_UG).sum(axis=1) for row_G in count_UG])
        # An order counts if both texts have that many characters.
        both_UU = (total_U[:, None] > 0) & (total_U[None, :] > 0)
        at_least_1_U = np.maximum(total_U, 1)
        precisions_UU += matches_UU / at_least_1_U[:, None]
        recalls_UU += matches_UU / at_least_1_U[None, :]
        num_orders_UU += both_UU
    precision = precisions_UU / np.maximum(num_orders_UU, 1)
    recall = recalls_UU / np.maximum(num_orders_UU, 1)
    factor = RECALL_COUNTS**2
    denominator = factor * precision + recall
    score = (1 + factor) * precision * recall / np.where(denominator > 0, denominator, 1)
    return np.asarray(100 * score)


def _ngram_counts(texts: Sequence[str], order: int) -> NDArray[np.float64]:
    """(U, G) how often each n-gram of `order` characters occurs in each text."""
    ngrams = [[text[i : i + order] for i in range(len(text) - order + 1)] for text in texts]
    index = {ngram: g for g, ngram in enumerate(dict.fromkeys(n for row in ngrams for n in row))}
    counts = np.zeros((len(texts), len(index)))
    for count_G, row in zip(counts, ngrams, strict=True):
        np.add.at(count_G, [index[ngram] for ngram in row], 1)
    return counts
