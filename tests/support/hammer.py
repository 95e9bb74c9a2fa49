"""A busy app as a process of its own: it queues, replaces, cancels and retries without a pause.

    python -m tests.support.hammer QUEUE SEED PAYLOAD…

It goes on until its input is closed, then tells as JSON what was acknowledged.
"""

from __future__ import annotations

import json
import random
import select
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.variants import VARIANTS

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT = Path(__file__).parents[2]
_UPSERT = (
    "INSERT INTO jobs (kind, payload, unique_key, max_attempts) VALUES (?, ?, ?, 1000)"
    " ON CONFLICT DO UPDATE SET payload = excluded.payload RETURNING id"
)
_WAITING = "SELECT count(*) FROM jobs WHERE status = 'queued'"
_PAUSE_S = 0.02
_ENOUGH = 6  # jobs that wait: more would only be replaced


@dataclass(slots=True)
class Told:
    """What the process did.

    Attributes:
        acknowledged: id → kind and database of every INSERT.
        statements: How many it ran.
        failures: Errors of SQLite.
    """

    acknowledged: dict[int, tuple[str, str]] = field(default_factory=dict)
    statements: int = 0
    failures: list[str] = field(default_factory=list)


@contextmanager
def hammering(queue: Path, seed: int, payloads: list[dict[str, str]]) -> Iterator[Told]:
    """Run it beside the block; what it did is known after the block."""
    told = Told()
    command = [sys.executable, "-m", "tests.support.hammer", str(queue), str(seed)]
    with subprocess.Popen(
        [*command, *map(json.dumps, payloads)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=_ROOT,
    ) as process:
        try:
            yield told
        finally:
            answer, _ = process.communicate(timeout=60)
    acknowledged, told.statements, told.failures = json.loads(answer)
    told.acknowledged = {int(job): tuple(what) for job, what in acknowledged.items()}


class _Hammer:
    def __init__(self, db: sqlite3.Connection, seed: int, payloads: list[dict[str, str]]) -> None:
        self.db = db
        self.payloads = payloads
        self.told = Told()
        self.random = random.Random(seed)  # noqa: S311 - repeatable, not secret

    def once(self) -> None:
        what = self.random.random()
        if what < 0.7:
            self._upsert()
        elif self.told.acknowledged:
            word = "cancelled" if what < 0.8 else "queued"
            job = self.random.choice(list(self.told.acknowledged))
            self._update(job, word)

    def _upsert(self) -> None:
        if self._run(_WAITING)[0][0] >= _ENOUGH:
            return
        payload = self.random.choice(self.payloads)
        kind = self.random.choice(list(VARIANTS))
        wish = self.random.choice(VARIANTS[kind])
        [(job,)] = self._run(_UPSERT, kind, json.dumps(payload | wish), payload["videoId"])
        self.told.acknowledged[job] = (kind, payload["dbPath"])

    def _update(self, job: int, word: str) -> None:
        with suppress(sqlite3.IntegrityError):  # it runs, or a newer one waits: refused
            self._run("UPDATE jobs SET status = ? WHERE id = ?", word, job)

    def _run(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        self.told.statements += 1
        return self.db.execute(sql, values).fetchall()


def _main(queue: str, seed: str, *payloads: str) -> None:
    with closing(sqlite3.connect(queue, timeout=10, isolation_level=None)) as db:
        db.execute("PRAGMA synchronous = FULL")
        hammer = _Hammer(db, int(seed), [json.loads(payload) for payload in payloads])
        while not select.select([sys.stdin], [], [], _PAUSE_S)[0]:
            try:
                hammer.once()
            except sqlite3.Error as error:
                hammer.told.failures.append(str(error))
    told = hammer.told
    json.dump([told.acknowledged, told.statements, told.failures], sys.stdout)


if __name__ == "__main__":
    _main(*sys.argv[1:])
