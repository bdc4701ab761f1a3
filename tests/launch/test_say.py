"""What is printed can be read on a terminal and in a log; pip's failures become one sentence."""

import io
from collections.abc import Callable

import pytest

from launch.packages import meaning
from launch.say import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock() -> tuple[Callable[[], float], Callable[[float], None]]:
    now = [100.0]
    return lambda: now[0], lambda seconds: now.__setitem__(0, now[0] + seconds)


def test_terminal_shows_a_passing_state_on_one_line(clock: tuple[Callable[[], float], Callable[[float], None]]) -> None:
    time, wait = clock
    stream = Terminal()
    say = Progress(stream, time)
    say.passing("Installing 45 packages: 9/45")
    wait(3)
    say.passing("Installing 45 packages")
    say.step("Installed")
    shown = stream.getvalue().split("\r")
    assert shown[1] == "[   0 s] Installing 45 packages: 9/45"
    assert shown[2] == "[   3 s] Installing 45 packages".ljust(len(shown[1])), "what stood there before is covered"
    assert shown[-1] == "[   3 s] Installed\n"


def test_log_gets_a_passing_state_every_ten_seconds(clock: tuple[Callable[[], float], Callable[[float], None]]) -> None:
    time, wait = clock
    stream = io.StringIO()
    say = Progress(stream, time)
    say.step("Begin")
    for second in range(25):
        say.passing(f"state {second}")
        wait(1)
    assert stream.getvalue().splitlines() == ["[   0 s] Begin", "[  10 s] state 10", "[  20 s] state 20"]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("WARNING: Retrying ... NewConnectionError: Failed to establish a new connection: [Errno 111]", "check the network"),
        ("ERROR: Could not find a version that satisfies the requirement plotly (from versions: none)", "check the network"),
        ("WARNING: SSLError(SSLCertVerificationError: CERTIFICATE_VERIFY_FAILED)", "a certificate that this machine does not trust"),
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "The disk is full"),
        ("ERROR: Could not install: [WinError 32] The process cannot access the file", "in use or protected"),
        ("ERROR: No matching distribution found for pandas>=3.0", "is not offered for this Python and system"),
        ("ERROR: Ignored the following versions that require a different python version: 3.0", "use Python 3.11"),
        ("something new", "pip's reason is below"),
    ],
)
def test_each_failure_of_pip_gets_its_sentence(line: str, sentence: str) -> None:
    assert sentence in meaning(["Collecting streamlit", line])
