"""What cut, awk and `while read` get."""

from __future__ import annotations

import subprocess
from dataclasses import replace

import pytest

from jobd.report.tsv import COLUMNS, tsv
from tests.report.test_rows import NOW_MS, WAITING

RUNNING = replace(
    WAITING, id=2, status="running", started_at_ms=NOW_MS - 1500, progress=0.25, attempts=1
)


def fields(*jobs: object) -> list[dict[str, str]]:
    heading, *lines = "".join(tsv(jobs, NOW_MS)).splitlines()  # type: ignore[arg-type]
    return [dict(zip(heading.split("\t"), line.split("\t"), strict=True)) for line in lines]


def test_the_values_are_raw_and_under_their_headings() -> None:
    assert fields(RUNNING) == [
        {
            "id": "2",
            "state": "running",
            "kind": "full_frames",
            "video_id": "v1",
            "age_s": "60",
            "took_s": "1.5",
            "attempts": "1",
            "max_attempts": "3",
            "progress": "0.25",
            "next_try_at": "-",
            "created_at": "2026-03-01T08:29:00.000Z",
            "started_at": "2026-03-01T08:29:58.500Z",
            "finished_at": "-",
            "priority": "0",
            "unique_key": "-",
            "error": "-",
        }
    ]


@pytest.mark.parametrize("text", ["a\tb\nc", "\x1b[2J", "字\u202e", "", "\ud800"])
def test_no_value_breaks_its_line(text: str) -> None:
    job = replace(WAITING, error=text, unique_key=text, kind=text, payload='{"videoId": 7}')
    heading, line = "".join(tsv([job], NOW_MS)).removesuffix("\n").split("\n")
    assert len(line.split("\t")) == len(heading.split("\t")) == len(COLUMNS)
    assert "" not in line.split("\t")
    assert "\x1b" not in line


def test_read_finds_each_value_in_its_place() -> None:
    script = "read -r _; while IFS=\"$(printf '\\t')\" read -r id state kind video rest; do"
    script += ' echo "$video is $state"; done'
    lines = "".join(tsv([replace(WAITING, payload="{}"), RUNNING], NOW_MS))
    said = subprocess.run(
        ["/bin/sh", "-c", script], input=lines, capture_output=True, text=True, check=True
    )
    assert said.stdout == "- is queued\nv1 is running\n"
