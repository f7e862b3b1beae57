"""A traced frame as the engine sees it. Reading the file is the business of whoever runs the engine.

A LIMS reads the trace in an order with its own software; ILS hands in its VCA reader. Without a reader the engine says
what is certain from the box.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from lims_client.models import Configuration, Eye, Finding
from lims_client.optics.layout import Point


@dataclass(frozen=True)
class TracedFrame:
    """Outlines in millimetres about their box centres, front view, both eyes; and what the file says of the frame.

    `findings` are the reader's own (TRC_, DRILL_, FRM_); the engine lists them with its others.
    """

    outlines: Mapping[Eye, tuple[Point, ...]] = field(default_factory=dict)
    dbl_mm: float | None = None
    curve_dpt: float | None = None
    findings: tuple[Finding, ...] = ()

    def box_mm(self, eye: Eye) -> tuple[float, float] | None:
        """(A, B) of an eye's outline."""
        outline = self.outlines.get(eye)
        if not outline:
            return None
        across, up = zip(*outline, strict=True)
        return max(across) - min(across), max(up) - min(up)


TraceReader = Callable[[str], TracedFrame]
"""Reads the text of a trace; says what is wrong with it in findings, and raises nothing."""


def traced_frame(configuration: Configuration, reader: TraceReader | None) -> TracedFrame | None:
    """The frame an order's trace shows; None without a trace or a reader."""
    if configuration.trace is None or reader is None:
        return None
    return reader(configuration.trace.text)


def centre_on_page(eye: Eye, inset_mm: float, rise_mm: float) -> Point:
    """Where the optical centre lies from the box centre: the nose is at +x of the right lens and −x of the left.

    >>> centre_on_page(Eye.LEFT, 2.0, 1.0)
    (-2.0, 1.0)
    """
    return (-inset_mm if eye is Eye.LEFT else inset_mm), rise_mm
