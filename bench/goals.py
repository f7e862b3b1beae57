"""What a figure should be: limits on its value and on its ratio to the twin's, and whether they are met."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Goal:
    """Limits, all optional; `words` is how the goal reads in the table. A figure without a limit is only reported."""

    words: str = "reported"
    below: float | None = None  # the value stays under it
    at_least: float | None = None
    ratio_at_most: float | None = None
    ratio_at_least: float | None = None

    def met(self, value: float, ratio: float | None) -> bool | None:
        """Whether every limit holds; None when there is none to hold."""
        held = []
        if self.below is not None:
            held.append(value < self.below)
        if self.at_least is not None:
            held.append(value >= self.at_least)
        if self.ratio_at_most is not None and ratio is not None:
            held.append(ratio <= self.ratio_at_most)
        if self.ratio_at_least is not None and ratio is not None:
            held.append(ratio >= self.ratio_at_least)
        return all(held) if held else None


REPORTED = Goal()
