"""One exchange of the Playground as it is drawn: the question, each model's answer, and what is known about the answer."""

import html
from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.base.answers import AnswerShape, parse_answer
from core.base.types import Reason
from core.io.workspace.records import error_from_json
from core.monitor.failures import while_answering
from pages.ui import long_text, recalled
from pages.ui.names import class_name
from pages.ui.parts import show_error
from pages.ui.sentences import say
from pages.ui.text import money, number, t, tn

Json = dict[str, Any]
_LARGE = "font-size:1.7rem;line-height:1.4;font-weight:500;white-space:pre-wrap;overflow-wrap:anywhere;margin:0"


@dataclass(frozen=True)
class Look:
    """How answers are drawn: `large` for a room to read from afar, `shape` to show a JSON answer by its fields."""

    large: bool = False
    shape: AnswerShape | None = None

    def text(self, place: DeltaGenerator, text: str) -> None:
        """Write a model's text: as it is, never as markup, and of a long one its beginning."""
        text = long_text.cut(text)  # a reply that finds no end would be sent whole again with every word that is added
        if self.large:
            place.html(f'<p style="{_LARGE}">{html.escape(text)}</p>')
        else:
            place.text(text)

    def values(self, answer: str) -> dict[str, str] | None:
        """The fields of a JSON answer, or None where it is to be shown as it is."""
        if self.shape is None or self.shape.kind != "json":
            return None
        return parse_answer(answer, self.shape)


def question(place: DeltaGenerator, exchange: Json, look: Look) -> None:
    """The question and, where it comes from a row of the data, that row's own answer."""
    look.text(place, exchange["question"])
    if expected := exchange.get("expected"):
        values = look.values(expected)
        place.caption(t("The data's own answer: {answer}", answer=class_name(values.values()) if values else expected))


def answer(kept: Json | None, look: Look, *, key: str) -> None:
    """A model's answer with what went wrong, how long it took and where it comes from; `key` is the answer's own, on every run."""
    if kept is None:
        st.caption(t("Not asked."))
        return
    if kept["text"].strip():
        _words(kept, look, key)
    elif kept["text"] or kept["done"]:
        st.caption(said_nothing(kept["text"]))
    if kept.get("hand"):
        return
    if kept["problem"] is not None:
        show_error(while_answering(error_from_json(kept["problem"])))
    elif not kept["done"]:
        st.caption(t("Stopped before the end."))
    if kept["reply"] is not None:
        recalled.show(kept["reply"].get("notes") or {})
        if not look.large:
            _facts(kept["reply"])
    for code, params in kept["warnings"]:
        if code == "reply_empty":  # said above, where the answer would stand
            continue
        st.caption(say(Reason(code, params)))


def said_nothing(text: str) -> str:
    """What stands in the place of an answer that shows nothing."""
    return t("The model answered with nothing but blank lines.") if text else t("The model answered with nothing.")


def _words(kept: Json, look: Look, key: str) -> None:
    text = recalled.spoken(kept["text"], (kept["reply"] or {}).get("notes") or {})
    values = look.values(text)
    if values is None:
        long_text.show(text, key=f"reply_{key}", draw=lambda part: look.text(st.container(), part))
        return
    for name, value in values.items():
        st.caption(t("{name}:", name=name))
        look.text(st.container(), value if value.strip() else t("(blank)"))
    if not look.large:
        with st.popover(t("Exactly as answered"), type="tertiary", icon=":material/data_object:"):
            st.code(kept["text"], language=None, wrap_lines=True)


def _facts(reply: Json) -> None:
    facts = []
    first, whole = (None if (at := reply.get(name)) is None else number(float(at), 2) for name in ("first_token_s", "total_s"))
    if first is not None and first != whole:  # what came all at once has one time
        facts.append(t("first word after {seconds} seconds", seconds=first))
    if whole is not None:
        facts.append(t("in all {seconds} seconds", seconds=whole))
    if reply.get("completion_tokens") is not None and reply.get("prompt_tokens") is not None:
        facts.append(tn("{n} token written", "{n} tokens written", reply["completion_tokens"]))
        facts.append(tn("{n} token read", "{n} tokens read", reply["prompt_tokens"]))
    if "usd" in reply:  # what an older version kept has none
        usd = reply["usd"]
        facts.append(t("price not known") if usd is None else money(float(usd)) if usd else t("free"))
    if facts:
        st.caption(" · ".join(facts))
    if ignored := reply.get("ignored"):
        st.caption(t("The server says that these had no effect: {names}.", names=", ".join(map(str, ignored))))
