"""Payload types: printed from the models, and a compiler that refuses wrong ones."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from jobd.contract.typescript import CannotTranslate, interface, type_of
from tests.support.house import jobd
from tests.support.node import AS_THE_APP, CLIENT, PACKAGES, PROJECT, run_tsc

if TYPE_CHECKING:
    from pathlib import Path


def test_the_committed_types_are_those_of_the_models() -> None:
    printed = jobd("types")
    assert printed.returncode == 0, printed.stderr
    committed = (CLIENT / "payloads.ts").read_text()
    assert printed.stdout == committed, (
        "print them anew: python -m jobd types > typescript/payloads.ts"
    )


def test_the_client_and_all_that_uses_it_compile_and_wrong_payloads_do_not() -> None:
    run_tsc(CLIENT)


def test_the_client_compiles_with_the_apps_own_settings(tmp_path: Path) -> None:
    sources = ("jobd.ts", "node-sqlite.ts", "payloads.ts")
    for name in sources:
        (tmp_path / name).write_text((CLIENT / name).read_text())
    (tmp_path / "node_modules").symlink_to(PACKAGES)
    (tmp_path / "tsconfig.json").write_text(
        json.dumps({"include": ["*.ts"], "compilerOptions": AS_THE_APP})
    )
    run_tsc(tmp_path)


def test_the_words_for_a_job_are_those_of_the_queue() -> None:
    schema = (PROJECT / "jobd" / "queue" / "schema.sql").read_text()
    in_sql = re.search(r"CHECK \(status IN \((.*?)\)\)", schema)
    in_ts = re.search(r"JobStatus = (.*)", (CLIENT / "jobd.ts").read_text())
    assert in_sql is not None
    assert in_ts is not None
    assert re.findall(r"'(\w+)'", in_sql[1]) == re.findall(r"'(\w+)'", in_ts[1])


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"type": "string"}, "string"),
        ({"type": "integer", "minimum": 1}, "number"),
        ({"const": "a"}, '"a"'),
        ({"enum": ["a", 2]}, '"a" | 2'),
        ({"anyOf": [{"type": "integer"}, {"type": "number"}, {"type": "null"}]}, "number | null"),
        ({"$ref": "#/$defs/CropBounds"}, "CropBounds"),
    ],
)
def test_a_value(schema: dict[str, object], text: str) -> None:
    assert type_of(schema) == text


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "array", "items": {"type": "string"}},
        {"type": "string", "pattern": "^a"},
        {"type": "object"},
        {},
    ],
)
def test_what_it_does_not_know_is_refused(schema: dict[str, object]) -> None:
    with pytest.raises(CannotTranslate):
        type_of(schema)
    with pytest.raises(CannotTranslate):
        interface("Open", schema | {"properties": {}})


def test_an_object_says_in_words_what_types_cannot() -> None:
    schema = {
        "type": "object",
        "additionalProperties": False,
        "description": "A */ thing.",
        "required": ["a"],
        "properties": {
            "a": {"type": "integer", "minimum": 1, "description": "how many"},
            "b": {"anyOf": [{"type": "string", "maxLength": 5}, {"type": "null"}], "default": None},
        },
    }
    assert interface("Thing", schema) == (
        "/** A * / thing. */\n"
        "export interface Thing {\n"
        "  /** how many; a whole number; at least 1 */\n"
        "  a: number\n"
        "  /** length at most 5 */\n"
        "  b?: string | null\n"
        "}\n"
    )
