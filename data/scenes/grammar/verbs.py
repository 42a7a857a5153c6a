"""The verbs: English and German principal parts, and who does it to what, where.

Each row reads `English  German  subjects  objects  places  flags...`; a dash means none.

* English `catch/caught/caught` (regular verbs: the base alone), `turn+on` with a particle,
  `look~for` with a preposition that belongs to the verb.
* German `fangen/fängt/gefangen` (infinitive, third person, participle; empty or left out where
  regular), a fourth part `/ist` for the auxiliary sein, `auf|machen` with a separable prefix,
  `warten~auf.acc` with a preposition and the case it governs.
* Subjects, objects and places choose nouns by tag (see nouns.py).
* Flags: `stative` has no progressive, `timeless` no adverb of time, `plural` wants a plural object;
  `no_modal` and `no_past` say what they say.
"""
# ruff: noqa: E501 (a row of a table is a line)

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from grammar.agreement import Case, Number, Person, present_form, regular_participle, regular_third
from grammar.english_forms import ing_form, regular_past, third_person

Frame = Literal[
    "intransitive", "accusative", "dative", "prepositional", "ditransitive",
    "motion", "placement", "position", "clausal", "copula",
]  # fmt: skip

ANYWHERE = "home,outdoor,town"

VERBS: dict[Frame, str] = {
    "intransitive": """
    sleep/slept/slept        schlafen/schläft/geschlafen             person,animal           -  home,park,garden
    laugh                    lachen                                  person                  -  any
    cry/cried/cried          weinen                                  person                  -  any
    smile                    lächeln                                 person                  -  -
    dance                    tanzen                                  person                  -  any
    sing/sang/sung           singen//gesungen                        person,bird             -  any
    swim/swam/swum           schwimmen//geschwommen/ist              person,swimmer          -  bathing
    work                     arbeiten                                adult                   -  any
    play                     spielen                                 child,pet               -  any
    sneeze                   niesen                                  person                  -  any
    yawn                     gähnen                                  person                  -  any
    whistle                  pfeifen//gepfiffen                      person                  -  any
    stumble                  stolpern///ist                          person                  -  any                                        no_modal
    hike                     wandern///ist                           adult                   -  wilderness
    arrive                   an|kommen//angekommen/ist               person,transport        -  train_station,bus_stop,hotel,beach,castle
    depart                   ab|fahren/fährt/abgefahren/ist          transport               -  -
    stop                     an|halten/hält/angehalten               road,train,tram         -  traffic_light,bus_stop,train_station,gate
    get/got/gotten+up        auf|stehen//aufgestanden/ist            person                  -  -
    wake/woke/woken+up       auf|wachen///ist                        person,animal           -  -
    fall/fell/fallen+asleep  ein|schlafen/schläft/eingeschlafen/ist  person,pet              -  -
    come/came/come+back      zurück|kommen//zurückgekommen/ist       person,pet              -  -
    run/ran/run+away         weg|laufen/läuft/weggelaufen/ist        animal !flier           -  -
    bark                     bellen//gebellt                         barker                  -  outdoor
    growl                    knurren                                 hunter                  -  -
    bloom                    blühen                                  flower,rose,apple_tree  -  garden,park
    grow/grew/grown          wachsen/wächst/gewachsen/ist            plant                   -  garden,park,field                          timeless
    shine/shone/shone        scheinen//geschienen                    shining                 -  -  timeless
    blow/blew/blown          wehen                                   wind                    -  -  timeless
    melt                     schmelzen/schmilzt/geschmolzen/ist      melting                 -  -
    burn/burned/burned       brennen//gebrannt                       candle                  -  home,church
    """,
    "accusative": """
    see/saw/seen                      sehen/sieht/gesehen              person                 person,animal,vehicle,nature,landmark       outdoor                   stative
    find/found/found                  finden//gefunden                 person                 portable !clothing                          any                       stative
    look~for                          suchen                           person                 portable,pet,child                          any
    lose/lost/lost                    verlieren//verloren              person                 small_thing,wearable,toy,bag,letter,camera  any                       stative no_modal
    forget/forgot/forgotten           vergessen/vergisst/vergessen     person                 portable                                    any                       stative no_modal
    carry                             tragen/trägt/getragen            person                 portable,furniture+seat                     -
    wear/wore/worn                    tragen/trägt/getragen            person                 wearable !pair                              -
    buy/bought/bought                 kaufen                           adult                  buyable,clothing,produce,gift               selling
    sell/sold/sold                    verkaufen                        adult                  buyable,clothing,produce,gift               selling
    read/read/read                    lesen/liest/gelesen              person                 readable                                    any
    write/wrote/written               schreiben//geschrieben           person                 writable                                    home,office,hotel,garden
    eat/ate/eaten                     essen/isst/gegessen              person                 edible,produce                              any
    drink/drank/drunk                 trinken//getrunken               person                 drinkable                                   any
    cook                              kochen                           adult                  cookable                                    cooking
    bake                              backen/backt/gebacken            adult                  bakeable                                    cooking
    cut/cut/cut                       schneiden//geschnitten           person                 cuttable                                    cooking
    peel                              schälen                          person                 peelable                                    cooking
    taste                             probieren                        person                 edible,drinkable                            cooking
    stir                              um|rühren                        person                 stirrable                                   cooking
    grill                             grillen                          adult                  grillable                                   garden,park,beach
    serve                             servieren                        adult                  edible,drinkable                            restaurant,hotel
    order                             bestellen                        adult                  edible,drinkable                            restaurant,hotel
    wash                              waschen/wäscht/gewaschen         adult                  washable                                    -
    clean                             putzen                           adult                  cleanable,room                              -
    dry/dried/dried                   ab|trocknen                      person                 dryable                                     kitchen
    fill                              füllen                           person                 fillable                                    kitchen
    sweep/swept/swept                 fegen                            adult                  room,street,stable,bridge,roof              -
    iron                              bügeln                           adult                  ironable                                    home
    feed/fed/fed                      füttern                          person                 animal !bee !butterfly                                      zoo,farmyard,garden
    pet                               streicheln                       person                 pet,rideable,livestock+large                zoo,farmyard,garden
    catch/caught/caught               fangen/fängt/gefangen            child,cat              catchable                                   garden,park
    throw/threw/thrown                werfen/wirft/geworfen            child                  throwable                                   -
    chase                             jagen                            hunter                 prey                                        outdoor
    pull                              ziehen//gezogen                  person                 pullable                                    -
    push                              schieben//geschoben              person                 pushable                                    -
    repair                            reparieren                       adult                  fixable                                     garage,cellar
    build/built/built                 bauen                            person                 buildable                                   -
    paint                             streichen//gestrichen            adult                  paintable,room                              -
    draw/drew/drawn                   zeichnen                         person                 drawable,animal                             school,garden,park
    photograph                        fotografieren                    person                 person,animal,landmark,seen                 outdoor
    watch                             beobachten                       person,hunter          animal,person,flier                         outdoor
    visit                             besuchen                         person                 family,seen,friend                          -
    greet                             begrüßen                         person                 person                                      any
    hug                               umarmen//umarmt                  person                 person                                      any
    call                              an|rufen//angerufen              person                 person                                      -
    invite                            ein|laden/lädt/eingeladen        person                 person                                      -
    meet/met/met                      treffen/trifft/getroffen         person                 person                                      any
    know/knew/known                   kennen//gekannt                  person                 person,seen                                 -                         stative no_past timeless
    love                              lieben                           person                 animal,family              -                         stative no_past no_modal timeless
    like                              mögen/mag/gemocht                person                 animal,person,food,place                    -                         stative no_past no_modal timeless
    need                              brauchen                         adult                  tool,portable,vehicle                       -                         stative timeless
    hear/heard/heard                  hören                            person                 animal,child,singer,audible,vehicle         any                       stative
    ask                               fragen                           person                 person                                      -
    understand/understood/understood  verstehen//verstanden            person                 person                                      -                         stative timeless
    examine                           untersuchen//untersucht          doctor,nurse,mechanic  person,animal                               hospital
    open                              auf|machen                       person                 openable                                    -
    close                             zu|machen                        person                 closeable                                   -
    turn+on                           ein|schalten                     person                 electric                                    -
    turn+off                          aus|schalten                     person                 electric                                    -
    put/put/put+on                    an|ziehen//angezogen             person                 garment                                     -
    take/took/taken+off               aus|ziehen//ausgezogen           person                 garment                                     -
    try/tried/tried+on                an|probieren//anprobiert         person                 garment,hat,straw_hat                       -
    pick+up                           auf|heben//aufgehoben            person                 pickup                                      -
    throw/threw/thrown+away           weg|werfen/wirft/weggeworfen     person                 newspaper,letter,bottle,shoe,box,bread      -
    tidy+up                           auf|räumen                       person                 room,desk,cupboard                          -
    hang/hung/hung+up                 auf|hängen                       person                 hangable,garment !pair                      home,office
    lock                              ab|schließen//abgeschlossen      adult                  lockable                                    -
    pack                              ein|packen                       person                 portable                                    -
    unpack                            aus|packen                       person                 packed,box                                  home,hotel
    borrow                            aus|leihen//ausgeliehen          person                 book,picture_book,tool,ladder,tent          library
    pick                              pflücken                         person                 pickable                                    garden,meadow
    water                             gießen//gegossen                 person                 plant                                       garden,park
    plant                             pflanzen                         person                 plantable                                   garden,park
    hold/held/held                    halten/hält/gehalten             person                 pickup,cutlery,glass,cup,puppy              -
    hide/hid/hidden                   verstecken                       person                 small_thing,toy,letter,gift+food            garden,cellar,garage
    drive/drove/driven                fahren/fährt/gefahren            adult                  drivable                                    -
    ride/rode/ridden                  reiten//geritten                 person                 rideable                                    -
    park                              parken                           adult                  parkable                                    parking
    count                             zählen                           person                 animal,collectible,pickable,star,vehicle    -                         plural
    collect                           sammeln                          person                 collectible,gift+viewable,doll              -                         plural
    break/broke/broken                zerbrechen/zerbricht/zerbrochen  person                 breakable                                   kitchen                   no_modal
    look~at                           betrachten                       person                 viewable,nature,flower,animal               museum,zoo,park
    lick                              lecken                           pet                    person,plate,bowl                           -
    bite/bit/bitten                   beißen//gebissen                 hunter                 person                                      -
    have/had/had                      haben/hat/gehabt                 person                 portable,pet,furniture,garment              -                         stative timeless
    """,
    "dative": """
    help          helfen/hilft/geholfen  person                           person,animal+large  any
    thank         danken                 person                           person               -
    follow        folgen///ist           person,animal                    person,animal,road   -
    answer        antworten              person                           person               -
    trust         vertrauen//vertraut    person                           person               -    stative timeless
    listen~to     zu|hören               person                           person               any
    wave~to       zu|winken              person                           person               any
    congratulate  gratulieren            person                           person               -
    belong~to     gehören//gehört        gift,vehicle,clothing,furniture  person               -    stative no_modal no_past timeless
    """,
    "prepositional": """
    wait~for                  warten~auf.acc                       person     person,waited                any
    think/thought/thought~of  denken//gedacht~an.acc               person     person,pet                   -
    laugh~at                  lachen~über.acc                      person     funny,clothing,picture       any
    dream~of                  träumen~von.dat                      person     animal,place,edible,vehicle  -
    talk~with                 sprechen/spricht/gesprochen~mit.dat  person     person                       any
    play~with                 spielen~mit.dat                      child,pet  toy,pet                      any
    """,
    "ditransitive": """
    give/gave/given        geben/gibt/gegeben      person  gift                                any
    show/showed/shown      zeigen                  person  gift,pet                            any
    bring/brought/brought  bringen//gebracht       person  gift,portable,edible,drinkable      -
    send/sent/sent         schicken                person  gift+portable                       -
    lend/lent/lent         leihen//geliehen        person  tool,book,drivable,clothing,ladder  -
    sell/sold/sold         verkaufen               adult   buyable,gift                        selling
    offer                  an|bieten//angeboten    person  edible,drinkable,gift               any
    hand                   reichen                 person  tool,dish,gift                      -
    write/wrote/written    schreiben//geschrieben  person  letter,postcard                     home,hotel
    """,
    "motion": """
    walk                   gehen//gegangen/ist          person               building,room,outdoor,place
    run/ran/run            rennen//gerannt/ist          person,animal        building,outdoor,tree
    climb                  klettern///ist               person,cat,squirrel  climbable !tree !apple_tree !mountain
    crawl                  kriechen//gekrochen/ist      child,small !flier   shelter,tent,doghouse
    jump                   springen//gesprungen/ist     person,pet,hopper    surface,bathing,wall,fence
    hop                    hüpfen///ist                 hopper,child         garden,meadow,street,tree,surface
    drive/drove/driven     fahren/fährt/gefahren/ist    adult,road           village,city,train_station,hospital,school,beach,market,farm,parking_lot,church,hotel,castle,zoo,museum,lake,library,bakery,restaurant
    fly/flew/flown         fliegen//geflogen/ist        flier !furniture     tree,house,church,castle,tower,barn,lake,river,forest,roof
    sneak/sneaked/sneaked  schleichen//geschlichen/ist  fox,cat,wolf,child   barn,stable,garden,tent,house,tree
    roll                   rollen///ist                 rolling              furniture,street,river,vehicle+road
    fall/fell/fallen       fallen/fällt/gefallen/ist    portable             surface,bathing
    """,
    "placement": """
    lay/laid/laid       legen                  person  flat,clothing            surface !roof
    place               stellen                person  standing                 surface !roof
    hang/hung/hung      hängen                 person  hangable                 landmark+furniture,mirror,window,door
    carry               tragen/trägt/getragen  person  portable,furniture+seat  room,house,garden,tent,barn
    push                schieben//geschoben    person  pushable                 garden,garage,barn,street
    pull                ziehen//gezogen        person  pullable !cuttable       house,tree,bathing
    throw/threw/thrown  werfen/wirft/geworfen  person  throwable,stick          bathing,wall,fence,tree
    """,
    "position": """
    lie/lay/lain       liegen//gelegen    person,pet            bed,sofa,bench,carpet,meadow,beach,garden,shelter
    lie/lay/lain       liegen//gelegen    flat,toy,clothing     surface !roof
    sit/sat/sat        sitzen//gesessen   person                seat,roof,wall,table,kitchen_table,desk,tree,garden,park,kitchen,restaurant,church,classroom,office,bus_stop
    sit/sat/sat        sitzen//gesessen   pet,bird,owl,parrot   seat,roof,wall,fence,tree
    stand/stood/stood  stehen//gestanden  person                landmark,window,street,bridge,bus_stop,traffic_light
    stand/stood/stood  stehen//gestanden  vehicle+road          landmark+building,tree,street,traffic_light,train_station
    stand/stood/stood  stehen//gestanden  animal+large          farmyard,fence,gate,tree,river
    stand/stood/stood  stehen//gestanden  standing              surface,landmark+furniture !roof
    hang/hung/hung     hängen//gehangen   hangable,coat,jacket  landmark+furniture,mirror,window,door
    live               wohnen             person                living,house,castle,hotel,bakery,church,farm
    """,
    "clausal": """
    know/knew/known        wissen/weiß/gewusst  person  -
    say/said/said          sagen                person  -
    think/thought/thought  denken//gedacht      person  -
    hope                   hoffen               person  -
    believe                glauben              person  -
    see/saw/seen           sehen/sieht/gesehen  person  -
    """,
    "copula": """
    be/was/been  sein/ist/gewesen/ist  -  -
    """,
}


