"""Twins of definitions: the same text under another name."""

from __future__ import annotations

import apsw
import pytest

from jobd.errors import DatabaseRefused
from jobd.videodb.definition import Definition, Part, pairs, twin_name, twin_sql, twin_statements


def _table(sql: str, name: str = "frames") -> Part:
    return Part("table", name, sql, 2)


def _index(sql: str | None, name: str = "idx") -> Part:
    return Part("index", name, sql, 3)


@pytest.mark.parametrize(
    ("part", "twin"),
    [
        (_table("CREATE TABLE frames (a)"), 'CREATE TABLE "s_1" (a)'),
        (_table("CREATE TABLE frames(a)"), 'CREATE TABLE "s_1"(a)'),
        (_table('CREATE TABLE "frames"(a)'), 'CREATE TABLE "s_1"(a)'),
        (_table("CREATE TABLE [the frames] (a)"), 'CREATE TABLE "s_1" (a)'),
        (_table("CREATE TABLE `fr``ames` (a)"), 'CREATE TABLE "s_1" (a)'),
        (
            _table("CREATE TABLE frames (a -- of frames\n, b DEFAULT 'frames')"),
            "CREATE TABLE \"s_1\" (a -- of frames\n, b DEFAULT 'frames')",
        ),
        (_index("CREATE INDEX idx ON frames(a)"), 'CREATE INDEX "s_1_idx" ON "s_1"(a)'),
        (_index("CREATE INDEX idx\non frames (a)"), 'CREATE INDEX "s_1_idx"\non "s_1" (a)'),
        (
            _index('CREATE UNIQUE INDEX "id""x" ON "frames"(a) WHERE a > 0', 'id"x'),
            'CREATE UNIQUE INDEX "s_1_id""x" ON "s_1"(a) WHERE a > 0',
        ),
        (_index(None, "sqlite_autoindex_frames_1"), None),
    ],
)
def test_only_the_names_change(part: Part, twin: str | None) -> None:
    assert twin_sql(part, "s_1") == twin


def test_a_constraints_index_keeps_its_number() -> None:
    part = _index(None, "sqlite_autoindex_my_frames_2_3")
    assert twin_name(part, "s_1") == "sqlite_autoindex_s_1_3"


def test_a_statement_that_cannot_be_copied_is_refused() -> None:
    with pytest.raises(DatabaseRefused, match="idx cannot be copied"):
        twin_sql(_index("CREATE INDEX idx /* odd */ ON frames(a)"), "s_1")


LIVE = Definition(
    _table("CREATE TABLE frames (a UNIQUE)"),
    (_index("CREATE INDEX idx ON frames(a)"), _index(None, "sqlite_autoindex_frames_1")),
)
STAGE_TABLE = Part("table", "s_1", 'CREATE TABLE "s_1" (a UNIQUE)', 8)
STAGE_INDEX = Part("index", "s_1_idx", 'CREATE INDEX "s_1_idx" ON "s_1"(a)', 9)
STAGE_AUTOMATIC = Part("index", "sqlite_autoindex_s_1_1", None, 10)


def test_pairs_of_equal_definitions() -> None:
    found = pairs(LIVE, Definition(STAGE_TABLE, (STAGE_AUTOMATIC, STAGE_INDEX)))
    assert found == [
        (LIVE.table, STAGE_TABLE),
        (LIVE.indexes[0], STAGE_INDEX),
        (LIVE.indexes[1], STAGE_AUTOMATIC),
    ]


@pytest.mark.parametrize(
    "stage",
    [
        Definition(STAGE_TABLE, (STAGE_INDEX,)),
        Definition(STAGE_TABLE, (STAGE_AUTOMATIC,)),
        Definition(
            STAGE_TABLE,
            (
                STAGE_INDEX,
                STAGE_AUTOMATIC,
                Part("index", "s_1_b", 'CREATE INDEX "s_1_b" ON "s_1"(a)', 11),
            ),
        ),
        Definition(
            Part("table", "s_1", 'CREATE TABLE "s_1" (a UNIQUE, b)', 8),
            (STAGE_INDEX, STAGE_AUTOMATIC),
        ),
        Definition(
            STAGE_TABLE,
            (Part("index", "s_1_idx", 'CREATE INDEX "s_1_idx" ON "s_1"(a DESC)', 9),),
        ),
    ],
)
def test_definitions_that_differ_have_no_pairs(stage: Definition) -> None:
    assert pairs(LIVE, stage) is None


def test_sqlite_keeps_the_twin_as_it_was_written() -> None:
    db = apsw.Connection(":memory:")
    db.execute("CREATE TABLE frames (a UNIQUE)")
    db.execute("CREATE INDEX idx ON frames(a)")
    for statement in twin_statements(LIVE, "s_1"):
        db.execute(statement)
    made = db.execute("SELECT name, sql FROM sqlite_schema WHERE tbl_name = 's_1'").fetchall()
    assert sorted(made, key=str) == sorted(
        ((part.name, part.sql) for part in (STAGE_TABLE, STAGE_INDEX, STAGE_AUTOMATIC)), key=str
    )
