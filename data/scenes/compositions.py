"""The kinds of sentence: each function invents one scene; KINDS says how often each is tried."""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import nouns
import verbs
from lexicon import (
    ALL_ADJECTIVES,
    ALL_DETERMINERS,
    ALL_MODALS,
    REASONS,
    SEQUENCES,
    STATES,
    Adjective,
)
from meaning import (
    Argument,
    Clause,
    NounPhrase,
    PrepositionalPhrase,
    Pronoun,
    QuestionWord,
    RelativePronoun,
    Sentence,
    Tense,
)
from nouns import Noun
from scenes import (
    Inventor,
    adjectives_for,
    relations_for,
    verbs_with_object,
    verbs_with_subject,
)
from verbs import BE, Verb

EVENTS = verbs.with_frame(
    "intransitive", "accusative", "dative", "prepositional", "ditransitive",
    "motion", "placement", "position",
)  # fmt: skip
PLAIN_OBJECT = verbs.with_frame("accusative")
SHARED_TENSES: tuple[Tense, ...] = ("present", "progressive", "past")
ATTEMPTS = {
    "look for": "find", "see": "buy", "like": "eat", "find": "open", "try on": "buy",
}  # fmt: skip


def name_of(verb: Verb) -> str:
    return verb.lexeme.removesuffix(" (verb)")


# --- one clause -------------------------------------------------------------------------------


def statement(inventor: Inventor) -> Sentence:
    verb = inventor.pick(EVENTS)
    return Sentence(inventor.event(verb, front=True))


def negated_statement(inventor: Inventor) -> Sentence:
    verb = inventor.pick(EVENTS)
    settled = inventor.chance(0.5)
    subject = inventor.subject(verb, settled=True)
    return Sentence(
        inventor.event(
            verb, subject=subject, settled=settled, front=True, negation=1.0, adverbials=0.6
        )
    )


def without(inventor: Inventor) -> Sentence:
    """`The boy has no hat.`"""
    noun = inventor.pick(nouns.with_tags(verbs.HAVE.objects))
    number: Literal["sg", "pl"] = "pl" if noun.de_plural and inventor.chance(0.4) else "sg"
    thing = NounPhrase(noun, ALL_DETERMINERS["no"], number, inventor.adjectives(noun))
    tense: Tense = "past" if inventor.chance(0.3) else "present"
    subject = inventor.subject(verbs.HAVE, settled=True)
    return Sentence(inventor.event(verbs.HAVE, subject=subject, thing=thing, tense=tense))


def description(inventor: Inventor) -> Sentence:
    """`The soup is cold.`"""
    return Sentence(copula(inventor, front=True))


def copula(
    inventor: Inventor,
    *,
    subject: Argument | None = None,
    adjective: Adjective | None = None,
    front: bool = False,
    tense: Tense | None = None,
) -> Clause:
    if subject is None:
        adjective = adjective or inventor.pick(ALL_ADJECTIVES)
        noun = inventor.pick(nouns.with_tags(adjective.nouns))
        phrase = inventor.noun_phrase(noun, settled=True)
        subject = NounPhrase(noun, phrase.determiner, phrase.number)
    elif adjective is None:
        assert isinstance(subject, (NounPhrase, RelativePronoun))
        adjective = inventor.pick(adjectives_for(subject.noun))
    tense = tense or ("past" if inventor.chance(0.3) else "present")
    time = inventor.time(tense) if front and adjective.state and inventor.chance(0.5) else None
    fronted = time is not None and "frequency" not in time.adverbial.tags and inventor.chance(0.5)
    negated = time is None and inventor.chance(0.2)
    return Clause(
        verb=BE,
        subject=subject,
        tense=tense,
        predicate=adjective,
        time=time,
        front="time" if fronted else "subject",
        negated=negated,
    )


# --- questions --------------------------------------------------------------------------------


def yes_no_question(inventor: Inventor) -> Sentence:
    if inventor.chance(0.12):
        clause = copula(inventor)
        return Sentence(
            Clause(BE, clause.subject, clause.tense, predicate=clause.predicate, mood="question")
        )
    verb = inventor.pick(EVENTS)
    subject = inventor.subject(verb, settled=True)
    return Sentence(as_question(inventor.event(verb, subject=subject, adverbials=0.5)))


