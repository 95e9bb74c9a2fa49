"""Real captions over moving pictures, read through a real daemon."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jobd.ocr.boxes import is_spaceless
from tests.support.appdb import read_row, read_rows
from tests.support.captions import Caption, captioned, errors, plain
from tests.support.house import House, jobd

if TYPE_CHECKING:
    from pathlib import Path

SIZES_PX = (32, 40, 52) * 4
MOST_ERRORS = 0.03
NEAR = 0.01  # of the picture

Boxes = list[dict[str, Any]]


def read_by(house: House, film: Path, *flags: str) -> list[Boxes]:
    """The boxes of each second of a film."""
    payload = house.video(source=film)
    jobd("init", "--db", house.db)
    job = house.insert("full_frames", payload | {"frameRate": 1})
    house.work_off("--ocr-engine", "auto", *flags)
    assert house.job(job, "status") == "completed", house.log()
    rows = read_rows(house.folder / "v1" / "annotations.db", "SELECT * FROM full_frame_ocr")
    frames = [[row for row in rows if row["frame_index"] == 10 * n] for n in range(len(SIZES_PX))]
    assert sum(map(len, frames)) == len(rows)
    return frames


def row_of(caption: Caption, boxes: Boxes) -> Boxes:
    """The boxes that stand where a caption does, from the left."""
    found = [box for box in boxes if caption.holds(box["y"] + box["height"] / 2)]
    return sorted(found, key=lambda box: box["x"])


def centre(*boxes: dict[str, Any]) -> tuple[float, float]:
    left, right = min(b["x"] for b in boxes), max(b["x"] + b["width"] for b in boxes)
    low, high = min(b["y"] for b in boxes), max(b["y"] + b["height"] for b in boxes)
    return (left + right) / 2, (low + high) / 2


def test_captions_are_read_and_stand_where_they_were_drawn(house: House, tmp_path: Path) -> None:
    captions = captioned(tmp_path / "captions.mp4", SIZES_PX)
    frames = read_by(house, tmp_path / "captions.mp4")
    wrong, of = {"en": 0, "zh": 0}, {"en": 0, "zh": 0}
    for lines, boxes in zip(captions, frames, strict=True):
        for caption in lines:
            found = row_of(caption, boxes)
            assert found, f"nothing stands where {caption.text} was drawn"
            assert centre(*found) == pytest.approx(caption.centre, abs=NEAR)
            wanted, read = plain(caption.text), "".join(box["text"] for box in found)
            of[caption.language] += len(wanted)
            wrong[caption.language] += errors(wanted, read)
            if caption.language == "zh" and read == wanted:  # each character its own box
                for box, centre_px in zip(found, caption.centres, strict=True):
                    assert centre(box)[0] == pytest.approx(centre_px / 1280, abs=NEAR)
    assert wrong["en"] < MOST_ERRORS * of["en"]
    assert wrong["zh"] < MOST_ERRORS * of["zh"]
    assert of["en"] > 300
    assert of["zh"] > 100

    # What the app's table and its status are to say besides.
    for n, boxes in enumerate(frames):
        assert sorted(box["box_index"] for box in boxes) == list(range(len(boxes)))
        assert {box["timestamp_seconds"] for box in boxes} == {float(n)}
        assert all(0 < box["confidence"] <= 1 for box in boxes)
        assert all(
            len(box["text"]) == 1 or not any(map(is_spaceless, box["text"])) for box in boxes
        )
    status = read_row(house.folder / "v1" / "annotations.db", "processing_status")
    assert (status["status"], status["ocr_progress"]) == ("processing_complete", 1.0)
    assert house.sql("SELECT peak_rss_bytes < 1000000000 FROM job_attempts") == [(1,)]
