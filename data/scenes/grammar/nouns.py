"""The nouns: English, German with article and plural, and what can be done with the thing.

Each row reads `english  article  German  plural  tags...` (an underscore is a space; a dash means
that the plural is not used). The tags before the colon go to every row of the group; verbs and
adjectives choose their partners by tag; a noun's own name is a tag too. `weak` marks the
n-declension; `he` and `she` say which pronoun and possessive refers to a person; `in:auf` says that
the place stands with English `in` and German `auf`.
"""
# ruff: noqa: E501 (a row of a table is a line)

from dataclasses import dataclass
from functools import cache, cached_property

NOUNS = """
person adult he:
    man              der  Mann              Männer
    farmer           der  Bauer             Bauern            weak
    cook             der  Koch              Köche
    baker            der  Bäcker            Bäcker
    gardener         der  Gärtner           Gärtner
    waiter           der  Kellner           Kellner
    pilot            der  Pilot             Piloten           weak
    soldier          der  Soldat            Soldaten          weak
    student          der  Student           Studenten         weak
    tourist          der  Tourist           Touristen         weak
    neighbor         der  Nachbar           Nachbarn          weak
    customer         der  Kunde             Kunden            weak
    police_officer   der  Polizist          Polizisten        weak
    fisherman        der  Fischer           Fischer
    carpenter        der  Tischler          Tischler
    mechanic         der  Mechaniker        Mechaniker
    musician         der  Musiker           Musiker
    clown            der  Clown             Clowns            funny
    bus_driver       der  Busfahrer         Busfahrer
    king             der  König             Könige
person adult he family:
    father           der  Vater             Väter
    grandfather      der  Großvater         Großväter
    uncle            der  Onkel             Onkel
    friend           der  Freund            Freunde
    guest            der  Gast              Gäste
person adult she:
    woman            die  Frau              Frauen
    teacher          die  Lehrerin          Lehrerinnen
    doctor           die  Ärztin            Ärztinnen
    nurse            die  Krankenschwester  Krankenschwestern
    singer           die  Sängerin          Sängerinnen
    dancer           die  Tänzerin          Tänzerinnen
    painter          die  Malerin           Malerinnen
    saleswoman       die  Verkäuferin       Verkäuferinnen
    queen            die  Königin           Königinnen
person adult she family:
    mother           die  Mutter            Mütter
    grandmother      die  Großmutter        Großmütter
    aunt             die  Tante             Tanten
person child he:
    boy              der  Junge             Jungen            weak
person child he family:
    brother          der  Bruder            Brüder
person child she family:
    sister           die  Schwester         Schwestern
person child:
    girl             das  Mädchen           Mädchen
    child            das  Kind              Kinder

animal small pet:
    dog              der  Hund              Hunde             hunter barker
    cat              die  Katze             Katzen            hunter
    rabbit           das  Kaninchen         Kaninchen         prey hopper
    puppy            der  Welpe             Welpen            weak barker
animal small:
    mouse            die  Maus              Mäuse             prey catchable
    hedgehog         der  Igel              Igel
    squirrel         das  Eichhörnchen      Eichhörnchen      prey
    frog             der  Frosch            Frösche           prey hopper swimmer catchable
    turtle           die  Schildkröte       Schildkröten      swimmer
    chicken          das  Huhn              Hühner            prey livestock
    goose            die  Gans              Gänse             prey livestock swimmer
    duck             die  Ente              Enten             prey livestock swimmer
animal small flier:
    bird             der  Vogel             Vögel             hopper
    owl              die  Eule              Eulen
    parrot           der  Papagei           Papageien
    butterfly        der  Schmetterling     Schmetterlinge    prey catchable
    bee              die  Biene             Bienen
animal large livestock:
    cow              die  Kuh               Kühe
    pig              das  Schwein           Schweine
    sheep            das  Schaf             -
    goat             die  Ziege             Ziegen
    horse            das  Pferd             Pferde            rideable
    donkey           der  Esel              Esel              rideable
animal large wild:
    camel            das  Kamel             Kamele            rideable
    lion             der  Löwe              Löwen             weak hunter
    tiger            der  Tiger             Tiger             hunter
    bear             der  Bär               Bären             weak hunter
    wolf             der  Wolf              Wölfe             hunter
    fox              der  Fuchs             Füchse            hunter
    monkey           der  Affe              Affen             weak funny
    elephant         der  Elefant           Elefanten         weak
    giraffe          die  Giraffe           Giraffen
    deer             das  Reh               -                 prey

vehicle road drivable fixable buyable landmark:
    car              das  Auto              Autos             washable parkable lockable
    truck            der  Lastwagen         Lastwagen         washable parkable
    fire_truck       das  Feuerwehrauto     Feuerwehrautos    washable parkable
    police_car       das  Polizeiauto       Polizeiautos      washable parkable
    tractor          der  Traktor           Traktoren         washable parkable
    taxi             das  Taxi              Taxis             washable parkable waited
    ambulance        der  Krankenwagen      Krankenwagen      parkable waited
    motorcycle       das  Motorrad          Motorräder        washable parkable
vehicle road drivable fixable landmark waited:
    bus              der  Bus               Busse             washable transport
    school_bus       der  Schulbus          Schulbusse        washable transport
    garbage_truck    der  Müllwagen         Müllwagen
vehicle landmark waited transport:
    train            der  Zug               Züge
    tram             die  Straßenbahn       Straßenbahnen
vehicle fixable landmark:
    ship             das  Schiff            Schiffe           transport
    boat             das  Boot              Boote             buildable paintable pullable
    airplane         das  Flugzeug          Flugzeuge         flier
    helicopter       der  Hubschrauber      Hubschrauber      flier
    bicycle          das  Fahrrad           Fahrräder         washable buyable pushable lockable parkable
thing pushable:
    wheelbarrow      die  Schubkarre        Schubkarren       fixable
    baby_carriage    der  Kinderwagen       Kinderwagen       buyable
    sled             der  Schlitten         Schlitten         pullable buyable

thing furniture buyable landmark fixable:
    table            der  Tisch             Tische            surface cleanable shelter at:an
    kitchen_table    der  Küchentisch       Küchentische      surface cleanable shelter at:an
    desk             der  Schreibtisch      Schreibtische     surface cleanable shelter at:an
    chair            der  Stuhl             Stühle            seat paintable shelter
    rocking_chair    der  Schaukelstuhl     Schaukelstühle    seat
    sofa             das  Sofa              Sofas             seat surface shelter
    bed              das  Bett              Betten            seat surface shelter
    bench            die  Bank              Bänke             seat surface paintable shelter
    bookshelf        das  Bücherregal       Bücherregale      surface
    cupboard         der  Schrank           Schränke          openable lockable cleanable
thing furniture buyable:
    carpet           der  Teppich           Teppiche          surface
    mirror           der  Spiegel           Spiegel           breakable cleanable hangable
    lamp             die  Lampe             Lampen            electric hangable fixable standing landmark
    clock            die  Uhr               Uhren             hangable fixable
thing electric buyable fixable:
    radio            das  Radio             Radios            audible standing
    television       der  Fernseher         Fernseher         standing
    computer         der  Computer          Computer
    washing_machine  die  Waschmaschine     Waschmaschinen
    vacuum_cleaner   der  Staubsauger       Staubsauger
    coffee_machine   die  Kaffeemaschine    Kaffeemaschinen   standing
thing building:
    door             die  Tür               Türen             openable closeable lockable paintable landmark at:an
    window           das  Fenster           Fenster           openable closeable cleanable breakable at:an
    gate             das  Tor               Tore              openable closeable lockable paintable landmark at:an
    wall             die  Mauer             Mauern            paintable landmark buildable climbable
    fence            der  Zaun              Zäune             paintable landmark buildable climbable fixable
    roof             das  Dach              Dächer            fixable surface climbable
    doghouse         die  Hundehütte        Hundehütten       buildable paintable landmark
    birdhouse        das  Vogelhaus         Vogelhäuser       buildable paintable hangable
    traffic_light    die  Ampel             Ampeln            fixable drawable at:an
    bus_stop         die  Bushaltestelle    Bushaltestellen   at:an

thing portable fixable:
    hammer           der  Hammer            Hammer            tool flat
    saw              die  Säge              Sägen             tool flat
    ladder           die  Leiter            Leitern           climbable
    shovel           die  Schaufel          Schaufeln         tool flat
    axe              die  Axt               Äxte              tool flat
    screwdriver      der  Schraubenzieher   Schraubenzieher   tool flat
    broom            der  Besen             Besen             tool
    camera           die  Kamera            Kameras           gift
    guitar           die  Gitarre           Gitarren          audible gift
    violin           die  Geige             Geigen            audible gift
    drum             die  Trommel           Trommeln          audible gift
    flute            die  Flöte             Flöten            audible gift
    trumpet          die  Trompete          Trompeten         audible gift
    umbrella         der  Regenschirm       Regenschirme      openable closeable gift
    alarm_clock      der  Wecker            Wecker            audible gift standing
thing portable:
    bucket           der  Eimer             Eimer             fillable standing
    rope             das  Seil              Seile             cuttable pullable
    brush            der  Pinsel            Pinsel            tool flat
    stick            der  Stock             Stöcke            flat dogtoy
    stone            der  Stein             Steine            throwable collectible flat pickup
    key              der  Schlüssel         Schlüssel         flat pickup small_thing
    coin             die  Münze             Münzen            flat pickup collectible small_thing
    candle           die  Kerze             Kerzen            standing gift
    basket           der  Korb              Körbe             standing fillable
    box              die  Kiste             Kisten            openable closeable standing
    bag              die  Tasche            Taschen           openable closeable gift packed
    backpack         der  Rucksack          Rucksäcke         openable closeable gift packed
    suitcase         der  Koffer            Koffer            openable closeable packed
    sleeping_bag     der  Schlafsack        Schlafsäcke
    flower_pot       der  Blumentopf        Blumentöpfe       breakable standing
    picture          das  Bild              Bilder            hangable gift drawable viewable
    map              die  Landkarte         Landkarten        hangable viewable flat readable
thing portable readable flat gift:
    book             das  Buch              Bücher            openable closeable writable
    picture_book     das  Bilderbuch        Bilderbücher      viewable
    newspaper        die  Zeitung           Zeitungen
    letter           der  Brief             Briefe            openable writable
    postcard         die  Postkarte         Postkarten        writable collectible
thing portable toy gift:
    ball             der  Ball              Bälle             throwable catchable dogtoy rolling pickup
    soccer_ball      der  Fußball           Fußbälle          throwable catchable dogtoy rolling
    doll             die  Puppe             Puppen            pickup
    kite             der  Drachen           Drachen
    balloon          der  Luftballon        Luftballons       flying
thing portable dish breakable buyable standing gift:
    cup              die  Tasse             Tassen            dryable
    coffee_cup       die  Kaffeetasse       Kaffeetassen      dryable
    glass            das  Glas              Gläser            dryable fillable
    plate            der  Teller            Teller            dryable
    bowl             die  Schüssel          Schüsseln         dryable fillable
    teapot           die  Teekanne          Teekannen         dryable fillable
    bottle           die  Flasche           Flaschen          openable closeable fillable
thing portable dish buyable:
    spoon            der  Löffel            Löffel            dryable flat cutlery
    wooden_spoon     der  Holzlöffel        Holzlöffel        dryable flat
    fork             die  Gabel             Gabeln            dryable flat cutlery
    knife            das  Messer            Messer            dryable flat
    kitchen_knife    das  Küchenmesser      Küchenmesser      dryable flat
    pot              der  Topf              Töpfe             dryable fillable standing
    pan              die  Pfanne            Pfannen           dryable standing

thing clothing portable wearable gift washable:
    jacket           die  Jacke             Jacken            garment
    coat             der  Mantel            Mäntel            garment
    raincoat         der  Regenmantel       Regenmäntel       garment
    dress            das  Kleid             Kleider           garment ironable
    shirt            das  Hemd              Hemden            garment ironable
    sweater          der  Pullover          Pullover          garment
    skirt            der  Rock              Röcke             garment ironable
    scarf            der  Schal             Schals
thing clothing portable wearable gift:
    hat              der  Hut               Hüte
    straw_hat        der  Strohhut          Strohhüte
    shoe             der  Schuh             Schuhe            garment cleanable pair
    boot             der  Stiefel           Stiefel           garment cleanable pair
    glove            der  Handschuh         Handschuhe        garment pickup pair

food thing edible:
    soup             die  Suppe             Suppen            cookable stirrable hot
    vegetable_soup   die  Gemüsesuppe       Gemüsesuppen      cookable stirrable hot
    cake             der  Kuchen            Kuchen            bakeable cuttable gift
    birthday_cake    der  Geburtstagskuchen Geburtstagskuchen bakeable cuttable gift
    apple_pie        der  Apfelkuchen       Apfelkuchen       bakeable cuttable
    pizza            die  Pizza             Pizzas            bakeable cuttable hot
    cookie           der  Keks              Kekse             bakeable gift
    pancake          der  Pfannkuchen       Pfannkuchen       bakeable hot
    sausage          die  Wurst             Würste            cuttable grillable hot
    egg              das  Ei                Eier              cookable breakable
    bread_roll       das  Brötchen          Brötchen          cuttable bakeable
food thing edible produce buyable portable gift:
    apple            der  Apfel             Äpfel             peelable cuttable pickable pickup rolling
    banana           die  Banane            Bananen           peelable cuttable
    pear             die  Birne             Birnen            peelable cuttable pickable
    cherry           die  Kirsche           Kirschen          pickable
    strawberry       die  Erdbeere          Erdbeeren         pickable
    carrot           die  Karotte           Karotten          peelable cuttable cookable plantable
    potato           die  Kartoffel         Kartoffeln        peelable cuttable cookable plantable
    tomato           die  Tomate            Tomaten           cuttable pickable plantable
    onion            die  Zwiebel           Zwiebeln          peelable cuttable plantable
drinkable food thing mass:
    milk             die  Milch             -                 hot
    water            das  Wasser            -                 hot
    coffee           der  Kaffee            -                 stirrable hot
    tea              der  Tee               -                 stirrable hot
    juice            der  Saft              -
    orange_juice     der  Orangensaft       -
edible food thing mass:
    bread            das  Brot              -                 cuttable bakeable
    cheese           der  Käse              -                 cuttable

plant thing pickable gift plantable:
    flower           die  Blume             Blumen            drawable
    rose             die  Rose              Rosen
plant thing plantable landmark:
    tree             der  Baum              Bäume             shelter climbable drawable
    apple_tree       der  Apfelbaum         Apfelbäume        shelter climbable

place indoor home visitable:
    kitchen          die  Küche             Küchen            in:in cooking room
    living_room      das  Wohnzimmer        Wohnzimmer        in:in room
    bedroom          das  Schlafzimmer      Schlafzimmer      in:in room
    bathroom         das  Badezimmer        Badezimmer        in:in room
    garage           die  Garage            Garagen           in:in room
    cellar           der  Keller            Keller            in:in room
place indoor town building landmark visitable drawable:
    house            das  Haus              Häuser            in:in cooking home buildable lockable
    school           die  Schule            Schulen           in:in
    church           die  Kirche            Kirchen           in:in seen
    library          die  Bibliothek        Bibliotheken      in:in
    museum           das  Museum            Museen            in:in seen
    hospital         das  Krankenhaus       Krankenhäuser     in:in
    hotel            das  Hotel             Hotels            in:in cooking
    restaurant       das  Restaurant        Restaurants       in:in cooking
    bakery           die  Bäckerei          Bäckereien        in:in cooking
    castle           das  Schloss           Schlösser         in:in seen
    train_station    der  Bahnhof           Bahnhöfe          at:an
    tower            der  Turm              Türme             in:in buildable seen
    barn             die  Scheune           Scheunen          in:in farmyard buildable
    stable           der  Stall             Ställe            in:in farmyard buildable
place indoor:
    classroom        das  Klassenzimmer     Klassenzimmer     in:in room
    office           das  Büro              Büros             in:in room
    tent             das  Zelt              Zelte             in:in landmark
place outdoor:
    garden           der  Garten            Gärten            in:in seen
    park             der  Park              Parks             in:in seen
    forest           der  Wald              Wälder            in:in wilderness
    street           die  Straße            Straßen           on:auf
    meadow           die  Wiese             Wiesen            in:auf farmyard wilderness
    field            das  Feld              Felder            in:auf farmyard
    playground       der  Spielplatz        Spielplätze       on:auf
    beach            der  Strand            Strände           on:an seen
    farm             der  Bauernhof         Bauernhöfe        on:auf farmyard seen
    market           der  Markt             Märkte            at:auf selling
    zoo              der  Zoo               Zoos              in:in seen wilderness
    village          das  Dorf              Dörfer            in:in living seen
    city             die  Stadt             Städte            in:in living seen
    mountain         der  Berg              Berge             on:auf climbable wilderness drawable
    bridge           die  Brücke            Brücken           on:auf shelter buildable drawable
    parking_lot      der  Parkplatz         Parkplätze        on:auf parking
    soccer_field     der  Fußballplatz      Fußballplätze     on:auf
place bathing:
    lake             der  See               Seen              in:in drawable
    river            der  Fluss             Flüsse            in:in drawable
    swimming_pool    das  Schwimmbad        Schwimmbäder      in:in

nature only_the:
    sun              die  Sonne             -                 shining drawable
    moon             der  Mond              -                 shining drawable
    wind             der  Wind              -                 blowing
    snow             der  Schnee            -                 melting cold
    ice              das  Eis               -                 melting cold
nature:
    star             der  Stern             Sterne            shining drawable
    snowman          der  Schneemann        Schneemänner      melting buildable drawable
"""

