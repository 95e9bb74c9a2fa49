"""The command line's parser: only the chosen command is imported, so that a look is quick."""

from __future__ import annotations

import argparse
import importlib
from typing import TYPE_CHECKING, NoReturn

from jobd import __version__
from jobd.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Commands = argparse._SubParsersAction["Parser"]  # noqa: SLF001

# Name → its help. A command's file has its name: `add_flags`, `run`, and `EXAMPLE`, a line to try.
COMMANDS = {
    "serve": "run the daemon",
    "inspect": "show the daemon, the queue and its jobs",
    "inspect logs": "show what was said of a job: by its handler, and by the daemon",
    "inspect watch": "the queue or one job, live",
    "inspect frames": "draw what a job made, as a contact sheet",
    "inspect stats": "say what was done in the last hours",
    "retry": "queue jobs again that have ended",
    "cancel": "cancel jobs that wait or run",
    "pause": "start no more jobs of a kind",
    "resume": "start jobs of a kind again",
    "prune": "delete jobs that have ended",
    "metrics": "the queue in figures, for Prometheus",
    "doctor": "say what is amiss here, each with its mend",
    "init": "make the queue file",
    "adopt": "queue what videos lack and no row covers",
    "service": "a systemd service: install, uninstall, print",
    "schema": "print the queue's SQL",
    "types": "print the payloads as TypeScript",
    "completion": "print what a shell needs to complete these commands",
    "manual": "print the manual page",
}


class Parser(argparse.ArgumentParser):
    """One whose complaints are one line, like all others; argparse prints the usage before them."""

    def error(self, message: str) -> NoReturn:
        """Refuse what was typed.

        Raises:
            UsageError: Always.
        """
        raise UsageError(f"{message} (see {self.prog} --help)")


def parser_for(argv: Sequence[str]) -> argparse.ArgumentParser:
    """The parser, with the flags of the command that the words name."""
    parser, commands = _parser()
    for name in COMMANDS:
        command = _add(commands, name, name)
        if name in argv:
            _fill(command, name)
    return parser


def joined(argv: Sequence[str]) -> list[str]:
    """`inspect logs 7` is the command "inspect logs" with 7: else logs would be inspect's ID."""
    name = " ".join(argv[:2])
    return [name, *argv[2:]] if name in COMMANDS else list(argv)


def whole_parser() -> argparse.ArgumentParser:
    """All commands with all flags, one within the other: to be described, not to parse."""
    parser, commands = _parser()
    parser.prog = "jobd"
    nested: dict[str, Commands] = {}
    for name in COMMANDS:
        above, _, last = name.rpartition(" ")
        if above and above not in nested:
            nested[above] = commands.choices[above].add_subparsers(required=False)
        _fill(_add(nested.get(above, commands), last, name), name)
    return parser


def leaves(
    parser: argparse.ArgumentParser, above: str = ""
) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Every command of a whole parser by its full name, those within another after it."""
    for action in parser._actions:  # noqa: SLF001 - argparse has no other way to list them
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            for name, command in action.choices.items():
                yield f"{above}{name}", command
                yield from leaves(command, f"{above}{name} ")


def _parser() -> tuple[Parser, Commands]:
    parser = Parser(prog="python -m jobd", description="A durable job daemon for work on video.")
    parser.add_argument("--version", action="version", version=f"jobd {__version__}")
    return parser, parser.add_subparsers(required=True, metavar="COMMAND")


def _add(commands: Commands, shown: str, name: str) -> argparse.ArgumentParser:
    text = COMMANDS[name]
    shape = argparse.RawDescriptionHelpFormatter
    command: argparse.ArgumentParser = commands.add_parser(
        shown, help=text, description=text, formatter_class=shape
    )
    return command


def _fill(command: argparse.ArgumentParser, name: str) -> None:
    """Import the command's file, and let it say what it takes."""
    module = importlib.import_module(f"jobd.commands.{name.replace(' ', '_')}")
    module.add_flags(command)
    command.epilog = f"example:\n  {module.EXAMPLE}"
    within = [other for other in COMMANDS if other.startswith(f"{name} ")]
    if within:
        command.description = f"{command.description}\n\nmore, each with a --help of its own:"
        command.description += "".join(f"\n  {w:<16}{COMMANDS[w]}" for w in within)
    command.set_defaults(command=module.run)
