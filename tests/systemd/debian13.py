"""Another machine to boot: Debian 13, made by debootstrap, with jobd's packages for its Python."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING

from tests.systemd.lab import PROJECT, Machine

if TYPE_CHECKING:
    from pathlib import Path

_RELEASE, _PYTHON = "trixie", "3.13"
_DEBS = "systemd,systemd-sysv,python3,python3-venv,procps,libseccomp2"
_PLATFORMS = ("manylinux_2_28_x86_64", "manylinux2014_x86_64")
_LIMIT_S = 900


def why_no_debian13() -> str | None:
    """What is missing here to make one; None: perhaps nothing."""
    return (
        None if shutil.which("debootstrap") else "no debootstrap here: apt-get install debootstrap"
    )


def debian13(folder: Path) -> Machine:
    """Make it, from the network.

    Raises:
        OSError: The network's packages cannot be had.
    """
    root, packages = folder / "root", folder / "packages"
    # In a namespace of its own: what it mounts goes with it.
    private = ("unshare", "--mount", "--propagation", "private")
    made = ("debootstrap", "--variant=minbase", f"--include={_DEBS}", _RELEASE, str(root))
    _had(*private, *made)
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["ocr"]
    pip = (sys.executable, "-m", "pip", "install", "-q", "--target", str(packages))
    for_it = (f"--python-version={_PYTHON}", *(f"--platform={name}" for name in _PLATFORMS))
    pins = [f"-c{PROJECT}/constraints/{name}.txt" for name in ("runtime", "ocr")]
    _had(
        *pip, *for_it, "--only-binary=:all:", *pins, *(name for name in wanted if "!=" not in name)
    )
    return Machine(root, f"python{_PYTHON}", packages)


def _had(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_LIMIT_S)
    if done.returncode != 0:
        raise OSError(f"{command[0]}: {(done.stderr or done.stdout)[-500:]}")
