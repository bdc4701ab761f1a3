"""One of the processes that count a large file: python -m core.estimate.counting_process PATH ENCODING END fast|plain.

It is told pieces ([start, end] in bytes, one a line) on its standard input and answers each with lines of JSON, arrays after the last.
When the input ends, which it does when the parent is killed, the process ends at once, whatever it is doing.
"""

import gc
import json
import os
import queue
import sys
import threading
from functools import partial
from pathlib import Path
from typing import Any

from core.base.line_counter import LineCounter
from core.estimate.counted_file import count_lines


def main(path: str, encoding: str, end: int, accelerate: bool) -> None:
    """Count pieces of a file until there are no more to count."""
    gc.set_threshold(100_000)  # millions of small objects come and go, none of them in circles
    pieces: queue.Queue[list[int]] = queue.Queue()
    threading.Thread(target=_listen, args=(pieces,), daemon=True).start()
    counter = LineCounter(encoding, accelerate=accelerate)
    with Path(path).open("rb") as file:
        while True:
            start, stop = pieces.get()
            count_lines(file, counter, start, stop, end, partial(_tell, start))
            arrays = b"".join(one.tobytes() for one in (counter.all, counter.answers, counter.starts))
            _say(
                {
                    "start": start,
                    "done": stop - start,
                    "n": len(counter.all),
                    "guessed": counter.guessed,
                    "fast": counter.is_accelerated,
                    "bytes": len(arrays),
                },
                arrays,
            )
            for one in (counter.all, counter.answers, counter.starts):
                del one[:]


def _listen(pieces: "queue.Queue[list[int]]") -> None:
    for line in sys.stdin.buffer:
        pieces.put(json.loads(line))
    os._exit(0)


def _tell(start: int, done: int) -> None:
    _say({"start": start, "done": done})


def _say(line: dict[str, Any], arrays: bytes = b"") -> None:
    sys.stdout.buffer.write(json.dumps(line).encode() + b"\n" + arrays)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4] == "fast")
