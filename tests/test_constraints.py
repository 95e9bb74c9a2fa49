"""The pinned versions: exact, whole, and of one mind."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import distributions, packages_distributions
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
FILES = sorted((PROJECT / "constraints").glob("*.txt"))


def plain(name: str) -> str:
    """One spelling for every name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(path: Path) -> dict[str, str]:
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    found = [re.fullmatch(r"([a-z0-9-]+)==([0-9.]+)", line) for line in lines]
    assert None not in found, "only exact versions: no ranges, no places to load from"
    return {match[1]: match[2] for match in found if match}


PINNED = {name: version for path in FILES for name, version in pins(path).items()}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_two_files_pin_one_name_differently(path: Path) -> None:
    assert {name: PINNED[name] for name in pins(path)} == pins(path)


def test_all_that_the_project_names_is_pinned() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    named = list(project["project"]["dependencies"]) + list(project["build-system"]["requires"])
    for extra in project["project"]["optional-dependencies"].values():
        named += extra
    names = {plain(re.split(r"[^\w.-]", requirement)[0]) for requirement in named}
    assert names - PINNED.keys() == set()


def test_nothing_brings_a_second_opencv() -> None:
    """Two of them write the same files: the later one wins, and the other is broken."""
    assert packages_distributions()["cv2"] == ["opencv-python-headless"]


def test_the_tests_run_on_the_pinned_versions() -> None:
    installed = {plain(d.metadata["Name"]): d.version for d in distributions()}
    differing = {
        name: (installed[name], version)
        for name, version in PINNED.items()
        if name in installed and installed[name] != version
    }
    assert differing == {}
