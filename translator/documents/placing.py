"""Places markup in a translation: around the translations of the words it enclosed.

A pair of tags takes the run of target words with the highest score: the number of links to words
inside the pair, minus the number of links to words outside. Pairs stay nested or side by side, and
no pair is lost: a pair without words, or without a free target word, follows the translation of the
word before it.
"""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from translator.documents.parts import Part
from translator.errors import CorpusError
from translator.inspection.alignment import Link

Span = tuple[int, int]
"""The first character, and the character after the last."""
Placed = tuple[int, Part]
"""The character that a mark precedes, and the mark."""

_LETTER = re.compile(r"\w")
MAX_DEPTH = 100
"""The depth of nested marks; browsers, too, stop at a few hundred."""


@dataclass(frozen=True)
class Sentence:
    """A text and its translation, with the words of both and the links between them."""

    src: str
    tgt: str
    src_words: Sequence[Span]
    tgt_words: Sequence[Span]
    links: Sequence[Link]


@dataclass
class _Node:
    """A pair of marks and its content, or a single mark; the root has no marks."""

    start: int
    marks: list[Part] = field(default_factory=list)
    end: int = -1
    children: list["_Node"] = field(default_factory=list)

    def flat(self) -> list[Part]:
        """Only the marks, in order."""
        inside = [part for child in self.children for part in child.flat()]
        return [*self.marks[:1], *inside, *self.marks[1:]]


def place(marks: Sequence[Placed], sentence: Sentence) -> list[Placed]:
    """All marks of the source, placed in the translation and in its order.

    Raises CorpusError for marks nested deeper than MAX_DEPTH.
    """
    if not marks:
        return []
    root = _tree(marks, len(sentence.src))
    if not sentence.tgt_words:
        return [(len(sentence.tgt), part) for part in root.flat()]
    return list(_Placing(sentence).inside(root, 0, len(sentence.tgt_words)))


def _tree(marks: Sequence[Placed], end: int) -> _Node:
    """The tree of marks; a mark without a partner becomes a single mark."""
    root = _Node(0, end=end)
    opened = [root]
    for offset, part in marks:
        if part.kind == "open":
            if len(opened) > MAX_DEPTH:
                raise CorpusError(
                    f"markup is nested more than {MAX_DEPTH} deep at {part.raw[:40]!r}: remove "
                    "some of it"
                )
            opened.append(_Node(offset, [part]))
            continue
        names = [node.marks[0].name for node in opened[1:]]
        if part.kind == "close" and part.name in names:
            while opened[-1].marks[0].name != part.name:
                _leave_single(opened)
            node = opened.pop()
            node.marks.append(part)
            node.end = offset
            opened[-1].children.append(node)
        else:
            opened[-1].children.append(_Node(offset, [part], offset))
    while len(opened) > 1:
        _leave_single(opened)
    return root


def _leave_single(opened: list[_Node]) -> None:
    node = opened.pop()
    opened[-1].children += [_Node(node.start, node.marks, node.start), *node.children]


