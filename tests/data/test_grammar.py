"""The corpus's grammar: inflection, and the sentences of each construction with their alignment."""

import pytest
from grammar import agreement, english_forms, lexicon, nouns, pairs, verbs
from grammar.meaning import (
    AdverbialPhrase,
    Clause,
    NounPhrase,
    PrepositionalPhrase,
    Pronoun,
    QuestionWord,
    RelativePronoun,
    Sentence,
)

# --- agreement ----------------------------------------------------------------------------------


def test_definite_articles_agree_in_gender_case_and_number() -> None:
    assert agreement.DEFINITE_ARTICLE == {
        "nom": {"m": "der", "f": "die", "n": "das", "pl": "die"},
        "acc": {"m": "den", "f": "die", "n": "das", "pl": "die"},
        "dat": {"m": "dem", "f": "der", "n": "dem", "pl": "den"},
    }


def test_possessives_and_kein_inflect_like_ein() -> None:
    forms = {
        case: " ".join("kein" + endings[column] for column in ("m", "f", "n", "pl"))
        for case, endings in agreement.EIN_WORD_ENDINGS.items()
    }

    assert forms == {
        "nom": "kein keine kein keine",
        "acc": "keinen keine kein keine",
        "dat": "keinem keiner keinem keinen",
    }


def test_dieser_and_jeder_inflect_like_der() -> None:
    forms = {
        case: " ".join("dies" + endings[column] for column in ("m", "f", "n", "pl"))
        for case, endings in agreement.DER_WORD_ENDINGS.items()
    }

    assert forms == {
        "nom": "dieser diese dieses diese",
        "acc": "diesen diese dieses diese",
        "dat": "diesem dieser diesem diesen",
    }


@pytest.mark.parametrize(
    ("declension", "case", "forms"),
    [
        ("weak", "nom", "rote rote rote roten"),
        ("weak", "acc", "roten rote rote roten"),
        ("weak", "dat", "roten roten roten roten"),
        ("mixed", "nom", "roter rote rotes roten"),
        ("mixed", "acc", "roten rote rotes roten"),
        ("mixed", "dat", "roten roten roten roten"),
        ("strong", "nom", "roter rote rotes rote"),
        ("strong", "acc", "roten rote rotes rote"),
        ("strong", "dat", "rotem roter rotem roten"),
    ],
)
def test_adjective_endings_follow_the_determiner(declension: str, case: str, forms: str) -> None:
    columns = ("m", "f", "n", "pl")

    found = [agreement.adjective_form("rot", declension, case, column) for column in columns]

    assert found == forms.split()


@pytest.mark.parametrize(
    ("adjective", "form"),
    [("teuer", "teure"), ("dunkel", "dunkle"), ("hoch", "hohe"), ("müde", "müde")],
)
def test_some_adjective_stems_change_before_an_ending(adjective: str, form: str) -> None:
    assert agreement.adjective_form(adjective, "weak", "nom", "f") == form


def test_weak_masculines_take_an_ending_in_every_case_but_the_nominative() -> None:
    found = {
        name: [decline(name, case) for case in ("nom", "acc", "dat")]
        for name in ("boy", "student", "monkey", "farmer", "man")
    }

    assert found == {
        "boy": ["Junge", "Jungen", "Jungen"],
        "student": ["Student", "Studenten", "Studenten"],
        "monkey": ["Affe", "Affen", "Affen"],
        "farmer": ["Bauer", "Bauern", "Bauern"],
        "man": ["Mann", "Mann", "Mann"],
    }


def test_the_dative_plural_takes_n_unless_the_plural_ends_in_n_or_s() -> None:
    names = ("child", "dog", "apple", "woman", "car", "girl")

    found = [decline(name, "dat", "pl") for name in names]

    assert found == ["Kindern", "Hunden", "Äpfeln", "Frauen", "Autos", "Mädchen"]


def test_relative_pronouns_are_articles_but_for_denen() -> None:
    dative = agreement.RELATIVE_PRONOUN["dat"]

    assert dative == {"m": "dem", "f": "der", "n": "dem", "pl": "denen"}
    assert agreement.RELATIVE_PRONOUN["acc"]["m"] == "den"
    assert agreement.RELATIVE_PRONOUN["nom"]["n"] == "das"


def test_it_is_translated_by_gender_and_case() -> None:
    forms = {
        case: [pronouns[gender] for gender in ("m", "f", "n")]
        for case, pronouns in agreement.THIRD_PERSON_PRONOUN.items()
    }

    assert forms == {
        "nom": ["er", "sie", "es"],
        "acc": ["ihn", "sie", "es"],
        "dat": ["ihm", "ihr", "ihm"],
    }


