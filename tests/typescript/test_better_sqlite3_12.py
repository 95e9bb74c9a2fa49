"""The version that the app has today, compiled for Node 20, which runs no TypeScript by itself."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.house import House, jobd
from tests.support.node import AS_THE_APP, CLIENT, NOT_RUN, PACKAGES, PROJECT, SCRIPTS, run_tsc

pytestmark = pytest.mark.long

VERSION = "12.5.0"
_HEADERS = Path("/usr/include/node/node.h")  # of the system's Node: libnode-dev
_PATIENCE_S = 1500.0


def _run(*words: str | Path, folder: Path, **environ: str) -> str:
    done = subprocess.run(
        [*map(str, words)],
        cwd=folder,
        env=os.environ | environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=_PATIENCE_S,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The client and its tests as JavaScript, beside the package."""
    if shutil.which("npm") is None or not _HEADERS.exists() or not PACKAGES.exists():
        pytest.skip(f"{NOT_RUN}: better-sqlite3 12 needs npm, Node's headers and a C++ compiler")
    folder = tmp_path_factory.mktemp("app")
    client = folder / "typescript"
    client.mkdir()
    (client / "package.json").write_text(json.dumps({"private": True, "type": "module"}))
    (folder / "package.json").write_text(json.dumps({"private": True, "type": "module"}))
    install = ("npm", "install", "--no-audit", "--no-fund", f"better-sqlite3@{VERSION}")
    _run(*install, folder=client, npm_config_nodedir="/usr", npm_config_build_from_source="true")
    _compile(folder)
    (folder / "tests" / "media").symlink_to(PROJECT / "tests" / "media")
    (folder / "tests" / "support").symlink_to(PROJECT / "tests" / "support")
    return folder


def _compile(folder: Path) -> None:
    options = AS_THE_APP | {
        "noEmit": False,
        "outDir": str(folder),
        "rootDir": str(PROJECT),
        "rewriteRelativeImportExtensions": True,
        "typeRoots": [str(PACKAGES / "@types")],
    }
    sources = [f"{CLIENT}/*.ts", f"{SCRIPTS}/*.test.ts"]
    build = folder / "build"
    build.mkdir()
    (build / "tsconfig.json").write_text(
        json.dumps({"include": sources, "compilerOptions": options})
    )
    run_tsc(build)


@pytest.mark.parametrize("script", ["client", "life", "flood"])
def test_the_same_tests_by_the_apps_own_version(app: Path, house: House, script: str) -> None:
    installed = app / "typescript" / "node_modules" / "better-sqlite3" / "package.json"
    assert json.loads(installed.read_text())["version"] == VERSION
    if script == "client":
        assert jobd("init", "--db", house.db).returncode == 0
    else:
        house.ready("--backoff-s", "2")
    test = app / "tests" / "typescript" / f"{script}.test.js"
    environ = {"JOBD_DB": str(house.db), "DRIVER": "better-sqlite3", "JOURNAL": "delete"}
    said = _run("node", "--test", test, folder=app, **environ)
    assert "# fail 0" in said
    assert "# pass 0" not in said
