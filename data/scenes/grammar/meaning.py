"""What a scene says, before it is said: the tree that both languages realize.

Nodes compare by identity, so a pair (node, part) can name a unit of meaning: the words of the two
languages that carry the same unit are aligned (pairs.py).
"""

from dataclasses import dataclass, field
from typing import Literal

from grammar.agreement import Case, Number, Person
from grammar.lexicon import Adjective, Adverbial, Determiner, Modal
from grammar.nouns import Noun
from grammar.verbs import Verb

Tense = Literal["present", "progressive", "past", "perfect"]
Mood = Literal["statement", "question"]
Feature = tuple[str, str]  # (lexeme, construction)
Unit = tuple[object, str]  # (node, part)


@dataclass(frozen=True)
class Word:
    """A word of one language, the units of meaning it carries and what it is an example of."""

    text: str
    units: frozenset[Unit] = frozenset()
    features: frozenset[Feature] = frozenset()


@dataclass(frozen=True, eq=False)
class NounPhrase:
    noun: Noun
    determiner: Determiner
    number: Number = "sg"
    adjectives: tuple[Adjective, ...] = ()
    relative: "Clause | None" = None

    @property
    def person(self) -> Person:
        return "pl" if self.number == "pl" else "3sg"


@dataclass(frozen=True, eq=False)
class Conjoined:
    """`the man and the woman`"""

    first: NounPhrase
    second: NounPhrase

    @property
    def person(self) -> Person:
        return "pl"


@dataclass(frozen=True, eq=False)
class Pronoun:
    """`en` is the subject form; `it` and `them` take their gender from `noun`."""

    en: Literal["I", "we", "he", "she", "it", "they"]
    noun: Noun | None = None

    @property
    def person(self) -> Person:
        return "1sg" if self.en == "I" else "pl" if self.en in ("we", "they") else "3sg"


@dataclass(frozen=True, eq=False)
class RelativePronoun:
    """The gap of a relative clause, filled by the noun that the clause describes."""

    noun: Noun
    number: Number

    @property
    def person(self) -> Person:
        return "pl" if self.number == "pl" else "3sg"


@dataclass(frozen=True, eq=False)
class QuestionWord:
    """who, what (as arguments); where, when, why (as adverbials)."""

    en: Literal["who", "what", "where", "when", "why"]

    @property
    def person(self) -> Person:
        return "3sg"


Argument = NounPhrase | Conjoined | Pronoun | RelativePronoun | QuestionWord


@dataclass(frozen=True, eq=False)
class PrepositionalPhrase:
    en: tuple[str, ...]
    de: str
    case: Case
    argument: Argument
    construction: str = ""  # "direction", "place", ...


@dataclass(frozen=True, eq=False)
class AdverbialPhrase:
    """An occurrence of a fixed expression."""

    adverbial: Adverbial


@dataclass(frozen=True, eq=False)
class Clause:
    verb: Verb
    subject: Argument
    tense: Tense = "present"
    modal: Modal | None = None
    negated: bool = False
    indirect: Argument | None = None
    object: Argument | None = None
    with_to: bool = False  # English `gives a ball to the boy`
    complement: PrepositionalPhrase | None = None
    predicate: Adjective | None = None
    manner: AdverbialPhrase | PrepositionalPhrase | None = None
    place: PrepositionalPhrase | None = None
    time: AdverbialPhrase | None = None
    question: QuestionWord | None = None  # where, when, why
    front: Literal["subject", "time", "place"] = "subject"
    mood: Mood = "statement"


@dataclass(frozen=True, eq=False)
class Sentence:
    """One clause, or two joined by `link` (because, that, while, if, and, but).

    `shared` names what the second of two coordinated clauses leaves unsaid.
    """

    main: Clause
    link: str = ""
    second: Clause | None = None
    second_first: bool = False
    shared: frozenset[Literal["subject", "auxiliary"]] = field(default_factory=frozenset)
