"""The files of a service, rendered from the templates (pure but for reading those)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jobd.systemd.service import Service

MARK = "# made by `python -m jobd service install`"
UNITS = Path("/etc/systemd/system")
SHARED = (UNITS / "jobd.slice", UNITS / "jobd@.service")  # the second by all named queues
_SETTINGS = Path("/etc/jobd")
_PLACEHOLDER = re.compile(r"@(\w+)@")
_PLAIN = re.compile(r"[\w@+,./=~:-]+", re.ASCII)
_NOTIFY_RELOAD_SINCE = 253

_ONLY = "jobd.service"
_NAMED = "queue.conf"


def templates() -> Path:
    """Where the templates lie: in the wheel beside this file, in a clone at its top."""
    packed = Path(__file__).with_name("units")
    return packed if packed.is_dir() else Path(__file__).parents[2] / "systemd"


def settings_path(service: Service) -> Path:
    """The file that is the person's: made once, never written again."""
    return _SETTINGS / f"{service.name or 'jobd'}.toml"


def files_of(service: Service) -> dict[Path, str]:
    """All files of a service, by the place of each."""
    stem = f"jobd-{service.name}" if service.name else "jobd"
    values = _values(service)
    named = {
        UNITS / f"{service.unit}.d" / _NAMED: _rendered(_NAMED, values),
        UNITS / "jobd@.service": _rendered(_ONLY, _values_of_template(service)),
    }
    only = {UNITS / _ONLY: _rendered(_ONLY, values)}
    return {
        UNITS / "jobd.slice": _rendered("jobd.slice", values),
        **(named if service.name else only),
        Path(f"/etc/sysusers.d/{stem}.conf"): _rendered("sysusers.conf", values),
        Path(f"/etc/tmpfiles.d/{stem}.conf"): _rendered("tmpfiles.conf", values),
        settings_path(service): _rendered("jobd.toml", values),
    }


def quoted(text: str) -> str:
    """A word of a unit file: "%" starts a specifier there, a blank the next word."""
    text = text.replace("%", "%%")
    if _PLAIN.fullmatch(text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _values(service: Service) -> dict[str, str]:
    return {
        "unit": service.unit,
        "queue": str(service.db).replace("%", "%%"),
        "user": service.user,
        "group": service.group,
        "python": quoted(str(service.python)),
        "mounts": _words(service.writable),
        "writable": _words(service.writable),
        "environment": _environment(service),
        "type": _type(service.manager_version),
        "home": _home(service),
        "folder": _folder(service),
        "files": quoted(f"{service.db}*"),
    }


def _values_of_template(service: Service) -> dict[str, str]:
    """What jobd@.service says for queues without a file of their own."""
    place = "/var/lib/jobd/%i"
    return _values(service) | {
        "unit": "jobd@.service",
        "queue": f"{place}/jobs.db",
        "user": "jobd",
        "group": "jobd",
        "mounts": place,
        "writable": place,
        "environment": f"JOBD_DB={place}/jobs.db JOBD_CONFIG={_SETTINGS}/%i.toml",
        "home": "ProtectHome=yes",
    }


def _environment(service: Service) -> str:
    values = {
        "JOBD_DB": service.db,
        "JOBD_ROOTS": ":".join(map(str, service.roots)),
        "JOBD_CONFIG": settings_path(service),
    }
    return " ".join(quoted(f"{name}={value}") for name, value in values.items())


def _type(manager_version: int) -> str:
    """From 253 on systemd sends SIGHUP itself, and waits until the daemon has reloaded."""
    if manager_version >= _NOTIFY_RELOAD_SINCE:
        return "Type=notify-reload"
    return "Type=notify\nExecReload=/bin/kill -HUP $MAINPID"


def _home(service: Service) -> str:
    """Homes stay out of sight, but for what the service needs from them."""
    if not service.homely:
        return "ProtectHome=yes"
    lines = ["ProtectHome=tmpfs"]
    for path in service.homely:
        kind = "BindPaths" if path in service.writable else "BindReadOnlyPaths"
        lines.append(f"{kind}={quoted(str(path))}")
    return "\n".join(lines)


def _folder(service: Service) -> str:
    path = quoted(str(service.db.parent))
    if service.keeps_folder:
        return f"# {path} was there before: it stays as it is."
    return f"d {path} 2770 {service.user} {service.group} -"


def _words(paths: Iterable[Path]) -> str:
    return " ".join(quoted(str(path)) for path in paths)


def _rendered(name: str, values: Mapping[str, str]) -> str:
    text = (templates() / name).read_text(encoding="utf-8")
    return _PLACEHOLDER.sub(lambda found: values[found[1]], text)
