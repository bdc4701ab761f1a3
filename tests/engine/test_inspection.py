"""A model's folder from a stranger: what is taken, and what is refused, with the reason."""

import os
from pathlib import Path
from typing import Any

import pytest

from engine.lora.inspection import inspect
from engine.lora.refusals import SENTENCES, Refused
from tests.engine.small_models import CONFIG, TEMPLATE, TOKENIZER_CONFIG, make_folder, make_sharded, safetensors, tensors

HEADER = tensors("a.weight", "b.weight")


def refusal(folder: Path) -> Refused:
    with pytest.raises(Refused) as caught:
        inspect(folder)
    assert str(caught.value) and "{" not in str(caught.value) and "{" not in caught.value.record()["hint"]
    return caught.value


def test_a_good_folder_is_described_from_its_own_files(tmp_path: Path) -> None:
    found = inspect(make_folder(tmp_path / "m"), id="mine")
    about = found.about
    assert (about.id, about.kind, about.layers, about.hidden, about.vocabulary, about.context) == ("mine", "llama", 2, 8, 32, 128)
    assert (about.parameters, about.dtype, about.origin) == (512, "bf16", "imported")
    assert set(found.files) == {"config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors"}
    assert about.bytes == sum((tmp_path / "m" / name).stat().st_size for name in found.files)


@pytest.mark.parametrize("named", ["model-{:05}-of-{:05}.safetensors", "model.safetensors-{:05}-of-{:05}.safetensors"])
def test_weights_in_several_files_are_taken_by_their_index(tmp_path: Path, named: str) -> None:
    found = inspect(make_sharded(tmp_path / "m", named=named))
    assert found.about.parameters == 512
    assert sum(name.endswith(".safetensors") for name in found.files) == 2


def test_an_output_layer_that_is_the_embedding_once_more_counts_once(tmp_path: Path) -> None:
    weights = safetensors(tensors("model.embed_tokens.weight", "lm_head.weight"))
    assert inspect(make_folder(tmp_path / "m", model__safetensors=weights)).about.parameters == 256


def test_a_template_in_a_file_of_its_own_is_enough(tmp_path: Path) -> None:
    bare = {key: value for key, value in TOKENIZER_CONFIG.items() if key != "chat_template"}
    make_folder(tmp_path / "m", tokenizer_config__json=bare, chat_template__jinja=TEMPLATE.encode())
    assert "chat_template.jinja" in inspect(tmp_path / "m").files


def test_the_text_part_of_a_model_that_sees_is_read(tmp_path: Path) -> None:
    text = {key: CONFIG[key] for key in ("hidden_size", "num_hidden_layers", "vocab_size", "max_position_embeddings")}
    config = {"model_type": "qwen3_5", "architectures": ["Qwen3_5ForConditionalGeneration"], "text_config": text}
    assert inspect(make_folder(tmp_path / "m", config__json=config)).about.layers == 2


def test_pickles_beside_safetensors_are_not_taken(tmp_path: Path) -> None:
    found = inspect(make_folder(tmp_path / "m", pytorch_model__bin=b"\x80\x04", training_args__bin=b"\x80\x04"))
    assert not any(name.endswith(".bin") for name in found.files)


