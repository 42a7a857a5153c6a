"""German agreement: the forms of articles, adjectives, nouns, pronouns and verbs, as tables.

Columns of every table are the three genders and the plural: m, f, n, pl.
"""

from typing import Literal

Case = Literal["nom", "acc", "dat"]
Number = Literal["sg", "pl"]
Person = Literal["1sg", "3sg", "pl"]
Declension = Literal["weak", "mixed", "strong"]
Table = dict[str, dict[str, str]]


def _table(text: str) -> Table:
    """Read rows like `nom: der die das die`; a dash is an empty form."""
    rows = (line.split(":") for line in text.strip().splitlines())
    return {
        label.strip(): {
            column: "" if form == "-" else form
            for column, form in zip(("m", "f", "n", "pl"), forms.split(), strict=True)
        }
        for label, forms in rows
    }


DEFINITE_ARTICLE = _table("""
    nom: der die das die
    acc: den die das die
    dat: dem der dem den
""")

# dieser, jeder, welcher, viele, einige
DER_WORD_ENDINGS = _table("""
    nom: er e  es e
    acc: en e  es e
    dat: em er em en
""")

# ein, kein, mein, unser, sein, ihr
EIN_WORD_ENDINGS = _table("""
    nom: -  e  -  e
    acc: en e  -  e
    dat: em er em en
""")

ADJECTIVE_ENDINGS: dict[Declension, Table] = {
    # after der, dieser, jeder, welcher, alle
    "weak": _table("""
        nom: e  e  e  en
        acc: en e  e  en
        dat: en en en en
    """),
    # after ein, kein, mein, unser, sein, ihr
    "mixed": _table("""
        nom: er e  es en
        acc: en e  es en
        dat: en en en en
    """),
    # after nothing, a number, viele, einige
    "strong": _table("""
        nom: er e  es e
        acc: en e  es e
        dat: em er em en
    """),
}

RELATIVE_PRONOUN = _table("""
    nom: der die das die
    acc: den die das die
    dat: dem der dem denen
""")

# The third person, for `it` (by the gender of its antecedent), he, she and they.
THIRD_PERSON_PRONOUN = _table("""
    nom: er  sie es  sie
    acc: ihn sie es  sie
    dat: ihm ihr ihm ihnen
""")

FIRST_PERSON_PRONOUN = {
    "sg": {"nom": "ich", "acc": "mich", "dat": "mir"},
    "pl": {"nom": "wir", "acc": "uns", "dat": "uns"},
}

QUESTION_PRONOUN = {"nom": "wer", "acc": "wen", "dat": "wem"}

CONTRACTIONS = {
    ("in", "dem"): "im",
    ("in", "das"): "ins",
    ("an", "dem"): "am",
    ("an", "das"): "ans",
    ("zu", "dem"): "zum",
    ("zu", "der"): "zur",
    ("von", "dem"): "vom",
}

# Adjectives that lose or change something before an ending.
ADJECTIVE_STEMS = {"teuer": "teur", "sauer": "saur", "dunkel": "dunkl", "hoch": "hoh"}


def adjective_form(base: str, declension: Declension, case: Case, column: str) -> str:
    """`adjective_form("rot", "mixed", "nom", "m")` -> "roter"."""
    stem = ADJECTIVE_STEMS.get(base, base.removesuffix("e"))
    return stem + ADJECTIVE_ENDINGS[declension][case][column]


def noun_form(singular: str, plural: str, *, weak: bool, case: Case, number: Number) -> str:
    """Decline a noun: the dative plural takes -n, weak masculines take -(e)n off the nominative."""
    if number == "sg":
        return plural if weak and case != "nom" else singular
    if case == "dat" and not plural.endswith(("n", "s")):
        return plural + "n"
    return plural


def contract(preposition: str, article: str) -> str | None:
    """`contract("in", "dem")` -> "im"; None where the two words stay apart."""
    return CONTRACTIONS.get((preposition, article))


# --- verbs ------------------------------------------------------------------------------------

INSEPARABLE_PREFIXES = ("be", "emp", "ent", "er", "ge", "ver", "zer")

# Present-tense verbs whose first and third person are alike.
FIRST_PERSON_LIKE_THIRD = ("wissen", "mögen", "können", "müssen", "dürfen", "wollen")

AUXILIARY = {
    "haben": {"1sg": "habe", "3sg": "hat", "pl": "haben"},
    "sein": {"1sg": "bin", "3sg": "ist", "pl": "sind"},
    "werden": {"1sg": "werde", "3sg": "wird", "pl": "werden"},
    "sollen": {"1sg": "sollte", "3sg": "sollte", "pl": "sollten"},
    "möchten": {"1sg": "möchte", "3sg": "möchte", "pl": "möchten"},
}

PRETERITE = {
    "haben": {"1sg": "hatte", "3sg": "hatte", "pl": "hatten"},
    "sein": {"1sg": "war", "3sg": "war", "pl": "waren"},
}


def verb_stem(infinitive: str) -> str:
    """`machen` -> `mach`, `lächeln` -> `lächel`."""
    return infinitive[:-2] if infinitive.endswith("en") else infinitive[:-1]


def needs_linking_e(stem: str) -> bool:
    """`arbeit`, `find`, `zeichn` take -et where others take -t."""
    if stem.endswith(("t", "d")):
        return True
    if stem.endswith(("chn", "chm")):
        return True
    return stem[-1] in "mn" and stem[-2] not in "aeiouäöülrhmn"


def regular_third(infinitive: str) -> str:
    stem = verb_stem(infinitive)
    return stem + ("et" if needs_linking_e(stem) else "t")


def regular_participle(infinitive: str) -> str:
    """Without a separable prefix: `gemacht`, `besucht`, `repariert`."""
    third = regular_third(infinitive)
    if infinitive.startswith(INSEPARABLE_PREFIXES) or infinitive.endswith("ieren"):
        return third
    return "ge" + third


def present_form(infinitive: str, third: str, person: Person) -> str:
    """The present tense of a verb (without its separable prefix)."""
    if infinitive in AUXILIARY:
        return AUXILIARY[infinitive][person]
    if person == "pl":
        return infinitive
    if person == "3sg" or infinitive in FIRST_PERSON_LIKE_THIRD:
        return third
    stem = verb_stem(infinitive)
    return stem[:-2] + "le" if infinitive.endswith("eln") else stem + "e"
