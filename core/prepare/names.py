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
_SYSTEM = _one_of("system systemprompt sistem persona")
_INSTRUCTION = _one_of("instruction instructions prompt prompts task instruksi perintah tugas")
_CONVERSATION = _one_of("conversation conversations dialog dialogue thread chat session percakapan obrolan dialog sesi utas")
_TURN = _one_of("turn turns order position index step seq sequence sort urutan giliran langkah posisi")
_TIME = _one_of("time timestamp date datetime created sent at waktu tanggal jam dikirim dibuat")
_ROLE = _one_of("role roles speaker sender author from who participant peran pengirim penulis pembicara dari")
_TEXT = _one_of("text message content body utterance value messages teks pesan isi ucapan")
_WEIGHT = _one_of("weight weights bobot")
_TOOLS = _one_of("tools functions")
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


def is_system_name(name: str) -> bool:
    """Whether a column with this name holds a system prompt."""
    return bool(_SYSTEM & _words(name))


def is_instruction_name(name: str) -> bool:
    """Whether the name speaks of an instruction, which may be the system prompt where a question stands beside it."""
    return bool(_INSTRUCTION & _words(name))


def is_conversation_name(name: str) -> bool:
    """Whether the column probably says which conversation a row is of."""
    return bool(_CONVERSATION & _words(name))


def order_rank(name: str) -> int:
    """How likely the column gives the order of turns: 0 not at all, 1 a time, 2 a number of the turn."""
    return 2 if _TURN & _words(name) else 1 if _TIME & _words(name) else 0


def is_role_name(name: str) -> bool:
    """Whether the column probably says who speaks."""
    return bool(_ROLE & _words(name))


def is_text_name(name: str) -> bool:
    """Whether the column probably holds the text of a message."""
    return bool(_TEXT & _words(name))


def is_weight_name(name: str) -> bool:
    """Whether the column says which answers are to be learned."""
    return bool(_WEIGHT & _words(name))


def is_tools_name(name: str) -> bool:
    """Whether the column lists the functions that the model may call."""
    return bool(_TOOLS & _words(name))


def _words(name: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(_CAMEL.sub(" ", name))}
