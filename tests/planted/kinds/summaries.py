"""Local news with a one-sentence summary, whose words are largely the article's own."""

import random

from tests.planted.kinds.grammar import distinct, lines, say, sentence, words

LISTS = {
    "town": words(
        "Ashford, Brindle, Corsham, Dunmore, Eyam, Fowey, Gretna, Hexham, Ilkley, Keswick, Ludlow, Matlock, Nairn, Oban,"
        "Penrith, Rye, Settle, Tain"
    ),
    "what": words(
        "footbridge, swimming pool, market hall, bus station, primary school, lifeboat station, village green,"
        "post office, cycle path, old cinema, flood wall, library, clock tower, skate park, ferry pier, windmill,"
        "playground, hospital wing, fire station, allotment"
    ),
    "doing": words(
        "close, reopen, move to a new site, be painted, be sold, be repaired, be pulled down, get a new roof,be extended, change hands"
    ),
    "when": words(
        "in March, next summer, before Christmas, within two years, after Easter, in early June, by the end of May,"
        "this autumn, in the new year"
    ),
    "cost": words("90,000 pounds, 1.2 million pounds, 340,000 pounds, 55,000 pounds, two million pounds, 780,000 pounds, 12,500 pounds"),
    "who": words(
        "Councillor Amara Boyd, head teacher Ian Voss, shopkeeper Lena Ortiz, engineer Raj Nair, farmer Tom Pell,"
        "nurse Ebba Lund, baker Sol Price, retired pilot May Dent, architect Piet Roos, student Zoe Kern,"
        "vicar Hugh Lamb, ranger Isla Wren"
    ),
    "more": lines(
        """
        {who} called the plan long overdue and asked for a ramp as well.
        A petition with {n} names had been handed in {when}.
        The work is expected to take {k} weeks, during which the road stays shut.
        Neighbours complained about noise at a meeting that drew {n} people.
        "We never thought that it would come to this", said {who}.
        The last inspection had found rust, damp and {k} loose slates.
        Two firms had offered to do it for less, but neither could begin {when}.
        Volunteers have raised a tenth of the sum by selling cakes and {n} raffle tickets.
        Buses will use the car park behind the chapel for {k} weeks.
        {who} fears for the swifts that nest there.
        A plaque from the days of the railway will be kept.
        The county turned down a similar request {k} years ago.
        """
    ),
    "n": words("40, 120, 215, 310, 480, 660, 900, 1,400, 2,300"),
    "k": words("three, five, six, eight, nine, eleven, fourteen, twenty"),
}
FIRST = lines(
    """
    The {what} in {town} is to {doing} {when}, the town council decided on Tuesday. The cost is put at {cost}.
    Councillors in {town} voted narrowly for a plan under which the {what} will {doing} {when}. It will cost {cost}.
    After a long debate it is settled: {when} the {what} of {town} is going to {doing}. {cost} have been set aside.
    People in {town} have been told that their {what} will {doing} {when}. A grant of {cost} made it possible.
    """
)
SHORT = lines(
    """
    {town}'s {what} will {doing} {when} for {cost}.
    The {what} in {town} is to {doing} {when} at a cost of {cost}.
    A plan for the {what} of {town} to {doing} {when} has been agreed, at {cost}.
    """
)


def summaries(n: int, seed: int) -> list[dict[str, str]]:
    """Rows with the article and its summary."""
    draw = random.Random(seed)

    def make(at: int) -> dict[str, str]:
        given = {name: draw.choice(LISTS[name]) for name in ("town", "what", "doing", "when", "cost")}
        rest = [sentence(say(one, LISTS, draw)) for one in draw.sample(LISTS["more"], draw.choice((3, 4, 5)))]
        first = sentence(say(draw.choice(FIRST), LISTS, draw, given))
        return {"article": " ".join([first, *rest]), "summary": sentence(say(draw.choice(SHORT), LISTS, draw, given))}

    return distinct(n, make, lambda row: row["article"])
