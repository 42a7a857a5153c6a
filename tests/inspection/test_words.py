"""Pieces to words: nothing lost, nothing twice, whatever the characters."""

import re

import numpy as np
import pytest

from translator.config import TokenizerConfig
from translator.inspection.words import SPACED, Word, group_into_words, merge
from translator.text.tokenizer import SPECIALS, Tokenizer, train_tokenizer

TEXTS = ["Der große Bär läuft über die grüne Wiese.", 'He said: "No!" and didn\'t look-up (3).']


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return train_tokenizer(TEXTS, TokenizerConfig(vocab_size=310))


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (["▁Ein", "▁Fahr", "rad", "</s>"], {"Ein": (0,), "Fahrrad": (1, 2), "</s>": (3,)}),
        (["<s>", "▁über", "."], {"<s>": (0,), "über": (1,), ".": (2,)}),
        (["▁T", "-", "Shirt", ","], {"T-Shirt": (0, 1, 2), ",": (3,)}),
        (["▁do", "n", "'", "t", "'"], {"don't": (0, 1, 2, 3), "'": (4,)}),
        (["▁„", "Halt", "!", "“"], {"„": (0,), "Halt": (1,), "!": (2,), "“": (3,)}),
        # A space alone opens the next word; one at the end belongs to the last.
        (["▁", "<0xC3>", "<0xA4>", "h", "▁so", "▁"], {"äh": (0, 1, 2, 3), "so": (4, 5)}),
        # Bytes: a character, and a part of one.
        (["▁a", "▁", "<0xF0>", "<0x9F>", "<0x90>", "<0x95>"], {"a": (0,), "🐕": (1, 2, 3, 4, 5)}),
        (["▁a", "<0xC3>", "▁b", "c", "."], {"a": (0,), "\ufffd": (1,), "bc": (2, 3), ".": (4,)}),
        # A piece that reaches into two words joins them.
        (
            ["▁ja", "!“", "▁n", "ein.", "</s>"],
            {"ja": (0,), "!“": (1,), "nein.": (2, 3), "</s>": (4,)},
        ),
        (["▁"], {"": (0,)}),
        (["</s>"], {"</s>": (0,)}),
        ([], {}),
    ],
)
def test_pieces_are_grouped_by_word(
    pieces: list[str], expected: dict[str, tuple[int, ...]]
) -> None:
    assert group_into_words(pieces) == [
        Word(text, own, is_special=text in SPECIALS.values()) for text, own in expected.items()
    ]


@pytest.mark.parametrize("text", ["<pad>", "</s>", "<unk>", "<s>"])
def test_a_word_that_is_spelled_like_a_special_token_is_none(
    tokenizer: Tokenizer, text: str
) -> None:
    words = group_into_words(tokenizer.pieces(tokenizer.encode(f"Ein {text}")), SPACED)

    assert [(word.text, word.is_special) for word in words] == [
        ("Ein", False),
        (text, False),
        ("</s>", True),
    ]


@pytest.mark.parametrize(
    "text",
    [
        *TEXTS,
        "Ärger & Öl: naïve cafés",
        "🐕‍🦺 runs",
        "</s> <pad> <s>",
        "<0x41>",
        "...",
        "１２ ½ 日本",
    ],
)
def test_each_piece_belongs_to_one_word_and_words_spell_the_text(
    tokenizer: Tokenizer, text: str
) -> None:
    pieces = tokenizer.pieces(tokenizer.encode(text))

    words = group_into_words(pieces)

    assert [piece for word in words for piece in word.pieces] == list(range(len(pieces)))
    spelled = "".join(word.text for word in words[:-1])
    assert re.sub(r"\s", "", spelled) == re.sub(r"\s", "", text)
    assert words[-1] == Word("</s>", (len(pieces) - 1,), is_special=True)


def test_merging_sums_columns_and_averages_rows() -> None:
    pieces = np.array([[0.1, 0.2, 0.7], [0.5, 0.1, 0.4]], dtype=np.float32)
    columns = [Word("ab", (0, 1)), Word("c", (2,))]

    merged = merge(np.stack([pieces, 1 - pieces]), [Word("xy", (0, 1))], columns)

    np.testing.assert_allclose(merged[0], [[(0.3 + 0.6) / 2, (0.7 + 0.4) / 2]], atol=1e-7)
    assert merged.shape == (2, 1, 2)
