"""Chat templates that read harmless: those that compute for ever or fill the machine are refused, in bounded time and memory."""

import os
import time

import psutil
import pytest

from engine.lora import try_template
from engine.lora.inspect_template import check_template
from engine.lora.refusals import Refused
from engine.lora.template_trial import conversations, tried
from engine.lora.try_template import try_templates
from tests.engine.small_models import TEMPLATE

FOR_EVER = "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}{% endfor %}{% endfor %}{% endfor %}"
DOUBLING = "{% set ns = namespace(x='aaaaaaaaaaaaaaaa') %}{% for i in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}"
BUILT_WIDTH = "{% set w = '%' ~ '99999' ~ '99999' ~ 'd' %}{{ w % 1 }}"
BUILT_FORMAT = "{% set w = '%' ~ '99999' ~ '99999' ~ 'd' %}{{ w|format(1) }}"
WORDY = "{% for a in range(99999) %}{{ 'a text of some length, many times over' }}{% endfor %}"


@pytest.mark.parametrize(
    ("template", "code"),
    [(DOUBLING, "template_large"), (BUILT_WIDTH, "template_large"), (BUILT_FORMAT, "template_large"), (WORDY, "template_large")],
)
def test_a_template_that_fills_the_machine_is_refused(template: str, code: str) -> None:
    check_template(template)
    with pytest.raises(Refused) as caught:
        try_templates((TEMPLATE, template))
    assert caught.value.code == code


@pytest.mark.parametrize("bound", ["ours", "its own"])
def test_a_template_without_end_is_ended(monkeypatch: pytest.MonkeyPatch, bound: str) -> None:
    check_template(FOR_EVER)
    if bound == "ours":
        monkeypatch.setattr(try_template, "WORKING", 1.0)
    else:  # nobody watches it, as long as the waiting goes
        pytest.importorskip("resource", reason="Windows puts no bound on a process from within")
        monkeypatch.setattr(try_template, "WORKING", 0.0)
        monkeypatch.setattr(try_template, "_taken", lambda pid: (0, 0.0))
    began = time.monotonic()
    with pytest.raises(Refused) as caught:
        try_templates((FOR_EVER,))
    assert caught.value.code == "template_slow"
    assert time.monotonic() - began < try_template.WAITING
    assert not [child for child in psutil.Process().children() if try_template.TRIAL in child.cmdline()]


def test_a_machine_that_is_too_busy_ends_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(try_template, "WAITING", 0.2)
    with pytest.raises(Refused) as caught:
        try_templates(("{# waits #}" + FOR_EVER,))
    assert caught.value.code == "template_slow"


def test_memory_is_watched_where_the_system_does_not_bound_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(try_template, "MEMORY", 2**40)  # the child's own bound is out of reach
    monkeypatch.setattr(try_template, "_taken", lambda pid: (2**41, 0.0))
    with pytest.raises(Refused) as caught:
        try_templates(("{# watched #}" + FOR_EVER,))
    assert caught.value.code == "template_large"


@pytest.mark.parametrize(
    "template",
    [
        TEMPLATE,
        "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('No system prompt') }}{% endif %}{{ m.content }}{% endfor %}",
        "{% for m in messages %}{% if m.role == 'assistant' %}{% generation %}{{ m.content }}{% endgeneration %}{% break %}{% endif %}"
        "{{ bos_token + m.content + strftime_now('%Y') }}{% endfor %}",
        "{% for d in documents %}{{ d.text }}{% endfor %}{% for t in tools %}{{ t|tojson(indent=2, ensure_ascii=false) }}{% endfor %}",
    ],
)
def test_a_template_that_writes_at_least_one_conversation_works(template: str) -> None:
    assert tried(template) == {}


def test_one_that_writes_none_does_not() -> None:
    with pytest.raises(Refused) as caught:
        try_templates(("{{ raise_exception('Never') }}",))
    assert (caught.value.code, caught.value.details) == ("template_fails", "Never")


def test_the_trial_takes_little_time_and_comes_once_for_the_same_templates() -> None:
    began = sum(os.times()[:4])  # ours and those of processes that have ended
    for _ in range(3):
        try_templates((TEMPLATE, "{# timed #}" + TEMPLATE))
    assert sum(os.times()[:4]) - began < 1.5
    lengths = [len(given["messages"]) for given in conversations()]
    assert {1, 2, 4, 40} <= set(lengths)
