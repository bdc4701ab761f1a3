"""Words that people put over question and answer columns, in English and Indonesian."""

import re


def _one_of(words: str) -> frozenset[str]:
    return frozenset(words.split())


_QUESTION = _one_of("""
    question questions query queries prompt prompts input inputs text texts message messages ticket body complaint utterance instruction
    instructions request user human enquiry inquiry review comment tweet sentence document content description subject
    pertanyaan tanya soal masukan teks pesan keluhan kalimat ulasan komentar isi aduan permintaan deskripsi perintah
""")
_REPLY = _one_of("""
    answer answers response responses reply replies output outputs completion completions assistant solution chosen
    recommendation recommendations advice
    jawaban jawab balasan keluaran tanggapan respon respons solusi rekomendasi saran
""")
_LABEL = _one_of("""
    label labels category categories subcategory class classes target intent intents sentiment topic tag type priority department
    kategori subkategori kelas sentimen topik jenis maksud prioritas tujuan
""")
_WORD = re.compile(r"[^\W\d_]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def is_question_name(name: str) -> bool:
    """Whether a column with this name probably holds what is asked."""
    return bool(_QUESTION & _words(name))


def is_answer_name(name: str) -> bool:
    """Whether a column with this name probably holds what should be answered, as text or as a label."""
    return bool((_REPLY | _LABEL) & _words(name))


def is_reply_name(name: str) -> bool:
    """Whether the name speaks of a written reply, which goes before any label beside it."""
    return bool(_REPLY & _words(name))


def _words(name: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(_CAMEL.sub(" ", name))}