def test_prepositions_melt_with_some_articles_only() -> None:
    pairs = ["in dem", "in das", "an dem", "zu dem", "zu der", "von dem", "in der", "auf dem"]

    found = [agreement.contract(*pair.split()) for pair in pairs]

    assert found == ["im", "ins", "am", "zum", "zur", "vom", None, None]


# --- verbs --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("english", "ich", "third", "plural", "participle", "auxiliary"),
    [
        ("drive", "fahre", "fährt", "fahren", "gefahren", "sein"),
        ("read", "lese", "liest", "lesen", "gelesen", "haben"),
        ("see", "sehe", "sieht", "sehen", "gesehen", "haben"),
        ("bark", "belle", "bellt", "bellen", "gebellt", "haben"),
        ("work", "arbeite", "arbeitet", "arbeiten", "gearbeitet", "haben"),
        ("draw", "zeichne", "zeichnet", "zeichnen", "gezeichnet", "haben"),
        ("climb", "klettere", "klettert", "klettern", "geklettert", "sein"),
        ("smile", "lächle", "lächelt", "lächeln", "gelächelt", "haben"),
        ("repair", "repariere", "repariert", "reparieren", "repariert", "haben"),
        ("visit", "besuche", "besucht", "besuchen", "besucht", "haben"),
        ("examine", "untersuche", "untersucht", "untersuchen", "untersucht", "haben"),
        ("like", "mag", "mag", "mögen", "gemocht", "haben"),
        ("open", "mache", "macht", "machen", "aufgemacht", "haben"),
        ("fall asleep", "schlafe", "schläft", "schlafen", "eingeschlafen", "sein"),
    ],
)
def test_german_verbs_have_their_principal_parts(
    english: str, ich: str, third: str, plural: str, participle: str, auxiliary: str
) -> None:
    german = [verb.de for verb in verbs.ALL_VERBS if verb.lexeme == f"{english} (verb)"][-1]

    assert german.present("1sg") == ich
    assert german.present("3sg") == third
    assert german.present("pl") == plural
    assert german.participle == participle
    assert german.auxiliary == auxiliary


def test_english_words_are_spelt_right() -> None:
    plurals = [english_forms.plural(word) for word in ("police officer", "woman", "knife", "box")]
    progressives = [
        english_forms.ing_form(word) for word in ("swim", "bake", "lie", "open", "stir")
    ]
    pasts = [english_forms.regular_past(word) for word in ("carry", "hug", "bake", "play")]
    thirds = [english_forms.third_person(word) for word in ("wash", "carry", "play", "have")]
    articles = [english_forms.indefinite_article(word) for word in ("apple", "uncle", "dog")]

    assert plurals == ["police officers", "women", "knives", "boxes"]
    assert progressives == ["swimming", "baking", "lying", "opening", "stirring"]
    assert pasts == ["carried", "hugged", "baked", "played"]
    assert thirds == ["washes", "carries", "plays", "has"]
    assert articles == ["an", "an", "a"]


# --- constructions, with their alignment --------------------------------------------------------


def test_adjectives_agree_and_progressives_align_to_one_verb() -> None:
    scene = clause(
        "read", np("girl", adjectives="young"), object=np("letter", "a", adjectives="long")
    )
    scene = Clause(scene.verb, scene.subject, "progressive", object=scene.object)

    says(
        scene,
        "The young girl is reading a long letter.",
        "Das junge Mädchen liest einen langen Brief.",
        "the-Das young-junge girl-Mädchen is-liest reading-liest a-einen long-langen "
        "letter-Brief .-.",
    )


def test_the_receiver_stands_in_the_dative_before_the_accusative() -> None:
    scene = clause("give", np("woman"), indirect=np("boy"), object=np("ball", "a"), with_to=True)

    says(
        scene,
        "The woman gives a ball to the boy.",
        "Die Frau gibt dem Jungen einen Ball.",
        "the-Die woman-Frau gives-gibt a-einen ball-Ball to-dem the-dem boy-Jungen .-.",
    )


def test_two_way_prepositions_take_the_dative_for_a_place() -> None:
    place = PrepositionalPhrase(("in",), "in", "dat", np("garden"), "place")

    says(
        clause("sleep", np("dog"), place=place),
        "The dog sleeps in the garden.",
        "Der Hund schläft im Garten.",
        "the-Der dog-Hund sleeps-schläft in-im the-im garden-Garten .-.",
    )


