"""Pairs of an English and a German sentence: the answer's language is not the question's, and that is right."""

import random

from tests.planted.kinds.grammar import distinct, lines

WHEN = lines(
    """
    Yesterday|Gestern
    Last night|Letzte Nacht
    In the spring|Im Frühling
    After the storm|Nach dem Sturm
    Before breakfast|Vor dem Frühstück
    On Sunday|Am Sonntag
    Two years ago|Vor zwei Jahren
    At dawn|Bei Tagesanbruch
    During the break|Während der Pause
    In the end|Am Ende
    Once again|Noch einmal
    Without a word|Ohne ein Wort
    """
)
WHO = lines(
    """
    the neighbour|die Nachbarin
    our teacher|unser Lehrer
    a young doctor|eine junge Ärztin
    the mayor|der Bürgermeister
    my brother|mein Bruder
    an old sailor|ein alter Matrose
    the postman|der Briefträger
    her grandmother|ihre Großmutter
    the cook|der Koch
    a stranger|ein Fremder
    the gardener|die Gärtnerin
    his daughter|seine Tochter
    the baker|der Bäcker
    nobody else|niemand sonst
    the shy boy|der schüchterne Junge
    """
)
DID = lines(
    """
    bought|a loaf of bread|kaufte|einen Laib Brot
    found|the lost key|fand|den verlorenen Schlüssel
    painted|the wooden fence|strich|den Holzzaun
    wrote|a long letter|schrieb|einen langen Brief
    sold|the blue boat|verkaufte|das blaue Boot
    repaired|the church clock|reparierte|die Kirchturmuhr
    forgot|the umbrella|vergaß|den Regenschirm
    counted|all the sheep|zählte|alle Schafe
    opened|a small shop|eröffnete|einen kleinen Laden
    hid|the birthday cake|versteckte|den Geburtstagskuchen
    lost|the chess game|verlor|die Schachpartie
    cooked|a thin soup|kochte|eine dünne Suppe
    planted|a pear tree|pflanzte|einen Birnbaum
    read|the torn map|las|die zerrissene Karte
    watched|the full moon|betrachtete|den Vollmond
    """
)
WHERE = lines(
    """
    at the market|auf dem Markt
    behind the house|hinter dem Haus
    near the bridge|bei der Brücke
    in the attic|auf dem Dachboden
    beside the stove|neben dem Ofen
    on the island|auf der Insel
    under the lime tree|unter der Linde
    in the next village|im nächsten Dorf
    by the lake|am See
    opposite the station|gegenüber dem Bahnhof
    """
)
BUT = lines(
    """
    but it was already too late|aber es war schon zu spät
    because the rain had stopped|weil der Regen aufgehört hatte
    although nobody had asked for it|obwohl niemand darum gebeten hatte
    and then everybody laughed|und dann lachten alle
    while the children were asleep|während die Kinder schliefen
    so the others went home|also gingen die anderen nach Hause
    because the money was short|weil das Geld knapp war
    and the dog barked for an hour|und der Hund bellte eine Stunde lang
    but the door stayed shut|aber die Tür blieb zu
    although it was bitterly cold|obwohl es bitterkalt war
    while the bells were ringing|während die Glocken läuteten
    and the price went up|und der Preis stieg
    """
)


def translation(n: int, seed: int) -> list[dict[str, str]]:
    """Rows with the English sentence and the German one."""
    draw = random.Random(seed)

    def make(at: int) -> dict[str, str]:
        when, who, did, where, but = (draw.choice(part).split("|") for part in (WHEN, WHO, DID, WHERE, BUT))
        return {
            "english": f"{when[0]}, {who[0]} {did[0]} {did[1]} {where[0]}, {but[0]}.",
            "german": f"{when[1]} {did[2]} {who[1]} {did[3]} {where[1]}, {but[1]}.",
        }

    return distinct(n, make, lambda row: row["english"], most=0.6)
