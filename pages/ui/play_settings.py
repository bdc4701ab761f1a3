"""The system prompt and the sampling of the Playground, each with its sentence, and presets that keep them."""

from dataclasses import replace
from typing import Any, Final

import streamlit as st

from core.base.errors import TunesmithError
from core.base.types import Example, Reason
from core.io.workspace import Dataset, Project
from core.playground import sampling
from core.playground.chat import MOST_STOPS, Place, Settings
from core.playground.sampling import LONGEST_NAME, NAMES, Preset, fitted, read_presets, with_preset
from pages.ui import state
from pages.ui.data import examples
from pages.ui.parts import show_error
from pages.ui.play_models import Side
from pages.ui.sentences import say
from pages.ui.text import t

USUAL_LIMIT: Final = 512  # tokens
LARGEST_LIMIT: Final = 100_000  # tokens; more than models write in one reply
_FIELDS: Final = ("system", "place", "temperature", "top_p", "limit", "frequency", "presence", "stop", "seed")


def ask(project: Project, trained_with: str, place: Place, off: frozenset[str] = frozenset()) -> Preset:
    """Ask for everything; the defaults are what the training used. What is `off` no model takes: it cannot be set."""
    keys = {name: f"{name}_{project.id}" for name in _FIELDS}
    _begin(project, Preset("", trained_with, place, Settings(temperature=0.0, max_tokens=USUAL_LIMIT)))
    _presets(project, trained_with, place)
    system = _prompt(keys)
    where: Place = st.session_state[keys["place"]]
    left, middle, right = st.columns(3)
    temperature = left.slider(
        t("Temperature"),
        0.0,
        2.0,
        step=0.1,
        key=keys["temperature"],
        persist_state="session",
        disabled="temperature" in off,
        help=t("How adventurous the answers are: at 0 the same question gets the same answer."),
    )
    top_p = middle.slider(
        t("Top p"),
        0.05,
        1.0,
        step=0.05,
        key=keys["top_p"],
        persist_state="session",
        disabled="top_p" in off,
        help=t("Leaves out unlikely words: 1 leaves out none."),
    )
    limit = right.number_input(
        t("Most tokens in a reply"),
        1,
        LARGEST_LIMIT,
        key=keys["limit"],
        persist_state="session",
        disabled="max_tokens" in off,
        help=t("A token is about four letters of English. A reply that would be longer is cut there."),
    )
    frequency = left.slider(
        t("Frequency penalty"),
        -2.0,
        2.0,
        step=0.1,
        key=keys["frequency"],
        persist_state="session",
        disabled="frequency_penalty" in off,
        help=t("Above 0 a word becomes less likely each time that it has come, so that the reply repeats itself less."),
    )
    presence = middle.slider(
        t("Presence penalty"),
        -2.0,
        2.0,
        step=0.1,
        key=keys["presence"],
        persist_state="session",
        disabled="presence_penalty" in off,
        help=t("Above 0 words that have not come yet become more likely, so that the reply turns to new subjects."),
    )
    seed = right.number_input(
        t("Seed"),
        0,
        2_147_483_647,
        None,
        key=keys["seed"],
        persist_state="session",
        disabled="seed" in off,
        placeholder=t("none"),
        help=t("With the same number the same question gets the same answer, as far as the server can keep to that."),
    )
    stop = st.text_area(
        t("Stop sequences, one on each line"),
        key=keys["stop"],
        persist_state="session",
        disabled="stop" in off,
        height=80,
        help=t("The reply ends before the first of these texts; up to {most} of them.", most=MOST_STOPS),
    )
    settings = Settings(
        temperature=temperature,
        top_p=top_p if top_p < 1 else None,
        max_tokens=int(limit),
        frequency_penalty=frequency or None,
        presence_penalty=presence or None,
        stop=tuple(line for line in stop.split("\n") if line.strip()),
        seed=None if seed is None else int(seed),
    )
    return Preset("", system, where, settings)


def _begin(project: Project, usual: Preset) -> None:
    """Fill the fields at the first visit; a system prompt that nobody changed follows the model that is looked at."""
    first = f"trained_{project.id}"
    before, id = st.session_state.get(first), project.id
    if f"temperature_{id}" not in st.session_state:
        use(project, usual)
    elif before is not None and before != [usual.system, usual.place]:
        if st.session_state[f"system_{id}"] == before[0]:
            st.session_state[f"system_{id}"] = usual.system
        if st.session_state[f"place_{id}"] == before[1]:
            st.session_state[f"place_{id}"] = usual.place
    st.session_state[first] = [usual.system, usual.place]


def _prompt(keys: dict[str, str]) -> str:
    system = st.text_area(
        t("System prompt"),
        key=keys["system"],
        persist_state="session",
        help=t("The instruction that stands before every question. A model answers best with the one it was trained with."),
    )
    places: dict[Place, str] = {"first": t("before the question"), "last": t("after the question")}
    st.segmented_control(
        t("Where the system prompt stands"),
        list(places),
        required=True,
        format_func=lambda one: places[one],
        key=keys["place"],
        persist_state="session",
        help=t("It belongs where it stood in the training: elsewhere it means less to the model."),
    )
    return system


def written_alike(dataset: Dataset) -> tuple[Example, ...]:
    """Rows that are written as those of the training: the page has the test's read anyway, unless they are a file of their own."""
    own_test = dataset.split.get("own_test") is not None
    return examples(dataset, "train" if own_test or not dataset.test_sha else "test")


