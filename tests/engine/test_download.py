"""Fetching a base model from a hub on loopback that fails in every way in which real ones do."""

import hashlib
import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.lora.catalogue import BaseModel, Catalogue, shipped_catalogue
from engine.lora.download import download
from engine.lora.downloads import Downloads
from engine.lora.hub import Hub
from engine.lora.library import Library
from engine.lora.refusals import Refused
from tests.engine.small_models import make_folder, make_sharded, safetensors, tensors
from tests.servers.fake_hub import COMMIT, FakeHub, eventually, folder_content, serve_hub

MODEL = BaseModel(
    id="mine", name="Mine", parameters=512, bytes=5000, kind="llama", layers=2, hidden=8, vocabulary=32, context=128, repo="Some/Model",
    revision=COMMIT, licence="MIT", languages=("en",),
)  # fmt: skip
WEIGHTS = "model.safetensors"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[FakeHub]:
    """A hub with one good model, and what else a repository has."""
    folder = make_folder(tmp_path / "repository", pytorch_model__bin=b"\x80\x04", modeling_x__py=b"import os", LICENSE=b"MIT")
    with serve_hub(FakeHub(folder_content(folder))) as hub:
        yield hub


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """An empty library."""
    return Library(tmp_path / "bases")


def fetch(library: Library, hub: FakeHub, model: BaseModel = MODEL, **more: Any) -> list[tuple[int, int]]:
    """Download it; the progress that was told."""
    heard: list[tuple[int, int]] = []
    with Hub(hub.endpoint, more.pop("token", ""), pause=0.01, patience=more.pop("patience", 0.5), **more) as client:
        download(library, model, client, heard=lambda done, of: heard.append((done, of)))
    return heard


