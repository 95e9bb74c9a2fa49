"""docs/migration.md: its commands run, its SQL is jobd's own, its run configuration starts."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

from jobd.videodb.schema import tables
from tests.support.house import House, jobd, run_sql
from tests.support.node import PROJECT

PAGE = (PROJECT / "docs" / "migration.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def plain(sql: str) -> str:
    """A definition without comments, spaces and the words that differ by design."""
    sql = re.sub(r"--.*|IF NOT EXISTS|;", "", sql)
    return " ".join(sql.split())


def test_its_tables_are_the_ones_that_jobd_makes() -> None:
    (page,) = blocks("sql")
    made = [plain(tables()[name]) for name in ("crop_frames_status", "jobd_fence")]
    assert [plain(part) for part in page.split("\n\n")] == made


def columns(path: Path) -> dict[str, set[str]]:
    """All tables with their columns: what the app's admin page compares with its schema file."""
    names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    return {
        table: {
            str(row[0]) for row in run_sql(path, "SELECT name FROM pragma_table_info(?)", table)
        }
        for (table,) in run_sql(path, names)
    }


def test_with_its_tables_the_admin_page_shows_no_drift(house: House) -> None:
    (page,) = blocks("sql")
    video = house.video()
    expected = columns(Path(video["dbPath"]))
    bounds = {"left": 0, "top": 0, "right": 64, "bottom": 32}
    jobd("init", "--db", house.db)
    house.insert("full_frames", video)
    house.insert("crop_frames", video | {"cropBounds": bounds})
    house.work_off()
    found = columns(Path(video["dbPath"]))
    assert found.keys() - expected.keys() == {"crop_frames_status", "jobd_fence"}
    for statement in page.split(";\n"):
        run_sql(house.folder / "schema.db", statement)
    assert found == expected | columns(house.folder / "schema.db")


def test_its_commands_run(house: House) -> None:
    """In the folder of the app, with one video that was uploaded and never taken up."""
    local = House(house.folder / "local")
    (local.folder / "data").mkdir(parents=True)
    local.video("data/a0")
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    script = [line for line in lines if line.startswith(("export", "python"))]
    assert len(script) > 5
    done = subprocess.run(
        ["/bin/sh", "-ec", "\n".join(script)],
        cwd=house.folder,
        env=os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "would queue full_frames" in done.stdout
    assert "job 1: full_frames" in done.stdout


def test_its_run_configuration_starts_a_daemon(house: House) -> None:
    (text,) = blocks("xml")
    configuration = ET.fromstring(text).find("configuration")  # noqa: S314 - a page of our own
    assert configuration is not None
    options = {o.get("name"): o.get("value") for o in configuration.iter("option")}
    variables = {str(e.get("name")): str(e.get("value")) for e in configuration.iter("env")}
    assert options["MODULE_MODE"] == "true"
    (house.folder / "local").mkdir()
    place = {key: v.replace("$PROJECT_DIR$", str(house.folder)) for key, v in variables.items()}
    words = [str(options["SCRIPT_NAME"]), str(options["PARAMETERS"]), "--exit-when-idle"]
    done = subprocess.run(
        [sys.executable, "-m", *words],
        env=os.environ | place,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert f"ready on {house.folder}/local/jobs.db" in done.stderr
