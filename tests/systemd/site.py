"""One queue's service in the lab, installed as a person would, and an app beside it."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.systemd.lab import HOME, PYTHON

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.systemd.lab import Lab

APP = "app"
SMALL = HOME / "tests/media/ocean_h264.mp4"
LONG = HOME / "tests/media/demo_60s_h264.mkv"
# 14,400 images: long enough to be caught at work.
WORK = {"cropBounds": {"left": 0, "top": 0, "right": 176, "bottom": 144}, "frameRate": 240}


class Site:
    """jobd@NAME in the lab, with a root of its own; rows are written by another user.

    Attributes:
        lab: Where.
        unit: The service.
        db: Its queue.
        root: The folder of its videos.
    """

    def __init__(self, lab: Lab, name: str) -> None:
        self.lab = lab
        self.name = name
        self.unit = f"jobd@{name}.service"
        self.db = f"/var/lib/jobd/{name}/jobs.db"
        self.root = Path(f"/srv/{name}")

    def install(self, settings: str = "", lines: str = "", user: str = "jobd") -> None:
        """Install it, with a settings file, and lines of the person's own for the unit."""
        self.lab.run("install", "-d", "-o", APP, "-g", "jobd", "-m", "2770", self.root)
        whose = ("--name", self.name, "--user", user, "--group", "jobd")
        self.jobd("service", "install", *whose, "--root", self.root)
        self.settings(settings)
        if lines:
            place = f"/etc/systemd/system/{self.unit}.d/override.conf"
            self.lab.write(place, f"[Service]\n{lines}\n")
            self.lab.run("systemctl", "daemon-reload")

    def settings(self, text: str) -> None:
        """Write its settings file; text is read only where it says so (see tests/conftest.py)."""
        ocr = "" if "ocr_engine" in text else 'ocr_engine = "none"\n'
        lines = f"backoff_s = [0.1]\npoll_ms = 200\n{ocr}{text}\n"
        self.lab.write(f"/etc/jobd/{self.name}.toml", lines)

    def start(self) -> None:
        """Start it; returns when it is ready."""
        self.lab.run("systemctl", "start", self.unit)

    def jobd(self, *arguments: str | Path, **how: Any) -> str:
        """Run a command of jobd."""
        return self.lab.run(PYTHON, "-m", "jobd", *arguments, **how)

    def app(self, *arguments: str | Path) -> Any:
        """Let the app do something."""
        command = (PYTHON, "-m", "tests.systemd.app", *arguments)
        return json.loads(self.lab.run(*command, user=APP))

    @contextmanager
    def held(self) -> Iterator[None]:
        """The app keeps the queue's write lock during the block."""
        command = (PYTHON, "-m", "tests.systemd.app", "hold", self.db)
        with self.lab.start(*command, user=APP) as holder:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            yield
            holder.communicate()

    def video(self, name: str, source: Path = SMALL) -> dict[str, Any]:
        """A video of the app's; its payload."""
        payload: dict[str, Any] = self.app("video", self.root / name, source)
        return payload

    def sql(self, statement: str, *values: object, db: str | None = None) -> list[list[Any]]:
        """One statement of the app on the queue, or on a video's database."""
        rows: list[list[Any]] = self.app("sql", db or self.db, statement, json.dumps(values))
        return rows

    def insert(self, kind: str, payload: dict[str, Any]) -> int:
        """Queue a job as the app does."""
        statement = "INSERT INTO jobs (kind, payload) VALUES (?, ?) RETURNING id"
        return int(self.sql(statement, kind, json.dumps(payload))[0][0])

    def work(self) -> tuple[dict[str, Any], int, int]:
        """A job that has just begun to decode: its payload, its id, its child's pid."""
        payload = self.video("work", LONG)
        job = self.insert("crop_frames", payload | WORK)
        known = "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'jobd_stage_%'"
        self.until(lambda: self.sql(known, db=payload["dbPath"]) != [[0]])
        return payload, job, self.sql("SELECT pid FROM job_attempts")[-1][0]

    def job(self, job_id: int, columns: str = "status") -> list[Any]:
        """Columns of a job."""
        return self.sql(f"SELECT {columns} FROM jobs WHERE id = ?", job_id)[0]

    def until(self, condition: Any) -> None:
        """Wait for a condition; the journal says what was amiss."""
        self.lab.until(condition, self.unit)

    def until_status(self, job_id: int, status: str) -> None:
        """Wait until a job has a status."""
        self.until(lambda: self.job(job_id) == [status])

    def shown(self, name: str) -> str:
        """A property of the unit."""
        return self.lab.shown(self.unit, name)

    def log(self, *matches: str) -> str:
        """What the service has said."""
        return self.lab.journal("-u", self.unit, *matches)

    def signal(self, name: str, pid: int | None = None) -> None:
        """Send a signal to the main process, or to another."""
        self.lab.run("kill", f"-{name}", str(pid or self.shown("MainPID")))

    def lives(self, pid: int) -> bool:
        """Whether a process of the lab is there."""
        return self.lab.at(f"/proc/{pid}").exists()
