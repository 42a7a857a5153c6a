"""The lexicon but for nouns and verbs: adjectives, determiners, modals, adverbs, prepositions.

`a=b c=d` pairs English with German chunk by chunk; a plus joins the words of one chunk.
"""
# ruff: noqa: E501 (a row of a table is a line)

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from grammar.agreement import AUXILIARY, Case, Declension, Number, Person, present_form

# English, German, the nouns it goes with; `state` may be the reason of a because-clause.
ADJECTIVES = """
    red        rot         vehicle+road,furniture,clothing,toy,dish,rose,flower,apple,tomato
    blue       blau        vehicle+road,furniture,clothing,toy,dish,backpack,bag,suitcase
    green      grün        vehicle+road,furniture,clothing,toy,dish,apple,meadow,frog,tree,box
    yellow     gelb        vehicle+road,furniture,clothing,toy,dish,rose,flower,pear,bucket
    white      weiß        clothing,furniture,dish,cat,dog,rabbit,horse,goose,sheep,rose,house,snow
    black      schwarz     clothing,furniture,cat,dog,horse,bear,car,motorcycle,umbrella,suitcase
    brown      braun       dog,horse,bear,cow,squirrel,clothing,furniture,bag,owl,donkey
    gray       grau        wolf,donkey,mouse,elephant,cat,clothing,stone,carpet
    colorful   bunt        clothing,toy,bird,butterfly,parrot,carpet,umbrella,flower,picture_book
    striped    gestreift   clothing,cat,carpet,tent,umbrella
    big        groß        animal,vehicle,furniture,building,place,food+produce,box,stone,bag
    small      klein       animal,vehicle,furniture,building,place,child,box,stone,bag,toy,star
    old        alt         adult,animal,vehicle,furniture,clothing,building,readable,tool,tree
    new        neu         vehicle,furniture,clothing,building,readable,tool,toy,electric
    young      jung        adult,animal
    beautiful  schön       woman,girl,queen,dancer,singer,place,clothing,flower,rose,butterfly,horse,picture,bird
    ugly       hässlich    clothing,furniture,frog,picture,carpet,building
    friendly   freundlich  person,pet
    clever     klug        person,fox,monkey,dog,owl
    brave      mutig       person,dog,mouse
    lazy       faul        person,pet,bear,lion
    funny      lustig      person,monkey,puppy,picture_book,hat
    elegant    elegant     adult,clothing,restaurant
    famous     berühmt     singer,dancer,painter,musician,clown,museum,castle
    polite     höflich     person
    curious    neugierig   person,pet,monkey,goat,deer
    shy        schüchtern  person,deer,hedgehog
    strong     stark       adult,horse,bear,tiger,elephant,wind
    wild       wild        animal+wild
    dangerous  gefährlich  animal+wild,axe,street,river
    fast       schnell     vehicle,horse,hunter,deer,runner
    slow       langsam     turtle,tractor,bus,train,computer
    long       lang        rope,scarf,dress,train,ladder,street,bridge,letter,coat
    short      kurz        rope,skirt,dress,letter,coat
    heavy      schwer      sled,boat,wheelbarrow,box,suitcase,backpack,stone,hammer,furniture,basket,bag
    empty      leer        dish+fillable,bottle,box,basket,bag,suitcase,bus,restaurant,street,bucket
    full       voll        fillable,box,bag,suitcase,bus,restaurant,train
    broken     kaputt      fixable,toy
    expensive  teuer       buyable,clothing,gift,hotel,restaurant
    cheap      billig      buyable,clothing,gift,hotel
    clean      sauber      dish,clothing,room,cleanable,vehicle+road
    dirty      schmutzig   dish,clothing,room,cleanable,vehicle+road,pig,child
    wet        nass        dish,dog,clothing,street,bench,umbrella,cat
    round      rund        table,carpet,stone,mirror,box
    high       hoch        mountain,wall,fence,tower,building+seen,tree,bridge
    wide       breit       street,river,bridge,bed,bench
    narrow     schmal      street,bridge,bed,bench
    quiet      ruhig       place,person,horse
    dark       dunkel      indoor,forest,street
    modern     modern      building+place,furniture,electric,train
    fresh      frisch      food+produce,bread,fish,milk,juice,orange_juice,bread_roll,egg
    sweet      süß         cake,cherry,strawberry,cookie,apple,tea,pear,pancake,juice
    sour       sauer       apple,cherry,juice,orange_juice,milk
    ripe       reif        apple,banana,pear,cherry,strawberry,tomato
    hot        heiß        hot
    cold       kalt        drinkable,soup,pizza,cold,wind
    warm       warm        drinkable,soup,clothing,bread,living_room,sun
    delicious  lecker      edible,produce,juice,coffee,tea
    tired      müde        person,pet,horse,donkey,lion      state
    hungry     hungrig     person,animal                     state
    thirsty    durstig     person,animal                     state
    happy      glücklich   person,pet                        state
    sad        traurig     person,clown,monkey               state
    angry      wütend      person,hunter,goose               state
    sick       krank       person,pet,horse,cow              state
    healthy    gesund      person,pet,horse,cow
    nervous    nervös      person,horse                      state
"""

