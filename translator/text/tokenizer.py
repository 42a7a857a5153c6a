"""Text to subword ids and back, by SentencePiece; one vocabulary for both languages."""

import io
import itertools
import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import sentencepiece

from translator.config import BOS_ID, EOS_ID, PAD_ID, UNK_ID, TokenizerConfig
from translator.errors import CorpusError, RunError
from translator.text.normalization import SPACE, normalize

SPECIALS = {PAD_ID: "<pad>", UNK_ID: "<unk>", BOS_ID: "<s>", EOS_ID: "</s>"}
UNKNOWN_PENALTY = 10.0
"""How far SentencePiece scores an unknown character below the worst piece (unigram)."""
END = "\n"
"""Marks the end of a text among words; no normalized word contains it."""
WORDS_KEPT = 2**18
"""Words cached with their ids, in about 50 MB; more if a single call needs more."""
SAMPLED_AT_ONCE = 1000
"""Characters of a word that are sampled together, since BPE-dropout takes time quadratic in their
number. No ordinary word is as long."""


class Tokenizer:
    """A trained SentencePiece model. Words are separated by white space; pieces stay inside words,
    and a character without a piece of its own is spelled in UTF-8 bytes."""

    def __init__(self, model: bytes) -> None:
        self.model = model
        self._processor = sentencepiece.SentencePieceProcessor()
        try:
            self._processor.LoadFromSerializedProto(model)
            self._pieces: list[str] = [
                self._processor.id_to_piece(i) for i in range(self._processor.get_piece_size())
            ]
        except (RuntimeError, UnicodeDecodeError):
            raise RunError("the tokenizer is not a SentencePiece model: train again") from None
        for special_id, piece in SPECIALS.items():
            found = self._pieces[special_id] if special_id < len(self._pieces) else "no piece"
            if found != piece:
                raise RunError(
                    f"the tokenizer has {found} at id {special_id}, not {piece}: "
                    "train it with --pad_id=0 --unk_id=1 --bos_id=2 --eos_id=3"
                )
        self.byte_ids = [self._processor.piece_to_id(f"<0x{byte:02X}>") for byte in range(256)]
        if UNK_ID in self.byte_ids:
            raise RunError("the tokenizer has no bytes: train it with --byte_fallback")
        self._ids = {
            piece: i
            for i, piece in enumerate(self._pieces)
            if not (i in SPECIALS or self._processor.is_byte(i))
        }
        self._scores = {piece: self._processor.get_score(i) for piece, i in self._ids.items()}
        # Merges are ranked 0, -1, -2, ...; log-probabilities are not whole numbers.
        is_bpe = all(score == round(score) for score in self._scores.values())
        self.kind: Literal["bpe", "unigram"] = "bpe" if is_bpe else "unigram"
        self._longest = max(map(len, self._ids), default=1)
        self._unknown_score = min(self._scores.values(), default=0.0) - UNKNOWN_PENALTY
        self._words = _Words(self._processor)

    @classmethod
    def load(cls, path: Path) -> "Tokenizer":
        try:
            return cls(path.read_bytes())
        except OSError as error:
            raise RunError(f"{path} cannot be read: {error.strerror}") from None
        except RunError as error:
            raise RunError(f"{path}: {error}") from None

    @property
    def vocab_size(self) -> int:
        return len(self._pieces)

    @property
    def scores(self) -> list[float]:
        """By id: the rank of a merge, 0, -1, -2, ... (bpe), or a log-probability (unigram)."""
        return [self._processor.get_score(i) for i in range(self.vocab_size)]

    def encode(self, text: str) -> list[int]:
        """Ids of the text, then </s>. A special token typed as text is text."""
        ids: list[int] = self._processor.encode(normalize(text), add_eos=True)
        return ids

    def encode_all(self, texts: Sequence[str]) -> list[list[int]]:
        normalized = [normalize(text) for text in texts]
        ids: list[list[int]] = self._processor.encode(normalized, add_eos=True)
        return ids

    def encode_flat(self, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """The ids of all texts, one after the other, and the number of ids of each text."""
        normalized = list(map(normalize, texts))
        if self.kind == "unigram":
            # The scores of paths are rounded: of two nearly equal paths, a word alone may take
            # another than within its text.
            found = self._processor.encode(
                normalized, add_eos=True, return_type="numpy", num_threads=1
            )
            return np.concatenate(found), np.array(list(map(len, found)))
        # Merges stay inside words, and most words come again and again.
        ends = np.cumsum([text.count(" ") + 2 for text in normalized])
        words = f" {END} ".join([*normalized, ""]).split(" ")[:-1]
        place: dict[str, int] = defaultdict(itertools.count(1).__next__, {END: 0})
        places = np.fromiter(map(place.__getitem__, words), np.int32, len(words))
        ids = [[EOS_ID], *self._words.look_up(list(place)[1:])]
        sizes = np.array(list(map(len, ids)))
        lengths = sizes[places]
        starts, before = (np.cumsum(sizes) - sizes)[places], np.cumsum(lengths) - lengths
        every = np.fromiter(itertools.chain.from_iterable(ids), np.int32, sizes.sum())
        flat = every[np.repeat(starts - before, lengths) + np.arange(lengths.sum())]
        return flat, np.diff(np.cumsum(lengths)[ends - 1], prepend=0)

    def sample_all(
        self, texts: Sequence[str], *, sampling: float, seed: int | str
    ) -> list[list[int]]:
        """Ids of one random segmentation of each text, then </s>.

        Segmentations are sampled here and not by SentencePiece, whose generator is global, cannot
        be saved, and since 0.2.3 gives other numbers in every process, whatever its seed. The
        sample depends only on the arguments, so a resumed run repeats it. The distribution of
        unigram is that of SentencePiece. The distribution of BPE-dropout is that of its paper:
        SentencePiece never reconsiders a skipped merge, so that with the same 0.1 its words fall
        into far more pieces.
        """
        if sampling == 0:
            return self.encode_all(texts)
        rng = random.Random(seed)
        split = self._drop_merges if self.kind == "bpe" else self._draw_path
        return [
            [i for word in _words(normalize(text)) for i in split(word, sampling, rng)] + [EOS_ID]
            for text in texts
        ]

    def text(self, ids: Sequence[int]) -> str:
        """The text of ids, without special tokens."""
        text: str = self._processor.decode([int(i) for i in ids if i not in SPECIALS])
        return text

    def pieces(self, ids: Sequence[int]) -> list[str]:
        """The spelling of each id, including special tokens and bytes: </s>, <0xE2>."""
        return [self._pieces[i] for i in ids]

    def id_of(self, piece: str) -> int | None:
        """The id of a piece as `pieces` spells it, except special tokens and bytes; None if there
        is none."""
        return self._ids.get(piece)

    def joined(self, pieces: Sequence[str]) -> str:
        """The text of pieces, without special tokens."""
        specials = SPECIALS.values()
        text: str = self._processor.decode([piece for piece in pieces if piece not in specials])
        return text

    def _drop_merges(self, word: str, dropout: float, rng: random.Random) -> Sequence[int]:
        """BPE-dropout (Provilkov et al. 2020, algorithm 1): the best merge first, as usual, but at
        each step every merge is skipped with probability `dropout`. A skipped merge may come at the
        next step; a word is done when all its possible merges are skipped at once."""
        before_refusal = _successes(dropout, rng)  # merges: one draw for all of them
        if before_refusal >= len(word) - 1 and word.startswith(SPACE):
            return self._words[word[len(SPACE) :]]
        never = -math.inf
        symbols = list(word)
        scores = [
            self._scores.get(left + right, never) for left, right in itertools.pairwise(symbols)
        ]
        allowed = scores.copy()
        while (best := max(allowed, default=never)) > never:
            at = allowed.index(best)
            if before_refusal == 0:
                allowed[at] = never
                before_refusal = _successes(dropout, rng)
                continue
            before_refusal -= 1
            symbols[at : at + 2] = [symbols[at] + symbols[at + 1]]
            del scores[at]
            for left in (at - 1, at):
                if 0 <= left < len(scores):
                    scores[left] = self._scores.get(symbols[left] + symbols[left + 1], never)
            allowed = scores.copy()
        return [i for symbol in symbols for i in self._spell(symbol)]

    def _draw_path(self, word: str, alpha: float, rng: random.Random) -> list[int]:
        """Subword regularization (Kudo 2018): sample a segmentation with probability proportional
        to its own probability to the power alpha, by forward filtering and backward sampling."""
        total = [0.0]  # log of the summed weight of all segmentations of word[:end]
        steps: list[tuple[list[int], list[float]]] = [([], [])]  # where the last piece may start
        for end in range(1, len(word) + 1):
            starts, logs = [], []
            for start in range(max(0, end - self._longest), end):
                score = self._scores.get(word[start:end])
                if score is None and start == end - 1:
                    score = self._unknown_score
                if score is not None:
                    starts.append(start)
                    logs.append(total[start] + alpha * score)
            top = max(logs)
            weights = [math.exp(log - top) for log in logs]
            total.append(top + math.log(sum(weights)))
            steps.append((starts, weights))
        # Backward: sample the start of the last piece, given the weights of all ways to get there.
        path: list[str] = []
        end = len(word)
        while end > 0:
            start = rng.choices(*steps[end])[0]
            path.append(word[start:end])
            end = start
        return [i for piece in reversed(path) for i in self._spell(piece)]

    def _spell(self, piece: str) -> list[int]:
        known = self._ids.get(piece)
        return [known] if known is not None else [self.byte_ids[b] for b in piece.encode()]


class _Words(dict[str, list[int]]):
    """The ids of words, segmented once and kept."""

    def __init__(self, processor: sentencepiece.SentencePieceProcessor) -> None:
        self._processor = processor

    def __missing__(self, word: str) -> list[int]:
        return self.look_up([word])[0]

    def look_up(self, words: Sequence[str]) -> list[list[int]]:
        """The ids of distinct words; new ones are segmented in one call, which is faster."""
        known = {word: self[word] for word in words if word in self}
        new = [word for word in words if word not in known]
        known.update(zip(new, self._processor.encode(new, num_threads=1), strict=True))
        if len(self) + len(new) > WORDS_KEPT:
            self.clear()
        self.update(known)
        return [known[word] for word in words]


def train_tokenizer(texts: Iterable[str], config: TokenizerConfig) -> Tokenizer:
    """Learn a vocabulary. The same texts give the same bytes on every machine."""
    lines = [line for line in map(normalize, texts) if line]
    # Every character kept becomes a piece, and SentencePiece fails if characters alone fill the
    # vocabulary. Rarer characters are spelled in bytes, since few examples teach little more.
    counts = Counter[str]()
    for line in lines:
        counts.update(line)
    counts.pop(" ", None)
    counts.pop("▅", None)  # SentencePiece's own mark: it skips lines that have it
    if not counts:
        raise CorpusError("there is no text to learn a vocabulary from")
    room = config.vocab_size - len(SPECIALS) - 256 - len(SPACE)
    kept = {char for char, count in counts.most_common(room) if count * 1_000_000 >= counts.total()}
    left_out = {ord(char): " " for char in set().union(*lines) - kept}
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=(line.translate(left_out) for line in lines),
        model_writer=model,
        model_type=config.kind,
        vocab_size=config.vocab_size,
        hard_vocab_limit=False,
        byte_fallback=True,
        character_coverage=1.0,
        normalization_rule_name="identity",  # normalize does it
        max_sentence_length=2**30,  # skips longer lines
        num_threads=1,  # unigram: sums in another order give other pieces
        minloglevel=2,
        pad_id=PAD_ID,
        unk_id=UNK_ID,
        bos_id=BOS_ID,
        eos_id=EOS_ID,
        pad_piece=SPECIALS[PAD_ID],
        unk_piece=SPECIALS[UNK_ID],
        bos_piece=SPECIALS[BOS_ID],
        eos_piece=SPECIALS[EOS_ID],
    )
    return Tokenizer(model.getvalue())


def _successes(failure: float, rng: random.Random) -> int:
    """The number of successful trials before the next failure, which has that probability."""
    return int(math.log(1 - rng.random()) / math.log1p(-failure))


def _words(text: str) -> Iterator[str]:
    """The words of a normalized text, each with its SPACE in front; very long words in parts."""
    for word in text.split():
        spaced = SPACE + word
        for start in range(0, len(spaced), SAMPLED_AT_ONCE):
            yield spaced[start : start + SAMPLED_AT_ONCE]
