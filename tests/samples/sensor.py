"""What the tests of the sensor example share: its columns, its rows, and what Prepare makes of them."""

import csv
import io

from core.prepare.draft import Draft
from core.prepare.mapping import Mapping
from core.prepare.prepared import Prepared
from core.prepare.work import prepare_draft
from tests.samples.readme import FOLDER

SENSOR, MESSY = "sensor_advice.csv", "sensor_advice_messy.csv"
CHANGES = {"day": "day_over_day_pct", "week": "week_over_week_pct", "month": "month_over_month_pct"}
ASKED = ("usage_kwh", *CHANGES.values(), "usage_pattern", "usage_anomaly", "meter_update")

Row = dict[str, str]


def read(data: bytes, delimiter: str = ",") -> list[Row]:
    """The rows of a table, every cell as it is written."""
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline=""), delimiter=delimiter, strict=True))


def sensor_rows() -> list[Row]:
    return read((FOLDER / SENSOR).read_bytes())


def prepared(name: str, mapping: Mapping | None = None) -> Prepared:
    return prepare_draft((FOLDER / name).read_bytes(), name, Draft(mapping=mapping))
