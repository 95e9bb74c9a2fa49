"""`service`: jobd under systemd."""

from __future__ import annotations

from typing import Any

from jobd.systemd import command

EXAMPLE = "python -m jobd service install --user app --root /srv/videos"

add_flags = command.add_flags


def run(args: dict[str, Any]) -> int:
    """Do it, and say what was done."""
    for line in command.run(args):
        print(line)
    return 0
