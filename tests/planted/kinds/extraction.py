"""Orders in a sentence, each with its fields as JSON: the answers are made of the question's own words."""

import random

from tests.planted.kinds.grammar import distinct, lines, say, words

LISTS = {
    "colour": words("blue, green, red, white, black, yellow, grey, purple"),
    "thing": words("lamps, chairs, towels, mugs, cushions, rugs, candles, vases, trays, baskets, frames, curtains, plates, blankets"),
    "city": words("Graz, Leeds, Porto, Oslo, Ghent, Turin, Brno, Lyon, Cork, Kiel, Basel, Tartu"),
    "name": words("Ana, Bo, Cem, Dewi, Emil, Fatou, Gus, Hana, Ivo, Jun, Kofi, Lea, Milo, Nia, Omar, Pia, Rosa, Sven, Tara, Uli"),
    "when": words(
        "by Friday, before the fair, next week, as soon as you can, in time for the wedding, when they are in stock, in two parcels"
    ),
    "why": lines(
        """
        The last ones were so well liked.
        {name} from the office will sign for them.
        Leave them with {name} if nobody opens.
        They are a present for {name}.
        Same address as in March.
        Do not fold the invoice, please.
        Our guests from {city} broke most of the old ones.
        """
    ),
    "ask": lines(
        """
        Please send {n} {colour} {thing} to {to} in {place} {when}.
        {to} needs {n} {thing} in {colour}, delivered to {place} {when}.
        Could we have {n} more {colour} {thing} in {place} {when}? They go to {to}.
        I would like to order {n} {colour} {thing}. Ship them to {to}, {place}, {when}.
        For the branch in {place}: {n} {thing}, all {colour}, for the attention of {to}, {when}.
        """
    ),
}


def extraction(n: int, seed: int) -> list[dict[str, str]]:
    """Rows with the message and the four fields that are to be read from it."""
    draw = random.Random(seed)

    def make(at: int) -> dict[str, str]:
        given = {"n": str(draw.randint(2, 90)), "colour": draw.choice(LISTS["colour"]), "thing": draw.choice(LISTS["thing"])}
        given |= {"to": draw.choice(LISTS["name"]), "place": draw.choice(LISTS["city"])}
        order = say(draw.choice(LISTS["ask"]), LISTS, draw, given)
        text = f"{order} {say(draw.choice(LISTS['why']), LISTS, draw)}"
        return {"message": text, "item": given["thing"], "colour": given["colour"], "quantity": given["n"], "city": given["place"]}

    return distinct(n, make, lambda row: row["message"], most=0.6)
