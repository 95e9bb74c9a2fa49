"""Run as a program of its own: loads an OCR engine, and ends well if it reads what it should."""

import json
import sys

from jobd.errors import JobdError
from jobd.ocr.engine import load
from jobd.ocr.terms import Terms


def main(words: str) -> None:
    """Load and open the engine that the words, Terms as JSON, mean."""
    terms = json.loads(words)
    try:
        load(Terms(**terms | {"languages": tuple(terms["languages"])})).open()
    except JobdError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(sys.argv[1])
