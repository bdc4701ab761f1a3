"""The data card: one page that says what a data set is, where it comes from, what was changed and what is still wrong with it."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.base.types import Reason
from core.io.workspace import Dataset
from core.prepare.prepared import finding_from_json
from pages.ui.sentences import repair_label, say, title
from pages.ui.text import Raw, day, number, t, tn

Json = Mapping[str, Any]


def markdown(dataset: Dataset) -> str:
    """The card in Markdown, in the language of the page; every text from the file is escaped."""
    parts = [
        f"# {t('Data card: {name}, version {version}', name=dataset.source_name, version=dataset.version)}",
        t("Made with Tunesmith on {day}.", day=Raw(day(dataset.created_at.date()))),
        _section(t("What it is"), _what(dataset)),
        _section(t("How it was shared out"), [say(Reason(one["code"], one["params"])) for one in dataset.split.get("reasons", ())]),
        _section(t("What was changed"), _changes(dataset.settings)),
        _section(t("What is still to be known"), _findings(dataset.findings)),
        _section(t("Where it comes from"), _origin(dataset)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _section(heading: str, lines: Sequence[str]) -> str:
    return f"## {heading}\n\n" + "\n".join(f"- {line}" for line in lines) if lines else ""


def _what(dataset: Dataset) -> list[str]:
    counts = dataset.counts
    kind = {
        "text": t("The answers are free text."),
        "label": t("The answers are categories."),
        "json": t("The answers have these parts: {fields}.", fields=", ".join(dataset.shape.get("fields", ()))),
    }[dataset.shape["kind"]]
    lines = [
        tn("{n} example trains.", "{n} examples train.", counts["train"]),
        tn("{n} example is for validation.", "{n} examples are for validation.", counts["validation"]),
        tn("{n} example is for the test.", "{n} examples are for the test.", counts["test"]),
        kind,
    ]
    if n := sum(map(len, dataset.split.get("pairs", {}).values())):
        lines.append(
            tn(
                "{n} example has a worse answer beside it, kept in a file of pairs; the training file holds the better one alone.",
                "{n} examples have a worse answer beside them, kept in files of pairs; the training files hold the better ones alone.",
                n,
            )
        )
    if dataset.system_prompt:
        lines.append(t("System prompt: {prompt}", prompt=dataset.system_prompt))
    return lines


def _done(settings: Json) -> list[Json]:
    """The changes that did something to these rows."""
    return [one for one in settings.get("applied", ()) if not (one.get("idle") or one.get("unknown"))]


def _changes(settings: Json) -> list[str]:
    lines = [f"{repair_label(one['repair'])}: {tn('{n} row', '{n} rows', one['n'])}" for one in _done(settings)]
    sheet = settings.get("worksheet") or {}
    written = [one.get("by", "") for one in (sheet.get("answers") or {}).values()] if sheet.get("on") else []
    if own := written.count(""):
        lines.append(tn("{n} answer was written by hand.", "{n} answers were written by hand.", own))
    for model in sorted({by for by in written if by}):
        lines.append(
            tn(
                "{n} answer was drafted by {model} and approved by a person.",
                "{n} answers were drafted by {model} and approved by a person.",
                written.count(model),
                model=model,
            )
        )
    return lines or [t("Nothing: the rows are as they stand in the file.")]


def _findings(found: Sequence[Json]) -> list[str]:
    return [title(finding_from_json(dict(one))) for one in found] or [t("The checks found nothing.")]


def _origin(dataset: Dataset) -> list[str]:
    hashes = {
        t("Source file"): dataset.source_sha,
        t("Training file"): dataset.train_sha,
        t("Validation file"): dataset.validation_sha,
        t("Test file"): dataset.test_sha,
        t("Training pairs"): dataset.pairs_train_sha,
        t("Validation pairs"): dataset.pairs_validation_sha,
        t("Test pairs"): dataset.pairs_test_sha,
    }
    decisions = [say(Reason(one["code"], one["params"])) for one in dataset.settings.get("decisions", ())]
    return [
        t("Source: {name}", name=dataset.source_name),
        *([t("How it was read: {how}.", how=Raw(", ".join(decisions)))] if decisions else []),
        t("Seed: {seed}", seed=Raw(number(dataset.split["seed"]))),
        *(t("{file}, SHA-256: {hash}", file=name, hash=Raw(f"`{sha}`")) for name, sha in hashes.items() if sha),
    ]
