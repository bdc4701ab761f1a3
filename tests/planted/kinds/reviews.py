"""Reviews of hotels and restaurants with their sentiment, emoji and all."""

import random

from tests.planted.kinds.grammar import distinct, lines, say, sentence, words

LISTS = {
    "what": words(
        "room, breakfast, terrace, pool, bar, pasta, soup, bathroom, view, waiter, bed, dessert, garden, coffee,"
        "parking, lift, sauna, balcony, staff, tasting menu, fish, lobby, sun deck, playground, curry, wine list,"
        "shower, beach, shuttle bus, wifi"
    ),
    "place": words(
        "Lisbon, Ubud, Crete, Vienna, Cape Town, Bandung, Naples, Tromsø, Hanoi, Cusco, Bath, Sofia, Penang, Bruges,Nantes, Oaxaca"
    ),
    "who": words(
        "my husband, the kids, our friends, my boss, the grandparents, a school friend, my sister, two vegetarians,"
        "our toddler, the whole team"
    ),
    "when": words(
        "in June, at Easter, over New Year, on our honeymoon, for a conference, in the low season, after a wedding,"
        "on a rainy weekend, last autumn"
    ),
    "good": words(
        "lovely, delicious, spotless, charming, generous, wonderful, flawless, delightful, superb, heavenly, cosy,"
        "marvellous, excellent, perfect"
    ),
    "bad": words(
        "filthy, awful, broken, rude, stale, disgusting, noisy, mouldy, dreadful, greasy, horrible, sticky, overpriced,"
        "terrible, cold, smelly"
    ),
    "mid": words(
        "average, plain, acceptable, ordinary, unremarkable, decent enough, middling, so-so, fair, passable,nothing special, standard"
    ),
    "joy": words("😀, 😍, 👍, 🎉, ❤️, 👨‍👩‍👧, 😋, ⭐⭐⭐⭐⭐, 🌞"),
    "gloom": words("😡, 👎, 🤮, 😞, 💸, ⭐"),
}
FEELINGS: dict[str, tuple[str, ...]] = {
    "positive": lines(
        """
        the {what} was {good} and the {what} simply {good}
        we loved the {what}, and {who} still raves about the {good} {what}
        {who} enjoyed every minute, above all the {good} {what}
        what a {good} {what}, we were thrilled {when}
        I recommend the {what} to everyone, it was {good}
        best {what} in {place}, {good} from start to finish
        thank you for a {good} stay {when}, {who} was delighted with the {what}
        we shall gladly come back to {place} for the {good} {what}
        a {good} surprise was the {what}, warmly served by smiling people
        """
    ),
    "negative": lines(
        """
        the {what} was {bad} and the {what} downright {bad}
        we regretted coming to {place} {when}, the {what} was {bad}
        {who} got sick of the {bad} {what} and complained in vain
        never again, the {bad} {what} ruined our days {when}
        avoid the {what}, it is {bad}, and the {what} is worse
        worst {what} in {place}, {bad} and a waste of money
        {who} demanded a refund {when} because of the {bad} {what}
        a disappointment: {bad} {what}, unfriendly people, and nobody cared
        the {what} disgusted {who}, it was {bad} beyond words
        """
    ),
    "neutral": lines(
        """
        the {what} was {mid}, the {what} likewise
        {who} found the {what} {mid}, neither more nor less
        for a night in {place} it will do, though the {what} is {mid}
        as described: {mid} {what}, {mid} {what}
        we stayed {when}, the {what} was {mid} and the {what} as expected
        the {what} is {mid} for {place}, take it or leave it
        no strong feelings about the {what}, which is {mid}
        it has a {what} and a {what}, both {mid}
        compared with other houses in {place} the {what} is {mid}
        """
    ),
}


def stars(n: int, seed: int) -> list[dict[str, str]]:
    """Rows with the review and one to five stars, where four or five is as much a whim as one or two."""
    draw = random.Random(seed)
    given = {"positive": "45", "neutral": "3", "negative": "12"}
    return [{"review": row["review"], "stars": draw.choice(given[row["sentiment"]])} for row in reviews(n, seed)]


def reviews(n: int, seed: int) -> list[dict[str, str]]:
    """Rows with the review, the number of nights and the sentiment."""
    draw = random.Random(seed)
    feelings = list(FEELINGS)

    def make(at: int) -> dict[str, str]:
        feeling = feelings[at % 3]
        parts = [sentence(say(core, LISTS, draw)) for core in draw.sample(FEELINGS[feeling], draw.choice((2, 2, 3)))]
        text = f"{'. '.join(parts)}{draw.choice(('.', '.', '!'))}"
        if feeling != "neutral" and draw.random() < 0.3:
            text += " " + draw.choice(LISTS["joy" if feeling == "positive" else "gloom"])
        return {"review": text, "nights": str(draw.randint(1, 14)), "sentiment": feeling}

    rows = distinct(n, make, lambda row: row["review"])
    draw.shuffle(rows)
    return rows
