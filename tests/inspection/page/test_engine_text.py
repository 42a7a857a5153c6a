"""The page's text is the program's: normalization, pieces, ids, words."""

import json
import random
import unicodedata
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Literal, get_args

import pytest
from hostile import hostile_lines
from inspected import untrained
from page_engine import PageEngine

from translator.config import TokenizerConfig
from translator.inspection.words import group_into_words
from translator.text.normalization import normalize
from translator.text.tokenizer import Tokenizer, train_tokenizer

Kind = Literal["bpe", "unigram"]
SCENES = Path(__file__).parents[3] / "data/scenes/validation.jsonl"


def sentences() -> list[str]:
    rows = map(json.loads, SCENES.read_text(encoding="utf-8").splitlines()[:200])
    return [row[language] for row in rows for language in ("en", "de")]


Pages = dict[str, tuple[PageEngine, Tokenizer]]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    with ExitStack() as stack:
        made: Pages = {}
        for kind in get_args(Kind):
            tokenizer = train_tokenizer(sentences(), TokenizerConfig(kind=kind, vocab_size=500))
            folder = tmp_path_factory.mktemp(kind)
            page = PageEngine(untrained(tokenizer), "int8", folder)
            made[kind] = stack.enter_context(page), tokenizer
        yield made


@pytest.fixture
def page(pages: Pages) -> PageEngine:
    return pages["bpe"][0]


def drawn(seed: int) -> list[str]:
    """Of few characters, so that pieces compete: where two ways to cut a word are as good as each
    other, the same one has to be taken."""
    rng = random.Random(seed)
    letters = ["abdeinorst ", *sentences()]
    return [
        "".join(rng.choices(rng.sample(rng.choice(letters), k=3), k=rng.randint(1, 50)))
        for _ in range(500)
    ]


@pytest.mark.parametrize("kind", get_args(Kind))
def test_the_page_cuts_text_into_the_programs_pieces(pages: Pages, kind: Kind) -> None:
    page, tokenizer = pages[kind]
    long = ("Donaudampfschifffahrt 🐕 " * 90)[:2000]
    texts = [*sentences(), *drawn(seed=1), *hostile_lines(300), "x" * 2000, long]

    found = page.ask(*[["encode", text] for text in texts])

    assert dict(zip(texts, found, strict=True)) == {
        text: tokenizer.encode(text) for text in map(as_javascript_has_it, texts)
    }


def as_javascript_has_it(text: str) -> str:
    """Both halves of a surrogate pair, side by side, are one character there."""
    return json.loads(json.dumps(text))


def test_the_page_normalizes_each_character_as_the_program_does(page: PageEngine) -> None:
    rng = random.Random(1)
    given = [chr(code) for code in range(0x3000)] + [
        chr(rng.randrange(0xE000, 0x110000)) for _ in range(3000)
    ]
    known = [char for char in given if unicodedata.category(char) != "Cn"]
    texts = [f"a{char}e\u0308 👩{char}\u200d{char}" for char in known]

    assert page.ask(*[["normalize", text] for text in texts]) == list(map(normalize, texts))


def test_the_page_leaves_as_many_marks_upon_a_character_as_the_program_does(
    page: PageEngine,
) -> None:
    rng = random.Random(1)
    marks = [chr(c) for c in range(0x3000) if unicodedata.category(chr(c)).startswith("M")]
    special = (
        "\u0344\u0345\u0f73\u0f75\u0f81\u20dd"  # of class 0, or the highest, or made of others
    )
    texts = ["x" + 40 * mark + "y" for mark in marks]
    texts += ["x" + "".join(rng.choices(marks + 20 * [*special], k=70)) for _ in range(200)]

    assert page.ask(*[["normalize", text] for text in texts]) == list(map(normalize, texts))


def test_the_page_finds_the_sentences_that_the_program_translates_one_by_one(
    page: PageEngine,
) -> None:
    translator = untrained(train_tokenizer(sentences(), TokenizerConfig(vocab_size=500)))
    rng = random.Random(1)
    words = ["A", "b", "ein", "Mr", "Hr", "z", "3", "42", "123", "Übel", "über", "中", "_", "э"]
    ends = [".", "!", "?", "…", "...", "?!", "。", "！」", "؟", "।", '."', ".)", "!“ ", "", " "]
    ends += ["\n", "\r\n", "\x1c", "\x85"]
    drawn = [
        "".join(rng.choice(words) + rng.choice(ends) + rng.choice(" \t") for _ in range(7))
        for _ in range(2000)
    ]
    texts = [*drawn, *sentences(), *hostile_lines(300)]

    found = page.ask(*[["sentences", text] for text in texts])

    assert found == [translator.sentences(as_javascript_has_it(text)) for text in texts]
    assert {len(parts) for parts in found} >= set(range(1, 8))


@pytest.mark.parametrize("kind", get_args(Kind))
def test_the_page_joins_pieces_and_bytes_to_the_programs_text(pages: Pages, kind: Kind) -> None:
    page, tokenizer = pages[kind]
    lists = id_lists(tokenizer)

    assert page.ask(*[["text", ids] for ids in lists]) == list(map(tokenizer.text, lists))
    assert page.ask(["pieces", lists[0]]) == [tokenizer.pieces(lists[0])]


def id_lists(tokenizer: Tokenizer) -> list[list[int]]:
    """Such as a model might write: words, specials among them, whole characters and broken ones."""
    rng = random.Random(1)
    in_bytes = [tokenizer.byte_ids[byte] for byte in "ž中🐕\u2028\ufeff".encode()]
    anything = [*range(tokenizer.vocab_size), *20 * in_bytes, *5 * tokenizer.byte_ids[0x80:]]
    return [in_bytes, *(rng.choices(anything, k=rng.randint(1, 12)) for _ in range(800))]


@pytest.mark.parametrize("kind", get_args(Kind))
def test_the_page_groups_pieces_into_the_programs_words(pages: Pages, kind: Kind) -> None:
    page, tokenizer = pages[kind]
    written = list(map(tokenizer.encode, [*sentences(), *hostile_lines(200)]))
    lists = list(map(tokenizer.pieces, [*id_lists(tokenizer), *written]))

    found = page.ask(*[["words", pieces] for pieces in lists])

    for pieces, words in zip(lists, found, strict=True):
        assert words == [
            {"text": word.text, "pieces": list(word.pieces), "isSpecial": word.is_special}
            for word in group_into_words(pieces)
        ]
