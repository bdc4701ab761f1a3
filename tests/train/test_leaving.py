"""What personal data leaves with a training: counted in the rows of its files, after the repairs, and of pairs in both answers."""

import json
from dataclasses import replace
from typing import Any

import pytest

from core.io.workspace import Dataset, Workspace
from core.prepare.checks.private import CHECKS
from core.prepare.work import save
from core.train.leaving import KINDS, Leaving, Private, private_data
from tests.prepare.builders import csv_bytes
from tests.train.workbench import NOW

MAIL = "write to anna.smith{at}@gmail.com"


def saved(ws: Workspace, data: bytes, name: str, draft: dict[str, Any]) -> Dataset:
    project = ws.create_project("Private", now=NOW)
    args = {"source": ws.put_file(data, name, now=NOW).sha256, "name": name, "draft": draft, "min_examples": 10, "project": project.id}
    made = save(ws, args, lambda done, total: None, clock=lambda: NOW)
    return ws.dataset(made["dataset_id"])


def of_table(ws: Workspace, **draft: Any) -> Dataset:
    """40 labelled questions; in every fourth stands the address of a person, in the fifth a key."""
    rows = [[f"Case {at}: " + (MAIL.format(at=at) if at % 4 == 0 else "what is due?"), ("card", "loan")[at % 2]] for at in range(40)]
    rows[5][0] += " sk-proj-Zx81hQm2Lp0Vn47Rt6Yb3Kd9Wc5Sf1Ga2He8J"
    return saved(ws, csv_bytes([["question", "label"], *rows]), "cases.csv", draft)


def lines_with(ws: Workspace, shas: tuple[str | None, ...], text: str) -> int:
    return sum(text in line for sha in shas if sha for line in ws.read_file(sha).decode().splitlines())


def test_the_kinds_are_those_of_the_check() -> None:
    codes = {code for check in CHECKS for code in check.finds}
    assert {code for code in codes if not code.startswith("own_test_")} == set(KINDS)


def test_the_rows_that_leave_are_counted_and_those_of_the_test_are_not(ws: Workspace) -> None:
    dataset = of_table(ws)
    sent = (dataset.train_sha, dataset.validation_sha)
    mails = lines_with(ws, sent, "@gmail.com")
    assert 0 < mails < 10, "some of the ten stand in the test"
    found = {one.code: one.rows for one in private_data(dataset, "supervised").found}
    assert found["personal_email"] == mails
    assert found.get("secret_key", 0) == lines_with(ws, sent, "sk-proj")
    assert not private_data(dataset, "supervised").perhaps_worse


def test_of_rows_that_are_sent_by_themselves_only_those_count(ws: Workspace) -> None:
    dataset = of_table(ws)
    test = dataset.split["rows"]["test"]
    found = {one.code: one.rows for one in private_data(dataset, "supervised", test).found}
    assert found["personal_email"] == lines_with(ws, (dataset.test_sha,), "@gmail.com") > 0
    assert private_data(dataset, "supervised", ()) == Leaving()


def test_what_a_repair_has_masked_does_not_leave(ws: Workspace) -> None:
    dataset = of_table(ws, steps=[{"repair": "mask_personal"}, {"repair": "mask_secrets"}])
    assert lines_with(ws, (dataset.train_sha, dataset.validation_sha), "@gmail.com") == 0
    assert private_data(dataset, "supervised") == Leaving()


def test_of_pairs_both_answers_count_where_both_are_sent(ws: Workspace) -> None:
    records = [{"prompt": f"What does shop number {at} sell?", "chosen": f"It sells {at} kinds of tea."} for at in range(40)]
    pairs = [one | {"rejected": MAIL.format(at=at) if at % 4 == 0 else f"Who knows, {at}."} for at, one in enumerate(records)]
    dataset = saved(ws, "".join(json.dumps(one) + "\n" for one in pairs).encode(), "pairs.jsonl", {})
    mails = lines_with(ws, (dataset.pairs_train_sha, dataset.pairs_validation_sha), "@gmail.com")
    assert mails > 0 and private_data(dataset, "dpo") == Leaving((Private("personal_email", mails),))
    assert lines_with(ws, (dataset.train_sha, dataset.validation_sha), "@gmail.com") == 0
    assert private_data(dataset, "supervised").perhaps_worse, "the worse answers stay here, which the findings do not tell apart"


@pytest.mark.parametrize(("n", "at_least"), [(3, False), (50_000, True)])
def test_of_a_finding_whose_rows_were_not_all_kept_the_number_is_the_least(ws: Workspace, n: int, at_least: bool) -> None:
    dataset = of_table(ws)
    rows = dataset.split["rows"]["train"][:3]
    known = replace(dataset, findings=[{"code": "personal_phone", "rows": rows, "n": n}, {"code": "duplicates", "rows": rows, "n": 3}])
    assert private_data(known, "supervised").found == (Private("personal_phone", 3, at_least),)
