"""A model's passport on screen: the same facts as its JSON file, to be read, kept, and used to run the training again."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from core.base.report import as_html
from core.io.connections import Connection
from core.io.workspace import Project
from core.monitor.passport import passport, write
from core.monitor.shelf import Shelved
from core.train.again import plan_file as as_file
from pages.ui import models, passport_page, plan_file, plans, prices, scored, shelf, state, stories
from pages.ui.text import Raw, escape, t

SHOWN = 12  # signs of a fingerprint: what tells the files of one person apart


def show(project: Project, one: Shelved, where: Connection) -> None:
    """Draw the passport of a model with its downloads."""
    made = content(project, one, where)
    data, model = made["data"], made["model"]
    st.markdown(f"**{t('Where it comes from')}**")
    # as code whole: a name holds colons, between which Streamlit would look for the name of an emoji
    exact = f"`{one.model}`" if one.model and "`" not in one.model else escape(one.model or t("none yet"))
    lines = [t("{name}: {value}", name=t("Exact name"), value=Raw(exact)), _line(t("Fine-tuning job"), model["job"])]
    if data is not None:
        lines += [_line(t("Data"), t("{file}, version {version}", file=Raw(data["source_name"]), version=Raw(data["version"])))]
        lines += _fingerprint(t("Your file"), data["source_sha256"])
        lines += _fingerprint(t("Training rows"), data["train_sha256"])
        lines += _fingerprint(t("Validation rows"), data["validation_sha256"])
        lines += _fingerprint(t("Test rows"), data["test_sha256"])
        lines += [_line(t("Seed of the split"), data["split_seed"])]
    st.caption("  \n".join(lines))
    if data is not None:
        st.caption(
            t(
                "A fingerprint is worked out from a file, and the same file always has the same one: so it can be proved later which data "
                "a model was made from. Only its beginning stands here; the passport's file holds all of it."
            )
        )
    if data is not None and data["system_prompt"]:
        st.caption(t("System prompt"))
        st.code(data["system_prompt"], language=None, wrap_lines=True)
    _settings(made)
    _price(made["price"])
    if made["software"]:
        st.caption(t("Made with: {versions}", versions=", ".join(f"{name} {version}" for name, version in made["software"].items())))
    else:
        st.caption(t("With which versions it was made was not noted."))
    with st.container(horizontal=True):
        st.download_button(
            t("Download the passport"),
            data=partial(write, made),
            file_name=f"passport-{model['job']}.json",
            mime="application/json",
            icon=":material/badge:",
            key=f"passport_file_{one.record.id}",
            on_click="ignore",
        )
        st.download_button(
            t("Passport (web page)"),
            data=lambda: as_html(
                passport_page.report(made, models.friendly_name(one.record, where), t(models.base_of(one.record, where).name))
            ),
            file_name=f"passport-{model['job']}.html",
            mime="text/html",
            icon=":material/summarize:",
            key=f"passport_page_{one.record.id}",
            on_click="ignore",
            help=t("One file that opens in any browser, loads nothing, and prints well."),
        )
        if one.plan is not None and one.dataset is not None:
            plan_file.export(as_file(one.plan, one.dataset), key=one.record.id)
            plan_file.run_again(project, as_file(one.plan, one.dataset), key=one.record.id)


def content(project: Project, one: Shelved, where: Connection) -> dict[str, Any]:
    """The passport's content, as its file holds it."""
    ws = state.workspace()
    end = shelf.ending(one, where)
    return passport(
        one,
        plan=as_file(one.plan, one.dataset) if one.plan and one.dataset else None,
        curve=stories.of(one.record).curve(list(one.checkpoints)),
        scores=_scores(project, one, where),
        software=ws.get_setting(plans.software(one.record), {}),
        price=prices.of(where, one.job.base_model),
        shutdown=end.on if end else None,
        now=state.now(),
    )


def _scores(project: Project, one: Shelved, where: Connection) -> Sequence[dict[str, Any]]:
    found = scored.headline(project, one.record, where, one.model) if one.dataset and one.model else None
    if found is None or found.scores is None:
        return []
    sides = zip(("before", "after"), found.scores, strict=True)
    return [
        {"model": name, "what": "whole answers right", "right": s.right, "rows": s.n, "share": s.share, "low": s.low, "high": s.high}
        for name, s in sides
    ]


def _settings(made: dict[str, Any]) -> None:
    columns = (t("Setting"), t("Asked for"), t("Used by the server"))
    named = [dict(zip(columns, row, strict=True)) for row in passport_page.settings(made)]
    st.dataframe(named, hide_index=True, key=f"passport_settings_{made['model']['job']}")


def _price(price: dict[str, Any]) -> None:
    if price["estimate_as_of"]:
        st.caption(t("The price list of the estimate was of {day}.", day=str(price["estimate_as_of"])))


def _fingerprint(part: str, sha256: str | None) -> list[str]:
    return [_line(t("Fingerprint: {part}", part=Raw(part)), f"{sha256[:SHOWN]}…")] if sha256 else []


def _line(name: str, value: Any) -> str:
    return t("{name}: {value}", name=Raw(name), value=Raw(escape(str(value))))
