"""One conversation with one model: what is sent, what differs from the training, and questions to try first."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from core.base.errors import N_, BadSetting
from core.base.replies import Reply
from core.base.types import Example, Message, Reason
from core.io.openai_calls import Client, ReplyStream, stream_chat

MOST_STOPS: Final = 4  # OpenAI's API reference
LONG_QUESTION: Final = 200_000  # characters; more than any base model's context holds
LOOKED_AT: Final = 500  # training rows that tell where the system prompt stands; a file is written in one way
Place = Literal["first", "last"]  # of the system prompt: before everything, or after the question


@dataclass(frozen=True, slots=True)
class Settings:
    """Sampling: None leaves a value to the server."""

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None

    def check(self) -> None:
        """Refuse values that no server takes; raises BadSetting with the range."""
        _in_range("temperature", self.temperature, 0, 2)
        _in_range("top p", self.top_p, 0, 1)
        _in_range("maximum tokens", self.max_tokens, 1, 1_000_000)
        _in_range("frequency penalty", self.frequency_penalty, -2, 2)
        _in_range("presence penalty", self.presence_penalty, -2, 2)
        _in_range("seed", self.seed, 0, 2_147_483_647)
        if len(self.stop) > MOST_STOPS or not all(self.stop):
            raise BadSetting(N_("There can be up to {most} stop sequences, none of them empty."), most=MOST_STOPS)


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a conversation."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """A system prompt and the turns so far; every change gives a new conversation."""

    system: str = ""
    turns: tuple[Turn, ...] = ()

    @classmethod
    def of(cls, system: str, exchanges: Sequence[tuple[str, str]]) -> "Conversation":
        """A conversation from pairs of a question and its answer; a question without an answer is left out."""
        turns = (turn for question, answer in exchanges if answer for turn in (Turn("user", question), Turn("assistant", answer)))
        return cls(system, tuple(turns))

    def asked(self, question: str) -> "Conversation":
        """The conversation with one more question; raises BadSetting for an empty or far too long one."""
        if not question.strip():
            raise BadSetting(N_("There is no question yet."), N_("Type one, or choose one of the suggestions."))
        if len(question) > LONG_QUESTION:
            raise BadSetting(N_("This question has {n} characters; the most is {most}."), n=len(question), most=LONG_QUESTION)
        return replace(self, turns=(*self.turns, Turn("user", question)))


def build_messages(conversation: Conversation, place: Place = "first") -> tuple[Message, ...]:
    """What is sent: the system prompt, where there is one, before or after the turns; an answer with no text is left out."""
    system = (Message("system", conversation.system),) if conversation.system.strip() else ()
    turns = tuple(Message(turn.role, turn.content) for turn in conversation.turns if turn.content)
    return turns + system if place == "last" else system + turns


def ask(client: Client, model: str, conversation: Conversation, settings: Settings, place: Place = "first") -> ReplyStream:
    """Send the conversation and give back the reply as it streams in; raises BadSetting, or a ServerProblem from the first piece on."""
    settings.check()
    if not conversation.turns or conversation.turns[-1].role != "user":
        raise BadSetting(N_("There is no question yet."), N_("Type one, or choose one of the suggestions."))
    return stream_chat(
        client,
        model,
        build_messages(conversation, place),
        temperature=settings.temperature,
        top_p=settings.top_p,
        max_tokens=settings.max_tokens,
        frequency_penalty=settings.frequency_penalty,
        presence_penalty=settings.presence_penalty,
        stop=list(settings.stop) or None,
        seed=settings.seed,
    )


def system_warnings(system: str, trained: Sequence[str]) -> tuple[Reason, ...]:
    """Warn where the system prompt is not one that the model was trained with; `trained` are the prompts of the training data, "" for none.

    A fine-tuned model answers as taught only when it is asked as it was taught.
    """
    system = system if system.strip() else ""  # blank is sent as none at all
    known = list(dict.fromkeys(trained))
    if not known or system in known:
        return ()
    usual = next((prompt for prompt in known if prompt), "")
    if any(system.split() == prompt.split() for prompt in known):
        return (Reason("system_prompt_spacing_differs", {"trained": usual}),)
    if not system:
        return (Reason("system_prompt_missing", {"trained": usual}),)
    if not usual:
        return (Reason("system_prompt_was_none", {"given": system}),)
    return (Reason("system_prompt_differs", {"trained": usual, "given": system}),)


def trained_place(examples: Sequence[Example]) -> Place | None:
    """Where most training rows have their system prompt, by their first rows; None where they have none."""
    places: list[Place] = []
    for example in examples[:LOOKED_AT]:
        roles = [message.role for message in example.messages]
        system = next((at for at, role in enumerate(roles) if role in ("system", "developer")), None)
        if system is not None:
            places.append("last" if "user" in roles[:system] else "first")
    return ("last" if places.count("last") * 2 > len(places) else "first") if places else None


def place_warnings(system: str, place: Place, trained: Place | None) -> tuple[Reason, ...]:
    """Warn where the system prompt stands elsewhere than in the training; without one, here or there, its text says all."""
    if not system.strip() or trained is None or place == trained:
        return ()
    return (Reason("system_prompt_after_here"),) if place == "last" else (Reason("system_prompt_after_in_training"),)


def reply_warnings(reply: Reply, settings: Settings) -> tuple[Reason, ...]:
    """Warn where a reply is not all that the model had to say."""
    if reply.finish_reason == "length":
        return (Reason("reply_cut_by_limit", {"max_tokens": settings.max_tokens}),)
    if reply.finish_reason == "content_filter":
        return (Reason("reply_filtered"),)
    if not reply.text.strip():
        return (Reason("reply_empty", {"finish_reason": reply.finish_reason}),)
    return ()


def suggestions(test_examples: Sequence[Example], n: int = 4, *, seed: int = 0, longest: int = 300) -> tuple[str, ...]:
    """Pick up to n different questions to try from rows that the model has not been trained on, the same ones for the same seed."""
    questions = list(dict.fromkeys(example.question for example in test_examples if 0 < len(example.question.strip()) <= longest))
    return tuple(random.Random(seed).sample(questions, min(n, len(questions))))


def _in_range(name: str, value: float | None, low: float, high: float) -> None:
    if value is not None and (isinstance(value, bool) or not math.isfinite(value) or not low <= value <= high):
        raise BadSetting(N_("{name} is {value}, and must be from {low} to {high}."), name=name, value=value, low=low, high=high)
