"""Data made for measuring: questions to a bank in 77 classes that share their words, many phrasings each; the same for the same seed.

A class is a thing (a transfer, a top-up) and what is the matter with it (pending, declined). Both have several names, some of which are
other classes' too; sentences on the side name other things, letters are swapped, classes are uneven, and a few labels are wrong.
"""

import random

THINGS = {
    "card payment": """
        card payment
        payment with my card
        purchase by card
        card transaction
        payment at the till
        shop payment
    """,
    "bank transfer": """
        transfer
        bank transfer
        wire
        money I sent
        payment to another account
        transfer to a friend
    """,
    "cash withdrawal": """
        cash withdrawal
        withdrawal at the machine
        cash I took out
        ATM withdrawal
        money from the cash machine
    """,
    "top-up": """
        top-up
        top up
        money I added
        topping up by card
        payment into my account
    """,
    "direct debit": """
        direct debit
        standing order
        regular payment
        monthly payment
        subscription payment
    """,
    "card": """
        card
        debit card
        bank card
        plastic
        new card
    """,
    "virtual card": """
        virtual card
        disposable card
        online card
        card in the app
        digital card
    """,
    "exchange": """
        exchange
        currency exchange
        conversion
        payment in another currency
        exchange of money
    """,
    "cheque": """
        cheque
        cheque deposit
        deposit by cheque
        cheque I paid in
        paper cheque
    """,
    "refund": """
        refund
        money back from the shop
        repayment by the seller
        refund of a payment
        returned purchase
    """,
    "account": """
        account
        current account
        bank account
        my account with you
        joint account
    """,
}

MATTERS = {
    "pending": """
        {thing} is still pending
        why is my {thing} taking so long
        {thing} has not gone through yet
        how long until the {thing} is there
        still waiting for the {thing}
        {thing} shows as waiting
    """,
    "declined": """
        {thing} was declined
        {thing} did not work
        why was my {thing} refused
        {thing} got rejected
        you would not let the {thing} go through
        {thing} keeps failing
    """,
    "fee": """
        I was charged for a {thing}
        is there a fee for a {thing}
        why does a {thing} cost extra
        a charge appeared after the {thing}
        what do you charge for the {thing}
        extra money was taken with the {thing}
    """,
    "unknown": """
        I do not recognise a {thing}
        someone made a {thing} without me
        there is a {thing} that is not mine
        I did not make this {thing}
        a strange {thing} appeared
        who did this {thing}
    """,
    "cancel": """
        how do I cancel a {thing}
        stop my {thing}
        I want to take back a {thing}
        can the {thing} be undone
        I no longer want the {thing}
        please call off the {thing}
    """,
    "limit": """
        is there a limit for a {thing}
        how much can a {thing} be
        what is the most for a {thing}
        can I raise the limit of my {thing}
        how many times may I use a {thing}
        the {thing} was over the limit, what is allowed
    """,
    "wrong": """
        the amount of my {thing} is wrong
        {thing} shows the wrong sum
        I got less than I should with the {thing}
        the rate of the {thing} is not right
        my {thing} appears twice
        the figure for the {thing} does not fit
    """,
}

OPENINGS = """
    Hi,
    Hello,
    Please help:
    Can you tell me,
    I am confused,
    Quick question:
    Sorry to bother you,
    So
"""
ENDINGS = """
    Thanks.
    What can I do?
    Please check.
    This is urgent.
    I am abroad now.
    It was last week.
    Can you help?
"""
ASIDES = (
    "I have already looked at my {thing}.",
    "It is not about my {thing}.",
    "My {thing} is fine.",
    "I also have a {thing}.",
    "Last month a {thing} was no problem.",
    "A friend told me about the {thing}.",
)
WRONG = 0.03  # of the labels


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines()]


def intents(n: int, seed: int = 0) -> tuple[list[str], list[str]]:
    """So many questions and their classes."""
    draw = random.Random(seed)
    things = {name: _lines(text) for name, text in THINGS.items()}
    matters = {name: _lines(text) for name, text in MATTERS.items()}
    openings, endings = ["", "", "", *_lines(OPENINGS)], ["", "", "", "", *_lines(ENDINGS)]
    classes = [(thing, matter) for thing in things for matter in matters]
    weights = [draw.uniform(0.3, 1.7) for _ in classes]
    questions, labels = [], []
    for thing, matter in draw.choices(classes, weights, k=n):
        parts = [draw.choice(matters[matter]).format(thing=draw.choice(things[thing]))]
        if draw.random() < 0.35:
            other = draw.choice(things[draw.choice(list(things))])
            parts.insert(draw.randrange(2), draw.choice(ASIDES).format(thing=other))
        if draw.random() < 0.15:
            other = draw.choice(matters[draw.choice(list(matters))]).format(thing="it")
            parts = [*parts, f"Or {other}?"] if draw.random() < 0.5 else [f"I thought {other}, but no.", *parts]
        text = " ".join(part for part in (draw.choice(openings), *parts, draw.choice(endings)) if part)
        if draw.random() < 0.3:
            text = _slip(text, draw)
        if draw.random() < 0.3:
            text = text.lower()
        if draw.random() < WRONG:
            thing, matter = draw.choice(classes)
        questions.append(text)
        labels.append(f"{thing} {matter}")
    return questions, labels


def _slip(text: str, draw: random.Random) -> str:
    at, kind = draw.randrange(1, len(text) - 2), draw.random()
    if kind < 0.4:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + text[at + 1 :] if kind < 0.7 else text[:at] + text[at] + text[at:]
