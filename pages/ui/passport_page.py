"""A model's passport as a page to keep: the facts of its JSON file in the reader's words, with every fingerprint in full."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.base.report import Bar, Cell, Report, Section, Table
from pages.ui.choices import preset_name, setting_name, setting_value, used_value
from pages.ui.sentences.training import METRICS, SETTINGS
from pages.ui.text import Raw, day, language, number, percent, t, unescape

PRESETS = ("quick", "balanced", "careful")


def report(made: Mapping[str, Any], name: str, base: str) -> Report:
    """The passport `made` of the model that people call `name`, made from the base model that they call `base`."""
    sections = (_origin(made, base), _data(made), _settings(made), _scores(made), _checkpoints(made), _software(made))
    written = t("Written on {day}", day=Raw(day(datetime.fromisoformat(made["written_at"]))))
    verdict = unescape(t("{model}: where it comes from, and what is needed to make it again.", model=Raw(name)))
    return Report(t("Passport of a model"), verdict, written, language(), tuple(one for one in sections if one is not None))


def settings(made: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Each setting as the pages name it, with what was asked for and what the server used."""
    asked, used = made["hyperparameters"]["asked"] or {}, made["hyperparameters"]["resolved"] or {}
    base = made["model"]["base_model"]
    rows = [
        (_named(name), _value(asked.get(name)), used_value(name, used.get(name), base) or "–") for name in dict.fromkeys([*asked, *used])
    ]
    return [*rows, (setting_name("seed"), _value(made["seed"]["asked"]), _value(made["seed"]["used"]))]


def _named(name: str) -> str:
    return setting_name(name) if name in SETTINGS else name


def _value(value: Any) -> str:
    return "–" if value is None else setting_value(value) if isinstance(value, int | float | str) else str(value)


def _origin(made: Mapping[str, Any], base: str) -> Section:
    model, plan, price = made["model"], made["plan"], made["price"]
    texts = [
        (t("Exact name"), model["name"] or t("none yet")),
        (t("Base model"), base if base == model["base_model"] else f"{base} ({model['base_model']})"),
        (t("Fine-tuning job"), model["job"]),
        (t("Server"), model["origin"]),
    ]
    if model["finished_at"]:
        texts.append((t("Finished"), day(datetime.fromisoformat(model["finished_at"]))))
    if model["trained_tokens"]:
        texts.append((t("Tokens trained"), number(model["trained_tokens"])))
    if plan is not None and plan["preset"] in PRESETS:
        texts.append((t("How thorough"), preset_name(plan["preset"])))
    if price["estimate_as_of"]:
        texts.append((t("Price list of the estimate"), str(price["estimate_as_of"])))
    return Section(t("The model"), texts=tuple(texts))


def _data(made: Mapping[str, Any]) -> Section | None:
    data = made["data"]
    if data is None:
        return None
    told = t(
        "A fingerprint is worked out from a file, and the same file always has the same one: so it can be proved later which data a model "
        "was made from."
    )
    texts = [(t("Data set"), unescape(t("{file}, version {version}", file=Raw(data["source_name"]), version=Raw(data["version"]))))]
    files = (
        (t("Your file"), data["source_sha256"]),
        (t("Training rows"), data["train_sha256"]),
        (t("Validation rows"), data["validation_sha256"]),
        (t("Test rows"), data["test_sha256"]),
    )
    texts += [(t("Fingerprint: {part}", part=Raw(part)), sha256) for part, sha256 in files if sha256]
    texts.append((t("Seed of the split"), str(data["split_seed"])))
    if data["system_prompt"]:
        texts.append((t("System prompt"), data["system_prompt"]))
    return Section(t("Its data"), (told,), texts=tuple(texts))


def _settings(made: Mapping[str, Any]) -> Section:
    columns = (t("Setting"), t("Asked for"), t("Used by the server"))
    return Section(t("Hyperparameters"), table=Table(columns, tuple(settings(made))))


def _scores(made: Mapping[str, Any]) -> Section | None:
    if not made["scores"]:
        return None
    names = {"before": t("Before the training"), "after": t("After the training")}
    bars = []
    for one in made["scores"]:
        told = t(
            "{right} of {n}; between {low} and {high}",
            right=one["right"],
            n=one["rows"],
            low=percent(one["low"]),
            high=percent(one["high"]),
        )
        bars.append(Bar(names.get(one["model"], one["model"]), one["share"], one["low"], one["high"], unescape(told)))
    return Section(t("Scores on rows that the training did not contain"), bars=tuple(bars))


def _checkpoints(made: Mapping[str, Any]) -> Section | None:
    points = made["model"]["checkpoints"]
    if not points:
        return None
    rows: list[tuple[Cell, ...]] = [(one["step"], one["model"]) for one in points]
    last = [
        f"{t(METRICS[name])}: {number(values[-1][1], 4)}" for name, values in made["curve"]["points"].items() if values and name in METRICS
    ]
    told = (t("Figures at the last step: {figures}", figures=Raw(", ".join(last))),) if last else ()
    return Section(t("Checkpoints"), told, table=Table((t("Step"), t("Model")), tuple(rows)))


def _software(made: Mapping[str, Any]) -> Section | None:
    if not made["software"]:
        return None
    return Section(t("Made with"), table=Table((t("Program"), t("Version")), tuple((str(k), str(v)) for k, v in made["software"].items())))
