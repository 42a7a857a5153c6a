"""Sentences in which something is taken up again: by `it`, or by a relative pronoun."""

from dataclasses import replace
from typing import Literal

from grammar import nouns, verbs
from grammar.compositions import (
    PLAIN_OBJECT,
    SHARED_TENSES,
    copula,
    name_of,
    pronoun_for,
)
from grammar.lexicon import (
    ALL_ADJECTIVES,
    ALL_DETERMINERS,
    ALL_MODALS,
    REASONS,
    SEQUENCES,
    Adjective,
)
from grammar.meaning import (
    Argument,
    Clause,
    NounPhrase,
    PrepositionalPhrase,
    Pronoun,
    RelativePronoun,
    Sentence,
    Tense,
)
from grammar.nouns import Noun
from grammar.phrases import adjectives_for
from grammar.scenes import Inventor, relations_for, verbs_with_object, verbs_with_subject
from grammar.verbs import BE, Verb

ACQUIRING = {"buy", "borrow"}  # nobody buys what is theirs
ATTEMPTS = {
    "look for": "find", "see": "buy", "like": "eat", "find": "open", "try on": "buy",
}  # fmt: skip


# --- it ---------------------------------------------------------------------------------------


def singular_thing(inventor: Inventor, noun: Noun, owner: Argument | None) -> NounPhrase:
    """Something that `it` (or now and then `them`) can take up."""
    number: Literal["sg", "pl"] = "pl" if noun.de_plural and inventor.chance(0.12) else "sg"
    while True:
        phrase = inventor.noun_phrase(noun, owner=owner, number=number)
        if phrase.determiner.name not in ("every", ""):
            return phrase


def does_two_things_to_it(inventor: Inventor) -> Sentence:
    """`The woman buys the hat and wears it.`"""
    first = inventor.any_of([v for v in PLAIN_OBJECT if name_of(v) in SEQUENCES])
    seconds = [v for v in PLAIN_OBJECT if name_of(v) in SEQUENCES[name_of(first)].split("/")]
    second = inventor.any_of([v for v in seconds if shared_objects(first, v)])
    subject = person_for(inventor, first, second)
    owner = None if {name_of(first), name_of(second)} & ACQUIRING else subject
    thing = singular_thing(inventor, inventor.pick(shared_objects(first, second)), owner)
    pronoun = pronoun_for(thing)
    assert pronoun is not None
    tense = inventor.any_of(SHARED_TENSES)
    if tense == "progressive" and (first.stative or second.stative):
        tense = "past"
    if (first.past_looks_present or second.past_looks_present) and subject.person != "3sg":
        tense = "past" if first.stative or second.stative else "progressive"
    shared: frozenset[Literal["subject", "auxiliary"]] = frozenset({"subject"})
    if tense in ("past", "progressive"):
        shared |= {"auxiliary"}
    return Sentence(
        Clause(first, subject, tense, object=thing),
        "and",
        Clause(second, subject, tense, object=pronoun),
        shared=shared,
    )


def shared_objects(first: Verb, second: Verb) -> list[Noun]:
    """What `it` can be in both clauses."""
    things = nouns.with_tags(second.objects)
    return [n for n in nouns.with_tags(first.objects) if n in things and n.pronoun == "it"]


def person_for(inventor: Inventor, *chosen: Verb) -> Argument:
    """Somebody who can do all of it."""
    adult = any(verb.subjects == "adult" for verb in chosen)
    if inventor.chance(0.12):
        return Pronoun(inventor.weighted({"he": 1.0, "she": 1.0, "I": 1.0, "we": 1.0}))
    noun = inventor.pick(nouns.with_tags("adult" if adult else "person"))
    return inventor.noun_phrase(noun, number="sg")


def because_it_is(inventor: Inventor) -> Sentence:
    """`The man repairs the car because it is old.`, `Because it ...` only after its antecedent."""
    frames = verbs.with_frame("accusative", "dative", "prepositional")
    verb = inventor.any_of([v for v in frames if name_of(v) in REASONS])
    noun, adjective = reason_for(inventor, verb)
    subject = unlike(inventor, inventor.subject(verb, settled=True), noun)
    several = isinstance(subject, NounPhrase) and subject.number == "pl"
    plural = noun.de_plural and not several and inventor.chance(0.2)
    phrase = inventor.noun_phrase(
        noun, owner=subject, number="pl" if plural else "sg", settled=True
    )
    thing = NounPhrase(noun, phrase.determiner, phrase.number)  # the reason says how it is
    pronoun = pronoun_for(thing)
    if pronoun is None:
        return because_it_is(inventor)
    reason_first = inventor.chance(0.3) and verb.frame == "accusative"
    if reason_first:
        subject = Pronoun(inventor.weighted({"I": 1.0, "we": 1.0}))
        thing = NounPhrase(noun, owned_by(subject, thing).determiner, thing.number)
    event = inventor.event(
        verb, subject=subject, thing=pronoun if reason_first else thing, adverbials=0.0
    )
    tense: Tense = "past" if event.tense in ("past", "perfect") else "present"
    told_of = thing if reason_first else pronoun
    reason = Clause(BE, told_of, tense, predicate=adjective)
    return Sentence(event, "because", reason, second_first=reason_first)


