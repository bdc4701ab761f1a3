"""Personal data and secrets in the sentences."""

import random
from collections.abc import Callable, Sequence

from tests.planted.faults.tools import Group, between, into_text
from tests.planted.kinds.grammar import sentence
from tests.planted.makers import DataSet


def _say(data: DataSet, draw: random.Random, n: int, make: Callable[[], str], around: Sequence[str]) -> list[Group]:
    """Put what `make` gives into the text, in a phrase of its own or between two words."""

    def changed(text: str) -> str:
        form = draw.choice(around)
        phrase = form.format(make())
        whole = phrase if form.startswith("{") else sentence(phrase)
        return draw.choice((f"{text} {whole}", f"{whole} {text}", between(text, f"({phrase.rstrip('.')})", draw)))

    return into_text(data, draw, n, changed)


def email(data: DataSet, draw: random.Random, n: int) -> list[Group]:
    first, last = (
        ("anna", "budi", "carl", "dewi", "erin", "j", "o.k", "m_r"),
        ("santoso", "meyer", "o-brien", "smith82", "lopez", "van.dijk"),
    )
    hosts = ("gmail.com", "web.de", "yahoo.co.id", "company.co.uk", "mail.example.org", "uni-graz.at", "outlook.com")

    def one() -> str:
        return f"{draw.choice(first)}{draw.choice(('.', '_', ''))}{draw.choice(last)}{draw.choice(('', '+shop'))}@{draw.choice(hosts)}"

    return _say(data, draw, n, one, ("write to {}.", "my address is {}", "{}", "mail: {}."))


def phone(data: DataSet, draw: random.Random, n: int) -> list[Group]:
    def d(many: int) -> str:
        return draw.choice("23456789") + "".join(draw.choice("0123456789") for _ in range(many - 1))

    def one() -> str:
        return draw.choice(
            (
                lambda: f"+62 8{draw.choice(('12', '13', '21', '57', '78'))}-{d(4)}-{d(4)}",
                lambda: f"08{draw.choice(('12', '13', '21', '57', '78'))}{d(8)}",
                lambda: f"08{draw.choice(('12', '13', '21', '57', '78'))}-{d(4)}-{d(4)}",
                lambda: f"+49 30 {d(8)}",
                lambda: f"+49 17{draw.choice('0159')} {d(7)}",
                lambda: f"+44 7{draw.choice(('700', '911', '482'))} {d(6)}",
                lambda: f"+44 20 7{d(3)} {d(4)}",
                lambda: f"+33 6 {d(2)} {d(2)} {d(2)} {d(2)}",
                lambda: f"({draw.choice(('212', '415', '312', '617'))}) {draw.choice(('736', '864', '332', '248'))}-{d(4)}",
                lambda: f"+1 {draw.choice(('212', '415', '312', '617'))}-{draw.choice(('736', '864', '332', '248'))}-{d(4)}",
                lambda: f"+31 6 {d(8)}",
                lambda: f"+6281{draw.choice('1238')}{d(8)}",
            )
        )()

    return _say(data, draw, n, one, ("call me at {}.", "my number is {}", "phone {}.", "WhatsApp: {}", "ring {} after six."))


def iban(data: DataSet, draw: random.Random, n: int) -> list[Group]:
    def one() -> str:
        country, head, digits = draw.choice((("DE", "", 18), ("NL", "INGB", 10), ("GB", "NWBK", 14), ("AT", "", 16), ("BE", "", 12)))
        body = head + "".join(draw.choice("0123456789") for _ in range(digits))
        if country == "BE":  # its last two digits are a check of their own
            body = body[:10] + f"{int(body[:10]) % 97 or 97:02}"
        check = 98 - int("".join(str(int(letter, 36)) for letter in f"{body}{country}00")) % 97
        whole = f"{country}{check:02}{body}"
        return draw.choice((whole, " ".join(whole[i : i + 4] for i in range(0, len(whole), 4))))

    return _say(data, draw, n, one, ("my account is {}.", "IBAN {}", "please pay to {}", "bank details: {}."))


def card(data: DataSet, draw: random.Random, n: int) -> list[Group]:
    def one() -> str:
        body = draw.choice(("4539", "4716", "5412", "5275", "4485")) + "".join(draw.choice("0123456789") for _ in range(11))
        total = sum(sum(divmod(int(digit) * (2 - at % 2), 10)) for at, digit in enumerate(body))
        whole = body + str(-total % 10)
        return draw.choice(
            (whole, " ".join(whole[i : i + 4] for i in range(0, 16, 4)), "-".join(whole[i : i + 4] for i in range(0, 16, 4)))
        )

    return _say(data, draw, n, one, ("my card is {}.", "card number {}", "charge {} please", "it was paid with {}."))


def nik(data: DataSet, draw: random.Random, n: int) -> list[Group]:
    def one() -> str:
        place = draw.choice(("317401", "327308", "357801", "337403", "517102", "127101", "737106"))
        day = draw.randint(1, 28) + draw.choice((0, 40))
        return f"{place}{day:02}{draw.randint(1, 12):02}{draw.randint(60, 99):02}{draw.randint(1, 90):04}"

    return _say(data, draw, n, one, ("NIK saya {}.", "NIK: {}", "nomor KTP {}", "my id is {}.", "{}"))


def api_key(data: DataSet, draw: random.Random, n: int) -> list[Group]:
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

    def r(many: int, of: str = letters) -> str:
        return "".join(draw.choice(of) for _ in range(many))

    def one() -> str:
        return draw.choice(
            (
                lambda: f"sk-{r(48)}",
                lambda: f"sk-proj-{r(64)}",
                lambda: f"AKIA{r(16, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567')}",
                lambda: f"ghp_{r(36)}",
                lambda: f"AIza{r(35)}",
                lambda: f"xoxb-{r(12, '0123456789')}-{r(12, '0123456789')}-{r(24)}",
                lambda: f"hf_{r(34)}",
                lambda: f"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ{r(40)}.{r(43)}",
                lambda: f"sk-ant-api03-{r(60)}",
                lambda: f"glpat-{r(20)}",
            )
        )()

    return _say(data, draw, n, one, ("key: {}", "I use {} for that.", "the token is {}", "{}"))


def device_uuid(data: DataSet, draw: random.Random, n: int) -> list[Group]:
    def one() -> str:
        text = f"{draw.getrandbits(128):032x}"
        whole = f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{draw.choice('89ab')}{text[17:20]}-{text[20:]}"
        return draw.choice((whole, whole, whole.upper()))

    return _say(data, draw, n, one, ("device {}.", "the id on the back is {}", "serial {}", "{}"))
