"""What doctor says of a house, held to its own rules."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.support.house import jobd

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

# What differs from machine to machine.
OF_THE_MACHINE = {"sqlite_python", "space", "file_system", "pid_namespace", "landlock", "seccomp"}


@dataclass
class Found:
    """What doctor said: each check by its name."""

    code: int
    checks: dict[str, dict[str, Any]]

    def amiss(self) -> dict[str, str]:
        return {
            name: check["state"]
            for name, check in self.checks.items()
            if check["state"] != "ok" and name not in OF_THE_MACHINE
        }


def examined(*arguments: str | Path, **options: Any) -> Found:
    done = jobd("doctor", "--json", *arguments, **options)
    return read(done)


def read(done: subprocess.CompletedProcess[str]) -> Found:
    assert done.stderr == ""
    document = json.loads(done.stdout)
    assert set(document) == {"version", "checks", "worst"}
    assert document["version"] == 1
    states = [check["state"] for check in document["checks"]]
    assert document["worst"] == max(states, key=["ok", "warn", "fail"].index)
    assert done.returncode == (document["worst"] == "fail")
    for check in document["checks"]:
        assert set(check) == {"name", "state", "text", "mend"}
        assert check["text"]
        assert (check["mend"] is None) == (check["state"] == "ok")
        assert "\n" not in f"{check['text']}{check['mend']}"
    checks = {check["name"]: check for check in document["checks"]}
    assert len(checks) == len(states)
    return Found(done.returncode, checks)
