"""Answers of tiny models: alone or in a crowd the same, as asked for in every parameter, and held to their format."""

import io
import json
import random
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from core.base.types import Message
from engine.learners.asking import AnswerFailed, Ended, Piece, Wish
from engine.lora.answer import Mouth, Office
from engine.lora.answer_model import AnswerModel
from engine.lora.answer_prompt import Prompts
from engine.lora.answer_row import Row
from engine.lora.batch import Batch
from engine.lora.constraints import Vocabulary

PLENTY = 2**30
WORDS = "my card was stolen today and the transfer is late what should I do café 你好 🙂".split()


class Told:
    """What became of one choice."""

    def __init__(self) -> None:
        self.text, self.tokens, self.reason = "", 0, ""
        self.logprobs: list[Mapping[str, Any]] = []
        self.error: AnswerFailed | None = None


class Bench:
    """A model with everything that asking it takes, without the process."""

    def __init__(self, base: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.model = AnswerModel(base, base, "fp32")
        self.prompts = Prompts(self.model.tokenizer)
        self.vocabulary = Vocabulary(self.model.tokenizer, self.model.vocabulary, self.model.ends)

    def ask(
        self, wishes: Sequence[tuple[Wish, Path | None]], *, one_after_another: bool = False, memory: int = PLENTY, most_rows: int = 64
    ) -> list[Told]:
        """Ask all at once, or each a few steps after the last."""
        batch, told = Batch(self.model, memory, most_rows), [Told() for _ in wishes]
        rows = []
        for number, (wish, adapter) in enumerate(wishes):
            constraint = self.vocabulary.constraint(wish.response_format) if wish.response_format else None
            prompt, most = self.prompts.ids(wish), wish.max_tokens or 20
            where = None if adapter is None else str(adapter)
            rows.append(Row(number, 0, wish, prompt, where, most, self.model.ends, self.vocabulary, constraint))
        steps = 0
        self.largest = 0
        while rows or batch.busy:
            if rows and (not one_after_another or steps % 3 == 0):
                batch.add(rows[:1] if one_after_another else rows)
                rows = rows[1:] if one_after_another else []
            steps += 1
            for row, events in batch.step():
                one = told[row.request]
                if isinstance(events, AnswerFailed):
                    one.error = events
                    continue
                for event in events:
                    if isinstance(event, Piece):
                        one.text += event.text
                        one.logprobs += event.logprobs
                    elif isinstance(event, Ended):
                        one.tokens, one.reason = event.tokens, event.finish_reason
            self.largest = max(self.largest, batch.size)
        return told

    def one(self, wish: Wish, adapter: Path | None = None) -> Told:
        [told] = self.ask([(wish, adapter)])
        return told


def make_adapter(base: Path, folder: Path, seed: int) -> Path:
    """An adapter that changes every answer."""
    with warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
        warnings.simplefilter("ignore")
        torch.manual_seed(seed)
        config = LoraConfig(r=4, lora_alpha=8, target_modules="all-linear", task_type="CAUSAL_LM")
        model = get_peft_model(AutoModelForCausalLM.from_pretrained(base), config)
        for name, weight in model.named_parameters():
            if "lora_B" in name:
                torch.nn.init.normal_(weight, std=0.5)
        model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module", params=["llama", "qwen"])
def base(request: pytest.FixtureRequest, tiny_llama: Path, tiny_qwen: Path) -> Path:
    return tiny_llama if request.param == "llama" else tiny_qwen


@pytest.fixture(scope="module")
def bench(base: Path) -> Bench:
    return Bench(base)


@pytest.fixture(scope="module")
def adapters(base: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("adapters")
    return [make_adapter(base, folder / f"{base.name}-{seed}", seed) for seed in (1, 2)]


def wish(text: str = "My card was stolen", **about: Any) -> Wish:
    return Wish((Message("user", text),), **{"max_tokens": 20, "temperature": 0.0, **about})


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_in_a_crowd_of_adapters_each_answer_is_the_one_given_alone(bench: Bench, adapters: list[Path]) -> None:
    rng = random.Random(3)
    asked: list[tuple[Wish, Path | None]] = []
    for number in range(12):
        about = {"max_tokens": rng.randint(4, 40), "seed": number, "top_p": rng.choice([1.0, 0.9])}
        if number % 2:
            about |= {"temperature": 1.0, "frequency_penalty": 0.5}
        asked.append((wish(" ".join(rng.choices(WORDS, k=rng.randint(1, 60))), **about), [None, *adapters][number % 3]))
    alone = [bench.one(*one).text for one in asked]
    assert [told.text for told in bench.ask(asked)] == alone
    assert bench.largest == 12
    assert [told.text for told in bench.ask(asked, one_after_another=True)] == alone
    # so little room that rows have to step back and read their question again
    assert [told.text for told in bench.ask(asked, one_after_another=True, memory=bench.model.bytes_per_token * 500)] == alone
    assert bench.largest > 1
    assert [told.text for told in bench.ask(asked, most_rows=3)] == alone and bench.largest == 3
    same = [bench.one(replace(asked[0][0]), adapter).text for adapter in (None, *adapters, None)]
    assert len(set(same[:3])) == 3 and same[3] == same[0], "each adapter has its own answer, and without one it is the base's again"


def test_without_memory_fewer_answer_at_a_time_and_only_one_too_large_alone_fails(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [(wish(f"question {n}", max_tokens=6 + n), None) for n in range(8)]
    expected = [told.text for told in bench.ask(asked)]
    forward = bench.model.forward

    def scarce(ids: torch.Tensor, mask: torch.Tensor, *rest: Any) -> torch.Tensor:
        if mask.numel() > 130:
            raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes.")
        return forward(ids, mask, *rest)

    monkeypatch.setattr(bench.model, "forward", scarce)
    *told, large = bench.ask([*asked, (wish("much too long " * 60), None)])
    assert [one.text for one in told] == expected
    assert large.error is not None and (large.error.status, large.error.code) == (507, "out_of_memory")


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_greedy_answers_are_those_of_transformers_itself(bench: Bench, base: Path) -> None:
    asked = wish("what should I do", max_tokens=24)
    ids = bench.prompts.ids(asked)
    model = AutoModelForCausalLM.from_pretrained(base)
    made = model.generate(torch.tensor([ids]), max_new_tokens=24, do_sample=False)[0, len(ids) :]
    expected = bench.model.tokenizer.decode(made, skip_special_tokens=True)
    assert bench.one(asked).text == expected.rstrip("\ufffd")


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_an_adapter_takes_the_numbers_of_its_base_and_leaves_the_base_as_it_is(base: Path, adapters: list[Path]) -> None:
    model = AnswerModel(base, base, "bf16")
    before = {name: buffer.dtype for name, buffer in model._base.named_buffers()}
    assert torch.float32 in before.values(), "the angles of the positions"
    model.need(str(adapters[0]), [])
    learned = {weight.dtype for name, weight in model._peft.named_parameters() if "lora_" in name}
    assert learned == {torch.bfloat16}
    assert {buffer.dtype for name, buffer in model._peft.named_buffers() if name.endswith("inv_freq")} == {torch.float32}


def test_half_a_character_in_a_question_or_a_schema_breaks_nothing(bench: Bench) -> None:
    assert bench.one(wish("\ud83d")).tokens == 20
    form = {"type": "json_schema", "json_schema": {"schema": {"enum": ["\ud83d"]}}}
    with pytest.raises(AnswerFailed, match="Invalid schema"):
        bench.vocabulary.constraint(form)


def test_thinking_is_left_out_where_the_template_knows_it(tiny_qwen: Path) -> None:
    bench = Bench(tiny_qwen)
    assert bench.model.tokenizer.decode(bench.prompts.ids(wish())).endswith("<|im_start|>assistant\n<think>\n\n</think>\n\n")
    tool = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}
    assert '"weather"' in bench.model.tokenizer.decode(bench.prompts.ids(wish(tools=(tool,))))


def test_the_same_seed_gives_the_same_answer_and_another_seed_another(bench: Bench) -> None:
    texts = [bench.one(wish(temperature=1.0, seed=seed)).text for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]
    assert bench.one(wish(temperature=1.0)).text != bench.one(wish(temperature=1.0)).text
    rows = [Sampler_choice(bench, choice) for choice in (0, 1)]
    assert rows[0] != rows[1], "choices of one request differ"


def Sampler_choice(bench: Bench, choice: int) -> list[int]:
    from engine.lora.sampling import Sampler

    sampler = Sampler(wish(temperature=1.0, seed=5), choice)
    return [sampler.choose(torch.zeros(1000), None) for _ in range(8)]


def test_sampling_follows_the_probabilities_and_top_p_cuts_the_tail(bench: Bench) -> None:
    from engine.lora.sampling import Sampler

    logits = torch.log(torch.tensor([0.5, 0.3, 0.15, 0.05]))
    sampler = Sampler(wish(temperature=1.0, seed=1), 0)
    drawn = [sampler.choose(logits, None) for _ in range(4000)]
    for token, share in enumerate((0.5, 0.3, 0.15, 0.05)):
        assert abs(drawn.count(token) / 4000 - share) < 0.03
    cut = Sampler(wish(temperature=1.0, seed=1, top_p=0.79), 0)
    assert {cut.choose(logits, None) for _ in range(500)} == {0, 1}
    cold = Sampler(wish(temperature=0.1, seed=1), 0)
    assert [cold.choose(logits, None) for _ in range(300)].count(0) > 290


def test_biases_and_penalties_move_the_choice(bench: Bench) -> None:
    plain = bench.one(wish(top_logprobs=0))
    first = plain.logprobs[0]["token"]
    ids = [token for token in range(bench.model.vocabulary) if bench.vocabulary.raw(token) == bytes(plain.logprobs[0]["bytes"])]
    banned = bench.one(wish(logit_bias={str(token): -100.0 for token in ids}, top_logprobs=0))
    assert banned.logprobs[0]["token"] != first
    forced = bench.one(wish(logit_bias={str(ids[0]): 100.0}, max_tokens=6, top_logprobs=0))
    assert [entry["token"] for entry in forced.logprobs] == [first] * 6
    kept = bench.one(wish(logit_bias={str(ids[0]): 20.0}, frequency_penalty=2.0, presence_penalty=2.0, max_tokens=40, top_logprobs=0))
    said = [entry["token"] for entry in kept.logprobs]
    assert said[0] == first and len(set(said)) > 1, "a token that was said often enough makes room"


def test_a_stop_text_ends_the_answer_wherever_its_tokens_lie(bench: Bench) -> None:
    whole = bench.one(wish(max_tokens=30)).text
    for start in range(1, len(whole) - 3, 2):
        stop = whole[start : start + 3]
        told = bench.one(wish(max_tokens=30, stop=(stop,)))
        assert told.text == whole[: whole.index(stop)] and told.reason == "stop"


def test_the_end_of_a_turn_ends_the_answer_and_the_limit_cuts_it(bench: Bench) -> None:
    cut = bench.one(wish(max_tokens=7))
    assert (cut.tokens, cut.reason) == (7, "length")
    end = bench.model.tokenizer.eos_token_id
    over = bench.one(wish(logit_bias={str(end): 100.0}))
    assert (over.text, over.tokens, over.reason) == ("", 0, "stop")


def test_logprobs_are_the_models_own_and_their_bytes_are_the_text(bench: Bench) -> None:
    told = bench.one(wish(max_tokens=12, top_logprobs=3, temperature=1.5, seed=4))
    assert len(told.logprobs) == 12
    assert bytes(b for entry in told.logprobs for b in entry["bytes"]).decode("utf-8", "ignore").startswith(told.text.rstrip("\ufffd")[:5])
    for entry in told.logprobs:
        best = [one["logprob"] for one in entry["top_logprobs"]]
        assert len(best) == 3 and best == sorted(best, reverse=True) and entry["logprob"] <= best[0] <= 0
    likeliest = bench.one(wish(max_tokens=5, top_logprobs=1))
    assert all(entry["token"] == entry["top_logprobs"][0]["token"] for entry in likeliest.logprobs)


SCHEMA = {
    "type": "object",
    "properties": {
        "top": {"enum": ["Fees", "Card Services", "Überweisung"]},
        "n": {"type": "integer", "minimum": 0, "maximum": 99},
        "ok": {"type": "boolean"},
        "tags": {"type": "array", "items": {"enum": ["a", "b"]}, "maxItems": 3},
        "text": {"type": "string", "maxLength": 12},
    },
    "required": ["top", "n", "ok", "tags", "text"],
    "additionalProperties": False,
}


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_an_answer_keeps_to_its_schema_every_time(bench: Bench, adapters: list[Path]) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "label", "schema": SCHEMA}}
    asked = [
        (wish(temperature=temperature, seed=seed, max_tokens=400, response_format=form), [None, *adapters][seed % 3])
        for seed in range(8)
        for temperature in (0.0, 1.0, 2.0)
    ]
    for told in bench.ask(asked):
        assert told.reason == "stop"
        jsonschema.validate(json.loads(told.text), SCHEMA)
    labels = {"type": "json_schema", "json_schema": {"name": "label", "schema": {"enum": ["yes", "no"]}}}
    said = {told.text for told in bench.ask([(wish(temperature=2.0, seed=n, response_format=labels), None) for n in range(30)])}
    assert said == {'"yes"', '"no"'}


