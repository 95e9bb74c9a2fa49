"""Killed in any of its commits, a job with OCR is gone on with, and never done by halves."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.ocrdeaths import COUNT, NEW, OLD

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_killed_at_every_commit(tmp_path: Path, journal: str) -> None:
    command = [sys.executable, "-m", "tests.support.ocrdeaths", str(tmp_path), journal]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    deaths = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(deaths) > 4 + 2 * COUNT, "it died while it staged, published, read and settled"
    for death in deaths:
        then, last = death["then"], death["last"]
        assert then["whole"] == last["whole"] == "ok"
        # The old frames' boxes go with them; the new ones come all at once, with the last word.
        published = bool(then["fence"]["published"])
        assert then["frames"] == (COUNT if then["fence"]["shown"] else 0)
        assert then["boxes"] == (NEW if published else [] if then["frames"] else OLD)
        assert (then["word"] == "processing_complete") is published
        assert ("jobd_ocr" in then["tables"]) <= bool(then["frames"])
        # Who follows decodes only where no frames are there.
        assert (death["decoded"] is None) is bool(then["frames"])
        assert (last["frames"], last["boxes"]) == (COUNT, NEW)
        assert last["word"] == "processing_complete"
        assert last["fence"] == {"published": 1, "shown": COUNT}
        assert [name for name in last["tables"] if "autoindex" not in name] == ["jobd_fence"]
    kinds = {
        (death["then"]["frames"], bool(death["then"]["fence"]["published"])) for death in deaths
    }
    assert kinds == {(0, False), (COUNT, False), (COUNT, True)}
