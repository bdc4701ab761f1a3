"""The data card: one page that says what a data set is, where it comes from, what was changed and what is still wrong with it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.base.types import Reason
from core.io.workspace import Dataset
from core.prepare.prepared import finding_from_json
from pages.ui.sentences import repair_label, say, title
from pages.ui.text import Raw, day, number, t, tn

Json = Mapping[str, Any]


# What t() escapes for Streamlit and an editor would show for nothing: inside a line these mean nothing in Markdown. Spans of code come
# first, since in them a backslash is the text's own.
_HARMLESS = re.compile(r"(?<!\\)`[^`]*`|\\([.\-:()+{}^!#>])|(?<=\w)\\(_)(?=\w)|\\(&)(?!#?\w+;)")
_OPENS_A_LINE = re.compile(r"\d*\\.")  # a list, a heading or a quotation; there the escape is needed


def markdown(dataset: Dataset) -> str:
    """The card as a file in Markdown, in the language of the page: what would be markup is escaped, and nothing else."""
    parts = [_plain(_name(dataset), "# "), _plain(_made(dataset))]
    parts += [f"## {heading}\n\n" + "\n".join(_plain(line, "- ") for line in lines) for heading, lines in _sections(dataset)]
    return "\n\n".join(parts) + "\n"


def show(dataset: Dataset) -> None:
    """Draw the card as it reads, folded away until it is wanted."""
    key = f"card_{dataset.id}"
    with st.expander(t("Read the data card"), icon=":material/description:", on_change="rerun", key=key) as box:
        if box.open:
            st.markdown(f"**{_name(dataset)}**")
            st.caption(_made(dataset))
            for heading, lines in _sections(dataset):
                st.markdown(f"**{heading}**\n\n" + "\n".join(f"- {line}" for line in lines))


def _name(dataset: Dataset) -> str:
    return t("Data card: {name}, version {version}", name=dataset.source_name, version=dataset.version)


def _made(dataset: Dataset) -> str:
    return t("Made with Tunesmith on {day}.", day=Raw(day(dataset.created_at.date())))


def _sections(dataset: Dataset) -> list[tuple[str, list[str]]]:
    """The headings with their lines, every text from the file escaped; those that have something to say."""
    sections = [
        (t("What it is"), _what(dataset)),
        (t("How it was shared out"), [say(Reason(one["code"], one["params"])) for one in dataset.split.get("reasons", ())]),
        (t("What was changed"), _changes(dataset.settings)),
        (t("What is still to be known"), _findings(dataset.findings)),
        (t("Where it comes from"), _origin(dataset)),
    ]
    return [(heading, lines) for heading, lines in sections if lines]


def _plain(line: str, mark: str = "") -> str:
    """A line of the file: without the escapes that only Streamlit needs, so that it reads well in an editor too."""
    opens = _OPENS_A_LINE.match(line)
    kept = opens.group() if opens else ""
    return mark + kept + _HARMLESS.sub(lambda found: found.group(found.lastindex or 0), line[len(kept) :])


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
