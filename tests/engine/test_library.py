"""The list of base models, the library that holds them, and bringing in a folder from elsewhere."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from core.base.errors import BadDataFile
from engine.lora.catalogue import BaseModel, Catalogue, is_id, load_catalogue, shipped_catalogue
from engine.lora.importing import import_folder, look_at
from engine.lora.library import RECORD, Held, Library, checksum, library_folder
from engine.lora.refusals import Refused
from tests.engine.small_models import TEMPLATE, TOKENIZER_CONFIG, make_folder, make_sharded

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """An empty library."""
    return Library(tmp_path / "bases")


def test_the_list_is_whole_and_says_where_it_comes_from() -> None:
    catalogue = shipped_catalogue()
    assert {"smollm2-135m-instruct", "smollm2-360m-instruct", "qwen3-0.6b", "qwen3.5-0.8b"} <= set(catalogue.models)
    for model in catalogue.models.values():
        assert is_id(model.id) and model.licence in ("Apache-2.0", "MIT") and model.licence_url.startswith("https://")
        assert model.kind in catalogue.kinds
        assert len(model.revision) in (0, 40)
        # a parameter takes two bytes on disk; the output layer may be there twice, and tokenizers have up to 20 MB
        assert 1.9 * model.parameters < model.bytes < 2.6 * model.parameters + 2e7, model.id
        assert (model.train_bf16 > 0) == (model.train_fp32 > 0)
    measured = {model.id: (model.train_bf16, model.train_fp32) for model in catalogue.models.values() if model.train_bf16}
    assert measured["qwen3-0.6b"] == (3_300_000_000, 5_000_000_000)
    assert len(measured) == 4


def test_only_what_a_model_needs_is_taken() -> None:
    catalogue = shipped_catalogue()
    for name in ("config.json", "model.safetensors", "model-00001-of-00003.safetensors", "model.safetensors-00001-of-00001.safetensors"):
        assert catalogue.takes(name), name
    for name in (
        "pytorch_model.bin",
        "modeling_x.py",
        "README.md",
        "consolidated.safetensors",
        "../config.json",
        "onnx/model.onnx",
        "x.safetensors",
    ):
        assert not catalogue.takes(name), name


@pytest.mark.parametrize(("before", "after", "words"), [
    ('id = "qwen3-0.6b"', 'id = "Qwen3:0.6b"', "id of the model"),
    ('revision = "c1899', 'revision = "main1', "revision of the model"),
    ('repo = "Qwen/Qwen3-0.6B"', 'repo = "../../etc"', "repo of the model"),
    ('runs_on = "gpu"\nas_of', 'runs_on = "moon"\nas_of', "runs_on of the model"),
    ('id = "qwen3-1.7b"', 'id = "qwen3-0.6b"', "two models"),
    ("layers = 28", "", "lacks layers"),
])  # fmt: skip
def test_a_slip_in_the_list_is_named(tmp_path: Path, before: str, after: str, words: str) -> None:
    text = Path("engine/models.toml").read_text(encoding="utf-8")
    assert before in text
    (tmp_path / "models.toml").write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(BadDataFile, match=words):
        load_catalogue(tmp_path / "models.toml")


@pytest.mark.parametrize("id", ["", "A", "a:b", "a/b", ".a", "-a", "a-", "a..b", "a b", "a\n", "x" * 49, "ä", "recall"])
def test_a_name_that_cannot_stand_in_a_models_name_is_refused(id: str) -> None:
    assert not is_id(id)


def test_an_empty_library_holds_nothing(library: Library) -> None:
    assert (library.ready(), library.ids(), dict(library.unusable())) == ((), (), {})
    for call in (library.path, library.about, library.remove, library.files, library.verify):
        for id in ("nothing", "../x", ""):
            with pytest.raises(KeyError):
                call(id)


def test_where_the_library_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TUNESMITH_MODELS", raising=False)
    assert library_folder(tmp_path) == tmp_path / "bases"
    monkeypatch.setenv("TUNESMITH_MODELS", "/elsewhere")
    assert library_folder(tmp_path) == Path("/elsewhere")


def hub_snapshot(folder: Path) -> Path:
    """A model as huggingface_hub keeps it: links into a folder of files that are called by what they hold."""
    cache = folder / "models--Some--Model-1B"
    blobs = make_folder(cache / "blobs", chat_template__jinja=TEMPLATE.encode(), tokenizer_config__json={**TOKENIZER_CONFIG})
    snapshot = cache / "snapshots" / COMMIT
    snapshot.mkdir(parents=True)
    for name in os.listdir(blobs):
        (snapshot / name).symlink_to(Path("../../blobs") / name)
    return snapshot


def test_an_imported_model_is_ready_with_all_its_files_on_record(library: Library, tmp_path: Path) -> None:
    heard: list[int] = []
    source = make_folder(tmp_path / "My Model 1", pytorch_model__bin=b"\x80")
    about = import_folder(library, source, heard=heard.append)
    assert (about.id, about.origin, library.ready()) == ("my-model-1", "imported", ("my-model-1",))
    place = library.path("my-model-1")
    assert sorted(os.listdir(place)) == ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", RECORD]
    assert library.files("my-model-1")["config.json"] == Held((place / "config.json").stat().st_size, checksum(source / "config.json"))
    assert sum(heard) == about.bytes
    library.verify("my-model-1")
    # whatever becomes of the folder, even where it is written over in place
    (source / "model.safetensors").write_bytes(bytes((source / "model.safetensors").stat().st_size))
    library.verify("my-model-1")
    assert library.about("my-model-1") == about == Library(library.folder).about("my-model-1")


def later(path: Path) -> None:
    """As if it had been written a moment ahead: the clock of a file system is too coarse for a test's haste."""
    moment = path.stat().st_mtime_ns + 10**9
    os.utime(path, ns=(moment, moment))


