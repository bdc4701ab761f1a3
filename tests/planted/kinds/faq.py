"""Questions to a town's visitor office with answers in whole sentences."""

import random

from tests.planted.kinds.grammar import distinct, lines, say, sentence, words

LISTS = {
    "place": words(
        "castle museum, botanical garden, open-air pool, cathedral tower, planetarium, city library, ice rink,"
        "harbour ferry, zoo, puppet theatre, salt mine, climbing hall, cable car, observatory, fish market, town hall,"
        "steam railway, toy museum, brewery, old mill, concert hall, butterfly house, lighthouse, wildlife park,"
        "bowling alley, water tower, rose garden, synagogue, hop museum, campsite"
    ),
    "people": words(
        "my parents, a school class, my two children, a friend in a wheelchair, our choir, a group of pensioners,"
        "my girlfriend, a dog and a baby, colleagues from Japan, my grandmother, a football team, four students,"
        "some cyclists, my in-laws, a hiking club, an exchange pupil"
    ),
    "month": words("January, March, April, May, June, July, August, September, October, November, December"),
    "day": words("Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday, public holiday"),
    "hour": words("eight, nine, ten, eleven, noon, one, two, three, half past four, five, six, seven, half past eight"),
    "sum": words("two euros, 3.50 euros, four euros, 6.80 euros, seven euros, nine euros, 12 euros, 14.50 euros, eighteen euros,25 euros"),
    "context": lines(
        """
        We are coming with {people} in {month}.
        I shall be in town with {people} on a {day}.
        It may rain while {people} and I are here.
        We have only one afternoon, from {hour} on.
        This is for {people}, who arrive by train.
        A friend told us to go there in {month}.
        I am planning a birthday with {people}.
        We come by car and leave again at {hour}.
        Our hotel knew nothing about it.
        Last time, in {month}, we found it shut.
        """
    ),
    "tail": lines(
        """
        In {month} it gets crowded, so come before {hour}.
        The ticket desk closes at {hour}.
        Bring a coin of {sum} for the lockers.
        On a {day} the queue is shortest.
        Ask for the green leaflet at the entrance.
        The staff speak English and some Italian.
        The number 7 tram stops right outside.
        There is shade, but little water, so bring a bottle.
        From {month} on a booking is wise.
        You find the same on the board beside the gate.
        Payment is by card only since {month}.
        """
    ),
}
ASPECTS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (
        lines(
            """
            When does the {place} open on a {day}?
            What are the opening hours of the {place} in {month}?
            Is the {place} still open after {hour}?
            """
        ),
        lines(
            """
            The {place} opens at {hour} and shuts at {hour} in the evening.
            Doors open at {hour}; on a {day} the {place} stays closed.
            You can get in from {hour} on, the last visitors leave the {place} at {hour}.
            """
        ),
    ),
    (
        lines(
            """
            What does it cost to get into the {place}?
            How much is a family ticket for the {place}?
            Are there cheaper tickets for the {place} in the evening?
            """
        ),
        lines(
            """
            Adults pay {sum}, children under twelve {sum} at the {place}.
            A family ticket is {sum}, and after {hour} everybody pays {sum}.
            Entry to the {place} costs {sum}, with the visitor card {sum} less.
            """
        ),
    ),
    (
        lines(
            """
            Can one reach the {place} without a car?
            Which tram goes to the {place}?
            Where do we park for the {place}?
            """
        ),
        lines(
            """
            Take the tram towards the {place}, it runs every ten minutes until {hour}.
            The car park behind the {place} charges {sum} a day, the one by the river {sum}.
            It is a flat walk of half an hour from the station to the {place}.
            """
        ),
    ),
    (
        lines(
            """
            Are dogs allowed in the {place}?
            May we bring our own food to the {place}?
            Is taking photographs permitted in the {place}?
            """
        ),
        lines(
            """
            Dogs on a lead are welcome, except in the hall of the {place} on a {day}.
            Small bags with food are fine; the {place} has tables by the pond.
            You may take pictures without a flash anywhere in the {place} but the vault.
            """
        ),
    ),
    (
        lines(
            """
            Is the {place} suitable for wheelchairs?
            Does the {place} lend prams or wheelchairs?
            Are there many steps inside the {place}?
            """
        ),
        lines(
            """
            A lift takes you to every floor of the {place} but the attic.
            The {place} lends two wheelchairs for a deposit of {sum}.
            There are nine steps at the entrance of the {place} and a ramp round the corner.
            """
        ),
    ),
    (
        lines(
            """
            Are there guided tours of the {place} in English?
            How long does a tour of the {place} last?
            Must one book a tour of the {place} ahead?
            """
        ),
        lines(
            """
            English tours of the {place} start at {hour} and cost {sum} more.
            A tour of the {place} lasts ninety minutes and ends in the cellar.
            Groups book the {place} a week ahead, single guests simply join at {hour}.
            """
        ),
    ),
)


def faq(n: int, seed: int) -> list[dict[str, str]]:
    """Rows with the question and the answer."""
    draw = random.Random(seed)

    def make(at: int) -> dict[str, str]:
        questions, answers = draw.choice(ASPECTS)
        given = {"place": draw.choice(LISTS["place"])}
        context, question = say(draw.choice(LISTS["context"]), LISTS, draw), say(draw.choice(questions), LISTS, draw, given)
        asked = f"{context} {question}" if draw.random() < 0.8 else question
        answer = say(draw.choice(answers), LISTS, draw, given)
        tail = say(draw.choice(LISTS["tail"]), LISTS, draw, given)
        return {"question": asked, "answer": f"{sentence(answer)} {tail}" if at % 3 else f"{tail} {sentence(answer)}"}

    return distinct(n, make, lambda row: row["question"], most=0.55)
