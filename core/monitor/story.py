"""What a job's diary comes to, kept up as it grows: a page that is drawn again reads the new events alone.

Of 50,000 events reading and adding up all of them took longer than a reader waits; here each is read once.
"""

from collections.abc import Sequence
from threading import Lock
from typing import Final

from core.base.remote import Checkpoint, JobEvent
from core.io.workspace import Workspace
from core.monitor.advice import Facts
from core.monitor.curve import Curve, Rows, landmark_keys, unknown_figures
from core.monitor.result_file import ResultFile
from core.monitor.results import kept_file
from core.monitor.verdict import Verdict, verdict

LISTED: Final = 200  # events: a job of 1,000 steps has more than anyone reads


class Story:
    """One job's diary: its curve, the newest events, and the few events that tell the progress. Safe for several sessions at once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._seq = 0
        self._rows = Rows()
        self._landmarks: dict[str, tuple[tuple[float, ...], JobEvent]] = {}
        self._newest: list[JobEvent] = []
        self._drawn: tuple[int, Sequence[Checkpoint], Curve] | None = None
        self._verdicts: dict[Facts, tuple[Verdict, ...]] = {}
        self.others: dict[str, float] = {}  # figures that no curve shows, as last told
        self.file: ResultFile | None = None
        self.count = 0

    def catch_up(self, ws: Workspace, job_id: str) -> "Story":
        """Take in the events that the workspace has noted since, and the job's result file once it is kept there."""
        with self._lock:
            events, self._seq = ws.events_from(job_id, self._seq)
            self.take(events)
            if self.file is None and (file := kept_file(ws, job_id)) is not None:
                self.take_file(file)
        return self

    def take_file(self, file: ResultFile) -> None:
        """Take in the job's result file, which fills in what its events left out."""
        self.file, self._drawn = file, None
        self.others = {**file.others, **self.others}

    def take(self, events: Sequence[JobEvent]) -> None:
        """Take in events, in any order."""
        for event in events:
            self._rows.take(event)
            self.others |= unknown_figures(event)
            for key, rank in landmark_keys(event):
                if key not in self._landmarks or rank > self._landmarks[key][0]:
                    self._landmarks[key] = rank, event
        if events:
            self.count += len(events)
            self._newest = sorted([*self._newest, *events], key=lambda event: event.created_at)[-LISTED:]

    @property
    def newest(self) -> list[JobEvent]:
        """The newest events, the oldest of them first."""
        return self._newest

    @property
    def landmarks(self) -> list[JobEvent]:
        """So few events that progress(), preferred(), repeated_steps() and why_no_curve() say of them what they say of all."""
        told = {id(event): event for _, event in self._landmarks.values()}
        return sorted(told.values(), key=lambda event: event.created_at)

    def curve(self, checkpoints: Sequence[Checkpoint]) -> Curve:
        """The curve so far, made anew only when something has come."""
        with self._lock:
            if self._drawn is None or self._drawn[:2] != (self.count, checkpoints):
                file = self.file
                drawn = self._rows.curve(checkpoints, file.rows, tokens=file.by_token) if file else self._rows.curve(checkpoints)
                self._drawn = self.count, checkpoints, drawn
                self._verdicts.clear()
            return self._drawn[2]

    def verdict(self, drawn: Curve, facts: Facts) -> tuple[Verdict, ...]:
        """What the curve does, judged once."""
        with self._lock:
            if self._drawn is None or self._drawn[2] is not drawn:
                return verdict(drawn, facts)  # it has grown meanwhile, by another session's look
            if facts not in self._verdicts:
                self._verdicts[facts] = verdict(drawn, facts)
            return self._verdicts[facts]