def as_question(clause: Clause, question: QuestionWord | None = None) -> Clause:
    """The same clause asked, `question` (where, when, why) in place of the adverbial."""
    return Clause(
        verb=clause.verb,
        subject=clause.subject,
        tense=clause.tense,
        modal=clause.modal,
        indirect=clause.indirect,
        object=clause.object,
        with_to=clause.with_to,
        complement=clause.complement,
        manner=clause.manner,
        place=clause.place,
        time=clause.time,
        question=question,
        mood="question",
    )


def where_when_why(inventor: Inventor) -> Sentence:
    word = inventor.weighted({"where": 1.0, "when": 1.0, "why": 1.0})
    options = EVENTS
    if word == "where":
        options = tuple(verb for verb in EVENTS if verb.places and verb.frame != "placement")
    verb = inventor.pick(options)
    subject = inventor.subject(verb, settled=True)
    amount = 0.4 if word == "why" else 0.0
    event = inventor.event(verb, subject=subject, settled=True, adverbials=amount)
    asked: dict[str, QuestionWord] = {
        "where": QuestionWord("where"), "when": QuestionWord("when"), "why": QuestionWord("why")
    }  # fmt: skip
    return Sentence(as_question(event, asked[word]))


def who_question(inventor: Inventor) -> Sentence:
    """`Who is reading the book?` (the subject)"""
    verb = inventor.pick([v for v in EVENTS if v.subjects in ("person", "adult", "child")])
    return Sentence(as_question(inventor.event(verb, subject=QuestionWord("who"), adverbials=0.6)))


def object_question(inventor: Inventor) -> Sentence:
    """`Who does the boy help?`, `What is the boy reading?`"""
    personal = inventor.chance(0.4)
    frames = verbs.with_frame("accusative", "dative") if personal else PLAIN_OBJECT
    options = [
        v
        for v in frames
        if ("person" in v.objects) == personal and not v.object_number() and v.en.base != "belong"
    ]
    verb = inventor.pick(options)
    subject = inventor.subject(verb, settled=True)
    thing = QuestionWord("who" if personal else "what")
    return Sentence(as_question(inventor.event(verb, subject=subject, thing=thing, adverbials=0.5)))


def which_question(inventor: Inventor) -> Sentence:
    """`Which dog is barking?`, `How many apples does the girl eat?`"""
    many = inventor.chance(0.4)
    determiner = ALL_DETERMINERS["how many" if many else "which"]
    askable_verbs = [v for v in EVENTS if v.subjects not in ("wind", "shining", "melting")]
    verb = inventor.pick([v for v in askable_verbs if v.en.base != "belong"])
    things = [n for n in nouns.with_tags(verb.objects) if askable(n, many=many)]
    if verb.frame in ("accusative", "dative") and things and inventor.chance(0.6):
        number: Literal["sg", "pl"] = "pl" if many or verb.object_number() else "sg"
        thing = NounPhrase(inventor.pick(things), determiner, number)
        subject = inventor.subject(verb, settled=True)
        event = inventor.event(verb, subject=subject, thing=thing, adverbials=0.5)
    else:
        noun = inventor.pick([n for n in nouns.with_tags(verb.subjects) if askable(n, many=many)])
        asked = NounPhrase(noun, determiner, "pl" if many else "sg")
        event = inventor.event(verb, subject=asked, adverbials=0.5)
    return Sentence(as_question(event))


def askable(noun: Noun, *, many: bool) -> bool:
    return bool(noun.de_plural) if many else not {"mass", "only_the"} & noun.tags


# --- two clauses ------------------------------------------------------------------------------


def because(inventor: Inventor) -> Sentence:
    """`The boy laughs because the dog is dancing.`"""
    tense: Tense = "past" if inventor.chance(0.35) else "progressive"
    main = inventor.event(inventor.pick(EVENTS), tense=tense, adverbials=0.2)
    return Sentence(main, "because", other_event(inventor, main, tense))


def because_of_a_state(inventor: Inventor) -> Sentence:
    """`The boy cries because he is sad.`"""
    while True:
        verb = inventor.pick([v for v in EVENTS if name_of(v) in STATES and v.subjects])
        main = without_adjectives(inventor.event(verb, settled=True, adverbials=0.2))
        if state := state_of(inventor, main, STATES[name_of(verb)].split()):
            return Sentence(main, "because", state)


