"""The tests can fail: each planted fault is caught, by the test that is named for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.support.mutants import MUTANTS, Mutant, copy_into, plant, run_tests

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.tally import Tally

pytestmark = pytest.mark.long


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_is_caught(tmp_path: Path, tally: Tally, mutant: Mutant) -> None:
    folder = copy_into(tmp_path)
    plant(mutant, folder)
    done = run_tests(folder, mutant.test)
    assert done.returncode == 1, f"{mutant.test} lets it live\n{done.stdout}{done.stderr}"
    assert f"FAILED {mutant.test}" in done.stdout, done.stdout
    said = "\n".join(re.findall(r"^E .*", done.stdout, re.MULTILINE))
    assert mutant.says in said, f"it fails for another reason\n{done.stdout}"
    tally.add(f"mutant '{mutant.name}', caught by {mutant.test}", 1, 0)


def test_the_copy_without_a_mutant_passes(tmp_path: Path) -> None:
    done = run_tests(copy_into(tmp_path), *sorted({mutant.test for mutant in MUTANTS}))
    assert done.returncode == 0, done.stdout