# English singular, English plural, German stem, how it inflects; a dash where there is no form.
DETERMINERS = """
    the      the      d       article  sg pl
    a        -        ein     ein      sg
    -        -        -       bare     pl mass
    my       my       mein    ein      sg pl
    our      our      unser   ein      sg pl
    his      his      sein    ein      sg pl
    her      her      ihr     ein      sg pl
    their    their    ihr     ein      sg pl
    no       no       kein    ein      sg pl
    this     these    dies    der      sg pl
    every    -        jed     der      sg
    which    which    welch   der      sg pl
    -        all+the  all     der      pl
    -        many     viel    strong   pl
    -        some     einig   strong   pl
    -        two      zwei    number   pl
    -        three    drei    number   pl
    -        four     vier    number   pl
    -        five     fünf    number   pl
    -        six      sechs   number   pl
    -        seven    sieben  number   pl
    -        eight    acht    number   pl
    -        nine     neun    number   pl
    -        ten      zehn    number   pl
    -        how+many=viele  wie  question  pl
"""

# Time: what it says, which tenses it goes with, whether it may open the sentence.
TIMES = """
    today=heute                          present progressive past modal
    now=jetzt                            progressive
    tomorrow=morgen                      modal
    yesterday=gestern                    past
    every=jeden day=Tag                  present
    every=jeden morning=Morgen           present
    every=jeden evening=Abend            present
    in+the=am morning=Morgen             present past modal
    in+the=am afternoon=Nachmittag       present past modal
    in+the=am evening=Abend              present past modal
    at+night=nachts                      present
    in=im summer=Sommer                  present
    in=im winter=Winter                  present
    on=am Monday=Montag                  past modal
    on=am Friday=Freitag                 past modal
    on=am Sunday=Sonntag                 past modal
    last=letzte week=Woche               past
    last=letzten summer=Sommer           past
    always=immer                         frequency
    often=oft                            frequency
    sometimes=manchmal                   frequency
    never=nie                            frequency
    rarely=selten                        frequency
"""

# Manner and the verbs it goes with (by English base form).
MANNERS = """
    quickly=schnell      eat drink run walk drive read write close open dry pack clean crawl climb catch pick hide
    slowly=langsam       eat drink walk drive read climb crawl open write melt grow push pull roll
    carefully=vorsichtig carry cut wash open close hold peel drive repair unpack climb lay place pull push feed
    quietly=leise        sing play talk close open laugh cry walk sneak work sleep
    loudly=laut          sing bark laugh cry whistle yawn sneeze growl play
    patiently=geduldig   wait listen help
    happily=fröhlich     dance sing laugh play whistle jump hop
    alone=allein         live sit eat work play sleep hike dance
"""

