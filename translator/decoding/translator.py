"""A translator: a model with its tokenizer and a search, text in and text out.

N texts in, N translations out, each a single line. A text is translated sentence by sentence (see
`DecodingConfig.split_over`), and a sentence longer than any text in training in parts, with a
warning: nothing is left out.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from functools import partial
from statistics import fmean
from typing import NamedTuple, Protocol

from translator.config import EOS_ID, DecodingConfig
from translator.decoding.search import Hypothesis, decode
from translator.decoding.sentences import split_sentences, split_text
from translator.decoding.strategies import BeamSearch, Strategy, beam_search
from translator.model.transformer import Transformer
from translator.text.normalization import normalize
from translator.text.tokenizer import Tokenizer

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Translation:
    """One translation of one text; `dataclasses.asdict` converts it for JSON."""

    text: str
    """A single line: every run of white space becomes one space."""
    score: float
    """The score of the search; for a text translated in parts, the mean over the parts."""
    tokens: list[str]
    """Pieces, including the </s> of each part."""
    logprobs: list[float]
    """The log-probability of each token."""


class Search(Protocol):
    """The type of `decode` with a model, or of another engine that does the same."""

    def __call__(
        self,
        sources: Sequence[Sequence[int]],
        strategy: Strategy,
        *,
        batch_tokens: int,
        prefixes: Sequence[Sequence[int]],
        on_done: Callable[[int], None] | None,
    ) -> list[list[Hypothesis]]: ...


class _Parts(NamedTuple):
    """A text as the model reads it."""

    parts: list[list[int]]
    longest_sentence: int
    """Tokens."""


@dataclass(frozen=True, eq=False)
class Translator:
    """A model that is ready to translate. To search differently, pass a strategy to a method."""

    model: Transformer
    tokenizer: Tokenizer
    decoding: DecodingConfig
    _: KW_ONLY
    max_src_length: int
    """The longest source that the model was trained on, in ids, with </s>."""
    search: Search | None = None
    """The search; by default `decode` with the model."""

    def translate(
        self, texts: Sequence[str], strategy: Strategy | None = None, *, prefix: str = ""
    ) -> list[str]:
        """The best translation of each text; blank texts stay blank."""
        return [best.text for best, *_ in self.translate_all(texts, strategy, prefix=prefix)]

    def translate_all(
        self,
        texts: Sequence[str],
        strategy: Strategy | None = None,
        *,
        prefix: str = "",
        first_line: int | None = 1,
        on_done: Callable[[int], None] | None = None,
    ) -> list[list[Translation]]:
        """All translations that `strategy` asks for, best first; for a blank text, one blank
        translation.

        Without a `strategy`, the configured beam search is used. Each translation begins with
        `prefix`, whose last word the model may continue, even if white space follows it. If a text
        is translated in parts, the first part has the prefix, and the k-th translation joins the
        k-th of every part. A warning counts lines from `first_line`, or quotes the beginning of the
        text if `first_line` is None. `on_done` is called with the number of texts that were just
        finished, approximate if some are in parts.
        """
        if isinstance(texts, str):
            raise TypeError("texts must be a list of strings, not one string: put it into a list")
        encoded = zip(texts, self.tokenizer.encode_all(texts), strict=True)
        split = [self._parts(text, ids) for text, ids in encoded]
        self._warn_of_long_sentences(texts, split, first_line)
        parts_of = [text.parts for text in split]
        forced = self.tokenizer.encode(prefix)[:-1]
        sources = [part for parts in parts_of for part in parts]
        prefixes = [[] if i else forced for parts in parts_of for i in range(len(parts))]
        search = self.search or partial(decode, self.model)
        found = iter(
            search(
                sources,
                strategy or self.beam_search(),
                batch_tokens=self.decoding.batch_tokens,
                prefixes=prefixes,
                on_done=on_done and _in_texts(on_done, len(texts), len(sources)),
            )
        )
        return [self._join([next(found) for _ in parts]) for parts in parts_of]

    def beam_search(self) -> BeamSearch:
        """The configured search."""
        return beam_search(self.decoding)

    def whole(self) -> "Translator":
        """The same, but every text that the model can read is one source."""
        return replace(self, decoding=replace(self.decoding, split_over=self.max_src_length))

    def sentences(self, text: str) -> list[str]:
        """The parts in which `text` is translated, unless one is too long: normalized, each with
        the white space that follows."""
        split_over = self.decoding.split_over
        if split_over > 0 and len(self.tokenizer.encode(text)) <= split_over:
            return [normalize(text)]
        lines = map(normalize, text.splitlines())
        return [sentence for line in lines for sentence in split_sentences(line)]

    def _parts(self, text: str, ids: list[int]) -> "_Parts":
        """Ids of the text as one source, or of several, each within max_src_length."""
        longest = self.max_src_length
        sentences = self.sentences(text)
        encoded = [ids] if len(sentences) == 1 else self.tokenizer.encode_all(sentences)
        parts = [
            part
            for sentence, ids in zip(sentences, encoded, strict=True)
            for part in ([ids] if len(ids) <= longest else self._parts_of_sentence(sentence))
        ]
        return _Parts([ids for ids in parts if ids != [EOS_ID]], max(map(len, encoded), default=0))

    def _parts_of_sentence(self, sentence: str) -> list[list[int]]:
        encode = self.tokenizer.encode
        split = split_text(sentence, lambda part: len(encode(part)) <= self.max_src_length)
        return self.tokenizer.encode_all(split)

    def _warn_of_long_sentences(
        self, texts: Sequence[str], split: Sequence["_Parts"], first_line: int | None
    ) -> None:
        """One warning, however many there are: a large corpus has thousands."""
        long = [at for at, each in enumerate(split) if each.longest_sentence > self.max_src_length]
        if not long:
            return
        first, *others = long
        logger.warning(
            "%s: a sentence of %d tokens, but the model was trained on at most %d: translated in "
            "parts%s",
            repr(f"{texts[first][:40]}...") if first_line is None else f"line {first_line + first}",
            split[first].longest_sentence,
            self.max_src_length,
            f", like {len(others)} more" if others else "",
        )

    def _join(self, found: Sequence[Sequence[Hypothesis]]) -> list[Translation]:
        """The hypotheses of each part of one text -> translations of the text."""
        if not found:
            return [Translation(text="", score=0.0, tokens=[], logprobs=[])]
        # As many as the part with the fewest has.
        return [self._translation(ranked) for ranked in zip(*found, strict=False)]

    def _translation(self, parts: Sequence[Hypothesis]) -> Translation:
        text = " ".join(self.tokenizer.text(part.ids) for part in parts)
        return Translation(
            text=" ".join(text.split()),
            score=fmean(part.score for part in parts),
            tokens=[piece for part in parts for piece in self.tokenizer.pieces(part.ids)],
            logprobs=[logprob for part in parts for logprob in part.logprobs],
        )


def _in_texts(
    on_done: Callable[[int], None], num_texts: int, num_parts: int
) -> Callable[[int], None]:
    """Converts numbers of finished parts to numbers of texts for `on_done`."""
    done = 0

    def on_parts_done(num: int) -> None:
        nonlocal done
        before = done * num_texts // num_parts
        done += num
        on_done(done * num_texts // num_parts - before)

    return on_parts_done
