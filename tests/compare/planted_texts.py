"""Readings with advice that is true of them, or has one wrong number or one wrong direction planted, in phrases of our own.

`FAMILIAR` was looked at while the rules were written. `UNSEEN` was written before the rules and first run when they were done: 99.8% of
1,000 planted faults were found, with 0.5% false alarms. `ODD` and `LAST` were written after that, and showed what was missing before the
rules were widened for it: 78% (beside false alarms) and 94% were found at first, with 17% and 11% false alarms, nearly all of one
telephone number each.
"""

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["right", "number", "direction"]
Phrase = tuple[str, str]  # what is said of a rise, what is said of a fall


@dataclass(frozen=True)
class Planted:
    """One question and answer; `kind` says what was planted, `language` and `phrase` where a miss came from, `sentence` what is wrong."""

    question: str
    answer: str
    kind: Kind
    language: str
    phrase: str
    sentence: str = ""


@dataclass(frozen=True)
class Bank:
    """Phrases with {p} for the percentage and {ref} for what is compared with.

    `bare` name no percentage, `level` say that nothing moved, `values` hold the reading's own value {v}, and `derived` what can be worked
    out: the value then, {then}, and the difference, {more}.
    """

    told: tuple[Phrase, ...]
    bare: tuple[Phrase, ...]
    level: tuple[str, ...]
    values: tuple[str, ...]
    derived: tuple[str, ...]
    around: tuple[str, ...]


REFS = {
    "en": {
        "day": ("the day before", "yesterday", "the previous day"),
        "week": ("a week earlier", "last week", "the same day a week ago"),
        "month": ("the month before", "last month", "the previous month"),
    },
    "id": {
        "day": ("kemarin", "hari sebelumnya"),
        "week": ("minggu lalu", "pekan sebelumnya"),
        "month": ("bulan lalu", "bulan sebelumnya"),
    },
}

FAMILIAR = {
    "en": Bank(
        told=(
            ("Usage rose {p} against {ref}.", "Usage fell {p} against {ref}."),
            ("The day came out {p} above {ref}.", "The day came out {p} below {ref}."),
            ("At {p} more than {ref}, somebody should look.", "At {p} less than {ref}, somebody should look."),
            ("Consumption climbed by {p} compared with {ref}.", "Consumption dropped by {p} compared with {ref}."),
            ("There is an increase of {p} on {ref}.", "There is a decrease of {p} on {ref}."),
            ("Up {p} on {ref}: ask the operator why.", "Down {p} on {ref}: ask the operator why."),
            ("A jump of {p} over {ref} needs an answer.", "A dip of {p} over {ref} needs an answer."),
        ),
        bare=(
            ("The reading went up on {ref}.", "The reading went down on {ref}."),
            ("Demand is higher than {ref}.", "Demand is lower than {ref}."),
        ),
        level=("The load is unchanged from {ref}.", "Usage stayed stable against {ref}."),
        values=("The meter shows {v} kWh.", "At {v} kWh there is nothing to repair.", "Today's total is {v} kWh."),
        derived=("It was {then} kWh {ref}.", "The difference to {ref} is {more} kWh."),
        around=(
            "Check the 3 pumps before 10:30.",
            "Look again in 7 days.",
            "If it rises again, call the electrician.",
            "Ask the caretaker to lower the set point.",
        ),
    ),
    "id": Bank(
        told=(
            ("Pemakaian naik {p} dari {ref}.", "Pemakaian turun {p} dari {ref}."),
            ("Konsumsi {p} lebih tinggi daripada {ref}.", "Konsumsi {p} lebih rendah daripada {ref}."),
            ("Terjadi kenaikan {p} dibandingkan {ref}.", "Terjadi penurunan {p} dibandingkan {ref}."),
        ),
        bare=(("Beban meningkat dibanding {ref}.", "Beban menurun dibanding {ref}."),),
        level=("Pemakaian stabil dibanding {ref}.",),
        values=("Meter menunjukkan {v} kWh.", "Total hari ini {v} kWh."),
        derived=("Tercatat {then} kWh pada {ref}.",),
        around=("Periksa 3 pompa sebelum pukul 10.30.", "Jika naik lagi, hubungi teknisi.", "Lihat lagi dalam 7 hari."),
    ),
}