def refusal(library: Library, hub: FakeHub, model: BaseModel = MODEL, **more: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        fetch(library, hub, model, **more)
    assert library.ready() == ()
    record = caught.value.record()
    assert "{" not in record["message"] + record["hint"]
    return caught.value


def test_a_model_is_fetched_checked_and_ready(library: Library, hub: FakeHub) -> None:
    heard = fetch(library, hub)
    about = library.about("mine")
    assert (about.revision, about.name, about.licence, about.origin) == (COMMIT, "Mine", "MIT", "catalogue")
    assert sorted(os.listdir(library.path("mine"))) == [
        "LICENSE", "config.json", WEIGHTS, "tokenizer.json", "tokenizer_config.json", "tunesmith.json",
    ]  # fmt: skip
    for name, held in library.files("mine").items():
        assert held.sha256 == hashlib.sha256(hub.files[name]).hexdigest()
    total = sum(held.size for name, held in library.files("mine").items())
    assert heard[0] == (0, total) and heard[-1] == (total, total)
    assert [done for done, _ in heard] == sorted(done for done, _ in heard)
    assert not any("pytorch_model" in path or ".py" in path for path, _, _ in hub.asked)
    assert all(f"/{COMMIT}" in path for path, _, _ in hub.asked if "/store/" not in path)


def test_small_files_come_first_and_a_hostile_one_ends_it_before_the_weights(library: Library, hub: FakeHub) -> None:
    hub.files["chat_template.jinja"] = b"{{ lipsum.__globals__ }}"
    assert refusal(library, hub).code == "bad_template"
    assert not any(WEIGHTS in path for path, _, _ in hub.asked)


def test_weights_in_several_files(library: Library, tmp_path: Path) -> None:
    with serve_hub(FakeHub(folder_content(make_sharded(tmp_path / "r")), redirect=False)) as hub:
        fetch(library, hub)
    assert len(library.files("mine")) == 6


def test_without_a_revision_the_commit_that_the_hub_answers_with_is_kept(library: Library, hub: FakeHub) -> None:
    fetch(library, hub, replace(MODEL, revision=""))
    assert "/revision/main?" in hub.asked[0][0]
    assert library.about("mine").revision == COMMIT


def test_another_revision_is_refused(library: Library, hub: FakeHub) -> None:
    other = "f" * 40
    hub.listed = {"asked": other}
    assert refusal(library, hub, replace(MODEL, revision=other)).code == "other_revision"
    hub.answered_commit = other
    assert refusal(library, hub).code == "other_revision"


def test_other_weights_than_the_listed_ones_are_refused(library: Library, hub: FakeHub) -> None:
    assert refusal(library, hub, replace(MODEL, weights_sha256="0" * 64)).code == "other_revision"
    fetch(library, hub, replace(MODEL, weights_sha256=hashlib.sha256(hub.files[WEIGHTS]).hexdigest()))


def test_much_more_than_was_listed_is_refused(library: Library, hub: FakeHub) -> None:
    listing = hub.listing()
    next(entry for entry in listing["siblings"] if entry["rfilename"] == WEIGHTS)["size"] = 2**40
    hub.listed = {"siblings": listing["siblings"]}
    assert refusal(library, hub).code == "other_revision"


@pytest.mark.parametrize("name", [WEIGHTS, "tokenizer.json"])
def test_a_connection_that_is_cut_goes_on_where_it_ended(library: Library, hub: FakeHub, name: str) -> None:
    hub.faults = [(name, "cut"), (name, "cut")]
    fetch(library, hub)
    ranges = [asked for path, asked, _ in hub.asked if path.endswith(name) and asked]
    half = len(hub.files[name]) // 2
    assert f"bytes={half}-" in ranges
    assert library.ready() == ("mine",)


def test_a_connection_that_says_nothing_is_given_up_and_taken_up_again(library: Library, hub: FakeHub) -> None:
    hub.faults = [(WEIGHTS, "stall")]
    fetch(library, hub)
    assert library.ready() == ("mine",)


def test_a_hub_that_never_says_anything_is_told_in_words(library: Library, hub: FakeHub) -> None:
    hub.faults = [(WEIGHTS, "stall")] * 20
    assert refusal(library, hub, patience=0.1).code == "slow_network"


def test_what_has_come_stays_for_the_next_time(library: Library, hub: FakeHub) -> None:
    hub.faults = [(WEIGHTS, "cut"), *[(WEIGHTS, 503)] * 4]
    assert refusal(library, hub).code == "hub_fault"
    hub.asked.clear()
    fetch(library, hub)
    assert [asked for path, asked, _ in hub.asked if path == f"/store/{WEIGHTS}"] == [f"bytes={len(hub.files[WEIGHTS]) // 2}-"]
    assert not any("config" in path for path, _, _ in hub.asked)


def test_what_has_come_of_another_commit_does_not(library: Library, hub: FakeHub) -> None:
    hub.faults = [(WEIGHTS, "cut"), *[(WEIGHTS, 503)] * 5]
    refusal(library, hub, replace(MODEL, revision=""))
    hub.commit = hub.answered_commit = "e" * 40
    hub.asked.clear()
    fetch(library, hub, replace(MODEL, revision=""))
    assert not any(asked for _, asked, _ in hub.asked)
    assert library.about("mine").revision == "e" * 40


def test_a_server_that_knows_no_ranges_starts_over(library: Library, hub: FakeHub) -> None:
    hub.faults = [(WEIGHTS, "cut"), (WEIGHTS, "no range")]
    heard = fetch(library, hub)
    assert heard[-1][0] == heard[-1][1]
    library.verify("mine")


def test_a_wrong_size_is_refused(library: Library, hub: FakeHub) -> None:
    hub.faults = [(WEIGHTS, "short")]
    assert refusal(library, hub).code == "wrong_size"
    hub.served = {WEIGHTS: hub.files[WEIGHTS] + b"x"}
    assert refusal(library, hub).code == "wrong_size"


@pytest.mark.parametrize("name", [WEIGHTS, "config.json"])
def test_a_wrong_checksum_is_tried_once_more_and_then_refused(library: Library, hub: FakeHub, name: str) -> None:
    right = hub.files[name]
    hub.served = {name: right[:-1] + bytes([right[-1] ^ 1])}
    assert refusal(library, hub).code == "wrong_hash"
    place = "/store/" if name == WEIGHTS else f"/{COMMIT}/"
    assert sum(path.endswith(place + name) for path, _, _ in hub.asked) == 2
    hub.served = {}
    fetch(library, hub)


def test_two_engines_do_not_fetch_one_model_into_one_folder_at_once(library: Library, hub: FakeHub) -> None:
    other, codes = Library(library.folder), set()

    def meanwhile(done: int, of: int) -> None:
        with Hub(hub.endpoint, "") as second, pytest.raises(Refused) as caught:
            download(other, MODEL, second, heard=lambda done, of: None)
        codes.add(caught.value.code)

    with Hub(hub.endpoint, "") as first:
        download(library, MODEL, first, heard=meanwhile)
    assert codes == {"busy"}
    library.verify("mine")
    with Hub(hub.endpoint, "") as second, pytest.raises(Refused) as caught:
        download(other, MODEL, second, heard=lambda done, of: None)
    assert caught.value.code == "taken"


def test_a_damaged_part_from_before_is_found_out(library: Library, hub: FakeHub) -> None:
    hub.faults = [(WEIGHTS, "cut"), *[(WEIGHTS, 503)] * 5]
    refusal(library, hub)
    part = library.folder / ".incoming" / "mine" / f"{WEIGHTS}.part"
    come = part.stat().st_size
    assert 0 < come < len(hub.files[WEIGHTS])
    part.write_bytes(b"\0" * come)
    (library.folder / ".incoming" / "mine" / "config.json").write_bytes(b" " * len(hub.files["config.json"]))
    fetch(library, hub)
    # the library's own hashes are of what it took: only the hub's files tell whether that is right
    for name in library.files("mine"):
        assert (library.path("mine") / name).read_bytes() == hub.files[name], name


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (404, "not_found"),
        ((401, {"X-Error-Code": "RepoNotFound"}), "not_found"),
        ((401, {"X-Error-Code": "GatedRepo"}), "gated"),
        ((403, {"X-Error-Code": "GatedRepo"}), "gated"),
        (401, "gated"),
        (418, "not_a_hub"),
        ((429, {"Retry-After": "3600"}), "rate_limited"),
        ((302, {"Location": "http://example.com/api"}), "unsafe_address"),
        ((302, {"Location": "file:///etc/passwd"}), "unsafe_address"),
        ((302, {"Location": "//["}), "unsafe_address"),
        (b"<html>", "not_a_hub"),
        (b"[]", "not_a_hub"),
        (b'{"sha": "main", "siblings": []}', "not_a_hub"),
        (b'{"sha": "' + b"a" * 40 + b'"}', "not_a_hub"),
        (b'{"sha": "' + COMMIT.encode() + b'", "siblings": [{"rfilename": "config.json"}]}', "no_config"),
        (b'{"sha": "' + COMMIT.encode() + b'", "siblings": [7]}', "not_a_hub"),
        (b"[" * 100_000, "not_a_hub"),
        (b" " * (9 * 2**20), "not_a_hub"),
    ],
)
def test_what_a_hub_answers_is_told_in_words(library: Library, hub: FakeHub, fault: Any, code: str) -> None:
    hub.faults = [("listing", fault)]
    assert refusal(library, hub).code == code


