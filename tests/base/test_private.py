"""What is personal or secret is found in its many shapes; orders, prices, dates, measurements and versions are left in peace."""

import random
import time
from itertools import pairwise

import pytest
from stdnum import iban, luhn

from core.base.private import KINDS, masked, scan_text

PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7\n-----END RSA PRIVATE KEY-----"

PERSONAL = [
    ("email", "anna.meier@example.com", "Write to anna.meier@example.com, please."),
    ("email", "budi_s+bank@mail.co.id", "Kontak: budi_s+bank@mail.co.id."),
    ("email", "jürgen@müller.de", "<jürgen@müller.de>"),
    ("phone", "+62 812-3456-7890", "call +62 812-3456-7890"),
    ("phone", "+6281234567890", "Nomor: +6281234567890"),
    ("phone", "081234567890", "WA 081234567890 ya"),
    ("phone", "0812-3456-7890", "hp saya 0812-3456-7890"),
    ("phone", "(021) 555-1234", "telp (021) 555-1234"),
    ("phone", "+1 (415) 555-2671", "+1 (415) 555-2671"),
    ("phone", "415-555-2671", "It is 415-555-2671!"),
    ("phone", "+44 20 7946 0958", "ring +44 20 7946 0958 now"),
    ("phone", "020 7946 0958", "or 020 7946 0958"),
    ("phone", "07911 123456", "mine: 07911 123456"),
    ("phone", "06 12 34 56 78", "Appelez le 06 12 34 56 78"),
    ("phone", "+49 30 901820", "+49 30 901820"),
    ("phone", "5551234", "phone: 5551234"),
    ("iban", "DE89 3704 0044 0532 0130 00", "IBAN DE89 3704 0044 0532 0130 00 BIC COBADEFF"),
    ("iban", "GB82WEST12345698765432", "to GB82WEST12345698765432 and"),
    ("card", "4111 1111 1111 1111", "My card 4111 1111 1111 1111 was refused."),
    ("card", "5500-0000-0000-0004", "5500-0000-0000-0004"),
    ("card", "378282246310005", "amex 378282246310005"),
    ("card", "4111111111111111", "4111111111111111."),
    ("id", "3204111205900001", "NIK 3204111205900001"),
    ("id", "3204115205900001", "saya 3204115205900001 dari Bandung"),
    ("id", "123-45-6789", "My number is 123-45-6789."),
    ("id", "111222333", "BSN: 111222333"),
    ("id", "AB 12 34 56 C", "NI AB 12 34 56 C"),
    ("id", "RSSMRA85T10A562S", "codice RSSMRA85T10A562S"),
    ("id", "12345678Z", "DNI 12345678Z"),
    ("id", "X1234567L", "NIE X1234567L"),
    ("id", "529.982.247-25", "CPF 529.982.247-25"),
    ("id", "86095742719", "Steuer-ID 86095742719"),
    ("id", "S1234567D", "NRIC S1234567D"),
    ("id", "C1234567", "passport C1234567"),
    ("id", "2234 5678 9012", "Aadhaar 2234 5678 9012"),
    ("account", "1234567890", "no. rekening 1234567890"),
    ("account", "12345678", "account number 12345678"),
    ("birth", "12 May 1990", "I was born on 12 May 1990 in Leeds."),
    ("birth", "1990-05-12", "date_of_birth: 1990-05-12"),
    ("birth", "12/05/1990", "DOB 12/05/1990, name A. B."),
    ("birth", "May 12th, 1990", "My date of birth is May 12th, 1990."),
    ("birth", "3 Maret 1988", "Tempat, tanggal lahir: Bandung, 3 Maret 1988"),
    ("birth", "17-08-1975", "tgl lahir 17-08-1975"),
    ("birth", "1 Januari 2001", "saya lahir di Medan pada tanggal 1 Januari 2001"),
    ("birth", "04.07.1966", "Geburtsdatum: 04.07.1966"),
    ("birth", "4 juillet 1966", "Je suis née le 4 juillet 1966."),
    ("street", "12 Baker Street", "Send it to 12 Baker Street, London."),
    ("street", "221b Old Mill Rd", "at 221b Old Mill Rd, please"),
    ("street", "7 Elm St", "I live at 7 Elm St, Salem"),
    ("street", "Jl. Merdeka No. 5", "alamat saya Jl. Merdeka No. 5, Bandung"),
    ("street", "Jalan Jenderal Sudirman Kav. 52-53", "di Jalan Jenderal Sudirman Kav. 52-53 Jakarta"),
    ("street", "jln anggrek no 12", "kirim ke jln anggrek no 12 ya"),
    ("street", "Hauptstraße 12a", "Ich wohne Hauptstraße 12a in Graz."),
    ("street", "Berliner Str. 5", "Berliner Str. 5, 10115 Berlin"),
    ("street", "12 rue de la Paix", "au 12 rue de la Paix à Paris"),
    ("key", "sk-proj-abcdEFGH1234567890abcdEFGH", "use sk-proj-abcdEFGH1234567890abcdEFGH"),
    ("key", "ghp_0123456789abcdefghijABCDEFGHIJ012345", "ghp_0123456789abcdefghijABCDEFGHIJ012345"),
    ("key", "AKIAIOSFODNN7EXAMPLE", "id=AKIAIOSFODNN7EXAMPLE"),
    ("key", "AKIAKBKTVCNUOPOIECZT", "(the token is AKIAKBKTVCNUOPOIECZT)"),
    ("key", "xoxb-123456789012-abcdefGHIJ", "xoxb-123456789012-abcdefGHIJ"),
    ("key", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc-DEF_123456", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc-DEF_123456"),
    ("key", "abcdef1234567890ABCDEFxyz", "Authorization: Bearer abcdef1234567890ABCDEFxyz"),
    ("key", PEM, f"here:\n{PEM}\nbye"),
    ("key", "9f8e7d6c5b4a39281706f5e4d3c2b1a0", "api_key = '9f8e7d6c5b4a39281706f5e4d3c2b1a0'"),
    ("key", "Hunter2!", "password: Hunter2!"),
    ("key", "s3cret", "postgres://u:s3cret@host/db"),
    ("device", "6bbc020f-2718-4883-9a3b-0123456789ab", "device 6bbc020f-2718-4883-9a3b-0123456789ab"),
    ("device", "AA:BB:CC:DD:EE:FF", "mac AA:BB:CC:DD:EE:FF"),
    ("device", "49-015420-323751-8", "IMEI 49-015420-323751-8"),
    ("network", "203.0.113.77", "from 203.0.113.77 at night"),
    ("network", "2001:db8::8a2e:370:7334", "from 2001:db8::8a2e:370:7334"),
]

