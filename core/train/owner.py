"""Who is about to create a job: so that after a crash it is known at once that nobody is at work on it any more."""

from core.io import owner
from core.io.workspace import Workspace


def sign(ws: Workspace, record_id: str) -> None:
    """Note that this process has taken a job record in hand."""
    ws.set_setting(_name(record_id), owner.sign())


def is_gone(ws: Workspace, record_id: str) -> bool:
    """Whether the process that took the record in hand has certainly ended; False where that cannot be known from here."""
    return owner.has_ended(ws.get_setting(_name(record_id)))


def _name(record_id: str) -> str:
    return f"train.owner.{record_id}"
