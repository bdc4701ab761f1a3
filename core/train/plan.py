"""The plan of one training: presets with reasons, and the key that stops a second job."""

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from core.base.bayes import PASSES
from core.base.epochs import usual_epochs
from core.base.errors import N_, BadSetting
from core.base.lora_settings import SETTINGS, USUAL, usual_batch
from core.base.types import Reason
from core.io.dialects import Range
from core.train.method import Method
from core.train.ranges import AUTO, WHOLE_RANGES, check_hyperparameters, check_metadata, check_method, check_seed, check_suffix

PRESETS: Final = ("quick", "balanced", "careful")
PATIENCE: Final = 4  # checks on validation rows without a better one; a training has about 20, so that a wobble does not end it


@dataclass(frozen=True, slots=True)
class Choice:
    """One hyperparameter, the value it will have and why; "auto" leaves it to the server."""

    name: str
    value: int | float | str
    reason: Reason


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """All that a training needs to be started, and started again in the same way.

    `metadata` are notes that make no other job of it; `remembers` says that the model keeps its examples as they are, without epochs.
    """

    connection_id: str
    origin: str
    host: str
    base_model: str
    train_sha: str
    validation_sha: str | None
    n_train: int
    n_validation: int
    preset: str
    choices: tuple[Choice, ...]
    seed: int | None
    suffix: str
    budget: float | None
    method: Method = "supervised"
    metadata: Mapping[str, str] = field(default_factory=dict)
    remembers: bool = False

    @property
    def hyperparameters(self) -> dict[str, int | float | str]:
        """The hyperparameters by name, as they are sent."""
        return {choice.name: choice.value for choice in self.choices}

    @property
    def key(self) -> str:
        """The plan's identity: two plans with one key are one job."""
        return plan_key(
            self.origin, self.train_sha, self.validation_sha, self.base_model, self.method, self.hyperparameters, self.seed, self.suffix
        )


