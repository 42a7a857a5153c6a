"""Inventing scenes: what happens, to whom, and what is said of it."""

from functools import cache
from typing import Literal

from grammar import nouns, verbs
from grammar.lexicon import (
    ALL_MODALS,
    INSTRUMENTS,
    RELATION_NOUNS,
    RELATIONS,
    Modal,
)
from grammar.meaning import (
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
from grammar.nouns import Noun
from grammar.phrases import PRONOUNS, SETTLED, PhraseInventor
from grammar.verbs import Frame, Verb


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


class Inventor(PhraseInventor):
    """Draws scenes; the same seed gives the same scenes."""

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
        fronted, time = self.opening(subject, place, time, negated=negated, wished=front)
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

    def opening(
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
