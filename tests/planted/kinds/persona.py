"""A grumpy librarian who knows facts: short questions that differ in one word and yet are different questions, some over two turns."""

import random

from tests.planted.kinds.grammar import distinct, lines, say, sentence, words

SYSTEM = "You are Hedda, a grumpy librarian who knows the answer and sighs about it."
CAPITALS = dict(
    pair.split("=")
    for pair in words(
        "Austria=Vienna, Australia=Canberra, Peru=Lima, Chad=N'Djamena, Kenya=Nairobi, Norway=Oslo, Latvia=Riga,"
        "Lithuania=Vilnius, Mali=Bamako, Malawi=Lilongwe, Niger=Niamey, Nigeria=Abuja, Iran=Tehran, Iraq=Baghdad,"
        "Slovakia=Bratislava, Slovenia=Ljubljana, Ghana=Accra, Cuba=Havana, Chile=Santiago, China=Beijing,"
        "Nepal=Kathmandu, Oman=Muscat, Qatar=Doha, Togo=Lomé, Fiji=Suva, Laos=Vientiane, Japan=Tokyo, Jordan=Amman,"
        "Kuwait=Kuwait City, Mongolia=Ulaanbaatar, Morocco=Rabat, Uganda=Kampala, Zambia=Lusaka, Senegal=Dakar"
    )
)
BOOKS = dict(
    pair.split("=")
    for pair in words(
        "Emma=Jane Austen, Hamlet=William Shakespeare, Dracula=Bram Stoker, Frankenstein=Mary Shelley,"
        "Middlemarch=George Eliot, Ulysses=James Joyce, Lolita=Vladimir Nabokov, Beloved=Toni Morrison,"
        "Candide=Voltaire, Faust=Johann Wolfgang von Goethe, Walden=Henry David Thoreau, Heidi=Johanna Spyri,"
        "Momo=Michael Ende, The Trial=Franz Kafka, The Leopard=Giuseppe di Lampedusa,"
        "Bumi Manusia=Pramoedya Ananta Toer, War and Peace=Leo Tolstoy, Don Quixote=Miguel de Cervantes,"
        "Snow=Orhan Pamuk, Rebecca=Daphne du Maurier"
    )
)
SYMBOLS = dict(
    pair.split("=")
    for pair in words(
        "gold=Au, silver=Ag, iron=Fe, tin=Sn, lead=Pb, sodium=Na, potassium=K, copper=Cu, mercury=Hg, helium=He,"
        "neon=Ne, zinc=Zn, carbon=C, chlorine=Cl, tungsten=W, antimony=Sb, arsenic=As, calcium=Ca, cobalt=Co, nickel=Ni,"
        "radium=Ra, xenon=Xe, argon=Ar, lithium=Li"
    )
)
YEARS = dict(
    pair.split("=")
    for pair in words(
        "the Berlin Wall fall=1989, the Titanic sink=1912, Krakatoa erupt=1883, Indonesia declare its independence=1945,"
        "the Eiffel Tower open=1889, the first man walk on the Moon=1969, Chernobyl burn=1986, the Suez Canal open=1869,"
        "the euro come as cash=2002, Vesuvius bury Pompeii=79, Columbus reach the Bahamas=1492,"
        "the French Revolution begin=1789, Lincoln get shot=1865, penicillin get discovered=1928"
    )
)
LISTS = {
    "ask": lines(
        """
        Tell me,
        Quick question:
        For my homework:
        My {kin} wants to know:
        We have a bet about it:
        For a crossword:
        I forgot again:
        Before I go:
        Be honest:
        """
    ),
    "kin": words("uncle, daughter, teacher, landlord, dentist, niece, boss, barber, coach, cousin, grandson, pen friend,flatmate, tailor"),
    "sigh": lines(
        """
        It is in the {noun} on the {ordinal} shelf, where it has been since {year}.
        I had hoped for a harder one before my {meal}.
        The {noun} by the door knows that too, and it is made of {stuff}.
        Please whisper it to your {kin} and leave me to my {noun}.
        Somebody asks that every {day}, mostly a {kin}.
        There goes another minute of my {meal}.
        Even the {noun} yawned.
        Write it on your {limb}, then we are spared next {day}.
        The {stuff} {noun} has more curiosity than your {kin}.
        One more like that and I shall hide behind the {noun}.
        My {kin} learned it at six, between two {meal}s.
        """
    ),
    "noun": words(
        "atlas, ladder, stove, globe, umbrella, catalogue, radiator, ficus, teapot, stamp, coat stand, card index,"
        "typewriter, goldfish, doormat, bust"
    ),
    "ordinal": words("second, third, fourth, fifth, top, lowest, dustiest, left, middle"),
    "year": words("1954, 1961, 1970, 1978, 1983, 1990, 1997, 2003"),
    "meal": words("lunch, tea, supper, soup, sandwich, second coffee, biscuit, breakfast"),
    "stuff": words("brass, plaster, wicker, cast-iron, oak, tin, paper, marble, felt"),
    "day": words("Monday, Tuesday, Wednesday, Thursday, Friday, rainy day, full moon, holiday"),
    "limb": words("hand, sleeve, wrist, forehead, ruler, sandwich paper, ticket, glasses"),
    "name": words("Ana, Bo, Cem, Dewi, Emil, Fatou, Gus, Hana, Ivo, Jun, Kofi, Lea, Milo, Nia, Omar, Pia, Rosa, Sven, Tara, Uli"),
    "fruit": words("apples, plums, buns, marbles, stamps, eggs, pencils, postcards, walnuts, candles, buttons, tickets, shells, onions"),
}


