"""German: from the meaning of a scene to words that carry their units of meaning."""

from typing import Literal

from grammar.agreement import (
    DEFINITE_ARTICLE,
    DER_WORD_ENDINGS,
    EIN_WORD_ENDINGS,
    FIRST_PERSON_PRONOUN,
    PRETERITE,
    QUESTION_PRONOUN,
    RELATIVE_PRONOUN,
    THIRD_PERSON_PRONOUN,
    Case,
    adjective_form,
    contract,
    noun_form,
    present_form,
)
from grammar.lexicon import ALL_DETERMINERS, CONJUNCTIONS
from grammar.meaning import (
    AdverbialPhrase,
    Argument,
    Clause,
    Conjoined,
    Feature,
    NounPhrase,
    PrepositionalPhrase,
    Pronoun,
    QuestionWord,
    RelativePronoun,
    Sentence,
    Unit,
    Word,
)

Order = Literal["verb second", "verb first", "verb last"]

QUESTION_WORDS = {"what": "was", "where": "wo", "when": "wann", "why": "warum"}
PRONOUN_COLUMN = {"he": "m", "she": "f", "they": "pl"}
INDEFINITE = ("a", "no", "", "many", "some")
COMMA = Word(",")


def sentence(scene: Sentence) -> list[Word]:
    final = Word("?" if scene.main.mood == "question" else ".", frozenset({(scene, "final")}))
    return [*_without_double_commas(_body(scene)), final]


def _body(scene: Sentence) -> list[Word]:
    if scene.second is None:
        return clause(scene.main, _main_order(scene.main))
    features = frozenset({(f"{scene.link} (conjunction)", "use")})
    link = Word(CONJUNCTIONS[scene.link], frozenset({(scene, "link")}), features)
    comma = Word(",", frozenset({(scene, "comma")}))
    if scene.link in ("and", "but"):
        order: Order = "verb first" if "subject" in scene.shared else "verb second"
        second = clause(scene.second, order, shared=scene.shared)
        commas = [comma] if scene.link == "but" else []
        return [*clause(scene.main, "verb second"), *commas, link, *second]
    second = [link, *clause(scene.second, "verb last")]
    if scene.second_first:  # the subordinate clause is the first place, the verb the second
        return [*second, comma, *clause(scene.main, "verb first")]
    return [*clause(scene.main, _main_order(scene.main)), comma, *second]


def _main_order(c: Clause) -> Order:
    asks = c.question or any(_asks(phrase) for phrase in (c.subject, c.object, c.indirect))
    return "verb first" if c.mood == "question" and not asks else "verb second"


def _without_double_commas(words: list[Word]) -> list[Word]:
    """A relative clause closes with a comma, unless another one or the end follows."""
    followers = [word.text for word in words[1:]] + ["."]
    return [
        word for word, follower in zip(words, followers, strict=True)
        if word.text != "," or follower not in (",", ".")
    ]  # fmt: skip


# --- clauses ----------------------------------------------------------------------------------


def clause(c: Clause, order: Order, *, shared: frozenset[str] = frozenset()) -> list[Word]:
    """Front, finite verb, middle field, right bracket; a relative clause of the object follows."""
    first, middle = _front_and_middle(c, order)
    if "subject" in shared:
        first, middle = [], _middle_field(c, without=c.subject)
    finite, right = _verbs(c, order)
    if "auxiliary" in shared and c.tense in (
        "past",
        "perfect",
    ):  # hat ... gefunden und ... aufgemacht
        finite = []
    after = _relative_clause(c.object)
    if order == "verb last":
        return [*first, *middle, *right, *finite, *after]
    return [*first, *finite, *middle, *right, *after]


def _front_and_middle(c: Clause, order: Order) -> tuple[list[Word], list[Word]]:
    if c.question:
        features = frozenset({(f"{c.question.en} (question word)", "use")})
        word = Word(QUESTION_WORDS[c.question.en], frozenset({(c.question, "word")}), features)
        return [word], _middle_field(c)
    if c.front == "time" and c.time:
        return adverbial(c.time), _middle_field(c, without=c.time)
    if c.front == "place" and c.place:
        return prepositional(c.place, "fronted"), _middle_field(c, without=c.place)
    if c.complement and isinstance(c.complement.argument, RelativePronoun):
        return prepositional(c.complement), _middle_field(c, without=c.complement)
    for phrase in (c.object, c.indirect):
        if phrase and (_asks(phrase) or isinstance(phrase, RelativePronoun)):
            return _object(c, phrase), _middle_field(c, without=phrase)
    if order == "verb second" or isinstance(c.subject, RelativePronoun):
        return argument(c.subject, "nom", "subject"), _middle_field(c, without=c.subject)
    return [], _middle_field(c)