def test_redirects_without_end_are_given_up(library: Library, hub: FakeHub) -> None:
    hub.location = f"/Some/Model/resolve/{COMMIT}/{WEIGHTS}"
    assert refusal(library, hub).code == "not_a_hub"


def test_a_busy_hub_is_waited_for(library: Library, hub: FakeHub) -> None:
    hub.faults = [("listing", (429, {"Retry-After": "0"})), ("listing", 503), (WEIGHTS, 500)]
    fetch(library, hub)
    hub.faults = [("listing", 429)] * 9
    library.remove("mine")
    assert refusal(library, hub).code == "rate_limited"


def test_a_hub_that_is_not_there(library: Library, hub: FakeHub) -> None:
    hub.endpoint = "http://127.0.0.1:9"
    assert refusal(library, hub).code == "no_network"


@pytest.mark.parametrize("endpoint", ["http://example.com", "ftp://127.0.0.1", "file:///etc", "example.com"])
def test_only_secure_addresses_are_asked(endpoint: str) -> None:
    with pytest.raises(Refused) as caught:
        Hub(endpoint)
    assert caught.value.code == "unsafe_address"


def test_the_address_and_the_key_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.example/")
    with Hub() as hub:
        assert (hub.endpoint, hub.host) == ("https://mirror.example", "mirror.example")
    monkeypatch.delenv("HF_ENDPOINT")
    with Hub() as hub:
        assert hub.host == "huggingface.co"


def test_the_key_goes_to_the_hub_alone(library: Library, hub: FakeHub, tmp_path: Path) -> None:
    with serve_hub(FakeHub(hub.files)) as store:
        hub.location = f"{store.endpoint}/store/{WEIGHTS}"
        fetch(library, hub, token="hf_secret")
        assert {key for _, _, key in hub.asked} == {"Bearer hf_secret"}
        assert {key for _, _, key in store.asked} == {""}
    assert b"hf_secret" not in b"".join(path.read_bytes() for path in library.path("mine").iterdir())


def test_a_repository_without_what_is_needed(library: Library, hub: FakeHub) -> None:
    weights = hub.files.pop(WEIGHTS)
    assert refusal(library, hub).code == "no_weights"
    hub.files[WEIGHTS] = weights
    del hub.files["tokenizer.json"]
    assert refusal(library, hub).code == "no_tokenizer"


def test_weights_that_are_not_weights(library: Library, hub: FakeHub) -> None:
    hub.files[WEIGHTS] = b"\x80\x04" + bytes(500)
    assert refusal(library, hub).code == "bad_weights"