def owned_by(subject: Pronoun, thing: NounPhrase) -> NounPhrase:
    """The possessive of a new subject: `his car` becomes `my car`."""
    if thing.determiner.name not in ("his", "her", "their"):
        return thing
    determiner = ALL_DETERMINERS["my" if subject.en == "I" else "our"]
    return NounPhrase(thing.noun, determiner, thing.number)


def unlike(inventor: Inventor, subject: Argument, noun: Noun) -> Argument:
    """A subject that the pronoun for the noun cannot be taken for."""
    if isinstance(subject, NounPhrase) and subject.noun.pronoun not in (noun.pronoun, ""):
        return subject
    if isinstance(subject, NounPhrase) and noun.pronoun == "it":
        return subject
    return Pronoun(inventor.weighted({"I": 1.0, "we": 1.0}))


def reason_for(inventor: Inventor, verb: Verb) -> tuple[Noun, Adjective]:
    wanted = REASONS[name_of(verb)].split()
    objects = nouns.with_tags(verb.objects)
    adjectives = [
        a for a in ALL_ADJECTIVES
        if a.en in wanted and set(nouns.with_tags(a.nouns)) & set(objects)
    ]  # fmt: skip
    adjective = inventor.pick(adjectives)
    return inventor.pick([n for n in nouns.with_tags(adjective.nouns) if n in objects]), adjective


def tries_in_vain(inventor: Inventor) -> Sentence:
    """`The girl is looking for the ball, but she cannot find it.`"""
    by_name = {name_of(verb): verb for verb in PLAIN_OBJECT}
    first = by_name[inventor.any_of(list(ATTEMPTS))]
    second = by_name[ATTEMPTS[name_of(first)]]
    shared = [
        n for n in nouns.with_tags(first.objects)
        if n in nouns.with_tags(second.objects) and n.pronoun == "it" and not n.mass
    ]  # fmt: skip
    noun = inventor.pick(shared)
    subject = inventor.noun_phrase(
        inventor.pick(nouns.with_tags("adult")), number="sg", settled=True
    )
    thing = singular_thing(inventor, noun, None if name_of(second) in ACQUIRING else subject)
    tense: Tense = "progressive" if not first.stative else "present"
    main = Clause(first, subject, tense, object=thing)
    pronoun, again = pronoun_for(thing), pronoun_for(subject)
    assert pronoun is not None
    assert again is not None
    negated = Clause(second, again, "present", object=pronoun, negated=True)
    if inventor.chance(0.6):
        can = next(modal for modal in ALL_MODALS if modal.en == ("can",))
        negated = Clause(second, again, "present", modal=can, object=pronoun, negated=True)
    return Sentence(main, "but", negated)


def sees_and_helps_it(inventor: Inventor) -> Sentence:
    """`The girl sees the horse and helps it.` (dative)"""
    first = inventor.any_of(
        [v for v in PLAIN_OBJECT if name_of(v) in ("see", "pet", "hear", "feed", "watch", "love")]
    )
    second = inventor.any_of(
        [v for v in verbs.with_frame("dative") if name_of(v) in ("help", "follow")]
    )
    tag = "animal+large" if name_of(second) == "help" else "animal"
    fitting = [n for n in nouns.with_tags(first.objects) if n in nouns.with_tags(tag)]
    subject = person_for(inventor, first)
    thing = singular_thing(inventor, inventor.pick(fitting), subject)
    pronoun = pronoun_for(thing)
    assert pronoun is not None
    return Sentence(
        Clause(first, subject, "present", object=thing),
        "and",
        Clause(second, subject, "present", object=pronoun),
        shared=frozenset({"subject"}),
    )


# --- relative clauses -------------------------------------------------------------------------


