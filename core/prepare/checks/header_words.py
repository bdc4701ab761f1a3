"""Words that headers of tables are made of, to tell a misspelled one: one letter away from a known word and known in no other header."""

import re
from collections import Counter
from collections.abc import Sequence

LEAST_LETTERS = 6  # shorter words have too many neighbours: "state" and "stage"

_KNOWN = frozenset(
    """
    code cost count date days flag group hour level mode name price rate scale score site size stage state store table time title type unit
    account action active activity actual address amount analysis annual anomaly answer arrival article assistant author available average
    balance baseline battery before billing birthday branch budget building capacity category change channel charge charges client closed
    comment comments company complaint completed condition confidence consumption contact content contract control correct country counter
    created currency current customer decision default delivery demand department departure description destination detected device
    difference discount distance district document duration efficiency electricity employee energy engine enquiry entered equipment error
    estimate estimated evaluation event expected expense expiry factor failure feedback female filter finished flow forecast frequency
    gender generated group handled health heating height history holiday humidity identifier income indicator industry information input
    instruction interest inventory invoice invoices issue keyword language latest latitude length location longitude machine maintenance
    manager market maximum measurement median member message messages meter minimum minutes missing mobile model monday monthly month
    morning network normal number operator option order orders origin original output package parameter partner password pattern payment
    percent percentage performance period person phone platform position possible postal power predicted prediction pressure previous
    previously price priority problem process product production profile profit project prompt province purchase quality quantity quarter
    quarterly query question questions rating reading readings reason received recommendation record reference region registered related
    remark remarks report request required response result results return revenue review reviewer running salary sample schedule season
    second section sector segment sensor sentiment series service session severity shipping signal source standard started station status
    street student subject subscription summary supplier support surname system target telephone temperature template tenant threshold
    ticket timestamp timezone today topic total traffic transaction transfer translation turbidity update updated usage username validity
    value vehicle vendor verified version visitor voltage volume warehouse warning warranty weather website weekday weekly weight width
    yearly yesterday
    alamat aktual anomali balasan bulan bulanan catatan daerah daya harian jawaban jumlah kategori keluhan keterangan kota layanan lokasi
    mingguan nama nilai nomor pelanggan pemakaian pembayaran penggunaan pertanyaan pesan rekomendasi sekarang tahunan tanggal terbaru
    """.split()
)
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def likely_typo(header: Sequence[str]) -> list[tuple[str, str]]:
    """The names with a word that looks misspelled, each with the name as it was probably meant."""
    words = {name: [word.lower() for word in _WORD.findall(name)] for name in header}
    often = Counter(word for listed in words.values() for word in set(listed))
    known = _KNOWN | {word for word, n in often.items() if n >= 2}
    found = []
    for name, listed in words.items():
        for word in dict.fromkeys(listed):
            if len(word) < LEAST_LETTERS or word in known or often[word] > 1 or _is_form(word, known):
                continue
            right = min((one for one in known if abs(len(one) - len(word)) <= 1 and _one_apart(word, one)), default=None)
            if right is not None:
                found.append((name, re.sub(re.escape(word), right, name, count=1, flags=re.IGNORECASE)))
                break
    return found


def _is_form(word: str, known: frozenset[str] | set[str]) -> bool:
    """Whether the word is a known one with an ending, or without its own."""
    return any(word == one + end or one == word + end for one in known for end in ("s", "d", "r", "n", "ly", "es") if one[:3] == word[:3])


def _one_apart(a: str, b: str) -> bool:
    from rapidfuzz.distance import DamerauLevenshtein

    return DamerauLevenshtein.distance(a, b, score_cutoff=1) == 1