def _middle_field(c: Clause, without: object = None) -> list[Word]:
    """Subject, pronouns, time, dative, definite accusative, nicht, manner, place, the rest.

    An indefinite accusative follows manner and place; a complement stands last.
    """
    manner = adverbial(c.manner) if isinstance(c.manner, AdverbialPhrase) else []
    if isinstance(c.manner, PrepositionalPhrase):
        manner = prepositional(c.manner)
    objects = [phrase for phrase in (c.object, c.indirect) if phrase and phrase is not without]
    pronouns = [phrase for phrase in objects if isinstance(phrase, Pronoun)]
    indirect = [phrase for phrase in objects if phrase is c.indirect and phrase not in pronouns]
    direct = [phrase for phrase in objects if phrase is c.object and phrase not in pronouns]
    negation = [Word("nicht", frozenset({(c, "not")}))] if c.negated and not _says_kein(c) else []
    slots = [
        argument(c.subject, "nom", "subject") if without is not c.subject else [],
        *(_object(c, phrase) for phrase in pronouns),
        adverbial(c.time) if c.time and without is not c.time else [],
        *(_object(c, phrase) for phrase in indirect),
        *(_object(c, phrase) for phrase in direct if not is_indefinite(phrase)),
        negation,
        manner,
        prepositional(c.place) if c.place and without is not c.place else [],
        *(_object(c, phrase) for phrase in direct if is_indefinite(phrase)),
        prepositional(c.complement) if c.complement and without is not c.complement else [],
        _predicate(c),
    ]
    return [word for slot in slots for word in slot]


def _predicate(c: Clause) -> list[Word]:
    if c.predicate is None:
        return []
    features = frozenset({(c.predicate.lexeme, "predicate"), (c.predicate.lexeme, "use")})
    return [Word(c.predicate.de, frozenset({(c, "predicate")}), features)]


def _object(c: Clause, phrase: Argument) -> list[Word]:
    """An object without its relative clause, which follows the whole clause."""
    if phrase is c.indirect:
        return argument(phrase, "dat", "indirect object")
    case: Case = "dat" if c.verb.frame == "dative" else "acc"
    if _says_kein(c) and isinstance(phrase, NounPhrase):
        return noun_phrase(phrase, case, "object", negation=(c, "not"))
    if isinstance(phrase, NounPhrase):
        return noun_phrase(phrase, case, "object", with_relative=False)
    return argument(phrase, case, "object")


def _relative_clause(phrase: Argument | None) -> list[Word]:
    if isinstance(phrase, NounPhrase) and phrase.relative:
        return [COMMA, *clause(phrase.relative, "verb last"), COMMA]
    return []


def _says_kein(c: Clause) -> bool:
    """Negation melts into an indefinite object: `does not buy a hat` - `kauft keinen Hut`."""
    return c.negated and isinstance(c.object, NounPhrase) and c.object.determiner.name in ("a", "")


def is_indefinite(phrase: Argument) -> bool:
    if not isinstance(phrase, NounPhrase):
        return False
    return phrase.determiner.name in INDEFINITE or phrase.determiner.inflection == "number"


def _asks(phrase: Argument | None) -> bool:
    if isinstance(phrase, NounPhrase):
        return phrase.determiner.name in ("which", "how many")
    return isinstance(phrase, QuestionWord)


# --- verbs ------------------------------------------------------------------------------------


def _verbs(c: Clause, order: Order) -> tuple[list[Word], list[Word]]:
    """The finite verb and the right bracket (prefix, participle or infinitive)."""
    verb, person = c.verb.de, c.subject.person
    unit: Unit = (c, "verb")
    features = frozenset((c.verb.lexeme, name) for name in verb_constructions(c, order))

    def word(text: str) -> Word:
        return Word(text, frozenset({unit}), features)

    if c.modal:
        modal_features = frozenset({(c.modal.lexeme, "use")})
        modal = Word(c.modal.present(person), frozenset({(c, "modal")}), modal_features)
        return [modal], [word(verb.full_infinitive)]
    if c.tense in ("past", "perfect") and verb.infinitive in PRETERITE:
        return [word(PRETERITE[verb.infinitive][person])], []
    if c.tense in ("past", "perfect"):
        auxiliary = present_form(verb.auxiliary, "", person)
        return [Word(auxiliary, frozenset({unit}))], [word(verb.participle)]
    form = verb.present(person)
    if order == "verb last" or not verb.prefix:
        return [word(verb.prefix + form)], []
    return [word(form)], [Word(verb.prefix, frozenset({unit}))]


def verb_constructions(c: Clause, order: Order) -> set[str]:
    found = {"use"}
    if c.modal:
        found.add("modal")
    if c.tense in ("past", "perfect"):
        found.add("perfect")
    if c.tense == "progressive":
        found.add("progressive")
    if c.negated:
        found.add("negation")
    if c.mood == "question":
        found.add("question")
    if order == "verb last":
        found.add("subordinate clause")
    if c.verb.de.prefix:
        found.add("separable verb")
    return found


# --- phrases ----------------------------------------------------------------------------------


