"""Prometheus' text format, version 0.0.4 (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from jobd.report.text import is_utf8

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Sample = tuple["Mapping[str, str]", float]


@dataclass(frozen=True, slots=True)
class Family:
    """All samples of one name.

    Attributes:
        kind: "counter" only for what never goes down while the queue lives.
        text: What it counts, and from where on it is not to be trusted.
        samples: Labels and value.
    """

    name: str
    kind: Literal["counter", "gauge"]
    text: str
    samples: tuple[Sample, ...]


def exposition(families: Iterable[Family], common: Mapping[str, str]) -> str:
    """The whole text; a family without samples is left out.

    Args:
        families: Each name once.
        common: Labels that all samples have.
    """
    return "".join(_family(family, common) for family in families if family.samples)


def _family(family: Family, common: Mapping[str, str]) -> str:
    text = family.text.replace("\\", "\\\\").replace("\n", "\\n")
    lines = [f"# HELP {family.name} {text}", f"# TYPE {family.name} {family.kind}"]
    lines += [
        f"{family.name}{_labels({**common, **labels})} {_value(value)}"
        for labels, value in family.samples
    ]
    return "\n".join(lines) + "\n"


def _labels(labels: Mapping[str, str]) -> str:
    pairs = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{pairs}}}" if pairs else ""


def _escaped(value: str) -> str:
    text = value if is_utf8(value) else value.encode(errors="replace").decode()
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _value(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))
