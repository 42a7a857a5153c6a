"""Text in, text out: a model, its tokenizer and a search.

N texts in, N translations out, each a single line. A text longer than the model was trained on
is translated in parts, with a warning; nothing is left out.
"""

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import fmean
from typing import Literal, Protocol

import torch

from translator.config import EOS_ID, DecodingConfig
from translator.decoding.candidates import BeamSearch, Strategy
from translator.decoding.ctranslate2_engine import CTranslate2Search
from translator.decoding.search import Hypothesis, decode
from translator.errors import RunError
from translator.experiment.run_directory import RunDirectory
from translator.model.ensemble import Ensemble
from translator.model.transformer import Transformer
from translator.text.tokenizer import Tokenizer

logger = logging.getLogger(__name__)

Engine = Literal["torch", "ctranslate2"]
"""What searches: decoding.py over the model itself, or CTranslate2 over what was exported of it."""

ABBREVIATIONS = (
    "Mr Mrs Ms Dr Prof Rev Gen Col Capt Lt Sgt St Jr Sr Inc Ltd Co vs etc cf al approx "
    "Hr Fr Nr Str bzw ca usw evtl ggf inkl"
)
"""A full stop after one of these ends no sentence; nor one after a single letter or digit
(J. Doe, U.S., z. B., 3. Mai) or a number of two digits."""

_NO_END = "".join(rf"(?<!\b{before})" for before in [*ABBREVIATIONS.split(), r"[^\W_]", r"\d\d"])
_CLOSING = r"[\"'”’“‘»«›‹)\]]"
SENTENCE_END = re.compile(
    rf"(?:{_NO_END}\.|[!?…])[.!?…]*(?:\s+|{_CLOSING}+\s++(?![a-zäöüß]))"  # not: "Go!" he said
)
CLAUSE_END = re.compile(rf"[;:,]{_CLOSING}*\s+")
WORD_END = re.compile(r"\s+")
SURROGATE = re.compile("[\ud800-\udfff]")
"""Half a character: no encoding writes it."""


@dataclass(frozen=True, kw_only=True)
class Translation:
    """One translation of one text; `dataclasses.asdict` makes it ready for JSON."""

    text: str
    """A single line, whatever the model wrote: every run of white space is one space."""
    score: float
    """What the search ranked it by; of a text translated in parts, the mean over the parts."""
    tokens: list[str]
    """Pieces, each part's </s> among them."""
    logprobs: list[float]
    """Of each token."""


class Search(Protocol):
    """`decoding.decode` with its model, or another engine that does the same."""

    def __call__(
        self,
        sources: Sequence[Sequence[int]],
        strategy: Strategy,
        *,
        batch_tokens: int,
        prefixes: Sequence[Sequence[int]],
        on_done: Callable[[int], None] | None,
    ) -> list[list[Hypothesis]]: ...


class Translator:
    """`max_src_length` is the longest source that the model was trained on: ids, with </s>.

    `search` finds the translations; by default `decode` with the model does.
    """

    def __init__(
        self,
        model: Transformer,
        tokenizer: Tokenizer,
        decoding: DecodingConfig,
        *,
        max_src_length: int,
        search: Search | None = None,
    ) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self.decoding = decoding
        self.max_src_length = max_src_length
        self.search: Search = search or partial(decode, model)

    def translate(
        self, texts: Sequence[str], strategy: Strategy | None = None, *, prefix: str = ""
    ) -> list[str]:
        """The best translation of each text, and blank for blank."""
        return [best.text for best, *_ in self.translate_all(texts, strategy, prefix=prefix)]

    def translate_all(
        self,
        texts: Sequence[str],
        strategy: Strategy | None = None,
        *,
        prefix: str = "",
        first_line: int = 1,
        on_done: Callable[[int], None] | None = None,
    ) -> list[list[Translation]]:
        """All translations that `strategy` asks for, best first; of a blank text one, blank.

        The configured beam search where there is no `strategy`. Each translation begins with
        `prefix`, whose last word the model may continue, even where white space follows it. Of a
        text translated in parts, the first part has the prefix, and the k-th translation is made
        of the k-th of every part. Notices count lines from `first_line`. `on_done` is told how
        many more texts are finished; while some are in parts, about how many.
        """
        if isinstance(texts, str):
            raise TypeError("texts must be a list of strings, not one string: put it into a list")
        ids_of_texts = self._encode_all(texts)
        parts_of_texts = [
            self._parts(text, ids, line)
            for line, (text, ids) in enumerate(zip(texts, ids_of_texts, strict=True), first_line)
        ]
        forced = self._encode(prefix)[:-1]
        sources = [part for parts in parts_of_texts for part in parts]
        prefixes = [[] if i else forced for parts in parts_of_texts for i in range(len(parts))]
        found = iter(
            self.search(
                sources,
                strategy or self.beam_search(),
                batch_tokens=self.decoding.batch_tokens,
                prefixes=prefixes,
                on_done=on_done and _in_texts(on_done, len(texts), len(sources)),
            )
        )
        return [self._join([next(found) for _ in parts]) for parts in parts_of_texts]

    def beam_search(self) -> BeamSearch:
        """The configured search."""
        return BeamSearch(
            beam_size=self.decoding.beam_size, length_penalty=self.decoding.length_penalty
        )

    def _encode(self, text: str) -> list[int]:
        return self._encode_all([text])[0]

    def _encode_all(self, texts: Sequence[str]) -> list[list[int]]:
        return self.tokenizer.encode_all([SURROGATE.sub("\ufffd", text) for text in texts])

    def _parts(self, text: str, ids: list[int], line: int) -> list[list[int]]:
        """Ids of the text as one source, or of several, each within max_src_length."""
        if ids == [EOS_ID]:
            return []
        if len(ids) <= self.max_src_length:
            return [ids]
        split = split_text(text, lambda part: len(self._encode(part)) <= self.max_src_length)
        parts = [part_ids for part in split if (part_ids := self._encode(part)) != [EOS_ID]]
        logger.warning(
            "line %d: %d tokens, the model was trained on at most %d: translated in %d parts",
            line,
            len(ids),
            self.max_src_length,
            len(parts),
        )
        return parts

    def _join(self, found: Sequence[Sequence[Hypothesis]]) -> list[Translation]:
        """The hypotheses of each part of one text -> translations of the text."""
        if not found:
            return [Translation(text="", score=0.0, tokens=[], logprobs=[])]
        # As many as there are of the part that has the fewest.
        return [self._translation(ranked) for ranked in zip(*found, strict=False)]

    def _translation(self, parts: Sequence[Hypothesis]) -> Translation:
        text = " ".join(self.tokenizer.decode(part.ids) for part in parts)
        return Translation(
            text=" ".join(text.split()),
            score=fmean(part.score for part in parts),
            tokens=[piece for part in parts for piece in self.tokenizer.pieces(part.ids)],
            logprobs=[logprob for part in parts for logprob in part.logprobs],
        )


