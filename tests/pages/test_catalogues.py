"""Translations: none missing, none that has lost a part of its sentence, and none lost when sentences come and go."""

import pytest
from babel.messages.catalog import Catalog

from core.io.connections import connections
from pages.ui import catalogues
from pages.ui.text import catalogue


def of(**translations: str) -> Catalog:
    made = Catalog(locale="id", charset="utf-8")
    for key, translated in translations.items():
        made.add(key, translated)
    return made


def test_the_catalogues_are_current_and_complete() -> None:
    """If this fails: python -m pages.ui.catalogues, then translate what is empty in locale/*/LC_MESSAGES/tunesmith.po."""
    assert catalogues.check() == []


def test_the_collector_finds_sentences_of_pages_core_engine_and_data_files() -> None:
    found = catalogues.sentences(catalogues.collect())
    assert len(found) > 800
    assert "Start training" in found
    assert "{host} needs an API key." in found
    assert "The system prompt is the same in every example, so it is not read." in found
    assert "The training file has too few examples." in found


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("t('Plain')", "Plain"),
        ("t('In ' 'pieces', n=1)", "In pieces"),
        ("st.markdown(f\"**{t('In an f-string')}**\")", "In an f-string"),
        ("tn('{n} row', '{n} rows', n)", ("{n} row", "{n} rows")),
        ("NAMES = {'a': N_('Marked')}", "Marked"),
    ],
)
def test_the_collector_reads_python(source: str, sentence: object) -> None:
    assert list(catalogues.called(source)) == [sentence]


def test_the_names_of_connections_can_be_translated() -> None:
    found = catalogues.sentences(catalogues.collect())
    assert {where.name for where in connections()} <= found


def test_a_sentence_comes_out_in_indonesian() -> None:
    indonesian = catalogue("id")
    assert indonesian.gettext("Start training") == "Mulai pelatihan"
    assert indonesian.ngettext("{n} row", "{n} rows", 1) == indonesian.ngettext("{n} row", "{n} rows", 5) == "{n} baris"


@pytest.mark.parametrize(
    ("sentence", "translated", "complaint"),
    [
        ("Start", "", "not translated"),
        ("Ask {host}", "Tanya server", "parts differ"),
        ("Ask {host}", "Tanya {tuan}", "parts differ"),
        ("Ask {host}", "Tanya {host} {host}", "parts differ"),
        ("Ask **now**", "Tanya sekarang", "parts differ"),
        ("Ask `now`", "Tanya sekarang", "parts differ"),
        (":material/info: Ask", "Tanya", "parts differ"),
        (":material/info: Ask", ":material/informasi: Tanya", "parts differ"),
        (":red[Ask]", "Tanya", "parts differ"),
        ("[Ask](https://a.example)", "[Tanya](https://b.example)", "parts differ"),
        ("Ask\nnow", "Tanya sekarang", "parts differ"),
        ("Ask {host}, **now**:\n", "**Sekarang** tanya {host}:\n", None),
        ("In {share}% of the rows: “{answer}”", "Pada {share}% baris: “{answer}”", None),
    ],
)
def test_what_is_wrong_with_a_translation_is_said(sentence: str, translated: str, complaint: str | None) -> None:
    told = list(catalogues.wrong(of(**{sentence: translated})))
    assert (not told) if complaint is None else told[0].startswith(complaint)


@pytest.mark.parametrize(
    ("form", "right"),
    [("{n} baris dari {host}", True), ("baris dari {host}", False), ("{n} baris", False), ("{n} {x} dari {host}", False), ("", False)],
)
def test_each_form_of_a_plural_has_all_its_parts(form: str, right: bool) -> None:
    made = Catalog(locale="id", charset="utf-8")
    made.add(("One row from {host}", "{n} rows from {host}"), (form,))
    assert (not list(catalogues.wrong(made))) is right


def test_a_guess_is_no_translation() -> None:
    made = Catalog(locale="id", charset="utf-8")
    made.add("Start", "Mulai", flags=["fuzzy"])
    assert [line.split(":")[0] for line in catalogues.wrong(made)] == ["a guess"]
    assert catalogues.merged(of(Start=""), made).get("Start").string == ""


def test_an_update_keeps_what_still_stands_and_guesses_nothing() -> None:
    old = of(**{"Start": "Mulai", "Stop it": "Hentikan", "{n} row": "{n} baris"})
    found = Catalog(charset="utf-8")
    for key in ("Start", "Stop it now", ("{n} row", "{n} rows")):
        found.add(key)
    new = catalogues.merged(found, old)
    assert {key: new.get(key).string for key in ("Start", "Stop it now")} == {"Start": "Mulai", "Stop it now": ""}
    assert not any(new.get("{n} row").string)  # a plural is another sentence than its singular
    assert new.get("Stop it") is None


def test_a_catalogue_is_written_the_same_way_every_time() -> None:
    for code, kept in catalogues.translations().items():
        again = catalogues.written(catalogues.merged(catalogues.collect(), kept))
        assert again == catalogues.catalogue_file(code).read_bytes()