INNOCENT = [
    "order 123-456-7890 has not come",
    "Order number 4111111111111111",
    "invoice 20240504123456",
    "Nomor pesanan 3204111205900001, resi 4111111111111111",
    "Rp 1.500.000 atau 2.000.000,00",
    "1,234,567.89 USD, 12 345 678 EUR, +10 000 000",
    "0.5806451612903226",
    "dod: 302.20000000000005, wow: 1.0164816683484696, mom: -38768900000000.5",
    "1.234567 3.456789 -89.02 1064.35 302.20000000000005",
    "2024-05-04 12:30:45 and 04.05.2024, 05-04-2024, 06-12-2024 10:00, 2020-2021-2022",
    "version 10.20.30.40, v81.2.3.4, section 1.2.3.4",
    "192.168.0.1 and 10.0.0.7 and 127.0.0.1 and 8.8.8.8",
    "Write to support@bank.com or info@shop.co.id",
    "@app.route('/x') and git@github.com:a/b.git and logo@2x.png",
    "temperature +62.8123456789",
    "task-management-system-for-everyone-2024 on desk-1234",
    "between 1000000 and 2000000 of 10000000",
    "ISBN 978-3-16-148410-0",
    "timestamp 1700000000000 or 1700000000",
    "A token is required: a token is a piece of a word",
    "password is required; password: ********; password: [KEY_1]",
    "api_key=YOUR_API_KEY_GOES_HERE",
    "The code is 123456 and the account ends in 1234",
    "10:20:30:40 and 12:30",
    "3.14159265358979",
    "meter 00012345678, SKU AB123456C",
    "2147483647 0000000000",
    "call 911, call me on 4 May 2024, a text of 160 characters",
    "what is 12345678 * 87654321?",
    "3876890000000000 and 38768900000000000",
    "1 2 3 4 5 6 7 8 9 10 11 12",
    "bearer of bad news",
    "https://example.com/a/6bbc020f27184883/page?id=12345",
    "My profile shows the wrong date of birth. I asked on 3 March 2024. Can it be changed before 12 May 2025?",
    "I changed my date of birth on 3 March 2024 and my birthday party is on 12 May 2025",
    "Abraham Lincoln was born on 12 February 1909, Soekarno lahir pada 6 Juni 1901",
    "born to run, delivered on 12 May 2024; the DOB field, version 2024-05-12",
    "In 2008 Wall Street fell; 42nd Street and 5th Avenue; Main Street; on the road; 3 street lamps; the 2 Roads app",
    "Take 2 tablets. Dr Smith said 5 Start buttons, 12 St Andrews tickets, 50% Drive",
    "Jalan terus saja, jalan raya no problem, di jalan 5 menit; Jl. Merdeka",
    "die Straße 5 km weiter, Haltestelle Allee, in 3 rues de Paris",
    "[EMAIL_1], [PHONE_2] and [CARD_3] at ::1",
    "",
]


