"""Real captions over moving pictures, read by the engine through a real daemon."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.appdb import make_video_db, read_row, read_rows
from tests.support.captions import Caption, captioned, errors, plain
from tests.support.house import House, jobd

if TYPE_CHECKING:
    from pathlib import Path

SIZES_PX = (32, 44, 60) * 4
MOST_ERRORS = 0.03
NEAR = 0.01

Boxes = list[dict[str, Any]]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[list[Caption]]]:
    path = tmp_path_factory.mktemp("film") / "captions.mp4"
    return path, captioned(path, SIZES_PX)


def read_by(house: House, film: Path, granularity: str) -> tuple[Path, list[Boxes]]:
    """The boxes of each second of the film."""
    payload = house.video(source=film)
    jobd("init", "--db", house.db)
    job = house.insert("full_frames", payload | {"frameRate": 1})
    house.work_off("--ocr-engine", "rapidocr", "--ocr-boxes", granularity)
    assert house.job(job, "status") == "completed", house.log()
    database = house.folder / "v1" / "annotations.db"
    rows = read_rows(database, "SELECT * FROM full_frame_ocr ORDER BY frame_index, box_index")
    return database, [
        [row for row in rows if row["frame_index"] == 10 * second]
        for second in range(len(SIZES_PX))
    ]


def row_of(caption: Caption, boxes: Boxes) -> Boxes:
    """The boxes that stand where a caption does, from the left."""
    found = [box for box in boxes if caption.holds(box["y"] + box["height"] / 2)]
    return sorted(found, key=lambda box: box["x"])


def centre(boxes: Boxes) -> tuple[float, float]:
    left, right = min(b["x"] for b in boxes), max(b["x"] + b["width"] for b in boxes)
    low, high = min(b["y"] for b in boxes), max(b["y"] + b["height"] for b in boxes)
    return (left + right) / 2, (low + high) / 2


def test_lines_are_read_and_found_where_they_stand(
    house: House, film: tuple[Path, list[list[Caption]]]
) -> None:
    path, captions = film
    _, seconds = read_by(house, path, "line")
    wrong = {"en": 0, "zh": 0}
    for lines, boxes in zip(captions, seconds, strict=True):
        for caption in lines:
            found = row_of(caption, boxes)
            assert centre(found) == pytest.approx(caption.centre, abs=NEAR)
            read = "".join(plain(box["text"]) for box in found)
            wrong[caption.language] += errors(plain(caption.text), read)
    for language, count in wrong.items():
        of = sum(len(plain(c.text)) for lines in captions for c in lines if c.language == language)
        print(language, count, of)
        assert count / of < MOST_ERRORS