def changed(**more: Any) -> dict[str, Any]:
    return {**CONFIG, **more}


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"config__json": None}, "no_config"),
        ({"config__json": b"{"}, "bad_json"),
        ({"config__json": b"[]"}, "bad_json"),
        ({"config__json": b"\xff\xfe{}"}, "bad_json"),
        ({"config__json": b'{"a":' * 5000 + b"1" + b"}" * 5000}, "bad_json"),
        ({"config__json": b'{"a": ' + b"9" * 5000 + b"}"}, "bad_json"),
        ({"config__json": b'{"model_type": "llama", "model_type": "evil"}'}, "bad_json"),
        ({"config__json": b'{"hidden_size": NaN}'}, "bad_json"),
        ({"config__json": b" " * (2**20 + 1)}, "bad_json"),
        ({"config__json": changed(hidden_size="8")}, "bad_json"),
        ({"config__json": changed(num_hidden_layers=10**9)}, "number_too_large"),
        ({"config__json": changed(rope_theta=10**40)}, "number_too_large"),
        ({"config__json": changed(model_type="llama\nimport os")}, "control_characters"),
        ({"config__json": changed(architectures=["LlamaForCausalLM\u2028"])}, "control_characters"),
        ({"config__json": changed(**{"a\nb": 1})}, "control_characters"),
        ({"config__json": changed(rope_scaling={"type": "x\x00"})}, "control_characters"),
        ({"config__json": changed(auto_map={"AutoModelForCausalLM": "modeling_evil.Evil"})}, "remote_code"),
        ({"config__json": changed(text_config={"auto_map": {}})}, "remote_code"),
        ({"config__json": changed(trust_remote_code=True)}, "remote_code"),
        ({"modeling_evil__py": b"import os"}, "remote_code"),
        ({"generation_config__json": {"auto_map": {}}}, "remote_code"),
        ({"tokenizer_config__json": {**TOKENIZER_CONFIG, "auto_map": {"AutoTokenizer": ["evil.Evil", None]}}}, "remote_code"),
        ({"tokenizer_config__json": {**TOKENIZER_CONFIG, "tokenizer_class": "A\nB"}}, "control_characters"),
        ({"config__json": changed(model_type="made_up")}, "unknown_architecture"),
        ({"config__json": changed(model_type="bert")}, "unknown_architecture"),
        ({"config__json": changed(architectures=["LlamaForSequenceClassification"])}, "unknown_architecture"),
        ({"config__json": changed(quantization_config={"quant_method": "gptq", "bits": 4})}, "quantized"),
        ({"tokenizer__json": None}, "no_tokenizer"),
        ({"tokenizer__json": b"{}"}, "bad_json"),
        ({"tokenizer_config__json": {"tokenizer_class": "X"}}, "no_chat_template"),
        ({"tokenizer_config__json": None}, "no_chat_template"),
        ({"tokenizer_config__json": {"chat_template": 7}}, "bad_template"),
        ({"tokenizer_config__json": {"chat_template": [{"name": "default", "template": "{{ ''.__class__ }}"}]}}, "bad_template"),
        ({"chat_template__jinja": b"{% include '/etc/passwd' %}"}, "bad_template"),
        ({"chat_template__jinja": b"\xff"}, "bad_template"),
        ({"model__safetensors": None}, "no_weights"),
        ({"model__safetensors": None, "pytorch_model__bin": b"\x80\x04"}, "pickle_weights"),
        ({"model__safetensors": None, "model__pth": b"\x80\x04"}, "pickle_weights"),
        ({"model__safetensors": None, "weights__ckpt": b"\x80\x04"}, "pickle_weights"),
        ({"model__safetensors": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n"}, "pointer_file"),
        ({"config__json": b"version https://git-lfs.github.com/spec/v1\n"}, "pointer_file"),
        ({"model__safetensors": safetensors(tensors("a", dtype="F8_E4M3"))}, "quantized"),
        ({"model__safetensors": safetensors(tensors("a", dtype="I8"))}, "quantized"),
    ],
)
def test_a_folder_is_refused_with_the_reason(tmp_path: Path, files: dict[str, Any], code: str) -> None:
    assert refusal(make_folder(tmp_path / "m", **files)).code == code


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 8,
        b"\x10",
        safetensors(HEADER, length=2**63),
        safetensors(HEADER, length=2**20),
        safetensors(b"\x80\x04K\x01.", b""),
        safetensors(b"[]", b""),
        safetensors(b"{" * 5000, b""),
        safetensors(b"{}", b""),
        safetensors(HEADER, bytes(100)),
        safetensors(HEADER, bytes(5000)),
        safetensors(
            {"a": {"dtype": "BF16", "shape": [4], "data_offsets": [0, 8]}, "b": {"dtype": "BF16", "shape": [4], "data_offsets": [4, 12]}}
        ),
        safetensors({"a": {"dtype": "BF16", "shape": [4], "data_offsets": [8, 16]}}),
        safetensors({"a": {"dtype": "BF16", "shape": [5], "data_offsets": [0, 8]}}),
        safetensors({"a": {"dtype": "BF16", "shape": [-4, -1], "data_offsets": [0, 8]}}),
        safetensors({"a": {"dtype": "BF16", "shape": [2**40, 2**40], "data_offsets": [0, 8]}}),
        safetensors({"a": {"dtype": "OBJECT", "shape": [4], "data_offsets": [0, 8]}}),
        safetensors({"a": {"dtype": "BF16", "shape": [4], "data_offsets": [0, 8], "code": "x"}}),
        safetensors({"a\n": {"dtype": "BF16", "shape": [4], "data_offsets": [0, 8]}}),
        safetensors({"__metadata__": {"a": 1}, **HEADER}),  # type: ignore[dict-item]
        safetensors(
            b'{"a":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]},"a":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}}', b"12"
        ),
    ],
)
def test_a_safetensors_file_that_is_none_is_refused(tmp_path: Path, content: bytes) -> None:
    assert refusal(make_folder(tmp_path / "m", model__safetensors=content)).code == "bad_weights"


