"""Words that say which way a number went, in English and Indonesian, and words around them that make it no statement of fact."""

import re
from collections.abc import Mapping
from typing import Final

# What rises and falls wherever it stands. Forms that are also orders ("reduce", "lower the set point") are below.
_UP = r"""
rose|rises?|risen|rising|climb(?:s|ed|ing)?|grew|grows?|grown|growing|growth|increases?|increased|increasing|soar(?:s|ed|ing)?|surg(?:e|es|ed|ing)|
jump(?:s|ed|ing)?|spik(?:e|es|ed|ing)|leap(?:s|t|ed)?|leapt|shot\s+up|swell(?:s|ed|ing)?|swollen|swelled|gain(?:s|ed|ing)?|upturn|uptick|upswing|upsurge|
upward(?:s|ly)?|escalat(?:e|es|ed|ing|ion)|mount(?:s|ed|ing)|balloon(?:s|ed|ing)|rocket(?:s|ed|ing)|skyrocket(?:s|ed|ing)?|doubl(?:e|es|ed|ing)|tripl(?:e|es|ed|ing)|
exceed(?:s|ed|ing)?|surpass(?:es|ed|ing)?|outstrip(?:s|ped|ping)?|outpac(?:e|es|ed|ing)|overtook|overtakes|overshot|overshoot|overshoots?|tops|topped|
higher|greater|larger|bigger|heavier|elevated|ahead\s+of|in\s+excess\s+of|rebound(?:s|ed|ing)?|widen(?:s|ed|ing)|inflat(?:es|ed|ing|ion)|enlarg(?:es|ed|ing|ement)|quicken(?:s|ed|ing)|accelerat(?:es|ed|ing|ion)|
boosted|raised|lifted|heightened|multiplied|bulg(?:e|es|ed|ing)|hiked?|hikes|amplified|magnified|outdid|outgrew|outran|outweigh(?:s|ed)|excess|surplus|plus|bumped\s+up|(?:built|run|ran)\s+up|
build-?up|run-?up|escalated|advanced|picked\s+up|warmed\s+up|scaled\s+up|expan(?:ds|ded|ding|sion)|intensif(?:ies|ied)|strengthen(?:s|ed)|
(?:went|gone|going|goes|ticked|crept|creeping|moved|edged|trended|trending|pointing|points|picked|stepped|pushed|driven|drifted|is|was|are|were|been)\s+(?:\w+ly\s+)?up(?!\s+to\b)|
naik|meningkat|kenaikan|peningkatan|lonjakan|melonjak|melesat|melambung|meroket|membengkak|membesar|bertambah|pertambahan|penambahan|tumbuh|pertumbuhan|
terkerek|terdongkrak|terangkat|terungkit|kelebihan|surplus|membubung|mendaki|menggelembung|memuncak|berlipat|bengkak|pembengkakan|tambahan|terakselerasi|
mengembang|(?:se)?makin\s+(?:tinggi|besar|banyak|boros)|melampaui|melebihi|mengungguli|menanjak|meninggi|menguat|di\s+atas|lebih\s+(?:tinggi|besar|banyak|boros|berat)|meningkatnya|naiknya|bertambahnya
"""
_DOWN = r"""
fell|falls?|fallen|falling|drop(?:s|ped|ping)?|declin(?:e|es|ed|ing)|decreas(?:e|es|ed|ing)|sank|sinks?|sunk|sinking|plung(?:e|es|ed|ing)|slump(?:s|ed|ing)?|
dip(?:s|ped|ping)?|slid|slides?|sliding|slip(?:s|ped|ping)|shr[aiu]nk(?:s|en)?|shrinking|shrinkage|tumbl(?:e|es|ed|ing)|plummet(?:s|ed|ing)?|collaps(?:e|es|ed|ing)|
eas(?:es|ed|ing)|subsid(?:es|ed|ing)|dwindl(?:es|ed|ing)|diminish(?:es|ed|ing)?|contract(?:s|ed|ing|ion)|downturn|downtick|downswing|downward(?:s|ly)?|
reduc(?:ed|tion|tions)|lost|loses|halv(?:ed|es|ing)|lower|smaller|lighter|fewer|reced(?:es|ed|ing)|retreat(?:s|ed|ing)|weaken(?:s|ed|ing)|
undercut(?:s|ting)?|undershot|undershoot|undershoots?|trail(?:s|ed|ing)|lag(?:s|ged|ging)?|short\s+of|sav(?:es|ed)|savings?|slow(?:ed|s)|cooled|ebb(?:s|ed|ing)|minus|narrow(?:s|ed|ing)|deflat(?:es|ed|ing|ion)|slacken(?:s|ed|ing)|lessen(?:s|ed|ing)|
abat(?:es|ed|ing)|fad(?:es|ed|ing)|taper(?:s|ed|ing)|trimmed|shaved|slashed|curbed|cuts?\s+(?:of|by(?=\s+\d))|(?:was|were|been|has|have|had)\s+cut|cutbacks?|(?:dialled|dialed|scaled|pared|cut|drew|held)\s+back|
tailed\s+off|dropped\s+off|fell\s+away|taken\s+off|knocked\s+off|deficit|shortfall|lowered|depleted|relented|softened|regress(?:es|ed)|backed\s+off|wound\s+down|calmed|wan(?:es|ed|ing)|
(?:went|gone|going|goes|ticked|crept|creeping|moved|edged|trended|trending|pointing|points|came|come|comes|stepped|driven|drifted|is|was|are|were|been)\s+(?:\w+ly\s+)?down|
turun|menurun|penurunan|merosot|kemerosotan|anjlok|jatuh|berkurang|pengurangan|menyusut|susut|penyusutan|mengecil|melemah|melorot|terjun|ambruk|surut|
di\s+bawah|lebih\s+(?:rendah|kecil|sedikit|hemat|irit|ringan)|tergerus|terpangkas|kekurangan|defisit|terkikis|menipis|mengempis|terkoreksi|koreksi|menyempit|melandai|mereda|
melambat|amblas|ambles|longsor|terpotong|terjungkal|kontraksi|berkontraksi|mengendur|menukik|tersusut|(?:se)?makin\s+(?:rendah|kecil|sedikit|hemat)|menurunnya|turunnya|berkurangnya
"""
_FLAT = r"""
unchanged|stable|flat|constant|level\s+with|steady|steadily\s+at|(?:the\s+)?same\s+(?:as|level)|(?:no|little|minimal|negligible)\s+(?:\w+\s+)?(?:change|movement|difference|deviation|variation|shift|fluctuation)|consistent\s+with|
(?:hardly|barely|scarcely)\s+(?:any\s+)?(?:changed?|moved?|movement|change|difference|differs?)|(?:has|have|had)\s+not\s+(?:changed|moved)|(?:did|does|do)\s+not\s+(?:change|move|differ)|
(?:next\s+to\s+)?nothing\s+(?:has\s+)?(?:changed|moved)|on\s+(?:a\s+)?par\s+with|in\s+line\s+with|in\s+step\s+with|(?:at|on)\s+the\s+level\s+of|at\s+the\s+same\s+level|(?:much|about|almost|roughly|just|nearly)\s+the\s+same|no\s+different|plateau(?:s|ed|ing)?|sideways|(?:has|have|had)\s+not\s+budged|
(?:did|does)\s+not\s+budge|in\s+balance\s+with|identical|equal\s+to|comparable|similar|static|
stabil|tetap|konstan|datar|sama\s+(?:dengan|seperti)|(?:tidak|tak)\s+(?:\w+\s+)?(?:berubah|perubahan)|(?:tidak|tak)\s+ada\s+(?:\w+\s+)?perubahan|setara|sebanding|serupa|mendatar|seimbang|setingkat|tidak\s+bergerak|sama\s+saja
"""
# Only beside a percentage or a comparison: "12% more", "more than last week"; "more" alone is "one more look".
_UP_BESIDE = r"adds|added|more|extra|above|over|beyond|past|up|hotter|on\s+top|additional"
_DOWN_BESIDE = r"less|below|beneath|under|down|behind|off|short|cooler"

