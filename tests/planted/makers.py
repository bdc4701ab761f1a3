"""Clean data sets of many kinds and any size, as people bring them: records that faults can be planted in, and the bytes of the file."""

import csv
import io
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from core.prepare.draft import Draft
from core.prepare.mapping import Mapping
from tests.planted.kinds.code import code
from tests.planted.kinds.extraction import extraction
from tests.planted.kinds.faq import faq
from tests.planted.kinds.indonesian import indonesian
from tests.planted.kinds.persona import SYSTEM, persona
from tests.planted.kinds.reviews import reviews, stars
from tests.planted.kinds.sensors import meters, sensors
from tests.planted.kinds.summaries import summaries
from tests.planted.kinds.tickets import tickets
from tests.planted.kinds.topics import topics
from tests.planted.kinds.translation import translation

READING = (
    "device",
    "usage_kwh",
    "usual_kwh",
    "day_over_day_pct",
    "week_over_week_pct",
    "peak_kw",
    "temperature_c",
    "pattern",
    "anomaly",
    "meter_update",
)
METER = ("flow_m3h", "pressure_bar", "temperature_c", "turbidity_ntu", "pump", "valve_open")


@dataclass(eq=False)
class Record:
    """One row by its cells; `raw` is what stands in the file instead, where a fault broke the line itself."""

    cells: dict[str, str]
    raw: str | None = None


@dataclass
class DataSet:
    """Records with the columns that ask and reply; planted faults hold records, so that rows may still be added anywhere."""

    kind: str
    records: list[Record]
    ask: tuple[str, ...]
    reply: tuple[str, ...]
    layout: str = "csv"
    delimiter: str = ","
    decimal: str = "."
    system: str = ""
    guessed: bool = False
    labelled: bool = False
    groups: dict[str, list[tuple[Record, ...]]] = field(default_factory=dict)  # fault -> what was planted, a pair of twins as one
    columns: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)  # the same for faults of whole columns
    own_test: "DataSet | None" = None
    seed: int = 0

    @property
    def name(self) -> str:
        """A file name that fits."""
        return f"{self.kind}.{'csv' if self.layout == 'csv' else 'jsonl'}"

    @property
    def draft(self) -> Draft:
        """The choices that the user makes: the columns, unless they are left to be guessed."""
        return Draft() if self.guessed or self.layout != "csv" else Draft(mapping=Mapping(self.ask, self.reply))

    def rows(self) -> dict[int, Record]:
        """The records by the row that a spreadsheet or an editor shows."""
        return dict(enumerate(self.records, 2 if self.layout == "csv" else 1))

    def touched(self) -> set[int]:
        """The ids of all records that carry a fault already."""
        return {id(record) for groups in self.groups.values() for group in groups for record in group}

    def to_bytes(self) -> bytes:
        """The file."""
        text = "".join(self._lines() if self.layout == "csv" else map(self._chat_line, self.records))
        return text.encode("utf-8")

    def _lines(self) -> Iterable[str]:
        header = list(dict.fromkeys(name for record in self.records for name in record.cells))
        yield self._csv_line(header)
        for record in self.records:
            yield record.raw if record.raw is not None else self._csv_line([record.cells.get(name, "") for name in header])

    def _csv_line(self, cells: list[str]) -> str:
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=self.delimiter, lineterminator="\r\n" if self.delimiter == ";" else "\n").writerow(cells)
        return out.getvalue()

    def _chat_line(self, record: Record) -> str:
        if record.raw is not None:
            return record.raw
        cells = record.cells
        messages = [{"role": "system", "content": self.system}] if self.system else []
        if "before" in cells:
            messages += [{"role": "user", "content": cells["before"]}, {"role": "assistant", "content": cells["reply"]}]
        asked = cells[self.ask[0]] if len(self.ask) == 1 else "\n".join(f"{name}: {cells[name]}" for name in self.ask if cells[name])
        answer = (
            cells[self.reply[0]] if len(self.reply) == 1 else json.dumps({name: cells[name] for name in self.reply}, ensure_ascii=False)
        )
        messages += [{"role": "user", "content": asked}, {"role": "assistant", "content": answer}]
        return json.dumps({"messages": messages}, ensure_ascii=False) + "\n"


@dataclass(frozen=True)
class Kind:
    """How to make one kind of data set, its largest size, and what it is good for."""

    make: Callable[[int, int], list[dict[str, str]]]
    ask: tuple[str, ...]
    reply: tuple[str, ...]
    most: int
    layout: str = "csv"
    delimiter: str = ","
    decimal: str = "."
    system: str = ""
    labelled: bool = False


KINDS: dict[str, Kind] = {
    "tickets": Kind(tickets, ("message",), ("team",), 3000, labelled=True),
    "topics": Kind(topics, ("request",), ("department", "topic"), 1500, labelled=True),
    "topics_chat": Kind(
        topics, ("request",), ("department", "topic"), 1500, "jsonl", system="Name department and topic as JSON.", labelled=True
    ),
    "faq": Kind(faq, ("question",), ("answer",), 2000),
    "persona": Kind(persona, ("user",), ("assistant",), 600, "jsonl", system=SYSTEM),
    "sensor_chat": Kind(sensors, READING, ("advice",), 3000, "jsonl"),
    "sensor_csv": Kind(sensors, READING, ("advice",), 3000, delimiter=";", decimal=","),
    "meters": Kind(meters, METER, ("action",), 3000, delimiter=";", labelled=True),
    "reviews": Kind(reviews, ("review",), ("sentiment",), 3000, labelled=True),
    "stars": Kind(stars, ("review",), ("stars",), 3000, labelled=True),
    "extraction": Kind(extraction, ("message",), ("item", "colour", "quantity", "city"), 1000),
    "indonesian": Kind(indonesian, ("pertanyaan",), ("kategori",), 1500, labelled=True),
    "code": Kind(code, ("question",), ("answer",), 500, "jsonl", system="You help with code."),
    "translation": Kind(translation, ("english",), ("german",), 1500),
    "summaries": Kind(summaries, ("article",), ("summary",), 1000),
}


def make(name: str, n: int, seed: int, *, guessed: bool = False) -> DataSet:
    """A clean data set of this kind with n rows, the same for the same seed."""
    kind = KINDS[name]
    rows = kind.make(n, seed)
    if kind.decimal == ",":
        rows = [{key: _with_comma(cell) for key, cell in row.items()} for row in rows]
    records = [Record(dict(row)) for row in rows]
    return DataSet(
        name, records, kind.ask, kind.reply, kind.layout, kind.delimiter, kind.decimal, kind.system, guessed, kind.labelled, seed=seed
    )


def _with_comma(cell: str) -> str:
    """Numbers as a German spreadsheet writes them; a point that ends a sentence stays."""
    parts = cell.split(".")
    return "".join(
        part if at == 0 else ("," if parts[at - 1][-1:].isdigit() and part[:1].isdigit() else ".") + part for at, part in enumerate(parts)
    )
