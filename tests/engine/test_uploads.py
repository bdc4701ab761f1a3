"""A file that comes in parts, by the stock client."""

import hashlib
import sqlite3
from typing import Any

import openai
import pytest
from openai import OpenAI

from tests.engine.helpers import support
from tests.engine_process import EngineProcess

DATA = support(40)
PIECE = len(DATA) // 5 + 1
PIECES = [DATA[at : at + PIECE] for at in range(0, len(DATA), PIECE)]
MD5 = hashlib.md5(DATA, usedforsecurity=False).hexdigest()


def begin(client: OpenAI, size: int = len(DATA), **changes: Any) -> str:
    asked = {"bytes": size, "filename": "train.jsonl", "mime_type": "application/jsonl", "purpose": "fine-tune"} | changes
    return client.uploads.create(**asked).id


def send(client: OpenAI, upload: str, pieces: list[bytes]) -> list[str]:
    return [client.uploads.parts.create(upload, data=piece).id for piece in pieces]


def left_in(engine: EngineProcess, upload: str) -> bool:
    return (engine.home / "uploads" / upload).exists()


def test_five_parts_become_the_file_that_they_are_parts_of(client: OpenAI, fake: EngineProcess) -> None:
    upload = begin(client)
    parts = send(client, upload, PIECES[::-1])[::-1]  # in any order: only the list at the end counts
    done = client.uploads.complete(upload, part_ids=parts, md5=MD5)
    assert done.status == "completed" and done.file is not None and done.file.bytes == len(DATA)
    assert client.files.content(done.file.id).content == DATA and client.files.retrieve(done.file.id).status == "processed"
    assert not left_in(fake, upload) and done.expires_at == done.created_at + 3600
    with pytest.raises(openai.BadRequestError, match="is completed"):
        client.uploads.complete(upload, part_ids=parts)
    with pytest.raises(openai.BadRequestError, match="is completed"):
        send(client, upload, PIECES[:1])


def test_a_part_sent_twice_does_no_harm(client: OpenAI) -> None:
    upload = begin(client)
    send(client, upload, PIECES[:2])
    parts = send(client, upload, PIECES)
    assert client.uploads.complete(upload, part_ids=parts, md5=MD5.upper()).status == "completed"


def test_what_does_not_fit_what_was_announced_is_refused(client: OpenAI) -> None:
    upload = begin(client)
    parts = send(client, upload, PIECES)
    for wanted, md5, code in (
        (parts[:-1], MD5, "upload_size_mismatch"),
        ([*parts[:-1], parts[0]], MD5, "invalid_value"),
        ([*parts[:-1], "part-../../x"], MD5, "invalid_value"),
        (parts, "0" * 32, "md5_mismatch"),
        ([parts[1], parts[0], *parts[2:]], MD5, "md5_mismatch"),
        ([], MD5, "invalid_value"),
    ):
        with pytest.raises(openai.BadRequestError) as refused:
            client.uploads.complete(upload, part_ids=wanted, md5=md5)
        assert refused.value.code == code
    assert client.uploads.complete(upload, part_ids=parts, md5=MD5).status == "completed", "a refusal ends nothing"


def test_what_is_no_training_file_is_refused_when_it_is_whole(client: OpenAI) -> None:
    upload = begin(client, 5)
    parts = send(client, upload, [b"hel", b"lo"])
    with pytest.raises(openai.BadRequestError):
        client.uploads.complete(upload, part_ids=parts)
    before = [file.id for file in client.files.list()]
    client.uploads.cancel(upload)
    assert [file.id for file in client.files.list()] == before


def test_a_cancelled_one_leaves_nothing(client: OpenAI, fake: EngineProcess) -> None:
    upload = begin(client)
    send(client, upload, PIECES[:2])
    assert left_in(fake, upload) and client.uploads.cancel(upload).status == "cancelled" and not left_in(fake, upload)
    with pytest.raises(openai.BadRequestError, match="is cancelled"):
        send(client, upload, PIECES[:1])
    with pytest.raises(openai.BadRequestError, match="is cancelled"):
        client.uploads.cancel(upload)


def test_an_hour_later_it_has_expired(client: OpenAI, fake: EngineProcess) -> None:
    upload = begin(client)
    send(client, upload, PIECES[:2])
    with sqlite3.connect(fake.home / "engine.db") as database:
        database.execute("UPDATE uploads SET expires_at = expires_at - 3601 WHERE id = ?", (upload,))
    database.close()
    with pytest.raises(openai.BadRequestError, match="is expired") as refused:
        send(client, upload, PIECES[2:3])
    assert refused.value.code == "upload_expired" and not left_in(fake, upload)


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"bytes": 0}, "bytes"),
        ({"bytes": 8 * 2**30 + 1}, "bytes"),
        ({"bytes": "many"}, "bytes"),
        ({"purpose": "assistants"}, "purpose"),
        ({"filename": "train.csv"}, "filename"),
        ({"mime_type": None}, "mime_type"),
    ],
)
def test_an_announcement_that_cannot_be_kept_is_refused(client: OpenAI, changes: dict[str, Any], param: str) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        begin(client, **changes)
    assert refused.value.param == param


def test_a_part_has_at_most_64_mib_and_at_least_one_byte(client: OpenAI) -> None:
    upload = begin(client, 2**30)
    with pytest.raises(openai.APIStatusError) as refused:
        send(client, upload, [bytes(64 * 2**20 + 1)])
    assert refused.value.status_code == 413
    with pytest.raises(openai.BadRequestError, match="empty"):
        send(client, upload, [b""])
    small = begin(client, 10)
    send(client, small, [bytes(2**20)] * 2)
    client.uploads.cancel(upload)


def test_nobody_knows_an_upload_that_never_was(client: OpenAI) -> None:
    for call in (lambda: send(client, "upload-x", [b"x"]), lambda: client.uploads.cancel("upload-x")):
        with pytest.raises(openai.NotFoundError):
            call()
