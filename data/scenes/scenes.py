"""Inventing scenes: which things take part, what happens, when and where.

Every choice prefers what has been used least so far, so that all lexemes occur about equally often.
"""

from collections import Counter
from collections.abc import Sequence
from functools import cache
from random import Random
from typing import Literal, Protocol, TypeVar

import nouns
import verbs
from agreement import Number
from lexicon import (
    ALL_ADJECTIVES,
    ALL_DETERMINERS,
    ALL_MANNERS,
    ALL_MODALS,
    ALL_TIMES,
    GOAL,
    INSTRUMENTS,
    NUMBERS,
    RELATION_NOUNS,
    RELATIONS,
    THERE,
    TO,
    WITH,
    Adjective,
    Determiner,
    Modal,
)
from meaning import (
    AdverbialPhrase,
    Argument,
    Clause,
    Conjoined,
    NounPhrase,
    PrepositionalPhrase,
    Pronoun,
    RelativePronoun,
    Tense,
)
from nouns import Noun
from verbs import Frame, Verb

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


@cache
def verbs_with_subject(noun: Noun, *frames: Frame) -> tuple[Verb, ...]:
    return tuple(
        v for v in verbs.with_frame(*frames) if v.subjects and noun in nouns.with_tags(v.subjects)
    )


@cache
def verbs_with_object(noun: Noun, *frames: Frame) -> tuple[Verb, ...]:
    return tuple(
        v
        for v in verbs.with_frame(*frames)
        if v.objects and noun in nouns.with_tags(v.objects) and not v.object_number()
    )


@cache
def relations_for(verb: Verb, noun: Noun) -> tuple[str, ...]:
    allowed = RELATIONS.get(f"{verb.en.base}:{verb.subjects}", RELATIONS[verb.en.base])
    names = (name.replace("_", " ") for name in allowed.split())
    return tuple(name for name in names if noun in nouns.with_tags(RELATION_NOUNS[name]))


