"""Support tickets of a web shop, each with the team that it belongs to."""

import random

from tests.planted.kinds.grammar import distinct, lines, say, sentence, words

LISTS = {
    "item": words(
        "desk lamp, rucksack, coffee grinder, office chair, pair of hiking boots, wool blanket, bread maker, tent,"
        "camera strap, radio, bookshelf, bicycle helmet, frying pan, rain jacket, vacuum cleaner, garden hose,"
        "piano stool, set of knives, mattress, alarm clock, printer, kettle, suitcase, baby monitor, fish tank,"
        "yoga mat, projector, sewing machine, pillow, electric drill, toaster, sledge, hammock, monitor stand"
    ),
    "city": words(
        "Leeds, Porto, Graz, Utrecht, Dublin, Oslo, Malmö, Ghent, Turin, Kraków, Brno, Lyon, Seville, Cork, Bergen,"
        "Aarhus, Basel, Tartu, Split, Kiel"
    ),
    "day": words("Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday"),
    "ago": words(
        "yesterday, two days ago, last week, on {day}, at the weekend, a fortnight ago, early this month, ten days ago,"
        "this morning, in March, before the holidays, on {day} evening, in late autumn, right after Easter"
    ),
    "person": words(
        "my sister, our neighbour, my father, a colleague, my wife, the caretaker, my flatmate, our office manager,"
        "my son, my aunt, the tenant below"
    ),
    "amount": words("12.90, 48, 199, 75.50, 320, 8.99, 64, 145, 1,250, 27.40, 560, 33, 89.95, 410, 18.25"),
    "order": words("order 48213, order 2024-7719, order K-55102, order 90077, order 31-4462, order B7781, order 66019, order 12-0093"),
    "phone": words("tablet, laptop, old phone, work computer, television, e-reader, new phone, browser at work"),
    "open": lines(
        """
        Hello,
        Hi there,
        Good morning,
        I hope you can sort this out:
        Second time that I write about this.
        Sorry to bother you again.
        I have been a customer for {years} years.
        Just a short one today.
        Please read this to the end.
        Your chat sent me here.
        Nobody picks up the telephone, so I write.
        I am writing for {person}.
        We run a small {business}.
        This concerns {order}.
        It is about the {item} from {ago}.
        """
    ),
    "years": words("two, three, four, six, eight, nine, eleven, twelve, fifteen"),
    "business": words(
        "bakery, guest house, law office, nursery, bicycle shop, dental practice, choir, theatre, sports club,print shop, vineyard"
    ),
    "close": lines(
        """
        What happens next?
        Please look into it before {day}.
        Could someone call {person} back?
        I would be glad of a quick word.
        Thanks in advance.
        How long will that take?
        Who decides that on your side?
        Kind regards from {city}.
        Let me know what you need from me.
        I am away from {day} on.
        Is there anything that I can do meanwhile?
        Surely {person} is not the only one with this.
        I have pictures if they help.
        We leave for {city} on {day}.
        """
    ),
}
TEAMS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "Delivery": (
        lines(
            """
            the courier left my parcel with the {item} at a house in {city} where I have never lived
            my {item} has been sitting in the depot at {city} since {day} without moving
            the tracking page says delivered {ago} but no parcel with a {item} reached us
            the driver rang {person}, turned round and took the {item} back to the depot
            the shipment with the {item} was sent to {city} although I live elsewhere
            where is the parcel with my {item} that was dispatched {ago}
            the carrier promised to bring the {item} on {day} and nobody came with it
            only one of two parcels arrived {ago} and the {item} must be in the missing one
            can the courier drop the {item} at {person}'s place while we are out
            the express shipping that I chose for the {item} took longer than the post to {city}
            the parcel box that held my {item} was left in the rain by the driver {ago}
            """
        ),
        lines(
            """
            The tracking number has shown the same depot in {city} for days.
            The courier's note gives no time of delivery at all.
            The carrier says that the parcel never left {city}.
            I waited on {day} for the driver until nightfall.
            Could the parcel go to a pick-up point near {city} instead?
            The shipping label had {person}'s street and our house number.
            Your dispatch mail named {day} as the arrival.
            Nobody in the building signed for a parcel, not even {person}.
            """
        ),
    ),
    "Returns": (
        lines(
            """
            I want to send the {item} back because it does not suit {person}
            how do I return the {item} that I unpacked {ago}
            the return label for the {item} cannot be scanned at the shop in {city}
            I sent the {item} back {ago} and still wait for the refund of {amount}
            may I exchange the {item} for a smaller one without a new order
            the refund for the returned {item} is {amount} short of what I gave for it
            the {item} is the wrong colour and I should like to swap it
            is it too late to return the {item} that {person} gave me {ago}
            your warehouse refused the {item} that I returned from {city}
            can the {item} be handed back in your shop in {city} rather than posted
            I have lost the box of the {item} and wonder whether you take it back all the same
            """
        ),
        lines(
            """
            It is unused and the return form is filled in.
            The refund was promised {ago} by {person} at your end.
            The exchange should cost nothing according to your return policy.
            I put the return slip into the box together with {person}.
            The refund can go back the way that I gave the money.
            Your return portal asks for a reason that is not on the list.
            An exchange for a {item} would suit us as well.
            The fourteen days for returning it end on {day}.
            """
        ),
    ),
    "Account": (
        lines(
            """
            I cannot log in since {ago} and the password reset mail does not come
            the login page on my {phone} says that my username is unknown
            please change the address in my profile to one in {city}
            somebody has logged in to my profile from {city} and it was not me
            I would like to delete my profile together with everything stored in it
            my username was locked after {person} tried the wrong password
            the code for the second login step goes to a {phone} that I sold {ago}
            can {person} and I share one login without sharing a password
            I registered twice by mistake and want the two profiles merged
            how do I change the password when I have forgotten the old one
            my profile still carries my maiden name and your form refuses the new one
            """
        ),
        lines(
            """
            The reset link had expired when I clicked it on my {phone}.
            Logging in from {person}'s {phone} does not work either.
            I have tried three passwords and am now locked out.
            The profile page accepts nothing that I type since {ago}.
            The verification code has not arrived once since {day}.
            My username is the same as in {city}, where I registered.
            Resetting the password {ago} changed nothing.
            The security question about {person} was never mine.
            """
        ),
    ),
    "Billing": (
        lines(
            """
            the invoice for the {item} shows {amount} but the shop window said less
            you have charged my credit card twice for {amount} {ago}
            I need an invoice with the tax number of our {business}
            the discount code from {day} was not taken off the invoice
            why is there a fee of {amount} on my statement from {ago}
            the direct debit of {amount} was taken {ago} although I chose to pay by invoice
            may our {business} pay the invoice in three instalments
            the tax on the invoice for the {item} is calculated at the wrong rate
            my bank shows a charge of {amount} that I cannot match with any invoice
            the payment for {order} failed three times and yet the money left my bank
            please issue the invoice of {ago} again without the gift card
            """
        ),
        lines(
            """
            The bank confirms that the charge of {amount} came from you.
            Our accountant in {city} needs the corrected invoice.
            The reminder threatens a late fee of {amount}.
            The payment reference on the invoice belongs to {person}.
            My credit card statement lists it under {city}.
            The invoice total and the sum of its lines differ by {amount}.
            I paid by bank transfer {ago} and have the receipt.
            The discount was the reason that I bought the {item} at all.
            """
        ),
    ),
    "App": (
        lines(
            """
            the app closes by itself on my {phone} as soon as I open the basket
            since the update {ago} the app shows a white screen on {person}'s {phone}
            the search in the app finds no {item} though the website does
            push notifications from the app come at night on my {phone}
            the app freezes when I scroll through pictures of a {item}
            the dark mode of the app makes the buttons unreadable on my {phone}
            your app takes up half the memory of my {phone} since {day}
            the barcode scanner in the app sees only black on my {phone}
            the app switches to another language whenever {person} opens it
            after the update the widget of the app stays empty on my {phone}
            the app asks for an update on {day} and then cannot install it
            """
        ),
        lines(
            """
            I have installed the app anew on the {phone} twice.
            The crash report from {ago} was sent from within the app.
            The screen stays frozen until I restart the {phone}.
            The version before the update ran without a crash.
            On {person}'s {phone} the same screen loads in a second.
            Clearing the cache of the app made the crash worse.
            The button in the corner of the screen does nothing.
            Switching off the notifications {ago} did not help the app.
            """
        ),
    ),
    "Warranty": (
        lines(
            """
            the {item} broke {ago} after less than a year of use
            a screw of the {item} has come loose and the warranty card names no repair shop
            the motor of my {item} makes a burning smell since {day}
            who repairs a {item} under guarantee near {city}
            there is a crack in the {item} that was not there {ago}
            I need a spare part for the {item} because the hinge has snapped
            the {item} stopped working while {person} was using it as the manual says
            does the guarantee cover a {item} that was dropped by {person}
            the repair of my {item} in {city} lasted two weeks and the defect is back
            the seam of the {item} has come undone and I ask for a repair
            the handle of the {item} snapped off in {person}'s hand {ago}
            """
        ),
        lines(
            """
            The warranty card is stamped in {city}.
            The manual says nothing about this defect.
            A repair shop in {city} wants {amount} for the spare part.
            The defect showed first {ago} and grows worse.
            It was never dropped, {person} can vouch for that.
            The guarantee runs until the end of next year.
            The broken part lies in a drawer in case the repair needs it.
            The same defect struck {person}'s {item} as well.
            """
        ),
    ),
}


def tickets(n: int, seed: int) -> list[dict[str, str]]:
    """Rows with a number, a date, the message and the team."""
    draw = random.Random(seed)
    teams = list(TEAMS)

    def make(at: int) -> dict[str, str]:
        team = teams[at % len(teams)]
        cores, details = TEAMS[team]
        same = {"item": draw.choice(LISTS["item"])}
        core = sentence(say(draw.choice(cores), LISTS, draw, same))
        core += "?" if core.split()[0] in ("Where", "How", "Can", "May", "Is", "Who", "Does", "Why") else "."
        parts = [core, say(draw.choice(details), LISTS, draw, same)]
        if draw.random() < 0.6:
            parts.insert(0, say(draw.choice(LISTS["open"]), LISTS, draw, same))
        if draw.random() < 0.6:
            parts.append(say(draw.choice(LISTS["close"]), LISTS, draw, same))
        return {"message": " ".join(parts), "team": team}

    rows = distinct(n, make, lambda row: row["message"])
    draw.shuffle(rows)
    day = [f"2025-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}" for _ in rows]
    return [{"ticket": str(10_000 + 7 * at), "date": when, **row} for at, (when, row) in enumerate(zip(day, rows, strict=True))]
