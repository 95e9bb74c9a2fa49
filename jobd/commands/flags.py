"""Flags that several commands share, and what they mean."""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobd.report.wanted import STATES, Wanted, span_ms

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from jobd.settings import Settings

_MOST = 2**53


def whole_number(text: str) -> int:
    """An id or a count, in plain digits: int() would take "1_0" for 10.

    Raises:
        ArgumentTypeError: It is none.
    """
    if not re.fullmatch(r"-?[0-9]{1,1000}", text):
        raise argparse.ArgumentTypeError(f"'{text}' is no whole number")
    return int(text)


def count(text: str) -> int:
    """How many at most; more than SQLite can count is all.

    Raises:
        ArgumentTypeError: It is none.
    """
    number = whole_number(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"'{text}' is below 0")
    return min(number, _MOST)


def add_queue(parser: ArgumentParser) -> None:
    """Which queue."""
    parser.add_argument("--db", type=Path, metavar="PATH", help="the queue file (JOBD_DB)")
    parser.add_argument("--config", metavar="PATH", help="settings file (default: ./jobd.toml)")


def add_settings(parser: ArgumentParser) -> None:
    """One flag per setting, from the one model."""
    from jobd.settings import Settings

    for field_name, field in Settings.model_fields.items():
        flag = f"--{field_name.replace('_', '-')}"
        text = (field.description or "").replace("%", "%%")
        parser.add_argument(flag, dest=field_name, metavar="VALUE", help=text)
    parser.add_argument("--config", metavar="PATH", help="settings file (default: ./jobd.toml)")


def add_filters(
    parser: ArgumentParser,
    states: str = ", ".join(STATES),
    video: str = "its id, or the first characters of it",
) -> None:
    """Which jobs: all of the conditions must hold.

    Args:
        parser: Of the command.
        states: Those that it may name, for the help.
        video: How a video is named there.
    """
    filters = parser.add_argument_group("which jobs")
    filters.add_argument(
        "--status",
        action="append",
        choices=STATES,
        default=[],
        metavar="STATE",
        help=f"in this state; may be given again ({states})",
    )
    filters.add_argument("--kind", metavar="KIND", help="of this kind")
    filters.add_argument("--video", metavar="ID", help=f"of this video: {video}")
    filters.add_argument(
        "--since", metavar="SPAN", help="ended within this time, or not at all (90s, 2h, 7d)"
    )


def wanted_of(args: dict[str, Any], now_ms: int) -> Wanted:
    """What the filters say.

    Raises:
        UsageError: --since is no span.
    """
    since = args["since"]
    return Wanted(
        states=tuple(args["status"]),
        kind=args["kind"],
        video=args["video"],
        since_ms=None if since is None else now_ms - span_ms(since),
    )


def settings_of(args: dict[str, Any]) -> Settings:
    """The settings by flags, variables and the file.

    Raises:
        UsageError: An unknown or bad setting.
    """
    from jobd.settings import load_settings

    return load_settings(args, os.environ)


def queue_path(args: dict[str, Any]) -> Path:
    """The queue file; where it is named, the settings' model is not even imported.

    Raises:
        UsageError: It is named nowhere.
    """
    named = args["db"] or os.environ.get("JOBD_DB")
    return Path(named) if named else settings_of({"db": None, "config": args["config"]}).db