class _Placing:
    """The words and links of one sentence, indexed from both sides."""

    def __init__(self, sentence: Sentence) -> None:
        self.sentence = sentence
        self.starts = [start for start, _ in sentence.src_words]
        self.ends = [end for _, end in sentence.src_words]
        self.targets: list[list[int]] = [[] for _ in sentence.src_words]
        for src, tgt in sentence.links:
            self.targets[src].append(tgt)
        self.num_links = Counter(tgt for _, tgt in sentence.links)

    def inside(self, parent: _Node, first: int, last: int) -> Iterator[Placed]:
        """Place the content of `parent`, which spans the target words `first` to `last` - 1."""
        free = set(range(first, last))
        placed: list[tuple[int, _Node, range]] = []
        for node in parent.children:
            run = self._best_run(node, free)
            free -= set(run)
            beside = self._beside(node, parent, first, last)
            at = self.sentence.tgt_words[run[0]][0] if run else beside
            placed.append((at, node, run))
        reached = 0
        # A mark that encloses nothing goes before a pair that begins there, not after its words.
        for at, node, run in sorted(placed, key=lambda it: (it[0], it[1].end > it[1].start)):
            if run:
                yield at, node.marks[0]
                yield from self.inside(node, run[0], run[-1] + 1)
                reached = self.sentence.tgt_words[run[-1]][1]
                yield reached, node.marks[1]
            else:
                reached = max(at, reached)
                yield from ((reached, part) for part in self._spaced(node, parent, reached))

    def _best_run(self, node: _Node, free: set[int]) -> range:
        """The run of free target words with the largest sum of scores (Kadane's algorithm)."""
        if node.start == node.end:
            return range(0)
        inside = range(bisect_right(self.ends, node.start), bisect_left(self.starts, node.end))
        linked = Counter(tgt for src in inside for tgt in self.targets[src])
        candidates = [tgt for tgt in linked if tgt in free]
        if not candidates:
            near = self._proportional(inside, free) if inside else None
            return range(0) if near is None else range(near, near + 1)
        scores = {tgt: 2 * linked[tgt] - self.num_links[tgt] for tgt in candidates}
        start = best = max(candidates, key=lambda tgt: (scores[tgt], -tgt))
        largest, run, total = scores[best], range(best, best + 1), 0
        for tgt in range(min(candidates), max(candidates) + 1):
            if tgt not in free or total <= 0:
                total, start = 0, tgt
            if tgt in free:
                total += scores.get(tgt, -self.num_links[tgt])
                if total > largest:
                    largest, run = total, range(start, tgt + 1)
        return self._with_letters(run, inside, free)

    def _with_letters(self, run: range, inside: range, free: set[int]) -> range:
        """Extend a run of punctuation to an adjacent free word if the mark enclosed letters."""
        words = self.sentence.src_words
        if _LETTER.search(self.sentence.src, words[inside[0]][0], words[inside[-1]][1]) is None:
            return run
        first, last = self.sentence.tgt_words[run[0]][0], self.sentence.tgt_words[run[-1]][1]
        if _LETTER.search(self.sentence.tgt, first, last):
            return run
        if run[0] - 1 in free:
            return range(run[0] - 1, run[-1] + 1)
        return range(run[0], run[-1] + 1 + (run[-1] + 1 in free))

    def _proportional(self, inside: range, free: set[int]) -> int | None:
        """The free target word nearest to the relative position of the first word of `inside`."""
        wanted = inside[0] * len(self.sentence.tgt_words) // len(self.sentence.src_words)
        return min(free, key=lambda tgt: (abs(tgt - wanted), tgt), default=None)

    def _beside(self, node: _Node, parent: _Node, first: int, last: int) -> int:
        """The start of the translation of the next word, if the mark touches only that word; else
        the end of the translation of the word before. At either end of the parent, that end.

        White space before the first word and after the last one is the same in the translation.
        """
        words, is_root = self.sentence.tgt_words, not parent.marks
        before = bisect_left(self.starts, node.start) - 1
        after = before + 1
        if before < 0 or self.ends[before] <= parent.start:
            return min(node.start, words[0][0]) if is_root else words[first][0]
        if after == len(self.starts) or self.starts[after] >= parent.end:
            from_end = len(self.sentence.src) - node.start
            at = max(len(self.sentence.tgt) - from_end, words[-1][1])
            return at if is_root else words[last - 1][1]
        touches_next = self.ends[before] < node.start == self.starts[after]
        src = after if touches_next else before
        near = min(max(src * len(words) // len(self.starts), first), last - 1)
        linked = [tgt for tgt in self.targets[src] if first <= tgt < last] or [near]
        return words[min(linked)][0] if touches_next else words[max(linked)][1]

    def _spaced(self, node: _Node, parent: _Node, at: int) -> list[Part]:
        """The marks, after a space if the source has one there and the translation lacks it. A pair
        whose words went elsewhere needs none."""
        flat = node.flat()
        is_single = node.start == node.end > parent.start
        has_space = is_single and self.sentence.src[node.start - 1] == " "
        needs_space = has_space and at > 0 and self.sentence.tgt[at - 1] != " "
        return [Part("text", " ", " "), *flat] if needs_space else flat
