"""The versions of Node's packages: exact, and without a place to load them from."""

from __future__ import annotations

import json
import re

from tests.support.node import CLIENT

PACKAGE = json.loads((CLIENT / "package.json").read_text())
LOCK = (CLIENT / "package-lock.json").read_text()


def test_only_exact_versions_are_named() -> None:
    named = PACKAGE["devDependencies"] | PACKAGE["optionalDependencies"]
    assert "dependencies" not in PACKAGE, "the client itself needs nothing"
    assert [v for v in named.values() if not re.fullmatch(r"[0-9.]+", v)] == []
    locked = json.loads(LOCK)["packages"]
    assert {name: locked[f"node_modules/{name}"]["version"] for name in named} == named


def test_the_lock_holds_every_package_by_its_hash_and_by_no_address() -> None:
    packages = json.loads(LOCK)["packages"]
    assert all("integrity" in package for name, package in packages.items() if name)
    assert "resolved" not in LOCK
    assert "registry" not in LOCK