def _fact(draw: random.Random) -> tuple[str, str, str]:
    """Question, answer and a second question about the same thing."""
    which = draw.randrange(5)
    if which == 0:
        country, city = draw.choice(list(CAPITALS.items()))
        return f"What is the capital of {country}?", f"{city}.", "And is it a large city?"
    if which == 1:
        book, author = draw.choice(list(BOOKS.items()))
        return draw.choice((f"Who wrote {book}?", f"Whose book is {book}?")), f"{author} did.", "Is it worth reading?"
    if which == 2:
        element, symbol = draw.choice(list(SYMBOLS.items()))
        return f"What is the chemical symbol of {element}?", f"{symbol}.", "Why does one need that?"
    if which == 3:
        event, year = draw.choice(list(YEARS.items()))
        return f"In which year did {event}?", f"In {year}.", "That long ago?"
    name, other = draw.sample(LISTS["name"], 2)
    many, few, fruit = draw.randint(12, 60), draw.randint(2, 11), draw.choice(LISTS["fruit"])
    return (
        f"{name} has {many} {fruit} and gives {few} of them to {other}. How many are left?",
        f"{many - few} {fruit}.",
        f"And if {other} gives one back?",
    )


def persona(n: int, seed: int) -> list[dict[str, str]]:
    """Rows with question and answer, every sixth with an earlier turn as `before` and `reply`."""
    draw = random.Random(seed)
    facts: dict[str, str] = {}

    def make(at: int) -> dict[str, str]:
        question, fact, then = _fact(draw)
        asked = f"{say(draw.choice(LISTS['ask']), LISTS, draw)} {question[:1].lower() + question[1:] if draw.random() < 0.5 else question}"
        asked = asked if draw.random() < 0.7 else question
        facts[asked] = question  # another opening does not make it another question
        answer = f"{sentence(fact)} {sentence(say(draw.choice(LISTS['sigh']), LISTS, draw))}"
        if at % 6:
            return {"user": asked, "assistant": answer}
        again = say("Ask my {kin}. " + draw.choice(LISTS["sigh"]), LISTS, draw)
        return {"before": asked, "reply": answer, "user": then, "assistant": sentence(again)}

    return distinct(n, make, lambda row: facts[row.get("before", row["user"])], most=0.59)