def preset(
    name: str,
    n_examples: int,
    *,
    practice: bool = False,
    small: bool = False,
    has_validation: bool = False,
    method: Method = "supervised",
    remembers: bool = False,
) -> tuple[Choice, ...]:
    """Choose the hyperparameters for a number of training examples; raises BadSetting for a preset that does not exist.

    For a small open model of this machine (`small`) what "auto" becomes is known, and the reasons say it. `remembers` is for the practice
    model with free text: it keeps its examples at once, whatever the epochs and the batch size (engine/learners/recall.py).
    """
    if name not in PRESETS:
        raise BadSetting(N_("There is no choice called {preset}."), N_("Choose quick, balanced or careful."), preset=name)
    usual = PASSES if practice else usual_epochs(n_examples)  # what "auto" will be
    facts = {"n": n_examples, "usual": usual}
    of_pairs = "_pairs" if method == "dpo" else ""
    if name == "balanced":
        code = "epochs_usual_here" + of_pairs if small else "epochs_of_practice" if practice else "epochs_left_to_server" + of_pairs
        epochs = Choice("n_epochs", AUTO, Reason(code, facts))
    elif name == "quick":
        epochs = Choice("n_epochs", max(1, usual // 3), Reason("epochs_fewer" if usual > 1 else "epochs_fewest", facts))
    else:
        code = "epochs_more_with_validation" if has_validation else "epochs_more_without_validation"
        epochs = Choice("n_epochs", min(WHOLE_RANGES["n_epochs"][1], usual + max(1, usual // 2)), Reason(code, facts))
    batch = Choice("batch_size", AUTO, Reason("batch_left_to_server" + of_pairs, {"n": n_examples}))
    if remembers:
        epochs, batch = (Choice(one.name, one.value, Reason("remembered_at_once")) for one in (epochs, batch))
    pull: tuple[Choice, ...] = ()
    if method == "dpo":
        pull = (Choice("beta", AUTO, Reason("beta_usual_here", {"beta": USUAL["beta"]}) if small else Reason("beta_left_to_server")),)
    if small:
        batch = Choice("batch_size", AUTO, Reason("batch_usual_here" + of_pairs, {"n": n_examples, "batch": usual_batch(n_examples)}))
        rate = Choice("learning_rate_multiplier", AUTO, Reason("rate_usual_here"))
        if name == "careful" and has_validation:
            return (epochs, batch, rate, *pull, Choice("early_stopping", PATIENCE, Reason("stops_early", {"checks": PATIENCE})))
        return (epochs, batch, rate, *pull)
    if name == "careful" and not practice:
        rate = Choice("learning_rate_multiplier", 1.0, Reason("rate_not_raised"))
    else:
        rate = Choice("learning_rate_multiplier", AUTO, Reason("rate_no_use_here" if practice else "rate_left_to_server"))
    return (epochs, batch, rate, *pull)


def set_by_hand(
    hyperparameters: Mapping[str, Any],
    preset_name: str,
    n_examples: int,
    *,
    practice: bool = False,
    small: bool = False,
    has_validation: bool = False,
    method: Method = "supervised",
    ranges: Sequence[Range] = (),
) -> dict[str, Any]:
    """The hyperparameters of a kept plan that are not those of its preset: what had been set under "Advanced"."""
    chosen = preset(preset_name, n_examples, practice=practice, small=small, has_validation=has_validation, method=method)
    usual = {choice.name: choice.value for choice in chosen}
    known = {*usual, *SETTINGS} if small else {*usual, *(one.name for one in ranges)}
    return {name: value for name, value in hyperparameters.items() if name in known and usual.get(name, AUTO) != value}


def build(
    *,
    connection_id: str,
    origin: str,
    host: str,
    base_model: str,
    train_sha: str,
    validation_sha: str | None,
    n_train: int,
    n_validation: int = 0,
    preset_name: str = "balanced",
    overrides: Mapping[str, int | float | str] | None = None,
    practice: bool = False,
    small: bool = False,
    seed: int | None = None,
    suffix: str = "",
    suffix_max: int = 64,
    budget: float | None = None,
    method: Method = "supervised",
    metadata: Mapping[str, str] | None = None,
    remembers: bool = False,
    ranges: Sequence[Range] = (),
) -> TrainingPlan:
    """Make a plan from a preset and whatever was set by hand under "Advanced"; raises BadSetting for a value outside its range.

    `ranges` are the connection's own.
    """
    check_method(method, practice=practice)
    check_hyperparameters(overrides or {}, small=small, method=method, ranges=ranges)
    check_seed(seed)
    check_suffix(suffix, suffix_max)
    check_metadata(metadata or {})
    if budget is not None and not (math.isfinite(budget) and budget >= 0):
        raise BadSetting(N_("A budget is an amount of money that is not below zero."), N_("Leave it empty for no limit."))
    chosen = preset(
        preset_name, n_train, practice=practice, small=small, has_validation=bool(validation_sha), method=method, remembers=remembers
    )
    by_hand = overrides or {}
    choices = [Choice(c.name, by_hand[c.name], Reason("set_by_hand", {"instead_of": c.value})) if c.name in by_hand else c for c in chosen]
    usual = {choice.name for choice in chosen}
    choices += [Choice(name, value, Reason("set_by_you")) for name, value in by_hand.items() if name not in usual]
    return TrainingPlan(
        connection_id=connection_id,
        origin=origin,
        host=host,
        base_model=base_model,
        train_sha=train_sha,
        validation_sha=validation_sha,
        n_train=n_train,
        n_validation=n_validation,
        preset=preset_name,
        choices=tuple(choices),
        seed=seed,
        suffix=suffix,
        budget=budget,
        method=method,
        metadata=dict(metadata or {}),
        remembers=remembers,
    )


def suggest_suffix(name: str, longest: int = 64) -> str:
    """Turn a project's name into a suffix that every server takes: "Bank support!" becomes "bank-support"."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:longest].strip("-")


def plan_key(
    connection_origin: str,
    train_sha: str,
    validation_sha: str | None,
    model: str,
    method: str,
    hyperparameters: Mapping[str, Any],
    seed: int | None,
    suffix: str | None,
) -> str:
    """Give the sha256 (hex) of everything that makes a job the job it is.

    Two ways to say one thing give one key: "auto" is the same as leaving it out, 1.0 as 1, no suffix as an empty one.
    """
    settings = {name: _plain(value) for name, value in hyperparameters.items() if value not in (AUTO, None)}
    facts = [connection_origin, train_sha, validation_sha or "", model, method, settings, seed, suffix or ""]
    return hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=True, allow_nan=False).encode()).hexdigest()


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def describe(plan: TrainingPlan) -> Reason:
    """Say in one sentence what will happen: which model learns from how many examples, how often, and on which host."""
    epochs = plan.hyperparameters["n_epochs"]
    may_end_early = plan.n_validation and plan.hyperparameters.get("early_stopping", 0) != 0
    manner = "stopping" if may_end_early else "auto" if epochs == AUTO else "epochs"
    code = ("plan_pairs_" if plan.method == "dpo" else "plan_") + manner + ("_validated" if plan.n_validation and not may_end_early else "")
    if plan.remembers:
        code = "plan_remembered"
    return Reason(
        code,
        {
            "model": plan.base_model,
            "n": plan.n_train,
            "validation": plan.n_validation,
            "epochs": _usual(plan) if epochs == AUTO else epochs,
            "host": plan.host,
        },
    )


def _usual(plan: TrainingPlan) -> int:
    """How often a model that is left to it reads the examples; 1 where it remembers them at once."""
    said = next(choice.reason.params for choice in plan.choices if choice.name == "n_epochs")
    return int(said.get("usual", 1))
