"""The words of the field, each in a sentence or two: a button for each stands at the foot of the pages that use it."""

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from core.base.errors import N_
from pages.ui.text import t


@dataclass(frozen=True)
class Term:
    """A word of the field and what it means to whoever has never heard it; no meaning leans on another term of this table."""

    name: str
    meaning: str


TERMS: Mapping[str, Term] = {
    "accuracy": Term(N_("Accuracy"), N_("The share of answers that are right. Half of them right is 50%.")),
    "adapter": Term(
        N_("Adapter"),
        N_("A small addition to a model that holds what was learned, as a lens does for a camera. The model itself stays as it is."),
    ),
    "api_key": Term(N_("API key"), N_("A password for programs. A provider gives it to you, and bills you for what is done with it.")),
    "base_model": Term(
        N_("Base model"), N_("The model that your examples are taught to. It stays as it is: what comes out is a model of your own.")
    ),
    "batch": Term(
        N_("Batch"), N_("Many questions handed to a provider at once, to be answered within a day for less money than one by one.")
    ),
    "batch_size": Term(
        N_("Batch size"),
        N_("How many examples the model reads before it adjusts itself: as a teacher corrects after each sheet, or after a pile of them."),
    ),
    "checkpoint": Term(
        N_("Checkpoint"), N_("A copy of the model as it was at one moment of the training. One can go back to it, as to a saved game.")
    ),
    "confidence": Term(N_("Confidence"), N_("How sure the model is of its answer, from 0 to 100%. It can be sure and wrong.")),
    "connection": Term(N_("Connection"), N_("The place where the work is done: this machine, or a provider such as OpenAI.")),
    "csv": Term(N_("CSV"), N_("A table saved as plain text, one row on each line. Every spreadsheet can save one.")),
    "data_set": Term(
        N_("Data set"), N_("Your rows as they were saved for the training: checked, repaired, and with some of them kept aside.")
    ),
    "encoding": Term(N_("Encoding"), N_("The way in which a file stores its letters. Read in the wrong way, é becomes Ã©.")),
    "epoch": Term(N_("Epoch"), N_("One reading of all the examples, from the first to the last. Three epochs: they are read three times.")),
    "events": Term(N_("Events"), N_("What a server writes down while it trains, line by line, as in a diary.")),
    "example": Term(N_("Example"), N_("One question with the answer that the model should give. Examples are all that it learns from.")),
    "fine_tuned_model": Term(
        N_("Fine-tuned model"), N_("What comes out of the training: a model of your own that has learned your examples.")
    ),
    "fine_tuning": Term(
        N_("Fine-tuning"),
        N_("Teaching your examples to a model that can speak already, as a trained cook learns the dishes of one restaurant."),
    ),
    "hyperparameters": Term(
        N_("Hyperparameters"),
        N_("The settings of a training: how often the examples are read, how many at a time, and how much is changed each time."),
    ),
    "interval": Term(
        N_("95% interval"),
        N_("The range in which the true share of right answers most likely lies. The more questions were asked, the narrower it is."),
    ),
    "job": Term(
        N_("Fine-tuning job"),
        N_("One training on a server, from its start until the model is ready. The server gives it a name of its own."),
    ),
    "judge": Term(
        N_("Judge"),
        N_("A model that reads two answers and says which one it finds better. It can be wrong, and may like what stands first."),
    ),
    "json": Term(N_("JSON"), N_("A way to write values with their names as plain text, so that programs can read them.")),
    "jsonl": Term(N_("JSONL"), N_("A text file with one record on each line. Training needs this form, and Tunesmith writes it for you.")),
    "learning_rate": Term(
        N_("Learning rate multiplier"),
        N_("How much the model changes at each adjustment, compared with the usual. Too little takes long; too much makes it forget."),
    ),
    "loss": Term(N_("Loss"), N_("How surprised the model is by the right answers. It should fall: less surprise means more learned.")),
    "model": Term(
        N_("Model"),
        N_("A program that has read a great deal of text, and has learned from it how to go on with a text, or to answer a question."),
    ),
    "overfitting": Term(
        N_("Overfitting"),
        N_("Learning the examples by heart instead of what they have in common. Known questions then go well, and new ones badly."),
    ),
    "p": Term(
        N_("p"),
        N_("How often chance alone would make a difference as large as this, had the training changed nothing. 0.03 is 3 times in 100."),
    ),
    "parquet": Term(
        N_("Parquet"), N_("A table as programs hand it to each other when it is large. It cannot be looked at in a text editor.")
    ),
    "position_bias": Term(
        N_("Position bias"), N_("A leaning to what stands in one place, first or second, whatever it says. Changing the places shows it.")
    ),
    "practice_model": Term(
        N_("Practice model"),
        N_("A small program on this machine that stands in for a real model, so that every step can be tried for nothing."),
    ),
    "seed": Term(
        N_("Seed"),
        N_("The number from which all chance is drawn. The same number brings the same result, like cards dealt from an equal pack."),
    ),
    "server": Term(N_("Server"), N_("A computer that works for others, most often reached over the internet.")),
    "similarity": Term(N_("Similarity"), N_("How alike two texts are: 1 is the same text, and 0 has nothing in common.")),
    "split": Term(N_("Split"), N_("How the rows are shared out: most of them train, some look on, and some are kept for the end.")),
    "step": Term(N_("Step"), N_("One adjustment of the model, after it has read a few examples. A training has many of them.")),
    "suffix": Term(N_("Suffix"), N_("A short name of your choice that becomes a part of the model's exact name.")),
    "system_prompt": Term(
        N_("System prompt"),
        N_("An instruction that stands before every question, such as “Answer in one sentence”. The reader of the answer does not see it."),
    ),
    "temperature": Term(
        N_("Temperature"),
        N_("How much chance goes into an answer. At 0 the same question gets the same answer; more brings variety, and mistakes."),
    ),
    "test": Term(
        N_("Test"),
        N_("Rows that the model never sees in the training. Only they show what it can do, as an exam does whose questions nobody knew."),
    ),
    "token": Term(
        N_("Token"), N_("A piece of a word, about four letters of English. Models read and write in such pieces, and each is billed.")
    ),
    "top_p": Term(
        N_("Top p"), N_("How many of the words that could come next are considered: 1 is all of them, less leaves out the unlikely.")
    ),
    "training_file": Term(N_("Training file"), N_("The file with the examples, in the form in which a server reads them.")),
    "utf8": Term(N_("UTF-8"), N_("The usual way to store letters in a file, so that é, ß or ñ come out right everywhere.")),
    "validation": Term(
        N_("Validation"),
        N_("Rows that are asked during the training but not learned. As in a mock exam, they show whether it still gets better."),
    ),
}