def relative_clause(inventor: Inventor, noun: Noun, number: Literal["sg", "pl"]) -> Clause | None:
    """A clause about the noun, whose place in it a relative pronoun takes."""
    gap = RelativePronoun(noun, number)
    kind = inventor.weighted(
        {"subject": 4.0, "object": 4.0, "indirect": 1.0, "preposition": 2.0, "quality": 1.0}
    )
    if kind == "subject":
        options = verbs_with_subject(
            noun, "intransitive", "accusative", "dative", "prepositional", "motion", "position"
        )
        if options:
            return inventor.event(inventor.pick(options), subject=gap, adverbials=0.25)
    if kind == "quality" and adjectives_for(noun):
        return copula(inventor, subject=gap, tense="present")
    if kind == "indirect" and "person" in noun.tags:
        options = verbs_with_object(noun, "dative")
        return inventor.event(inventor.pick(options), thing=gap, adverbials=0.0, settled=True)
    if kind == "preposition":
        return relative_with_preposition(inventor, noun, gap)
    options = verbs_with_object(noun, "accusative")
    if not options:
        return None
    return inventor.event(inventor.pick(options), thing=gap, adverbials=0.2, settled=True)


def relative_with_preposition(
    inventor: Inventor, noun: Noun, gap: RelativePronoun
) -> Clause | None:
    """`the bench on which the cat is lying`, `the bus for which the man is waiting`"""
    options = [
        v
        for v in (*verbs_with_object(noun, "prepositional"), *verbs_with_object(noun, "position"))
        if v.frame == "prepositional" or relations_for(v, noun)
    ]
    if not options:
        return None
    verb = inventor.pick(options)
    if verb.frame == "prepositional":
        return inventor.event(verb, thing=gap, adverbials=0.0, settled=True)
    event = inventor.event(verb, adverbials=0.0, settled=True)
    name = inventor.any_of(relations_for(verb, noun))
    model = inventor.there(name, noun, event.subject)
    complement = PrepositionalPhrase(model.en, model.de, model.case, gap, "place")
    return Clause(verb, event.subject, event.tense, complement=complement)


def about_somebody_who(inventor: Inventor) -> Sentence:
    """`The man who is wearing a hat laughs.`, `The book that the girl is reading is new.`"""
    noun = inventor.pick(
        [n for n in nouns.ALL_NOUNS if not {"mass", "only_the"} & n.tags and n.de_plural]
    )
    head = head_with_relative(inventor, noun)
    options = [
        v
        for v in verbs_with_subject(noun, "intransitive", "accusative", "dative", "motion")
        if v.en.base != "belong" and head.relative and v.lexeme != head.relative.verb.lexeme
    ]
    if head.relative and head.relative.verb.frame in ("motion", "position"):
        options = [v for v in options if v.frame != "motion"]
    if not options or inventor.chance(0.35):
        has_quality = head.relative is not None and head.relative.predicate is not None
        if has_quality or not adjectives_for(noun):  # not `the soup that is cold is hot`
            return about_somebody_who(inventor)
        return Sentence(copula(inventor, subject=replace(head, adjectives=())))
    verb = inventor.pick(options)
    return Sentence(inventor.event(verb, subject=head, adverbials=0.2, settled=True))


def head_with_relative(inventor: Inventor, noun: Noun) -> NounPhrase:
    while True:
        phrase = inventor.noun_phrase(noun)
        relative = relative_clause(inventor, noun, phrase.number)
        if relative and phrase.determiner.name in ("the", "a", "this", "my", "our"):
            adjectives = phrase.adjectives if inventor.chance(0.4) else ()
            return NounPhrase(noun, phrase.determiner, phrase.number, adjectives, relative)


def object_that(inventor: Inventor) -> Sentence:
    """`The man is looking for the key that the boy has hidden.`"""
    options = [v for v in verbs.with_frame("accusative", "dative") if v.en.base != "belong"]
    verb = inventor.pick(options)
    subject = inventor.subject(verb)
    taken = subject.noun if isinstance(subject, NounPhrase) else None
    candidates = [
        n for n in nouns.with_tags(verb.objects)
        if n is not taken and n.de_plural and not {"mass", "only_the"} & n.tags
    ]  # fmt: skip
    if not candidates:
        return object_that(inventor)
    head = head_with_relative(inventor, inventor.pick(candidates))
    if head.relative and head.relative.verb.lexeme == verb.lexeme:
        return object_that(inventor)
    return Sentence(inventor.event(verb, subject=subject, thing=head, adverbials=0.0))