def test_files_are_read_where_something_was_written_after_the_record_and_then_not_again(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_folder(library, make_folder(tmp_path / "m"))
    weights, read = library.path("m") / "model.safetensors", list[str]()
    monkeypatch.setattr("engine.lora.library.checksum", lambda path: (read.append(path.name), checksum(path))[1])
    library.check("m")
    assert read == [], "as it came"
    later(weights)
    library.check("m")
    assert "model.safetensors" in read, "something has touched it"
    read.clear()
    library.check("m")
    assert read == [], "it was found whole"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    later(weights)
    for _ in range(2):
        with pytest.raises(Refused, match=r"missing or has changed: model\.safetensors"):
            library.check("m")


def test_weights_in_several_files_are_imported_whole(library: Library, tmp_path: Path) -> None:
    import_folder(library, make_sharded(tmp_path / "m"), "mine")
    assert sum(name.endswith(".safetensors") for name in library.files("mine")) == 2


@pytest.mark.parametrize("links", [True, False])
def test_weights_of_the_hubs_own_cache_are_not_on_the_disk_twice_where_it_knows_links(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    def no_link(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    if not links:
        monkeypatch.setattr(os, "link", no_link)
    snapshot = hub_snapshot(tmp_path)
    place = library.folder / import_folder(library, snapshot).id
    assert (place / "model.safetensors").samefile(snapshot / "model.safetensors") == links
    assert not (place / "model.safetensors").is_symlink()
    assert not (place / "config.json").samefile(snapshot / "config.json"), "what decides how they are used is a copy"


def test_a_file_that_is_missing_or_changed_makes_a_model_unusable(library: Library, tmp_path: Path) -> None:
    for id in ("cut", "gone", "noted", "linked", "flipped"):
        import_folder(library, make_folder(tmp_path / id))
    place = library.folder
    (place / "cut" / "config.json").write_bytes(b"{}")
    (place / "gone" / "tokenizer.json").unlink()
    (place / "noted" / RECORD).write_text("{}")
    (place / "linked" / "config.json").unlink()
    (place / "linked" / "config.json").symlink_to(tmp_path / "linked" / "config.json")
    (place / "half").mkdir()
    assert library.ready() == ("flipped",)
    assert {id: problem.code for id, problem in library.unusable().items()} == {
        "cut": "not_whole", "gone": "not_whole", "noted": "bad_record", "linked": "not_whole", "half": "not_whole",
    }  # fmt: skip
    weights = place / "flipped" / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    with pytest.raises(Refused, match=r"model\.safetensors"):
        library.verify("flipped")


@pytest.mark.parametrize("record", [
    {"format": 2}, {"format": 1, "model": {}, "files": {}}, [],
    {"format": 1, "model": None, "files": {"../x": {"size": 1, "sha256": ""}}},
])  # fmt: skip
def test_a_record_of_another_kind_is_not_believed(library: Library, tmp_path: Path, record: object) -> None:
    import_folder(library, make_folder(tmp_path / "m"))
    (library.folder / "m" / RECORD).write_text(json.dumps(record))
    assert library.unusable()["m"].code == "bad_record"


def test_a_record_cannot_name_files_elsewhere(library: Library, tmp_path: Path) -> None:
    import_folder(library, make_folder(tmp_path / "m"))
    record = json.loads((library.folder / "m" / RECORD).read_text())
    record["files"]["../../secret"] = {"size": 1, "sha256": "0" * 64}
    (library.folder / "m" / RECORD).write_text(json.dumps(record))
    assert library.unusable()["m"].code == "bad_record"


def test_a_removed_model_is_gone_and_can_come_again(library: Library, tmp_path: Path) -> None:
    source = make_folder(tmp_path / "m")
    for _ in range(2):
        import_folder(library, source)
        library.remove("m")
        assert library.ready() == ()
        assert [name for name in os.listdir(library.folder) if name != ".incoming"] == []
    (library.folder / ".gone-m").mkdir()  # of a removal that was killed
    library.tidy()
    assert os.listdir(library.folder) == [".incoming"]
    assert (source / "model.safetensors").exists()


def test_an_import_is_refused_before_anything_is_copied(library: Library, tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        import_folder(library, make_folder(tmp_path / "bad", chat_template__jinja=b"{% include 'x' %}"))
    assert caught.value.code == "bad_template"
    with pytest.raises(Refused) as caught:
        import_folder(library, make_folder(tmp_path / "m"), "Bad:Name")
    assert caught.value.code == "bad_id"
    assert not library.folder.exists()
    import_folder(library, tmp_path / "m")
    with pytest.raises(Refused) as caught:
        look_at(library, tmp_path / "m")
    assert caught.value.code == "taken"


def test_an_import_that_is_stopped_leaves_nothing(library: Library, tmp_path: Path) -> None:
    def stop(number: int) -> None:
        raise Refused("cancelled")

    with pytest.raises(Refused):
        import_folder(library, make_folder(tmp_path / "m"), heard=stop)
    assert library.ids() == ()
    assert not (library.folder / ".incoming" / "m").exists()


def test_of_two_engines_with_one_library_the_second_is_told_that_the_first_is_at_it(library: Library, tmp_path: Path) -> None:
    source, other = make_folder(tmp_path / "m"), Library(library.folder)
    codes: list[str] = []

    def meanwhile(number: int) -> None:
        for call in (lambda: import_folder(other, source), lambda: other.remove("m")):
            with pytest.raises(Refused, match="being fetched") as caught:
                call()
            codes.append(caught.value.code)

    import_folder(library, source, heard=meanwhile)
    assert codes and set(codes) == {"busy"}
    library.verify("m")
    import_folder(other, source, "m2")
    other.remove("m")
    assert library.ready() == ("m2",)


def test_an_import_that_waited_for_nobody_sees_that_another_engine_was_quicker(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = look_at(library, make_folder(tmp_path / "m"))
    import_folder(Library(library.folder), tmp_path / "m")
    monkeypatch.setattr("engine.lora.importing.look_at", lambda *_, **__: found)
    with pytest.raises(Refused) as caught:
        import_folder(library, tmp_path / "m")
    assert caught.value.code == "taken"


def test_a_library_that_cannot_be_written_to_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Refused) as caught:
        import_folder(Library(tmp_path / "file" / "bases"), make_folder(tmp_path / "m"))
    assert caught.value.code == "no_permission"


def test_a_model_of_the_list_is_known_by_its_weights(library: Library, tmp_path: Path) -> None:
    source = make_folder(tmp_path / "carried-here")
    listed = replace(shipped_catalogue().models["qwen3-0.6b"], weights_sha256=checksum(source / "model.safetensors"))
    catalogue = Catalogue({listed.id: listed}, shipped_catalogue().take, shipped_catalogue().kinds, {})
    about = import_folder(library, source, "qwen3-0.6b", catalogue=catalogue)
    assert (about.name, about.licence, about.train_bf16, about.origin) == ("Qwen3 0.6B", "Apache-2.0", 3_300_000_000, "imported")


def test_a_name_of_the_list_on_other_weights_is_refused(library: Library, tmp_path: Path) -> None:
    for id in ("qwen3-0.6b", "qwen3-1.7b"):  # one with a checksum in the list, one without
        with pytest.raises(Refused) as caught:
            import_folder(library, make_folder(tmp_path / id))
        assert caught.value.code == "other_weights"
    assert library.ids() == ()
    shipped = shipped_catalogue()
    listed = replace(shipped.models["qwen3-1.7b"], kind="llama", layers=2, hidden=8, vocabulary=32)
    about = import_folder(library, tmp_path / "qwen3-1.7b", catalogue=Catalogue({listed.id: listed}, shipped.take, shipped.kinds, {}))
    assert about.name == "Qwen3 1.7B"


def test_a_snapshot_of_the_hubs_own_cache_keeps_its_name_and_commit(library: Library, tmp_path: Path) -> None:
    about = import_folder(library, hub_snapshot(tmp_path))
    assert (about.id, about.repo, about.revision) == ("model-1b", "Some/Model-1B", COMMIT)


def test_a_base_model_survives_its_record() -> None:
    for model in shipped_catalogue().models.values():
        assert BaseModel.from_plain(json.loads(json.dumps(model.to_plain()))) == model
    with pytest.raises(ValueError):
        BaseModel.from_plain({**model.to_plain(), "layers": "28"})
    with pytest.raises(ValueError):
        BaseModel.from_plain({})