UNSEEN = {
    "en": Bank(
        told=(
            ("Set against {ref}, the site gained {p}.", "Set against {ref}, the site lost {p}."),
            ("The building took {p} more electricity than it did {ref}.", "The building took {p} less electricity than it did {ref}."),
            (
                "Load crept upward by {p} since {ref}, which is worth a walk.",
                "Load slid downward by {p} since {ref}, which is worth a walk.",
            ),
            ("Today outstripped {ref} by {p}; find out why.", "Today fell short of {ref} by {p}; find out why."),
            ("We record growth of {p} on {ref}.", "We record a reduction of {p} on {ref}."),
            ("The total has swollen {p} from {ref}.", "The total has shrunk {p} from {ref}."),
            ("Electricity soared {p} in comparison with {ref}.", "Electricity plunged {p} in comparison with {ref}."),
            ("A surge of {p} beyond {ref} is no rounding error.", "A slump of {p} under {ref} is no rounding error."),
            ("By a margin of {p} this reading exceeds {ref}.", "By a margin of {p} this reading undercuts {ref}."),
            (
                "Relative to {ref} you are running {p} hotter, in the sense of greater demand.",
                "Relative to {ref} you are running {p} cooler, in the sense of smaller demand.",
            ),
            ("Compared to {ref}, demand ticked up by {p}.", "Compared to {ref}, demand ticked down by {p}."),
            ("An upturn of {p} on {ref} was measured.", "A downturn of {p} on {ref} was measured."),
        ),
        bare=(
            ("We burned through more power than {ref}.", "We got by on less power than {ref}."),
            ("The figures have worsened upwards since {ref}.", "The figures have slipped since {ref}."),
            ("Consumption shot up after {ref}.", "Consumption sank after {ref}."),
            ("It was a day of greater demand than {ref}.", "It was a day of smaller demand than {ref}."),
        ),
        level=(
            "Next to nothing has moved since {ref}.",
            "The curve is flat when held beside {ref}.",
            "Demand held steady relative to {ref}.",
            "It is practically the same as {ref}.",
        ),
        values=(
            "What the counter recorded, {v} kWh, is the figure to report.",
            "Put {v} kWh in the log.",
            "{v} kWh went through the main switch.",
            "The site was billed for {v} kWh.",
        ),
        derived=(
            "For {ref} the log holds {then} kWh.",
            "Between then and {ref} lie {more} kWh.",
            "Last time, {ref}, it came to {then} kWh.",
        ),
        around=(
            "Have unit 12 in room 204 looked at by 5 May 2026.",
            "Reply to ticket #4471 within 48 hours.",
            "Reduce the night load and cut idle running wherever possible.",
            "Should demand drop further, two colleagues ought to verify the sensor.",
            "Come back at 7 am or call extension 3301.",
            "Turn down the boiler one step at a time.",
            "Tell the 1st and 2nd floor teams; the plan for 2027 can wait.",
            "Write down the cause so that the next increase is explained sooner.",
        ),
    ),
    "id": Bank(
        told=(
            ("Beban tumbuh {p} terhadap {ref}.", "Beban menyusut {p} terhadap {ref}."),
            ("Ada lonjakan {p} bila disandingkan dengan {ref}.", "Ada kemerosotan {p} bila disandingkan dengan {ref}."),
            ("Gedung ini memakai {p} lebih banyak listrik dari {ref}.", "Gedung ini memakai {p} lebih sedikit listrik dari {ref}."),
            ("Angkanya bertambah {p} sejak {ref}.", "Angkanya berkurang {p} sejak {ref}."),
            ("Konsumsi berada {p} di atas {ref}.", "Konsumsi berada {p} di bawah {ref}."),
            ("Listrik melesat {p} ketimbang {ref}.", "Listrik anjlok {p} ketimbang {ref}."),
        ),
        bare=(
            ("Kebutuhan listrik membesar dibanding {ref}.", "Kebutuhan listrik mengecil dibanding {ref}."),
            ("Hari ini lebih boros daripada {ref}.", "Hari ini lebih hemat daripada {ref}."),
        ),
        level=("Hampir tidak ada perubahan dari {ref}.", "Konsumsi tetap sama seperti {ref}."),
        values=("Yang tercatat adalah {v} kWh.", "Catat {v} kWh di buku harian.", "Sebanyak {v} kWh telah terpakai."),
        derived=("Selisihnya {more} kWh terhadap {ref}.", "Pada {ref} angkanya {then} kWh."),
        around=(
            "Minta teknisi memeriksa unit 12 di ruang 204 paling lambat 5 Mei 2026.",
            "Kurangi beban malam dan matikan lampu yang tidak perlu.",
            "Bila kebutuhan menurun lagi, dua orang perlu memeriksa sensor.",
            "Balas tiket #4471 dalam 48 jam.",
            "Turunkan setelan pendingin satu tingkat.",
        ),
    ),
}

