"""What is computed on, and with which numbers: one rule, and facts from a process that has torch only where it may know better."""

import json
import subprocess
from typing import Any

import pytest

from engine.lora import device
from engine.lora.device import Device, Looking, Numbers, ask_torch, linux_processor_has_bf16, numbers

OLD, NEW = Device("cuda", False, (8,)), Device("cuda", True, (8,))


@pytest.mark.parametrize(
    ("where", "use", "asked", "computed", "weights"),
    [
        (Device(), "lora", "auto", "fp32", "fp32"),
        (Device(bf16=True), "lora", "auto", "bf16", "bf16"),
        (Device(bf16=True), "answer", "auto", "bf16", "bf16"),
        (Device(bf16=True), "full", "auto", "fp32", "fp32"),
        (OLD, "lora", "auto", "fp32", "fp32"),
        (NEW, "lora", "auto", "bf16", "bf16"),
        (NEW, "full", "auto", "bf16", "fp32"),  # the sums alone
        (Device("mps"), "answer", "auto", "fp32", "fp32"),
        (Device(), "lora", "bf16", "bf16", "bf16"),
        (Device(), "full", "bf16", "bf16", "fp32"),
        (NEW, "answer", "fp32", "fp32", "fp32"),
    ],
)
def test_one_rule_says_which_numbers_are_taken(where: Device, use: Any, asked: str, computed: str, weights: str) -> None:
    found = numbers(where, use, asked)
    assert (found.computed, found.weights) == (computed, weights) and found.reason


def test_the_reason_names_what_decided() -> None:
    assert numbers(NEW, "lora") == Numbers("bf16", "bf16", "this graphics card has bf16")
    assert numbers(Device(), "lora").reason == "this processor has no bf16"
    assert numbers(Device(), "lora", "bf16").reason == "as asked for"


class Machine:
    """A machine that says what it is told to, and how often it was asked."""

    def __init__(self, *answers: Device | None, more: bool = True) -> None:
        self.answers, self.more, self.now = list(answers), more, 0.0
        self.looking = Looking(may_have_more=lambda: self.more, ask=lambda: self.answers.pop(0), clock=lambda: self.now)


def test_without_a_sign_of_a_card_nobody_is_asked() -> None:
    assert Machine(more=False).looking.look(afresh=True) == Device(bf16=linux_processor_has_bf16() or False)


def test_what_is_free_on_a_card_is_asked_again_after_a_while_or_where_it_matters() -> None:
    machine = Machine(*(Device("cuda", True, (free,)) for free in (9, 5, 7)))
    assert [machine.looking.look().free, machine.looking.look().free] == [(9,), (9,)]
    machine.now = 61.0
    assert machine.looking.look().free == (5,)
    assert machine.looking.look(afresh=True).free == (7,)


def test_what_has_no_memory_of_its_own_is_asked_once() -> None:
    machine = Machine(Device("mps"))
    assert machine.looking.look() == machine.looking.look(afresh=True) == Device("mps")


def test_where_torch_says_nothing_the_processor_is_taken_and_a_card_that_was_seen_is_not_forgotten() -> None:
    assert Machine(None).looking.look().kind == "cpu"
    machine = Machine(NEW, None)
    machine.looking.look()
    assert machine.looking.look(afresh=True) == NEW


def test_a_card_that_torch_was_too_slow_to_tell_of_is_found_later() -> None:
    machine = Machine(None, NEW)
    assert [machine.looking.look(afresh=fresh).kind for fresh in (False, True)] == ["cpu", "cpu"], "a slow program is not waited for twice"
    machine.now = 601.0
    assert machine.looking.look() == NEW


@pytest.mark.parametrize(
    "said",
    ["", "[]", "null", '{"kind": "tpu", "bf16": true, "free": []}', '{"kind": "cuda", "bf16": true, "free": []}', '{"kind": "cpu"}'],
)
def test_what_is_no_description_of_a_device_is_not_believed(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device.subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 0, said.encode()))
    assert ask_torch() is None


def test_a_description_travels_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device.subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 0, NEW.to_json().encode()))
    assert ask_torch() == NEW
    assert json.loads(NEW.to_json()) == {"kind": "cuda", "bf16": True, "free": [8]}


def test_a_program_that_fails_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "_PROGRAM", "engine.lora.no_such_module")
    assert ask_torch() is None