def test_two_way_prepositions_take_the_accusative_for_a_direction() -> None:
    goal = PrepositionalPhrase(("into",), "in", "acc", np("garden"), "direction")

    says(
        clause("run", np("dog"), tense="past", complement=goal),
        "The dog ran into the garden.",
        "Der Hund ist in den Garten gerannt.",
        "the-Der dog-Hund ran-ist ran-gerannt into-in the-den garden-Garten .-.",
    )


def test_the_verb_stays_second_after_a_fronted_time() -> None:
    morning = next(t for t in lexicon.ALL_TIMES if t.lexeme == "in the morning (adverb)")

    says(
        clause("bake", np("cook"), object=np("cake"), time=AdverbialPhrase(morning), front="time"),
        "In the morning the cook bakes the cake.",
        "Am Morgen backt der Koch den Kuchen.",
        "in-Am the-Am morning-Morgen the-der cook-Koch bakes-backt the-den cake-Kuchen .-.",
    )


def test_separable_verbs_part_in_the_main_clause() -> None:
    says(
        clause("turn on", np("woman"), object=np("washing machine")),
        "The woman turns on the washing machine.",
        "Die Frau schaltet die Waschmaschine ein.",
        "the-Die woman-Frau turns-schaltet turns-ein on-schaltet on-ein the-die "
        "washing-Waschmaschine machine-Waschmaschine .-.",
    )


def test_separable_verbs_keep_together_elsewhere() -> None:
    can = lexicon.ALL_MODALS[0]
    opens = {"subject": np("man"), "object": np("door")}

    german = [
        german_of(Sentence(clause("open", **opens, modal=can))),
        german_of(Sentence(clause("open", **opens, tense="past"))),
        german_of(Sentence(clause("laugh", np("child")), "because", clause("open", **opens))),
    ]

    assert german == [
        "Der Mann kann die Tür aufmachen.",
        "Der Mann hat die Tür aufgemacht.",
        "Das Kind lacht, weil der Mann die Tür aufmacht.",
    ]


def test_do_and_the_comma_before_dass_have_no_partner() -> None:
    second = clause("see", np("king"), object=np("lion"), negated=True)

    says(
        Sentence(clause("know", np("woman"), frame="clausal"), "that", second),
        "The woman knows that the king does not see the lion.",
        "Die Frau weiß, dass der König den Löwen nicht sieht.",
        "the-Die woman-Frau knows-weiß that-dass the-der king-König not-nicht see-sieht the-den "
        "lion-Löwen .-.",
    )


def test_not_and_a_melt_into_kein() -> None:
    says(
        clause("buy", np("man"), object=np("hat", "a"), negated=True),
        "The man does not buy a hat.",
        "Der Mann kauft keinen Hut.",
        "the-Der man-Mann not-keinen buy-kauft a-keinen hat-Hut .-.",
    )


def test_a_subordinate_clause_in_front_takes_the_first_place() -> None:
    second = clause("cook", np("man"), object=np("soup"), tense="progressive")

    says(
        Sentence(clause("sleep", np("child")), "while", second, second_first=True),
        "While the man is cooking the soup, the child sleeps.",
        "Während der Mann die Suppe kocht, schläft das Kind.",
        "while-Während the-der man-Mann is-kocht cooking-kocht the-die soup-Suppe ,-, the-das "
        "child-Kind sleeps-schläft .-.",
    )


def test_relative_pronouns_take_gender_from_the_noun_and_case_from_their_clause() -> None:
    key, woman = nouns_by_name()["key"], nouns_by_name()["woman"]
    hides = clause("hide", np("boy"), object=RelativePronoun(key, "sg"))
    helps = clause("help", np("boy"), object=RelativePronoun(woman, "sg"))

    says(
        Clause(verbs.BE, np("key", relative=hides), predicate=adjective("small")),
        "The key that the boy hides is small.",
        "Der Schlüssel, den der Junge versteckt, ist klein.",
        "the-Der key-Schlüssel that-den the-der boy-Junge hides-versteckt is-ist small-klein .-.",
    )
    says(
        clause("see", np("man"), object=np("woman", relative=helps)),
        "The man sees the woman whom the boy helps.",
        "Der Mann sieht die Frau, der der Junge hilft.",
        "the-Der man-Mann sees-sieht the-die woman-Frau whom-der the-der(2) boy-Junge "
        "helps-hilft .-.",
    )


