"""What a training has told about itself so far: the lines of its progress file, read as they come, over all of its runs."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FILE = "progress.jsonl"


class Progress:
    """Reads a progress file from where it was read last; a line that is not whole yet waits."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._read = 0

    def new(self) -> Iterator[dict[str, Any]]:
        """The records since the last time; a line that a killed process left half is passed over."""
        data = self._rest()
        end = data.rfind(b"\n") + 1
        self._read += end
        for line in data[:end].splitlines():
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if isinstance(record, dict) and isinstance(record.get("event"), str):
                yield record

    def _rest(self) -> bytes:
        if "://" not in self._folder:
            try:
                with (Path(self._folder) / FILE).open("rb") as file:
                    file.seek(self._read)
                    return file.read()
            except FileNotFoundError:
                return b""
        import fsspec  # comes with the pack; only a training on a cluster keeps its checkpoints elsewhere

        try:
            with fsspec.open(f"{self._folder.rstrip('/')}/{FILE}", "rb") as file:
                file.seek(self._read)
                return bytes(file.read())
        except FileNotFoundError:
            return b""