# the sidebar and the messages speak of these on every page
_EVERYWHERE = ("model", "fine_tuning", "practice_model", "connection", "server", "api_key")
PAGES: Mapping[str, tuple[str, ...]] = {
    "prepare": (
        *("example", "data_set", "csv", "json", "jsonl", "parquet", "encoding", "utf8"),
        *("system_prompt", "training_file", "split", "validation", "test", "seed", "token", "batch"),
    ),
    "estimate": (
        *("base_model", "fine_tuned_model", "data_set", "example", "training_file"),
        *("token", "epoch", "validation", "test", "interval"),
    ),
    "train": (
        *("base_model", "data_set", "example", "epoch", "batch_size", "step", "learning_rate"),
        *("validation", "seed", "suffix", "token", "adapter"),
    ),
    "monitor": (
        *("job", "base_model", "fine_tuned_model", "data_set", "example", "training_file", "step", "epoch", "accuracy", "loss"),
        *(
            "validation",
            "overfitting",
            "checkpoint",
            "hyperparameters",
            "batch_size",
            "learning_rate",
            "seed",
            "token",
            "events",
            *("adapter", "test", "system_prompt", "csv"),
        ),
    ),
    "playground": (
        "example",
        "data_set",
        "test",
        "system_prompt",
        "temperature",
        "top_p",
        "token",
        "similarity",
        "confidence",
        *("checkpoint", "step", "seed", "jsonl", "training_file"),
    ),
    "compare": (
        "test",
        "checkpoint",
        "step",
        "data_set",
        "example",
        "interval",
        "p",
        "token",
        "system_prompt",
        "similarity",
        "confidence",
        "csv",
        *("batch", "seed"),
        *("judge", "position_bias"),
    ),
}


def terms(page: str) -> tuple[str, ...]:
    """The keys of the terms that a page uses, its own first; empty for a page without words of the field."""
    return (*PAGES[page], *_EVERYWHERE) if page in PAGES else ()


def show(page: str) -> None:
    """Draw a button for each term of the page, folded away; a click, or Enter, shows what it means."""
    st.space("small")
    # folded: up to 25 buttons would be as many stops for whoever walks by keyboard, and eight lines on a phone
    with (
        st.expander(t("Words on this page"), icon=":material/menu_book:", key="glossary"),
        st.container(horizontal=True, vertical_alignment="center", gap="xsmall"),
    ):
        for key in terms(page):
            with st.popover(t(TERMS[key].name), type="tertiary", key=f"word_{key}"):
                st.markdown(t(TERMS[key].meaning))