WAYS: Final[Mapping[str, int]] = {"up": 1, "down": -1, "flat": 0, "upbeside": 1, "downbeside": -1}


def _joined(words: str) -> str:
    return "|".join(word.strip() for word in words.replace("\n", "").split("|") if word.strip())


WORD: Final = re.compile(
    rf"\b(?:(?P<flat>{_joined(_FLAT)})|(?P<up>{_joined(_UP)})|(?P<down>{_joined(_DOWN)})|(?P<upbeside>{_UP_BESIDE})|(?P<downbeside>{_DOWN_BESIDE}))\b",
    re.IGNORECASE,
)
# "Continues to rise" is no order
GOES_ON: Final = re.compile(r"\b(?:continu\w+|tend\w*|beg[aiu]n\w*|start\w*|seem\w*|appear\w*|prov\w+|happen\w*)\s+to\s+$", re.IGNORECASE)
# Directly before a word of `_UP_BESIDE` or `_DOWN_BESIDE`: a percentage in digits or words
PERCENT_BEFORE: Final = re.compile(r"(?:%|\bper\s?cent|\bpercent|\bpersen)\s+(?:\w+ly\s+)?$", re.IGNORECASE)
# Directly behind one: what it is compared with or by how much
COMPARED_BEHIND: Final = re.compile(
    r"\s+(?:[\w'’]+\s+){0,4}?than\b(?!\s+\d)|\s+(?:on|from|against|versus|vs|compared|relative)\b|\s+(?:by\s+)?\d|\s+(?:by\s+)?[\w-]+\s+(?:percent|per\s?cent|persen)\b|\s+(?:the\s+)?(?:usual|normal|average|typical|limit|threshold|forecast|target|last|yesterday|previous)",
    re.IGNORECASE,
)
# These also where nothing but the name of what is compared with stands behind: "above the month before"; "over the month" is a time
PLACED: Final = frozenset({"above", "below", "beneath", "under", "behind"})
# Forms that are also an order or a plan: no statement where they begin a clause or stand behind one of these.
ORDER: Final = re.compile(
    r"(?:increases?|decreases?|drop|lower|dip|surge|jump|gain|climb|rise|fall|grow|double|slip|slide|shrink|sink|exceed|trail|lag|contract|ease|spike|swell|leap|turun|naik|hemat)",
    re.IGNORECASE,
)
BEFORE_ORDER: Final = re.compile(
    r"(?:^|\b(?:to|and|then|or|please|do\s+not|don['’]t|also|should|must|untuk|agar|mohon|tolong)\s+)$", re.IGNORECASE
)
THAN_BEHIND: Final = re.compile(r"\s+(?:[\w'’]+\s+){0,3}?(?:than|daripada|ketimbang)\b", re.IGNORECASE)
# Behind these nothing is said of what was measured.
SUPPOSED: Final = re.compile(
    r"\b(?:if|seldom|rarely|sometimes|should|whether|until|unless|would|could|may|might|can|will|shall|must|in\s+case|once|so\s+that|in\s+order|expect(?:s|ed)?\s+to|likely|aim\w*|avoid\w*|prevent\w*|"
    r"next(?!\s+to\b)|further|any|another|future|possible|allow\w*|before\s+it|"
    r"jika|bila|apabila|kalau|akan|agar|supaya|untuk|mungkin|bisa|dapat|apakah|kemungkinan|sampai|hindari|mencegah|cegah|semoga|andai)\b",
    re.IGNORECASE,
)
# What a sentence begins with that supposes all of it: "If usage rises and stays above ..."
CONDITION: Final = re.compile(
    r"(?:if|should|unless|until|whether|in\s+case|once|jika|bila|apabila|kalau|andai|seandainya)\b", re.IGNORECASE
)
NEGATED: Final = re.compile(
    r"(?:\b(?:not|no|never|without|neither|nor|none|cannot|tidak|tak|bukan|belum|tanpa|jangan)|n['’]t)\s+(?:(?!only\b|hanya\b)[\w'’]+\s+){0,2}$",
    re.IGNORECASE,
)
# "a steady rise", "less growth": the word is about how something moves, or how much it moves
HOW: Final = re.compile(
    r"\s*(?:rise|rising|growth|growing|increase|increasing|climb|fall|falling|decline|decrease|drop|upward|downward|naik|turun)\b",
    re.IGNORECASE,
)
