"""Readings with true advice, or with one planted fault, in the phrases of the files of `banks/`, which no author of rules had looked at.

A bank is run once before the checker is changed for it. Faults found in the first run (seeds 101 and 102, a finding counts only within the
sentence that is wrong), and false alarms: engineers 81.5% and 31%, the alarms mostly settings and work order numbers of the advice;
shift_log 86.5% and 2.2%, missing above all "last week 640 kWh, now 812" with the two changed places; reports
93.8% and 27%, the alarms numbers of general advice ("LEDs typically save 50%") and words about something else ("higher occupancy");
telephone 90.2% and 29%, or 16% without the advice that itself made up a number ("there are 12 fridges"), which was taken out;
minutes 94.2% and 12.5%, the alarms what is disputed ("members disputed that usage was higher") and counted votes.
"""

import math
import random
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.compare.planted_texts import REFS, Kind, Phrase, Planted, amount, change_of, percentage, wrong

BANKS = Path(__file__).with_name("banks")
SPANS = {"en": {"day": "day", "week": "week", "month": "month"}, "id": {"day": "harian", "week": "mingguan", "month": "bulanan"}}
SHAPES = {"told": 9, "bare": 3, "denied": 3, "moved": 3, "sized": 3}
WITH_A_NUMBER = {"told": 9, "denied": 1, "moved": 3, "sized": 2, "values": 5}


@dataclass(frozen=True)
class Sized:
    """Words for how much, true where the change is `low` to `high` percent."""

    low: float
    high: float
    said: tuple[str, ...]


@dataclass(frozen=True)
class Bank:
    told: tuple[Phrase, ...]
    bare: tuple[Phrase, ...]
    denied: tuple[Phrase, ...]
    level: tuple[str, ...]
    moved: tuple[Phrase, ...]
    values: tuple[str, ...]
    around: tuple[str, ...]
    sized: tuple[Sized, ...]


def read(name: str) -> dict[str, Bank]:
    """The bank of one file, by language."""
    return {language: _bank(told) for language, told in tomllib.loads((BANKS / f"{name}.toml").read_text(encoding="utf-8")).items()}


def _bank(told: Mapping[str, Any]) -> Bank:
    pairs = {name: tuple((rise, fall) for rise, fall in told[name]) for name in ("told", "bare", "denied", "moved")}
    lines = {name: tuple(told[name]) for name in ("level", "values", "around")}
    return Bank(**pairs, **lines, sized=tuple(Sized(one["low"], one["high"], tuple(one["said"])) for one in told["sized"]))


def fresh(seed: int, n: int, kind: Kind, bank: Mapping[str, Bank]) -> list[Planted]:
    """So many cases of one kind, in the languages of the bank: about two of three in English where it has another, too."""
    rng = random.Random(f"{seed} {kind}")
    languages = list(bank)
    weights = [2 if language == "en" else 1 for language in languages]
    return [_case(rng, kind, language, bank[language]) for language in rng.choices(languages, weights, k=n)]


@dataclass
class _Reading:
    """A reading as it is made up: its own number, its unit, and its changes in percent."""

    usage: float
    unit: str
    changes: dict[str, float]

    def then(self, name: str) -> float:
        return round(self.usage / (1 + self.changes[name] / 100), 1)

    def numbers(self) -> list[float]:
        return [self.usage, *self.changes.values(), *(self.then(name) for name in self.changes)]


def _case(rng: random.Random, kind: Kind, language: str, bank: Bank) -> Planted:
    usage = round(rng.choice([rng.uniform(12, 99), rng.uniform(100, 999), rng.uniform(1000, 98000)]), 1)
    reading = _Reading(usage, rng.choice(["kWh"] * 6 + ["m3"]), {name: change_of(rng) for name in ("day", "week", "month")})
    name = rng.choice(list(reading.changes))
    shapes = WITH_A_NUMBER if kind == "number" else SHAPES
    shape = rng.choices(list(shapes), list(shapes.values()))[0]
    if kind != "number" and rng.random() < 0.1:
        shape = "level"
    said, phrase = _said(rng, kind, shape, language, bank, reading, name)
    sentences = [said]
    if shape not in ("moved", "values") and rng.random() < 0.5:
        sentences.insert(rng.randint(0, 1), rng.choice(bank.values).format(v=amount(rng, reading.usage, language), u=reading.unit))
    if rng.random() < 0.8:
        sentences.append(rng.choice(bank.around))
    text = " ".join(_capital(sentence) for sentence in sentences)
    return Planted(_question(rng, language, reading), text, kind, language, phrase, _capital(said))


