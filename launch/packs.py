"""The packs that are added on request, the room that they need, and the build of PyTorch that fits this machine."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from launch.probe import lines
from launch.process import clean_environ
from launch.say import CannotStart, Progress

LORA = "requirements-lora.txt"
CLUSTER = "requirements-cluster.txt"
PACKS = (LORA, CLUSTER)
ASK_LIMIT_S = 300.0  # pip tries a slow index again and again; 1 s as a rule
# GB on Linux, measured 2026-11-25: what lies there afterwards, and what is fetched on the way (pip keeps it for the next time)
_SIZE, _FETCHED = 1.5, 0.5
_DEFAULT_SIZE, _DEFAULT_FETCHED = 6.2, 3.3  # torch's default build there: 5.4 GB with the libraries for NVIDIA's cards, not 0.7
_GPU_LIMIT_S = 30.0  # the driver may have to wake the card
_TRIES = 3  # of builds for the processor, where the other packages object to the newest


def asked_for(lora: bool, cluster: bool) -> tuple[str, ...]:
    """The requirement files of the packs that were asked for; the one for a cluster needs the one for small models."""
    return PACKS if cluster else (LORA,) if lora else ()


def fitting_builds(python: Path, root: Path, files: Sequence[str], say: Progress) -> Iterator[str]:
    """What to hold pip to, each a line for a constraints file, the best first; an empty one holds it to nothing.

    Looks for room on the disk before anything is fetched, and raises CannotStart where there is too little. `python` is that of
    the environment, which has pip; where these files name no PyTorch, there is nothing to hold pip to.
    """
    requirements = [line for line in lines([os.fspath(root / name) for name in files]) if re.match(r"torch\s*([<>=!~;@\[]|$)", line)]
    if not requirements:
        yield ""
        return
    installed, offered = _ask(python, root, requirements)
    if installed:
        yield f"torch=={installed}"  # as it is: no other package's wish is worth another build of it
    elif sys.platform != "linux":  # elsewhere the default build is the small one
        refuse_full_disk(root, _SIZE + _FETCHED)
        yield ""
    elif has_gpu(root):
        say.step(f"An NVIDIA card was found: taking the build of PyTorch that uses it; the pack becomes about {_DEFAULT_SIZE:.0f} GB large")
        refuse_full_disk(root, _DEFAULT_SIZE + _DEFAULT_FETCHED)
        yield "torch" + ",".join(f"!={version}" for version in offered) if offered else ""
    elif offered:
        say.step(f"Taking the build of PyTorch for the processor alone; the pack becomes about {_SIZE} GB large")
        refuse_full_disk(root, _SIZE + _FETCHED)
        yield from (f"torch=={version}" for version in offered[:_TRIES])
    else:
        say.step(
            "No build of PyTorch for the processor alone is offered where pip looks, so the default one is taken, with "
            f"libraries for NVIDIA cards: the pack becomes about {_DEFAULT_SIZE:.0f} GB large instead of {_SIZE} (see README)"
        )
        refuse_full_disk(root, _DEFAULT_SIZE + _DEFAULT_FETCHED)
        yield ""


def refuse_full_disk(root: Path, need: float) -> None:
    """Raise CannotStart where fewer than so many GB are free."""
    free = shutil.disk_usage(root).free / 1e9
    if free < need:
        raise CannotStart(
            f"The pack for small open models needs about {need:.1f} GB of room while it is installed, and the disk of {root} has "
            f"{free:.1f} GB: free some and start again; without the pack, Tunesmith starts as before."
        )


def has_gpu(root: Path) -> bool:
    """Whether NVIDIA's own tool is here and finds a card."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return False
    try:
        done = subprocess.run([tool, "-L"], cwd=root, stdin=subprocess.DEVNULL, capture_output=True, timeout=_GPU_LIMIT_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and b"GPU " in done.stdout


def _ask(python: Path, root: Path, requirements: Sequence[str]) -> tuple[str, list[str]]:
    argv = [os.fspath(python), "-I", "-X", "utf8", os.fspath(Path(__file__).with_name("builds.py")), *requirements]
    environ = clean_environ(PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_NO_INPUT="1")
    try:
        done = subprocess.run(argv, cwd=root, env=environ, stdin=subprocess.DEVNULL, capture_output=True, timeout=ASK_LIMIT_S, check=False)
    except subprocess.TimeoutExpired:
        raise CannotStart("The package index did not say in time which builds of PyTorch there are: start again later.") from None
    try:
        told = json.loads(done.stdout)
        return str(told["installed"]), list(told["offered"])
    except ValueError:
        raise CannotStart("pip could not be asked which builds of PyTorch there are.", done.stderr.decode(errors="replace")) from None
