"""The manual page and the shells' completion say all that the parser knows."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jobd.commands.manual import EXITS, page
from jobd.commands.parser import COMMANDS, joined, leaves, parser_for, whole_parser
from tests.support.house import jobd

if TYPE_CHECKING:
    import argparse

README = Path(__file__).parents[2] / "README.md"
LEAVES = dict(leaves(whole_parser()))


def needs(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"no {program} here")
    return found


def flags(parser: argparse.ArgumentParser) -> set[str]:
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", parser.format_help())) - {"--help"}


def test_every_command_is_in_the_whole_parser() -> None:
    assert LEAVES.keys() == COMMANDS.keys()


@pytest.mark.parametrize("name", COMMANDS)
def test_the_page_names_every_flag_of_a_command(name: str) -> None:
    text = "\n".join(page()).replace(r"\-", "-")
    section = re.split(r"^\.S[SH] .*$", text.split(f".SS jobd {name}\n")[1], flags=re.MULTILINE)[0]
    assert {flag for flag in flags(LEAVES[name]) if flag not in section} == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_the_example_of_a_command_is_one(name: str) -> None:
    epilog = LEAVES[name].epilog
    assert epilog is not None
    for line in epilog.splitlines()[1:]:
        words = shlex.split(re.split(r" [|>] ", line.strip())[0])
        assert words[:3] == ["python", "-m", "jobd"]
        argv = joined(words[3:])
        assert argv[0] == name
        parser_for(argv).parse_args(argv)


def test_the_readme_lists_the_same_exit_codes() -> None:
    rows = re.findall(r"^\| (\d+) \| \S", README.read_text(), re.MULTILINE)
    assert [int(code) for code in rows] == list(EXITS)


def test_man_shows_the_page_without_a_warning() -> None:
    shown = subprocess.run(
        [needs("man"), "-l", "--warnings", "-"],
        input=jobd("manual").stdout,
        capture_output=True,
        text=True,
        check=True,
        env={"MANWIDTH": "80", "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
    )
    assert shown.stderr == ""
    for heading in ("NAME", "SYNOPSIS", "COMMANDS", "EXIT STATUS", "ENVIRONMENT"):
        assert f"\n{heading}\n" in shown.stdout


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("jobd doc", "doctor"),
        ("jobd inspect --js", "--json"),
        ("jobd serve --conc", "--concurrency"),
    ],
)
def test_bash_completes_what_was_begun(typed: str, offered: str) -> None:
    script = (
        'source <(printf "%s" "$SCRIPT")\n'
        "COMP_WORDS=($TYPED); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n"
        "complete -p jobd >/dev/null || exit 9\n"
        '_shtab_jobd jobd "${COMP_WORDS[COMP_CWORD]}"; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        [needs("bash"), "--norc", "-c", script],
        env={"SCRIPT": jobd("completion", "bash").stdout, "TYPED": typed, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [offered]


@pytest.mark.parametrize("shell", ["zsh", "fish", "tcsh"])
def test_other_shells_have_a_script_too(shell: str) -> None:
    script = jobd("completion", shell).stdout
    assert all(name.split()[-1] in script for name in COMMANDS)
