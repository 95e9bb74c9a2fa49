"""A full_frames job on numbered pictures, read by an engine of tests.support.engines."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from tests.support.appdb import read_row, read_rows
from tests.support.house import House
from tests.support.house import jobd as run_jobd

COUNT = 8
BOXES = [(10 * n, 0, f"no {n}", 0.75, 0.0, 0.0, 1.0, 1.0, float(n)) for n in range(COUNT)]
COLUMNS = "frame_index, box_index, text, confidence, x, y, width, height, timestamp_seconds"


class Job:
    """One job and its video."""

    def __init__(self, house: House, film: Path, engine: str, **how: Any) -> None:
        self.house = house
        self.flags = ("--ocr-engine", f"tests.support.engines:{engine}", "--ocr-boxes", "line")
        self.payload = house.video(source=film, **how) | {"frameRate": 1}
        run_jobd("init", "--db", house.db)
        self.id = house.insert("full_frames", self.payload)

    @property
    def db(self) -> Path:
        return Path(str(self.payload["dbPath"]))

    def work_off(self, *flags: str) -> None:
        self.house.work_off(*self.flags, *flags)

    def status(self) -> dict[str, Any]:
        return read_row(self.db, "processing_status")

    def reading(self) -> bool:
        """Whether some frames are read, and others are not."""
        return bool(self.status()["status"] == "running_ocr" and self.status()["ocr_progress"])

    def result(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.house.job(self.id, "result"))
        return found

    def boxes(self) -> list[tuple[Any, ...]]:
        rows = read_rows(self.db, f"SELECT {COLUMNS} FROM full_frame_ocr ORDER BY frame_index")
        return [tuple(row.values()) for row in rows]

    def pictures_read(self) -> list[int]:
        return [int(n) for n in re.findall(r": picture (\d+)", self.house.log())]

    def assert_whole(self) -> None:
        """All boxes, the last word, and nothing of ours but the fence."""
        assert self.boxes() == BOXES, "not all boxes are shown"
        status = self.status()
        done = ("frame_extraction_progress", "ocr_progress", "layout_analysis_progress")
        assert [status[name] for name in ("status", *done)] == ["processing_complete", 1, 1, 1]
        assert status["current_job_id"] is None
        tables = read_rows(self.db, "SELECT name FROM sqlite_schema WHERE name GLOB 'jobd*'")
        assert [table["name"] for table in tables if "autoindex" not in table["name"]] == [
            "jobd_fence"
        ]
