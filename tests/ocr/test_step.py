"""When OCR is a step of full_frames, and when it is not."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.appdb import add_ocr_box, read_row, read_rows
from tests.support.house import SMALL_VIDEO, House, jobd
from tests.support.video import every, write_video

if TYPE_CHECKING:
    from collections.abc import Sequence

STEADY = ("--ocr-engine", "tests.support.engines:steady", "--ocr-boxes", "line")
# As on a machine where the extra is not installed.
WITHOUT = """
import sys
sys.modules[{!r}] = None
from jobd.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return write_video(tmp_path / "film.mp4", every(1000, 3))


def done(house: House, film: Path, *flags: str, **keys: Any) -> tuple[int, Path]:
    """Work one job off; its id and its video's database."""
    payload = house.video(source=film) | {"frameRate": 1} | keys
    jobd("init", "--db", house.db)
    job = house.insert("full_frames", payload)
    house.work_off(*flags)
    return job, Path(str(payload["dbPath"]))


def boxes(database: Path) -> list[str]:
    rows = read_rows(database, "SELECT text FROM full_frame_ocr ORDER BY frame_index, box_index")
    return [row["text"] for row in rows]


def without(package: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", WITHOUT.format(package), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_video_without_any_text_is_told_in_the_words_that_the_app_knows(house: House) -> None:
    job, database = done(house, SMALL_VIDEO, "--ocr-engine", "rapidocr", frameRate=0.3)
    assert house.job(job, "status", "attempts") == ("failed", 1)
    sentence = "No valid boxes found: no text on any of 3 frames"
    assert house.job(job, "error") == sentence
    assert house.sql("SELECT error_class FROM job_attempts") == [("NoTextFound",)]
    status = read_row(database, "processing_status")
    assert (status["status"], status["error_message"]) == ("error", sentence)
    assert "No valid boxes found" in json.loads(status["error_details"])["reason"]
    assert boxes(database) == []
    assert len(read_rows(database, "SELECT 1 FROM full_frames")) == 3
    assert read_rows(database, "SELECT 1 FROM sqlite_schema WHERE name = 'jobd_ocr'") == []
    sheet = jobd("inspect", "frames", str(job), "--db", house.db, "-o", house.folder / "sheet.png")
    assert "3 of 3 frames" in sheet.stdout, "its frames stay, and can be looked at"


def test_boxes_replace_those_of_earlier_frames(house: House, film: Path) -> None:
    payload = house.video(source=film) | {"frameRate": 1}
    add_ocr_box(Path(str(payload["dbPath"])), 990)
    jobd("init", "--db", house.db)
    for _ in range(2):
        house.insert("full_frames", payload)
        log = house.work_off(*STEADY)
        assert boxes(Path(str(payload["dbPath"]))) == ["no 0", "no 1", "no 2"]
    assert "OCR: tests.support.engines:steady, the last word of full_frames is proc" in log


@pytest.mark.parametrize(
    ("flags", "keys", "word"),
    [
        (STEADY, {"ocr": False}, "processing_complete"),
        ((*STEADY, "--final-status", "running_ocr"), {"ocr": False}, "running_ocr"),
        (("--ocr-engine", "none"), {}, "processing_complete"),
        (("--ocr-engine", "auto", "--final-status", "running_ocr"), {}, "running_ocr"),
    ],
    ids=["payload", "payload and setting", "setting", "the app runs OCR elsewhere"],
)
def test_where_nothing_reads_the_setting_says_the_last_word(
    house: House, film: Path, flags: Sequence[str], keys: dict[str, Any], word: str
) -> None:
    job, database = done(house, film, *flags, **keys)
    assert house.job(job, "status") == "completed"
    assert "ocr" not in json.loads(house.job(job, "result"))
    assert boxes(database) == []
    assert read_row(database, "processing_status")["status"] == word


def test_where_something_reads_the_last_word_is_complete(house: House, film: Path) -> None:
    _, database = done(house, film, *STEADY, "--final-status", "running_ocr")
    assert boxes(database) == ["no 0", "no 1", "no 2"]
    assert read_row(database, "processing_status")["status"] == "processing_complete"


def test_frames_that_are_files_alone_have_no_boxes(house: House, film: Path) -> None:
    out = str(house.folder / "v1" / "frames")
    job, database = done(house, film, *STEADY, store="files", outputDir=out)
    assert house.job(job, "status") == "completed"
    assert boxes(database) == []


def test_frames_that_are_files_too_are_there_with_their_boxes(house: House, film: Path) -> None:
    out = house.folder / "v1" / "frames"
    _, database = done(house, film, *STEADY, store="both", outputDir=str(out))
    assert boxes(database) == ["no 0", "no 1", "no 2"]
    assert len(list(out.iterdir())) == 3


def test_frames_that_stand_still_are_read_once(house: House, tmp_path: Path) -> None:
    film = write_video(tmp_path / "still.mp4", every(1000, 6), draw=_changes_after_four)
    job, database = done(house, film, *STEADY)
    assert boxes(database) == ["no 5"] * 4 + ["no 9"] * 2
    assert json.loads(house.job(job, "result"))["ocr"]["framesReused"] == 4
    assert re.findall(r": picture (\d+)", house.log()) == ["5", "9"]


def _changes_after_four(n: int) -> Any:
    from tests.support.video import numbered  # noqa: PLC0415

    return numbered(5 if n < 4 else 9)


@pytest.mark.parametrize("package", ["rapidocr", "onnxruntime"])
def test_an_engine_that_is_demanded_but_missing_is_said_at_the_start(
    house: House, package: str
) -> None:
    found = without(package, "serve", "--db", house.db, "--ocr-engine", "rapidocr")
    assert found.returncode == 2
    assert found.stderr == (
        f"jobd: ocr_engine = rapidocr, but {package} cannot be found: pip install 'jobd[ocr]'\n"
    )
    assert not house.db.exists()


def test_without_the_extra_all_is_as_before(house: House) -> None:
    found = without(
        "rapidocr", "serve", "--db", house.db, "--ocr-engine", "auto", "--exit-when-idle"
    )
    assert found.returncode == 0
    assert "OCR: none, the last word of full_frames is processing_complete" in found.stderr


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nowhere.engines:best", "there is no module nowhere.engines here"),
        ("tesseract", "must be auto, none, rapidocr or module:function, not 'tesseract'"),
    ],
)
def test_an_engine_that_is_not_there_is_said_at_the_start(
    house: House, name: str, words: str
) -> None:
    found = jobd("serve", "--db", house.db, "--ocr-engine", name)
    assert found.returncode == 2
    assert words in found.stderr
    assert found.stderr.count("\n") == 1


def test_the_program_itself_is_no_engine(house: House) -> None:
    found = without("rapidocr", "serve", "--db", house.db, "--ocr-engine", "__main__:best")
    assert found.returncode == 2
    assert (
        found.stderr == "jobd: ocr_engine = __main__:best, but there is no module __main__ here\n"
    )