def load_translator(
    run: RunDirectory,
    device: str | torch.device = "cpu",
    engine: Engine = "torch",
    others: Sequence[RunDirectory] = (),
) -> Translator:
    """The finished model of a run, searched by `engine`; with `others`, all decode as one.

    Raises RunError if there is no model, or if `others` have another vocabulary.
    """
    config, tokenizer = run.load_config(), run.load_tokenizer()
    model, facts = run.load_model(config.model, tokenizer)
    search: Search | None = None
    max_src_length = facts["max_src_length"]
    if engine == "ctranslate2":
        search = CTranslate2Search.load(run, tokenizer)
    elif others:
        loaded = [_load_beside(run, tokenizer, other) for other in others]
        models = [model, *(other for other, _ in loaded)]
        search = partial(decode, Ensemble(models).to(device))
        max_src_length = min(max_src_length, *(longest for _, longest in loaded))
    return Translator(
        model.to(device), tokenizer, config.decoding, max_src_length=max_src_length, search=search
    )


def _load_beside(
    run: RunDirectory, tokenizer: Tokenizer, other: RunDirectory
) -> tuple[Transformer, int]:
    """The model of another run over the same vocabulary, and its max_src_length."""
    theirs = other.load_tokenizer()
    if theirs.model != tokenizer.model:
        raise RunError(
            f"{other.path} has another vocabulary than {run.path}: models that decode together "
            f"need one, as runs with the same corpus and tokenizer settings have"
        )
    model, facts = other.load_model(other.load_config().model, theirs)
    return model, facts["max_src_length"]


def split_text(text: str, fits: Callable[[str], bool]) -> list[str]:
    """The text if it fits; else its sentences, those that do not fit in smaller parts.

    The parts joined are the text, character by character. One character is never too long.
    """
    if fits(text):
        return [text]
    ends = [match.end() for match in SENTENCE_END.finditer(text)]
    sentences = [text[start:end] for start, end in zip([0, *ends], [*ends, len(text)], strict=True)]
    return [part for sentence in sentences if sentence for part in _halve(sentence, fits)]


def _halve(text: str, fits: Callable[[str], bool]) -> list[str]:
    """Cut in two until it fits, as near the middle as a clause ends, else a word, else there."""
    if len(text) <= 1 or fits(text):
        return [text]
    middle = len(text) // 2
    cut = middle
    for boundary in (CLAUSE_END, WORD_END):
        ends = [match.end() for match in boundary.finditer(text) if match.end() < len(text)]
        if ends:
            cut = min(ends, key=lambda end: abs(end - middle))
            break
    return [*_halve(text[:cut], fits), *_halve(text[cut:], fits)]


def _in_texts(
    on_done: Callable[[int], None], num_texts: int, num_parts: int
) -> Callable[[int], None]:
    """Takes numbers of finished parts, and tells `on_done` the share of texts that they are."""
    done = 0

    def on_parts_done(num: int) -> None:
        nonlocal done
        before = done * num_texts // num_parts
        done += num
        on_done(done * num_texts // num_parts - before)

    return on_parts_done