# Odd ways of putting it.
ODD = {
    "en": Bank(
        told=(
            ("Against {ref} the books show a plus of {p}.", "Against {ref} the books show a minus of {p}."),
            ("{p} got added to what {ref} had brought.", "{p} got taken off what {ref} had brought."),
            ("Measured by {ref}, appetite for power widened {p}.", "Measured by {ref}, appetite for power narrowed {p}."),
            ("It cost us {p} more kilowatt-hours than {ref}.", "It cost us {p} fewer kilowatt-hours than {ref}."),
            ("The needle stands {p} over {ref}.", "The needle stands {p} under {ref}."),
            ("Compared with {ref}, the site has run up an increase of {p}.", "Compared with {ref}, the site has achieved a cut of {p}."),
            ("Next to {ref}, today looks inflated by {p}.", "Next to {ref}, today looks deflated by {p}."),
            ("Against {ref}, a climb of {p} stands out.", "Against {ref}, a fall of {p} stands out."),
            ("That makes {p} growth in demand since {ref}.", "That makes {p} shrinkage in demand since {ref}."),
            ("Your premises went {p} past {ref}.", "Your premises stayed {p} beneath {ref}."),
            ("A rise! Of {p}, to be exact, on {ref}.", "A fall! Of {p}, to be exact, on {ref}."),
            ("The pace quickened by {p} on {ref}.", "The pace slackened by {p} on {ref}."),
        ),
        bare=(
            ("Things are trending up compared with {ref}.", "Things are trending down compared with {ref}."),
            ("Higher numbers than {ref} again.", "Lower numbers than {ref} again."),
            ("More was used than {ref}.", "Less was used than {ref}."),
        ),
        level=("No change worth the name since {ref}.", "It stays at the level of {ref}.", "Consumption is much the same as {ref}."),
        values=("Log entry: {v} kWh.", "We arrive at {v} kWh for the day.", "({v} kWh in all, as metered.)"),
        derived=("{ref} closed at {then} kWh.", "It sits {more} kWh away from the figure of {ref}."),
        around=(
            "Ring 0800 123 456 if the smell of burning returns.",
            "Serial no. 88213 is due for service in Q3 2026.",
            "Between 22:00 and 05:30 nothing ought to run.",
            "Raise it with the landlord, cut the standby losses and lower the blinds.",
            "A 2-hour test with 4 people would do.",
            "Growth like that has to be budgeted for next year.",
        ),
    ),
    "id": Bank(
        told=(
            ("Dibandingkan {ref}, ada kelebihan {p}.", "Dibandingkan {ref}, ada kekurangan {p}."),
            ("Pemakaian terkerek {p} dari {ref}.", "Pemakaian tergerus {p} dari {ref}."),
            ("Angka hari ini {p} lebih besar ketimbang {ref}.", "Angka hari ini {p} lebih kecil ketimbang {ref}."),
            ("Dari {ref}, konsumsi terdongkrak naik {p}.", "Dari {ref}, konsumsi terpangkas turun {p}."),
            ("Peningkatan sebesar {p} tercatat terhadap {ref}.", "Penurunan sebesar {p} tercatat terhadap {ref}."),
        ),
        bare=(("Lebih banyak listrik terpakai daripada {ref}.", "Lebih sedikit listrik terpakai daripada {ref}."),),
        level=("Tidak berubah sejak {ref}.", "Setara dengan {ref}."),
        values=("Totalnya {v} kWh.", "Pembacaan: {v} kWh."),
        derived=("Pada {ref} tercatat {then} kWh.",),
        around=("Hubungi teknisi di 0812 3456 7890.", "Naikkan suhu pendingin dan kurangi lampu.", "Uji selama 2 jam bersama 4 orang."),
    ),
}