def without_adjectives(clause: Clause) -> Clause:
    """The state of the subject is still to be told."""
    if not isinstance(clause.subject, NounPhrase):
        return clause
    bare = NounPhrase(clause.subject.noun, clause.subject.determiner, clause.subject.number)
    return replace(clause, subject=bare)


def state_of(inventor: Inventor, main: Clause, states: list[str]) -> Clause | None:
    """`he is tired`, if the subject is somebody a pronoun can point to."""
    pronoun = pronoun_for(main.subject)
    if pronoun is None or other_things(main, pronoun):
        return None
    fitting = [a for a in ALL_ADJECTIVES if a.en in states]
    if isinstance(main.subject, NounPhrase):
        fitting = [a for a in fitting if a in adjectives_for(main.subject.noun)]
    if not fitting:
        return None
    past = main.tense in ("past", "perfect")
    return Clause(BE, pronoun, "past" if past else "present", predicate=inventor.pick(fitting))


def pronoun_for(phrase: Argument | None) -> Pronoun | None:
    """The pronoun that takes up a phrase, or None if that would be unclear."""
    if isinstance(phrase, Pronoun):
        return Pronoun(phrase.en, phrase.noun)
    if not isinstance(phrase, NounPhrase) or phrase.determiner.name in ("every", "no", ""):
        return None
    if phrase.number == "pl":
        return Pronoun("they", phrase.noun)
    match phrase.noun.pronoun:
        case "he":
            return Pronoun("he", phrase.noun)
        case "she":
            return Pronoun("she", phrase.noun)
        case "it":
            return Pronoun("it", phrase.noun)
    return None


def other_things(clause: Clause, pronoun: Pronoun) -> bool:
    """Whether something else in the clause could be meant by the pronoun."""
    phrases: list[Argument | None] = [clause.subject, clause.object, clause.indirect]
    for phrase in (clause.complement, clause.place, clause.manner):
        if isinstance(phrase, PrepositionalPhrase):
            phrases.append(phrase.argument)
    referents = [p for p in phrases if p is not None and _could_be(p, pronoun)]
    return len(referents) > 1


def _could_be(phrase: Argument, pronoun: Pronoun) -> bool:
    if isinstance(phrase, Pronoun):
        return phrase.en == pronoun.en
    if isinstance(phrase, NounPhrase):
        if phrase.number == "pl":
            return pronoun.en == "they"
        return phrase.noun.pronoun in (pronoun.en, "") and pronoun.en != "they"
    return True


def other_event(
    inventor: Inventor, main: Clause, tense: Tense | None, *, adverbials: float = 0.2
) -> Clause:
    """Something that happens to somebody else."""
    taken = main.subject.noun if isinstance(main.subject, NounPhrase) else None
    while True:
        verb = inventor.pick(EVENTS)
        event = inventor.event(verb, tense=tense, adverbials=adverbials, settled=True)
        subject = event.subject
        if isinstance(subject, NounPhrase) and subject.noun is not taken:
            return event


def meanwhile(inventor: Inventor) -> Sentence:
    """`While the man is cooking, the child sleeps.`"""
    tense: Tense = inventor.weighted({"progressive": 2.0, "past": 1.0})
    main = inventor.event(inventor.pick(EVENTS), tense=tense, settled=True, adverbials=0.2)
    second = other_event(inventor, main, tense)
    return Sentence(main, "while", second, second_first=inventor.chance(0.5))


def condition(inventor: Inventor) -> Sentence:
    """`If the dog is hungry, it barks.` and `The man can sleep if the dog does not bark.`"""
    second = other_event(inventor, copula(inventor), "present", adverbials=0.0)
    main = inventor.event(inventor.pick(EVENTS), tense=None, settled=True, adverbials=0.2)
    if main.tense in ("past", "perfect", "progressive"):
        main = inventor.event(main.verb, tense="present", settled=True, adverbials=0.0)
    return Sentence(main, "if", second, second_first=inventor.chance(0.5))