# What is used for it.
INSTRUMENTS = {
    "cut": "knife,kitchen_knife,saw",
    "peel": "knife,kitchen_knife",
    "eat": "spoon,fork",
    "stir": "spoon,wooden_spoon",
    "repair": "hammer,screwdriver",
    "build": "hammer,saw",
    "sweep": "broom",
    "draw": "brush",
    "paint": "brush",
    "photograph": "camera",
    "fill": "bucket,bottle",
    "pull": "rope,tractor",
}

# English, German; `wants to` and `would like to` are one modal each.
MODALS = """
    can       können
    must      müssen
    may       dürfen
    should    sollen
    will      werden
    want+to   wollen
    would+like+to  möchten
"""

Inflection = Literal["article", "ein", "der", "strong", "number", "bare", "question"]


@dataclass(frozen=True, eq=False)
class Adjective:
    en: str
    de: str
    nouns: str
    state: bool

    @cached_property
    def lexeme(self) -> str:
        return f"{self.en} (adjective)"


@dataclass(frozen=True, eq=False)
class Determiner:
    en: dict[Number, tuple[str, ...]]
    de: str
    inflection: Inflection
    numbers: frozenset[str]

    @cached_property
    def name(self) -> str:
        return " ".join(self.en["sg"] or self.en["pl"])

    @property
    def declension(self) -> Declension:
        """Of the adjectives that follow."""
        if self.inflection in ("article", "der"):
            return "weak"
        return "mixed" if self.inflection == "ein" else "strong"


@dataclass(frozen=True)
class Chunk:
    """Some English words and the German words that say the same."""

    en: tuple[str, ...]
    de: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Adverbial:
    """A fixed expression: `in the morning` - `am Morgen`."""

    chunks: tuple[Chunk, ...]
    tags: frozenset[str]

    @cached_property
    def lexeme(self) -> str:
        return " ".join(word for chunk in self.chunks for word in chunk.en) + " (adverb)"


@dataclass(frozen=True, eq=False)
class Modal:
    en: tuple[str, ...]
    de: str

    @cached_property
    def lexeme(self) -> str:
        return f"{self.en[0] if self.en[0] != 'would' else 'would like'} (modal)"

    def present(self, person: Person) -> str:
        if self.de in AUXILIARY:
            return AUXILIARY[self.de][person]
        thirds = {"können": "kann", "müssen": "muss", "dürfen": "darf", "wollen": "will"}
        return present_form(self.de, thirds[self.de], person)


@dataclass(frozen=True)
class Relation:
    """A place relative to a thing; German tells being there (dative) from going there."""

    en: str
    de: str
    case: Case

    @property
    def en_words(self) -> tuple[str, ...]:
        return tuple(self.en.split())


def chunks(text: str) -> tuple[Chunk, ...]:
    pairs = (item.split("=") for item in text.split())
    return tuple(Chunk(tuple(en.split("+")), tuple(de.split("+"))) for en, de in pairs)


def _adjectives() -> tuple[Adjective, ...]:
    rows = (line.split() for line in ADJECTIVES.strip().splitlines())
    return tuple(Adjective(en, de, nouns, "state" in flags) for en, de, nouns, *flags in rows)


def _determiners() -> dict[str, Determiner]:
    found = {}
    for line in DETERMINERS.strip().splitlines():
        singular, plural, stem, inflection, *numbers = line.split()
        words: dict[Number, tuple[str, ...]] = {
            "sg": () if singular == "-" else (singular,),
            "pl": () if plural == "-" else tuple(plural.partition("=")[0].split("+")),
        }
        determiner = Determiner(words, stem.strip("-"), inflection, frozenset(numbers))  # type: ignore[arg-type]
        found[determiner.name] = determiner
    return found


