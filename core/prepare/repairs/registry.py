"""What a repair is: a pure function over the rows that it names, with the words that offer it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from core.base.types import Example
from core.prepare.checks.registry import Examined

Params = Mapping[str, Any]
Changer = Callable[[Example], Example | None]


@dataclass(frozen=True, slots=True)
class Repair:
    """A way to mend: `finds` names the rows for a step that brings none; `changer` gives the function from an example to the new one.

    The function answers None to leave a row out. Both see all examples, so that a change may depend on the whole data (one spelling for
    a class, the same mask for the same name), and the step's parameters, plain JSON. `settles` are the codes of reading that this step
    accepts as they are: their findings become "info". A `safe` repair loses nothing that anybody could want to keep: those are offered
    together in one click. One that comes `first` knows its rows by the answers of the file: it is done before written answers take their
    place. One that holds `everywhere` changes texts by what they say, not by their rows: the user's own test file is changed alike, or the
    model would be tested on other texts than it was taught.
    """

    name: str
    label: str
    explain: str
    finds: Callable[[Examined, Params], tuple[int, ...]]
    changer: Callable[[Examined, Params], Changer]
    settles: frozenset[str] = frozenset()
    safe: bool = False
    first: bool = False
    everywhere: bool = False


def always(change: Changer) -> Callable[[Examined, Params], Changer]:
    """A changer that looks at nothing but the one example."""
    return lambda examined, params: change


def leave_out(example: Example) -> None:
    """The change that drops the row."""
    return None


def nothing(examined: Examined, params: Params) -> tuple[int, ...]:
    """The rule of a repair that is always given its rows."""
    return ()
