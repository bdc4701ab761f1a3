"""The free baselines of a training file, kept in the workspace by its hash for whichever screen shows them."""

from core.base.baselines import Baselines
from core.io.workspace import Workspace


def keep_baselines(ws: Workspace, train_sha: str, found: Baselines) -> None:
    """Keep what was found on this file."""
    ws.set_setting(_key(train_sha), found.to_json())


def kept_baselines(ws: Workspace, train_sha: str) -> Baselines | None:
    """What was found on this file, or None where nobody has looked yet."""
    saved = ws.get_setting(_key(train_sha))
    return None if saved is None else Baselines.from_json(saved)


def _key(train_sha: str) -> str:
    return f"baselines {train_sha}"