class Inventor:
    """Draws scenes; the same seed gives the same scenes."""

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

    # --- clauses ------------------------------------------------------------------------------

    def tense(self, verb: Verb, subject: Argument) -> tuple[Tense, Modal | None]:
        """A tense that the verb has, and perhaps a modal verb."""
        weights: dict[str, float] = {"present": 22, "progressive": 30, "past": 22, "perfect": 9}
        if self.acts(subject) and "no_modal" not in verb.flags:
            weights["modal"] = 17
        name = self.weighted(weights)
        if name == "modal":
            return "present", self.pick(ALL_MODALS)
        return self.possible_tense(verb, subject, name), None

    def possible_tense(self, verb: Verb, subject: Argument, name: str) -> Tense:
        if "no_past" in verb.flags and name in ("past", "perfect"):
            name = "present"
        if name == "perfect" and verb.en.base in ("be", "have"):
            name = "past"
        if verb.stative and name == "progressive":
            name = "present"
        if name == "present" and verb.past_looks_present and subject.person != "3sg":
            name = "progressive"
        tenses: dict[str, Tense] = {
            "present": "present", "progressive": "progressive", "past": "past", "perfect": "perfect"
        }  # fmt: skip
        return tenses[name]

    def acts(self, subject: Argument) -> bool:
        """People and animals can, must and want."""
        if isinstance(subject, (NounPhrase, RelativePronoun)):
            return bool({"person", "animal"} & subject.noun.tags)
        return True

    def event(
        self,
        verb: Verb,
        *,
        subject: Argument | None = None,
        thing: Argument | None = None,
        settled: bool = False,
        tense: Tense | None = None,
        adverbials: float = 1.0,
        front: bool = False,
        negation: float = 0.0,
        modals: bool = True,
    ) -> Clause:
        """One clause about `verb`; the arguments that are not given are invented."""
        subject = subject or self.subject(verb, settled=settled)
        chosen, modal = self.tense(verb, subject)
        if tense or (modal and not modals):
            chosen, modal = self.possible_tense(verb, subject, tense or "present"), None
        thing, indirect, complement = self.complements(
            verb, subject, thing, settled=settled, may_be_negated=negation > 0
        )
        negated = self.chance(negation) and self.can_be_negated(verb, subject, modal, thing)
        place, manner, time = self.circumstances(
            verb, subject, thing, "modal" if modal else chosen, adverbials, negated=negated
        )
        fronted, time = self.front(subject, place, time, negated=negated, wished=front)
        return Clause(
            verb=verb,
            subject=subject,
            tense=chosen,
            modal=modal,
            negated=negated,
            indirect=indirect,
            object=thing,
            with_to=indirect is not None and self.chance(0.4),
            complement=complement,
            manner=manner,
            place=place,
            time=time,
            front=fronted,
        )

    def complements(
        self,
        verb: Verb,
        subject: Argument,
        thing: Argument | None,
        *,
        settled: bool,
        may_be_negated: bool,
    ) -> tuple[Argument | None, Argument | None, PrepositionalPhrase | None]:
        """Direct object, indirect object and prepositional phrase, as the verb's frame has them."""
        if verb.frame in ("accusative", "dative"):
            return thing or self.object(verb, subject, settled=settled), None, None
        if verb.frame == "prepositional":
            return None, None, self.prepositional_object(verb, subject, thing)
        if verb.frame == "ditransitive":
            thing = thing or self.object(verb, subject, settled=settled)
            return thing, self.receiver(subject, settled=may_be_negated), None
        if verb.frame in ("motion", "position"):
            return None, None, self.destination(verb, subject, subject)
        if verb.frame == "placement":
            thing = thing or self.object_to_move(verb, subject)
            return thing, None, self.destination(verb, subject, thing)
        return thing, None, None

    def front(
        self,
        subject: Argument,
        place: PrepositionalPhrase | None,
        time: AdverbialPhrase | None,
        *,
        negated: bool,
        wished: bool,
    ) -> tuple[Literal["subject", "time", "place"], AdverbialPhrase | None]:
        """What opens the clause, and the time: a negated one has that in front or not at all."""
        if time and (negated or (wished and self.chance(0.5))):
            if "frequency" in time.adverbial.tags:
                return "subject", None if negated else time
            if negated and not wished:
                return "subject", None
            return "time", time
        if place and wished and self.chance(0.45) and not isinstance(subject, Pronoun):
            return "place", time
        return "subject", time

    def circumstances(
        self,
        verb: Verb,
        subject: Argument,
        thing: Argument | None,
        tense: str,
        amount: float,
        *,
        negated: bool,
    ) -> tuple[
        PrepositionalPhrase | None,
        AdverbialPhrase | PrepositionalPhrase | None,
        AdverbialPhrase | None,
    ]:
        """Place, manner and time: seldom all three."""
        place = manner = time = None
        indefinite = isinstance(thing, NounPhrase) and thing.determiner.name not in SETTLED
        simple = verb.frame in ("intransitive", "accusative") and not indefinite
        if negated and not simple:
            return None, None, self.time_of_nothing(tense) if self.chance(0.3) else None
        if verb.places and verb.frame != "placement" and self.chance(0.36 * amount):
            place = self.place(verb, subject)
        likely = 0.15 if place else 0.7 if verb.en.base in INSTRUMENTS else 0.4
        if self.chance(likely * amount):
            manner = self.manner(verb, subject, thing)
        if "timeless" not in verb.flags and self.chance(
            (0.2 if place or manner else 0.45) * amount
        ):
            if negated:
                time = self.time_of_nothing(tense)
            else:
                time = self.time(tense, frequency=not manner)
        return place, manner, time

    def can_be_negated(
        self, verb: Verb, subject: Argument, modal: Modal | None, thing: Argument | None
    ) -> bool:
        if isinstance(subject, Conjoined) or (
            isinstance(subject, NounPhrase) and subject.determiner.name not in SETTLED
        ):
            return False
        if modal and modal.en[0] in ("must", "would"):
            return False
        return not isinstance(thing, NounPhrase) or thing.determiner.name in (*SETTLED, "a", "")

    def prepositional_object(
        self, verb: Verb, subject: Argument, thing: Argument | None
    ) -> PrepositionalPhrase:
        if thing is None:
            thing = self.object(verb, subject, settled=self.chance(0.6))
        return PrepositionalPhrase(
            (verb.en.preposition,), verb.de.preposition, verb.de.case, thing, "prepositional object"
        )

    def receiver(self, subject: Argument, *, settled: bool) -> Argument:
        """To whom something is given."""
        taken = subject.noun if isinstance(subject, (NounPhrase, RelativePronoun)) else None
        people = [noun for noun in nouns.with_tags("person") if noun is not taken]
        if self.chance(0.12) and not isinstance(subject, Pronoun):
            return Pronoun(self.any_of(PRONOUNS))
        return self.noun_phrase(self.pick(people), owner=subject, settled=settled)

    def object_to_move(self, verb: Verb, subject: Argument) -> Argument:
        return self.noun_phrase(self.pick(nouns.with_tags(verb.objects)), owner=subject)

    def destination(self, verb: Verb, owner: Argument, mover: Argument) -> PrepositionalPhrase:
        """Where somebody or something moves to, or is."""
        grounds = "furniture" if verb.frame == "placement" else ""
        wanted = verb.places if verb.frame == "placement" else verb.objects
        taken = mover.noun if isinstance(mover, (NounPhrase, RelativePronoun)) else None
        options = [
            noun
            for noun in nouns.with_tags(wanted or grounds)
            if noun is not taken and relations_for(verb, noun)
        ]
        noun = self.pick(options)
        name = self.any_of(relations_for(verb, noun))
        if verb.frame == "position":
            return self.there(name, noun, owner)
        return self.towards(name, noun, owner)