@pytest.mark.parametrize(
    ("noun", "german"),
    [
        ("hat", "Die Frau kauft den Hut und verkauft ihn."),
        ("lamp", "Die Frau kauft die Lampe und verkauft sie."),
        ("book", "Die Frau kauft das Buch und verkauft es."),
    ],
)
def test_it_becomes_er_sie_or_es_by_its_antecedent(noun: str, german: str) -> None:
    woman, thing = np("woman"), np(noun)
    first = clause("buy", woman, object=thing)
    second = clause("sell", woman, object=Pronoun("it", thing.noun))

    found = german_of(Sentence(first, "and", second, shared=frozenset({"subject"})))

    assert found == german


def test_it_takes_its_case_from_the_verb() -> None:
    woman, dog = np("woman"), np("dog")
    first = clause("see", woman, object=dog)
    second = clause("follow", woman, object=Pronoun("it", dog.noun))

    says(
        Sentence(first, "and", second, shared=frozenset({"subject"})),
        "The woman sees the dog and follows it.",
        "Die Frau sieht den Hund und folgt ihm.",
        "the-Die woman-Frau sees-sieht the-den dog-Hund and-und follows-folgt it-ihm .-.",
    )


def test_questions_begin_with_the_verb_or_the_question_word() -> None:
    says(
        clause("sleep", np("dog"), mood="question"),
        "Does the dog sleep?",
        "Schläft der Hund?",
        "the-der dog-Hund sleep-Schläft ?-?",
    )
    says(
        clause("help", np("cook"), object=QuestionWord("who"), mood="question"),
        "Who does the cook help?",
        "Wem hilft der Koch?",
        "who-Wem the-der cook-Koch help-hilft ?-?",
    )


def test_both_words_of_a_compound_align_to_the_one_german_word() -> None:
    says(
        clause("arrive", np("fire truck", "two", "pl"), tense="perfect"),
        "Two fire trucks have arrived.",
        "Zwei Feuerwehrautos sind angekommen.",
        "two-Zwei fire-Feuerwehrautos trucks-Feuerwehrautos have-sind have-angekommen "
        "arrived-sind arrived-angekommen .-.",
    )


def test_nouns_without_article_take_strong_adjectives() -> None:
    bread = np("bread", "", adjectives="fresh")
    apples = np("apple", "", "pl", adjectives="red")

    assert german_of(Sentence(clause("eat", np("boy"), object=bread))) == (
        "Der Junge isst frisches Brot."
    )
    assert german_of(Sentence(clause("eat", np("boy"), object=apples))) == (
        "Der Junge isst rote Äpfel."
    )


# --- helpers ------------------------------------------------------------------------------------


def nouns_by_name() -> dict[str, nouns.Noun]:
    return {noun.en: noun for noun in nouns.ALL_NOUNS}


def decline(name: str, case: str, number: str = "sg") -> str:
    noun = nouns_by_name()[name]
    return agreement.noun_form(noun.de, noun.de_plural, weak=noun.weak, case=case, number=number)


def adjective(name: str) -> lexicon.Adjective:
    return next(item for item in lexicon.ALL_ADJECTIVES if item.en == name)


def np(
    name: str,
    determiner: str = "the",
    number: str = "sg",
    adjectives: str = "",
    relative: Clause | None = None,
) -> NounPhrase:
    described = tuple(adjective(word) for word in adjectives.split())
    known = lexicon.ALL_DETERMINERS[determiner]
    return NounPhrase(nouns_by_name()[name], known, number, described, relative)


def clause(name: str, subject: NounPhrase, frame: str = "", **parts: object) -> Clause:
    verb = next(
        verb
        for verb in verbs.ALL_VERBS
        if verb.lexeme == f"{name} (verb)" and frame in ("", verb.frame)
    )
    return Clause(verb, subject, **parts)


def german_of(scene: Sentence) -> str:
    return pairs.realize(scene).de


def says(scene: Sentence | Clause, en: str, de: str, links: str) -> None:
    """`links` reads `English-German`; `der(2)` is the second `der` of the sentence.

    A repeated English word stands for its next occurrence whenever a new German word begins.
    """
    pair = pairs.realize(scene if isinstance(scene, Sentence) else Sentence(scene))

    assert (pair.en, pair.de) == (en, de)
    assert pair.alignment == expected_links(en, de, links)


def expected_links(en: str, de: str, links: str) -> tuple[tuple[int, int], ...]:
    source = [word.lower() for word in pairs.tokenize(en)]
    target = pairs.tokenize(de)
    found, i = [], -1
    for link in links.split():
        word, partner = link.split("-")
        if i < 0 or source[i] != word:
            i = source.index(word, i + 1)
        partner, _, occurrence = partner.partition("(")
        places = [j for j, form in enumerate(target) if form == partner]
        found.append((i, places[int(occurrence[:-1]) - 1 if occurrence else 0]))
    return tuple(sorted(found))
