"""Flags that several commands share, and what they mean."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from jobd.settings import Settings


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