@dataclass(frozen=True)
class EnglishVerb:
    base: str
    past: str
    participle: str
    particle: str = ""
    preposition: str = ""

    @property
    def ing(self) -> str:
        return ing_form(self.base)

    def present(self, person: Person) -> str:
        if self.base == "be":
            return {"1sg": "am", "3sg": "is", "pl": "are"}[person]
        return third_person(self.base) if person == "3sg" else self.base

    def simple_past(self, person: Person) -> str:
        return "were" if self.base == "be" and person == "pl" else self.past


@dataclass(frozen=True)
class GermanVerb:
    """`prefix` is the separable one; the participle has it already."""

    infinitive: str
    third: str
    participle: str
    auxiliary: str
    prefix: str = ""
    preposition: str = ""
    case: Case = "acc"

    def present(self, person: Person) -> str:
        return present_form(self.infinitive, self.third, person)

    @property
    def full_infinitive(self) -> str:
        return self.prefix + self.infinitive


@dataclass(frozen=True, eq=False)
class Verb:
    frame: Frame
    en: EnglishVerb
    de: GermanVerb
    subjects: str
    objects: str
    places: str
    flags: frozenset[str]

    @cached_property
    def lexeme(self) -> str:
        words = (self.en.base, self.en.particle, self.en.preposition)
        return " ".join(filter(None, words)) + " (verb)"

    @property
    def stative(self) -> bool:
        return "stative" in self.flags

    @property
    def past_looks_present(self) -> bool:
        """`they read`, `they cut`: only the third person singular tells the tenses apart."""
        return self.en.base == self.en.past

    def object_number(self) -> Number | None:
        return "pl" if "plural" in self.flags else None


