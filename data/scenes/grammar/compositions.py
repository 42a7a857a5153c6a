"""Statements, questions and sentences of two clauses: each function invents one scene."""

from dataclasses import replace
from typing import Literal

from grammar import nouns, verbs
from grammar.lexicon import ALL_ADJECTIVES, ALL_DETERMINERS, STATES, Adjective
from grammar.meaning import (
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
from grammar.nouns import Noun
from grammar.phrases import adjectives_for
from grammar.scenes import Inventor
from grammar.verbs import BE, Verb

EVENTS = verbs.with_frame(
    "intransitive", "accusative", "dative", "prepositional", "ditransitive",
    "motion", "placement", "position",
)  # fmt: skip
PLAIN_OBJECT = verbs.with_frame("accusative")
SHARED_TENSES: tuple[Tense, ...] = ("present", "progressive", "past")


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
    number: Literal["sg", "pl"] = "pl" if many or verb.object_number() else "sg"
    things = [n for n in nouns.with_tags(verb.objects) if askable(n, many=number == "pl")]
    if verb.frame in ("accusative", "dative") and things and inventor.chance(0.6):
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
        verb = inventor.any_of([v for v in EVENTS if name_of(v) in STATES and v.subjects])
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
    verb = inventor.any_of(verbs.with_frame("clausal"))
    main = inventor.event(verb, tense="present", adverbials=0.0)
    second = copula(inventor) if inventor.chance(0.25) else other_event(inventor, main, None)
    return Sentence(main, "that", second)


def two_events(inventor: Inventor) -> Sentence:
    """`The man is singing and the woman is dancing.`"""
    tense = inventor.any_of(SHARED_TENSES)
    main = inventor.event(inventor.pick(EVENTS), tense=tense, adverbials=0.3)
    second = other_event(inventor, main, tense)
    return Sentence(main, inventor.weighted({"and": 1.0, "but": 1.0}), second)
