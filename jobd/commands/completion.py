"""`completion`: what a shell needs to complete jobd's commands and flags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import shtab

from jobd.commands.parser import whole_parser

if TYPE_CHECKING:
    from argparse import ArgumentParser

EXAMPLE = "python -m jobd completion bash > ~/.local/share/bash-completion/completions/jobd"


def add_flags(parser: ArgumentParser) -> None:
    """Which shell; powershell takes a profile of its own."""
    parser.add_argument("shell", choices=("bash", "zsh", "fish", "tcsh"))


def run(args: dict[str, Any]) -> int:
    """Print the script: for the command `jobd`, which an installation puts beside its Python."""
    print(shtab.complete(whole_parser(), args["shell"]))
    return 0
