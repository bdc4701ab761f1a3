"""Token counts: equal to tiktoken's own, equal to a real bill, with no network, and fast enough for a large file."""

import base64
import gzip
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from time import process_time

import pandas as pd
import pytest
import tiktoken
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from core.base import vocabulary
from core.base.errors import BadDataFile, BadSetting
from core.base.model_table import base_model, encoding_for, example_limit, shipped_models
from core.base.nasty import nasty_texts
from core.base.tokens import ExampleCounter, count_examples, count_for_model, count_text
from core.base.types import Example, Message

ROOT = Path(__file__).resolve().parents[2]
ADDRESS_HASHES = {
    "cl100k_base": "9b5ad71b2ce5302211f9c61530b329a4922fc6a4",
    "o200k_base": "fb374d419588a4632f3f557e76b4b70aebbca790",
}


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tiktoken.Encoding]]:
    """The library's own encodings, given our files through its cache folder so that it downloads nothing."""
    cache = tmp_path_factory.mktemp("tiktoken")
    for name, file in ADDRESS_HASHES.items():
        (cache / file).write_bytes(gzip.decompress((ROOT / "core/base/vocab" / f"{name}.tiktoken.gz").read_bytes()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIKTOKEN_CACHE_DIR", str(cache))
        yield {name: tiktoken.get_encoding(name) for name in ("cl100k_base", "o200k_base", "o200k_harmony")}


def chat(question: str, answer: str, row: int = 1, **extra: object) -> Example:
    return Example((Message("user", question), Message("assistant", answer, extra)), row)


# --- texts --------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["cl100k_base", "o200k_base", "o200k_harmony"])
def test_counts_equal_the_librarys_on_forty_thousand_nasty_texts(name: str, reference: dict[str, tiktoken.Encoding]) -> None:
    texts = [*nasty_texts(40_000, seed=7), "a" * 20_000, " " * 5_000, "\n" * 5_000, "1" * 5_000, "<|endoftext|>" * 50, "\ud83d", "x\udc00y"]
    ours = [vocabulary.encoder(name).encode_ordinary(text) for text in texts]
    assert ours == [reference[name].encode_ordinary(text) for text in texts]
    assert [count_text(text, name) for text in texts[:50]] == [len(tokens) for tokens in ours[:50]]


@settings(max_examples=200, deadline=None)
@given(st.text(), st.sampled_from(["cl100k_base", "o200k_base"]))
def test_counts_equal_the_librarys_on_any_text(reference: dict[str, tiktoken.Encoding], text: str, name: str) -> None:
    assert count_text(text, name) == len(reference[name].encode(text, disallowed_special=()))


def test_a_known_text_has_its_known_counts() -> None:
    assert count_text("tiktoken is great!", "cl100k_base") == 6  # the example of OpenAI's cookbook
    assert count_text("") == 0
    assert count_text("<|endoftext|>") > 1  # seven characters of text, not one special token


def test_a_vocabulary_that_does_not_ship_is_refused() -> None:
    with pytest.raises(BadSetting, match="p50k_base"):
        count_text("x", "p50k_base")


# --- examples -----------------------------------------------------------------------------------------------------------------------------


def test_the_published_bank_job_is_counted_to_the_token_that_was_billed(seed_data: Path) -> None:
    """9,123 trained tokens = 3 epochs x 3,041, with answers written by json.dumps with its usual spaces."""
    rows = pd.read_csv(seed_data / "bank_support_train.csv")
    train, _ = train_test_split(rows, test_size=0.2, stratify=rows["Top Category"], random_state=42)
    examples = [
        chat(query, json.dumps({"Top Category": top, "Sub Category": sub}), row)
        for row, (query, top, sub) in enumerate(train.itertuples(index=False), start=2)
    ]
    tokens = count_examples(examples, "cl100k_base")
    assert len(examples) == 80
    assert tokens.total == 3041
    assert 3 * tokens.total == 9123


def test_the_rule_is_three_a_message_its_role_its_text_and_one_an_example(reference: dict[str, tiktoken.Encoding]) -> None:
    n = {
        text: len(reference["o200k_base"].encode_ordinary(text))
        for text in ("system", "user", "assistant", "Be brief.", "Why?", "Because it is.")
    }
    example = Example((Message("system", "Be brief."), Message("user", "Why?"), Message("assistant", "Because it is.")), 1)
    tokens = count_examples([example, example])
    assert tokens.per_example == (3 * 3 + sum(n.values()) + 1,) * 2
    assert tokens.assistant == 2 * n["Because it is."]
    assert tokens.exact and tokens.encoding == "o200k_base"


def test_an_answer_of_weight_0_is_paid_for_but_not_learned() -> None:
    plain, ignored = chat("Why?", "Because."), chat("Why?", "Because.", weight=0)
    learned = count_examples([chat("Why?", "Because.", weight=1)])
    assert count_examples([ignored]).per_example == count_examples([plain]).per_example == learned.per_example
    assert count_examples([ignored]).assistant == 0
    assert count_examples([ignored, plain]).answers == (0, count_text("Because."))
    assert learned.assistant == count_examples([plain]).assistant == count_text("Because.")


def test_a_name_costs_its_tokens_and_one_more() -> None:
    named = Example((Message("user", "Why?", {"name": "ana"}), Message("assistant", "So.")), 1)
    assert count_examples([named]).total == count_examples([chat("Why?", "So.")]).total + count_text("ana") + 1
    assert count_examples([named]).exact


@pytest.mark.parametrize(
    "example",
    [
        Example((Message("user", "?"), Message("assistant", "", {"content": None, "tool_calls": [{"function": {"name": "f"}}]})), 1),
        Example((Message("user", "?"), Message("assistant", "!")), 1, {"tools": [{"type": "function"}]}),
        Example((Message("user", "?", {"content": [{"type": "text", "text": "?"}, {"type": "image_url"}]}), Message("assistant", "!")), 1),
    ],
)
def test_what_is_billed_in_ways_that_nobody_documents_is_not_called_exact(example: Example) -> None:
    tokens = count_examples([example])
    assert not tokens.exact
    assert tokens.total >= count_examples([chat("?", "!")]).total - 1


def test_progress_is_told_and_ends_at_the_end() -> None:
    told: list[tuple[int, int]] = []
    count_examples([chat("Why?", "So.")] * 1_234, progress=lambda done, total: told.append((done, total)))
    assert told == [(500, 1_234), (1_000, 1_234), (1_234, 1_234)]
    count_examples([], progress=lambda done, total: told.append((done, total)))
    assert len(told) == 3


def test_of_each_example_all_tokens_and_those_of_its_answers_are_told() -> None:
    turns = Example(
        (Message("user", "?"), Message("assistant", "Yes."), Message("user", "Why?"), Message("assistant", "Because it is.")), 1
    )
    tokens = count_examples([chat("Why?", "So."), turns])
    assert tokens.answers == (count_text("So."), count_text("Yes.") + count_text("Because it is."))
    assert tokens.assistant == sum(tokens.answers)


def test_what_is_remembered_of_a_large_file_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.base.tokens._REMEMBERED", 20)
    counter = ExampleCounter("o200k_base")
    many = [chat(f"Where is card {n}?", "Here.") for n in range(20)]
    assert [counter.count(one)[0] for one in many] == list(count_examples(many).per_example)
    assert sum(map(len, counter._known)) <= 20


def test_no_examples_have_no_tokens() -> None:
    assert count_examples([]).per_example == () and count_examples([]).total == 0


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20)), max_size=6), st.text(min_size=1, max_size=20))
def test_a_file_is_the_sum_of_its_lines_and_more_text_is_never_cheaper(pairs: list[tuple[str, str]], more: str) -> None:
    examples = [chat(question, answer, row) for row, (question, answer) in enumerate(pairs, start=1)]
    tokens = count_examples(examples)
    assert tokens.total == sum(count_examples([example]).total for example in examples)
    assert tokens.assistant == sum(count_text(answer) for _, answer in pairs)
    assert count_examples([*examples, chat(more, more)]).total > tokens.total


