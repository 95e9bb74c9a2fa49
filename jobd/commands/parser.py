"""The command line's parser: only the chosen command is imported, so that a look is quick."""

from __future__ import annotations

import argparse
import importlib
from typing import TYPE_CHECKING

from jobd import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Name → its help. A command's file has its name: `add_flags`, `run`, and `EXAMPLE`, a line to try.
COMMANDS = {
    "serve": "run the daemon",
    "inspect": "show the daemon, the queue and its jobs",
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
}


def parser_for(argv: Sequence[str]) -> argparse.ArgumentParser:
    """The parser, with the flags of the command that the words name."""
    return _parser({word for word in argv if word in COMMANDS})


def joined(argv: Sequence[str]) -> list[str]:
    """`inspect logs 7` is the command "inspect logs" with 7."""
    name = " ".join(argv[:2])
    return [name, *argv[2:]] if name in COMMANDS else list(argv)


def whole_parser() -> argparse.ArgumentParser:
    """The parser with the flags of all commands: for the manual page and for completion."""
    return _parser(COMMANDS)


def _parser(with_flags: Iterable[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m jobd", description="A durable job daemon for work on video."
    )
    parser.add_argument("--version", action="version", version=f"jobd {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, text in COMMANDS.items():
        command = commands.add_parser(
            name, help=text, description=text, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        if name in with_flags:
            module = importlib.import_module(f"jobd.commands.{name.replace(' ', '_')}")
            module.add_flags(command)
            command.epilog = f"example:\n  {module.EXAMPLE}"
            command.set_defaults(command=module.run)
    return parser