def test_any_json_is_an_object(bench: Bench) -> None:
    told = bench.ask([(wish(temperature=1.0, seed=n, max_tokens=300, response_format={"type": "json_object"}), None) for n in range(6)])
    whole = [one for one in told if one.reason == "stop"]
    assert whole and all(isinstance(json.loads(one.text), dict) for one in whole)


@pytest.mark.parametrize("schema", [{"type": "nothing"}, {"type": "string", "pattern": "("}, {"$ref": "#/nowhere"}, {"not": {}}])
def test_a_schema_that_cannot_be_kept_to_is_refused(bench: Bench, schema: Mapping[str, Any]) -> None:
    with pytest.raises(AnswerFailed, match="Invalid schema for response_format: ") as caught:
        bench.vocabulary.constraint({"type": "json_schema", "json_schema": {"schema": schema}})
    assert (caught.value.status, caught.value.param) == (400, "response_format")


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_a_folder_that_is_no_plain_adapter_is_refused_and_the_others_go_on(bench: Bench, adapters: list[Path], tmp_path: Path) -> None:
    about = json.loads((adapters[0] / "adapter_config.json").read_text(encoding="utf-8"))
    weights = (adapters[0] / "adapter_model.safetensors").read_bytes()
    hostile: list[tuple[Mapping[str, Any], str | None]] = [
        ({"megatron_config": {"a": 1}, "megatron_core": "os"}, "not a plain LoRA adapter"),
        ({"peft_type": "IA3"}, "no LoRA adapter"),
        ({"modules_to_save": ["lm_head"]}, "not a plain LoRA adapter"),
        ({"target_modules": "(a+)+$"}, "no list of names"),
        ({"bias": "all"}, "not a plain LoRA adapter"),  # it would be everybody's
        ({"r": 8}, None),  # the weights are of another rank
    ]
    expected = bench.one(wish()).text
    for number, (change, reason) in enumerate(hostile):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "adapter_config.json").write_text(json.dumps(about | change), encoding="utf-8")
        (folder / "adapter_model.safetensors").write_bytes(weights)
        bad, good = bench.ask([(wish(), folder), (wish(), None)])
        assert bad.error is not None and (reason is None or reason in str(bad.error))
        assert good.text == expected
    (tmp_path / "0" / "adapter_config.json").write_text(json.dumps(about), encoding="utf-8")
    state = load_file(adapters[0] / "adapter_model.safetensors")
    next(iter(state.values()))[0, 0] = float("inf")
    save_file(state, tmp_path / "0" / "adapter_model.safetensors")
    [bad] = bench.ask([(wish(), tmp_path / "0")])
    assert bad.error is not None and "not all numbers" in str(bad.error)
    pickled = tmp_path / "pickled"
    pickled.mkdir()
    (pickled / "adapter_config.json").write_text(json.dumps(about), encoding="utf-8")
    torch.save({}, pickled / "adapter_model.bin")
    assert bench.one(wish(), pickled).error is not None
    assert bench.one(wish(), adapters[0]).error is None


def test_a_request_at_which_a_template_fails_ends_no_other(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    said = io.BytesIO()
    office = Office(bench.model, Mouth(said), 4)

    def fails(wish: Wish) -> list[int]:
        raise ZeroDivisionError

    office.take({"id": 1, "adapter": None, "ask": wish().to_json()})
    monkeypatch.setattr(office._prompts, "ids", fails)
    office.take({"id": 2, "adapter": None, "ask": wish().to_json()})
    first, second = map(json.loads, said.getvalue().splitlines())
    assert first["begun"]["prompt_tokens"] > 0
    assert second["error"]["message"] == "The request cannot be prepared for this model: ZeroDivisionError."


@pytest.mark.parametrize(("kind", "bytes_of_rows"), [("cuda", 1_000), ("cpu", 50_000)])
def test_the_rows_get_a_share_of_the_memory_that_the_model_lies_in(
    kind: str, bytes_of_rows: int, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench.model, "device", torch.device(kind))
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (4_000, 10_000))
    monkeypatch.setattr("engine.lora.machine.free_memory", lambda: 200_000)
    assert Office(bench.model, Mouth(io.BytesIO()), 4)._batch._memory == bytes_of_rows