def test_fifty_thousand_examples_are_counted_in_a_few_seconds() -> None:
    examples = [
        Example(
            (Message("system", "You sort bank mail."), Message("user", f"Where is card {n}, please?"), Message("assistant", "Cards")), n
        )
        for n in range(50_000)
    ]
    count_text("warm")
    start = process_time()  # of this process alone: the machine may be busy with something else
    assert len(count_examples(examples).per_example) == 50_000
    assert process_time() - start < 5


# --- models -------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "encoding", "known"),
    [
        ("gpt-4o", "o200k_base", True),
        ("gpt-4o-mini-2024-07-18", "o200k_base", True),
        ("gpt-4.1-mini-2025-04-14", "o200k_base", True),
        ("ft:gpt-4.1-mini-2025-04-14:acme:bank:abc123", "o200k_base", True),
        ("ft:gpt-4.1-2025-04-14:acme::abc:ckpt-step-80", "o200k_base", True),
        ("ft:gpt-4o-2024-08-06:acme::abc", "o200k_base", True),
        ("ft:gpt-3.5-turbo-0125:acme::abc", "cl100k_base", True),
        ("gpt-3.5-turbo", "cl100k_base", True),
        ("gpt-4", "cl100k_base", True),
        ("ft:gpt-4-0613:acme::abc", "cl100k_base", True),
        ("gpt-5.1-mini", "o200k_base", True),
        ("o4-mini-2025-04-16", "o200k_base", True),
        ("openai/gpt-oss-120b", "o200k_harmony", True),
        ("gpt-6-luna", "o200k_base", False),
        ("gpt-4.2", "o200k_base", False),
        ("gpt-40-imaginary", "o200k_base", False),
        ("meta-llama/Llama-3.1-8B-Instruct", "o200k_base", False),
        ("recall", "o200k_base", False),
        ("ft:recall:local:bank:abc", "o200k_base", False),
        ("ft:", "o200k_base", False),
        ("", "o200k_base", False),
    ],
)
def test_each_model_has_its_vocabulary_and_a_guess_is_called_one(model: str, encoding: str, known: bool) -> None:
    assert encoding_for(model) == (encoding, known)
    tokens = count_for_model([chat("Why?", "So.")], model)
    assert (tokens.encoding, tokens.exact) == (encoding, known)


