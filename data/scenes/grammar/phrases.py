"""Inventing phrases: which things take part, where, when and how.

Every choice prefers what has been used least so far, so that all lexemes occur about equally often.
"""

from collections import Counter
from collections.abc import Sequence
from functools import cache
from random import Random
from typing import Literal, Protocol, TypeVar

from grammar import nouns
from grammar.agreement import Number
from grammar.lexicon import (
    ALL_ADJECTIVES,
    ALL_DETERMINERS,
    ALL_MANNERS,
    ALL_TIMES,
    GOAL,
    INSTRUMENTS,
    NUMBERS,
    THERE,
    TO,
    WITH,
    Adjective,
    Determiner,
)
from grammar.meaning import (
    AdverbialPhrase,
    Argument,
    Conjoined,
    NounPhrase,
    PrepositionalPhrase,
    Pronoun,
    RelativePronoun,
)
from grammar.nouns import Noun
from grammar.verbs import Verb

T = TypeVar("T")

POSSESSIVES = {"I": "my", "we": "our", "he": "his", "she": "her", "they": "their"}
POSSESSABLE = (
    "family,pet,portable,furniture,vehicle+buyable,room,house,garden,neighbor,teacher,doctor"
)
# Things of which there are several in one place.
SEVERAL = "furniture,tree,apple_tree,gate,wall,fence,bridge,street,meadow,field,vehicle"
SIZES = ("big", "small", "old", "new", "long", "beautiful")
COLORS = ("red", "blue", "green", "yellow", "white", "black", "brown", "gray", "colorful")
SETTLED = ("the", "my", "our", "his", "her", "their", "this")  # a subject that can be negated
PRONOUNS: tuple[Literal["I", "we", "he", "she", "they"], ...] = ("I", "we", "he", "she", "they")


class Named(Protocol):
    @property
    def lexeme(self) -> str: ...


N = TypeVar("N", bound=Named)


@cache
def adjectives_for(noun: Noun) -> tuple[Adjective, ...]:
    return tuple(a for a in ALL_ADJECTIVES if noun in nouns.with_tags(a.nouns))


