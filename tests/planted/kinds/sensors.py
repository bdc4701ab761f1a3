"""Readings of meters: as fields with a free-text advice, and as numbers with the action to take."""

import random

from tests.planted.kinds.grammar import say, sentence, words

LISTS = {
    "site": words(
        "Bakery, Cold store, Chapel, Depot, Greenhouse, Gym, Hangar, Kiosk, Laundry, Library, Office, Pharmacy, School,"
        "Silo, Studio, Workshop"
    ),
    "side": words("north, south, east, west, upper floor, basement, annexe, yard, front, rear"),
    "why": words(
        "a door left open, the new compressor, weekend work, a cold spell, a stuck valve, the night shift, a party,"
        "cleaning machines, a leaking tap, an early start, extra ovens, the fair, two broken sensors, a long power cut,"
        "guests, a changed timetable, window repairs"
    ),
    "do": words(
        "check the door seals, walk the floor after closing time, ask the night shift, compare the timer with the clock,"
        "read the sub-meter by hand, have the fan serviced, look at last year's bill, switch the boiler to summer mode,"
        "test the float valve, leave it running, watch the reading until Friday, call the electrician,"
        "lower the set point, empty the filter, note the counter at midnight"
    ),
    "up": words("higher than, well above, up on, ahead of, over"),
    "down": words("lower than, well below, down on, behind, under"),
}


def sensors(n: int, seed: int) -> list[dict[str, str]]:
    """Rows with the fields of a reading and an advice that names its numbers."""
    draw = random.Random(seed)
    rows, seen = [], set()
    while len(rows) < n:
        usual = round(draw.lognormvariate(5.5, 1.2), 1)
        dod, wow = round(draw.gauss(0, 18), 1), round(draw.gauss(0, 9), 1)
        usage = round(usual * (1 + dod / 100), 1)
        anomaly = abs(dod) > 25 or draw.random() < 0.08
        row = {
            "device": f"{draw.choice(LISTS['site'])} {draw.choice(LISTS['side'])}",
            "usage_kwh": f"{usage}",
            "usual_kwh": f"{usual}",
            "day_over_day_pct": f"{dod}",
            "week_over_week_pct": f"{wow}" if draw.random() > 0.04 else "",
            "peak_kw": f"{round(usage / draw.uniform(6, 15), 2)}",
            "temperature_c": f"{round(draw.gauss(14, 8), 1)}",
            "pattern": draw.choice(("steady", "weekday rhythm", "rising", "night load")),
            "anomaly": "True" if anomaly else "False",
            "meter_update": draw.choice(("update", "update", "update", "not_update")),
        }
        given = {"usage": row["usage_kwh"], "dod": str(abs(dod)), "device": row["device"], "kw": row["peak_kw"]}
        first = "At {usage} kWh {device} is {dod}% " + ("{up}" if dod > 0 else "{down}") + " the day before, {cause}."
        cause = draw.choice(("which points to {why}", "as {why} would explain", "so think of {why}", "no wonder with {why}"))
        second = draw.choice(("{do}.", "{do}, then {do}.", "With a peak of {kw} kW, {do}.", "Before anything else, {do}."))
        advice = f"{sentence(say(first.replace('{cause}', cause), LISTS, draw, given))} {sentence(say(second, LISTS, draw, given))}"
        if advice not in seen:
            seen.add(advice)
            rows.append({**row, "advice": advice})
    return rows


def meters(n: int, seed: int) -> list[dict[str, str]]:
    """Rows with numbers and the action that two of them together decide, never one alone."""
    draw = random.Random(seed)
    rows = []
    for at in range(n):
        flow, pressure = draw.gauss(40, 9), draw.gauss(3.2, 0.7)
        action = "leave" if flow < 42 and pressure > 2.9 else "inspect" if flow > 42 and pressure > 2.9 else "watch"
        rows.append(
            {
                "reading": str(70_001 + at),
                "flow_m3h": f"{flow:.2f}",
                "pressure_bar": f"{max(pressure, 0.4):.3f}",
                "temperature_c": f"{draw.gauss(11, 3):.1f}",
                "turbidity_ntu": f"{draw.lognormvariate(-0.5, 0.6):.2f}",
                "pump": draw.choice(("main", "reserve", "both")),
                "valve_open": draw.choice(("yes", "yes", "no")),
                "action": action if draw.random() > 0.04 else draw.choice(("leave", "inspect", "watch")),
            }
        )
    return rows