def test_a_full_disk_is_said_before_anything_comes(library: Library, hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.lora.download.shutil.disk_usage", lambda _: _Usage())
    problem = refusal(library, hub)
    assert (problem.code, problem.params["free_gb"]) == ("disk_full", "0.00")
    assert len(hub.asked) == 1


class _Usage:
    free = 1000


def test_a_disk_that_fills_up_on_the_way(library: Library, hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("engine.lora.hub.os.replace", full)
    assert refusal(library, hub).code == "disk_full"


def test_a_download_that_takes_for_ever_is_ended(library: Library, hub: FakeHub) -> None:
    hub.faults = [(WEIGHTS, "slow")]
    assert refusal(library, hub, most=0.5).code == "slow_network"


# --- in the background -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def downloads(library: Library, hub: FakeHub) -> Iterator[Downloads]:
    """The downloads of an engine whose list holds two models of the fake hub."""
    shipped = shipped_catalogue()
    models = {id: replace(MODEL, id=id) for id in ("mine", "other")}
    found = Downloads(
        library,
        catalogue=Catalogue(models, shipped.take, shipped.kinds, {}),
        make_hub=lambda cancelled: Hub(hub.endpoint, "", cancelled=cancelled, pause=0.01, patience=0.5),
    )
    yield found
    found.close()


def test_a_download_in_the_background(downloads: Downloads, library: Library, hub: FakeHub) -> None:
    first = downloads.start("mine")
    assert downloads.start("mine") is first
    downloads.start("other")
    eventually(lambda: library.ready() == ("mine", "other"))
    eventually(lambda: downloads.names() == ())
    assert first.done == first.of > 0
    with pytest.raises(Refused) as caught:
        downloads.start("mine")
    assert caught.value.code == "taken"
    with pytest.raises(Refused) as caught:
        downloads.start("nothing")
    assert caught.value.code == "unknown_base"


def test_a_cancelled_download_keeps_what_has_come(downloads: Downloads, library: Library, hub: FakeHub) -> None:
    hub.faults = [(WEIGHTS, "slow")]
    fetch = downloads.start("mine")
    queued = downloads.start("other")
    eventually(lambda: 0 < fetch.done < fetch.of and any(path.startswith("/store/") for path, _, _ in hub.asked))
    part = library.folder / ".incoming" / "mine" / f"{WEIGHTS}.part"
    eventually(lambda: part.exists())
    assert downloads.cancel("other") and downloads.cancel("mine")
    eventually(lambda: downloads.names() == ())
    assert queued.done == 0 and downloads.problem("mine") is None
    assert not downloads.cancel("mine")
    assert part.exists()
    downloads.start("mine")
    eventually(lambda: library.ready() == ("mine",))
    library.verify("mine")


def test_a_download_that_failed_says_why_until_it_is_tried_again(downloads: Downloads, library: Library, hub: FakeHub) -> None:
    hub.faults = [("listing", (401, {"X-Error-Code": "GatedRepo"}))]
    downloads.start("mine")
    eventually(lambda: downloads.problem("mine") is not None)
    problem = downloads.problem("mine")
    assert problem is not None and problem.code == "gated"
    downloads.start("mine")
    eventually(lambda: library.ready() == ("mine",))
    assert downloads.problem("mine") is None


def test_a_damaged_model_is_fetched_anew(downloads: Downloads, library: Library, hub: FakeHub) -> None:
    downloads.start("mine")
    eventually(lambda: library.ready() == ("mine",))
    eventually(lambda: downloads.names() == ())
    (library.path("mine") / "config.json").unlink()
    assert library.ready() == () and list(library.unusable()) == ["mine"]
    asked = len(hub.asked)
    downloads.start("mine")
    eventually(lambda: library.ready() == ("mine",))
    assert any(path.endswith("/config.json") for path, _, _ in hub.asked[asked:])
    assert (library.path("mine") / "config.json").read_bytes() == hub.files["config.json"]


def test_an_engine_that_ends_does_not_wait_for_the_hub(downloads: Downloads, hub: FakeHub) -> None:
    hub.faults = [(WEIGHTS, "stall")] * 9
    downloads.start("mine")
    eventually(lambda: any(path.startswith("/store/") for path, _, _ in hub.asked))
    ended = threading.Thread(target=downloads.close)
    ended.start()
    ended.join(4)
    assert not ended.is_alive()


def test_an_import_in_the_background(downloads: Downloads, library: Library, tmp_path: Path) -> None:
    weights = safetensors(tensors("a", "b", shape=(512, 512)))
    name, fetch = downloads.import_folder(make_folder(tmp_path / "Carried", model__safetensors=weights), None)
    assert name == "carried"
    eventually(lambda: library.ready() == ("carried",))
    assert fetch.done == fetch.of == library.about("carried").bytes
    with pytest.raises(Refused) as caught:
        downloads.import_folder(tmp_path / "Carried", None)
    assert caught.value.code == "taken"
    eventually(lambda: downloads.names() == ())
    downloads.remove("carried")
    with pytest.raises(KeyError):
        downloads.remove("carried")
