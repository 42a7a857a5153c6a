"""English: from the meaning of a scene to words that carry their units of meaning."""

from grammar.agreement import Person
from grammar.english_forms import indefinite_article, plural
from grammar.meaning import (
    AdverbialPhrase,
    Argument,
    Clause,
    Conjoined,
    NounPhrase,
    PrepositionalPhrase,
    Pronoun,
    QuestionWord,
    RelativePronoun,
    Sentence,
    Unit,
    Word,
)

OBJECT_FORM = {"I": "me", "we": "us", "he": "him", "she": "her", "it": "it", "they": "them"}
DO = {"1sg": "do", "3sg": "does", "pl": "do"}


def words(texts: tuple[str, ...], *units: Unit) -> list[Word]:
    return [Word(text, frozenset(units)) for text in texts]


def sentence(scene: Sentence) -> list[Word]:
    main = clause(scene.main)
    if scene.second is None:
        return [*main, _final(scene)]
    link = words((scene.link,), (scene, "link"))
    second = clause(scene.second, shared=scene.shared)
    if scene.second_first:
        comma = words((",",), (scene, "comma"))
        return [*link, *second, *comma, *main, _final(scene)]
    comma = words((",",), (scene, "comma")) if scene.link == "but" else []
    return [*main, *comma, *link, *second, _final(scene)]


def _final(scene: Sentence) -> Word:
    mark = "?" if scene.main.mood == "question" else "."
    return Word(mark, frozenset({(scene, "final")}))


# --- clauses ----------------------------------------------------------------------------------


def clause(c: Clause, *, shared: frozenset[str] = frozenset()) -> list[Word]:
    """Fronted phrase, subject, verbs, objects, then manner, place and time."""
    inverted = c.mood == "question" and not _asks(c.subject)
    auxiliaries, main_verb = _verbs(c, ask=inverted)
    if "auxiliary" in shared:
        auxiliaries = []
    subject = [] if "subject" in shared else argument(c.subject, "subject")
    finite, rest = auxiliaries[:1], auxiliaries[1:]
    frequency = adverbial(c.time) if c.time and _is_frequency(c) else []
    if inverted:
        core = [*finite, *subject, *rest, *frequency, *main_verb]
    elif finite:
        core = [*subject, *finite, *rest, *frequency, *main_verb]
    else:
        core = [*subject, *frequency, *main_verb]
    return [*_front(c), *core, *_after_verb(c)]


def _front(c: Clause) -> list[Word]:
    if c.question:
        return words((c.question.en,), (c.question, "word"))
    if c.front == "time" and c.time:
        return adverbial(c.time)
    if c.front == "place" and c.place:
        return prepositional(c.place)
    if _asks(c.object) and c.object:
        return argument(c.object, "object")
    if isinstance(c.subject, RelativePronoun):
        return []  # stands first anyway
    for gap in (c.object, c.indirect):
        if isinstance(gap, RelativePronoun):
            return argument(gap, "object")
    if c.complement and isinstance(c.complement.argument, RelativePronoun):
        return prepositional(c.complement)
    return []


def _after_verb(c: Clause) -> list[Word]:
    after = _objects(c)
    if c.predicate:
        after += words((c.predicate.en,), (c, "predicate"))
    if c.complement and not isinstance(c.complement.argument, RelativePronoun):
        after += prepositional(c.complement)
    if isinstance(c.manner, PrepositionalPhrase):
        after += prepositional(c.manner)
    elif c.manner:
        after += adverbial(c.manner)
    if c.place and c.front != "place":
        after += prepositional(c.place)
    if c.time and c.front != "time" and not _is_frequency(c):
        after += adverbial(c.time)
    return after


def _objects(c: Clause) -> list[Word]:
    """`opens the door`, `turns it on`, `looks for it`, `gives the boy a ball`."""
    verb = c.verb.en
    particle = words((verb.particle,), (c, "verb")) if verb.particle else []
    if c.verb.frame != "prepositional" and verb.preposition:
        particle += words((verb.preposition,), (c, "verb"))
    direct = _in_place(c.object)
    indirect = _in_place(c.indirect)
    if verb.particle and isinstance(c.object, Pronoun):
        return [*direct, *particle]
    if c.with_to and c.indirect:
        return [*particle, *direct, *words(("to",), (c.indirect, "to")), *indirect]
    return [*particle, *indirect, *direct]


def _in_place(phrase: Argument | None) -> list[Word]:
    """The words of an object that has not moved to the front."""
    if phrase is None or isinstance(phrase, RelativePronoun) or _asks(phrase):
        return []
    return argument(phrase, "object")