def test_no_two_patterns_of_the_table_claim_one_model() -> None:
    names = [
        "gpt-4o",
        "gpt-4o-mini",
        "gpt-4",
        "gpt-4-0613",
        "gpt-4.1",
        "gpt-4.1-nano-2025-04-14",
        "gpt-3.5-turbo-0125",
        "gpt-5",
        "gpt-5.1",
        "o1-mini",
    ]
    for name in names:
        for patterns in (shipped_models().encodings, shipped_models().limits):
            assert len({found for pattern, found in patterns if fnmatchcase(name, pattern)}) <= 1, name
    assert {encoding for _, encoding in shipped_models().encodings} == set(vocabulary.ENCODINGS)


def test_the_base_of_a_fine_tune_is_its_second_field() -> None:
    assert base_model("ft:gpt-4.1-mini-2025-04-14:acme:bank:abc") == "gpt-4.1-mini-2025-04-14"
    assert base_model(" gpt-4o ") == "gpt-4o"
    assert base_model("openai/gpt-oss-20b") == "gpt-oss-20b"
    assert base_model("gpt-4.1-mini-2025-04-14.ft-72a2792ef7d24ba7b82c7fe4a37e379f-cases") == "gpt-4.1-mini-2025-04-14"
    assert base_model("my.ft-model") == "my.ft-model"


def test_the_longest_example_is_known_for_openais_models_and_a_guess_is_called_one() -> None:
    gpt4o, gpt41 = example_limit("gpt-4o-mini-2024-07-18"), example_limit("ft:gpt-4.1-mini-2025-04-14:a:b:c")
    assert gpt4o is not None and gpt4o.tokens == 65_536 and gpt4o.confirmed
    assert gpt41 is not None and not gpt41.confirmed
    old = example_limit("gpt-3.5-turbo")
    assert old is not None and old.tokens == 16_385
    assert example_limit("recall") is None


# --- the files ----------------------------------------------------------------------------------------------------------------------------


def test_a_fresh_process_counts_without_a_socket_and_without_writing(tmp_path: Path) -> None:
    """The first count of a process, with every way to the network closed and an empty cache folder that stays empty."""
    program = (
        "import socket, sys\n"
        "def closed(*args, **kwargs): raise AssertionError('a socket was opened')\n"
        "socket.socket.connect = socket.create_connection = socket.getaddrinfo = closed\n"
        "from core.base.tokens import count_text\n"
        "print(count_text('tiktoken is great!', 'cl100k_base'), count_text('tiktoken is great!', 'o200k_harmony'))\n"
        "print('requests' in sys.modules, 'streamlit' in sys.modules)\n"
    )
    environment = {**os.environ, "TIKTOKEN_CACHE_DIR": str(tmp_path), "TMPDIR": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["6", "6", "False", "False"]
    assert list(tmp_path.iterdir()) == []


def test_the_network_is_not_needed_here_either(monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(*args: object, **kwargs: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", closed)
    assert vocabulary.load("cl100k_base", ROOT / "core/base/vocab").encode_ordinary("tiktoken is great!")


def test_many_threads_that_count_first_load_the_vocabulary_once(monkeypatch: pytest.MonkeyPatch) -> None:
    loads: list[str] = []
    load = vocabulary.load

    def counted(name: str, folder: Path) -> tiktoken.Encoding:
        loads.append(name)
        return load(name, folder)

    monkeypatch.setattr(vocabulary, "load", counted)
    monkeypatch.setattr(vocabulary, "_loaded", {})
    start, counts = threading.Barrier(8), []

    def work() -> None:
        start.wait()
        counts.append(count_text("tiktoken is great!", "cl100k_base"))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [6] * 8 and loads == ["cl100k_base"]


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda data: data[:-100], "damaged"),
        (lambda data: b"not a gzip file", "damaged"),
        (lambda data: gzip.compress(base64.b64encode(b"a") + b" 0\n"), "not the file that was shipped"),
        (None, "missing"),
    ],
)
def test_a_damaged_vocabulary_is_refused_in_words_and_left_alone(
    damage: Callable[[bytes], bytes] | None, problem: str, tmp_path: Path
) -> None:
    file = tmp_path / "cl100k_base.tiktoken.gz"
    if damage is not None:
        file.write_bytes(damage((ROOT / "core/base/vocab" / file.name).read_bytes()))
        before = file.read_bytes()
    with pytest.raises(BadDataFile, match=problem) as raised:
        vocabulary.load("cl100k_base", tmp_path)
    assert "cl100k_base.tiktoken.gz" in str(raised.value) and raised.value.hint
    assert damage is None or file.read_bytes() == before
