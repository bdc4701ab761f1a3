"""OpenAI's two vocabularies, from the files that ship in vocab/: read once, verified, and never fetched from anywhere."""

import base64
import gzip
import hashlib
import threading
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.base.errors import N_, BadDataFile, BadSetting

if TYPE_CHECKING:
    import tiktoken

_FOLDER = Path(__file__).with_name("vocab")


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    """A rank file (its name, and the sha256 that tiktoken too demands of it) with the pattern that cuts text before merging."""

    file: str
    sha256: str
    pattern: str


# The patterns and hashes are those of tiktoken 0.14.0, tiktoken_ext/openai_public.py; a test compares them with the installed one.
_CL100K = _Vocabulary(
    "cl100k_base.tiktoken.gz",
    "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
    r"""'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s""",
)
_O200K = _Vocabulary(
    "o200k_base.tiktoken.gz",
    "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    "|".join(
        (
            r"""[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?""",
            r"""[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?""",
            r"""\p{N}{1,3}""",
            r""" ?[^\s\p{L}\p{N}]+[\r\n/]*""",
            r"""\s*[\r\n]+""",
            r"""\s+(?!\S)""",
            r"""\s+""",
        )
    ),
)
# harmony only adds special tokens, and counting treats those as ordinary text
_VOCABULARIES = {"cl100k_base": _CL100K, "o200k_base": _O200K, "o200k_harmony": _O200K}
ENCODINGS = tuple(_VOCABULARIES)

_lock = threading.Lock()
_loaded: dict[str, "tiktoken.Encoding"] = {}  # filled once a process, under the lock; never changed after


def encoder(name: str) -> "tiktoken.Encoding":
    """The encoder called `name`, loaded at first use (0.2 to 0.4 s); raises BadSetting for a name that does not ship, BadDataFile."""
    if name not in _VOCABULARIES:
        raise BadSetting(N_("There is no vocabulary called {name}."), N_("Use one of: {names}."), name=name, names=", ".join(ENCODINGS))
    vocabulary = _VOCABULARIES[name]
    found = _loaded.get(vocabulary.file)
    if found is None:
        with _lock:
            found = _loaded.get(vocabulary.file)
            if found is None:
                found = _loaded[vocabulary.file] = load(vocabulary.file.partition(".")[0], _FOLDER)
    return found


def ranks(name: str, folder: Path = _FOLDER) -> bytes:
    """The rank file of the vocabulary `name`, which must be exactly the published one; raises BadDataFile."""
    vocabulary = _VOCABULARIES[name]
    try:
        found = gzip.decompress((folder / vocabulary.file).read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise BadDataFile(file=vocabulary.file, problem="it is missing or damaged", details=str(error)) from error
    sha = hashlib.sha256(found).hexdigest()
    if sha != vocabulary.sha256:
        raise BadDataFile(
            file=vocabulary.file, problem="it is not the file that was shipped", details=f"sha256 {sha}, expected {vocabulary.sha256}"
        )
    return found


def load(name: str, folder: Path) -> "tiktoken.Encoding":
    """Build the encoder `name` from its file in `folder`; raises BadDataFile."""
    import tiktoken

    pairs = (line.split() for line in ranks(name, folder).splitlines())
    # No special tokens: a text that spells one is counted as the characters it is made of, as encode_ordinary does.
    return tiktoken.Encoding(
        name=name,
        pat_str=_VOCABULARIES[name].pattern,
        mergeable_ranks={base64.b64decode(token): int(rank) for token, rank in pairs},
        special_tokens={},
    )
