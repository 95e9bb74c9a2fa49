"""The command line: `python -m jobd COMMAND`."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobd import __version__
from jobd.clock import SystemClock
from jobd.errors import JobdError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jobd.queue.kinds import Kind
    from jobd.settings import Settings


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; every expected error is one line on stderr and an exit code."""
    argv = sys.argv[1:] if argv is None else argv
    args = vars(_parser(argv).parse_args(argv))
    command: Callable[[dict[str, Any]], int] = args.pop("command")
    try:
        code = command(args)
        sys.stdout.flush()
    except JobdError as error:
        print(f"jobd: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        print(f"jobd: {error}", file=sys.stderr)
        return 1
    else:
        return code


def _parser(argv: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m jobd", description="A durable job daemon for work on video."
    )
    parser.add_argument("--version", action="version", version=f"jobd {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    serve = commands.add_parser("serve", help="run the daemon")
    if "serve" in argv:  # its flags come from a pydantic model that inspect does without
        _add_serve(serve)
    doctor = commands.add_parser("doctor", help="say what is amiss here, each with its mend")
    if "doctor" in argv:
        _add_doctor(doctor)
    service = commands.add_parser("service", help="a systemd service: install, uninstall, print")
    if "service" in argv:
        _add_service(service)
    adopt = commands.add_parser("adopt", help="queue what videos lack and no row covers")
    if "adopt" in argv:
        _add_adopt(adopt)
    _add(commands, "init", "make the queue file", _init)
    schema = commands.add_parser("schema", help="print the queue's SQL")
    schema.set_defaults(command=_schema)
    types = commands.add_parser("types", help="print the payloads as TypeScript")
    types.set_defaults(command=_types)
    inspect = _add(commands, "inspect", "show the daemon, the queue and its jobs", _inspect)
    inspect.add_argument("id", nargs="?", type=int, metavar="ID", help="one job, whole")
    inspect.add_argument("--json", action="store_true", help="for programs (docs/inspect-json.md)")
    return parser


def _add(commands: Any, name: str, text: str, run: Callable[[dict[str, Any]], int]) -> Any:
    parser = commands.add_parser(name, help=text)
    parser.add_argument("--db", type=Path, metavar="PATH", help="the queue file (JOBD_DB)")
    parser.add_argument("--config", metavar="PATH", help="settings file (default: ./jobd.toml)")
    parser.set_defaults(command=run)
    return parser


def _add_settings(parser: argparse.ArgumentParser) -> None:
    """One flag per setting, from the one model."""
    from jobd.settings import Settings

    for field_name, field in Settings.model_fields.items():
        flag = f"--{field_name.replace('_', '-')}"
        parser.add_argument(flag, dest=field_name, metavar="VALUE", help=field.description)
    parser.add_argument("--config", metavar="PATH", help="settings file (default: ./jobd.toml)")


def _add_serve(parser: argparse.ArgumentParser) -> None:
    _add_settings(parser)
    parser.add_argument(
        "--exit-when-idle", action="store_true", help="stop when nothing waits or runs"
    )
    parser.set_defaults(command=_serve)


def _add_doctor(parser: argparse.ArgumentParser) -> None:
    """It judges what serve would be told, so it takes the same flags."""
    _add_settings(parser)
    parser.add_argument("--json", action="store_true", help="for programs (docs/doctor.md)")
    parser.add_argument(
        "--app", type=Path, metavar="PATH", help="the app's folder: look at its better-sqlite3 too"
    )
    extent = parser.add_mutually_exclusive_group()
    extent.add_argument("--quick", action="store_true", help="without decoders and quick_check")
    extent.add_argument("--full", action="store_true", help="quick_check a queue of any size")
    parser.set_defaults(command=_doctor)


def _add_service(parser: argparse.ArgumentParser) -> None:
    from jobd.systemd.command import add_flags

    add_flags(parser)
    parser.set_defaults(command=_service)


def _add_adopt(parser: argparse.ArgumentParser) -> None:
    """Its rows must be ones that serve takes, so it takes the same flags."""
    _add_settings(parser)
    parser.add_argument("root", type=Path, metavar="ROOT", help="the folder of the videos")
    parser.add_argument("--dry-run", action="store_true", help="say it all, write nothing")
    parser.set_defaults(command=_adopt)


def _settings(args: dict[str, Any]) -> Settings:
    from jobd.settings import load_settings

    return load_settings(args, os.environ)


def _kinds() -> list[Kind]:
    from jobd.handlers.registry import handlers
    from jobd.queue.kinds import Kind

    return [
        Kind(
            name=handler.kind,
            required=handler.required(),
            payload_schema=handler.payload_schema(),
            priority=handler.priority,
            yields_slot=handler.yields_slot,
            supersedes_running=handler.supersedes_running,
        )
        for handler in handlers()
    ]


def _serve(args: dict[str, Any]) -> int:
    from jobd.serve import serve
    from jobd.systemd.journal import log_handler
    from jobd.systemd.notify import Manager

    exit_when_idle = args.pop("exit_when_idle")
    manager = Manager.from_environ(os.environ)
    lines = logging.Formatter(
        "%(asctime)s.%(msecs)03d %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S"
    )
    logging.basicConfig(
        level=_settings(args).log_level.upper(), handlers=[log_handler(os.environ, lines)]
    )
    return serve(
        lambda: _settings(args), _kinds(), SystemClock(), manager, exit_when_idle=exit_when_idle
    )


def _init(args: dict[str, Any]) -> int:
    from jobd.queue.file import create

    path = _settings(args).db
    known = path.exists()
    create(path, _kinds())
    print(f"{path} is a queue already" if known else f"made {path}")
    return 0


def _schema(_args: dict[str, Any]) -> int:
    from jobd.queue.file import schema_sql

    print(schema_sql(_kinds()))
    return 0


def _types(_args: dict[str, Any]) -> int:
    from jobd.contract.types import types
    from jobd.handlers.registry import handlers

    print(types(handlers()), end="")
    return 0


def _inspect(args: dict[str, Any]) -> int:
    from jobd.report.inspect import inspect

    named = args["db"] or os.environ.get("JOBD_DB")
    db = Path(named) if named else _settings({"db": None, "config": args["config"]}).db
    return inspect(db, args["id"], as_json=args["json"], clock=SystemClock(), out=sys.stdout)


def _adopt(args: dict[str, Any]) -> int:
    from jobd.adopt.adopt import adopt

    root, dry_run = args.pop("root"), args.pop("dry_run")
    settings = _settings(args)
    return adopt(root, settings, SystemClock(), sys.stdout, sys.stderr, dry_run=dry_run)


def _doctor(args: dict[str, Any]) -> int:
    from jobd.host.doctor import Asked, doctor

    asked = Asked(
        app=args.pop("app"),
        quick=args.pop("quick"),
        full=args.pop("full"),
        as_json=args.pop("json"),
        flags=args,
        environ=os.environ,
    )
    return doctor(asked, SystemClock(), sys.stdout)


def _service(args: dict[str, Any]) -> int:
    from jobd.systemd.command import run

    for line in run(args):
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
