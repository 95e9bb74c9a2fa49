"""What a newcomer finds out by --help alone."""

from __future__ import annotations

import pytest

from jobd.commands.parser import COMMANDS
from tests.support.house import jobd


def help_of(command: str) -> str:
    done = jobd(*command.split(), "--help", env={"COLUMNS": "300"})
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_help_of_inspect_names_what_lies_below_it() -> None:
    said = help_of("inspect")
    below = [name for name in COMMANDS if name.startswith("inspect ")]
    assert len(below) > 1
    assert all(f"\n  {name} " in said and COMMANDS[name] in said for name in below)


@pytest.mark.parametrize(
    ("command", "states"),
    [
        ("cancel", "(running, queued, scheduled, retrying; without it all of these)"),
        ("retry", "(completed, failed, cancelled; without it failed)"),
        ("prune", "(completed, failed, cancelled; without it all of these)"),
        ("inspect watch", "(running, queued, scheduled, retrying, completed, failed, cancelled)"),
    ],
)
def test_the_help_names_the_states_that_a_command_takes(command: str, states: str) -> None:
    assert states in help_of(command)
