"""One finding of doctor, and how bad all of them are together."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class State(StrEnum):
    """How bad it is. WARN: jobd works, something is amiss. FAIL: jobs fail, or are not safe."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, and what was found; made by `ok`, `warn` and `fail`.

    Attributes:
        name: One word, the same on every machine.
        state: How bad it is.
        text: What was found, in one line.
        mend: What to do, in one line; None where all is well.
    """

    name: str
    state: State
    text: str
    mend: str | None


def ok(name: str, text: str) -> Check:
    """All is well."""
    return Check(name, State.OK, text, None)


def warn(name: str, text: str, mend: str) -> Check:
    """Something is amiss."""
    return Check(name, State.WARN, text, mend)


def fail(name: str, text: str, mend: str) -> Check:
    """Jobs fail, or are not safe."""
    return Check(name, State.FAIL, text, mend)


def worst(checks: Iterable[Check]) -> State:
    """The worst state among them; OK where there is none."""
    return max((check.state for check in checks), key=list(State).index, default=State.OK)