# As models put it.
LAST = {
    "en": Bank(
        told=(
            (
                "Today's consumption represents a significant {p} increase compared to {ref}.",
                "Today's consumption represents a significant {p} decrease compared to {ref}.",
            ),
            (
                "Usage has spiked by {p} versus {ref}, indicating a potential fault.",
                "Usage has plummeted by {p} versus {ref}, indicating a potential fault.",
            ),
            (
                "The data indicates that energy demand is running {p} ahead of {ref}.",
                "The data indicates that energy demand is running {p} behind {ref}.",
            ),
            (
                "A notable uptick of {p} was observed relative to {ref}; review the HVAC schedules.",
                "A notable reduction of {p} was observed relative to {ref}; review the HVAC schedules.",
            ),
            ("There has been a {p} rise from {ref}.", "There has been a {p} fall from {ref}."),
            ("{p} up from {ref}, the site deserves a closer look.", "{p} down from {ref}, the site deserves a closer look."),
            (
                "The {p} growth relative to {ref} suggests that equipment was added.",
                "The {p} decline relative to {ref} suggests that equipment was removed.",
            ),
            ("Demand overshot {ref} by {p}.", "Demand undershot {ref} by {p}."),
            ("Compared with {ref}, you spent {p} extra.", "Compared with {ref}, you saved {p}."),
            ("Energy draw has been elevated, {p} over {ref}.", "Energy draw has been subdued, {p} under {ref}."),
            ("A sharp escalation ({p} against {ref}) calls for action.", "A sharp contraction ({p} against {ref}) calls for action."),
            ("The meter logged {p} higher throughput than {ref}.", "The meter logged {p} lower throughput than {ref}."),
        ),
        bare=(
            ("Today's demand is noticeably above {ref}.", "Today's demand is noticeably below {ref}."),
            ("Usage continues to outpace {ref}.", "Usage continues to lag {ref}."),
            (
                "It is advisable to monitor the site, as consumption has trended upward since {ref}.",
                "It is advisable to monitor the site, as consumption has trended downward since {ref}.",
            ),
        ),
        level=(
            "Consumption remained consistent with {ref}.",
            "Usage has been largely steady since {ref}.",
            "There is no material deviation from {ref}.",
        ),
        values=("The reading of {v} kWh was validated.", "Total energy drawn amounts to {v} kWh.", "Your {v} kWh deserve attention."),
        derived=("{ref} recorded {then} kWh.", "In absolute terms, the difference from {ref} is {more} kWh."),
        around=(
            "It is recommended to inspect lighting, HVAC and any equipment that may have been left on.",
            "Schedule an inspection within the next 2 weeks to avoid further increases.",
            "Implementing occupancy sensors could reduce consumption by shifting peak loads.",
            "Please notify Facilities (ext. 5521) by 17:00 on 12/06/2026.",
            "Consider load shifting to drive efficiency higher in future quarters.",
        ),
    ),
    "id": Bank(
        told=(
            (
                "Konsumsi energi mengalami peningkatan sebesar {p} dibandingkan {ref}.",
                "Konsumsi energi mengalami penurunan sebesar {p} dibandingkan {ref}.",
            ),
            ("Data menunjukkan lonjakan signifikan {p} dari {ref}.", "Data menunjukkan penurunan signifikan {p} dari {ref}."),
            ("Pemakaian hari ini {p} di atas {ref}.", "Pemakaian hari ini {p} di bawah {ref}."),
            ("Penggunaan listrik melonjak {p} ketimbang {ref}.", "Penggunaan listrik anjlok {p} ketimbang {ref}."),
        ),
        bare=(("Konsumsi cenderung meningkat dari {ref}.", "Konsumsi cenderung menurun dari {ref}."),),
        level=("Konsumsi relatif stabil dibandingkan {ref}.", "Tidak ada perubahan berarti dari {ref}."),
        values=("Total energi yang digunakan sebesar {v} kWh.", "Angka {v} kWh telah divalidasi."),
        derived=("Nilai {ref} adalah {then} kWh.",),
        around=(
            "Disarankan untuk memeriksa AC dan pencahayaan agar konsumsi tidak meningkat.",
            "Jadwalkan pemeriksaan dalam 2 minggu ke depan.",
        ),
    ),
}


TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
TENS = {2: "twenty", 3: "thirty", 4: "forty", 5: "fifty", 6: "sixty", 7: "seventy", 8: "eighty", 9: "ninety"}
ONES = "zero one two three four five six seven eight nine".split()
SATUAN = "nol satu dua tiga empat lima enam tujuh delapan sembilan".split()


def spelled(n: int, language: str) -> str:
    """A whole number from 2 to 99 in words."""
    ten, one = divmod(n, 10)
    if language == "id":
        if n < 10:
            return SATUAN[n]
        if n < 20:
            return {10: "sepuluh", 11: "sebelas"}.get(n, f"{SATUAN[one]} belas")
        return f"{SATUAN[ten]} puluh {SATUAN[one]}".removesuffix(" nol")
    if n < 10:
        return ONES[n]
    return TEENS[one] if n < 20 else f"{TENS[ten]}-{ONES[one]}".removesuffix("-zero")


def planted(seed: int, n: int, kind: Kind, banks: Mapping[str, Bank]) -> list[Planted]:
    """So many cases of one kind; about two of three in English, the others in Indonesian."""
    rng = random.Random(f"{seed} {kind}")
    return [_case(rng, kind, language, banks[language]) for language in rng.choices(["en", "id"], [2, 1], k=n)]


def _case(rng: random.Random, kind: Kind, language: str, bank: Bank) -> Planted:
    changes = {name: change_of(rng) for name in ("day", "week", "month")}
    usage = round(rng.choice([rng.uniform(12, 99), rng.uniform(100, 999), rng.uniform(1000, 98000)]), 1)
    question = _question(rng, language, usage, changes)
    name = rng.choice(list(changes))
    ref = rng.choice(REFS[language][name])
    change = changes[name]
    if abs(change) < 2 and (kind != "right" or rng.random() < 0.3):  # so small a change is neither a rise nor a fall
        change = changes[name] = round(change + math.copysign(rng.uniform(5, 30), change), 1)
        question = _question(rng, language, usage, changes)
    if kind == "number":
        pair = rng.choice(bank.told)
    elif abs(change) < 2 or (kind == "direction" and abs(change) > 30 and rng.random() < 0.15):
        pair = (rng.choice(bank.level),) * 2
    else:
        pair = rng.choice(bank.told if rng.random() < 0.7 else bank.bare)
    rise = (change > 0) != (kind == "direction" and pair[0] != pair[1])
    told = change
    value = usage
    if kind == "number":
        if rng.random() < 0.5:
            told = wrong(rng, change, [*changes.values(), usage])
        else:
            value = wrong(rng, usage, [*changes.values(), usage])
    p = percentage(rng, told, language)
    said = pair[0 if rise else 1].format(p=p, ref=ref)
    sentences = [said]
    if kind == "number" or rng.random() < 0.6:
        sentences.insert(rng.randint(0, 1), rng.choice(bank.values).format(v=amount(rng, value, language)))
    elif kind == "right" and rng.random() < 0.3 and abs(change) > 2:
        then = usage / (1 + change / 100)
        amounts = {"then": amount(rng, round(then, 1), language), "more": amount(rng, round(abs(usage - then), 1), language)}
        sentences.append(rng.choice(bank.derived).format(**amounts, ref=ref))
    if rng.random() < 0.8:
        sentences.append(rng.choice(bank.around))
    return Planted(question, " ".join(sentence[0].upper() + sentence[1:] for sentence in sentences), kind, language, pair[0])


