"""English word forms: plurals, the article a/an, and the forms of verbs."""

IRREGULAR_PLURALS = {
    "man": "men",
    "woman": "women",
    "child": "children",
    "mouse": "mice",
    "goose": "geese",
    "sheep": "sheep",
    "fish": "fish",
    "wolf": "wolves",
    "knife": "knives",
    "leaf": "leaves",
    "shelf": "shelves",
    "scarf": "scarves",
    "photo": "photos",
    "radio": "radios",
    "piano": "pianos",
    "zoo": "zoos",
    "studio": "studios",
}

# Verbs that double their last consonant before -ed and -ing.
DOUBLING = {
    "swim", "run", "sit", "hug", "pet", "stop", "put", "cut", "get", "hop", "forget", "stir"
}  # fmt: skip

SOUND_OF_A_VOWEL = ("a", "e", "i", "o", "u")
CONSONANT_IN_SPITE_OF_SPELLING = ("uni", "one")


def plural(noun: str) -> str:
    """`fire truck` -> `fire trucks`, `police officer` -> `police officers`, `woman` -> `women`."""
    first, _, last = noun.rpartition(" ")
    return f"{first} {_plural_word(last)}".strip()


def _plural_word(word: str) -> str:
    if word in IRREGULAR_PLURALS:
        return IRREGULAR_PLURALS[word]
    if word.endswith("man"):  # fisherman, snowman; and human is not in the lexicon
        return word[:-3] + "men"
    for ending in ("wolf", "knife", "leaf", "shelf"):
        if word.endswith(ending):
            return word.removesuffix(ending) + IRREGULAR_PLURALS[ending]
    if word in ("tomato", "potato"):
        return word + "es"
    return _with_s(word)


def _with_s(word: str) -> str:
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    if word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "ies"
    return word + "s"


def third_person(verb: str) -> str:
    """`wash` -> `washes`."""
    special = {"have": "has", "be": "is", "do": "does", "go": "goes"}
    return special.get(verb) or _with_s(verb)


def ing_form(verb: str) -> str:
    """`swim` -> `swimming`, `lie` -> `lying`, `bake` -> `baking`."""
    if verb in DOUBLING:
        return verb + verb[-1] + "ing"
    if verb.endswith("ie"):
        return verb[:-2] + "ying"
    if verb.endswith("e") and not verb.endswith("ee"):
        return verb[:-1] + "ing"
    return verb + "ing"


def regular_past(verb: str) -> str:
    """`carry` -> `carried`."""
    if verb in DOUBLING:
        return verb + verb[-1] + "ed"
    if verb.endswith("e"):
        return verb + "d"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb[:-1] + "ied"
    return verb + "ed"


def indefinite_article(next_word: str) -> str:
    """`a` or `an`, by the sound that follows."""
    if next_word.startswith(CONSONANT_IN_SPITE_OF_SPELLING):
        return "a"
    return "an" if next_word.startswith(SOUND_OF_A_VOWEL) else "a"
