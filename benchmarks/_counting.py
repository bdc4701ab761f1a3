"""One timed count of a chat file, in a process of its own: `python -m benchmarks._counting cookbook|plain|fast PATH OUT`.

`cookbook` is the loop of OpenAI's notebook on counting tokens, written from its description: the whole file in memory, each value of each
message encoded, 3 for a message and 3 for a conversation. The vocabulary is loaded before its clock starts; of ours everything counts, the
start of the processes included. The counts of the examples go to OUT as 32-bit numbers.
"""

import gzip
import hashlib
import json
import os
import sys
import tempfile
import time
from array import array
from pathlib import Path
from typing import Any

from core.base import vocabulary
from core.estimate.counted_file import count_file

ENCODING = "o200k_base"
_ADDRESS = (
    "https://openaipublic.blob.core.windows.net/encodings/o200k_base.tiktoken"  # tiktoken's cache knows its files by the sha1 of this
)


def main(how: str, path: Path, out: Path) -> dict[str, Any]:
    """Count and write the counts; seconds, those of all processors together, and whether the accelerator was used."""
    if how == "cookbook":
        encoding = _as_published()
        began, worked = time.perf_counter(), _worked()
        counts = array("I", _cookbook(path, encoding))
        told: dict[str, Any] = {"accelerated": False}
    else:
        began, worked = time.perf_counter(), _worked()
        counted = count_file(path, ENCODING, accelerate=how == "fast")
        told = {"accelerated": counted.accelerated}
        counts = counted.all
    told |= {"seconds": time.perf_counter() - began, "worked": _worked() - worked}
    out.write_bytes(counts.tobytes())
    return told


def _worked() -> float:
    """Seconds that processors have worked for this process and those that it started and that are over."""
    return sum(os.times()[:4])


def _cookbook(path: Path, encoding: Any) -> list[int]:
    with path.open(encoding="utf-8") as file:
        dataset = [json.loads(line) for line in file]
    counts = []
    for example in dataset:
        n = 0
        for message in example["messages"]:
            n += 3
            for key, value in message.items():
                n += len(encoding.encode(value))
                if key == "name":
                    n += 1
        counts.append(n + 3)
    return counts


def _as_published() -> Any:
    """tiktoken's own encoding with its special tokens, from the file that ships here."""
    import tiktoken

    with tempfile.TemporaryDirectory() as folder:
        os.environ["TIKTOKEN_CACHE_DIR"] = folder
        packed = Path(vocabulary.__file__).with_name("vocab") / f"{ENCODING}.tiktoken.gz"
        (Path(folder) / hashlib.sha1(_ADDRESS.encode()).hexdigest()).write_bytes(gzip.decompress(packed.read_bytes()))
        return tiktoken.get_encoding(ENCODING)


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))))
