"""Run by the environment's own Python, which may be an older one: is all that the requirement files name installed and whole?

usage: python -I probe.py requirements.txt ...     answers with one line of JSON
"""

from __future__ import annotations

import csv
import importlib.metadata
import importlib.util
import json
import os
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path


def survey(files: list[str]) -> dict[str, object]:
    """What this environment has, lacks and has lost."""
    site = sysconfig.get_path("purelib")
    pip = importlib.util.find_spec("pip") is not None
    missing, modules = required(files) if pip else (list(lines(files)), [])
    return {
        "version": list(sys.version_info[:3]),
        "platform": sysconfig.get_platform(),
        "site": site,
        "pip": pip,
        "missing": missing,
        "modules": modules,
        "damaged": damaged(site),
    }


def required(files: list[str]) -> tuple[list[str], list[str]]:
    """The requirements that are not met, and the packages to import of those that are."""
    from pip._vendor.packaging.requirements import Requirement

    missing, modules = [], []
    for line in lines(files):
        wanted = Requirement(line)
        if wanted.marker is not None and not wanted.marker.evaluate():
            continue
        try:
            dist = importlib.metadata.distribution(wanted.name)
        except importlib.metadata.PackageNotFoundError:
            missing.append(line)
            continue
        version = version_of(dist)  # "2.13.0+cpu" meets ">=2.13"
        if not version or not wanted.specifier.contains(version, prereleases=True) or not extras_met(dist, wanted.extras):
            missing.append(line)
        tops = [path.split("/")[0] for path, _ in record(dist) if path.count("/") == 1 and path.endswith("/__init__.py")]
        modules += [top for top in tops if top.isidentifier()]
    return missing, modules


def version_of(dist: importlib.metadata.Distribution) -> str | None:
    """The version of a distribution; None where an interrupted pip left a folder without one."""
    try:
        return dist.version
    except (FileNotFoundError, KeyError):  # importlib_metadata's, which takes over the lookup once it is imported: MetadataNotFound
        return None


def extras_met(dist: importlib.metadata.Distribution, extras: set[str]) -> bool:
    """Whether what these extras of a distribution add is installed."""
    from pip._vendor.packaging.requirements import Requirement

    for wanted in map(Requirement, dist.requires or ()):
        marker = wanted.marker
        if marker is None or marker.evaluate({"extra": ""}) or not any(marker.evaluate({"extra": extra}) for extra in extras):
            continue
        try:
            if not wanted.specifier.contains(importlib.metadata.version(wanted.name), prereleases=True):
                return False
        except importlib.metadata.PackageNotFoundError:
            return False
    return True


def damaged(site: str) -> list[str]:
    """Distributions without a record, or of which a file is gone or shorter than the record says, as name==version."""
    found = []
    for folder in sorted(Path(site).glob("[!~]*.dist-info")):  # with "~" begins what an interrupted pip had put aside
        files = record(importlib.metadata.Distribution.at(folder))
        if not files or any(is_lost(os.path.join(site, path), size) for path, size in files):
            found.append("==".join(folder.stem.rsplit("-", 1)))
    return found


def record(dist: importlib.metadata.Distribution) -> list[tuple[str, str]]:
    """The files of a distribution with their sizes; not by `dist.files`, which leaves out the lost ones since Python 3.12."""
    rows = csv.reader((dist.read_text("RECORD") or "").splitlines())
    return [(row[0], row[2]) for row in rows if len(row) == 3 and not row[0].endswith(".pyc")]


def is_lost(path: str, size: str) -> bool:
    """Whether the file is gone or cut; a longer one was changed on purpose, as certifi's list of certificates often is."""
    try:
        found = os.stat(path).st_size
    except OSError:
        return True
    return size != "" and found < int(size)


def lines(files: list[str]) -> Iterator[str]:
    """The requirements in these files, without comments and options."""
    for path in files:
        with open(path, encoding="utf-8") as file:
            for text in file:
                text = text.split("#")[0].strip()
                if text and not text.startswith("-"):
                    yield text


if __name__ == "__main__":
    print(json.dumps(survey(sys.argv[1:])))
