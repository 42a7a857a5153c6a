"""What `challenge` asks and training never shows: a known lexeme in a known construction, together.

Every lexeme below occurs in training in other constructions, and every construction with other
lexemes. The word forms are known too, or made of known parts: `repaired` and `visited` are regular,
and their participles (`repariert`, `besucht`) are also third persons.
"""

from grammar.meaning import Feature

TABLE = """
subordinate clause | verb: carry, wait for, dance, drink, buy, listen to, laugh, throw
modal | verb: bake, help, turn on, sleep, find, show, climb, clean
perfect | verb: repair, visit, examine, photograph, taste
question | verb: sing, feed, open, push, think of, send, run, dry
negation | verb: work, wear, answer, close, draw, play with, give
relative clause | noun: horse, teacher, guitar, bicycle, neighbor, bus, cake
indirect object | noun: grandmother, baker, boy, queen, child, pilot
it | noun: hat, camera, book, carrot, suitcase, bear, door, potato
kein | noun: umbrella, jacket, postcard
numeral | noun: apple, glove, student, tourist
possessive | noun: desk, bag, sister, teapot
direction | noun: garden, museum, church, school
fronted | noun: market, library, bathroom, playground
dat | adjective: old, red, friendly, heavy, dark, clever
pl | adjective: wet, funny, lazy, full, young
"""


def _read(table: str) -> frozenset[Feature]:
    found = set()
    for line in table.strip().splitlines():
        construction, _, lexemes = line.partition(" | ")
        kind, _, names = lexemes.partition(": ")
        found |= {(f"{name} ({kind})", construction) for name in names.split(", ")}
    return frozenset(found)


HELD_OUT = _read(TABLE)