@pytest.mark.parametrize(("kind", "value", "text"), PERSONAL)
def test_it_is_found_with_its_kind_and_place(kind: str, value: str, text: str) -> None:
    assert [(hit.kind, text[hit.start : hit.end]) for hit in scan_text(text)] == [(kind, value)]
    assert kind in KINDS


@pytest.mark.parametrize("text", INNOCENT)
def test_nothing_is_found_where_nothing_is(text: str) -> None:
    assert [(hit.kind, text[hit.start : hit.end]) for hit in scan_text(text)] == []


def test_a_fields_name_says_what_a_number_is() -> None:
    assert [hit.kind for hit in scan_text("5551234", "phone")] == ["phone"]
    assert scan_text("4111111111111111", "order_number") == []
    assert [hit.kind for hit in scan_text("4111111111111111", "payment")] == ["card"]


def test_several_in_one_text_do_not_overlap() -> None:
    text = "62812345678@mail.com, 4111 1111 1111 1111 081234567890 / DE89370400440532013000; sk-abcdEFGH1234567890abcd"
    hits = scan_text(text)
    assert [hit.kind for hit in hits] == ["email", "card", "phone", "iban", "key"]
    assert all(a.end <= b.start for a, b in pairwise(hits))


@pytest.mark.parametrize(("kind", "value", "text"), PERSONAL)
def test_a_masked_value_cannot_be_read(kind: str, value: str, text: str) -> None:
    shown = masked(kind, value)
    assert "…" in shown and value not in shown and scan_text(shown) == []
    assert all(len(piece) <= 5 for piece in shown.replace("@", "…").split("…"))


def _card(order: random.Random) -> str:
    body = "4" + "".join(order.choice("0123456789") for _ in range(14))
    number = body + luhn.calc_check_digit(body)
    return order.choice([number, " ".join(number[at : at + 4] for at in range(0, 16, 4))])


def _iban(order: random.Random) -> str:
    body = "".join(order.choice("0123456789") for _ in range(18))
    return f"DE{iban.calc_check_digits('DE00' + body)}{body}"


def _nik(order: random.Random) -> str:
    province = order.choice(["3204", "3171", "3578", "1271", "5171"])
    day, month, year = order.choice([0, 40]) + order.randrange(1, 29), order.randrange(1, 13), order.randrange(100)
    return f"{province}{order.randrange(1, 20):02}{day:02}{month:02}{year:02}{order.randrange(1, 50):04}"


_ENGLISH = ("Mill", "Church", "Old Kent", "Martin Luther King")
_INDONESIAN = ("Merdeka", "Gatot Subroto", "Kebon Jeruk Raya")
MADE = {
    "email": lambda order: f"user{order.randrange(10**6)}@{order.choice(['gmail.com', 'mail.co.id', 'web.de'])}",
    "phone": lambda order: order.choice(
        [
            f"+62 8{order.randrange(11, 20)}-{order.randrange(1000, 9999)}-{order.randrange(1000, 9999)}",
            f"08{order.randrange(11, 20)}{order.randrange(10**7, 10**8)}",
            f"({order.randrange(201, 989)}) {order.randrange(200, 999)}-{order.randrange(1000, 9999)}",
            f"+44 7{order.randrange(100, 999)} {order.randrange(100000, 999999)}",
        ]
    ),
    "card": _card,
    "iban": _iban,
    "id": _nik,
    "street": lambda order: order.choice(
        [
            f"{order.randrange(1, 999)} {order.choice(_ENGLISH)} {order.choice(['Road', 'Street', 'Ave', 'Lane'])}",
            f"Jl. {order.choice(_INDONESIAN)} {order.choice(['No.', 'no', 'Nomor'])} {order.randrange(1, 300)}",
            f"{order.choice(['Garten', 'Schiller'])}{order.choice(['straße', 'str.', 'gasse'])} {order.randrange(1, 150)}",
            f"{order.randrange(1, 150)} rue {order.choice(['de la Paix', 'Victor Hugo', 'du Bac'])}",
        ]
    ),
    "key": lambda order: "sk-" + "".join(order.choice("abcdefghijklmnopABCDEFGHIJKLM0123456789") for _ in range(40)),
    "device": lambda order: (
        f"{order.randrange(16**8):08x}-{order.randrange(16**4):04x}-4{order.randrange(16**3):03x}-a{order.randrange(16**3):03x}-{order.randrange(16**12):012x}"
    ),
}


