"""The settings that serve would run with: read from the same places, their faults a check."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobd.errors import UsageError
from jobd.host.check import Check, fail, ok
from jobd.report.text import is_utf8
from jobd.settings import CONFIG_VARIABLE, PREFIX, load_settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jobd.settings import Settings


@dataclass(frozen=True, slots=True)
class Given:
    """What is known of the settings.

    Attributes:
        check: Whether serve would take them.
        settings: None where it would not.
        db: The queue, which is looked at even where another setting is wrong; None: not named.
    """

    check: Check
    settings: Settings | None
    db: Path | None


def given(flags: Mapping[str, Any], environ: Mapping[str, str]) -> Given:
    """Load the settings as serve does."""
    try:
        settings = load_settings(flags, environ)
    except UsageError as error:
        named = flags.get("db") or environ.get(f"{PREFIX}DB")
        mend = "`python -m jobd serve --help` lists all settings"
        usable = Path(named) if named and is_utf8(named) else None
        return Given(fail("settings", str(error), mend), None, usable)
    return Given(ok("settings", sources(flags, environ)), settings, settings.db)


def sources(flags: Mapping[str, Any], environ: Mapping[str, str]) -> str:
    """Where the settings come from, the first that counts first."""
    named = [name for name, value in flags.items() if value is not None and name != "config"]
    variables = [v for v in environ if v.startswith(PREFIX) and v != CONFIG_VARIABLE]
    config = flags.get("config") or environ.get(CONFIG_VARIABLE)
    path = Path(config or "jobd.toml").absolute()
    read = config is not None or path.is_file()
    return ", then ".join(
        (
            *_listed("flags", (f"--{name.replace('_', '-')}" for name in named)),
            *_listed("variables", variables),
            f"file {path}" if read else f"no file ({path} is not there)",
        )
    )


def _listed(what: str, names: Iterable[str]) -> list[str]:
    listed = " ".join(sorted(names))
    return [f"{what} {listed}"] if listed else []
