"""Put a service's files in place, or take them away: nothing that another hand has made."""

from __future__ import annotations

import grp
import os
import pwd
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from jobd.errors import UsageError
from jobd.systemd.units import MARK, SHARED, UNITS, files_of, settings_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jobd.systemd.service import Service

_BOOTED = Path("/run/systemd/system")  # sd_booted(3)
_ALL = os.R_OK | os.W_OK | os.X_OK


def install(service: Service) -> Iterator[str]:
    """Make its files, user and folder. Again: only what differs is written.

    Yields:
        A line for each thing done, and what is left to do.

    Raises:
        UsageError: It cannot be done here, or a file of that name is not ours.
    """
    _demand_manager()
    files = files_of(service)
    _refuse_foreign(files, service)
    _demand_roots(service)
    _make_user_and_folder(files, service)
    for path, text in files.items():
        if path == settings_path(service) and path.exists():
            yield f"kept {path}"
        else:
            yield f"{_put(path, text)} {path}"
    if service.keeps_folder:
        yield (
            f"kept {service.db.parent} as it is; for two users it must be 2770 and"
            f" {service.group}'s: doctor looks"
        )
    _run("systemctl", "daemon-reload")
    yield f"start it: systemctl enable --now {service.unit}"
    yield f"after a change of the unit: systemctl restart {service.unit}"
    yield f"who else queues jobs: usermod -aG {service.group} THEM"


def uninstall(service: Service) -> Iterator[str]:
    """Stop it and take its files away; the queue, the videos and the user stay.

    Yields:
        A line for each thing done.

    Raises:
        UsageError: It cannot be done here, or it does not stop.
    """
    _demand_manager()
    files = files_of(service)
    if any(path.exists() for path in files if path.is_relative_to(UNITS) and path not in SHARED):
        _run("systemctl", "disable", "--now", service.unit)
    for path, text in files.items():
        if path in SHARED and _needed_by_others(path, service):
            yield f"kept {path}: other queues use it"
        elif path.exists():
            yield _taken(path, text, is_settings=path == settings_path(service))
    _run("systemctl", "daemon-reload")
    yield "left as they are: the queue and its folder, users and groups"


def _demand_manager() -> None:
    if os.geteuid() != 0:
        raise UsageError(
            "a service is made and removed by root: sudo …; `service print` only shows"
        )
    if not _BOOTED.is_dir():
        raise UsageError("systemd does not run here: `service print` shows what would be installed")


def _refuse_foreign(files: Mapping[Path, str], service: Service) -> None:
    for path in files:
        if path.exists() and path != settings_path(service) and not _is_ours(path):
            raise UsageError(f"{path} was not made by jobd: move it away first")


def _is_ours(path: Path) -> bool:
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.readline().startswith(MARK)


def _put(path: Path, text: str) -> str:
    """Write a file whole or not at all."""
    known = path.exists()
    if known and path.read_text(encoding="utf-8") == text:
        return "unchanged"
    if not path.parent.exists():
        path.parent.mkdir(parents=True)
        path.parent.chmod(0o755)  # whatever root's umask: the service reads there
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=path.parent, prefix=".jobd", delete=False
    ) as file:
        file.write(text)
        Path(file.name).chmod(0o644)
    Path(file.name).replace(path)
    return "replaced" if known else "made"


def _taken(path: Path, text: str, *, is_settings: bool) -> str:
    ours = path.read_text(encoding="utf-8") == text if is_settings else _is_ours(path)
    if not ours:
        return f"kept {path}: it has been changed"
    path.unlink()
    with suppress(OSError):  # other files lie there
        if path.parent.name.startswith("jobd"):
            path.parent.rmdir()
    return f"removed {path}"


def _needed_by_others(path: Path, service: Service) -> bool:
    """Whether another of jobd's services is installed that shares the file."""
    named = {
        found.parent.name.removesuffix(".d") for found in UNITS.glob("jobd@*.service.d/*.conf")
    }
    others = named - {service.unit}
    if path.name == "jobd.slice" and service.name and (UNITS / "jobd.service").exists():
        others.add("jobd.service")
    return bool(others)


def _make_user_and_folder(files: Mapping[Path, str], service: Service) -> None:
    """Before a file is written: what is refused leaves a service that is there as it was."""
    texts = {path.parent.name: text for path, text in files.items()}
    _run("systemd-sysusers", "-", given=texts["sysusers.d"])
    _demand_access(service)
    _run("systemd-tmpfiles", "--create", "-", given=texts["tmpfiles.d"])
    _demand_folder(service, service.db.parent, _ALL)


def _demand_roots(service: Service) -> None:
    for folder in service.roots:
        if folder != service.db.parent and not folder.is_dir():
            raise UsageError(f"root {folder} is missing: make it, then install again")


def _demand_access(service: Service) -> None:
    """Try what the service does first, as its user; what lies in homes it sees in another way."""
    if not service.homely:
        _try_program(service)
    wanted = dict.fromkeys(service.roots, os.R_OK | os.X_OK) | {service.db.parent: _ALL}
    for folder, mode in wanted.items():
        if folder.exists():  # the queue's may be made yet
            _demand_folder(service, folder, mode)


def _demand_folder(service: Service, folder: Path, mode: int) -> None:
    if folder not in service.homely and not _may(service, folder, mode):
        raise UsageError(f"user {service.user} may not use {folder}: chgrp and chmod it")


def _may(service: Service, folder: Path, mode: int) -> bool:
    """Asked of the kernel, by a process that has become that user."""
    person = pwd.getpwnam(service.user)
    group_id = grp.getgrnam(service.group).gr_gid
    child = os.fork()
    if child == 0:
        allowed = False
        try:
            os.initgroups(service.user, group_id)
            os.setgid(group_id)
            os.setuid(person.pw_uid)
            allowed = os.access(folder, mode)
        finally:  # whatever happens: this copy of us must not go on with the install
            os._exit(not allowed)
    return os.waitpid(child, 0)[1] == 0


def _try_program(service: Service) -> None:
    try:
        done = subprocess.run(
            [str(service.python), "-I", "-c", "import jobd.daemon.serve"],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            user=service.user,
            group=service.group,
            extra_groups=os.getgrouplist(service.user, grp.getgrnam(service.group).gr_gid),
        )
    except OSError as error:
        raise UsageError(f"user {service.user} cannot run {service.python}: {error}") from None
    if done.returncode != 0:
        raise UsageError(
            f"user {service.user} cannot run {service.python}: {_last_line(done.stderr)}"
        )


def _run(*command: str, given: str = "") -> None:
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise UsageError(f"{' '.join(command)}: {_last_line(done.stderr)}")


def _last_line(text: str) -> str:
    return text.strip().rpartition("\n")[2] or "it failed and does not say why"
