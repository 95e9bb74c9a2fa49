"""How many faults there were and what they cost, for a person who reads the run's output."""

from __future__ import annotations

from dataclasses import dataclass

PROPERTY = "faults"  # of a test's report, which also comes from other processes of the run


@dataclass
class Tally:
    """Lines of figures by kind of fault, kept with the test that counted them."""

    properties: list[tuple[str, object]]

    def add(self, fault: str, trials: int, violations: int, recovery_s: float = 0.0) -> None:
        """Note one test's figures."""
        slowest = f", slowest recovery {recovery_s:.1f} s" if recovery_s else ""
        line = f"{fault}: {trials} trials, {violations} violations{slowest}"
        self.properties.append((PROPERTY, line))
