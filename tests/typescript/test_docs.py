"""Every TypeScript example in docs/ compiles, runs, and says what stands beside it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.support.house import House, jobd
from tests.support.node import AS_THE_APP, CLIENT, PACKAGES, PROJECT, node, run_node, run_tsc

if TYPE_CHECKING:
    from pathlib import Path

PAGES = [PROJECT / "docs" / name for name in ("typescript.md", "migration.md")]
EXAMPLES = [
    example
    for page in PAGES
    for example in re.findall(r"^```ts\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)
]


def as_node_finds_it(text: str) -> str:
    """What the app's bundler does with the app's alias."""
    return re.sub(r"'(?:~/services|\.)/([\w-]+)'", r"'./\1.ts'", text)


@pytest.fixture
def app(house: House) -> Path:
    """The client beside the examples, as in an app, and one video that all of them speak of."""
    node()
    folder = house.folder / "app"
    folder.mkdir()
    (folder / "node_modules").symlink_to(PACKAGES)
    for name in ("jobd.ts", "node-sqlite.ts", "payloads.ts"):
        (folder / name).write_text(as_node_finds_it((CLIENT / name).read_text()))
    names = house.video() | {"outputDir": str(house.folder / "v1" / "full_frames")}
    (folder / "video.ts").write_text(f"export const video = {json.dumps(names)}\n")
    for n, example in enumerate(EXAMPLES):
        text = f"import {{ video }} from './video.ts'\n{as_node_finds_it(example)}"
        (folder / f"example{n}.ts").write_text(text)
    options = AS_THE_APP | {"allowImportingTsExtensions": True}
    settings = {"include": ["*.ts"], "compilerOptions": options}
    (folder / "tsconfig.json").write_text(json.dumps(settings))
    return folder


def test_the_pages_have_their_examples() -> None:
    for word in (
        "drizzle-orm",
        "kysely",
        "nodeSqlite",
        "better-sqlite3",
        "jobd.watch",
        "immediate",
    ):
        assert any(word in example for example in EXAMPLES), word


def test_all_examples_compile(app: Path) -> None:
    run_tsc(app)


@pytest.mark.parametrize("n", range(len(EXAMPLES)))
def test_an_example_runs_and_says_what_stands_beside_it(app: Path, house: House, n: int) -> None:
    expected = re.findall(r"// → (.*)", EXAMPLES[n])
    assert expected
    if "watch(" in EXAMPLES[n]:
        house.ready()
    else:  # what waits is to wait still when the next line runs
        jobd("init", "--db", house.db)
    assert run_node(app / f"example{n}.ts", queue=house.db).splitlines() == expected