def _adverbials(table: str) -> tuple[Adverbial, ...]:
    found = []
    for line in table.strip().splitlines():
        words = line.split()
        pairs = [word for word in words if "=" in word]
        tags = frozenset(word for word in words if "=" not in word)
        found.append(Adverbial(chunks(" ".join(pairs)), tags))
    return tuple(found)


ALL_ADJECTIVES = _adjectives()
ALL_DETERMINERS = _determiners()
ALL_TIMES = _adverbials(TIMES)
ALL_MANNERS = _adverbials(MANNERS)
ALL_MODALS = tuple(
    Modal(tuple(en.split("+")), de)
    for en, de in (line.split() for line in MODALS.strip().splitlines())
)
NUMBERS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")

# Why somebody does it to something: the adjectives of a because-clause.
REASONS = {
    "buy": "cheap beautiful elegant fresh new modern ripe funny",
    "sell": "old ugly expensive broken slow",
    "wash": "dirty",
    "clean": "dirty",
    "tidy up": "dirty",
    "sweep": "dirty",
    "repair": "broken old",
    "throw away": "old empty dirty",
    "eat": "sweet delicious fresh warm ripe",
    "drink": "cold hot sweet fresh warm delicious",
    "push": "heavy broken big",
    "pull": "heavy",
    "fill": "empty",
    "feed": "hungry young small",
    "pet": "friendly small nervous",
    "hug": "sad happy",
    "help": "old sick tired sad",
    "examine": "sick nervous",
    "photograph": "beautiful famous old colorful big",
    "watch": "curious funny shy beautiful wild",
    "look at": "beautiful colorful new funny",
    "visit": "famous beautiful old sick",
    "love": "friendly beautiful clever funny young sweet",
    "like": "friendly beautiful funny polite quiet sweet",
    "paint": "old ugly dirty",
    "wear": "warm elegant new beautiful colorful",
    "try on": "elegant new colorful cheap",
    "put on": "warm clean new",
    "take off": "wet dirty warm",
    "open": "new heavy full",
    "unpack": "full heavy",
    "dry": "wet",
    "need": "new",
    "follow": "fast curious",
    "laugh at": "funny",
    "listen to": "clever famous",
    "thank": "friendly polite",
    "read": "funny short new",
    "order": "delicious cheap fresh hot",
    "taste": "warm cold delicious fresh",
    "peel": "ripe",
    "pick": "ripe beautiful sweet",
    "draw": "beautiful small funny high",
    "collect": "colorful old beautiful",
    "borrow": "new",
    "lock": "expensive new",
    "wait for": "slow",
}

# What somebody does first, and what then, to the same thing.
SEQUENCES = {
    "buy": "read/wear/eat/drink/open/hide/pack/try on/repair/hang up/plant/iron",
    "find": "pick up/read/hide/pack/repair/open/wash/carry/sell",
    "look for": "find",
    "wash": "peel/cut/eat/iron/hang up/cook/sell/park/repair",
    "pick up": "throw/hide/pack/hold/open/carry",
    "peel": "cut/eat/cook/taste",
    "borrow": "read/lose/forget/pack/clean",
    "catch": "hold/throw/pet",
    "open": "close/read/fill/clean",
    "close": "lock/clean/paint/carry",
    "take off": "wash/iron/hang up/pack/forget",
    "try on": "buy/take off",
    "write": "hide/read/pack/forget",
    "repair": "sell/paint/drive/park/wash/turn on",
    "see": "buy/photograph/draw/feed/pet/pick/pick up/visit",
    "bake": "cut/eat/serve/taste/sell",
    "cook": "eat/serve/stir/taste",
    "stir": "taste/serve/eat",
    "cut": "eat/serve/cook",
    "fill": "carry/close/hold",
    "clean": "paint/lock/sell",
    "build": "paint/sell/photograph/clean",
    "turn on": "turn off/repair",
    "feed": "pet/photograph/watch/draw",
    "pet": "feed/hold/photograph",
    "iron": "put on/pack/hang up/sell",
}