class PhraseInventor:
    """Draws phrases; the same seed gives the same phrases."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.uses: Counter[str] = Counter()

    # --- choosing -----------------------------------------------------------------------------

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def weighted(self, weights: dict[T, float]) -> T:
        return self.random.choices(list(weights), list(weights.values()))[0]

    def pick(self, options: Sequence[N]) -> N:
        """Of four random options, the least used."""
        drawn = [self.random.choice(options) for _ in range(4)]
        chosen = min(drawn, key=lambda option: self.uses[option.lexeme])
        self.uses[chosen.lexeme] += 1
        return chosen

    def any_of(self, options: Sequence[T]) -> T:
        """Any option, without counting it: where a kind of sentence has few to choose from."""
        return self.random.choice(options)

    # --- phrases ------------------------------------------------------------------------------

    def noun_phrase(
        self,
        noun: Noun,
        *,
        owner: Argument | None = None,
        number: Number | None = None,
        settled: bool = False,
    ) -> NounPhrase:
        """`owner` may appear as a possessive; `settled` asks for a definite phrase."""
        if not noun.de_plural:
            number = "sg"
        elif number is None:
            number = "pl" if self.chance(0.3) else "sg"
        determiner = self.determiner(noun, number, owner, settled=settled)
        return NounPhrase(noun, determiner, number, self.adjectives(noun))

    def determiner(
        self, noun: Noun, number: Number, owner: Argument | None, *, settled: bool
    ) -> Determiner:
        if "only_the" in noun.tags:
            return ALL_DETERMINERS["the"]
        if noun.mass:
            return ALL_DETERMINERS["the" if settled or self.chance(0.5) else ""]
        weights: dict[str, float] = {"the": 5, "this": 0.6}
        if noun in nouns.with_tags(POSSESSABLE):
            weights |= {"my": 0.7, "our": 0.7}
            if owner and (possessive := self.possessive(owner)):
                weights[possessive] = 2.5
        if not settled:
            if number == "sg":
                weights |= {"a": 4, "every": 0.25}
            else:
                numbers = 2.5 if "place" not in noun.tags else 0.2
                weights |= {"": 1.5, "number": numbers, "many": 0.5, "some": 0.5, "all the": 0.5}
        name = self.weighted(weights)
        if name == "number":
            name = self.any_of(NUMBERS)
        return ALL_DETERMINERS[name]

    def possessive(self, owner: Argument) -> str:
        """his, her, their, my or our, if it is clear which; empty otherwise."""
        if isinstance(owner, Pronoun):
            return POSSESSIVES.get(owner.en, "")
        if isinstance(owner, NounPhrase) and "person" in owner.noun.tags:
            if owner.determiner.name in ("every", "no", "which"):
                return ""
            if owner.number == "pl":
                return "their"
            return POSSESSIVES.get(owner.noun.pronoun, "")
        return "their" if isinstance(owner, Conjoined) else ""

    def adjectives(self, noun: Noun) -> tuple[Adjective, ...]:
        fitting = adjectives_for(noun)
        if not fitting or not self.chance(0.36):
            return ()
        sizes = [a for a in fitting if a.en in SIZES]
        colors = [a for a in fitting if a.en in COLORS]
        if sizes and colors and self.chance(0.12):
            return (self.pick(sizes), self.pick(colors))
        return (self.pick(fitting),)

    def subject(self, verb: Verb, *, settled: bool = False) -> Argument:
        options = nouns.with_tags(verb.subjects)
        if verb.subjects in ("person", "adult", "child,pet") and self.chance(0.17):
            return Pronoun(self.any_of(PRONOUNS))
        people = [noun for noun in options if "person" in noun.tags]
        if people == list(options) and not settled and self.chance(0.05):
            first, second = self.pick(people), self.pick(people)
            if first != second:
                return Conjoined(*(self.plain(noun, "the") for noun in (first, second)))
        return self.noun_phrase(self.pick(options), settled=settled)

    def plain(self, noun: Noun, determiner: str, number: Number = "sg") -> NounPhrase:
        return NounPhrase(noun, ALL_DETERMINERS[determiner], number)

    def object(self, verb: Verb, owner: Argument, *, settled: bool = False) -> Argument:
        """What the verb is done to: never the subject itself."""
        if verb.objects == "person" and self.chance(0.15):
            subject = owner.en if isinstance(owner, Pronoun) else ""
            others = {"he", "she", "they"} - {subject}
            if subject not in ("I", "we"):
                others |= {"I", "we"}
            return Pronoun(self.any_of([p for p in PRONOUNS if p in others]))
        taken = owner.noun if isinstance(owner, (NounPhrase, RelativePronoun)) else None
        options = [noun for noun in nouns.with_tags(verb.objects) if noun is not taken]
        if verb.object_number() == "pl":
            options = [noun for noun in options if noun.de_plural]
        return self.noun_phrase(
            self.pick(options), owner=owner, number=verb.object_number(), settled=settled
        )

    # --- adverbials ---------------------------------------------------------------------------

    def place(self, verb: Verb, subject: Argument) -> PrepositionalPhrase | None:
        options = list(nouns.with_tags(verb.places))
        if isinstance(subject, (NounPhrase, RelativePronoun)) and "animal" in subject.noun.tags:
            wild = "wilderness" if "wild" in subject.noun.tags else "farmyard,garden,wilderness"
            if "pet" not in subject.noun.tags:
                options = [noun for noun in options if noun in nouns.with_tags(wild)]
        return self.there("in", self.pick(options), subject) if options else None

    def there(self, name: str, noun: Noun, owner: Argument) -> PrepositionalPhrase:
        """Being in, at, on, under, ... something: dative."""
        ground = self.ground(noun, owner)
        if name in ("in", "at"):
            en, de = noun.prepositions()
            return PrepositionalPhrase((en,), de, "dat", ground, "place")
        relation = THERE[name]
        return PrepositionalPhrase(relation.en_words, relation.de, "dat", ground, "place")

    def towards(self, name: str, noun: Noun, owner: Argument) -> PrepositionalPhrase:
        """Going into, onto, under, ... something: accusative, but `to` is zu with the dative."""
        relation = GOAL if name == "to" else TO[name]
        ground = self.ground(noun, owner)
        return PrepositionalPhrase(
            relation.en_words, relation.de, relation.case, ground, "direction"
        )

    def ground(self, noun: Noun, owner: Argument) -> NounPhrase:
        """The thing that a place is relative to: mostly singular and definite."""
        plural = noun.de_plural and noun in nouns.with_tags(SEVERAL) and self.chance(0.2)
        number: Number = "pl" if plural else "sg"
        settled = number == "pl" or self.chance(0.75)
        return self.noun_phrase(noun, owner=owner, number=number, settled=settled)

    def manner(
        self, verb: Verb, subject: Argument, thing: Argument | None
    ) -> AdverbialPhrase | PrepositionalPhrase | None:
        definite = isinstance(thing, NounPhrase) and thing.determiner.name in SETTLED
        if definite and verb.en.base in INSTRUMENTS and not verb.en.particle and self.chance(0.6):
            tool = self.pick(nouns.with_tags(INSTRUMENTS[verb.en.base]))
            phrase = self.noun_phrase(tool, owner=subject, number="sg")
            return PrepositionalPhrase(WITH.en_words, WITH.de, WITH.case, phrase, "instrument")
        if verb.frame == "position":
            return None
        options = [m for m in ALL_MANNERS if verb.en.base in m.tags]
        return AdverbialPhrase(self.pick(options)) if options else None

    def time(self, tense: str, *, frequency: bool = True) -> AdverbialPhrase | None:
        tags = {tense, "frequency"} if frequency and tense == "present" else {tense}
        options = [t for t in ALL_TIMES if tags & t.tags]
        return AdverbialPhrase(self.pick(options)) if options else None

    def time_of_nothing(self, tense: str) -> AdverbialPhrase | None:
        """A time for a negated clause: not `always`, and not `every day`."""
        time = self.time(tense, frequency=False)
        return None if time and time.adverbial.lexeme.startswith("every") else time
