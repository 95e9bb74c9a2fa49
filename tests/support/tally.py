"""How many faults there were and what they cost, for a person who reads the run's output."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Tally:
    """Lines of figures by kind of fault."""

    lines: list[str] = field(default_factory=list)

    def add(self, fault: str, trials: int, violations: int, recovery_s: float = 0.0) -> None:
        """Note one test's figures."""
        slowest = f", slowest recovery {recovery_s:.1f} s" if recovery_s else ""
        self.lines.append(f"{fault}: {trials} trials, {violations} violations{slowest}")


TALLY = Tally()
