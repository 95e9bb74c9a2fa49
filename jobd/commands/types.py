"""`types`: the payloads, as TypeScript."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobd.contract.types import types
from jobd.handlers.registry import handlers

if TYPE_CHECKING:
    from argparse import ArgumentParser

EXAMPLE = "python -m jobd types > payloads.ts"


def add_flags(_parser: ArgumentParser) -> None:
    """None."""


def run(_args: dict[str, Any]) -> int:
    """Print them."""
    print(types(handlers()), end="")
    return 0