def _asks(phrase: Argument | None) -> bool:
    if isinstance(phrase, NounPhrase):
        return phrase.determiner.name in ("which", "how many")
    return isinstance(phrase, QuestionWord)


def _is_frequency(c: Clause) -> bool:
    return c.time is not None and "frequency" in c.time.adverbial.tags


# --- verbs ------------------------------------------------------------------------------------


def _verbs(c: Clause, *, ask: bool) -> tuple[list[Word], list[Word]]:
    """The auxiliaries (with `not` after the first) and the rest of the verb.

    `do` says nothing of its own and carries no unit; every other auxiliary does.
    """
    person = c.subject.person
    auxiliary, main = _modal_verbs(c, person) if c.modal else _plain_verbs(c, person)
    if not auxiliary and (ask or c.negated):
        auxiliary, main = [Word("did" if c.tense == "past" else DO[person])], _base(c, main)
    if c.negated:
        auxiliary = _negate(c, auxiliary)
    return auxiliary, main


def _negate(c: Clause, auxiliary: list[Word]) -> list[Word]:
    first, *rest = auxiliary
    if first.text == "can":
        return [Word("cannot", first.units | {(c, "not")}), *rest]
    return [first, *words(("not",), (c, "not")), *rest]


def _base(c: Clause, main: list[Word]) -> list[Word]:
    """The verb after `do`: the same words, the first in its base form."""
    base = c.modal.en[0] if c.modal else c.verb.en.base
    return [Word(base, main[0].units), *main[1:]]


def _modal_verbs(c: Clause, person: Person) -> tuple[list[Word], list[Word]]:
    assert c.modal is not None
    first, *rest = c.modal.en
    tail = [*words(tuple(rest), (c, "modal")), *words((c.verb.en.base,), (c, "verb"))]
    if first == "want":
        form = "wants" if person == "3sg" else "want"
        return [], [*words((form,), (c, "modal")), *tail]
    return words((first,), (c, "modal")), tail


def _plain_verbs(c: Clause, person: Person) -> tuple[list[Word], list[Word]]:
    verb, unit = c.verb.en, (c, "verb")
    if verb.base == "be":
        form = verb.simple_past(person) if c.tense == "past" else verb.present(person)
        return words((form,), unit), []
    if c.tense == "progressive":
        be = {"1sg": "am", "3sg": "is", "pl": "are"}[person]
        return words((be,), unit), words((verb.ing,), unit)
    if c.tense == "perfect":
        have = "has" if person == "3sg" else "have"
        return words((have,), unit), words((verb.participle,), unit)
    form = verb.past if c.tense == "past" else verb.present(person)
    return [], words((form,), unit)


# --- phrases ----------------------------------------------------------------------------------


def argument(phrase: Argument, role: str) -> list[Word]:
    match phrase:
        case NounPhrase():
            return noun_phrase(phrase)
        case Conjoined():
            link = words(("and",), (phrase, "and"))
            return [*noun_phrase(phrase.first), *link, *noun_phrase(phrase.second)]
        case Pronoun():
            form = phrase.en if role == "subject" else OBJECT_FORM[phrase.en]
            return words((form,), (phrase, "word"))
        case RelativePronoun():
            return words((_relative_pronoun(phrase, role),), (phrase, "word"))
        case QuestionWord():
            return words((phrase.en,), (phrase, "word"))


def _relative_pronoun(gap: RelativePronoun, role: str) -> str:
    if "person" in gap.noun.tags:
        return "who" if role == "subject" else "whom"
    return "which" if role == "preposition" else "that"


def noun_phrase(np: NounPhrase) -> list[Word]:
    noun = np.noun.en if np.number == "sg" else plural(np.noun.en)
    found = []
    for index, adjective in enumerate(np.adjectives):
        found += words((adjective.en,), (np, f"adjective {index}"))
    found += words(tuple(noun.split()), (np, "noun"))
    determiner = np.determiner.en[np.number]
    if np.determiner.name == "a":
        determiner = (indefinite_article(found[0].text),)
    if np.determiner.name == "how many":
        head = [*words(("how",), (np, "how")), *words(("many",), (np, "determiner"))]
    else:
        head = words(determiner, (np, "determiner"))
    relative = clause(np.relative) if np.relative else []
    return [*head, *found, *relative]


def prepositional(phrase: PrepositionalPhrase) -> list[Word]:
    preposition = words(phrase.en, (phrase, "preposition"))
    return [*preposition, *argument(phrase.argument, "preposition")]


def adverbial(phrase: AdverbialPhrase) -> list[Word]:
    return [
        word
        for index, chunk in enumerate(phrase.adverbial.chunks)
        for word in words(chunk.en, (phrase, f"chunk {index}"))
    ]