def although(inventor: Inventor) -> Sentence:
    """`The man is working although he is tired.`"""
    states = ["tired", "sick", "hungry", "thirsty", "sad", "nervous", "angry"]
    while True:
        verb = inventor.pick(EVENTS)
        usual = STATES.get(name_of(verb), "").split()
        main = without_adjectives(inventor.event(verb, settled=True, adverbials=0.2))
        if state := state_of(inventor, main, [name for name in states if name not in usual]):
            return Sentence(main, "although", state)


def that_clause(inventor: Inventor) -> Sentence:
    verb = inventor.pick(verbs.with_frame("clausal"))
    main = inventor.event(verb, tense="present", adverbials=0.0)
    second = copula(inventor) if inventor.chance(0.25) else other_event(inventor, main, None)
    return Sentence(main, "that", second)


def two_events(inventor: Inventor) -> Sentence:
    """`The man is singing and the woman is dancing.`"""
    tense = inventor.random.choice(SHARED_TENSES)
    main = inventor.event(inventor.pick(EVENTS), tense=tense, adverbials=0.3)
    second = other_event(inventor, main, tense)
    return Sentence(main, inventor.weighted({"and": 1.0, "but": 1.0}), second)


# --- it ---------------------------------------------------------------------------------------


def singular_thing(inventor: Inventor, noun: Noun, owner: Argument) -> NounPhrase:
    """Something that `it` (or now and then `them`) can take up."""
    number: Literal["sg", "pl"] = "pl" if noun.de_plural and inventor.chance(0.12) else "sg"
    while True:
        phrase = inventor.noun_phrase(noun, owner=owner, number=number)
        if phrase.determiner.name not in ("every", ""):
            return phrase


def does_two_things_to_it(inventor: Inventor) -> Sentence:
    """`The woman buys the hat and wears it.`"""
    first = inventor.pick([v for v in PLAIN_OBJECT if name_of(v) in SEQUENCES])
    seconds = [v for v in PLAIN_OBJECT if name_of(v) in SEQUENCES[name_of(first)].split("/")]
    second = inventor.pick([v for v in seconds if shared_objects(first, v)])
    subject = person_for(inventor, first, second)
    thing = singular_thing(inventor, inventor.pick(shared_objects(first, second)), subject)
    pronoun = pronoun_for(thing)
    assert pronoun is not None
    tense = inventor.random.choice(SHARED_TENSES)
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
    verb = inventor.pick([v for v in frames if name_of(v) in REASONS])
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
    first = by_name[inventor.random.choice(list(ATTEMPTS))]
    second = by_name[ATTEMPTS[name_of(first)]]
    shared = [
        n for n in nouns.with_tags(first.objects)
        if n in nouns.with_tags(second.objects) and n.pronoun == "it" and not n.mass
    ]  # fmt: skip
    noun = inventor.pick(shared)
    subject = inventor.noun_phrase(
        inventor.pick(nouns.with_tags("adult")), number="sg", settled=True
    )
    thing = singular_thing(inventor, noun, subject)
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
    first = inventor.random.choice(
        [v for v in PLAIN_OBJECT if name_of(v) in ("see", "pet", "hear", "feed", "watch", "love")]
    )
    second = inventor.random.choice(
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
    name = inventor.random.choice(relations_for(verb, noun))
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
    if not options or inventor.chance(0.35):
        if not adjectives_for(noun):
            return about_somebody_who(inventor)
        return Sentence(copula(inventor, subject=head))
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


KINDS: dict[Callable[[Inventor], Sentence], float] = {
    statement: 34,
    negated_statement: 9,
    without: 1.5,
    description: 5,
    yes_no_question: 7,
    where_when_why: 4,
    who_question: 2,
    object_question: 3,
    which_question: 3,
    because: 3,
    because_of_a_state: 4,
    meanwhile: 5,
    condition: 3,
    although: 2,
    that_clause: 6,
    two_events: 3,
    does_two_things_to_it: 7,
    because_it_is: 6,
    tries_in_vain: 2,
    sees_and_helps_it: 2,
    about_somebody_who: 8,
    object_that: 7,
}


def invent(inventor: Inventor) -> tuple[str, Sentence]:
    kind = inventor.weighted(KINDS)
    return kind.__name__, kind(inventor)