@pytest.mark.parametrize(
    "name", ["../../x.safetensors", "/etc/passwd", "a/model.safetensors", "C:\\x.safetensors", "pytorch_model.bin", "", "..", "x\ny"]
)
def test_an_index_cannot_lead_out_of_the_folder(tmp_path: Path, name: str) -> None:
    index = {"weight_map": {"a.weight": name}}
    assert refusal(make_folder(tmp_path / "m", **{"model.safetensors.index.json": index})).code == "unsafe_name"


def test_an_index_must_be_kept(tmp_path: Path) -> None:
    folder = make_sharded(tmp_path / "m")
    (folder / "model-00002-of-00002.safetensors").write_bytes(safetensors(tensors("other")))
    assert refusal(folder).code == "bad_weights"
    (folder / "model-00002-of-00002.safetensors").unlink()
    assert refusal(folder).code == "not_whole"
    assert refusal(make_folder(tmp_path / "n", **{"model.safetensors.index.json": {"weight_map": {"a": 1}}})).code == "bad_json"


def test_links_must_stay_inside_or_be_those_of_the_hubs_own_cache(tmp_path: Path) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text("{}")
    folder = make_folder(tmp_path / "m", tokenizer_config__json=None)
    (folder / "tokenizer_config.json").symlink_to(secret)
    assert refusal(folder).code == "unsafe_name"
    commit = "0123456789abcdef0123456789abcdef01234567"
    cache = tmp_path / "models--Some--Model"
    blobs = make_folder(cache / "blobs")
    snapshot = cache / "snapshots" / commit
    snapshot.mkdir(parents=True)
    for name in os.listdir(blobs):
        (snapshot / name).symlink_to(Path("../../blobs") / name)
    assert inspect(snapshot).about.parameters == 512


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "m")
    os.mkfifo(folder / "vocab.json")
    assert refusal(folder).code == "unsafe_name"
    assert refusal(tmp_path / "nothing").code == "no_folder"
    assert refusal(tmp_path / "m" / "config.json").code == "no_folder"


def test_a_refusal_survives_the_way_between_processes() -> None:
    import pickle

    again = pickle.loads(pickle.dumps(Refused("quantized", kind="gptq", details="d")))
    assert (again.code, str(again), again.details) == ("quantized", str(Refused("quantized", kind="gptq")), "d")


def test_every_reason_has_its_two_sentences() -> None:
    for code, (message, hint) in SENTENCES.items():
        assert message[0].isupper() or message[0] in "{“", code
        assert hint.endswith("."), code
