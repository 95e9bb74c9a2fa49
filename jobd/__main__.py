"""The command line: `python -m jobd COMMAND`."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from jobd.commands.parser import joined, parser_for
from jobd.errors import INTERRUPTED, JobdError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; every expected error is one line on stderr and an exit code."""
    try:
        argv = joined(sys.argv[1:] if argv is None else argv)
        args = vars(parser_for(argv).parse_args(argv))
        command: Callable[[dict[str, Any]], int] = args.pop("command")
        code = command(args)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
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


if __name__ == "__main__":
    sys.exit(main())