def change_of(rng: random.Random) -> float:
    size = rng.choice([rng.uniform(0.1, 1.5), rng.uniform(3, 30), rng.uniform(30, 95), rng.uniform(10, 60)])
    return round(size * rng.choice([-1, 1]), rng.choice([1, 1, 2]))


def _question(rng: random.Random, language: str, usage: float, changes: Mapping[str, float]) -> str:
    day, week, month = (changes[name] for name in ("day", "week", "month"))
    forms = [
        f"usage_kwh: {usage}\nday_over_day_pct: {day}\nweek_over_week_pct: {week}\nmonth_over_month_pct: {month}\nmeter_update: on time",
        f"today_total_usage: {usage}, dod: {day}, wow: {week}, mom: {month}, qoq: nan, yoy: nan, today_update_anomaly: update",
    ]
    if language == "id":
        changed = f"perubahan_harian_persen: {day}\nperubahan_mingguan_persen: {week}\nperubahan_bulanan_persen: {month}"
        forms.append(f"pemakaian_kwh: {usage}\n{changed}")
    return rng.choice(forms)


def wrong(rng: random.Random, value: float, taken: list[float]) -> float:
    """Another size, as it goes wrong: a slipped point, digits changed places, another reading's number."""
    size = abs(value)
    while True:
        swapped = float(_swapped(rng, f"{size:.1f}"))
        ways = [size * 10, size / 10, size * rng.uniform(1.06, 1.7), size * rng.uniform(0.4, 0.94), swapped, rng.uniform(2, 200)]
        made = round(rng.choice(ways), 1)
        if made >= 1 and all(abs(made - abs(one)) > max(0.6, 0.03 * abs(one)) for one in taken):
            return made if value > 0 else -made


def _swapped(rng: random.Random, digits: str) -> str:
    at = rng.randrange(len(digits) - 1)
    pair = digits[at : at + 2]
    return digits if "." in pair else digits[:at] + pair[::-1] + digits[at + 2 :]


def percentage(rng: random.Random, value: float, language: str) -> str:
    size = abs(value)
    whole = int(size + 0.5)
    sign = {"en": rng.choice(["%", "%", " percent", " per cent"]), "id": rng.choice(["%", " persen"])}[language]
    if abs(size - whole) < 0.5 and 2 <= whole <= 99 and rng.random() < 0.12:
        return spelled(whole, language) + {"en": " percent", "id": " persen"}[language]
    if size > 10 and rng.random() < 0.35:
        return f"{whole}{sign}"
    digits = repr(size) if rng.random() < 0.7 else f"{int(size * 10 + 0.5) / 10:.1f}"
    return (digits.replace(".", ",") if language == "id" and rng.random() < 0.7 else digits) + sign


def amount(rng: random.Random, value: float, language: str) -> str:
    if rng.random() < 0.2 and value > 100:
        whole = f"{int(value + 0.5):,}"
        return whole.replace(",", ".") if language == "id" else whole
    digits = f"{value:,.1f}" if rng.random() < 0.5 else f"{value:.1f}"
    if language == "id" and rng.random() < 0.7:
        return digits.replace(",", "_").replace(".", ",").replace("_", ".")
    return digits