@pytest.mark.parametrize("kind", MADE)
def test_nearly_all_of_many_made_ones_are_found(kind: str) -> None:
    order = random.Random(kind)
    found = 0
    for _ in range(400):
        value = MADE[kind](order)
        text = f"Hello, my details are {value}, can you help?"
        found += any(text[hit.start : hit.end] == value for hit in scan_text(text))
    assert found >= 0.97 * 400


def _clean(order: random.Random) -> str:
    """A sentence of one of many kinds with numbers that belong to nobody."""
    day = f"{order.randrange(1, 29):02}.{order.randrange(1, 13):02}.{order.randrange(1990, 2030)}"
    return order.choice(
        [
            f"Why was I charged {order.uniform(1, 9999):.2f} EUR on {day}?",
            f"The transfer of Rp {order.randrange(10**5, 10**9):,} from {day} has not arrived.".replace(",", "."),
            f"Order {order.randrange(10**6, 10**12)} was delivered at {order.randrange(24)}:{order.randrange(10, 60)}.",
            f"invoice no. {order.randrange(10**9, 10**16)} is wrong",
            "\n".join(f"{name}: {order.uniform(-500, 5000)!r}" for name in ("usage", "dod", "wow", "mom", "median")),
            f"usage_kwh: {order.uniform(0, 1e6)}, pattern: {order.random()!r}, days: {order.random()!r}",
            f"x = {order.randrange(10**6)} + {order.randrange(10**8)}  # {order.randrange(10**9)}",
            f"def f(a={order.randrange(100)}): return a * {order.random()}",
            f"Version {order.randrange(20)}.{order.randrange(300)}.{order.randrange(300)}.{order.randrange(300)} came out in {day[-4:]}.",
            f"Mars is {order.randrange(10**7, 10**9):,} km away; light needs {order.uniform(3, 22):.4f} minutes.",
            f"Pesanan {order.randrange(10**9, 10**12)} dikirim tanggal {day} dengan ongkos {order.randrange(10, 99)}.000.",
            f"The population was {order.randrange(10**6, 10**9)} in {order.randrange(1900, 2025)}, of {order.randrange(10**9, 10**10)}.",
            f"{order.randrange(1, 99)}x{order.randrange(1, 99)} mm, {order.uniform(0, 1):.10f} kg, -{order.uniform(0, 9e3):.6f} m",
        ]
    )


def test_at_most_one_in_a_hundred_clean_texts_raises_an_alarm() -> None:
    order = random.Random(4)
    alarms = [text for _ in range(4_000) if scan_text(text := _clean(order))]
    assert len(alarms) <= 40, alarms[:10]


_PIECES = [
    *(
        "1",
        "a@",
        "1-",
        "AB12",
        "AB12 ",
        "sk-",
        "a1",
        ": 1",
        "+1 (",
        "0812345678 ",
        "123456789 ",
        "a@b.co ",
        "passport ",
        "phone ",
        "bearer ",
    ),
    *("-----BEGIN PRIVATE KEY-----", "password: ", "api_key_", "DE89 3704 ", "4111 1111 ", "://a:", "1.", "::", "0-", "eyJ.", "AA:", "((1"),
]


@pytest.mark.parametrize("piece", _PIECES)
def test_a_hostile_text_takes_no_time(piece: str) -> None:
    start = time.monotonic()
    scan_text((piece * 100_000)[:100_000])
    assert time.monotonic() - start < 5