def read_english(text: str) -> EnglishVerb:
    """`turn+on`, `wait~for`, `give/gave/given`."""
    text, _, preposition = text.partition("~")
    text, _, particle = text.partition("+")
    base, *forms = text.split("/")
    past, participle = forms or (regular_past(base), regular_past(base))
    return EnglishVerb(base, past, participle, particle, preposition)


def read_german(text: str) -> GermanVerb:
    """`auf|machen`, `fangen/fängt/gefangen`, `warten~auf.acc`."""
    text, _, governed = text.partition("~")
    preposition, _, case = governed.partition(".")
    prefix, _, text = text.rpartition("|")
    infinitive, *parts = text.split("/")
    third, participle, auxiliary = [*parts, "", "", ""][:3]
    return GermanVerb(
        infinitive=infinitive,
        third=third or regular_third(infinitive),
        participle=participle or prefix + regular_participle(infinitive),
        auxiliary="sein" if auxiliary == "ist" else "haben",
        prefix=prefix,
        preposition=preposition,
        case="dat" if case == "dat" else "acc",
    )


def _read(frame: Frame, table: str) -> list[Verb]:
    verbs = []
    for line in table.strip().splitlines():
        columns = [column for column in line.strip().split("  ") if column.strip()]
        en, de, subjects, objects, *rest = (column.strip() for column in columns)
        places = rest[0] if rest else "-"
        verb = Verb(
            frame,
            read_english(en),
            read_german(de),
            "" if subjects == "-" else subjects,
            "" if objects == "-" else objects,
            "" if places == "-" else ANYWHERE if places == "any" else places,
            frozenset(" ".join(rest[1:]).split()),
        )
        verbs.append(verb)
    return verbs


ALL_VERBS = tuple(verb for frame, table in VERBS.items() for verb in _read(frame, table))


def with_frame(*frames: Frame) -> tuple[Verb, ...]:
    return tuple(verb for verb in ALL_VERBS if verb.frame in frames)


(BE,) = with_frame("copula")
(HAVE,) = (verb for verb in ALL_VERBS if verb.en.base == "have")