GENDER = {"der": "m", "die": "f", "das": "n"}


@dataclass(frozen=True, eq=False)
class Noun:
    """One sense: English `en` is always German `de`."""

    en: str
    de: str
    gender: str
    de_plural: str
    tags: frozenset[str]

    @cached_property
    def lexeme(self) -> str:
        return f"{self.en} (noun)"

    @property
    def weak(self) -> bool:
        return "weak" in self.tags

    @property
    def mass(self) -> bool:
        return "mass" in self.tags

    @cached_property
    def pronoun(self) -> str:
        """The English pronoun that refers to it; empty for a child, who may be either."""
        if "person" in self.tags:
            return "he" if "he" in self.tags else "she" if "she" in self.tags else ""
        return "it"

    def prepositions(self) -> tuple[str, str]:
        """English and German preposition of being there."""
        pairs = [tag.split(":") for tag in sorted(self.tags) if ":" in tag]
        return pairs[0][0], pairs[0][1]


def _read(table: str) -> tuple[Noun, ...]:
    nouns = []
    group: list[str] = []
    for line in table.strip().splitlines():
        if line.endswith(":"):
            group = line[:-1].split()
        elif line.strip():
            en, article, de, plural, *tags = line.split()
            de_plural = "" if plural == "-" else plural
            nouns.append(
                Noun(
                    en.replace("_", " "),
                    de,
                    GENDER[article],
                    de_plural,
                    frozenset([*group, *tags, en]),
                )
            )
    return tuple(nouns)


ALL_NOUNS = _read(NOUNS)


@cache
def with_tags(wanted: str) -> tuple[Noun, ...]:
    """Nouns for `"food,toy !mass"`: any of the first tags, none of the negated ones.

    A plus asks for two tags at once: `"animal+small"`.
    """
    words = wanted.split()
    forbidden = {word[1:] for word in words if word.startswith("!")}
    options = [set(option.split("+")) for option in words[0].split(",")] if words else []
    return tuple(
        noun
        for noun in ALL_NOUNS
        if not forbidden & noun.tags and any(option <= noun.tags for option in options)
    )
