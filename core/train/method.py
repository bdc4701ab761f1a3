"""The two ways to learn from a data set: which of them a base model takes, which is proposed and why, and the files that each reads."""

from dataclasses import dataclass
from typing import Final, Literal

from core.base.errors import N_, BadSetting
from core.base.types import Reason
from core.io.connections import BaseModel, Connection
from core.io.workspace import Dataset

Method = Literal["supervised", "dpo"]  # as the API calls them; dpo is direct preference optimization
METHODS: Final[tuple[Method, ...]] = ("supervised", "dpo")


@dataclass(frozen=True, slots=True)
class Material:
    """What one method reads of a data set: its files by hash, and how many examples (of dpo: pairs) they hold."""

    train_sha: str
    validation_sha: str | None
    n_train: int
    n_validation: int


@dataclass(frozen=True, slots=True)
class Offer:
    """The methods to choose from, the one proposed first; the reasons say why it is, or why there is no choice.

    Of a data set without pairs there are no reasons: nobody has asked.
    """

    methods: tuple[Method, ...]
    reasons: tuple[Reason, ...] = ()


def material(dataset: Dataset, method: Method) -> Material:
    """The files that a method reads; raises BadSetting where the data set has no pairs to learn from."""
    if method == "supervised":
        return Material(dataset.train_sha, dataset.validation_sha, dataset.counts["train"], dataset.counts["validation"])
    if dataset.pairs_train_sha is None:
        raise BadSetting(N_("This data set has no pairs of a better and a worse answer."), N_("Choose to copy the good answers."))
    return Material(dataset.pairs_train_sha, dataset.pairs_validation_sha, n_pairs(dataset, "train"), n_pairs(dataset, "validation"))


def n_pairs(dataset: Dataset, side: Literal["train", "validation"]) -> int:
    """How many pairs one side of a data set has: rows without a worse answer, or whose line could not say it, are none."""
    return len(dataset.split.get("pairs", {}).get(side, ()))


def offer(dataset: Dataset, where: Connection, model: BaseModel) -> Offer:
    """What can be learned from this data set with this model.

    Codes: pairs_too_few, pairs_not_taken (no choice); copying_proposed, and pairs_perhaps_taken where only the server knows.
    """
    if not dataset.is_pairs:
        return Offer(("supervised",))
    n = n_pairs(dataset, "train")
    facts = {"pairs": n, "model": model.name, "host": where.host, "minimum": where.min_examples}
    if model.pairs == "no":
        return Offer(("supervised",), (Reason("pairs_not_taken", facts),))
    if n < where.min_examples:
        return Offer(("supervised",), (Reason("pairs_too_few", facts),))
    # Copying first is what the guides to preference tuning advise: "DPO is most effective on top of an SFT-tuned checkpoint"
    # (docs.together.ai/docs/fine-tuning/preference-tuning, read 2026-11-25); and it is the cheaper of the two.
    reasons = (Reason("copying_proposed", facts),)
    return Offer(METHODS, reasons if model.pairs == "yes" else (*reasons, Reason("pairs_perhaps_taken", facts)))
