"""Making a trained model ready where it does not answer by itself: noted before the call, and called once."""

import re
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from core.base.errors import N_, AnswerLost, BadSetting, NotOnServer, ServerProblem, Unreachable
from core.io.openai_calls import Client, Deployed, deploy_model, get_deployment
from core.io.workspace import JobRecord, Workspace

State = Literal["asking", "uncertain", "absent", "refused", "waiting", "ready", "failed"]
SURELY_OVER: Final = timedelta(minutes=5)  # no request lives longer: what is not on the server then was never asked for


@dataclass(frozen=True, slots=True)
class Deployment:
    """How the trained model of a job is made ready: by which name, how far, in the server's own word, and since when (ISO)."""

    name: str
    state: State
    raw_status: str = ""
    at: str = ""
    tries: int = 1

    @property
    def may_ask(self) -> bool:
        """Whether it is certain that asking (again) pays nothing twice."""
        return self.state in ("absent", "refused", "failed")


def deployment_of(ws: Workspace, record_id: str) -> Deployment | None:
    """What is known here; nobody is asked."""
    kept = ws.get_setting(_key(record_id))
    return None if kept is None else Deployment(**kept)


def answers_by(ws: Workspace, record: JobRecord) -> str:
    """The name by which the job's model answers, "" while it has none of its own."""
    known = deployment_of(ws, record.id)
    return known.name if known is not None and known.state == "ready" else ""


def deploy(ws: Workspace, client: Client, record: JobRecord, now: datetime) -> Deployment:
    """Ask for the last checkpoint of the job to be made ready, or give back what was asked before: never twice at once, whoever clicks.

    Raises BadSetting where the job has no checkpoint, ServerProblem where the server said no; nothing was made ready then.
    """
    before = deployment_of(ws, record.id)
    if before is not None:
        before = look_at_deployment(ws, client, record, now) or before
        if not before.may_ask:
            return before
    checkpoints = sorted(ws.checkpoints(record.id), key=lambda one: one.step)
    if not checkpoints or record.remote_id is None or record.snapshot is None:
        raise BadSetting(N_("This training has left no checkpoint that could be made ready."))
    tries = 1 if before is None else before.tries + 1
    asked = Deployment(_name(record, tries), "asking", at=now.isoformat(), tries=tries)
    claim = f"{_key(record.id)}/{tries}"
    if not ws.claim_setting(claim, asdict(asked)):
        known = deployment_of(ws, record.id)
        # another tab is at it, or the app was killed between the claim and the note: then what was claimed is looked for
        return known if known is not None and known.tries >= tries else _keep(ws, record.id, Deployment(**ws.get_setting(claim)))
    _keep(ws, record.id, asked)
    source = f"{record.remote_id}:{checkpoints[-1].id}"
    try:
        told = deploy_model(client, name=asked.name, base_model=record.snapshot.base_model, source=source)
    except AnswerLost:
        _keep(ws, record.id, replace(asked, state="uncertain"))
        return look_at_deployment(ws, client, record, now) or asked
    except ServerProblem as error:
        _keep(ws, record.id, replace(asked, state="absent" if isinstance(error, Unreachable) else "refused"))
        raise
    return _take(ws, record.id, asked, told)


def look_at_deployment(ws: Workspace, client: Client, record: JobRecord, now: datetime) -> Deployment | None:
    """Ask how far it is; what was asked for and is not there stays uncertain until no request can be under way. Raises no ServerProblem."""
    known = deployment_of(ws, record.id)
    if known is None or known.state in ("ready", "failed", "refused", "absent"):
        return known
    try:
        return _take(ws, record.id, known, get_deployment(client, known.name))
    except NotOnServer:
        over = now - datetime.fromisoformat(known.at) >= SURELY_OVER
        return _keep(ws, record.id, replace(known, state="absent")) if over else known
    except ServerProblem:
        return known


def deployed_by_hand(ws: Workspace, record: JobRecord, name: str, now: datetime) -> Deployment:
    """Keep the name of a deployment that somebody made in the provider's own pages; raises BadSetting for one that is none."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", name):
        raise BadSetting(N_("The name of a deployment has letters, digits, dots, hyphens and underscores, at most 64 of them."))
    return _keep(ws, record.id, Deployment(name, "ready", at=now.isoformat()))


def _take(ws: Workspace, record_id: str, known: Deployment, told: Deployed) -> Deployment:
    return _keep(ws, record_id, replace(known, name=told.name, state=told.state, raw_status=told.raw_status))


def _keep(ws: Workspace, record_id: str, found: Deployment) -> Deployment:
    ws.set_setting(_key(record_id), asdict(found))
    return found


def _key(record_id: str) -> str:
    return f"deployment/{record_id}"


def _name(record: JobRecord, tries: int) -> str:
    """One name for one try, so that a lost answer can be looked for."""
    plain = re.sub(r"[^a-z0-9]+", "-", (record.remote_id or record.id).lower()).strip("-")[-40:]
    return f"tunesmith-{plain}" + (f"-{tries}" if tries > 1 else "")