def argument(phrase: Argument, case: Case, construction: str = "") -> list[Word]:
    match phrase:
        case NounPhrase():
            return noun_phrase(phrase, case, construction)
        case Conjoined():
            link = Word("und", frozenset({(phrase, "and")}))
            first = noun_phrase(phrase.first, case, construction)
            return [*first, link, *noun_phrase(phrase.second, case, construction)]
        case Pronoun():
            return [_pronoun(phrase, case)]
        case RelativePronoun():
            column = phrase.noun.gender if phrase.number == "sg" else "pl"
            return [Word(RELATIVE_PRONOUN[case][column], frozenset({(phrase, "word")}))]
        case QuestionWord():
            form = QUESTION_PRONOUN[case] if phrase.en == "who" else QUESTION_WORDS[phrase.en]
            return [Word(form, frozenset({(phrase, "word")}))]


def _pronoun(pronoun: Pronoun, case: Case) -> Word:
    features: set[Feature] = {(f"{pronoun.en} (pronoun)", "use")}
    units: frozenset[Unit] = frozenset({(pronoun, "word"), (pronoun, "to")})
    if pronoun.en in ("I", "we"):
        form = FIRST_PERSON_PRONOUN["sg" if pronoun.en == "I" else "pl"][case]
        return Word(form, units, frozenset(features))
    if pronoun.en == "it":
        assert pronoun.noun is not None
        column = pronoun.noun.gender
        features.add((pronoun.noun.lexeme, "it"))
    else:
        column = PRONOUN_COLUMN[pronoun.en]
    return Word(THIRD_PERSON_PRONOUN[case][column], units, frozenset(features))


def noun_phrase(
    np: NounPhrase,
    case: Case,
    construction: str = "",
    *,
    negation: Unit | None = None,
    with_relative: bool = True,
) -> list[Word]:
    """Determiner, adjectives, noun and relative clause; `negation` turns `ein` into `kein`."""
    determiner = ALL_DETERMINERS["no"] if negation else np.determiner
    column = np.noun.gender if np.number == "sg" else "pl"
    words = _determiner(np, case, negation)
    for index, adjective in enumerate(np.adjectives):
        form = adjective_form(adjective.de, determiner.declension, case, column)
        features = {"use", case, determiner.declension, np.number}
        words.append(
            Word(
                form,
                frozenset({(np, f"adjective {index}")}),
                frozenset((adjective.lexeme, name) for name in features),
            )
        )
    form = noun_form(np.noun.de, np.noun.de_plural, weak=np.noun.weak, case=case, number=np.number)
    constructions = _noun_constructions(np, case, construction) | ({"kein"} if negation else set())
    features_of_noun = frozenset((np.noun.lexeme, name) for name in constructions)
    words.append(Word(form, frozenset({(np, "noun")}), features_of_noun))
    words[0] = Word(words[0].text, words[0].units | {(np, "to")}, words[0].features)
    return [*words, *_relative_clause(np)] if with_relative else words


def _noun_constructions(np: NounPhrase, case: Case, construction: str) -> set[str]:
    found = {"use", case, np.number, *filter(None, [construction])}
    if np.relative:
        found.add("relative clause")
    if np.determiner.inflection == "number":
        found.add("numeral")
    if np.determiner.name == "no":
        found.add("kein")
    if np.determiner.name in ("my", "our", "his", "her", "their"):
        found.add("possessive")
    return found


def _determiner(np: NounPhrase, case: Case, negation: Unit | None) -> list[Word]:
    determiner = ALL_DETERMINERS["no"] if negation else np.determiner
    column = np.noun.gender if np.number == "sg" else "pl"
    units: frozenset[Unit] = frozenset({(np, "determiner")})
    if negation:
        units |= {negation}
    features = frozenset({(f"{determiner.name} (determiner)", "use")})
    match determiner.inflection:
        case "article":
            return [Word(DEFINITE_ARTICLE[case][column], units, features)]
        case "ein":
            form = determiner.de + EIN_WORD_ENDINGS[case][column]
            return [Word(form, units, features)]
        case "der" | "strong":
            form = determiner.de + DER_WORD_ENDINGS[case][column]
            return [Word(form, units, features)]
        case "number":
            return [Word(determiner.de, units, features)]
        case "question":
            how = Word("wie", frozenset({(np, "how")}), features)
            return [how, Word("viel" + DER_WORD_ENDINGS[case]["pl"], units)]
        case "bare":
            return []


def prepositional(phrase: PrepositionalPhrase, construction: str = "") -> list[Word]:
    """The preposition, melted with a definite article where German does so."""
    units: frozenset[Unit] = frozenset({(phrase, "preposition")})
    role = construction or phrase.construction
    found = argument(phrase.argument, phrase.case, role)
    definite = isinstance(phrase.argument, NounPhrase) and phrase.argument.determiner.name == "the"
    contraction = contract(phrase.de, found[0].text) if definite else None
    if contraction:
        return [Word(contraction, units | found[0].units, found[0].features), *found[1:]]
    return [Word(phrase.de, units), *found]


def adverbial(phrase: AdverbialPhrase) -> list[Word]:
    features = frozenset({(phrase.adverbial.lexeme, "use")})
    return [
        Word(text, frozenset({(phrase, f"chunk {index}")}), features)
        for index, chunk in enumerate(phrase.adverbial.chunks)
        for text in chunk.de
    ]
