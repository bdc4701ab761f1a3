"""pip, with its chatter boiled down to how far it is and its failures to one sentence."""

import re
import time
from collections.abc import Sequence
from pathlib import Path

from launch.process import clean_environ, watch
from launch.say import CannotStart, Progress

LOG = "pip.log"
# what pip says, and what it means; the first that fits
_MEANINGS = (
    (r"No space left on device|not enough space", "The disk is full: free about 2 GB and start again."),
    (
        r"Permission denied|Access is denied|WinError 32",
        "A file of the environment is in use or protected: close the running app and start again.",
    ),
    (
        r"SSLError|CERTIFICATE_VERIFY_FAILED",
        "The packages could not be downloaded: the package index showed a certificate that this machine does not trust.",
    ),
    (
        r"Ignored the following versions that require a different python",
        "A package that Tunesmith needs is not offered for this Python: use Python 3.11, 3.12 or 3.13.",
    ),
    (
        r"NewConnectionError|NameResolutionError|Temporary failure in name resolution|getaddrinfo failed|Connection refused|"
        r"nodename nor servname|Network is unreachable|Connection broken|ReadTimeout|ConnectTimeout|Max retries exceeded|ProxyError|"
        r"from versions: none",
        "The packages could not be downloaded: check the network (and the proxy) and start again; what has arrived is kept.",
    ),
    (
        r"No matching distribution found for torch==\S+\+cpu",
        "The build of PyTorch for the processor alone is no longer offered where pip looks: set PIP_EXTRA_INDEX_URL or PIP_FIND_LINKS as "
        "you did when the pack was added, and start again.",
    ),
    (
        r"No matching distribution found|Could not find a version",
        "A package that Tunesmith needs is not offered for this Python and system: use a 64-bit Python 3.11, 3.12 or 3.13.",
    ),
    (r"DO NOT MATCH THE HASHES", "A downloaded package was damaged: start again."),
)
_UNKNOWN = "The packages could not be installed; pip's reason is below."
_CONFLICT = "ResolutionImpossible"


class Conflict(CannotStart):
    """No choice of versions satisfies all packages."""


def install(python: Path, root: Path, arguments: Sequence[str], site: Path, log: Path, say: Progress) -> None:
    """Run `pip install` with these arguments, showing how many of how many packages; raises CannotStart with a sentence.

    `site` is where the packages come to lie, `log` gets all that pip said.
    """
    watcher = _Watcher(site, say)
    # -I: a PYTHONPATH of the user's must not make pip believe that a package is there; PIP_USER and PIP_TARGET would install elsewhere
    environ = clean_environ(PIP_USER="0", PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_NO_INPUT="1")
    for name in ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT"):
        environ.pop(name, None)
    argv: list[str | Path] = [python, "-I", "-X", "utf8", "-m", "pip", "install", "--progress-bar", "off", "--prefer-binary", *arguments]
    code, lines = watch(argv, cwd=root, environ=environ, line=watcher.line, tick=watcher.tick)
    log.write_text("\n".join(lines) + "\n", encoding="utf-8")
    if code:
        kind = Conflict if any(_CONFLICT in line for line in lines) else CannotStart
        raise kind(meaning(lines), "\n".join([*_last_words(lines), f"All that pip said: {log}"]))
    if watcher.total:
        say.step(f"Installed {_packages(watcher.total)}")


def meaning(lines: Sequence[str]) -> str:
    """One sentence for the failure that these lines of pip's tell of."""
    text = "\n".join(lines)
    return next(
        (sentence for pattern, sentence in _MEANINGS if re.search(pattern, text)),
        _UNKNOWN,
    )


def _last_words(lines: Sequence[str]) -> list[str]:
    return [line for line in lines if line.startswith("ERROR")][-3:] or list(lines[-3:])


class _Watcher:
    """Reads along: looking for packages, fetching them, installing them."""

    def __init__(self, site: Path, say: Progress) -> None:
        self._site = site
        self._say = say
        self._began = 0.0
        self._found = 0
        self._doing = "Looking for packages"
        self.total = 0

    def line(self, text: str) -> None:
        if text.startswith("Collecting "):
            self._found += 1
            name = re.split(r"[<>=!~;\[ (@]", text.removeprefix("Collecting "))[0]
            self._doing = f"Fetching packages: {self._found} so far, now {name}"
        elif text.lstrip().startswith("Building wheel"):
            self._doing = text.strip()
        elif "Retrying (Retry(" in text:
            self._doing = "The package index does not answer; trying again"
        elif text.startswith("Installing collected packages: "):
            self.total = text.count(",") + 1
            self._began = time.time()
            self._say.step(f"Installing {_packages(self.total)}")

    def tick(self) -> None:
        if self.total:
            # pip falls silent here, but writes each package's RECORD when the package is in place
            done = sum(1 for record in self._site.glob("*.dist-info/RECORD") if _newer(record, self._began))
            self._doing = f"Installing {_packages(self.total)}: {min(done, self.total)}/{self.total}"
        self._say.passing(self._doing)


def _packages(number: int) -> str:
    return "1 package" if number == 1 else f"{number} packages"


def _newer(path: Path, moment: float) -> bool:
    try:
        return path.stat().st_mtime >= moment - 1  # file systems with whole seconds
    except FileNotFoundError:
        return False