def _capital(sentence: str) -> str:
    return sentence[0].upper() + sentence[1:]


def _said(rng: random.Random, kind: Kind, shape: str, language: str, bank: Bank, reading: _Reading, name: str) -> tuple[str, str]:
    """The sentence that is right or wrong of one change, which is set as its shape needs it, and the phrase it is made from."""
    turned = kind == "direction"
    change = reading.changes[name] = _fit(rng, kind, shape, reading.changes[name])
    words = {"ref": rng.choice(REFS[language][name]), "span": SPANS[language][name], "u": reading.unit}
    if shape == "level":
        phrase = rng.choice(bank.level)
        return phrase.format(**words), phrase
    if shape == "sized":
        one = rng.choice(bank.sized)
        phrase = rng.choice(one.said)
        reading.changes[name] = _sized(rng, kind, one)
        return phrase.format(**words), phrase
    if shape == "values":
        phrase = rng.choice(bank.values)
        return phrase.format(v=amount(rng, wrong(rng, reading.usage, reading.numbers()), language), **words), phrase
    pairs: Sequence[Phrase] = getattr(bank, shape)
    if kind == "number" and shape == "denied":
        pairs = [pair for pair in pairs if "{p}" in pair[0]] or bank.told
    pair = rng.choice(pairs)
    phrase = pair[0 if (change > 0) != (turned and pair[0] != pair[1]) else 1]
    then, now = reading.then(name), reading.usage
    if shape == "moved":
        if kind == "number":
            then = wrong(rng, then, reading.numbers())
        elif turned and pair[0] == pair[1]:
            then, now = now, then
    told = wrong(rng, change, reading.numbers()) if kind == "number" else change
    words |= {"p": percentage(rng, told, language), "then": amount(rng, then, language), "v": amount(rng, now, language)}
    return phrase.format(**words), phrase


def _fit(rng: random.Random, kind: Kind, shape: str, change: float) -> float:
    """A change that makes the sentence plainly right or wrong: one below two percent is neither a rise nor a fall."""
    if shape == "level":
        size = rng.uniform(0.1, 1.4) if kind == "right" else rng.uniform(30, 90)
        return round(math.copysign(size, change), 1)
    if abs(change) < 2:
        return round(change + math.copysign(rng.uniform(5, 30), change), 1)
    return change


def _sized(rng: random.Random, kind: Kind, one: Sized) -> float:
    """A change as the words have it; or one as far from it as half or twice its size; or one the other way."""
    if kind == "right":
        return round(rng.uniform(one.low, one.high), 1)
    middle = (one.low + one.high) / 2
    if kind == "number":
        factor = rng.choice([0.2, 0.4] if abs(middle) > 45 else [0.3, 2.2])
        return round(middle * factor, 1)
    return round(-math.copysign(min(abs(middle), rng.uniform(20, 80)), middle), 1)


def _question(rng: random.Random, language: str, reading: _Reading) -> str:
    day, week, month = reading.changes.values()
    name = "usage_kwh" if reading.unit == "kWh" else "usage_m3"
    before = reading.then("day")
    changes = f"day_over_day_pct: {day}\nweek_over_week_pct: {week}\nmonth_over_month_pct: {month}"
    forms = [
        f"{name}: {reading.usage}\n{changes}\nusage_pattern: steady\nusage_anomaly: no\nmeter_update: on time",
        f"today_total_usage: {reading.usage}, dod: {day}, wow: {week}, mom: {month}, qoq: nan, yoy: nan, today_update_anomaly: update",
        f"today_total_usage: {reading.usage}\nyesterday_total_usage: {before}\ndod: {day}\nwow: {week}\nmom: {month}\nyoy: nan",
    ]
    if language == "id":
        changed = f"perubahan_harian_persen: {day}\nperubahan_mingguan_persen: {week}\nperubahan_bulanan_persen: {month}"
        forms.append(f"pemakaian_{reading.unit.lower()}: {reading.usage}\n{changed}")
    return rng.choice(forms)
