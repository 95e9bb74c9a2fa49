"""`manual`: the manual page, made from the parser, in man(7)'s language."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from jobd import __version__
from jobd.commands.parser import COMMANDS, leaves, whole_parser

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLE = "python -m jobd manual | man -l -"

EXITS = {
    0: "done, or stopped as asked",
    1: "a check, a probe or a watched job failed, or something asked for was refused",
    2: "a flag, setting or argument is wrong, or --yes is missing",
    3: "inspect --check --daemon: no daemon runs",
    4: "no such job",
    5: "the queue file cannot be used, or its disk lost a write: the line says what to do",
    6: "serve: another daemon serves this queue",
    7: "serve: the machine lets no child process be prepared: the line says why",
    130: "Ctrl-C ended it",
}
_ENVIRONMENT = {
    "JOBD_DB": "the queue file, for every command that takes --db",
    "JOBD_CONFIG": "the settings file (default: ./jobd.toml)",
    "JOBD_...": "every setting of serve: JOBD_CONCURRENCY=4 is --concurrency 4; a flag goes first",
}


def add_flags(_parser: argparse.ArgumentParser) -> None:
    """None."""


def run(_args: dict[str, Any]) -> int:
    """Print it."""
    print("\n".join(page()))
    return 0


def page() -> Iterator[str]:
    """The page's lines."""
    whole = whole_parser()
    yield f'.TH JOBD 1 "" "jobd {__version__}" "User Commands"'
    yield from (".SH NAME", r"jobd \- a durable job daemon for work on video, on one SQLite file")
    yield from (".SH SYNOPSIS", ".B jobd", ".I COMMAND", r"[\fIFLAG\fR ...]")
    yield from (".SH DESCRIPTION", _text(whole.description or ""))
    yield r"\fBpython \-m jobd\fR is the same command."
    yield ".SH COMMANDS"
    for name, parser in leaves(whole):
        yield from _command(name, parser)
    yield from (".SH EXIT STATUS", *_listed({str(code): text for code, text in EXITS.items()}))
    yield from (".SH ENVIRONMENT", *_listed(_ENVIRONMENT))


def _command(name: str, parser: argparse.ArgumentParser) -> Iterator[str]:
    yield f".SS jobd {name}"
    yield _text(COMMANDS[name][:1].upper() + COMMANDS[name][1:] + ".")
    yield from _listed({_shown(action): action.help or "" for action in _actions(parser)})
    example = (parser.epilog or "").removeprefix("example:\n")
    yield from (".PP", "Example:", ".PP", ".nf", _text(example), ".fi")


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:  # noqa: SLF001 - argparse has no other way to list them
        if not isinstance(action, argparse._HelpAction | argparse._SubParsersAction):  # noqa: SLF001
            yield action


def _shown(action: argparse.Action) -> str:
    """`--db PATH`, or the word that stands for an argument."""
    word = action.metavar or "|".join(map(str, action.choices or ())) or action.dest
    if not action.option_strings:
        return str(word)
    flags = ", ".join(action.option_strings)
    return flags if action.nargs == 0 else f"{flags} {word}"


def _listed(entries: dict[str, str]) -> Iterator[str]:
    for head, text in entries.items():
        yield from (".TP", rf"\fB{_text(head)}\fR", _text(text.replace("%%", "%")))


def _text(text: str) -> str:
    """Safe in roff: backslashes, dashes that are typed, and lines that would be requests."""
    escaped = text.replace("\\", r"\e").replace("-", r"\-")
    lines = (rf"\&{line}" if line.startswith((".", "'")) else line for line in escaped.split("\n"))
    return "\n".join(lines)
