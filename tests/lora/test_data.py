"""What is learned is the assistant's words and the ends of its turns, whatever the template."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from core.base.types import Example, Message
from engine.lora.data import BadData, encode_all, read_examples
from engine.lora.place import Place
from engine.lora.progress import Progress
from engine.lora.templates import ChatTemplate, TemplateRefused
from tests.lora.tiny import make_tokenizer, real_template

CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
MARKED = (
    "{% for m in messages %}{% if m['role'] == 'assistant' %}A:{% generation %}{{ m['content'] }}<|im_end|>{% endgeneration %}\n"
    "{% else %}{{ m['role'] }}:{{ m['content'] }}\n{% endif %}{% endfor %}{% if add_generation_prompt %}A:{% endif %}"
)
FORGETFUL = (  # earlier answers lose their first letter, as those of templates that drop the thinking do
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' }}"
    "{% if m['role'] == 'assistant' and not loop.last %}{{ m['content'][1:] }}{% else %}{{ m['content'] }}{% endif %}"
    "{{ '<|im_end|>' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
THOUGHT = "<think>\n\n</think>\n\n"  # Qwen3 says this itself where nobody switches its thinking off

# name -> (shape of the tokenizer, template, what the assistant's turns begin with, its end of turn)
TEMPLATES: dict[str, tuple[str, str | None, str, str]] = {
    "llama 3, known to TRL": ("llama", None, "", "<|eot_id|>"),
    "qwen 3, known to TRL": ("qwen", None, THOUGHT, "<|im_end|>"),
    "qwen 2.5, known to TRL": ("qwen", real_template("qwen2_5.jinja"), "", "<|im_end|>"),
    "ChatML as SmolLM2 has it, unknown and unmarked": ("qwen", CHATML, "", "<|im_end|>"),
    "marked by its makers": ("qwen", MARKED, "", "<|im_end|>"),
}
TALK = (
    Message("system", "Marv is factual and sarcastic."),
    Message("user", "naïve café 你好 🙂?"),
    Message("assistant", "Oh, très drôle.\nNext line 🙂"),
    Message("user", "And the other?"),
    Message("assistant", "Ask again: 12.5%"),
)


@cache
def tokenizer_of(name: str) -> Any:
    shape, template, *_ = TEMPLATES[name]
    return make_tokenizer(shape, template)


def learned(name: str, *examples: Example, context: int = 10_000) -> list[str]:
    tokenizer = tokenizer_of(name)
    encoded = encode_all(examples, tokenizer, context).examples
    return [tokenizer.decode([t for t, on in zip(each.ids, each.learned, strict=True) if on]) for each in encoded]


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_words_of_the_assistant_and_their_end_are_learned_and_nothing_else(name: str) -> None:
    _, _, before, end = TEMPLATES[name]
    assert learned(name, Example(TALK, 1)) == ["".join(f"{before}{m.content}{end}" for m in TALK if m.role == "assistant")]


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_message_of_weight_zero_is_read_but_not_learned(name: str) -> None:
    _, _, before, end = TEMPLATES[name]
    talk = (*TALK[:2], Message("assistant", TALK[2].content, {"weight": 0}), *TALK[3:])
    assert learned(name, Example(talk, 1)) == [f"{before}{TALK[4].content}{end}"]


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_is_learned_follows_on_the_prompt_that_the_model_will_get(name: str) -> None:
    tokenizer = tokenizer_of(name)
    template = ChatTemplate(tokenizer)
    written = template.write(TALK[:3])
    assert written.text[: written.spans[0][0]] == template.prompt(TALK[:2])


def test_a_template_that_rewrites_earlier_turns_is_refused_only_for_such_conversations() -> None:
    template = ChatTemplate(make_tokenizer("qwen", FORGETFUL))
    assert len(template.write(TALK[:3]).spans) == 1
    with pytest.raises(TemplateRefused, match="writes earlier turns differently"):
        template.write(TALK)


def test_a_developer_is_a_system_where_the_template_knows_no_developer() -> None:
    template = ChatTemplate(tokenizer_of("llama 3, known to TRL"))
    assert "<|start_header_id|>system<|end_header_id|>\n\nBe brief" in template.prompt([Message("developer", "Be brief"), TALK[1]])


def test_a_system_text_goes_before_the_first_question_where_the_template_has_no_such_role() -> None:
    gemma = ChatTemplate(make_tokenizer("qwen", real_template("gemma.jinja")))
    assert f"{TALK[0].content}\n\n{TALK[1].content}" in gemma.prompt(TALK[:2])


def test_tools_are_handed_to_a_template_that_takes_them_and_named_where_it_does_not() -> None:
    tool = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}
    call = {"id": "1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Jakarta"}'}}
    talk = (TALK[1], Message("assistant", "", {"tool_calls": [call]}), Message("tool", "33", {"tool_call_id": "1"}), TALK[4])
    qwen = tokenizer_of("qwen 3, known to TRL")
    (encoded,) = encode_all([Example(talk, 1, {"tools": [tool]})], qwen, 10_000).examples
    assert '"name": "weather", "parameters"' in qwen.decode(encoded.ids)
    assert '"arguments": {"city": "Jakarta"}' in "".join(learned("qwen 3, known to TRL", Example(talk, 1, {"tools": [tool]})))
    notes = encode_all([Example(TALK, 1, {"tools": [tool]})], tokenizer_of("llama 3, known to TRL"), 10_000).notes
    assert notes == ["The tools of 1 of 1 examples are left out: this model's chat template has no place for them."]
    with pytest.raises(BadData, match=r"Row 1 cannot be trained on.*no place for calls of tools"):
        learned("llama 3, known to TRL", Example(talk, 1))


def test_what_is_too_long_is_counted_and_what_loses_its_answer_is_named() -> None:
    name = "llama 3, known to TRL"
    short, long = Example(TALK[:3], 1), Example((TALK[1], Message("assistant", "word " * 200)), 2)
    lost = Example((Message("user", "question " * 200), TALK[2]), 7)
    dataset = encode_all([short, long, lost], tokenizer_of(name), 100)
    assert dataset.notes == [
        "1 of 3 examples is longer than 100 tokens: its end is not learned.",
        "Row 7 is left out: the question alone is longer than 100 tokens, so that nothing of the answer is left.",
    ]
    assert [len(each.ids) <= 100 for each in dataset.examples] == [True, True]
    assert len(dataset.examples[1].ids) == 100
    with pytest.raises(BadData, match=r"Nothing is left to learn from.*Row 7 is left out"):
        encode_all([lost], tokenizer_of(name), 100)


def test_a_preference_pair_is_a_prompt_and_two_answers() -> None:
    line = (
        '{"input": {"messages": [{"role": "user", "content": "Hi"}]},'
        ' "preferred_output": [{"role": "assistant", "content": "Hello."}],'
        ' "non_preferred_output": [{"role": "assistant", "content": "Go away now."}]}\n'
    )
    for name, (_, _, before, end) in TEMPLATES.items():
        tokenizer = tokenizer_of(name)
        (encoded,) = encode_all(read_examples(line.encode(), "dpo"), tokenizer, 10_000).examples
        assert tokenizer.decode(encoded.ids[encoded.split :]) == f"{before}Hello.{end}"
        assert tokenizer.decode(encoded.rejected) == f"{before}Go away now.{end}"
    with pytest.raises(BadData, match="no example that this method"):
        read_examples(b'{"messages": []}', "dpo")


@pytest.mark.parametrize(
    "template", ["{% macro m(x) %}{{ m(x) }}{% endmacro %}{{ m('a') }}", "{{ 1 // 0 }}", "{{ messages[9]['content'] }}"]
)
def test_a_template_that_fails_in_whatever_way_is_refused_in_words(template: str) -> None:
    tokenizer = make_tokenizer("qwen", template)
    with pytest.raises(BadData, match=r"Row 4 cannot be trained on\. This model's chat template refuses the conversation"):
        encode_all([Example(TALK, 4)], tokenizer, 100)


def test_a_process_that_fails_does_not_write_over_what_the_first_has_told(tmp_path: Path) -> None:
    address = "memory://jobs/several"
    with Place(address) as first, Place(address) as second:
        for place in (first, second):
            place.prepare()
        first.append({"event": "started"})
        second.fail({"event": "failed", "code": "out_of_memory"}, is_first=False)
    assert [record["event"] for record in Progress(address).new()] == ["started", "failed"]