def fit(side: Side, settings: Settings) -> tuple[Settings, tuple[Reason, ...]]:
    """What is sent to one model, and why the rest is not."""
    return fitted(settings, side.where.id, side.base or side.model, label=side.label, practice=side.practice)


def ignored(sides: tuple[Side, ...]) -> frozenset[str]:
    """The settings that none of these takes."""
    each = [sampling.ignored(side.where.id, side.base or side.model, practice=side.practice) for side in sides]
    return frozenset.intersection(*each) if each else frozenset()


def left_out(sides: tuple[Side, ...], settings: Settings) -> None:
    """Say which settings a model does not get."""
    told: dict[tuple[str, str], Reason] = {}
    for side in sides:
        for reason in fit(side, settings)[1]:
            names = [t(NAMES[name]) for name in NAMES if NAMES[name] in reason.params["names"]]
            kind = t("The practice model") if side.practice else side.model
            told[kind, reason.code] = replace(reason, params={**reason.params, "model": kind, "names": names})
    for reason in told.values():
        st.caption(say(reason))


def _presets(project: Project, trained_with: str, place: Place) -> None:
    """A box that fills every field, and two buttons that keep and delete what it offers."""
    kept = {one.name: one for one in _kept(project)}
    usual = Preset("", trained_with, place, Settings(temperature=0.0, max_tokens=USUAL_LIMIT))
    varied = replace(usual, settings=replace(usual.settings, temperature=1.0))
    ours = {"": t("As in the training"), "varied": t("As in the training, with more variety")}
    offered: dict[str, Preset] = {"": usual, "varied": varied, **{f"own {name}": one for name, one in kept.items()}}
    box = f"preset_{project.id}"

    def fill() -> None:
        use(project, offered[st.session_state[box]])

    left, middle, right = st.columns((3, 2, 2), vertical_alignment="bottom")
    chosen = left.selectbox(
        t("Preset"),
        list(offered),
        index=None,
        format_func=lambda one: ours.get(one, one.removeprefix("own ")),
        placeholder=t("Fill the fields below with…"),
        key=box,
        on_change=lambda: fill() if st.session_state[box] is not None else None,
        help=t("A system prompt and settings that are kept under a name in this project."),
    )
    with middle.popover(t("Keep these settings"), icon=":material/bookmark_add:", width="stretch"):
        st.text_input(t("Name of the preset"), key=f"preset_name_{project.id}", max_chars=LONGEST_NAME)
        st.button(t("Keep"), key=f"preset_keep_{project.id}", on_click=_keep, args=(project,))
    if chosen is not None and chosen.startswith("own "):
        name = chosen.removeprefix("own ")
        right.button(
            t("Delete this preset"),
            icon=":material/delete:",
            key=f"preset_drop_{project.id}",
            on_click=_drop,
            args=(project, name),
            width="stretch",
        )
    if (problem := st.session_state.pop(f"preset_problem_{project.id}", None)) is not None:
        show_error(problem)


def use(project: Project, one: Preset) -> None:
    """Fill every field from a preset; for a callback."""
    chosen, id = one.settings, project.id
    filled: dict[str, Any] = {
        "system": one.system,
        "place": one.place,
        "temperature": 0.0 if chosen.temperature is None else chosen.temperature,
        "top_p": 1.0 if chosen.top_p is None else max(0.05, chosen.top_p),
        "limit": min(LARGEST_LIMIT, chosen.max_tokens or USUAL_LIMIT),
        "frequency": chosen.frequency_penalty or 0.0,
        "presence": chosen.presence_penalty or 0.0,
        "stop": "\n".join(chosen.stop),
        "seed": chosen.seed,
    }
    for name, value in filled.items():
        st.session_state[f"{name}_{id}"] = value


def _now(project: Project) -> Preset:
    """What the fields hold, read in a callback."""
    held = {name: st.session_state.get(f"{name}_{project.id}") for name in _FIELDS}
    place: Place = "last" if held["place"] == "last" else "first"
    settings = Settings(
        temperature=held["temperature"],
        top_p=held["top_p"] if (held["top_p"] or 1) < 1 else None,
        max_tokens=held["limit"],
        frequency_penalty=held["frequency"] or None,
        presence_penalty=held["presence"] or None,
        stop=tuple(line for line in (held["stop"] or "").split("\n") if line.strip()),
        seed=held["seed"],
    )
    return Preset(st.session_state.get(f"preset_name_{project.id}", ""), held["system"] or "", place, settings)


def _place(project: Project) -> str:
    return f"play/{project.id}/presets"


def _kept(project: Project) -> tuple[Preset, ...]:
    return read_presets(state.workspace().get_setting(_place(project), []))


def _keep(project: Project) -> None:
    try:
        presets = with_preset(_kept(project), _now(project))
    except TunesmithError as problem:  # a callback has no page to draw on
        st.session_state[f"preset_problem_{project.id}"] = problem
    else:
        state.workspace().set_setting(_place(project), [one.to_dict() for one in presets])
        st.session_state[f"preset_name_{project.id}"] = ""


def _drop(project: Project, name: str) -> None:
    state.workspace().set_setting(_place(project), [one.to_dict() for one in _kept(project) if one.name != name])
    st.session_state[f"preset_{project.id}"] = None
