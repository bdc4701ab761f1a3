"""Small servers of the other providers, each as its documentation says that it differs from OpenAI's."""

import hashlib
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.servers.fake_api import Handler, refusal
from tests.servers.fake_openai import FakeOpenAI

AZURE_SAYS = {
    "status": "succeeded",
    "capabilities": {"fine_tune": True, "inference": True, "chat_completion": True},
    "lifecycle_status": "generally-available",
    "deprecation": {"fine_tune": 1_806_000_000, "inference": 1_822_000_000},
}


class FakeNebius(FakeOpenAI):
    """Reads top-level hyperparameters alone, tells metrics in checkpoints alone, and answers only by the name of a deployment."""

    def reset(self) -> None:
        super().reset()
        self.deployments: dict[str, dict[str, Any]] = {}

    def handlers(self) -> dict[str, Handler]:
        return {**super().handlers(), "POST /v0/models": self._deploy, "GET /v0/models/{id}": self._deployment}

    def succeed(self, job_id: str, *, steps: int = 3) -> str:
        super().succeed(job_id, steps=steps)
        self.events[job_id] = [event for event in self.events[job_id] if event["type"] != "metrics"]
        self.models = self.models[:1]
        self.set_job(job_id, fine_tuned_model=None, result_files=[])
        return ""

    def finish(self, name: str, status: str = "active") -> None:
        """End the making ready of a model."""
        self.deployments[name]["status"] = status
        if status == "active":
            self.models.append(self._model(name, "fake"))

    async def _create_job(self, request: Request) -> Response:
        asked = await request.json()
        if not asked.get("hyperparameters", {}).get("lora"):
            return refusal(400, None, "hyperparameters.lora must be set for this model")
        response = await super()._create_job(request)
        if response.status_code == 200:
            newest = next(reversed(self.jobs.values()))
            newest |= {"hyperparameters": asked["hyperparameters"], "method": None}
            return JSONResponse(newest)
        return response

    async def _deploy(self, request: Request) -> Response:
        asked = await request.json()
        job, _, checkpoint = asked["source"].partition(":")
        if checkpoint not in [one["id"] for one in self.checkpoints.get(job, [])]:
            return refusal(400, None, f"Unknown source {asked['source']}")
        if asked["name"] in self.deployments:
            return refusal(409, None, f"{asked['name']} exists")
        self.deployments[asked["name"]] = {"name": asked["name"], "base_model": asked["base_model"], "status": "validating"}
        return JSONResponse(self.deployments[asked["name"]])

    async def _deployment(self, request: Request) -> Response:
        found: Mapping[str, Any] | None = self.deployments.get(request.path_params["id"])
        return JSONResponse(found) if found else refusal(404, None, "Model not found")


class FakeAzure(FakeOpenAI):
    """Wants a training type and a short suffix without dots, gives a raw result file, and answers only by a deployment's name.

    Its models have no shutdown date but the second of their end, and its fine-tunes stand among them as `base.ft-id`.
    """

    async def _list_models(self, request: Request) -> Response:
        listed = [{"id": one["id"], "object": "model", "created_at": one["created"], **AZURE_SAYS} for one in self.models]
        tuned = [job for job in self.jobs.values() if job["status"] == "succeeded"]
        names = [f"{job['model']}.ft-{hashlib.md5(job['id'].encode(), usedforsecurity=False).hexdigest()}" for job in tuned]
        listed += [{"id": name, "object": "model", "created_at": 1_790_000_000, **AZURE_SAYS} for name in names]
        return JSONResponse({"object": "list", "data": listed})

    async def _create_job(self, request: Request) -> Response:
        asked = await request.json()
        if asked.get("trainingType") != "globalStandard":
            return refusal(400, "invalidPayload", "trainingType is required")
        suffix = asked.get("suffix") or ""
        if len(suffix) > 18 or "." in suffix:
            return refusal(400, "invalidPayload", "The suffix must have at most 18 characters and no dots")
        return await super()._create_job(request)

    def succeed(self, job_id: str, *, steps: int = 3) -> str:
        model = super().succeed(job_id, steps=steps)
        self.models = self.models[:1]
        return model

    def deploy(self, name: str) -> None:
        """What somebody does in Azure's own pages."""
        self.models.append(self._model(name, "fake"))


class FakeCrusoe(FakeOpenAI):
    """Trains, keeps neither events nor checkpoints, and answers for no model that it trained."""

    def succeed(self, job_id: str, *, steps: int = 3) -> str:
        model = super().succeed(job_id, steps=steps)
        self.models = self.models[:1]
        return model

    async def _list_events(self, request: Request) -> Response:
        return refusal(404, None, "Not Found")

    async def _list_checkpoints(self, request: Request) -> Response:
        return refusal(404, None, "Not Found")