# The states that make somebody do something.
STATES = {
    "cry": "sad tired hungry sick",
    "laugh": "happy nervous",
    "smile": "happy",
    "sing": "happy sad",
    "dance": "happy",
    "sleep": "tired sick",
    "fall asleep": "tired sick",
    "yawn": "tired",
    "sneeze": "sick",
    "whistle": "happy nervous",
    "stumble": "tired nervous",
    "bark": "hungry angry happy thirsty nervous",
    "growl": "angry hungry nervous",
    "bite": "angry nervous hungry",
    "chase": "hungry angry",
    "run away": "nervous angry sad",
    "wake up": "hungry thirsty sick",
    "get up": "hungry thirsty nervous",
    "come back": "tired hungry thirsty sad",
    "eat": "hungry",
    "drink": "thirsty",
    "cook": "hungry",
    "bake": "hungry happy",
    "order": "hungry thirsty",
    "peel": "hungry",
    "hug": "happy sad",
    "call": "sad nervous happy angry sick",
    "visit": "sad happy sick",
    "thank": "happy",
    "lie": "tired sick",
    "sit": "tired sad sick",
    "jump": "happy angry",
    "hop": "happy",
    "lick": "happy hungry",
    "wave to": "happy",
    "talk with": "sad nervous",
    "throw away": "angry",
    "break": "angry nervous",
    "forget": "tired nervous",
    "lose": "nervous tired",
    "need": "sick",
    "ask": "nervous",
    "walk": "tired hungry",
    "work": "happy",
    "drive": "sick hungry",
}

# What each relation may be said of, and which relations a verb of motion or position allows
# (`stand:standing` is for the subjects that verbs.py calls so).
RELATION_NOUNS = {
    "in": "place",
    "at": "table,kitchen_table,desk,window,door,gate,traffic_light,bus_stop",
    "on": "surface,seat,wall,roof,fence",
    "under": "shelter",
    "behind": "landmark",
    "in front of": "landmark",
    "next to": "landmark,mirror,window,river",
    "above": "furniture,door",
    "into": "room,building+place,garden,park,forest,tent,bathing,doghouse !train_station",
    "onto": "surface,street,roof,bridge,wall,ladder",
    "over": "fence,wall,tree,house,lake,river,forest,church,tower,castle,barn,roof,bridge,rope",
    "to": "building+place,outdoor,tree,tent,window,door,gate",
}
RELATIONS = {
    "walk": "into to behind",
    "run": "into to behind",
    "climb": "onto over",
    "crawl": "into under behind",
    "jump": "into onto over",
    "hop": "into onto to",
    "drive": "to",
    "fly": "over to",
    "sneak": "into behind to",
    "roll": "onto under into behind",
    "fall": "onto into",
    "lay": "on",
    "place": "on",
    "hang": "above next_to",
    "carry": "into",
    "push": "into onto behind",
    "pull": "into to behind next_to",
    "throw": "into over behind",
    "lie": "in on under",
    "sit": "in at on under",
    "stand": "in at on behind in_front_of next_to",
    "stand:standing": "on next_to",
    "live": "in",
}

# Being there takes the dative, going there the accusative.
THERE = {
    name: Relation(name, de, "dat")
    for name, de in {
        "on": "auf", "under": "unter", "behind": "hinter", "in front of": "vor",
        "next to": "neben", "above": "über",
    }.items()
}  # fmt: skip
TO = {
    name: Relation(name, de, "acc")
    for name, de in {
        "into": "in", "onto": "auf", "on": "auf", "under": "unter", "behind": "hinter",
        "in front of": "vor", "next to": "neben", "over": "über", "above": "über",
    }.items()
}  # fmt: skip
GOAL = Relation("to", "zu", "dat")
WITH = Relation("with", "mit", "dat")
CONJUNCTIONS = {
    "because": "weil", "that": "dass", "while": "während", "if": "wenn", "and": "und",
    "but": "aber", "although": "obwohl",
}  # fmt: skip
