"""Deploying a trained model where the server has a call for it, so that it answers."""

from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from urllib.parse import quote

from core.base.errors import N_, BadSetting
from core.io.dialects import Deploy

if TYPE_CHECKING:
    from core.io.openai_calls import Client


class Deployed(NamedTuple):
    """A model that is being made ready, as its server last described it; `raw_status` is the server's own word.

    "waiting" is also what an unknown status means: neither that it answers nor that it failed has been said.
    """

    name: str
    state: Literal["waiting", "ready", "failed"]
    raw_status: str


def deploy_model(client: "Client", *, name: str, base_model: str, source: str) -> Deployed:
    """Ask the server to make a trained model ready under `name`, once: it may cost money.

    `source` is "job:checkpoint". Raises AnswerLost where it may have been done: `get_deployment` tells.
    """
    deploy = _by_call(client)
    body = {"name": name, "base_model": base_model, "source": source}
    return _read(deploy, name, client.tell("post", client.origin + deploy.path, need="name", body=body))


def get_deployment(client: "Client", name: str) -> Deployed:
    """How far it is; raises NotOnServer where nothing of that name was deployed."""
    deploy = _by_call(client)
    return _read(deploy, name, client.get(f"{client.origin}{deploy.path}/{quote(name, safe='')}", need="status"))


def _by_call(client: "Client") -> Deploy:
    deploy = client.connection.dialect.deploy
    if deploy is None or deploy.how != "call":
        raise BadSetting(N_("A model cannot be deployed on {host} from here."), host=client.host)
    return deploy


def _read(deploy: Deploy, name: str, data: dict[str, Any]) -> Deployed:
    status = str(data.get("status") or "")
    state: Literal["waiting", "ready", "failed"] = "waiting"
    if status in deploy.ready:
        state = "ready"
    elif status in deploy.failed:
        state = "failed"
    told = data.get("name")
    return Deployed(told if isinstance(told, str) and told else name, state, status)
